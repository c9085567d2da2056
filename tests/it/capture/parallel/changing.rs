//! Files that become longer or shorter while they are read.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use super::captures::{frames, packets};
use super::{Given, THREADS, read_in_order, read_meanwhile, shared_by, write};
use crate::common::craft::{Order, Pcap, Pcapng};
use crate::common::scratch;

/// Runs after which it changes, before the end is reached.
const AFTER: [usize; 3] = [0, 2, 4];
const CHUNK: u32 = 2_000;

/// Captures of each format that is shared out, with the places where a part of them ends: with a record, and within one.
fn wholes() -> [(&'static str, Vec<u8>, [usize; 2]); 2] {
    let of_pcap = |count| frames(Pcap::new(Order::Little), count).bytes;
    let of_pcapng = |count| packets(Pcapng::with_interface(Order::Little), count).bytes;
    let places = |part: Vec<u8>| [part.len(), part.len() - 7];
    [("pcap", of_pcap(300), places(of_pcap(200))), ("pcapng", of_pcapng(300), places(of_pcapng(200)))]
}

/// What a file gives that is changed after so many runs.
fn read_changed(path: &Path, threads: usize, after: usize, change: impl Fn(&Path)) -> Given {
    let happens = |runs| {
        if runs == after {
            change(path);
        }
    };
    read_meanwhile(path, shared_by(threads, CHUNK), happens).0
}

#[test]
fn what_is_appended_is_read_as_in_order() {
    let folder = scratch("appended");
    for (name, whole, [part, _]) in wholes() {
        let expected = read_in_order(&write(&folder, name, &whole));
        for (threads, after) in THREADS.into_iter().flat_map(|threads| AFTER.map(|after| (threads, after))) {
            let path = write(&folder, name, &whole[..part]);
            let given = read_changed(&path, threads, after, |path| {
                let mut file = OpenOptions::new().append(true).open(path).expect("it is there");
                file.write_all(&whole[part..]).expect("it is ours");
            });
            assert!(given.frames == expected.frames, "{name}, {threads} threads, after {after} runs");
            assert_eq!(
                (given.facts, given.failure),
                (expected.facts.clone(), None),
                "{name}, {threads}, {after}"
            );
        }
    }
}

#[test]
fn what_is_cut_off_is_missing_and_told() {
    let folder = scratch("cut_off");
    for (name, whole, places) in wholes() {
        let expected = read_in_order(&write(&folder, name, &whole));
        for (part, is_within) in places.into_iter().zip([false, true]) {
            let cut = read_in_order(&write(&folder, name, &whole[..part]));
            assert_eq!(cut.facts.contains("CutOff"), is_within, "{name}: {}", cut.facts);
            for (threads, after) in
                THREADS.into_iter().flat_map(|threads| AFTER.map(|after| (threads, after)))
            {
                let path = write(&folder, name, &whole);
                let given = read_changed(&path, threads, after, |path| {
                    let file = OpenOptions::new().write(true).open(path).expect("it is there");
                    file.set_len(part as u64).expect("it is ours");
                });
                let what = format!("{name}, {threads} threads, after {after} runs");
                let count = given.frames.len();
                assert!(given.frames[..] == expected.frames[..count], "{what}");
                // More are there where they were read ahead.
                assert!(count >= cut.frames.len(), "{what}: {count}");
                if count == cut.frames.len() {
                    assert_eq!(given, cut, "{what}");
                }
            }
        }
    }
}
