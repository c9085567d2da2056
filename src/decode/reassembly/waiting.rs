//! What all wholes that wait for their pieces have in common: how long they wait, and how they are counted.

use std::time::Duration;

use crate::time::Timestamp;

use super::facts::{Assembled, Unfinished};
use super::place::{Ledger, Place};

/// A whole of which pieces have come, apart from the pieces.
#[derive(Debug)]
pub(super) struct Waiting {
    what: Assembled,
    /// Its first piece.
    first: Place,
    /// Whether a fault of it was counted already.
    faulty: bool,
    /// Whether it holds nothing but copies of pieces of a whole that was put together.
    leftover: bool,
}

impl Waiting {
    pub(super) const fn new(what: Assembled, first: Place) -> Self {
        Self { what, first, faulty: false, leftover: true }
    }

    /// Whether nobody would wait for its pieces any longer. A clock that was set back ends it too.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        now.since(self.first.time) > PATIENCE || self.first.time.since(now) > PATIENCE
    }

    /// Hears of a piece, a copy of one of a whole that was put together or not.
    pub(super) const fn note_piece(&mut self, is_copy: bool) {
        self.leftover &= is_copy;
    }

    /// A piece does not fit: counted once.
    pub(super) fn fault(&mut self, why: Unfinished, ledger: &mut Ledger) {
        if !self.faulty {
            self.faulty = true;
            ledger.of(self.first.capture).note_unfinished(self.what, why, self.first.frame);
        }
    }

    /// Counts it as not put together, unless its fault was counted, or it was all copies.
    pub(super) fn give_up(&self, why: Unfinished, ledger: &mut Ledger) {
        if !self.faulty && !self.leftover {
            ledger.of(self.first.capture).note_unfinished(self.what, why, self.first.frame);
        }
    }

    /// Counts it as put together from so many pieces.
    pub(super) fn note_whole(&self, pieces: usize, ledger: &mut Ledger) {
        ledger.of(self.first.capture).note_whole(self.what, 1, pieces);
    }
}

/// How long pieces wait: as a host does for the rest of an IP packet (RFC 8200 §4.5; RFC 1122 §3.3.2 says 60 to 120 s).
const PATIENCE: Duration = Duration::from_secs(60);
