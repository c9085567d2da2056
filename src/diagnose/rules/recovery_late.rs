//! The tunnel came back, but late.

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{finding, takeover};
use crate::diagnose::reading::{Reading, seconds};
use crate::diagnose::rule::{Meta, Rule};
use crate::diagnose::verdict::{Judgement, Verdict};

/// The rule.
pub(super) struct RecoveryLate;

static META: Meta =
    Meta { name: "recovery-late", severity: Severity::Warning, text: include_str!("recovery_late.md") };

impl Rule for RecoveryLate {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judged(&self, judgement: &Judgement, options: &Options) -> Option<Finding> {
        if judgement.verdict != Verdict::RecoveredLate {
            return None;
        }
        let outage = &judgement.outage;
        let length = judgement.outage_length.or(judgement.esp_resumed_after).unwrap_or_default();
        let (router, peer) = (takeover(&outage.failover), outage.tunnel.peer);
        let summary = format!(
            "after {router}, the tunnel to {peer} was down for {} and came back later than {}",
            seconds(length),
            seconds(options.late_after)
        );
        let mut finding = finding(&META, judgement, summary, advise(judgement));
        if !Reading::new(outage, options).is_wanted() {
            finding.severity = Severity::Info;
            finding.summary = format!(
                "after {router}, the tunnel to {peer} came up after {}, when traffic came back: it was quiet before",
                seconds(judgement.esp_resumed_after.unwrap_or_default())
            );
        }
        Some(finding)
    }
}

/// The tunnel works, so nothing is done to it: what cuts it again is no remedy.
fn advise(judgement: &Judgement) -> Advice {
    let outage = &judgement.outage;
    let site = advice::Site::from(outage);
    let (router, peer) = (outage.failover.to, outage.tunnel.peer);
    Advice {
        meaning: format!(
            "New SAs were negotiated, but not because of the failover: somebody cleared SAs or applied the {} again \
             on {router}, or {peer} noticed only by dead peer detection or when its SAs ran out.",
            site.policy()
        ),
        confirm: vec![
            advice::commands_on(
                site.gateway,
                format!("on {router}, and on {peer} likewise: did somebody act, and when"),
                &["show logging | include ISAKMP_ON_OFF|CONFIG_I"],
            ),
            advice::check_map(outage),
            advice::check_ike(outage),
            advice::check_gateway(outage),
        ],
        remedy: vec![
            advice::words("mend nothing now, the tunnel works: find out who or what ended the outage"),
            advice::prevent(outage),
            advice::words("fail over once more when it suits, captured, and compare the outage"),
        ],
    }
}
