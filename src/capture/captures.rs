//! All captures of a run, their frames in the order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs;
use std::io::stdin;

use super::error::{Error, STANDARD_INPUT};
use super::facts::{CaptureId, Facts, SeriesId};
use super::file::CaptureFile;
use super::frame::Frame;
use super::inputs::{Input, Inputs};
use super::roster::Roster;
use super::series::SeriesList;
use crate::time::Timestamp;

/// All captures of a run, their frames in the order of (time, capture, frame).
///
/// Frames of one capture stay in its order even where its times run backwards. A file is opened when the merged
/// clock reaches its first frame and closed after its last, so the pieces of a ring buffer are open one at a time;
/// what can be read only once (standard input, a pipe) stays open from the start.
pub struct Captures {
    slots: Vec<Slot>,
    /// Captures that were not begun, by the time of their first frame, the earliest last.
    waiting: Vec<(Timestamp, CaptureId)>,
    /// Captures being read, by the time of their next frame, but for `current`.
    open: BinaryHeap<Reverse<(Timestamp, CaptureId)>>,
    /// The capture whose frame was given last.
    current: Option<CaptureId>,
    series: SeriesList,
    failures: Vec<Error>,
    total_bytes: u64,
    max_decompressed: u64,
}

/// One capture.
struct Slot {
    input: Input,
    /// What is known while it is not being read.
    facts: Facts,
    series: Option<SeriesId>,
    /// Itself, while it is open; its next frame is looked at already.
    file: Option<CaptureFile>,
    /// Its failure, by place in the list of them.
    failure: Option<usize>,
}

impl Captures {
    /// Looks at the first frame of each input. Reads no further yet, and waits where standard input is silent.
    ///
    /// An input that cannot be read is remembered in [`Self::failures`]; the others go on.
    pub fn open(inputs: Inputs) -> Self {
        let mut captures = Self {
            slots: inputs.list.into_iter().map(Slot::new).collect(),
            waiting: Vec::new(),
            open: BinaryHeap::new(),
            current: None,
            series: SeriesList::default(),
            failures: inputs.failures,
            total_bytes: 0,
            max_decompressed: inputs.max_decompressed,
        };
        let only = captures.slots.len() == 1;
        for id in captures.ids() {
            match captures.probe(id, only) {
                Ok(Some(first)) => captures.waiting.push((first, id)),
                Ok(None) => {}
                Err(error) => captures.fail(id, error),
            }
        }
        captures.waiting.sort_unstable_by_key(|waiting| Reverse(*waiting));
        captures
    }

    /// The next frame, with its capture and the series that is a piece of; `None` after the last. The frame is
    /// lent until the next call.
    #[inline]
    pub fn next_frame(&mut self) -> Option<(CaptureId, SeriesId, Frame<'_>)> {
        let id = self.next_capture()?;
        let slot = self.slot(id)?;
        Some((id, slot.series?, slot.file.as_ref()?.lend()))
    }

    /// Why inputs could not be read, or not to their end, so far.
    pub fn failures(&self) -> &[Error] {
        &self.failures
    }

    /// Bytes of all inputs whose size is known beforehand, that is of all regular files, as they are stored.
    pub const fn total_bytes(&self) -> u64 {
        self.total_bytes
    }

    /// Bytes read of all inputs so far, as they are stored. Costs a step for each capture.
    pub fn bytes_read(&self) -> u64 {
        self.slots.iter().map(Slot::bytes_read).fold(0, u64::saturating_add)
    }

    #[inline]
    fn slot(&self, id: CaptureId) -> Option<&Slot> {
        self.slots.get(id.0 as usize)
    }

    /// The capture whose next frame is the next of all; its head is that frame.
    #[inline]
    fn next_capture(&mut self) -> Option<CaptureId> {
        if let Some(id) = self.current {
            let next = self.advance(id);
            if next.is_some_and(|time| self.is_next(time, id)) {
                return Some(id);
            }
            self.current = None;
            self.open.extend(next.map(|time| Reverse((time, id))));
        }
        self.current = self.choose();
        self.current
    }

    /// Whether no other capture has a frame before `time` of capture `id`.
    #[inline]
    fn is_next(&self, time: Timestamp, id: CaptureId) -> bool {
        self.waiting.last().is_none_or(|first| *first > (time, id))
            && self.open.peek().is_none_or(|Reverse(head)| *head > (time, id))
    }

    /// Takes the earliest of the open captures, when those are open that begin before its next frame.
    #[cold]
    fn choose(&mut self) -> Option<CaptureId> {
        loop {
            let open = self.open.peek().map(|Reverse(head)| *head);
            match self.waiting.last().copied() {
                Some(first) if open.is_none_or(|head| first < head) => {
                    self.waiting.pop();
                    self.begin(first.1);
                }
                _ => return self.open.pop().map(|Reverse((_, id))| id),
            }
        }
    }

    /// Goes to the next record of an open capture; its time, or `None` at its end.
    #[inline]
    fn advance(&mut self, id: CaptureId) -> Option<Timestamp> {
        let slot = self.slots.get_mut(id.0 as usize)?;
        match slot.file.as_mut()?.advance() {
            Ok(Some(time)) => Some(time),
            Ok(None) => {
                self.end(id);
                None
            }
            Err(error) => {
                self.fail(id, error);
                self.end(id);
                None
            }
        }
    }

    /// Begins to read a capture whose first frame is due.
    fn begin(&mut self, id: CaptureId) {
        let Some(slot) = self.slots.get_mut(id.0 as usize) else { return };
        slot.series = Some(self.series.begin(&slot.facts));
        if let Some(file) = &slot.file {
            self.open.push(Reverse((file.time(), id)));
            return;
        }
        match slot.input.open(self.max_decompressed) {
            Ok(file) => {
                slot.file = Some(file);
                let first = self.advance(id);
                self.open.extend(first.map(|time| Reverse((time, id))));
            }
            Err(error) => {
                self.fail(id, error);
                self.end(id);
            }
        }
    }

    /// Closes a capture that was read to its end.
    #[cold]
    fn end(&mut self, id: CaptureId) {
        let Some(slot) = self.slots.get_mut(id.0 as usize) else { return };
        if let Some(file) = slot.file.take() {
            slot.facts = file.into_facts();
        }
        if let Some(series) = slot.series {
            self.series.end(series, &slot.facts);
        }
    }

    #[cold]
    fn fail(&mut self, id: CaptureId, error: Error) {
        if let Some(slot) = self.slots.get_mut(id.0 as usize) {
            slot.failure = Some(self.failures.len());
            self.failures.push(error);
        }
    }

    /// Looks at the first frame of a capture: its time, or `None` where there is none. Leaves it open when it is
    /// the `only` one, or cannot be opened again.
    fn probe(&mut self, id: CaptureId, only: bool) -> Result<Option<Timestamp>, Error> {
        let Some(slot) = self.slots.get_mut(id.0 as usize) else { return Ok(None) };
        let size = slot.input.size();
        self.total_bytes = self.total_bytes.saturating_add(size.unwrap_or(0));
        let mut file = slot.input.open(self.max_decompressed)?;
        let first = file.advance();
        match first {
            Ok(Some(time)) => {
                slot.facts = file.known().without_frames();
                if only || size.is_none() {
                    slot.file = Some(file);
                }
                Ok(Some(time))
            }
            Ok(None) => {
                slot.facts = file.into_facts();
                Ok(None)
            }
            Err(error) => {
                slot.facts = file.into_facts();
                Err(error)
            }
        }
    }
}

impl Roster for Captures {
    fn count(&self) -> u32 {
        u32::try_from(self.slots.len()).unwrap_or(u32::MAX)
    }

    fn facts(&self, id: CaptureId) -> Option<&Facts> {
        let slot = self.slot(id)?;
        Some(slot.file.as_ref().map_or(&slot.facts, CaptureFile::known))
    }

    fn series(&self, id: CaptureId) -> Option<SeriesId> {
        self.slot(id)?.series
    }

    fn failure(&self, id: CaptureId) -> Option<&Error> {
        self.failures.get(self.slot(id)?.failure?)
    }
}

impl Slot {
    fn new(input: Input) -> Self {
        let facts = Facts::named(&input.name());
        Self { input, facts, series: None, file: None, failure: None }
    }

    fn bytes_read(&self) -> u64 {
        self.file.as_ref().map_or(self.facts.bytes_read, CaptureFile::bytes_read)
    }
}

impl Input {
    fn name(&self) -> String {
        match self {
            Self::StandardInput => STANDARD_INPUT.to_owned(),
            Self::Path(path) => path.display().to_string(),
        }
    }

    fn open(&self, max_decompressed: u64) -> Result<CaptureFile, Error> {
        match self {
            Self::StandardInput => {
                CaptureFile::read_bounded(STANDARD_INPUT, Box::new(stdin()), max_decompressed)
            }
            Self::Path(path) => CaptureFile::open_bounded(path, max_decompressed),
        }
    }

    /// Its size in bytes, where it is a regular file and can therefore be opened again.
    fn size(&self) -> Option<u64> {
        let Self::Path(path) = self else { return None };
        fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|metadata| metadata.len())
    }
}
