//! Recordings, and what the stages make of their frames, all in this process.

use std::fs;
use std::path::{Path, PathBuf};

use sagap::report::Report;
use sagap::run::{Options, Sink, run};

use crate::common::craft::{Order, Pcapng};
use crate::common::read::{Owned, read};
use crate::common::sagap::recordings;
use crate::common::{open, shared};

/// A recorded incident.
#[derive(Clone)]
pub(super) struct Recording {
    /// The file's name, or that of its folder in the lab.
    pub(super) name: String,
    pub(super) frames: Vec<Owned>,
}

/// The project's own recordings, and those of the lab where they are there.
pub(super) fn all() -> Vec<Recording> {
    let mut files: Vec<(String, PathBuf)> = Vec::new();
    for name in names_in(&recordings()) {
        if name.ends_with(".pcapng") {
            files.push((name.clone(), recordings().join(name)));
        }
    }
    if let Some(lab) = shared("captures/lab") {
        let names = names_in(&lab);
        assert!(names.len() >= 42, "only {} recordings", names.len());
        files.extend(names.into_iter().map(|name| (name.clone(), lab.join(name).join("outside.pcapng"))));
    }
    let recording = |(name, path): (String, PathBuf)| {
        let bytes = fs::read(path).expect("a recording can be read");
        let (frames, _) = read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(frames.iter().all(|frame| frame.link_type == 1), "{name}: Ethernet alone is altered here");
        Recording { name, frames }
    };
    files.into_iter().map(recording).collect()
}

/// The names in a folder, in their order.
pub(super) fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The report on captures of these frames, one file each, written to `folder`.
pub(super) fn report(folder: &Path, captures: &[Vec<Owned>]) -> Report {
    let paths: Vec<PathBuf> =
        (0..captures.len()).map(|number| folder.join(format!("part_{number:05}.pcapng"))).collect();
    for (path, frames) in paths.iter().zip(captures) {
        fs::write(path, pcapng(frames)).expect("the target folder can be written");
    }
    report_on(&paths)
}

/// The report on these files.
pub(super) fn report_on(paths: &[PathBuf]) -> Report {
    let mut captures = open(paths);
    let report = run(&mut captures, &Options::default(), &mut Silent).expect("the sink does nothing");
    assert!(captures.failures().is_empty(), "{:?}", captures.failures());
    report
}

/// A pcapng of one Ethernet interface with times in nanoseconds.
fn pcapng(frames: &[Owned]) -> Vec<u8> {
    let file = Pcapng::new(Order::Little).interface(1, 0, &[(9, &[9])]);
    let whole = frames.iter().fold(file, |file, frame| {
        let ticks = u64::try_from(frame.nanos).expect("after 1970");
        let length = u32::try_from(frame.bytes.len()).expect("frames are small");
        file.raw_enhanced(0, ticks, [length, frame.wire_len], &frame.bytes, &[])
    });
    whole.bytes
}

struct Silent;

impl Sink for Silent {}
