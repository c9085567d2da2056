//! The timeline while it goes on: one line per event, as it comes.

use std::net::IpAddr;

use crate::capture::{CaptureId, FrameNumber};
use crate::diagnose::Finding;
use crate::report::escape::Escaped;
use crate::report::model::TimelineEntry;
use crate::report::page::{Page, PageStyle, Tone};
use crate::report::time_style::{Clock, TimeStyle};
use crate::report::timeline_row::TimelineRow;
use crate::time::Timestamp;
use crate::track::{EventKind, Subject};

/// How events are told one by one, each in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventLines {
    /// Whether to use colours; lines are never wrapped.
    pub page: PageStyle,
    /// How times are told.
    pub time: TimeStyle,
}

impl EventLines {
    /// The line of an entry, with its end; none for what is no part of the timeline.
    ///
    /// `captures` are the names as given, by [`CaptureId`]; `start` is the earliest frame of the run.
    pub fn event(self, entry: &TimelineEntry, captures: &[String], start: Timestamp) -> Option<String> {
        let row = TimelineRow::of(entry)?;
        let (subject, addresses) = (row.subject.to_string(), addresses(&row));
        let rest = format!("{subject:<SUBJECT$}  {addresses:<ADDRESSES$}  {}", Escaped(&row.detail));
        let frame = place(row.frame, row.capture, captures);
        Some(self.line((row.time, start), &frame, (tone(entry), row.event), &rest))
    }

    /// The line of a finding, with its end: what it says names its subject.
    pub fn finding(self, finding: &Finding, captures: &[String], start: Timestamp) -> String {
        let at = finding.at;
        let rest = format!("{}: {}", finding.rule, Escaped(&finding.summary));
        let event = format!("finding: {}", finding.severity);
        let tone = Some(Tone::of_severity(finding.severity));
        self.line((at.time, start), &place(Some(at.frame), at.capture, captures), (tone, &event), &rest)
    }

    fn line(
        self,
        (time, start): (Timestamp, Timestamp),
        frame: &str,
        (tone, event): (Option<Tone>, &str),
        rest: &str,
    ) -> String {
        let mut page = Page::new(PageStyle { width: None, ..self.page });
        let padded = format!("{event:<EVENT$}");
        let event = tone.map_or_else(|| padded.clone(), |tone| page.paint(tone, &padded));
        let time = Clock::since(self.time, start).cell(time);
        page.line(0, format!("{time}  {frame:<FRAME$}  {event}  {rest}").trim_end());
        page.finish()
    }
}

/// `130`, or `r2.pcap 130` where there are several captures.
fn place(frame: Option<FrameNumber>, capture: CaptureId, captures: &[String]) -> String {
    let number = frame.map(|frame| frame.to_string()).unwrap_or_default();
    let name = captures.get(capture.0 as usize).filter(|_| captures.len() > 1);
    let last = name.and_then(|name| name.rsplit(['/', '\\']).next());
    last.map_or_else(|| number.clone(), |name| format!("{} {number}", Escaped(name)).trim_end().to_owned())
}

/// `192.0.2.3`, or `192.0.2.3 < 192.0.2.2` where another router is spoken of.
fn addresses(row: &TimelineRow) -> String {
    let other = row.peer.filter(|_| matches!(row.subject, Subject::Group(_)));
    let told = |address: Option<IpAddr>| address.map(|address| address.to_string()).unwrap_or_default();
    match (row.router, other) {
        (Some(router), Some(other)) => format!("{router} ({other})"),
        (None, Some(other)) => other.to_string(),
        (router, None) => told(router),
    }
}

/// What an entry stands out by.
const fn tone(entry: &TimelineEntry) -> Option<Tone> {
    match entry {
        TimelineEntry::Verdict { judgement, .. } => Some(Tone::of_verdict(judgement.verdict)),
        TimelineEntry::Event(event) => match event.kind {
            EventKind::Failover(_) => Some(Tone::Warning),
            EventKind::EspResumed { .. } | EventKind::NegotiationCompleted { .. } => Some(Tone::Good),
            _ => None,
        },
    }
}

/// The longest name of an event: `negotiation-retransmitted`.
const EVENT: usize = 25;
const FRAME: usize = 6;
const SUBJECT: usize = 24;
const ADDRESSES: usize = 23;
