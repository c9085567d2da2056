//! A capture that is being read: its frames in stretches that are read ahead, by other threads where there are any.
//!
//! A plain pcap or pcapng is shared out in chunks ([`chunks`]). Anything else is read by one thread at a time, which is a
//! stretch ahead of whoever takes the frames.

mod chunks;
mod crew;
mod digest;
mod positioned;
mod run;
mod skimmers;
mod spares;
mod stretch;
mod walk;

use std::sync::Arc;

use self::chunks::Chunks;
use self::crew::Promise;
use self::skimmers::Skimmers;
use self::spares::Spares;
use super::error::Error;
use super::facts::Facts;
use super::file::CaptureFile;
use super::parallel::Parallel;
use super::skim::Skim;
use crate::time::Timestamp;

pub(super) use self::crew::Crew;
pub(super) use self::positioned::Positioned;
pub use self::run::{Held, Kept, Run, Skimmed};
pub(super) use self::stretch::Stretch;
pub(super) use self::walk::{Passed, Step, Walk, Walker};

/// A capture that is being read.
pub(super) struct Reading<S: Skim> {
    way: Way<S>,
    /// What is given now.
    stretch: Stretch<S::Note>,
    /// The frame of it that is the next one.
    at: usize,
    /// What comes behind it, where that is no other stretch.
    ending: Option<Ending>,
}

/// How it is read.
enum Way<S: Skim> {
    Chunks(Box<Chunks<S>>),
    InOrder(Box<InOrder<S>>),
}

/// One stretch after the other.
struct InOrder<S: Skim> {
    /// Itself, while no stretch is being read.
    file: Option<CaptureFile>,
    next: Option<Promise<Filled<S::Note>>>,
    skimmers: Arc<Skimmers<S>>,
    /// Whether a stretch is read ahead.
    is_ahead: bool,
    /// Bytes read of the input, as it is stored, up to the end of the stretch given last.
    bytes_read: u64,
    spares: Spares<S::Note>,
}

/// A stretch, what follows it, and the capture to read on.
struct Filled<N> {
    file: CaptureFile,
    stretch: Stretch<N>,
    ending: Option<Ending>,
}

/// What comes behind the last frame.
pub(super) enum Ending {
    /// Nothing.
    Whole,
    /// It cannot be read on.
    Failed(Error),
}

/// What comes next of a capture.
pub(super) enum Next {
    /// A frame, at this time.
    Frame(Timestamp),
    /// No frame, which is no failure or this one.
    Ended(Ending),
}

impl<S: Skim> Reading<S> {
    /// Reads `file`, which gave no frame yet, from its first record on: in chunks where it can be read so and is long
    /// enough to be worth it, else in order, a stretch ahead where that is allowed.
    pub(super) fn new(file: CaptureFile, skim: &S, parallel: Parallel, may_read_ahead: bool) -> Self {
        let skimmers = Arc::new(Skimmers::new(skim.another()));
        let way = match Chunks::new(file, &skimmers, parallel) {
            Ok(chunks) => Way::Chunks(Box::new(chunks)),
            Err(file) => {
                let is_ahead = may_read_ahead && !file.is_short();
                let (next, bytes_read, spares) = (None, 0, Spares::new());
                let in_order = InOrder { file: Some(*file), next, skimmers, is_ahead, bytes_read, spares };
                Way::InOrder(Box::new(in_order))
            }
        };
        Self { way, stretch: Stretch::default(), at: 0, ending: None }
    }

    /// Goes to the next frame. `ahead` are the stretches that may be read ahead.
    #[inline]
    pub(super) fn advance(&mut self, crew: &Crew, ahead: usize) -> Next {
        self.at += 1;
        match self.stretch.time(self.at) {
            Some(time) => Next::Frame(time),
            None => self.next_stretch(crew, ahead),
        }
    }

    /// The frames from the next one on that come in the stretch: all of them, or as long as `is_next` says so of their time,
    /// where that is asked; the next one comes anyway.
    pub(super) fn run(&mut self, is_next: Option<impl Fn(Timestamp) -> bool>) -> Run<'_, S::Note> {
        let from = self.at;
        match is_next {
            None => self.at = from.max(self.stretch.frames().saturating_sub(1)),
            Some(is_next) => {
                while self.stretch.time(self.at + 1).is_some_and(&is_next) {
                    self.at += 1;
                }
            }
        }
        self.stretch.run(from, self.at + 1)
    }

    #[cold]
    fn next_stretch(&mut self, crew: &Crew, ahead: usize) -> Next {
        self.at = 0;
        loop {
            if let Some(ending) = self.ending.take() {
                self.stretch = Stretch::default();
                return Next::Ended(ending);
            }
            let spent = std::mem::take(&mut self.stretch);
            (self.stretch, self.ending) = match &mut self.way {
                Way::Chunks(chunks) => chunks.next(crew, ahead, spent),
                Way::InOrder(in_order) => in_order.next(crew, spent),
            };
            if let Some(time) = self.stretch.time(0) {
                return Next::Frame(time);
            }
        }
    }

    /// Bytes read of the input so far, as it is stored, but for what is read ahead.
    pub(super) fn bytes_read(&self) -> u64 {
        match &self.way {
            Way::Chunks(chunks) => chunks.position(),
            Way::InOrder(in_order) => in_order.bytes_read,
        }
    }

    /// What is known of the capture, when it is read no further; none where it broke down.
    pub(super) fn into_facts(self) -> Option<Facts> {
        match self.way {
            Way::Chunks(chunks) => Some(chunks.into_facts()),
            Way::InOrder(in_order) => in_order.file.map(CaptureFile::into_facts),
        }
    }
}

impl<S: Skim> InOrder<S> {
    /// The next stretch, which is read now unless it was read ahead, and what follows it. One more is begun.
    fn next(&mut self, crew: &Crew, spent: Stretch<S::Note>) -> (Stretch<S::Note>, Option<Ending>) {
        self.spares.put(spent);
        let filled = match (self.next.take(), self.file.take()) {
            (Some(promise), _) => crew.wait_for(promise),
            (None, Some(file)) => fill(file, &self.skimmers, self.spares.take()),
            (None, None) => return (Stretch::default(), Some(Ending::Whole)),
        };
        self.bytes_read = filled.file.bytes_read();
        if self.is_ahead && filled.ending.is_none() {
            let (file, skimmers) = (filled.file, Arc::clone(&self.skimmers));
            let spare = self.spares.take();
            self.next = Some(crew.promise(move || fill(file, &skimmers, spare)));
        } else {
            self.file = Some(filled.file);
        }
        (filled.stretch, filled.ending)
    }
}

/// Reads a stretch of `file` into what was one.
fn fill<S: Skim>(
    mut file: CaptureFile,
    skimmers: &Skimmers<S>,
    mut stretch: Stretch<S::Note>,
) -> Filled<S::Note> {
    let ending = skimmers.with(|skim| file.fill(skim, &mut stretch, u64::MAX));
    Filled { file, stretch, ending }
}
