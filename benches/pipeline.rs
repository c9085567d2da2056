//! How fast captures are read, decoded and observed, each alone, and the whole pipeline.
//!
//! ```text
//! cargo bench --bench pipeline
//! ```

mod craft;

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};

use craft::traffic::Mix;
use craft::{Format, Recipe, pcap};
use sagap::capture::{CaptureFile, CaptureId, Captures, Frame, Inputs, SeriesId, Source};
use sagap::decode::decode;
use sagap::observe::Observer;
use sagap::run::{self, Sink};

fn main() {
    divan::main();
}

/// Walks over the records.
#[divan::bench(args = MIXES)]
fn capture(bencher: Bencher, mix: Mix) {
    let bytes = crafted(mix);
    let frames = frames(&bytes);
    counted(bencher, &bytes, &frames).with_inputs(|| open(&bytes)).bench_values(|mut file| {
        let mut captured = 0;
        while let Ok(Some(frame)) = file.next_frame() {
            captured += black_box(frame).bytes.len();
        }
        captured
    });
}

/// Decodes frames that are in memory.
#[divan::bench(name = "decode", args = MIXES)]
fn decode_frames(bencher: Bencher, mix: Mix) {
    let bytes = crafted(mix);
    let frames = frames(&bytes);
    counted(bencher, &bytes, &frames).bench(|| {
        for frame in &frames {
            black_box(decode(frame));
        }
    });
}

/// Folds packets that are decoded already into observations.
#[divan::bench(args = MIXES)]
fn observe(bencher: Bencher, mix: Mix) {
    let bytes = crafted(mix);
    let frames = frames(&bytes);
    let packets: Vec<_> = frames.iter().map(|frame| (frame, decode(frame))).collect();
    counted(bencher, &bytes, &frames).bench(|| {
        let mut observer = Observer::new();
        let mut observations = 0_u64;
        for (frame, packet) in &packets {
            observer.packet(CaptureId(0), SeriesId(0), frame, packet);
            while observer.next_ready().is_some() {
                observations += 1;
            }
        }
        observations
    });
}

/// Runs all stages over a file.
#[divan::bench(args = MIXES)]
fn pipeline(bencher: Bencher, mix: Mix) {
    let bytes = crafted(mix);
    let frames = frames(&bytes);
    let path = written(&bytes, mix);
    counted(bencher, &bytes, &frames).bench(|| {
        let inputs = Inputs::expand(std::slice::from_ref(&path)).expect("one file");
        let mut captures = Captures::open(inputs);
        run::run(&mut captures, &run::Options::default(), &mut Nowhere).expect("a sink that never fails")
    });
    fs::remove_file(&path).expect("the file was written above");
}

/// Takes everything and does nothing.
struct Nowhere;

impl Sink for Nowhere {}

/// The mixes that are measured.
const MIXES: [Mix; 2] = [Mix::Vpn, Mix::Small];

fn crafted(mix: Mix) -> Vec<u8> {
    let mut bytes = Vec::new();
    let format = Format::Pcap;
    let recipe = Recipe { size: 20_000_000, seed: 1, mix, tunnels: 100, gap_us: 50, format };
    recipe.write(&mut bytes).expect("memory takes everything");
    bytes
}

fn written(capture: &[u8], mix: Mix) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("pipeline-{mix:?}.pcap"));
    fs::write(&path, capture).expect("the target directory can be written");
    path
}

/// The frames of a crafted capture, their bytes in place.
fn frames(capture: &[u8]) -> Vec<Frame<'_>> {
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

fn open(capture: &[u8]) -> CaptureFile {
    CaptureFile::read_from("bench", Box::new(Cursor::new(capture.to_vec()))).expect("a crafted pcap")
}

/// Figures per byte of the capture and per frame.
fn counted<'a, 'b>(bencher: Bencher<'a, 'b>, capture: &[u8], frames: &[Frame<'_>]) -> Bencher<'a, 'b> {
    bencher.counter(BytesCount::of_slice(capture)).counter(ItemsCount::new(frames.len()))
}
