//! The timeline of a report.

use crate::report::{Report, TimelineEntry};

/// The entries of a timeline, as many as a report can hold.
#[derive(Debug, Default)]
pub(super) struct Kept {
    entries: Vec<TimelineEntry>,
    suppressed: u64,
}

impl Kept {
    /// Keeps an entry where there is room, and a verdict anyway.
    pub(super) fn push(&mut self, entry: TimelineEntry) {
        if self.entries.len() < ENTRIES || matches!(entry, TimelineEntry::Verdict { .. }) {
            self.entries.push(entry);
        } else {
            self.suppressed += 1;
        }
    }

    /// Takes an entry out again that did not happen.
    pub(super) fn take_back(&mut self, entry: &TimelineEntry) {
        if let Some(place) = self.entries.iter().rposition(|kept| kept == entry) {
            self.entries.remove(place);
        }
    }

    /// Hands them to a report.
    pub(super) fn hand_to(self, report: &mut Report) {
        report.events = self.entries;
        report.events_suppressed = self.suppressed;
    }
}

/// How many entries of the timeline a report holds beside the verdicts; `export` has no such bound.
const ENTRIES: usize = 100_000;
