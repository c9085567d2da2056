//! What is known of all captures of a run, however they are read.

use super::error::Error;
use super::facts::{CaptureId, Facts, SeriesId};

/// The captures of a run, in the order of their ids; those that could not be read are among them.
pub trait Roster {
    /// How many captures there are so far.
    fn count(&self) -> u32;

    /// What is known of a capture: complete after its last frame, its name, format and interfaces before.
    ///
    /// `None` for an id that is not of this run.
    fn facts(&self, id: CaptureId) -> Option<&Facts>;

    /// The series that a capture is a piece of; `None` until its first frame was given.
    fn series(&self, id: CaptureId) -> Option<SeriesId>;

    /// Why a capture could not be read, or not to its end.
    fn failure(&self, id: CaptureId) -> Option<&Error>;

    /// The captures.
    fn ids(&self) -> Ids {
        Ids(0..self.count())
    }

    /// The name of a capture; empty for an id that is not of this run.
    fn name(&self, id: CaptureId) -> &str {
        self.facts(id).map_or("", |facts| &facts.name)
    }

    /// Their names.
    fn names(&self) -> Vec<String> {
        self.ids().map(|id| self.name(id).to_owned()).collect()
    }
}

/// Ids one after the other.
#[derive(Clone, Debug)]
pub struct Ids(std::ops::Range<u32>);

impl Iterator for Ids {
    type Item = CaptureId;

    fn next(&mut self) -> Option<CaptureId> {
        self.0.next().map(CaptureId)
    }
}
