//! Tells what comes of a run that goes on, and says when it is to end.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Duration;

use crate::capture::{CaptureId, FrameNumber, Notice};
use crate::command::kept::Kept;
use crate::diagnose::Finding;
use crate::report::{Escaped, Report, TimelineEntry};
use crate::run::{Follower, Go, Sink, View};
use crate::time::Timestamp;
use crate::track::Subject;

use super::signals::Signals;
use super::stream::Stream;

/// Tells what comes of a run that goes on.
pub(super) struct Watcher<'a> {
    stream: Stream<'a>,
    err: &'a mut dyn Write,
    signals: Signals,
    duration: Option<Duration>,
    /// The names of the captures so far, by [`CaptureId`].
    names: Vec<String>,
    kept: Kept,
    found: BTreeSet<Found>,
    /// When findings were looked for last, and whether anything has happened since.
    looked: Duration,
    is_news: bool,
}

/// What tells one finding from another.
type Found = (&'static str, Option<Subject>, Timestamp, CaptureId, FrameNumber);

impl<'a> Watcher<'a> {
    /// Tells events to `stream` and all else to `err`, and ends after `duration`.
    pub(super) fn new(
        stream: Stream<'a>,
        err: &'a mut dyn Write,
        signals: Signals,
        duration: Option<Duration>,
    ) -> Self {
        Self {
            stream,
            err,
            signals,
            duration,
            names: Vec::new(),
            kept: Kept::default(),
            found: BTreeSet::new(),
            looked: Duration::ZERO,
            is_news: false,
        }
    }

    /// Tells what stands in the report alone, and hands the timeline to it.
    pub(super) fn finish(self, report: &mut Report) {
        self.kept.hand_to(report);
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
        for finding in view.findings(&groups, &tunnels) {
            if self.found.len() < FINDINGS && self.found.insert(identity(&finding)) {
                self.stream.finding(&finding, view.captures(), start)?;
            }
        }
        Ok(())
    }

    fn tell(&mut self, kind: &str, text: &str) {
        // Where even that is not possible there is nobody left to tell.
        drop(writeln!(self.err, "{kind}: {}", Escaped(text)));
    }
}

fn identity(finding: &Finding) -> Found {
    let at = finding.at;
    (finding.rule, finding.subject, at.time, at.capture, at.frame)
}

impl Sink for Watcher<'_> {
    fn entry(&mut self, entry: TimelineEntry, start: Timestamp) -> io::Result<()> {
        self.is_news = true;
        let told = self.stream.entry(&entry, &self.names, start);
        self.kept.push(entry);
        told
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
        self.tell("warning", &notice.to_string());
        Ok(())
    }

    fn taken_back(&mut self, entry: &TimelineEntry) -> io::Result<()> {
        self.tell("warning", &format!("frames came late; this did not happen: {entry}"));
        Ok(())
    }

    fn look(&mut self, view: &View<'_>) -> io::Result<Go> {
        self.find(view)?;
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
/// How many findings are told.
const FINDINGS: usize = 100_000;
