//! Several inputs: found, merged by time, joined to series.

use std::fs;
use std::path::{Path, PathBuf};

use sagap::capture::{Captures, Inputs, Roster};

use crate::common::craft::{Order, Pcap, Pcapng};
use crate::common::{parallel, scratch};

/// A pcap with one frame at each of `seconds`.
fn pcap(link: u32, seconds: &[u32]) -> Vec<u8> {
    let pcap = Pcap::with(Order::Little, 0xa1b2_c3d4, 65_535, link);
    seconds.iter().fold(pcap, |pcap, second| pcap.record(*second, 0, &[1, 2, 3])).bytes
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("the folder is ours");
    path
}

fn open(arguments: &[PathBuf]) -> Captures {
    Captures::skimmed(Inputs::expand(arguments).expect("standard input at most once"), parallel(), &())
}

/// Capture, frame and second of every frame.
fn drain(captures: &mut Captures) -> Vec<(u32, u64, i64)> {
    let mut frames = Vec::new();
    while let Some(run) = captures.next_run() {
        let of_run = run.frames_from(0).map(|skimmed| skimmed.frame());
        frames.extend(of_run.map(|frame| (run.capture.0, frame.number.0, frame.time.whole_second())));
    }
    assert!(captures.next_run().is_none(), "the end stays the end");
    frames
}

fn series(captures: &Captures) -> Vec<Option<u32>> {
    captures.ids().map(|id| captures.series(id).map(|series| series.0)).collect()
}

#[test]
fn frames_of_all_files_come_in_the_order_of_time() {
    let folder = scratch("captures_merge");
    let a = write(&folder, "a", &pcap(1, &[10, 30, 50]));
    let b = write(&folder, "b", &pcap(1, &[10, 20, 30, 30, 60]));
    let mut captures = open(&[a, b]);
    let expected =
        [(0, 1, 10), (1, 1, 10), (1, 2, 20), (0, 2, 30), (1, 3, 30), (1, 4, 30), (0, 3, 50), (1, 5, 60)];
    assert_eq!(drain(&mut captures), expected);
    assert_eq!(series(&captures), [Some(0), Some(1)]);
    assert_eq!(captures.total_bytes(), captures.bytes_read());
}

#[test]
fn frames_of_one_file_stay_in_its_order_where_time_runs_backwards() {
    let folder = scratch("captures_backwards");
    let a = write(&folder, "a", &pcap(1, &[10, 40, 20, 50]));
    let b = write(&folder, "b", &pcap(1, &[30, 45]));
    let frames = drain(&mut open(&[a, b]));
    assert_eq!(frames, [(0, 1, 10), (1, 1, 30), (0, 2, 40), (0, 3, 20), (1, 2, 45), (0, 4, 50)]);
}

#[test]
fn pieces_of_a_ring_buffer_are_one_series_and_open_one_at_a_time() {
    let folder = scratch("captures_ring");
    let count = 300;
    let paths: Vec<_> = (0..count)
        .map(|i| write(&folder, &format!("ring_{i:05}"), &pcap(1, &[i * 10, i * 10 + 5, i * 10 + 10])))
        .collect();
    // Given in the wrong order: time decides. The first frame of a piece has the time of the last one before it.
    let mut captures = open(&paths.into_iter().rev().collect::<Vec<_>>());
    let mut seconds = Vec::new();
    let mut most_open = 0;
    while let Some(run) = captures.next_run() {
        seconds.extend(run.frames_from(0).map(|skimmed| skimmed.time().whole_second()));
        most_open = most_open.max(open_pieces());
    }
    assert!(seconds.is_sorted());
    assert_eq!(seconds.len(), 900);
    assert!(most_open <= 2, "{most_open} pieces were open at a time");
}

/// How many files of the ring this process has open, where the system tells.
fn open_pieces() -> usize {
    let Ok(links) = fs::read_dir("/proc/self/fd") else { return 0 };
    let targets = links.flatten().filter_map(|link| fs::read_link(link.path()).ok());
    targets.filter(|path| path.to_string_lossy().contains("ring_")).count()
}

#[test]
fn series_follow_link_types_and_times() {
    let folder = scratch("captures_series");
    let arguments = [
        write(&folder, "r1_1", &pcap(1, &[10, 19])),
        write(&folder, "r2_1", &pcap(1, &[11, 18])),
        write(&folder, "r1_2", &pcap(1, &[20, 29])),
        write(&folder, "r2_2", &pcap(1, &[21, 28])),
        write(&folder, "cooked", &pcap(113, &[40, 41])),
        write(&folder, "overlapping", &pcap(1, &[15, 25])),
        write(&folder, "empty", &pcap(1, &[])),
    ];
    let mut captures = open(&arguments);
    drain(&mut captures);
    assert_eq!(series(&captures), [Some(0), Some(1), Some(0), Some(1), Some(3), Some(2), None]);
}

#[test]
fn a_directory_gives_its_captures_by_content_in_the_order_of_names() {
    let folder = scratch("captures_directory");
    write(&folder, "b.txt", &pcap(1, &[1]));
    let pcapng = Pcapng::with_interface(Order::Big).enhanced(0, 5_000_000, &[1], &[]);
    write(&folder, "a.log", &pcapng.bytes);
    write(&folder, "notes.pcap", b"not a capture");
    write(&folder, "void.pcap", b"");
    fs::create_dir(folder.join("inner")).unwrap();
    write(&folder.join("inner"), "c.pcap", &pcap(1, &[3]));
    let mut captures = open(std::slice::from_ref(&folder));
    assert_eq!(drain(&mut captures), [(1, 1, 1), (0, 1, 5)]);
    let names: Vec<_> = captures.ids().map(|id| captures.facts(id).unwrap().name.clone()).collect();
    assert_eq!(names, ["a.log", "b.txt"].map(|name| folder.join(name).display().to_string()));
    assert!(captures.failures().is_empty());
}

#[test]
fn one_unreadable_file_is_named_and_the_others_go_on() {
    let folder = scratch("captures_failures");
    fs::create_dir(folder.join("hollow")).unwrap();
    let arguments = [
        folder.join("missing"),
        write(&folder, "good", &pcap(1, &[1, 2])),
        write(&folder, "text", b"hello world, this is text"),
        write(&folder, "void", b""),
        write(&folder, "packed.pcap", &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        write(&folder, "netmon", b"GMBU\0\x02\x01\0\x01\0\x02\0"),
        folder.join("hollow"),
    ];
    let mut captures = open(&arguments);
    assert_eq!(drain(&mut captures), [(1, 1, 1), (1, 2, 2)]);
    let prefix = format!("{}/", folder.display());
    let told: Vec<_> = captures
        .failures()
        .iter()
        .map(|error| (error.to_string().replace(&prefix, ""), error.hint()))
        .collect();
    let told: Vec<_> = told.iter().map(|(error, hint)| (error.as_str(), hint.as_str())).collect();
    assert_eq!(
        told,
        [
            (
                "hollow: there is no capture in this directory",
                "pass a directory that holds captures; directories inside it are not searched"
            ),
            ("missing: no such file or directory", "check the path"),
            (
                "text: this is not a capture: it begins with 68 65 6c 6c",
                "pass a pcap, pcapng, snoop or ERF file"
            ),
            ("void: the file is empty", "check that the capture was written and copied to its end"),
            (
                "packed.pcap: this gzip file ends at byte 13, before a capture begins in it",
                "check that the file was written and copied to its end"
            ),
            (
                "netmon: Network Monitor captures cannot be read",
                "convert it first (editcap -F pcapng IN OUT)"
            ),
        ]
    );
    let failed: Vec<_> = captures.ids().filter(|id| captures.failure(*id).is_some()).map(|id| id.0).collect();
    assert_eq!(failed, [0, 2, 3, 4, 5]);
}

#[test]
fn a_file_named_twice_is_read_once() {
    let folder = scratch("captures_twice");
    let file = write(&folder, "a", &pcap(1, &[1, 2]));
    let mut captures = open(&[folder.clone(), file, folder.join("../captures_twice/a")]);
    assert_eq!(drain(&mut captures).len(), 2);
}

#[test]
fn standard_input_is_read_once() {
    let twice = Inputs::expand(&["-".into(), "-".into()]).unwrap_err();
    assert_eq!(twice.to_string(), "-: standard input can be read only once");
}
