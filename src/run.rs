//! The wiring: capture, decode, observe, track, diagnose, and the report they fill.

use std::collections::BTreeMap;
use std::io;

use crate::capture::{CaptureId, Captures, Compression, DamageLog, Error, Format, Frame, SeriesId};
use crate::decode::{self, Packet, Reassembler, decode_with};
use crate::diagnose::{self, Captured, Diagnosis, Known, Seen, causes, limits};
use crate::observe::{Observer, Tally};
use crate::report::{CaptureFacts, Report, TimelineEntry};
use crate::time::Timestamp;
use crate::track::{self, Event, Tracker};

/// The ports and thresholds of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What decoding may be told.
    pub decode: decode::Options,
    /// Those of the trackers.
    pub track: track::Options,
    /// Those of the diagnosis.
    pub diagnose: diagnose::Options,
}

/// What is handed on while a run goes on. Every method does nothing unless it is written anew.
pub trait Sink {
    /// A frame of the named capture, and what it holds.
    fn packet(&mut self, _capture: &str, _frame: &Frame<'_>, _packet: &Packet<'_>) -> io::Result<()> {
        Ok(())
    }

    /// An entry of the timeline, in order of time. `start` is the earliest frame so far.
    fn entry(&mut self, _entry: TimelineEntry, _start: Timestamp) -> io::Result<()> {
        Ok(())
    }

    /// So many bytes of the captures are read.
    fn progress(&mut self, _bytes_read: u64) {}
}

/// Runs the captures through all stages.
///
/// The report's timeline stays empty: its entries go to `sink` as they come. Memory grows with groups, tunnels, SAs
/// and failovers, not with frames.
///
/// # Errors
///
/// Only those of `sink`. What cannot be read of a capture is told in the report.
pub fn run(captures: &mut Captures, options: &Options, sink: &mut dyn Sink) -> io::Result<Report> {
    let names = captures.names();
    let mut line = Line {
        observer: Observer::new(),
        tracker: Tracker::new(options.track.clone()),
        diagnosis: Diagnosis::new(options.diagnose.clone()),
        events: Vec::new(),
        start: Timestamp::MAX,
    };
    let mut reassembler = Reassembler::new(options.decode.clone());
    let mut frames: u32 = 0;
    while let Some((id, series, frame)) = captures.next_frame() {
        let packet = decode_with(&frame, &options.decode);
        line.start = line.start.min(frame.time);
        let name = names.get(id.0 as usize).map(String::as_str).unwrap_or_default();
        let mut told = Ok(());
        reassembler.packets(id, series, &frame, &packet, &mut |packet| {
            if told.is_ok() {
                told = sink.packet(name, &frame, packet);
            }
            line.observer.packet(id, series, &frame, packet);
        });
        told?;
        line.hand_on(sink)?;
        frames = frames.wrapping_add(1);
        if frames.is_multiple_of(PROGRESS_FRAMES) {
            sink.progress(captures.bytes_read());
        }
    }
    for (id, reassembly) in reassembler.finish() {
        line.observer.reassembled(id, reassembly);
    }
    line.finish(captures, sink)?;
    sink.progress(captures.bytes_read());
    Ok(report(captures, &names, &line, options))
}

/// The stages behind decode, one after the other.
struct Line {
    observer: Observer,
    tracker: Tracker,
    diagnosis: Diagnosis,
    events: Vec<Event>,
    start: Timestamp,
}

impl Line {
    /// Hands on what is ready.
    fn hand_on(&mut self, sink: &mut dyn Sink) -> io::Result<()> {
        while let Some(observation) = self.observer.next_ready() {
            self.tracker.observe(&observation, &mut self.events);
            self.tell(sink)?;
        }
        Ok(())
    }

    /// Hands on everything, as the captures are at their end.
    fn finish(&mut self, captures: &Captures, sink: &mut dyn Sink) -> io::Result<()> {
        while let Some(observation) = self.observer.next_at_end() {
            self.tracker.observe(&observation, &mut self.events);
            self.tell(sink)?;
        }
        self.diagnosis.ended(&read(captures, self.observer.tallies()));
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
fn ends(captures: &Captures, observer: &Observer) -> BTreeMap<SeriesId, Timestamp> {
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

/// The captures that were read.
fn read<'a>(captures: &'a Captures, tallies: &'a [Tally]) -> Vec<Captured<'a>> {
    let read = |id: CaptureId| {
        let (facts, series, tally) = (captures.facts(id)?, captures.series(id)?, tallies.get(id.0 as usize)?);
        Some(Captured { id, series, facts, tally })
    };
    captures.ids().filter_map(read).collect()
}

fn report(captures: &Captures, names: &[String], line: &Line, options: &Options) -> Report {
    let no_frames = Tally::default();
    let tallies = line.observer.tallies();
    let tally = |id: CaptureId| tallies.get(id.0 as usize).unwrap_or(&no_frames);
    let (groups, tunnels) = (line.tracker.group_facts(), line.tracker.tunnel_facts());
    let read = read(captures, tallies);
    let known = Known { groups: &groups, tunnels: &tunnels, captures: &read };
    let findings = line.diagnosis.findings(&known);
    let mut report = Report {
        failovers: line.diagnosis.failovers(),
        causes: causes(&findings, &tunnels),
        findings,
        groups,
        tunnels,
        flows: line.tracker.flows(),
        ..Report::default()
    };
    let seen: Vec<(&str, &Tally)> =
        captures.ids().zip(names).map(|(id, name)| (name.as_str(), tally(id))).collect();
    let (groups, tunnels, failovers) = (&report.groups, &report.tunnels, &report.failovers);
    report.limits = limits(
        &Seen {
            captures: &seen,
            groups,
            tunnels,
            failovers,
            overflow: line.tracker.overflow(),
            suppressed: line.diagnosis.suppressed(),
        },
        &options.diagnose,
    );
    report.captures = captures
        .ids()
        .zip(seen)
        .map(|(id, (name, tally))| {
            let facts = captures.facts(id).cloned().unwrap_or_default();
            CaptureFacts {
                name: name.to_owned(),
                format: facts.format.map_or("", Format::name),
                compression: facts.compression.map_or("", Compression::name),
                tally: tally.clone(),
                interfaces: facts.interfaces,
                names: facts.names,
                secrets: facts.secrets,
                damage: damage(&facts.damage),
                error: captures.failure(id).map(|error| nameless(error, name)),
                hint: captures.failure(id).map(Error::hint),
            }
        })
        .collect();
    report
}

/// Why a capture was not read, without its name, which the report gives beside it.
fn nameless(error: &Error, name: &str) -> String {
    let text = error.to_string();
    text.strip_prefix(name)
        .and_then(|text| text.strip_prefix(": "))
        .map_or_else(|| text.clone(), str::to_owned)
}

/// What was damaged, one sentence each, with how many more there are.
fn damage(log: &DamageLog) -> Vec<String> {
    let mut lines: Vec<String> = log.first().iter().map(ToString::to_string).collect();
    let more = log.total().saturating_sub(lines.len() as u64);
    if more > 0 {
        let counts: Vec<String> = log.counts().map(|(kind, count)| format!("{count} {kind}")).collect();
        lines.push(format!("and {more} more; in all {}", counts.join(", ")));
    }
    lines
}

/// How often progress is told.
const PROGRESS_FRAMES: u32 = 4096;
