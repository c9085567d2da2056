//! The timeline while it goes on: one line per event, as it comes.

use std::net::IpAddr;

use crate::capture::{CaptureId, FrameNumber};
use crate::diagnose::Finding;
use crate::report::escape::Escaped;
use crate::report::json::FindingState;
use crate::report::model::TimelineEntry;
use crate::report::page::{Page, PageStyle, Tone};
use crate::report::time_style::{Clock, TimeStyle};
use crate::report::timeline_row::TimelineRow;
use crate::time::Timestamp;
use crate::track::{EventKind, Subject};

/// Tells events one by one, each in a line. On a terminal the date stands on a line of its own when it changes, and what
/// does not fit into one line goes on below; elsewhere each line has all there is.
#[derive(Clone, Debug)]
pub struct EventLines {
    page: PageStyle,
    time: TimeStyle,
    /// The day told last.
    day: Option<String>,
}

/// What a line says.
struct Line<'a> {
    time: Timestamp,
    frame: String,
    event: (Option<Tone>, String),
    subject: String,
    /// The router and the other one; none where what is told has no such column.
    addresses: Option<String>,
    detail: (Option<Tone>, &'a str),
}

impl EventLines {
    /// Lines of this look, with times of this style.
    pub const fn new(page: PageStyle, time: TimeStyle) -> Self {
        Self { page, time, day: None }
    }

    /// The line of an entry, with its end; none for what is no part of the timeline.
    ///
    /// `captures` are the names as given, by [`CaptureId`]; `start` is the earliest frame of the run.
    pub fn event(&mut self, entry: &TimelineEntry, captures: &[String], start: Timestamp) -> Option<String> {
        let row = TimelineRow::of(entry)?;
        let (subject, addresses) = (row.subject.to_string(), addresses(&row));
        let tone = tone(entry);
        let is_verdict = matches!(entry, TimelineEntry::Verdict { .. });
        let line = Line {
            time: row.time,
            frame: place(row.frame, row.capture, captures),
            event: (tone, row.event.to_owned()),
            subject,
            addresses: Some(addresses),
            detail: (tone.filter(|_| is_verdict), &row.detail),
        };
        Some(self.line(&line, start))
    }

    /// The line of a finding that has come to this state at `now`, with its end.
    pub fn finding(
        &mut self,
        (state, finding): (FindingState, &Finding),
        now: Timestamp,
        captures: &[String],
        start: Timestamp,
    ) -> String {
        let (at, severity) = (finding.at, finding.severity);
        let detail = format!("{}: {}", finding.rule, finding.summary);
        let (tone, told) = match state {
            FindingState::New | FindingState::Raised => (Tone::of_severity(severity), severity.to_string()),
            FindingState::Withdrawn => (Tone::Good, "withdrawn".to_owned()),
        };
        let subject = finding.subject.map(|subject| subject.to_string()).unwrap_or_default();
        let line = Line {
            time: now,
            frame: place(Some(at.frame), at.capture, captures),
            event: (Some(tone), format!("finding: {told}")),
            subject,
            addresses: None,
            detail: (None, &detail),
        };
        self.line(&line, start)
    }

    fn line(&mut self, line: &Line<'_>, start: Timestamp) -> String {
        let clock = Clock::since(self.time, start);
        let mut page = Page::new(self.page);
        let time = if self.page.width.is_some() {
            let day = clock.day(line.time);
            if self.day != day {
                self.day.clone_from(&day);
                if let Some(day) = day {
                    page.line(0, &day);
                }
            }
            clock.time_of_day(line.time)
        } else {
            clock.stamp(line.time)
        };
        let detail = Escaped(line.detail.1).to_string();
        let (first, rest) = detail.split_at(detail.find(' ').unwrap_or(detail.len()));
        let shown = line.detail.0.map_or_else(|| first.to_owned(), |tone| page.paint(tone, first));
        let most = usize::from(self.page.width.unwrap_or(u16::MAX));
        let (head, width) = line.head(&time, most >= IN_COLUMNS, &page);
        if width + 2 + detail.chars().count() <= most {
            page.line(0, format!("{head}  {shown}{rest}").trim_end());
            return page.finish();
        }
        page.line(0, head.trim_end());
        if !detail.is_empty() {
            page.prose(time.len() + 2, &format!("{shown}{rest}"));
        }
        page.finish()
    }
}

impl Line<'_> {
    /// All but the detail, in columns or close together, and how wide that is.
    fn head(&self, time: &str, in_columns: bool, page: &Page) -> (String, usize) {
        let padded = |text: &str, width: usize| {
            if in_columns { format!("{text:<width$}") } else { text.to_owned() }
        };
        let (tone, event) = &self.event;
        let addresses = self.addresses.as_ref().map(|addresses| (None, padded(addresses, ADDRESSES)));
        let mut cells = vec![
            (None, time.to_owned()),
            (None, padded(&self.frame, FRAME)),
            (*tone, padded(event, EVENT)),
            (None, padded(&self.subject, SUBJECT)),
        ];
        cells.extend(addresses);
        cells.retain(|(_, cell)| !cell.is_empty());
        let width = cells.iter().map(|(_, cell)| cell.chars().count() + 2).sum::<usize>() - 2;
        let painted =
            |(tone, cell): (Option<Tone>, String)| tone.map_or(cell.clone(), |tone| page.paint(tone, &cell));
        (cells.into_iter().map(painted).collect::<Vec<_>>().join("  "), width)
    }
}

/// `130`, or `r2.pcap 130` where there are several captures.
fn place(frame: Option<FrameNumber>, capture: CaptureId, captures: &[String]) -> String {
    let number = frame.map(|frame| frame.to_string()).unwrap_or_default();
    let name = captures.get(capture.0 as usize).filter(|_| captures.len() > 1);
    let last = name.and_then(|name| name.rsplit(['/', '\\']).next());
    last.map_or_else(|| number.clone(), |name| format!("{} {number:<FRAME$}", Escaped(name)))
}

/// `192.0.2.3`, or `192.0.2.3 (192.0.2.2)` where another router is spoken of.
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
            EventKind::ActiveConflict
            | EventKind::NegotiationRefused { .. }
            | EventKind::ClearTraffic(_)
            | EventKind::InvalidSpi { .. } => Some(Tone::Critical),
            EventKind::Failover(_)
            | EventKind::ForwarderMoved(_)
            | EventKind::HoldExpired { .. }
            | EventKind::ConfigChanged(_)
            | EventKind::EspStopped { .. } => Some(Tone::Warning),
            EventKind::EspResumed { .. } | EventKind::NegotiationCompleted { .. } => Some(Tone::Good),
            _ => None,
        },
    }
}

/// The longest name of an event: `negotiation-retransmitted`.
const EVENT: usize = 25;
/// Narrower terminals have no room for columns.
const IN_COLUMNS: usize = 100;
const FRAME: usize = 6;
const SUBJECT: usize = 24;
const ADDRESSES: usize = 23;
