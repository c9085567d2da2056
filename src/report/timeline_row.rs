//! One line of the timeline, as text and tables show it.

use std::net::IpAddr;

use crate::capture::{CaptureId, FrameNumber};
use crate::diagnose::{Judgement, Verdict};
use crate::time::Timestamp;
use crate::track::{Event, Subject};

use super::model::TimelineEntry;

/// One line of the timeline.
pub(super) struct TimelineRow {
    pub(super) time: Timestamp,
    pub(super) capture: CaptureId,
    pub(super) frame: Option<FrameNumber>,
    pub(super) event: &'static str,
    pub(super) subject: Subject,
    pub(super) router: Option<IpAddr>,
    pub(super) peer: Option<IpAddr>,
    pub(super) detail: String,
}

impl TimelineRow {
    /// The line of an entry; none for an event that is not part of the timeline.
    pub(super) fn of(entry: &TimelineEntry) -> Option<Self> {
        match entry {
            TimelineEntry::Event(event) => event.kind.is_told().then(|| Self::of_event(event)),
            TimelineEntry::Verdict { time, judgement } => Some(Self::of_verdict(*time, judgement)),
        }
    }

    fn of_event(event: &Event) -> Self {
        Self {
            time: event.time,
            capture: event.capture,
            frame: event.frame,
            event: event.kind.name(),
            subject: event.subject,
            router: event.router,
            peer: event.peer,
            detail: event.kind.to_string(),
        }
    }

    /// A verdict stands at the end of its window, where no frame is; its detail names the failover's frame.
    fn of_verdict(time: Timestamp, judgement: &Judgement) -> Self {
        let outage = &judgement.outage;
        Self {
            time,
            capture: outage.failover.at.capture,
            frame: None,
            event: "verdict",
            subject: Subject::Tunnel(outage.tunnel),
            router: Some(outage.failover.to),
            peer: Some(outage.tunnel.peer),
            detail: verdict_detail(judgement),
        }
    }
}

/// `no-negotiation after the failover in frame 130; confidence 0.55; no negotiation was begun; revised`
fn verdict_detail(judgement: &Judgement) -> String {
    let frame = judgement.outage.failover.at.frame;
    let mut detail = format!("{} after the failover in frame {frame}", judgement.verdict);
    if let Some(confidence) = told_confidence(judgement) {
        detail.push_str("; confidence ");
        detail.push_str(&confidence);
    }
    if let Some(reason) = judgement.reasons.first() {
        detail.push_str("; ");
        detail.push_str(&reason.text);
    }
    if judgement.revised {
        detail.push_str("; revised");
    }
    detail
}

/// The confidence in a verdict that says something of the tunnel, with two decimals.
pub(super) fn told_confidence(judgement: &Judgement) -> Option<String> {
    let says_nothing = matches!(judgement.verdict, Verdict::Idle | Verdict::Inconclusive);
    (!says_nothing).then(|| format!("{:.2}", judgement.confidence))
}
