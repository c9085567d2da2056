//! The wiring: capture, decode, observe, track, diagnose, and the report they fill.

mod ahead;
mod follow;
mod intake;
mod line;
mod messages;
mod report;

use std::io;

use crate::capture::{CaptureId, Captures, Frame, Inputs, Parallel, Roster};
use crate::decode::{self, Packet};
use crate::diagnose;
use crate::observe::Skimmer;
use crate::report::{Report, TimelineEntry};
use crate::time::Timestamp;
use crate::track;

use self::intake::Intake;
use self::line::Line;

pub use self::follow::{Follower, Go, View, follow};
pub use self::messages::messages;
pub(crate) use self::report::damage;

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
    /// Which frames are wanted by [`Self::packet`] where captures end. All are handed on of those that go on.
    fn wants(&self) -> Wanted {
        Wanted::Nothing
    }

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

/// Which frames somebody wants to be handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// None.
    Nothing,
    /// Those with something of a protocol that is read here, but for plain ESP, and perhaps others.
    Messages,
    /// All.
    Everything,
}

/// Captures whose frames are noted as the run needs it.
pub type SkimmedCaptures = Captures<Skimmer>;

/// Opens captures to be run with these options: [`Captures::skimmed`].
pub fn open(inputs: Inputs, parallel: Parallel, options: &decode::Options) -> SkimmedCaptures {
    Captures::skimmed(inputs, parallel, &Skimmer::new(options.clone()))
}

/// Runs the captures through all stages, which were opened with the same decode options.
///
/// The report's timeline stays empty: its entries go to `sink` as they come. Memory grows with groups, tunnels, SAs
/// and failovers, not with frames.
///
/// # Errors
///
/// Only those of `sink`. What cannot be read of a capture is told in the report.
pub fn run(captures: &mut SkimmedCaptures, options: &Options, sink: &mut dyn Sink) -> io::Result<Report> {
    let names = captures.names();
    let mut intake = Intake::new(&options.decode);
    let mut line = Line::new(options);
    let is_skimmed = sink.wants() != Wanted::Everything;
    let mut frames = 0;
    while let Some(run) = captures.next_run() {
        frames += run.count();
        let (id, series) = (run.capture, run.series);
        let name = names.get(id.0 as usize).map(String::as_str).unwrap_or_default();
        let (mut at, mut is_decoded) = (0, !is_skimmed);
        while let Some(next) = run.frame(at) {
            // What came so far is told with the start that was known then.
            if next.time() < line.start {
                line.hand_on(sink)?;
            }
            if is_decoded {
                line.frame((id, series, name), &next.frame(), &mut intake, sink)?;
                at += 1;
                is_decoded = !is_skimmed;
            } else {
                let taken = line.skimmed(&run, at, intake.awaited());
                at += taken.frames;
                is_decoded = taken.is_next_decoded;
            }
        }
        line.hand_on(sink)?;
        if frames >= PROGRESS_FRAMES {
            frames = 0;
            sink.progress(captures.bytes_read());
        }
    }
    line.reassembled(&intake.finish());
    line.finish(captures, sink)?;
    sink.progress(captures.bytes_read());
    Ok(report::of(captures, &line, options))
}

/// How often progress is told.
const PROGRESS_FRAMES: usize = 4096;
