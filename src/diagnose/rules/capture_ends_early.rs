//! The capture ends before a verdict is sure.

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{gateway_filter, note, takeover};
use crate::diagnose::reading::seconds;
use crate::diagnose::rule::{Meta, Rule};
use crate::diagnose::verdict::{Judgement, Verdict};
use crate::track::{Closed, Subject, Visibility};

/// The rule.
pub(super) struct CaptureEndsEarly;

static META: Meta = Meta {
    name: "capture-ends-early",
    severity: Severity::Info,
    text: include_str!("capture_ends_early.md"),
};

impl Rule for CaptureEndsEarly {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judged(&self, judgement: &Judgement, options: &Options) -> Option<Finding> {
        let outage = &judgement.outage;
        let watched = outage.watched();
        let succeeded = matches!(
            judgement.verdict,
            Verdict::Idle | Verdict::Stateful | Verdict::Recovered | Verdict::RecoveredLate
        );
        // No longer capture from there would show a router out of sight.
        let out_of_sight = matches!(outage.coverage.router, Visibility::Hidden(_));
        let is_sure =
            watched >= options.window || judgement.confirmation.is_reached(judgement.verdict, watched);
        if succeeded || out_of_sight || outage.closed != Some(Closed::CaptureEnd) || is_sure {
            return None;
        }
        let summary = format!(
            "the capture ends {} after the failover; {} more would have completed the window for {}",
            seconds(watched),
            seconds(options.window.saturating_sub(watched)),
            outage.tunnel
        );
        let at = outage.failover.at;
        Some(Finding {
            rule: META.name,
            severity: META.severity,
            // That the capture ends is no matter of belief.
            confidence: 1.0,
            at,
            subject: Some(Subject::Tunnel(outage.tunnel)),
            summary,
            evidence: vec![note(at, takeover(&outage.failover))],
            reasons: Vec::new(),
            advice: advise(judgement, options),
            filter: gateway_filter(outage.failover.group.name.protocol, at),
        })
    }
}

fn advise(judgement: &Judgement, options: &Options) -> Advice {
    let confirmed = Some(judgement.confirmation.after).filter(|after| *after > options.window);
    let better = confirmed.map_or_else(String::new, |after| format!(", better {}", seconds(after)));
    Advice {
        meaning: "What happened later cannot be seen: the tunnel may have come back, or been given up."
            .to_owned(),
        confirm: Vec::new(),
        remedy: vec![advice::words(format!(
            "capture again for at least {} after the failover{better}",
            seconds(options.window)
        ))],
    }
}
