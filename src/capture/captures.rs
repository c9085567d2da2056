//! All captures of a run, their frames in the order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs;
use std::io::stdin;

use super::error::{Error, STANDARD_INPUT};
use super::facts::{CaptureId, Facts, SeriesId};
use super::file::CaptureFile;
use super::inputs::{Input, Inputs};
use super::parallel::Parallel;
use super::reading::{Crew, Ending, Next, Reading, Run};
use super::roster::Roster;
use super::series::SeriesList;
use super::skim::Skim;
use crate::time::Timestamp;

/// All captures of a run, their frames in the order of (time, capture, frame).
///
/// Frames of one capture stay in its order even where its times run backwards. A file is opened when the merged
/// clock reaches its first frame and closed after its last, so the pieces of a ring buffer are open one at a time;
/// what can be read only once (standard input, a pipe) stays open from the start.
pub struct Captures<S: Skim = ()> {
    slots: Vec<Slot<S>>,
    /// Captures that were not begun, by the time of their first frame, the earliest last.
    waiting: Vec<(Timestamp, CaptureId)>,
    /// Captures being read, by the time of their next frame, but for `current`.
    open: BinaryHeap<Reverse<(Timestamp, CaptureId)>>,
    /// The capture whose frames were given last.
    current: Option<CaptureId>,
    series: SeriesList,
    failures: Vec<Error>,
    total_bytes: u64,
    max_decompressed: u64,
    skim: S,
    parallel: Parallel,
    crew: Crew,
}

/// One capture.
struct Slot<S: Skim> {
    input: Input,
    /// What is known while it is not being read.
    facts: Facts,
    series: Option<SeriesId>,
    /// Itself, where it can be opened only once, until it is begun.
    kept: Option<CaptureFile>,
    /// Itself, while it is being read.
    reading: Option<Reading<S>>,
    /// Its failure, by place in the list of them.
    failure: Option<usize>,
}

impl Captures {
    /// Looks at the first frame of each input. Reads no further yet, and waits where standard input is silent.
    ///
    /// An input that cannot be read is remembered in [`Self::failures`]; the others go on.
    pub fn open(inputs: Inputs) -> Self {
        Self::skimmed(inputs, Parallel::default(), &())
    }
}

impl<S: Skim> Captures<S> {
    /// The same as [`Captures::open`], where each frame is skimmed by one like `skim`, and reading is shared out to threads
    /// as `parallel` says.
    pub fn skimmed(inputs: Inputs, parallel: Parallel, skim: &S) -> Self {
        let mut captures = Self {
            slots: inputs.list.into_iter().map(Slot::new).collect(),
            waiting: Vec::new(),
            open: BinaryHeap::new(),
            current: None,
            series: SeriesList::default(),
            failures: inputs.failures,
            total_bytes: 0,
            max_decompressed: inputs.max_decompressed,
            skim: skim.another(),
            parallel,
            crew: Crew::new(parallel.threads),
        };
        for id in captures.ids() {
            match captures.probe(id) {
                Ok(Some(first)) => captures.waiting.push((first, id)),
                Ok(None) => {}
                Err(error) => captures.fail(id, error),
            }
        }
        captures.waiting.sort_unstable_by_key(|waiting| Reverse(*waiting));
        captures
    }

    /// The next frames, all of one capture; none after the last. They are lent until the next call.
    pub fn next_run(&mut self) -> Option<Run<'_, S::Note>> {
        let id = self.next_capture()?;
        let others = self.waiting.last().copied();
        let open = self.open.peek().map(|Reverse(head)| *head);
        let first = [others, open].into_iter().flatten().min();
        let slot = self.slots.get_mut(id.0 as usize)?;
        let series = slot.series?;
        let run = slot.reading.as_mut()?.run(first.map(|first| move |time| first > (time, id)));
        Some(run.of(id, series))
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

    fn slot(&self, id: CaptureId) -> Option<&Slot<S>> {
        self.slots.get(id.0 as usize)
    }

    /// The capture whose next frame is the next of all.
    fn next_capture(&mut self) -> Option<CaptureId> {
        if let Some(id) = self.current.take() {
            let next = self.advance(id);
            self.open.extend(next.map(|time| Reverse((time, id))));
        }
        self.current = self.choose();
        self.current
    }

    /// Takes the earliest of the open captures, when those are open that begin before its next frame.
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

    /// Goes to the next frame of an open capture; its time, or `None` at its end.
    fn advance(&mut self, id: CaptureId) -> Option<Timestamp> {
        let ahead = self.ahead();
        let slot = self.slots.get_mut(id.0 as usize)?;
        match slot.reading.as_mut()?.advance(&self.crew, ahead) {
            Next::Frame(time) => Some(time),
            Next::Ended(ending) => {
                if let Ending::Failed(error) = ending {
                    self.fail(id, error);
                }
                self.end(id);
                None
            }
        }
    }

    /// How many chunks of each capture may be digested ahead: enough to keep all threads busy, and fewer of each where
    /// many captures are open.
    fn ahead(&self) -> usize {
        let threads = self.parallel.threads.get();
        if threads == 1 { 0 } else { ((2 * threads + 1) / (self.open.len() + 1)).max(1) }
    }

    /// Begins to read a capture whose first frame is due.
    fn begin(&mut self, id: CaptureId) {
        let may_read_ahead = self.open.len() < MOST_AHEAD;
        let Some(slot) = self.slots.get_mut(id.0 as usize) else { return };
        slot.series = Some(self.series.begin(&slot.facts));
        let file = slot.kept.take().map_or_else(|| slot.input.open(self.max_decompressed), Ok);
        match file {
            Ok(file) => {
                slot.reading = Some(Reading::new(file, &self.skim, self.parallel, may_read_ahead));
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
    fn end(&mut self, id: CaptureId) {
        let Some(slot) = self.slots.get_mut(id.0 as usize) else { return };
        if let Some(facts) = slot.reading.take().and_then(Reading::into_facts) {
            slot.facts = facts;
        }
        if let Some(series) = slot.series {
            self.series.end(series, &slot.facts);
        }
    }

    fn fail(&mut self, id: CaptureId, error: Error) {
        if let Some(slot) = self.slots.get_mut(id.0 as usize) {
            slot.failure = Some(self.failures.len());
            self.failures.push(error);
        }
    }

    /// Looks at the first frame of a capture: its time, or `None` where there is none. Leaves it open where it cannot be
    /// opened again.
    fn probe(&mut self, id: CaptureId) -> Result<Option<Timestamp>, Error> {
        let Some(slot) = self.slots.get_mut(id.0 as usize) else { return Ok(None) };
        let size = slot.input.size();
        self.total_bytes = self.total_bytes.saturating_add(size.unwrap_or(0));
        let mut file = slot.input.open(self.max_decompressed)?;
        let first = file.peek();
        match first {
            Ok(Some(time)) => {
                slot.facts = file.known().without_frames();
                if size.is_none() {
                    slot.kept = Some(file);
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

impl<S: Skim> Roster for Captures<S> {
    fn count(&self) -> u32 {
        u32::try_from(self.slots.len()).unwrap_or(u32::MAX)
    }

    fn facts(&self, id: CaptureId) -> Option<&Facts> {
        Some(&self.slot(id)?.facts)
    }

    fn series(&self, id: CaptureId) -> Option<SeriesId> {
        self.slot(id)?.series
    }

    fn failure(&self, id: CaptureId) -> Option<&Error> {
        self.failures.get(self.slot(id)?.failure?)
    }
}

impl<S: Skim> Slot<S> {
    fn new(input: Input) -> Self {
        let facts = Facts::named(&input.name());
        Self { input, facts, series: None, kept: None, reading: None, failure: None }
    }

    fn bytes_read(&self) -> u64 {
        self.reading.as_ref().map_or(self.facts.bytes_read, Reading::bytes_read)
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

/// How many captures may be read ahead in order at the same time: each takes a stretch of memory more.
const MOST_AHEAD: usize = 16;
