//! Messages alone: captures through decoding, and no further.

use std::io;

use crate::capture::{Roster, Run};
use crate::decode::Options;
use crate::observe::{Note, Noted};

use super::intake::Intake;
use super::{PROGRESS_FRAMES, Sink, SkimmedCaptures, Wanted};

/// Hands on the frames of captures that `sink` wants, with what they hold, and nothing else. The captures were opened with
/// the same options.
///
/// # Errors
///
/// Only those of `sink`. What cannot be read of a capture is told by the captures.
pub fn messages(captures: &mut SkimmedCaptures, options: &Options, sink: &mut dyn Sink) -> io::Result<()> {
    let names = captures.names();
    let mut intake = Intake::new(options);
    let mut frames = 0;
    while let Some(run) = captures.next_run() {
        frames += run.count();
        let name = names.get(run.capture.0 as usize).map(String::as_str).unwrap_or_default();
        if sink.wants() == Wanted::Everything {
            for at in 0..run.count() {
                one(&run, at, name, &mut intake, sink)?;
            }
        } else {
            for at in run.unsettled() {
                if run.kept(at).is_some_and(|kept| must_be_decoded(kept.note(), &intake)) {
                    one(&run, at, name, &mut intake, sink)?;
                }
            }
        }
        if frames >= PROGRESS_FRAMES {
            frames = 0;
            sink.progress(captures.bytes_read());
        }
    }
    sink.progress(captures.bytes_read());
    Ok(())
}

/// Whether a frame may hold a message other than plain ESP, by what is noted of it.
fn must_be_decoded(note: Note, intake: &Intake) -> bool {
    match note.read() {
        Noted::Nothing => true,
        Noted::Unrelated(kind) => intake.awaited() == Some(kind),
        Noted::Esp { .. } => false,
    }
}

/// Hands on what one frame of a run holds, and what it completes.
fn one(
    run: &Run<'_, Note>,
    at: usize,
    name: &str,
    intake: &mut Intake,
    sink: &mut dyn Sink,
) -> io::Result<()> {
    let Some(frame) = run.frame(at).map(|skimmed| skimmed.frame()) else { return Ok(()) };
    intake.frame((run.capture, run.series, name), &frame, sink, |_| {})
}
