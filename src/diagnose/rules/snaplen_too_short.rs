//! The capture length cut messages short.

use std::collections::BTreeMap;

use crate::capture::Facts;
use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::note;
use crate::diagnose::reading::count;
use crate::diagnose::rule::{Captured, Meta, Rule};
use crate::observe::{At, Damaged};

/// The rule.
pub(super) struct SnaplenTooShort;

static META: Meta =
    Meta { name: "snaplen-too-short", severity: Severity::Info, text: include_str!("snaplen_too_short.md") };

impl Rule for SnaplenTooShort {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn captured(&self, capture: &Captured<'_>, _options: &Options) -> Option<Finding> {
        let cut = &capture.tally.cut;
        let at = |damaged: &Damaged| At { time: damaged.time, capture: capture.id, frame: damaged.first };
        let first = cut.values().map(at).min_by_key(|at| at.frame)?;
        let messages: u64 = cut.values().map(|damaged| damaged.count).sum();
        let kinds: Vec<String> =
            cut.iter().map(|(layer, damaged)| count(damaged.count, &format!("{layer} message"))).collect();
        let be = if messages == 1 { "is" } else { "are" };
        let summary = format!("{} {be} cut short {}", kinds.join(", "), by(capture.facts, cut));
        let mut evidence: Vec<_> = cut
            .iter()
            .map(|(layer, damaged)| {
                note(at(damaged), format!("first {layer} message that is cut: {}", damaged.why))
            })
            .collect();
        evidence.sort_by_key(|evidence| evidence.at.frame);
        Some(Finding {
            rule: META.name,
            severity: META.severity,
            // The capture tells how long each frame was.
            confidence: 1.0,
            at: first,
            subject: None,
            summary,
            evidence,
            reasons: Vec::new(),
            advice: advise(),
            filter: "frame.cap_len < frame.len".to_owned(),
        })
    }
}

/// By which length, where the capture names one and all messages end there. A capture that was shortened later does not.
fn by(facts: &Facts, cut: &BTreeMap<&'static str, Damaged>) -> String {
    let mut lengths = facts.interfaces.iter().map(|it| it.snaplen);
    let length = lengths.next().filter(|length| lengths.all(|other| other == *length));
    let end = |damaged: &Damaged| u32::try_from(damaged.why.offset.saturating_add(damaged.why.have)).ok();
    match length.filter(|length| cut.values().all(|damaged| end(damaged) == Some(*length))) {
        Some(length) => format!("by the capture length, {length} bytes"),
        None => "in the capture, which does not have all of their frames".to_owned(),
    }
}

fn advise() -> Advice {
    Advice {
        meaning: "What is cut off is not known: which payloads and notifies an IKE message had, what a hello said, or \
                  that there was a message at all."
            .to_owned(),
        confirm: vec![advice::commands("at which length frames were cut", &["capinfos -l FILE"])],
        remedy: vec![advice::commands("capture whole frames", &["tcpdump -i IFACE -s 0 -w FILE"])],
    }
}
