//! Tells what comes of a run that goes on, and says when it is to end.

use std::io::{self, Write};
use std::time::Duration;

use crate::capture::{CaptureId, Frame, Notice};
use crate::command::kept::Kept;
use crate::decode::Packet;
use crate::report::{Escaped, FindingState, Report, TimelineEntry};
use crate::run::{Follower, Go, Sink, View};
use crate::time::Timestamp;
use crate::track::{Event, EventKind};

use super::found::Found;
use super::side_outputs::SideOutputs;
use super::signals::Signals;
use super::status::Status;
use super::stream::Stream;

/// Tells what comes of a run that goes on.
pub(super) struct Watcher<'a> {
    stream: Stream<'a>,
    err: &'a mut dyn Write,
    side: SideOutputs,
    status: Status,
    signals: Signals,
    duration: Option<Duration>,
    /// The names of the captures so far, by [`CaptureId`].
    names: Vec<String>,
    kept: Kept,
    found: Found,
    /// When findings were looked for last, and whether anything has happened since.
    looked: Duration,
    is_news: bool,
    /// When it was shown last how things stand.
    shown: Duration,
}

impl<'a> Watcher<'a> {
    /// Tells events to `stream`, to `side` and below them to `status`, and all else to `err`; ends after `duration`.
    pub(super) fn new(
        (stream, err): (Stream<'a>, &'a mut dyn Write),
        side: SideOutputs,
        status: Status,
        signals: Signals,
        duration: Option<Duration>,
    ) -> Self {
        Self {
            stream,
            err,
            side,
            status,
            signals,
            duration,
            names: Vec::new(),
            kept: Kept::default(),
            found: Found::default(),
            looked: Duration::ZERO,
            is_news: false,
            shown: Duration::ZERO,
        }
    }

    /// The run is over: tells what was found only at the end, and hands the timeline to its report.
    ///
    /// # Errors
    ///
    /// When the output cannot be written to.
    pub(super) fn finish(mut self, report: &mut Report) -> io::Result<()> {
        self.status.finish();
        let ends = report.captures.iter().filter_map(|capture| capture.tally.span);
        let (start, now) =
            ends.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1))).unwrap_or_default();
        for (state, finding) in self.found.changes(&report.findings) {
            self.side.finding((state, &finding), now, &self.names);
            // The others stand in the report.
            if state == FindingState::Withdrawn {
                self.stream.finding((state, &finding), now, &self.names, start)?;
            }
        }
        self.kept.hand_to(report);
        for notice in self.side.finish(&self.names) {
            tell(self.err, &notice);
        }
        Ok(())
    }

    /// Looks for findings that are new, at once when something has happened and nothing more comes, else now and then.
    fn find(&mut self, view: &View<'_>) -> io::Result<()> {
        let since = view.elapsed.saturating_sub(self.looked);
        let is_time = match (self.is_news, view.silence) {
            (true, Some(_)) => since >= SOON,
            (true, None) => since >= NOW_AND_THEN,
            (false, _) => since >= SELDOM,
        };
        let Some(start) = view.start().filter(|_| is_time) else { return Ok(()) };
        (self.looked, self.is_news) = (view.elapsed, false);
        let (groups, tunnels) = (view.groups(), view.tunnels());
        let now = view.now().unwrap_or(start);
        for (state, finding) in self.found.changes(&view.findings(&groups, &tunnels)) {
            self.side.finding((state, &finding), now, &self.names);
            let Self { stream, status, names, .. } = self;
            status.aside(|| stream.finding((state, &finding), now, names, start))?;
        }
        self.side.found();
        Ok(())
    }

    /// Shows how things stand, to whoever wants to see it.
    fn show(&mut self, view: &View<'_>) {
        let is_wanted = self.status.is_shown() || self.side.wants_metrics();
        if !is_wanted || view.elapsed.saturating_sub(self.shown) < EACH {
            return;
        }
        self.shown = view.elapsed;
        let (groups, tunnels) = (view.groups(), view.tunnels());
        let findings = view.findings(&groups, &tunnels);
        self.status.show(view, (&groups, &tunnels), &findings);
        self.side.publish(view, (&groups, &tunnels), &findings);
    }

    fn warn(&mut self, text: &str) {
        let Self { status, err, .. } = self;
        status.aside(|| tell(*err, text));
    }
}

/// Warns of something. Where even that is not possible there is nobody left to tell.
fn tell(err: &mut dyn Write, text: &str) {
    drop(writeln!(err, "warning: {}", Escaped(text)));
}

impl Sink for Watcher<'_> {
    fn packet(
        &mut self,
        (capture, name): (CaptureId, &str),
        frame: &Frame<'_>,
        packet: &Packet<'_>,
    ) -> io::Result<()> {
        self.side.packet(capture, name, frame, packet);
        Ok(())
    }

    fn entry(&mut self, entry: TimelineEntry, start: Timestamp) -> io::Result<()> {
        self.is_news = true;
        if let TimelineEntry::Event(Event { kind: EventKind::Failover(failover), .. }) = &entry {
            self.found.failover(failover.at);
        }
        let Self { stream, status, names, .. } = self;
        status.aside(|| stream.entry(&entry, names, start))?;
        self.side.entry(&entry, &self.names, start);
        self.kept.push(entry);
        Ok(())
    }
}

impl Follower for Watcher<'_> {
    fn began(&mut self, capture: CaptureId, name: &str) {
        let place = capture.0 as usize;
        if self.names.len() <= place {
            self.names.resize(place + 1, String::new());
        }
        self.names[place].push_str(name);
    }

    fn notice(&mut self, notice: &Notice) -> io::Result<()> {
        self.warn(&notice.to_string());
        Ok(())
    }

    fn taken_back(&mut self, entry: &TimelineEntry) -> io::Result<()> {
        self.kept.take_back(entry);
        self.side.taken_back(entry);
        self.warn(&format!("frames came late; this did not happen: {entry}"));
        Ok(())
    }

    fn held_back(&mut self, name: &str, lag: Duration) -> io::Result<()> {
        let seconds = lag.as_secs() + 1;
        self.warn(&format!(
            "{name}: frames come late, in blocks; silence is judged {seconds} s later from now on (write with tcpdump -U)"
        ));
        Ok(())
    }

    fn look(&mut self, view: &View<'_>) -> io::Result<Go> {
        if self.signals.reopen() {
            self.side.reopen();
        }
        self.find(view)?;
        self.show(view);
        for notice in self.side.notices(&self.names) {
            self.warn(&notice);
        }
        let is_over = self.duration.is_some_and(|duration| view.elapsed >= duration);
        Ok(if is_over || self.signals.stop() { Go::Stop } else { Go::On })
    }
}

/// How soon findings are looked for after an event, while nothing comes.
const SOON: Duration = Duration::from_millis(200);
/// How often they are looked for while frames come.
const NOW_AND_THEN: Duration = Duration::from_secs(2);
/// How often they are looked for though nothing has happened.
const SELDOM: Duration = Duration::from_secs(10);
/// How often it is shown how things stand.
const EACH: Duration = Duration::from_secs(1);
