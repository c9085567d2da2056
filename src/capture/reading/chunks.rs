//! A plain pcap or pcapng, shared out in chunks.
//!
//! Each chunk is digested by itself, from where a record seems to begin in it. Whether one does is proved when the chunks
//! are put together: a chunk counts only where the one before ends exactly there. Where it does not, and where anything
//! is odd, the reader of the format reads on from the place that is proved, as if it had read all before, up to where the
//! next chunk begins. So frames and damage are those of a file that is read in order.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::capture::facts::Facts;
use crate::capture::file::CaptureFile;
use crate::capture::parallel::Parallel;
use crate::capture::skim::Skim;

use super::Ending;
use super::crew::{Crew, Promise};
use super::digest::{Chunk, Digest};
use super::positioned::Positioned;
use super::skimmers::Skimmers;
use super::spares::Spares;
use super::stretch::Stretch;
use super::walk::Walker;

/// A file that is read in chunks.
pub(super) struct Chunks<S: Skim> {
    file: Positioned,
    /// Reads what is odd, and the end. It knows all that was read.
    reader: CaptureFile,
    skimmers: Arc<Skimmers<S>>,
    chunk: u64,
    /// How many chunks the file has that end well before it does.
    count: u64,
    /// Where the next record begins.
    position: u64,
    /// Up to where the reader reads.
    by_reader: u64,
    /// Chunks that are being digested, without a gap.
    digested: VecDeque<Begun<S::Note>>,
    spares: Spares<S::Note>,
}

/// A chunk that is being digested.
struct Begun<N> {
    number: u64,
    /// How often what all records have in common had changed by then.
    walkers: u32,
    digest: Promise<Digest<N>>,
}

impl<S: Skim> Chunks<S> {
    /// A file whose first record was not read yet; itself where it is none of these, or short.
    pub(super) fn new(
        reader: CaptureFile,
        skimmers: &Arc<Skimmers<S>>,
        parallel: Parallel,
    ) -> Result<Self, Box<CaptureFile>> {
        let chunk = u64::from(parallel.chunk.get()).min(LONGEST);
        let Some(file) = reader.positioned().filter(|_| reader.walker().is_some()) else {
            return Err(Box::new(reader));
        };
        let count = (file.length().unwrap_or_default() / chunk).saturating_sub(1);
        if count < FEWEST {
            return Err(Box::new(reader));
        }
        Ok(Self {
            file,
            position: reader.position(),
            reader,
            skimmers: Arc::clone(skimmers),
            chunk,
            count,
            by_reader: 0,
            digested: VecDeque::new(),
            spares: Spares::new(),
        })
    }

    /// Where the next record begins.
    pub(super) const fn position(&self) -> u64 {
        self.position
    }

    /// What is known of the file, when it is read no further.
    pub(super) fn into_facts(self) -> Facts {
        self.reader.into_facts()
    }

    /// The next stretch, and what follows it. `spent` is one that is not needed any more; so many chunks may be digested
    /// ahead.
    pub(super) fn next(
        &mut self,
        crew: &Crew,
        ahead: usize,
        spent: Stretch<S::Note>,
    ) -> (Stretch<S::Note>, Option<Ending>) {
        self.spares.put(spent);
        loop {
            if self.position < self.by_reader {
                return self.read_on();
            }
            let number = self.position / self.chunk;
            if number >= self.count {
                self.by_reader = u64::MAX;
                continue;
            }
            let behind = (number + 1) * self.chunk;
            let Some(digest) = self.digest(number, crew, ahead) else {
                self.by_reader = behind;
                continue;
            };
            let passed = digest.passed.filter(|_| digest.start == Some(self.position));
            let Some(passed) = passed.filter(|passed| self.reader.pass(passed)) else {
                self.spares.put(digest.stretch);
                self.by_reader = behind;
                continue;
            };
            self.position = digest.end;
            if digest.end < behind {
                self.by_reader = behind;
            }
            let mut stretch = digest.stretch;
            stretch.comes_behind(self.reader.last_number() - passed.records);
            return (stretch, None);
        }
    }

    /// Reads on with the reader.
    fn read_on(&mut self) -> (Stretch<S::Note>, Option<Ending>) {
        let mut stretch = self.spares.take();
        let (reader, until) = (&mut self.reader, self.by_reader);
        let ending = self.skimmers.with(|skim| reader.fill(skim, &mut stretch, until));
        self.position = self.reader.position();
        (stretch, ending)
    }

    /// What chunk `number` came to, unless it was walked over as the file does not say any more. The ones behind it are
    /// begun.
    fn digest(&mut self, number: u64, crew: &Crew, ahead: usize) -> Option<Digest<S::Note>> {
        let walkers = self.reader.walkers();
        let is_void = |begun: &Begun<_>| begun.number < number || begun.walkers != walkers;
        while self.digested.front().is_some_and(is_void) {
            self.digested.pop_front();
        }
        if self.digested.front().is_some_and(|begun| begun.number > number) {
            return None;
        }
        let last = number.saturating_add(ahead as u64).min(self.count - 1);
        let mut next = self.digested.back().map_or(number, |begun| begun.number + 1);
        while next <= last {
            let digest = self.begin(next, crew);
            self.digested.push_back(Begun { number: next, walkers, digest });
            next += 1;
        }
        self.digested.pop_front().map(|begun| crew.wait_for(begun.digest))
    }

    /// Begins to digest a chunk.
    fn begin(&mut self, number: u64, crew: &Crew) -> Promise<Digest<S::Note>> {
        let (from, to) = (number * self.chunk, (number + 1) * self.chunk);
        let start = (number == self.position / self.chunk).then_some(self.position);
        let (chunk, stretch) = (Chunk { from, to, start }, self.spares.take());
        let (file, skimmers) = (self.file.clone(), Arc::clone(&self.skimmers));
        let walker = self.reader.walker();
        crew.promise(move || {
            skimmers.with(|skim| match &walker {
                Some(Walker::Pcap(walk)) => chunk.digest(&file, walk, skim, stretch),
                Some(Walker::Pcapng(walk)) => chunk.digest(&file, walk, skim, stretch),
                None => Digest::nothing(),
            })
        })
    }
}

/// The longest chunk: places in it are of 32 bits.
const LONGEST: u64 = 1 << 30;
/// A file with fewer chunks is read in order.
const FEWEST: u64 = 4;
