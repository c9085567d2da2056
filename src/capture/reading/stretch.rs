//! Frames that were read together, with what was noted of each.

use std::sync::Arc;

use crate::capture::frame::{Frame, LinkType};
use crate::capture::record::Record;
use crate::time::Timestamp;

/// Frames of one capture that follow each other.
pub(in crate::capture) struct Stretch<N> {
    /// What their places count in.
    pub(super) bytes: Vec<u8>,
    pub(super) entries: Arc<Entries<N>>,
    /// The number of the frame before the first one.
    pub(super) before: u64,
    /// What their notes refer to, and how many there are of that.
    pub(super) legend: u32,
    pub(super) terms: u32,
}

/// Frames by their places, and what was noted of each. Whoever needs that for longer holds it.
pub(super) struct Entries<N> {
    pub(super) list: Vec<Entry<N>>,
    pub(super) unsettled: Vec<Unsettled>,
}

/// A frame by its place, and what was noted of it.
#[derive(Clone, Copy)]
pub(super) struct Entry<N> {
    pub(super) time: Timestamp,
    pub(super) start: u32,
    pub(super) len: u32,
    pub(super) wire_len: u32,
    pub(super) interface: u32,
    pub(super) link_type: LinkType,
    /// Counted from the stretch's own beginning.
    pub(super) number: u32,
    pub(super) note: N,
}

/// A frame of which its note does not settle all, or that comes out of order.
#[derive(Clone, Copy)]
pub(super) struct Unsettled {
    at: u32,
    /// Bytes stored of the frames before it.
    before: u64,
}

impl Unsettled {
    #[inline]
    pub(super) const fn place(self) -> usize {
        self.at as usize
    }
}

impl<N> Entries<N> {
    /// How many there are.
    pub(super) const fn count(&self) -> usize {
        self.list.len()
    }

    /// Says that its note will not settle all of the next one, or that it comes out of order; so many bytes were stored of
    /// those before it.
    pub(super) fn unsettle_next(&mut self, before: u64) {
        self.unsettled.push(Unsettled { at: place(self.list.len()), before });
    }

    /// Adds a frame that lies in the stretch's bytes where its record says, and whose number comes next.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every frame")]
    pub(super) fn push_next(&mut self, record: &Record, note: N) {
        let number = place(self.list.len()).wrapping_add(1);
        self.push(&Record { number: number.into(), ..*record }, note);
    }

    /// Adds a frame that lies in the stretch's bytes where its record says. Its number counts from the stretch's own
    /// beginning.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every frame")]
    #[expect(clippy::cast_possible_truncation, reason = "there are no more of them than bytes")]
    pub(super) fn push(&mut self, record: &Record, note: N) {
        self.list.push(Entry {
            time: record.time,
            start: place(record.start),
            len: place(record.len),
            wire_len: record.wire_len,
            interface: record.interface,
            link_type: record.link_type,
            number: record.number as u32,
            note,
        });
    }

    /// Bytes stored of the frames from one up to another, each given with how many are unsettled before it.
    pub(super) fn captured(
        &self,
        (from, before_from): (usize, usize),
        (to, before_to): (usize, usize),
    ) -> u64 {
        let [start, end] =
            [(from, before_from), (to, before_to)].map(|(at, before)| self.counted(at, before));
        // Whatever takes fewer steps.
        if to - from <= (from - start.place()) + (to - end.place()) {
            return self.sum(from, to);
        }
        end.before + self.sum(end.place(), to) - start.before - self.sum(start.place(), from)
    }

    /// The last place, up to a frame that has so many unsettled before it, before which bytes were counted.
    fn counted(&self, at: usize, before: usize) -> Unsettled {
        let [last, next] = [before.wrapping_sub(1), before].map(|nth| self.unsettled.get(nth).copied());
        let last = || last.unwrap_or(Unsettled { at: 0, before: 0 });
        next.filter(|next| next.place() == at).unwrap_or_else(last)
    }

    /// Bytes stored of the frames from one up to another, added up frame by frame.
    fn sum(&self, from: usize, to: usize) -> u64 {
        let between = self.list.get(from..to).unwrap_or_default();
        between.iter().map(|entry| u64::from(entry.len)).sum()
    }

    /// How many are unsettled before one. It is found soon where it is not far behind `hint`.
    #[inline]
    pub(super) fn unsettled_before(&self, at: usize, hint: usize) -> usize {
        let is_before = |unsettled: &Unsettled| unsettled.place() < at;
        let is_known = hint.checked_sub(1).is_none_or(|last| self.unsettled.get(last).is_some_and(is_before));
        let near = self
            .unsettled
            .get(hint..)
            .unwrap_or_default()
            .iter()
            .take(NEAR)
            .take_while(|unsettled| is_before(unsettled));
        let found = hint + near.count();
        let is_found = is_known && self.unsettled.get(found).is_none_or(|next| !is_before(next));
        if is_found { found } else { self.unsettled.partition_point(is_before) }
    }
}

impl<N> Default for Entries<N> {
    fn default() -> Self {
        Self { list: Vec::new(), unsettled: Vec::new() }
    }
}

impl<N> Stretch<N> {
    /// What was one, to be begun anew.
    pub(super) const fn of(bytes: Vec<u8>, entries: Arc<Entries<N>>) -> Self {
        Self { bytes, entries, before: 0, legend: 0, terms: 0 }
    }
}

impl<N: Copy> Stretch<N> {
    /// Begins anew, with notes that refer to `legend`. What it held is void, but `bytes` keep their length.
    pub(in crate::capture) fn begin(&mut self, legend: u32) {
        let Entries { list, unsettled } = self.filling();
        list.clear();
        unsettled.clear();
        self.before = 0;
        self.legend = legend;
    }

    /// Its frames, to add more: none, where others hold those it had.
    pub(super) fn filling(&mut self) -> &mut Entries<N> {
        if Arc::get_mut(&mut self.entries).is_none() {
            self.entries = Arc::default();
        }
        // Nobody else has heard of them.
        Arc::get_mut(&mut self.entries).expect("just made sure")
    }

    /// Says how many there are that its notes refer to.
    pub(in crate::capture) const fn refers_to(&mut self, terms: u32) {
        self.terms = terms;
    }

    /// Says which frame comes before its first one.
    pub(super) const fn comes_behind(&mut self, before: u64) {
        self.before = before;
    }

    /// Adds a copy of a frame.
    pub(in crate::capture) fn copy(&mut self, frame: &Frame<'_>, note: N) {
        if self.frames() == 0 {
            self.bytes.clear();
            self.before = frame.number.0.saturating_sub(1);
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(frame.bytes);
        let number = frame.number.0.saturating_sub(self.before);
        let &Frame { time, wire_len, interface, link_type, bytes, .. } = frame;
        let record = Record { number, time, wire_len, interface, link_type, start, len: bytes.len() };
        let entries = self.filling();
        entries.unsettle_next(start as u64);
        entries.push(&record, note);
    }

    /// How many frames it has.
    pub(super) fn frames(&self) -> usize {
        self.entries.list.len()
    }

    /// Whether no more should be copied into it.
    pub(in crate::capture) fn is_full(&self) -> bool {
        self.bytes.len() >= FULL || self.frames() >= FULL / 64
    }

    /// The time of a frame, counted from 0.
    #[inline]
    pub(super) fn time(&self, at: usize) -> Option<Timestamp> {
        self.entries.list.get(at).map(|entry| entry.time)
    }
}

impl<N> Default for Stretch<N> {
    fn default() -> Self {
        Self::of(Vec::new(), Arc::default())
    }
}

/// How many of those that are unsettled are gone through one by one before one is searched for.
const NEAR: usize = 64;
/// How many bytes are copied into a stretch.
const FULL: usize = 256 * 1024;

/// A place in a stretch, or a length: they are of 32 bits in any format.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "no chunk is as long")]
const fn place(at: usize) -> u32 {
    at as u32
}
