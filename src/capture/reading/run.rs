//! Frames that are given: lent, but for what is noted of them.

use std::cell::Cell;
use std::ops::Range;
use std::sync::Arc;

use crate::capture::facts::{CaptureId, SeriesId};
use crate::capture::frame::{Frame, FrameNumber};
use crate::time::Timestamp;

use super::stretch::{Entries, Entry, Stretch};

/// Frames of one capture of which each is the next of all.
pub struct Run<'a, N> {
    /// Their capture.
    pub capture: CaptureId,
    /// The series that is a piece of.
    pub series: SeriesId,
    /// What their notes refer to: as [`Skim::begin`](crate::capture::Skim::begin) said.
    pub legend: u32,
    /// How many there are that they may refer to: as [`Skim::terms`](crate::capture::Skim::terms) said.
    pub terms: u32,
    pub(super) bytes: &'a [u8],
    pub(super) entries: &'a Arc<Entries<N>>,
    /// Which frames of these it is.
    pub(super) range: Range<usize>,
    /// How many are unsettled before the frame that was asked for last: the next one is not far behind it.
    pub(super) unsettled: Cell<usize>,
    /// The number of the frame before the first one of all these.
    pub(super) before: u64,
}

impl<N: Copy> Stretch<N> {
    /// The frames from one up to another.
    pub(super) fn run(&self, from: usize, to: usize) -> Run<'_, N> {
        Run {
            capture: CaptureId(0),
            series: SeriesId(0),
            legend: self.legend,
            terms: self.terms,
            bytes: &self.bytes,
            entries: &self.entries,
            range: from..to.min(self.frames()),
            unsettled: Cell::new(0),
            before: self.before,
        }
    }
}

impl<'a, N: Copy> Run<'a, N> {
    /// The same frames, of this capture.
    pub(in crate::capture) fn of(self, capture: CaptureId, series: SeriesId) -> Self {
        Self { capture, series, ..self }
    }

    /// How many frames there are.
    pub const fn count(&self) -> usize {
        self.range.end - self.range.start
    }

    /// A frame, counted from 0, with what was noted of it.
    #[inline]
    pub fn frame(&self, at: usize) -> Option<Skimmed<'a, N>> {
        self.frames_from(at).next()
    }

    /// The frames from one on, counted from 0, with what was noted of each.
    #[inline]
    pub fn frames_from(&self, from: usize) -> impl Iterator<Item = Skimmed<'a, N>> + use<'a, N> {
        let (bytes, before) = (self.bytes, self.before);
        self.entries_from(from).iter().map(move |entry| Skimmed { kept: Kept { entry, before }, bytes })
    }

    /// The frames, counted from 0, of which their notes do not [settle](crate::capture::Skim::settles) all, or that are
    /// earlier than one before them. Of frames that were copied one by one it is all.
    pub fn unsettled(&self) -> impl Iterator<Item = usize> {
        let places = (self.unsettled_before(0)..).map(|nth| self.nth_unsettled(nth));
        places.take_while(|&at| at < self.count())
    }

    /// How many are unsettled before a frame, counted from 0. Some of them may have come before this run.
    #[inline]
    pub fn unsettled_before(&self, at: usize) -> usize {
        self.unsettled.set(self.entries.unsettled_before(self.range.start + at, self.unsettled.get()));
        self.unsettled.get()
    }

    /// The frame before which so many are unsettled, and which is so itself; the end where there is none.
    #[inline]
    pub fn nth_unsettled(&self, before: usize) -> usize {
        let Range { start, end } = self.range;
        self.entries.unsettled.get(before).map_or(end, |unsettled| unsettled.place().min(end)) - start
    }

    /// Bytes stored of the frames from one up to another, counted from 0, each given with how many are unsettled before
    /// it.
    pub fn captured(&self, (from, before_from): (usize, usize), (to, before_to): (usize, usize)) -> u64 {
        self.unsettled.set(before_to);
        let start = self.range.start;
        self.entries.captured((start + from, before_from), (start + to, before_to))
    }

    #[inline]
    fn entries_from(&self, from: usize) -> &'a [Entry<N>] {
        self.entries.list.get(self.range.start + from..self.range.end).unwrap_or_default()
    }

    /// What is kept of a frame, counted from 0.
    #[inline]
    pub fn kept(&self, at: usize) -> Option<Kept<'a, N>> {
        self.entries_from(at).first().map(|entry| Kept { entry, before: self.before })
    }

    /// What is kept of its frames, for longer than the run is lent.
    pub fn hold(&self) -> Held<N> {
        Held { entries: Arc::clone(self.entries), range: self.range.clone(), before: self.before }
    }
}

/// What is kept of the frames of a run.
#[derive(Clone)]
pub struct Held<N> {
    entries: Arc<Entries<N>>,
    range: Range<usize>,
    before: u64,
}

impl<N: Copy> Held<N> {
    /// The frames from one up to another, counted from 0.
    #[inline]
    pub fn frames(&self, from: usize, to: usize) -> impl Iterator<Item = Kept<'_, N>> {
        let [from, to] = [from, to].map(|at| self.range.start + at);
        let entries = self.entries.list.get(from..to).unwrap_or_default();
        entries.iter().map(|entry| Kept { entry, before: self.before })
    }
}

/// What is kept of a frame.
#[derive(Clone, Copy)]
pub struct Kept<'a, N> {
    entry: &'a Entry<N>,
    before: u64,
}

impl<N: Copy> Kept<'_, N> {
    /// What was noted of it.
    #[inline]
    pub const fn note(&self) -> N {
        self.entry.note
    }

    /// When it was captured.
    #[inline]
    pub const fn time(&self) -> Timestamp {
        self.entry.time
    }

    /// Its number in its file.
    #[inline]
    pub const fn number(&self) -> FrameNumber {
        FrameNumber(self.before + self.entry.number as u64)
    }

    /// How many bytes of it were stored.
    #[inline]
    pub const fn captured(&self) -> usize {
        self.entry.len as usize
    }
}

/// A frame that was skimmed.
#[derive(Clone, Copy)]
pub struct Skimmed<'a, N> {
    kept: Kept<'a, N>,
    bytes: &'a [u8],
}

impl<'a, N: Copy> Skimmed<'a, N> {
    /// What was noted of it.
    #[inline]
    pub const fn note(&self) -> N {
        self.kept.note()
    }

    /// When it was captured.
    #[inline]
    pub const fn time(&self) -> Timestamp {
        self.kept.time()
    }

    /// Its number in its file.
    #[inline]
    pub const fn number(&self) -> FrameNumber {
        self.kept.number()
    }

    /// How many bytes of it were stored.
    #[inline]
    pub const fn captured(&self) -> usize {
        self.kept.captured()
    }

    /// The frame itself.
    #[inline]
    pub fn frame(&self) -> Frame<'a> {
        let &Entry { time, start, len, wire_len, interface, link_type, .. } = self.kept.entry;
        let bytes = self.bytes.get(start as usize..).and_then(|bytes| bytes.get(..len as usize));
        Frame {
            number: self.number(),
            time,
            wire_len,
            interface,
            link_type,
            bytes: bytes.unwrap_or_default(),
        }
    }
}
