//! SAs are there after a failover, and ESP flows in one direction or in none.

use std::net::IpAddr;

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{finding, takeover};
use crate::diagnose::rule::{Meta, Rule};
use crate::diagnose::verdict::{Judgement, Verdict};
use crate::track::{Flow, Outage, SpiKind, Tunnel, Use};

/// The rule.
pub(super) struct EspOneWay;

static META: Meta =
    Meta { name: "esp-one-way", severity: Severity::Warning, text: include_str!("esp_one_way.md") };

impl Rule for EspOneWay {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judged(&self, judgement: &Judgement, _options: &Options) -> Option<Finding> {
        if judgement.verdict != Verdict::OneWay {
            return None;
        }
        let outage = &judgement.outage;
        let summary = format!(
            "after {}, ESP with {} does not flow as before: {}",
            takeover(&outage.failover),
            outage.tunnel.peer,
            directions(outage)
        );
        Some(finding(&META, judgement, summary, advise(judgement)))
    }
}

/// Who sends on which SPI, and since when the other one does not.
fn directions(outage: &Outage) -> String {
    let Tunnel { local, peer } = outage.tunnel;
    let by_new = outage.after.outbound.iter().filter(|seen| seen.kind != SpiKind::OldRouter);
    let out = by_new.max_by_key(|seen| seen.last);
    let back = outage.after.inbound.iter().max_by_key(|seen| seen.last);
    let out_silent = || silent(local, outage.before.outbound.as_ref());
    let back_silent = || silent(peer, outage.before.inbound.as_ref());
    match (out, back) {
        (Some(out), Some(back)) => format!("{}, and {}", sends(local, out), sends(peer, back)),
        (Some(out), None) => format!("{}; {}", sends(local, out), back_silent()),
        (None, Some(back)) => format!("{}; {}", sends(peer, back), out_silent()),
        (None, None) => format!("{}, and {}", out_silent(), back_silent()),
    }
}

/// `192.0.2.1 sends on cf17bb07, from before the failover`
fn sends(who: IpAddr, seen: &Use) -> String {
    let what = match seen.kind {
        SpiKind::CurrentRestarted => format!(" again from sequence {}", seen.first_sequence),
        SpiKind::Current | SpiKind::Older => ", from before the failover".to_owned(),
        SpiKind::New | SpiKind::Unseen | SpiKind::OldRouter => String::new(),
    };
    format!("{who} sends on {:08x}{what}", seen.spi)
}

/// `nothing from 198.51.100.9 since frame 130`
fn silent(who: IpAddr, before: Option<&Flow>) -> String {
    match before {
        Some(flow) => format!("nothing from {who} since frame {}", flow.last.frame),
        None => format!("nothing from {who}, nor before"),
    }
}

fn advise(judgement: &Judgement) -> Advice {
    let outage = &judgement.outage;
    let (router, peer) = (outage.failover.to, outage.tunnel.peer);
    let special = advice::words(format!(
        "let ESP (IP protocol 50, UDP 4500) pass both ways between {router} and {peer}, and let the way back lead to {router}"
    ));
    Advice {
        meaning: if outage.after.outbound.is_empty() || outage.after.inbound.is_empty() {
            format!(
                "{router} and {peer} do not both send on the SAs: the way back leads to another router, a filter drops \
                 ESP, or one of them discards the other's packets (replay check, unknown SPI)."
            )
        } else {
            format!(
                "{router} and {peer} both send, but not on SAs that the other has: one of them goes on with old SPIs or \
                 old sequence numbers, and the other discards its packets."
            )
        },
        confirm: vec![
            advice::check_ipsec(outage),
            advice::check_peer(outage),
            advice::commands_on(
                advice::Site::from(outage).gateway,
                "on the way: where do packets of the tunnel go, and what drops them",
                &[
                    &format!("show ip route {peer}"),
                    "show ip access-lists",
                    &format!("show ip arp {}", outage.tunnel.local),
                ],
            ),
        ],
        remedy: advice::remedies_with(outage, special),
    }
}
