//! Frames that were read together, with what was noted of each.

use crate::capture::facts::{CaptureId, SeriesId};
use crate::capture::frame::{Frame, FrameNumber, LinkType};
use crate::capture::record::Record;
use crate::time::Timestamp;

/// Frames of one capture that follow each other.
pub(in crate::capture) struct Stretch<N> {
    /// What their places count in.
    pub(super) bytes: Vec<u8>,
    entries: Vec<Entry<N>>,
    /// The number of the frame before the first one.
    before: u64,
    /// What their notes refer to.
    legend: u32,
}

/// A frame by its place, and what was noted of it.
#[derive(Clone, Copy)]
struct Entry<N> {
    time: Timestamp,
    start: u32,
    len: u32,
    wire_len: u32,
    interface: u32,
    link_type: LinkType,
    /// Counted from the stretch's own beginning.
    number: u32,
    note: N,
}

impl<N: Copy> Stretch<N> {
    /// Begins anew, with notes that refer to `legend`. What it held is void, but `bytes` keep their length.
    pub(in crate::capture) fn begin(&mut self, legend: u32) {
        self.entries.clear();
        self.before = 0;
        self.legend = legend;
    }

    /// Says which frame comes before its first one.
    pub(super) const fn comes_behind(&mut self, before: u64) {
        self.before = before;
    }

    /// Adds a frame that lies in `bytes` where its record says. Its number counts from the stretch's own beginning.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every frame")]
    pub(super) fn push(&mut self, record: &Record, note: N) {
        self.entries.push(Entry {
            time: record.time,
            start: place(record.start),
            len: place(record.len),
            wire_len: record.wire_len,
            interface: record.interface,
            link_type: record.link_type,
            number: u32::try_from(record.number).unwrap_or(u32::MAX),
            note,
        });
    }

    /// Adds a copy of a frame.
    pub(in crate::capture) fn copy(&mut self, frame: &Frame<'_>, note: N) {
        if self.entries.is_empty() {
            self.bytes.clear();
            self.before = frame.number.0.saturating_sub(1);
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(frame.bytes);
        let number = frame.number.0.saturating_sub(self.before);
        let &Frame { time, wire_len, interface, link_type, bytes, .. } = frame;
        self.push(&Record { number, time, wire_len, interface, link_type, start, len: bytes.len() }, note);
    }

    /// How many frames it has.
    pub(super) const fn frames(&self) -> usize {
        self.entries.len()
    }

    /// Whether no more should be copied into it.
    pub(in crate::capture) fn is_full(&self) -> bool {
        self.bytes.len() >= FULL || self.entries.len() >= FULL / 64
    }

    /// The time of a frame, counted from 0.
    #[inline]
    pub(super) fn time(&self, at: usize) -> Option<Timestamp> {
        self.entries.get(at).map(|entry| entry.time)
    }

    /// The frames from one up to another.
    pub(super) fn run(&self, from: usize, to: usize) -> Run<'_, N> {
        let entries = self.entries.get(from..to).unwrap_or_default();
        Run {
            capture: CaptureId(0),
            series: SeriesId(0),
            legend: self.legend,
            bytes: &self.bytes,
            entries,
            before: self.before,
        }
    }
}

impl<N> Default for Stretch<N> {
    fn default() -> Self {
        Self { bytes: Vec::new(), entries: Vec::new(), before: 0, legend: 0 }
    }
}

/// Frames of one capture of which each is the next of all.
pub struct Run<'a, N> {
    /// Their capture.
    pub capture: CaptureId,
    /// The series that is a piece of.
    pub series: SeriesId,
    /// What their notes refer to: as [`Skim::begin`](crate::capture::Skim::begin) said.
    pub legend: u32,
    bytes: &'a [u8],
    entries: &'a [Entry<N>],
    before: u64,
}

impl<'a, N: Copy> Run<'a, N> {
    /// The same frames, of this capture.
    pub(in crate::capture) fn of(self, capture: CaptureId, series: SeriesId) -> Self {
        Self { capture, series, ..self }
    }

    /// How many frames there are.
    pub const fn count(&self) -> usize {
        self.entries.len()
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
        self.entries.get(from..).unwrap_or_default().iter().map(move |entry| Skimmed { entry, bytes, before })
    }
}

/// A frame that was skimmed.
#[derive(Clone, Copy)]
pub struct Skimmed<'a, N> {
    entry: &'a Entry<N>,
    bytes: &'a [u8],
    before: u64,
}

impl<'a, N: Copy> Skimmed<'a, N> {
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

    /// The frame itself.
    #[inline]
    pub fn frame(&self) -> Frame<'a> {
        let &Entry { time, start, len, wire_len, interface, link_type, .. } = self.entry;
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

/// How many bytes are copied into a stretch.
const FULL: usize = 256 * 1024;

/// A place in a stretch, or a length: they are of 32 bits in any format.
#[inline]
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
