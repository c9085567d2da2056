//! What time brings while nothing comes, told before it is certain.
//!
//! Whoever writes a file or a pipe may hold frames back. So what time brings is told by a copy of the stages, and when
//! frames come after all, it is the stages as they were that take them. What they tell again is not told twice; what they
//! do not is taken back.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use crate::capture::{CaptureId, Quiet, Roster, SeriesId};
use crate::decode::Reassembly;
use crate::report::TimelineEntry;
use crate::time::Timestamp;

use super::Sink;
use super::line::Line;

/// The stages, and a copy that has gone ahead of them.
pub(super) struct Stages {
    pub(super) line: Line,
    ahead: Option<Ahead>,
    /// What was told ahead and not by the stages yet.
    told: Vec<TimelineEntry>,
    /// How late frames have come at most, behind where time had gone.
    lag: Duration,
}

/// A copy of the stages that has gone ahead in time.
struct Ahead {
    line: Line,
    until: Timestamp,
    silence: Duration,
    /// What it came to.
    entries: Vec<TimelineEntry>,
}

impl Stages {
    pub(super) const fn new(line: Line) -> Self {
        Self { line, ahead: None, told: Vec::new(), lag: Duration::ZERO }
    }

    /// The stages as far as they have come, ahead or not.
    pub(super) fn latest(&self) -> &Line {
        self.ahead.as_ref().map_or(&self.line, |ahead| &ahead.line)
    }

    /// Hears that nothing comes for now. These series of captures are watched.
    pub(super) fn quiet(
        &mut self,
        quiet: Quiet,
        watched: &[SeriesId],
        sink: &mut dyn Sink,
    ) -> io::Result<()> {
        let watched = if quiet.silence >= WATCHED { watched } else { &[] };
        if let Some(until) = quiet.until {
            return self.line.quiet(until, watched, &mut Telling { sink, told: &mut self.told });
        }
        // Only the observer tells a clock that was set back from a frame that came late.
        let Some(latest) = self.line.observer.now() else { return Ok(()) };
        // Whoever writes in blocks does it again.
        let until = latest.plus(quiet.silence).minus(self.lag);
        if quiet.silence < PATIENCE + self.lag || (self.ahead.is_none() && !self.line.brings(until)) {
            return Ok(());
        }
        let Self { line, ahead, told, .. } = self;
        let ahead = ahead.get_or_insert_with(|| Ahead {
            line: line.clone(),
            until,
            silence: quiet.silence,
            entries: Vec::new(),
        });
        (ahead.until, ahead.silence) = (until, quiet.silence);
        ahead.line.quiet(until, watched, &mut TellingAhead { sink, told, entries: &mut ahead.entries })
    }

    /// A frame of this time comes. How late frames come, where that is more than ever before, and worth a word.
    pub(super) fn meet(&mut self, time: Timestamp) -> Option<Duration> {
        let ahead = self.ahead.take()?;
        if ahead.until <= time {
            if ahead.silence >= WATCHED {
                self.adopt(ahead);
            }
            return None;
        }
        let late = self.lag + ahead.until.since(time);
        let is_in_order = self.line.observer.now().is_none_or(|latest| latest.since(time) < NOTABLE);
        if late < NOTABLE || !is_in_order {
            return None;
        }
        // A little more, since blocks do not fill evenly.
        self.lag = (late + late / 4).min(MOST_LAG);
        Some(self.lag)
    }

    /// Hands on what is ready.
    pub(super) fn hand_on(&mut self, sink: &mut dyn Sink) -> io::Result<()> {
        self.line.hand_on(&mut Telling { sink, told: &mut self.told })
    }

    /// What was told and cannot come any more: what should be taken back. That is due a while after what is told.
    pub(super) fn taken_back(&mut self) -> Vec<TimelineEntry> {
        if self.told.is_empty() || self.ahead.is_some() {
            return Vec::new();
        }
        let passed = self.line.observer.handed_on_until().minus(WATCHED);
        let (back, kept) =
            std::mem::take(&mut self.told).into_iter().partition(|entry| entry.time() < passed);
        self.told = kept;
        back
    }

    /// Hears what the pieces of each capture came to, at its end.
    pub(super) fn reassembled(&mut self, pieces: &BTreeMap<CaptureId, Reassembly>) {
        self.line.reassembled(pieces);
        if let Some(ahead) = &mut self.ahead {
            ahead.line.reassembled(pieces);
        }
    }

    /// Hands on everything, as the captures are at their end. What was told ahead stays told: where the stages do not
    /// come to it as they are, it is the copy that goes on.
    pub(super) fn finish(&mut self, captures: &dyn Roster, sink: &mut dyn Sink) -> io::Result<()> {
        if let Some(ahead) = self.ahead.take() {
            let mut rest = Rest(self.told.clone());
            self.line.clone().finish(captures, &mut rest)?;
            if !rest.0.is_empty() {
                self.adopt(ahead);
            }
        }
        self.line.finish(captures, &mut Telling { sink, told: &mut self.told })
    }

    /// What was told and did not come until the end.
    pub(super) fn left_over(self) -> (Line, Vec<TimelineEntry>) {
        (self.line, self.told)
    }

    /// Goes on with the copy, which told all that it came to.
    fn adopt(&mut self, ahead: Ahead) {
        self.line = ahead.line;
        for entry in &ahead.entries {
            take(&mut self.told, entry);
        }
    }
}

/// Tells what was not told ahead.
struct Telling<'a> {
    sink: &'a mut dyn Sink,
    told: &'a mut Vec<TimelineEntry>,
}

impl Sink for Telling<'_> {
    fn entry(&mut self, mut entry: TimelineEntry, start: Timestamp) -> io::Result<()> {
        if take(self.told, &entry) {
            return Ok(());
        }
        // A verdict that was told ahead and is another one now is revised.
        if let TimelineEntry::Verdict { judgement, .. } = &mut entry {
            let id = judgement.outage.id;
            let told = self.told.len();
            self.told.retain(
                |told| !matches!(told, TimelineEntry::Verdict { judgement, .. } if judgement.outage.id == id),
            );
            judgement.revised |= self.told.len() < told;
        }
        self.sink.entry(entry, start)
    }
}

/// Tells what was not told ahead before, and remembers it.
struct TellingAhead<'a> {
    sink: &'a mut dyn Sink,
    told: &'a mut Vec<TimelineEntry>,
    entries: &'a mut Vec<TimelineEntry>,
}

impl Sink for TellingAhead<'_> {
    fn entry(&mut self, entry: TimelineEntry, start: Timestamp) -> io::Result<()> {
        self.entries.push(entry.clone());
        if self.told.iter().any(|told| is_same(told, &entry)) {
            return Ok(());
        }
        self.told.push(entry.clone());
        self.sink.entry(entry, start)
    }
}

/// What was told ahead and does not come.
struct Rest(Vec<TimelineEntry>);

impl Sink for Rest {
    fn entry(&mut self, entry: TimelineEntry, _start: Timestamp) -> io::Result<()> {
        take(&mut self.0, &entry);
        Ok(())
    }
}

/// Takes an entry out of those told; whether it was among them.
fn take(told: &mut Vec<TimelineEntry>, entry: &TimelineEntry) -> bool {
    let place = told.iter().position(|told| is_same(told, entry));
    place.map(|place| told.remove(place)).is_some()
}

/// Whether two entries are told alike. They may rest on a little more or less.
fn is_same(one: &TimelineEntry, other: &TimelineEntry) -> bool {
    match (one, other) {
        (
            TimelineEntry::Verdict { time, judgement },
            TimelineEntry::Verdict { time: other_time, judgement: other },
        ) => {
            (time, judgement.outage.id, judgement.verdict, judgement.revised)
                == (other_time, other.outage.id, other.verdict, other.revised)
        }
        (TimelineEntry::Event(one), TimelineEntry::Event(other)) => {
            let places =
                [one, other].map(|it| (it.time, it.capture, it.frame, it.subject, it.router, it.peer));
            places[0] == places[1]
                && one.kind.name() == other.kind.name()
                && (one.kind == other.kind || one.kind.to_string() == other.kind.to_string())
        }
        _ => false,
    }
}

/// For how long nothing must come before it is believed that whoever writes has no more.
const PATIENCE: Duration = Duration::from_millis(400);
/// Frames that come later than that are held back, and do not just take their time on the way.
const NOTABLE: Duration = Duration::from_secs(1);
/// How late frames are waited for.
const MOST_LAG: Duration = Duration::from_secs(300);
/// For how long nothing must come for it to be a silence that was watched, and no pause between two frames.
const WATCHED: Duration = Duration::from_secs(5);
