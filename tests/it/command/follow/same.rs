//! Whatever goes on while it is read gives what it gives when it is read afterwards.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::common::sagap::{recordings, sagap, sagap_reading};
use crate::common::stored::{Stored, pieces};
use crate::common::{scratch, shared};

use super::Following;

/// The recordings of the lab, where they are.
pub(super) fn lab() -> Option<Vec<(String, PathBuf)>> {
    let entries = fs::read_dir(shared("captures/lab")?).expect("the lab can be read").flatten();
    let recording = |entry: fs::DirEntry| {
        (entry.file_name().to_string_lossy().into_owned(), entry.path().join("outside.pcapng"))
    };
    let mut lab: Vec<_> = entries.map(recording).collect();
    lab.sort();
    assert!(lab.len() >= 42, "only {} recordings", lab.len());
    Some(lab)
}

/// The project's own recordings, and those of the lab where they are.
fn all() -> Vec<(String, PathBuf)> {
    let own = fs::read_dir(recordings()).expect("they can be read").flatten().map(|entry| entry.path());
    let own = own.filter(|path| path.extension().is_some_and(|ending| ending == "pcapng"));
    let mut all: Vec<(String, PathBuf)> =
        own.map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), path)).collect();
    all.extend(lab().into_iter().flatten());
    all.sort();
    assert!(all.len() > 20);
    all
}

/// The timeline that `export` writes of a capture.
fn exported(folder: &Path, name: &str) -> String {
    let ran = sagap(folder, &["export", name]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{name}");
    ran.stdout
}

/// Odd lengths, always the same: records come in parts, and several at once.
fn chunks(bytes: &[u8]) -> Vec<&[u8]> {
    let lengths = [1, 7, 100, 999, 16, 4096, 30_001, 24, 3];
    let (mut rest, mut chunks) = (bytes, Vec::new());
    for length in lengths.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (chunk, behind) = rest.split_at(rest.len().min(*length));
        chunks.push(chunk);
        rest = behind;
    }
    chunks
}

#[test]
fn a_file_that_grows_in_odd_chunks() {
    let folder = scratch("a_file_that_grows_in_odd_chunks");
    for (name, path) in all() {
        let file = format!("{name}.pcapng");
        let mut growing = File::create(folder.join(&file)).unwrap();
        let frames = Stored::all(&path).len().to_string();
        let mut following =
            Following::begin(&folder, &["--format", "csv", "--fail-on", "never", "--frames", &frames, &file]);
        following.wait_for("time,elapsed_s,capture");
        for chunk in chunks(&fs::read(&path).unwrap()) {
            growing.write_all(chunk).unwrap();
        }
        let ran = following.finish();
        assert_eq!(ran.code, 0, "{name}: {}", ran.stderr);
        assert_eq!(ran.stdout, exported(&folder, &file), "{name}");
    }
}

#[test]
fn a_ring_of_files() {
    let folder = scratch("a_ring_of_files");
    for (name, path) in all() {
        let ring = folder.join(&name);
        fs::create_dir(&ring).unwrap();
        let frames = Stored::all(&path);
        let count = frames.len().to_string();
        let mut following =
            Following::begin(&folder, &["--format", "csv", "--fail-on", "never", "--frames", &count, &name]);
        following.wait_for("time,elapsed_s,capture");
        for (file, bytes) in pieces(&frames, &seams(&frames, 5)) {
            let mut growing = File::create(ring.join(file)).unwrap();
            for chunk in chunks(&bytes) {
                growing.write_all(chunk).unwrap();
            }
        }
        let ran = following.finish();
        assert_eq!(ran.code, 0, "{name}: {}", ran.stderr);
        assert_eq!(ran.stdout, exported(&folder, &name), "{name}");
    }
}

/// Where to cut frames into so many pieces about, so that each piece begins after the one before it ends.
fn seams(frames: &[Stored], count: usize) -> Vec<usize> {
    let is_seam = |at: &usize| {
        let (before, behind) = frames.split_at(*at);
        let latest = before.iter().map(|frame| frame.nanos).max();
        latest < behind.iter().map(|frame| frame.nanos).min()
    };
    (1..count).filter_map(|part| (frames.len() * part / count..frames.len()).find(is_seam)).collect()
}

#[test]
fn a_pipe() {
    let folder = scratch("a_pipe");
    for (name, path) in all() {
        let bytes = fs::read(&path).unwrap();
        let mut following = Following::begin(&folder, &["--format", "csv", "--fail-on", "never", "-"]);
        for chunk in chunks(&bytes) {
            following.write(chunk);
        }
        let ran = following.finish();
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{name}");
        let exported = sagap_reading(&folder, &["export", "-"], bytes);
        assert_eq!(ran.stdout, exported.stdout, "{name}");
    }
}

#[test]
fn the_report_at_the_end_is_that_of_analyze() {
    let folder = scratch("the_report_at_the_end");
    for (name, path) in all() {
        let bytes = fs::read(&path).unwrap();
        let followed = sagap_reading(&folder, &["follow", "-"], bytes.clone());
        let analyzed = sagap_reading(&folder, &["analyze", "-"], bytes);
        assert_eq!(followed.ending(), analyzed.ending(), "{name}");
        let below = followed.stdout.ends_with(&format!("\n\n{}", analyzed.stdout));
        assert!(below || followed.stdout == analyzed.stdout, "{name}\n{}", followed.stdout);
    }
}
