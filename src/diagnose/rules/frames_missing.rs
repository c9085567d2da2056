//! The capture says itself that it lacks frames.

use crate::capture::{Counters, Interface};
use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{listed, note};
use crate::diagnose::reading::count;
use crate::diagnose::rule::{Captured, Meta, Rule};
use crate::observe::At;

/// The rule.
pub(super) struct FramesMissing;

static META: Meta =
    Meta { name: "frames-missing", severity: Severity::Info, text: include_str!("frames_missing.md") };

impl Rule for FramesMissing {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn captured(&self, capture: &Captured<'_>, _options: &Options) -> Option<Finding> {
        let facts = capture.facts;
        let missing = facts.missing_frames().filter(|missing| *missing > 0)?;
        let (frame, time) = facts.first_loss?;
        let at = At { time, capture: capture.id, frame };
        let between = facts.interfaces.iter().any(|it| it.counters.missing_between > Some(0));
        let shown = if between { "the first one that says so" } else { "the last one before the counters" };
        Some(Finding {
            rule: META.name,
            severity: META.severity,
            // The capturing system counted them itself.
            confidence: 1.0,
            at,
            subject: None,
            summary: format!("the capture lacks {} that its interface saw", count(missing, "frame")),
            evidence: vec![note(at, shown.to_owned())],
            reasons: facts.interfaces.iter().filter_map(counted).collect(),
            advice: advise(),
            filter: format!("frame.number == {frame}"),
        })
    }
}

/// What an interface says of the frames that it lacks.
fn counted(interface: &Interface) -> Option<String> {
    let Counters { received, dropped, dropped_by_system, missing_between } = interface.counters;
    let told = [
        (dropped, "dropped by the interface"),
        (dropped_by_system, "dropped by the system"),
        (missing_between, "missing between those stored"),
    ];
    let told: Vec<_> = told
        .into_iter()
        .filter_map(|(frames, what)| Some((frames.filter(|frames| *frames > 0)?, what)))
        .map(|(frames, what)| format!("{} {what}", count(frames, "frame")))
        .collect();
    if told.is_empty() {
        return None;
    }
    let name =
        interface.name.as_deref().map_or("its interface".to_owned(), |name| format!("interface {name}"));
    let of = received.map_or(String::new(), |received| format!(" of {received} received"));
    Some(format!("{name} counts {}{of}", listed(told)))
}

fn advise() -> Advice {
    Advice {
        meaning:
            "What is missing may be just what a verdict did not find: a negotiation, a hello, ESP of one \
                  direction. Whatever the report says was not seen may have been there."
                .to_owned(),
        confirm: vec![advice::commands(
            "which frames and how many the capturing system lost",
            &["capinfos FILE"],
        )],
        remedy: vec![advice::commands(
            "capture again with a filter, a larger buffer and on a faster disk",
            CAPTURE,
        )],
    }
}

/// A capture of all that is read, also behind VLAN tags and in fragments. The explanations repeat it.
const CAPTURE: &[&str] = &[
    "FHRP='arp or icmp6 or proto 112 or udp port 1985 or 2029 or 3222'",
    "IPSEC='proto 50 or udp port 500 or 4500 or icmp or proto 44 or ip[6:2] & 0x1fff != 0'",
    r#"tcpdump -i IFACE -B 65536 -s 0 -w FILE "$FHRP or $IPSEC or (vlan and ($FHRP or $IPSEC))""#,
];

#[cfg(test)]
mod tests {
    use super::CAPTURE;

    #[test]
    fn the_explanations_give_the_same_capture() {
        for text in [include_str!("frames_missing.md"), include_str!("capture_ends_early.md")] {
            for line in CAPTURE {
                assert!(text.contains(&format!("       {line}\n")), "{line}");
            }
        }
    }
}
