//! Takes crafted captures from stage to stage: all that the benchmarks use of the stages in common.

#![allow(dead_code, reason = "each benchmark uses its part")]

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, Cursor};
use std::num::NonZero;
use std::path::{Path, PathBuf};

use divan::black_box;

use sagap::capture::{CaptureFile, CaptureId, Frame, Inputs, Parallel, SeriesId, Source};
use sagap::decode::{self, Packet, decode};
use sagap::observe::{Observation, Observer};
use sagap::report::{Report, TimelineEntry};
use sagap::run::{self, Sink, SkimmedCaptures};
use sagap::time::Timestamp;
use sagap::track::{self, Event, Tracker};

use crate::craft::traffic::Mix;
use crate::craft::{Format, Recipe, pcap};

/// A capture of 20 MB.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    mix: Mix,
    format: Format,
    tunnels: usize,
    gap_us: u32,
}

/// Three or thirteen seconds of traffic.
pub(crate) const CASES: [Case; 2] =
    [Case::dense(Mix::Vpn, Format::Pcap), Case::dense(Mix::Small, Format::Pcap)];

/// The same as pcapng too.
pub(crate) const CASES_OF_EACH_FORMAT: [Case; 4] =
    [CASES[0], CASES[1], Case::dense(Mix::Vpn, Format::Pcapng), Case::dense(Mix::Small, Format::Pcapng)];

/// Minutes of traffic in as many bytes: much is left of it behind observe.
pub(crate) const LONG_CASES: [Case; 2] = [Case::long(Mix::Vpn), Case::long(Mix::Small)];

impl Case {
    const fn dense(mix: Mix, format: Format) -> Self {
        Self { mix, format, tunnels: 100, gap_us: 50 }
    }

    const fn long(mix: Mix) -> Self {
        Self { mix, format: Format::Pcap, tunnels: 500, gap_us: 4_000 }
    }

    pub(crate) fn crafted(self) -> Vec<u8> {
        let Self { mix, format, tunnels, gap_us } = self;
        let mut bytes = Vec::new();
        let recipe = Recipe { size: 20_000_000, seed: 1, mix, tunnels, gap_us, format };
        recipe.write(&mut bytes).expect("memory takes everything");
        bytes
    }

    /// Puts the capture into a file, which is there until it is dropped. `bench` keeps benchmarks apart.
    pub(crate) fn written(self, bench: &str) -> Written {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{bench}-{self}"));
        fs::write(&path, self.crafted()).expect("the target directory can be written");
        Written(path)
    }
}

impl fmt::Display for Case {
    /// `vpn.pcapng`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", format!("{:?}.{:?}", self.mix, self.format).to_lowercase())
    }
}

/// A file that is removed when it is dropped.
pub(crate) struct Written(PathBuf);

impl Written {
    /// Its bytes.
    pub(crate) fn len(&self) -> u64 {
        fs::metadata(&self.0).expect("it was written").len()
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        fs::remove_file(&self.0).expect("it was written");
    }
}

pub(crate) fn open(capture: &[u8]) -> CaptureFile {
    CaptureFile::read_from("bench", Box::new(Cursor::new(capture.to_vec()))).expect("a crafted capture")
}

/// Goes over all frames; how many there are.
pub(crate) fn walk(mut file: CaptureFile) -> u64 {
    let mut frames = 0;
    while let Ok(Some(frame)) = file.next_frame() {
        black_box(frame);
        frames += 1;
    }
    frames
}

/// The frames of a crafted pcap, their bytes in place.
pub(crate) fn frames(capture: &[u8]) -> Vec<Frame<'_>> {
    let mut file = open(capture);
    let mut frames = Vec::new();
    let mut at = usize::try_from(pcap::HEADER_LEN).expect("small");
    while let Ok(Some(Frame { number, time, wire_len, interface, link_type, bytes })) = file.next_frame() {
        let start = at + usize::try_from(pcap::RECORD_LEN).expect("small");
        at = start + bytes.len();
        let bytes = &capture[start..at];
        frames.push(Frame { number, time, wire_len, interface, link_type, bytes });
    }
    frames
}

pub(crate) fn decode_all(frames: &[Frame<'_>]) {
    for frame in frames {
        black_box(decode(frame));
    }
}

pub(crate) fn packets<'a>(frames: &'a [Frame<'a>]) -> Vec<(&'a Frame<'a>, Packet<'a>)> {
    frames.iter().map(|frame| (frame, decode(frame))).collect()
}

/// Folds the packets of one capture, and tells each observation.
pub(crate) fn observe(packets: &[(&Frame<'_>, Packet<'_>)], tell: &mut impl FnMut(Observation)) {
    let mut observer = Observer::new();
    for (frame, packet) in packets {
        observer.packet(CaptureId(0), SERIES, frame, packet);
        while let Some(observation) = observer.next_ready() {
            tell(observation);
        }
    }
    while let Some(observation) = observer.next_at_end() {
        tell(observation);
    }
}

/// What a case comes to behind observe, and the time of its last frame.
pub(crate) fn observations(case: Case) -> (Vec<Observation>, Timestamp) {
    let capture = case.crafted();
    let frames = frames(&capture);
    let mut observations = Vec::new();
    observe(&packets(&frames), &mut |observation| observations.push(observation));
    (observations, frames.last().expect("20 MB of frames").time)
}

/// Tracks the observations of one capture that ends at `end`.
pub(crate) fn track(observations: &[Observation], end: Timestamp) -> (Tracker, Vec<Event>) {
    let mut tracker = Tracker::new(track::Options::default());
    let mut events = Vec::new();
    for observation in observations {
        tracker.observe(observation, &mut events);
    }
    tracker.finish(&BTreeMap::from([(SERIES, end)]), &mut events);
    (tracker, events)
}

/// A file, its frames noted by one thread or by all cores.
fn opened(Written(path): &Written, parallel: Parallel) -> SkimmedCaptures {
    let inputs = Inputs::expand(std::slice::from_ref(path)).expect("one file");
    run::open(inputs, parallel, &decode::Options::default())
}

/// Goes over all frames of a file and notes what they are; how many there are.
pub(crate) fn skim(file: &Written) -> usize {
    let mut captures = opened(file, ONE_THREAD);
    let mut frames = 0;
    while let Some(run) = captures.next_run() {
        frames += black_box(run).count();
    }
    frames
}

/// Runs all stages over a file.
pub(crate) fn run(file: &Written, parallel: Parallel, sink: &mut dyn Sink) -> Report {
    let mut captures = opened(file, parallel);
    run::run(&mut captures, &run::Options::default(), sink).expect("a sink that never fails")
}

/// The report on a case, with its timeline.
pub(crate) fn report(case: Case) -> Report {
    let mut timeline = Timeline(Vec::new());
    let report = run(&case.written("report"), ONE_THREAD, &mut timeline);
    Report { events: timeline.0, ..report }
}

/// Takes everything and does nothing.
pub(crate) struct Nowhere;

impl Sink for Nowhere {}

/// Keeps the timeline.
struct Timeline(Vec<TimelineEntry>);

impl Sink for Timeline {
    fn entry(&mut self, entry: TimelineEntry, _start: Timestamp) -> io::Result<()> {
        self.0.push(entry);
        Ok(())
    }
}

/// The caller's alone.
pub(crate) const ONE_THREAD: Parallel = Parallel::threads(NonZero::<usize>::MIN);

const SERIES: SeriesId = SeriesId(0);
