//! The capture shows one end of the tunnels, or one router, and not the other.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{because, believed, listed, note, takeover};
use crate::diagnose::reading::Reading;
use crate::diagnose::rule::{History, Meta, Rule};
use crate::diagnose::sides::one_sided;
use crate::diagnose::verdict::{Judgement, Reason, Verdict};
use crate::observe::At;
use crate::track::{GroupFacts, Subject, TunnelFacts, Visibility};

/// The rule.
pub(super) struct OneSidedCapture;

static META: Meta =
    Meta { name: "one-sided-capture", severity: Severity::Info, text: include_str!("one_sided_capture.md") };

impl Rule for OneSidedCapture {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn group(&self, group: &GroupFacts, _options: &Options) -> Option<Finding> {
        // Where nothing failed over, nobody asks what the routers sent.
        if group.failovers == 0 || group.key.name.forwarder != 0 {
            return None;
        }
        let hidden = group.routers.iter().filter_map(|router| match router.visibility {
            Visibility::Hidden(at) => Some((router.address, at)),
            Visibility::Shown | Visibility::Unknown => None,
        });
        let hidden: Vec<_> = hidden.collect();
        let (_, first) = hidden.iter().min_by_key(|(_, at)| *at)?;
        let summary = format!(
            "what {} sends to one host, and is sent, is not in the capture: its switch port is not mirrored",
            listed(hidden.iter().map(|(address, _)| address))
        );
        let doubt = because("a frame that the capture lost would look the same", 0.9);
        let mut finding = finding(*first, Some(Subject::Group(group.key)), doubt, summary);
        finding.evidence.extend(hidden.iter().map(|&(address, at)| {
            note(
                at,
                format!("ARP request of {address} or for its address, not repeated, and no answer captured"),
            )
        }));
        Some(finding)
    }

    fn tunnels(&self, tunnels: &[History<'_>], options: &Options) -> Vec<Finding> {
        let sides = one_sided(tunnels.iter().map(|history| history.facts));
        let mut silent = BTreeMap::new();
        for judgement in tunnels.iter().flat_map(|history| &history.judgements) {
            let failover = judgement.outage.failover;
            if is_silent(judgement, options) {
                silent.entry((failover.group, failover.to)).or_insert(*judgement);
            }
        }
        let silent = silent.into_values().map(silent_router);
        sides.into_values().filter_map(|tunnels| one_end(&tunnels)).chain(silent).collect()
    }
}

/// Whether nothing was captured that the new active router sent to one host, or was sent.
fn is_silent(judgement: &Judgement, options: &Options) -> bool {
    judgement.verdict == Verdict::NoNegotiation
        && judgement.outage.coverage.router == Visibility::Unknown
        && Reading::new(&judgement.outage, options).demand_after().is_empty()
}

/// Packets of one end alone.
fn one_end(tunnels: &[&TunnelFacts]) -> Option<Finding> {
    let first = tunnels.iter().min_by_key(|facts| facts.span.0)?;
    let (heard, silent) = ends(first);
    let (subject, summary) = if let [facts] = tunnels {
        let text = format!("of {} only packets from {heard} were captured, none from {silent}", facts.tunnel);
        (Some(Subject::Tunnel(facts.tunnel)), text)
    } else {
        (None, format!("of all {} tunnels only packets of one end each were captured", tunnels.len()))
    };
    let doubt = because("an end that is dead looks the same", 0.8);
    let mut finding = finding(first.span.0, subject, doubt, summary);
    finding.evidence.extend(tunnels.iter().take(TUNNELS).map(|facts| {
        note(facts.span.0, format!("first packet of {}, from {}", facts.tunnel, ends(facts).0))
    }));
    Some(finding)
}

/// The end that was heard, and the other.
const fn ends(facts: &TunnelFacts) -> (IpAddr, IpAddr) {
    let tunnel = facts.tunnel;
    if facts.heard.0 { (tunnel.local, tunnel.peer) } else { (tunnel.peer, tunnel.local) }
}

/// Nothing of the new active router but multicast.
fn silent_router(judgement: &Judgement) -> Finding {
    let failover = judgement.outage.failover;
    let summary = format!(
        "nothing that {} sent to one host, or was sent, was captured after it took over {}: its switch port may not be \
         mirrored",
        failover.to, failover.group
    );
    let doubt = because("a router that is silent looks the same", 0.5);
    let mut finding = finding(failover.at, Some(Subject::Group(failover.group)), doubt, summary);
    finding.evidence.push(note(failover.at, takeover(&failover)));
    finding
}

fn finding(at: At, subject: Option<Subject>, doubt: Reason, summary: String) -> Finding {
    let (confidence, reasons) = believed(&[doubt]);
    Finding {
        rule: META.name,
        severity: META.severity,
        confidence,
        at,
        subject,
        summary,
        evidence: Vec::new(),
        reasons,
        advice: advise(),
        filter: format!("frame.number == {}", at.frame),
    }
}

fn advise() -> Advice {
    Advice {
        meaning: "What the report says was not seen may have been there, out of the capture's sight."
            .to_owned(),
        confirm: vec![advice::commands(
            "on the switch: which ports are mirrored, and in which directions",
            &["show monitor session all"],
        )],
        remedy: vec![advice::commands(
            "mirror the ports of both routers both ways, and capture again; or the whole VLAN, with `source vlan VLAN \
             both` in the first line (one session takes ports or VLANs, not both)",
            &[
                "monitor session 1 source interface A , B both",
                "monitor session 1 destination interface PORT",
            ],
        )],
    }
}

/// How many tunnels are cited.
const TUNNELS: usize = 4;
