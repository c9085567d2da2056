//! What cannot be shared out in chunks is read ahead in order, which gives what reading alone gives.

use std::path::Path;

use super::{THREADS, assert_same, read_in_order, read_shared, shared_by, write};
use crate::common::compress::{ALL, compress};
use crate::common::craft::{Erf, Order, Pcap, Pcapng, Snoop};
use crate::common::scratch;

/// Bytes of a frame that compression makes few fewer of; blocks of LZ4 must not become longer.
fn noise(i: u32) -> Vec<u8> {
    let mut state = i.wrapping_mul(0x9e37_79b9) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_be_bytes()[0]
    };
    let mut bytes: Vec<u8> = (0..1_100 + i % 100 * 4).map(|_| next()).collect();
    bytes.extend([0; 60]);
    bytes
}

/// More than a megabyte, so that it is worth another thread.
const FRAMES: u32 = 1_000;

fn pcap() -> Vec<u8> {
    (0..FRAMES).fold(Pcap::new(Order::Little), |pcap, i| pcap.record(T + i / 9, i, &noise(i))).bytes
}

fn assert_read_ahead(path: &Path, what: &str) {
    let in_order = read_in_order(path);
    assert!(in_order.frames.len() > 100, "{what}");
    // No more than one thread reads ahead.
    for threads in [1, 2] {
        let counted = assert_same(path, &in_order, shared_by(threads, 4_096), what);
        assert!(counted.glanced == 0 && counted.begun > 1, "{what}: {counted:?}");
    }
}

#[test]
fn compressed_captures_whole_or_damaged_are_the_same() {
    let folder = scratch("ahead_compressed");
    let whole = pcap();
    for compression in ALL {
        let stored = compress(compression, &whole);
        assert!(stored.len() > 1 << 20, "{compression} makes a short file of it");
        let mut flipped = stored.clone();
        flipped[stored.len() / 2] ^= 0x10;
        let cut = &stored[..stored.len() * 2 / 3];
        for (what, bytes) in [("whole", &stored[..]), ("flipped", &flipped), ("cut", cut)] {
            assert_read_ahead(&write(&folder, compression, bytes), &format!("{compression}, {what}"));
        }
        let decompressed = read_in_order(&write(&folder, "plain", &whole));
        let compressed = read_in_order(&write(&folder, compression, &stored));
        assert!(compressed.frames == decompressed.frames, "{compression}");
    }
}

#[test]
fn containers_without_chunks_are_the_same() {
    let folder = scratch("ahead_containers");
    let second = |i: u32| T + i / 9;
    let snoop = (0..FRAMES).fold(Snoop::new(4), |snoop, i| snoop.record(second(i), i, &noise(i)));
    let erf = (0..FRAMES)
        .fold(Erf::default(), |erf, i| erf.ethernet(u64::from(second(i)) * 1_000_000_000, &noise(i)));
    assert_read_ahead(&write(&folder, "snoop", &snoop.bytes), "snoop");
    assert_read_ahead(&write(&folder, "erf", &erf.bytes), "ERF");
}

/// Whoever writes a pipe gives as many bytes at a time as he likes.
#[cfg(unix)]
#[test]
fn a_pipe_is_the_same_as_a_file() {
    use std::fs::{self, File};
    use std::io::Write;
    use std::process::Command;
    use std::thread;

    let folder = scratch("ahead_pipe");
    let pcapng = (0..FRAMES).fold(Pcapng::with_interface(Order::Big), |pcapng, i| {
        pcapng.enhanced(0, u64::from(T + i) * 1_000_000, &noise(i), &[])
    });
    let cut = pcapng.bytes[..pcapng.bytes.len() - 7].to_vec();
    for (what, bytes) in [("a pcap", pcap()), ("a pcapng", pcapng.bytes), ("one that is cut", cut)] {
        let file = write(&folder, "file", &bytes);
        let in_order = read_in_order(&file);
        for threads in THREADS {
            let pipe = folder.join("pipe");
            drop(fs::remove_file(&pipe));
            let made = Command::new("mkfifo").arg(&pipe).status();
            assert!(made.expect("mkfifo is there").success());
            let writer = {
                let (pipe, bytes) = (pipe.clone(), bytes.clone());
                thread::spawn(move || {
                    let mut pipe = File::options().write(true).open(pipe).expect("it is there");
                    for (at, piece) in bytes.chunks(7_777).enumerate() {
                        let (early, late) = piece.split_at(at * 97 % piece.len());
                        pipe.write_all(early).expect("it is read to its end");
                        pipe.write_all(late).expect("it is read to its end");
                    }
                })
            };
            let (mut piped, counted) = read_shared(&pipe, shared_by(threads, 4_096));
            writer.join().expect("it ends");
            let [name, of_file] = [&pipe, &file].map(|path| path.display().to_string());
            piped.facts = piped.facts.replace(&name, &of_file);
            assert!(piped.frames == in_order.frames, "{what}, {threads} threads");
            assert_eq!(
                (piped.facts, piped.failure),
                (in_order.facts.clone(), None),
                "{what}, {threads} threads"
            );
            assert!(counted.glanced == 0 && counted.begun > 1, "{what}: {counted:?}");
        }
    }
}

const T: u32 = 1_700_000_000;
