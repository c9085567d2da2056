//! The capture's clock runs backwards.

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::note;
use crate::diagnose::reading::{count, seconds};
use crate::diagnose::rule::{Captured, Meta, Rule};
use crate::observe::At;

/// The rule.
pub(super) struct ClockRunsBackwards;

static META: Meta = Meta {
    name: "clock-runs-backwards",
    severity: Severity::Info,
    text: include_str!("clock_runs_backwards.md"),
};

impl Rule for ClockRunsBackwards {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn captured(&self, capture: &Captured<'_>, _options: &Options) -> Option<Finding> {
        let backwards = capture.tally.backwards?;
        let at = At { time: backwards.time, capture: capture.id, frame: backwards.first };
        let (earlier, by) = (count(backwards.count, "frame"), seconds(backwards.by));
        let be = if backwards.count == 1 { "is" } else { "are" };
        Some(Finding {
            rule: META.name,
            severity: META.severity,
            // The times are there to see.
            confidence: 1.0,
            at,
            subject: None,
            summary: format!(
                "the clock runs backwards: {earlier} {be} up to {by} earlier than a frame before"
            ),
            evidence: vec![note(at, "the first frame that is earlier than one before it".to_owned())],
            reasons: Vec::new(),
            advice: advise(),
            filter: format!("frame.number >= {}", at.frame),
        })
    }
}

fn advise() -> Advice {
    Advice {
        meaning: "Spans of time across such a frame are not to be trusted: how long a failover took, how long ESP was \
                  gone, whether a message waited for its answer."
            .to_owned(),
        confirm: vec![advice::commands("whether frames are in order of time", &["capinfos -o FILE"])],
        remedy: vec![
            advice::commands(
                "where files were put together out of order, give them one by one, or sort the frames",
                &["reordercap FILE SORTED"],
            ),
            advice::words(
                "where the clock was set while the capture ran, synchronise it first, and capture again",
            ),
        ],
    }
}
