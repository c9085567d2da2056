//! Captures shared out to threads give what they give where they are read in order: frames, facts, failures and reports.

mod ahead;
mod captures;
mod changing;
mod damaged;
mod merged;
mod output;
mod seams;

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::prelude::*;
use proptest::sample::select;
use sagap::capture::{CaptureFile, Captures, Frame, Inputs, LinkType, Parallel, Roster, Skim, Source};

use crate::common::read::Owned;

/// So many threads, and bytes of a chunk.
fn shared_by(threads: usize, chunk: u32) -> Parallel {
    let chunk = NonZero::new(chunk).expect("a chunk has bytes");
    Parallel { chunk, ..Parallel::threads(NonZero::new(threads).expect("there is a thread")) }
}

/// A chunk that no file here is longer than: all are read in order.
const IN_ORDER: u32 = u32::MAX;

/// Numbers of threads, fewer and more than a small machine has.
const THREADS: [usize; 3] = [1, 2, 7];

/// Any number of threads, and chunks so small that there are many.
fn any_parallel() -> impl Strategy<Value = Parallel> {
    let chunk = prop_oneof![64_u32..600, 600_u32..9_000];
    (select(&THREADS[..]), chunk).prop_map(|(threads, chunk)| shared_by(threads, chunk))
}

/// All that reading a capture gives.
#[derive(Debug, PartialEq, Eq)]
struct Given {
    frames: Vec<Owned>,
    /// All fields of its facts.
    facts: String,
    failure: Option<String>,
}

/// What a capture gives from its first byte to its last, read by one reader.
fn read_in_order(path: &Path) -> Given {
    let mut file = match CaptureFile::open(path) {
        Ok(file) => file,
        Err(error) => panic!("{}: {error}", path.display()),
    };
    let (mut frames, mut failure) = (Vec::new(), None);
    loop {
        match file.next_frame() {
            Ok(Some(frame)) => frames.push(Owned::from(frame)),
            Ok(None) => break,
            Err(error) => failure = Some(error.to_string()),
        }
    }
    Given { frames, facts: format!("{:#?}", file.into_facts()), failure }
}

/// What it gives shared out so. Notes must be those of the frames they are given with.
fn read_shared(path: &Path, parallel: Parallel) -> (Given, Counted) {
    read_meanwhile(path, parallel, |_| {})
}

/// The same, where something happens before the next of so many runs is asked for.
fn read_meanwhile(path: &Path, parallel: Parallel, happens: impl Fn(usize)) -> (Given, Counted) {
    let skim = Printer::new();
    let mut captures = Captures::skimmed(expanded(&[path.to_owned()]), parallel, &skim);
    let (mut frames, mut runs) = (Vec::new(), 0);
    loop {
        happens(runs);
        let Some(run) = captures.next_run() else { break };
        runs += 1;
        for skimmed in run.frames_from(0) {
            let frame = skimmed.frame();
            assert_eq!(skimmed.note(), (run.legend, print(&frame)), "the note of frame {}", frame.number.0);
            assert_eq!((skimmed.number(), skimmed.time()), (frame.number, frame.time));
            assert_eq!(skimmed.captured(), frame.bytes.len());
            frames.push(Owned::from(frame));
        }
    }
    let id = captures.ids().next().expect("there is one capture");
    let facts = format!("{:#?}", captures.facts(id).expect("it is known"));
    let failure = captures.failure(id).map(ToString::to_string);
    (Given { frames, facts, failure }, skim.counted())
}

fn expanded(paths: &[PathBuf]) -> Inputs {
    Inputs::expand(paths).expect("none is standard input")
}

/// Asserts that the file gives the same, shared out so; what was counted.
fn assert_same(path: &Path, in_order: &Given, parallel: Parallel, what: &str) -> Counted {
    let (shared, counted) = read_shared(path, parallel);
    let told = || format!("{what}, {parallel:?}");
    // Frames differ where they begin to; all of them are too many to be told.
    for (at, (frame, expected)) in shared.frames.iter().zip(&in_order.frames).enumerate() {
        assert_eq!(frame, expected, "frame {at} of {}", told());
    }
    assert_eq!(shared.frames.len(), in_order.frames.len(), "frames of {}", told());
    assert_eq!(shared.facts, in_order.facts, "facts of {}", told());
    assert_eq!(shared.failure, in_order.failure, "{}", told());
    counted
}

/// Writes a file of these bytes.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("the folder is ours");
    path
}

/// Notes which legend was begun when it looked at a frame, and a print of the frame.
struct Printer {
    /// The number of the legend.
    legend: u32,
    legends: Arc<AtomicU32>,
    glanced: Arc<AtomicU32>,
}

/// What the printers of a run counted.
#[derive(Clone, Copy, Debug)]
struct Counted {
    /// Stretches that were begun.
    begun: u32,
    /// Frames that were glanced at, as only those of chunks are.
    glanced: u32,
}

impl Printer {
    fn new() -> Self {
        Self { legend: 0, legends: Arc::default(), glanced: Arc::default() }
    }

    fn counted(&self) -> Counted {
        let count = |of: &AtomicU32| of.load(Ordering::Relaxed);
        Counted { begun: count(&self.legends), glanced: count(&self.glanced) }
    }
}

impl Skim for Printer {
    type Note = (u32, u64);

    fn another(&self) -> Self {
        Self { legend: 0, legends: Arc::clone(&self.legends), glanced: Arc::clone(&self.glanced) }
    }

    fn begin(&mut self) -> u32 {
        self.legend = self.legends.fetch_add(1, Ordering::Relaxed) + 1;
        self.legend
    }

    /// Settles every second frame or so.
    fn glance(&self, bytes: &[u8], link_type: LinkType, interface: u32) -> Option<(u32, u64)> {
        self.glanced.fetch_add(1, Ordering::Relaxed);
        let print = print_of(bytes, link_type, interface);
        print.is_multiple_of(2).then_some((self.legend, print))
    }

    fn look(&mut self, bytes: &[u8], link_type: LinkType, interface: u32) -> (u32, u64) {
        (self.legend, print_of(bytes, link_type, interface))
    }

    fn skim(&mut self, frame: &Frame<'_>) -> (u32, u64) {
        (self.legend, print(frame))
    }
}

fn print(frame: &Frame<'_>) -> u64 {
    print_of(frame.bytes, frame.link_type, frame.interface)
}

fn print_of(bytes: &[u8], link_type: LinkType, interface: u32) -> u64 {
    let mut hasher = DefaultHasher::new();
    (bytes, link_type.0, interface).hash(&mut hasher);
    hasher.finish()
}
