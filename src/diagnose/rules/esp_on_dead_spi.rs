//! The peer goes on sending ESP on SPIs from before the failover, and gets none back.

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::finding;
use crate::diagnose::reading::{Reading, count, seconds};
use crate::diagnose::rule::{Meta, Rule};
use crate::diagnose::verdict::{Judgement, Verdict};
use crate::track::SpiKind;

/// The rule.
pub(super) struct EspOnDeadSpi;

static META: Meta =
    Meta { name: "esp-on-dead-spi", severity: Severity::Warning, text: include_str!("esp_on_dead_spi.md") };

impl Rule for EspOnDeadSpi {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judged(&self, judgement: &Judgement, options: &Options) -> Option<Finding> {
        let failed = matches!(
            judgement.verdict,
            Verdict::NoNegotiation | Verdict::Unanswered | Verdict::Rejected | Verdict::ChildRejected
        );
        let outage = &judgement.outage;
        let (packets, first, last) = Reading::new(outage, options).dead_spi().filter(|_| failed)?;
        let goes_on =
            packets >= options.dead_spi_packets && last.time.since(first.time) >= options.dead_spi_time;
        // Who sends ESP has an SA, and may know the peer's SPI too.
        let sends = outage.after.outbound.iter().any(|seen| seen.kind != SpiKind::OldRouter);
        if sends || (!goes_on && outage.after.invalid_spi.is_none()) {
            return None;
        }
        let peer = outage.tunnel.peer;
        let told = outage.after.invalid_spi.map_or(String::new(), |(times, at)| {
            let notices = count(times, "notice");
            format!("; {peer} was sent {notices} of an unknown SPI (first in frame {})", at.frame)
        });
        let summary = format!(
            "{peer} sent {} in {} on SPIs from before the failover, and {} sent no ESP back{told}",
            count(packets, "ESP packet"),
            seconds(last.time.since(first.time)),
            outage.failover.to
        );
        let mut finding = finding(&META, judgement, summary, advise(judgement));
        finding.evidence.sort_by_key(|evidence| evidence.at != first);
        finding.at = first;
        Some(finding)
    }
}

fn advise(judgement: &Judgement) -> Advice {
    let outage = &judgement.outage;
    let site = advice::Site::from(outage);
    let (router, peer) = (outage.failover.to, outage.tunnel.peer);
    let remedy = if site.gateway.speaks_ios() && site.ike_version.is_none_or(|version| version == 1) {
        let special = advice::commands(
            format!(
                "consider to let {router} begin IKE when it sees an unknown SPI (IKEv1 only; mind that anyone can \
                 make it do so)"
            ),
            &["crypto isakmp invalid-spi-recovery"],
        );
        advice::remedies_with(outage, special)
    } else {
        advice::remedies(outage)
    };
    Advice {
        meaning: format!(
            "{peer} still takes its SAs for valid and sends into the void; without dead peer detection it does so until \
             they run out. {router} can tell it only where it has an IKE SA with it. The SAs to clear are above all those of \
             {peer}."
        ),
        confirm: vec![
            advice::check_peer(outage),
            advice::commands_on(
                site.gateway,
                format!("on {router}: does it drop packets with unknown SPIs"),
                &["show logging | include RECVD_PKT_INV_SPI"],
            ),
        ],
        remedy,
    }
}
