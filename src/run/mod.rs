//! The wiring: capture, decode, observe, track, diagnose, and the report they fill.

mod ahead;
mod follow;
mod line;
mod report;

use std::collections::BTreeMap;
use std::io;

use crate::capture::{CaptureId, Captures, Frame, Roster, SeriesId};
use crate::decode::{self, Packet, Reassembler, Reassembly, decode_with};
use crate::diagnose;
use crate::report::{Report, TimelineEntry};
use crate::time::Timestamp;
use crate::track;

use self::line::Line;

pub use self::follow::{Follower, Go, View, follow};

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
    /// A frame of a capture, which has this name, and what it holds.
    fn packet(
        &mut self,
        _capture: (CaptureId, &str),
        _frame: &Frame<'_>,
        _packet: &Packet<'_>,
    ) -> io::Result<()> {
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
    let mut intake = Intake::new(options);
    let mut line = Line::new(options);
    let mut frames: u32 = 0;
    while let Some((id, series, frame)) = captures.next_frame() {
        let name = names.get(id.0 as usize).map(String::as_str).unwrap_or_default();
        intake.frame((id, series, name), &frame, &mut line, sink)?;
        line.hand_on(sink)?;
        frames = frames.wrapping_add(1);
        if frames.is_multiple_of(PROGRESS_FRAMES) {
            sink.progress(captures.bytes_read());
        }
    }
    line.reassembled(&intake.finish());
    line.finish(captures, sink)?;
    sink.progress(captures.bytes_read());
    Ok(report::of(captures, &line, options))
}

/// What stands before the line: frames to packets.
struct Intake {
    options: decode::Options,
    reassembler: Reassembler,
}

impl Intake {
    fn new(options: &Options) -> Self {
        Self { options: options.decode.clone(), reassembler: Reassembler::new(options.decode.clone()) }
    }

    /// Decodes a frame of the named capture and puts what it holds on the line.
    fn frame(
        &mut self,
        (id, series, name): (CaptureId, SeriesId, &str),
        frame: &Frame<'_>,
        line: &mut Line,
        sink: &mut dyn Sink,
    ) -> io::Result<()> {
        let packet = decode_with(frame, &self.options);
        line.start = line.start.min(frame.time);
        let mut told = Ok(());
        self.reassembler.packets(id, series, frame, &packet, &mut |packet| {
            if told.is_ok() {
                told = sink.packet((id, name), frame, packet);
            }
            line.observer.packet(id, series, frame, packet);
        });
        told
    }

    /// No more frames come: what was never whole is told.
    fn finish(self) -> BTreeMap<CaptureId, Reassembly> {
        self.reassembler.finish()
    }
}

/// How often progress is told.
const PROGRESS_FRAMES: u32 = 4096;
