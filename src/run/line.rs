//! The stages behind decode, one after the other.

use std::collections::BTreeMap;
use std::io;

use crate::capture::{CaptureId, Frame, Roster, Run, SeriesId};
use crate::decode::{Reassembly, Unrelated};
use crate::diagnose::{Captured, Diagnosis};
use crate::observe::{Note, Observer, Taken};
use crate::report::TimelineEntry;
use crate::time::Timestamp;
use crate::track::{Event, Tracker};

use super::intake::Intake;
use super::{Options, Sink};

/// The stages behind decode, one after the other.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) observer: Observer,
    pub(super) tracker: Tracker,
    pub(super) diagnosis: Diagnosis,
    events: Vec<Event>,
    /// The earliest frame.
    pub(super) start: Timestamp,
}

impl Line {
    /// Nothing has come yet.
    pub(super) fn new(options: &Options) -> Self {
        Self {
            observer: Observer::new(),
            tracker: Tracker::new(options.track.clone()),
            diagnosis: Diagnosis::new(options.diagnose.clone()),
            events: Vec::new(),
            start: Timestamp::MAX,
        }
    }

    /// Takes in what a frame of the named capture holds, and what it completes.
    pub(super) fn frame(
        &mut self,
        (id, series, name): (CaptureId, SeriesId, &str),
        frame: &Frame<'_>,
        intake: &mut Intake,
        sink: &mut dyn Sink,
    ) -> io::Result<()> {
        self.start = self.start.min(frame.time);
        intake
            .frame((id, series, name), frame, sink, |packet| self.observer.packet(id, series, frame, packet))
    }

    /// Takes in frames of a run that are noted well enough, from one on. None but the first is earlier than all before it.
    pub(super) fn skimmed(&mut self, run: &Run<'_, Note>, from: usize, awaited: Option<Unrelated>) -> Taken {
        let taken = self.observer.skimmed(run, from, awaited);
        self.start = self.start.min(taken.earliest);
        taken
    }

    /// Hands on what is ready.
    pub(super) fn hand_on(&mut self, sink: &mut dyn Sink) -> io::Result<()> {
        while let Some(observation) = self.observer.ready() {
            self.tracker.observe(observation, &mut self.events);
            self.observer.drop_ready();
            self.tell(sink)?;
        }
        Ok(())
    }

    /// Hands on what time brings while nothing comes: nothing before `until` does any more. These series of captures were
    /// watched meanwhile.
    pub(super) fn quiet(
        &mut self,
        until: Timestamp,
        watched: &[SeriesId],
        sink: &mut dyn Sink,
    ) -> io::Result<()> {
        self.observer.quiet(until);
        self.hand_on(sink)?;
        let until = self.observer.handed_on_until();
        for &series in watched {
            self.tracker.heard_until(series, until);
        }
        self.tracker.advance(until, &mut self.events);
        self.tell(sink)
    }

    /// Judges from now on with what is known of the captures.
    pub(super) fn hear_of(&mut self, captures: &dyn Roster) {
        self.diagnosis.ended(&captured(captures, &self.observer));
    }

    /// The captures that were read, with what they held.
    pub(super) fn captured<'a>(&'a self, captures: &'a dyn Roster) -> Vec<Captured<'a>> {
        captured(captures, &self.observer)
    }

    /// Whether time that comes to `until` brings anything.
    pub(super) fn brings(&mut self, until: Timestamp) -> bool {
        self.observer.holds_back() || self.tracker.next_deadline().is_some_and(|next| next < until)
    }

    /// Hears what the pieces of each capture came to.
    pub(super) fn reassembled(&mut self, pieces: &BTreeMap<CaptureId, Reassembly>) {
        for (&id, reassembly) in pieces {
            self.observer.reassembled(id, reassembly.clone());
        }
    }

    /// Hands on everything, as the captures are at their end.
    pub(super) fn finish(&mut self, captures: &dyn Roster, sink: &mut dyn Sink) -> io::Result<()> {
        while let Some(observation) = self.observer.next_at_end() {
            self.tracker.observe(&observation, &mut self.events);
            self.tell(sink)?;
        }
        self.hear_of(captures);
        self.tracker.finish(&ends(captures, &self.observer), &mut self.events);
        self.tell(sink)?;
        let time = self.observer.now().unwrap_or(self.start);
        self.diagnosis.finish().into_iter().try_for_each(|judgement| {
            sink.entry(TimelineEntry::Verdict { time, judgement: Box::new(judgement) }, self.start)
        })
    }

    fn tell(&mut self, sink: &mut dyn Sink) -> io::Result<()> {
        for event in self.events.drain(..) {
            if let Some(judgement) = self.diagnosis.observe(&event) {
                let judgement = Box::new(judgement.clone());
                sink.entry(TimelineEntry::Verdict { time: event.time, judgement }, self.start)?;
            }
            if event.kind.is_told() {
                sink.entry(TimelineEntry::Event(event), self.start)?;
            }
        }
        Ok(())
    }
}

/// When each series of captures ends: with its latest frame, or, where its clock ran backwards, where that came to.
fn ends(captures: &dyn Roster, observer: &Observer) -> BTreeMap<SeriesId, Timestamp> {
    let mut ends = BTreeMap::new();
    for (id, tally) in captures.ids().zip(observer.tallies()) {
        let (Some(series), Some((_, last))) = (captures.series(id), tally.span) else { continue };
        let now = observer.now().filter(|_| tally.backwards.is_some());
        let last = now.map_or(last, |now| now.min(last));
        let end = ends.entry(series).or_insert(last);
        *end = last.max(*end);
    }
    ends
}

/// The captures of which anything was seen.
fn captured<'a>(captures: &'a dyn Roster, observer: &'a Observer) -> Vec<Captured<'a>> {
    let of = |id: CaptureId| {
        let (facts, series) = (captures.facts(id)?, captures.series(id)?);
        Some(Captured { id, series, facts, tally: observer.tallies().get(id.0 as usize)? })
    };
    captures.ids().filter_map(of).collect()
}
