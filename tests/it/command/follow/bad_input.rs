//! Sources that are not as they should be: each is named in one line, and what can be followed is.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::common::sagap::{recordings, sagap, sagap_reading};
use crate::common::scratch;
use crate::common::stored::{Stored, pieces};

use super::Following;

const SEED: &str = "hsrp_v1_ikev2_no_negotiation.pcapng";

#[test]
fn what_cannot_be_followed_is_named() {
    let folder = scratch("what_cannot_be_followed");
    fs::write(folder.join("text"), "hello, world\n".repeat(10_000)).unwrap();
    fs::write(folder.join("short"), "hello, world\n").unwrap();
    let told: Vec<String> = [
        sagap(&folder, &["follow", "absent.pcap"]),
        sagap(&folder, &["follow", "text"]),
        sagap(&folder, &["follow", "--duration", "1s", "short"]),
        sagap(&folder, &["follow"]),
        sagap_reading(&folder, &["follow", "-"], b"hello, world".to_vec()),
        sagap_reading(&folder, &["follow", "-"], Vec::new()),
    ]
    .iter()
    .map(crate::common::sagap::Ran::ending)
    .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_file_that_is_truncated_is_read_from_its_start() {
    let folder = scratch("a_file_that_is_truncated");
    let frames = Stored::all(&recordings().join(SEED));
    let pieces = pieces(&frames, &[frames.len() / 3]);
    fs::write(folder.join("x.pcap"), &pieces[0].1).unwrap();
    let mut following = Following::begin(&folder, &["--format", "csv", "x.pcap"]);
    following.wait_for(",became-active,");
    fs::write(folder.join("x.pcap"), []).unwrap();
    following.wait_for("was truncated");
    fs::write(folder.join("x.pcap"), &pieces[1].1).unwrap();
    following.wait_for(",failover,");
    following.send(Signal::SIGINT);
    let ran = following.finish();
    insta::assert_snapshot!(ran.stderr, @"warning: x.pcap: was truncated; reading it from its start");
}

#[test]
fn a_file_that_is_replaced_is_followed() {
    let folder = scratch("a_file_that_is_replaced");
    let frames = Stored::all(&recordings().join(SEED));
    let pieces = pieces(&frames, &[frames.len() / 3]);
    fs::write(folder.join("x.pcap"), &pieces[0].1).unwrap();
    let mut following = Following::begin(&folder, &["--format", "csv", "x.pcap"]);
    following.wait_for(",became-active,");
    fs::rename(folder.join("x.pcap"), folder.join("x.pcap.1")).unwrap();
    following.wait_for("was removed");
    fs::write(folder.join("x.pcap"), &pieces[1].1).unwrap();
    following.wait_for("was replaced");
    following.wait_for(",failover,");
    following.send(Signal::SIGINT);
    let ran = following.finish();
    insta::assert_snapshot!(ran.stderr, @r"
    warning: x.pcap: was removed; waiting for it to come back
    warning: x.pcap: is there again
    warning: x.pcap: was replaced by another file; reading that from its start
    ");
}

#[test]
fn a_file_that_never_becomes_a_capture_is_waited_for_and_told() {
    let folder = scratch("a_file_that_never_becomes");
    fs::write(folder.join("x.pcap"), b"").unwrap();
    let mut following = Following::begin(&folder, &["--duration", "1s", "x.pcap"]);
    following.wait_for("is empty; waiting for a capture in it");
    let ran = following.finish();
    insta::assert_snapshot!(ran.ending());
}

#[test]
fn an_empty_ring_is_waited_for_and_files_that_are_none_are_passed_by() {
    let folder = scratch("an_empty_ring");
    let ring = folder.join("ring");
    fs::create_dir(&ring).unwrap();
    fs::write(ring.join("README"), "no capture").unwrap();
    let mut following = Following::begin(&folder, &["--format", "csv", "ring"]);
    following.wait_for("ring: holds no capture yet; waiting for one");
    fs::copy(recordings().join(SEED), ring.join("a.pcapng")).unwrap();
    following.wait_for(",failover,");
    following.send(Signal::SIGINT);
    assert_eq!(following.finish().code, 1);
}

#[test]
fn a_ring_that_writes_over_its_own_files_is_followed() {
    let folder = scratch("a_ring_that_writes_over");
    let frames = Stored::all(&recordings().join(SEED));
    let pieces = pieces(&frames, &sixths(frames.len()));
    let mut following = Following::begin(&folder, &["--format", "csv", "ring*.pcap"]);
    following.wait_for("time,elapsed_s");
    for (place, (_, bytes)) in pieces.iter().enumerate() {
        // As `tcpdump -W 3` does: the file is emptied and written again.
        let path = folder.join(format!("ring{}.pcap", place % 3));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(path).unwrap();
        file.write_all(bytes).unwrap();
        drop(file);
        std::thread::sleep(Duration::from_millis(500));
    }
    following.wait_for(",failover,");
    std::thread::sleep(Duration::from_millis(300));
    following.send(Signal::SIGINT);
    let ran = following.finish();
    let events = |text: &str| -> Vec<String> {
        let rows = text.lines().filter(|row| !row.contains(",verdict,"));
        // But for names and numbers of frames.
        rows.map(|row| {
            row.split(',')
                .enumerate()
                .filter(|(at, _)| !matches!(at, 2 | 3 | 8))
                .map(|(_, it)| it)
                .collect::<Vec<_>>()
                .join(",")
        })
        .collect()
    };
    let whole = sagap(&recordings(), &["export", SEED]);
    assert_eq!(events(&ran.stdout), events(&whole.stdout), "{}", ran.stderr);
}

#[test]
fn a_compressed_copy_of_what_was_read_is_not_read_again() {
    let folder = scratch("a_compressed_copy");
    let ring = folder.join("ring");
    fs::create_dir(&ring).unwrap();
    let frames = Stored::all(&recordings().join(SEED));
    let pieces = pieces(&frames, &[frames.len() / 3]);
    fs::write(ring.join("a.pcap"), &pieces[0].1).unwrap();
    let mut following = Following::begin(&folder, &["--format", "csv", "ring"]);
    following.wait_for(",became-active,");
    fs::write(ring.join("b.pcap"), &pieces[1].1).unwrap();
    following.wait_for(",failover,");
    fs::write(ring.join("a.pcap.gz"), crate::common::compress::gzip(&pieces[0].1)).unwrap();
    fs::remove_file(ring.join("a.pcap")).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    following.send(Signal::SIGINT);
    let ran = following.finish();
    assert_eq!((ran.stdout.matches("group-seen").count(), ran.stderr.as_str()), (1, ""));
}

/// Where to cut so many frames into six pieces.
fn sixths(frames: usize) -> Vec<usize> {
    (1..6).map(|part| frames * part / 6).collect()
}

#[test]
fn another_capture_in_the_directory_does_not_end_the_one_that_grows() {
    let folder = scratch("another_capture_in_the_directory");
    let ring = folder.join("ring");
    fs::create_dir(&ring).unwrap();
    let frames = Stored::all(&recordings().join(SEED));
    let whole = pieces(&frames, &[]).remove(0).1;
    let (early, late) = whole.split_at(whole.len() / 2);
    let mut growing = fs::File::create(ring.join("live.pcap")).unwrap();
    growing.write_all(early).unwrap();
    let mut following = Following::begin(&folder, &["--format", "csv", "ring"]);
    following.wait_for(",became-active,");
    // Somebody cuts out what he wants to look at.
    fs::write(ring.join("excerpt.pcap"), &pieces(&frames[..20], &[])[0].1).unwrap();
    following.wait_for("excerpt.pcap: begins before what was read already; passed over");
    growing.write_all(late).unwrap();
    following.wait_for(",failover,");
    following.send(Signal::SIGINT);
    assert_eq!(following.finish().code, 1);
}

#[test]
fn a_capture_that_is_written_over_in_place_is_not_read_from_its_middle() {
    let folder = scratch("a_capture_that_is_written_over");
    let frames = Stored::all(&recordings().join(SEED));
    let pieces = pieces(&frames, &[frames.len() / 3]);
    fs::write(folder.join("x.pcap"), &pieces[0].1).unwrap();
    let mut following = Following::begin(&folder, &["--format", "csv", "x.pcap"]);
    following.wait_for(",became-active,");
    // It is never short while anybody looks.
    following.send(Signal::SIGSTOP);
    fs::write(folder.join("x.pcap"), &pieces[1].1).unwrap();
    following.send(Signal::SIGCONT);
    following.wait_for("was truncated");
    following.wait_for(",failover,");
    following.send(Signal::SIGINT);
    let ran = following.finish();
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    assert!(!ran.stdout.contains("clock"), "{}", ran.stdout);
}

#[test]
fn a_file_that_may_not_be_read_for_a_while_is_waited_for() {
    let folder = scratch("a_file_that_may_not_be_read");
    let frames = Stored::all(&recordings().join(SEED));
    let pieces = pieces(&frames, &[frames.len() / 3]);
    fs::write(folder.join("x.pcap"), &pieces[0].1).unwrap();
    let mut following = Following::begin(&folder, &["--format", "csv", "x.pcap"]);
    following.wait_for(",became-active,");
    // A directory cannot be read either, whoever asks.
    fs::remove_file(folder.join("x.pcap")).unwrap();
    fs::create_dir(folder.join("x.pcap")).unwrap();
    following.wait_for("was replaced");
    std::thread::sleep(Duration::from_millis(300));
    fs::remove_dir(folder.join("x.pcap")).unwrap();
    fs::write(folder.join("x.pcap"), &pieces[1].1).unwrap();
    following.wait_for(",failover,");
    following.send(Signal::SIGINT);
    assert_eq!(following.finish().code, 1);
}

#[test]
fn a_named_pipe_that_nobody_writes_into_can_be_left() {
    let folder = scratch("a_named_pipe_that_nobody");
    let made = std::process::Command::new("mkfifo").arg(folder.join("f")).status();
    assert!(made.expect("mkfifo is there").success());
    let ran = sagap(&folder, &["follow", "--duration", "500ms", "f"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let mut following = Following::begin(&folder, &["--format", "csv", "f"]);
    following.wait_for("time,elapsed_s");
    fs::copy(recordings().join(SEED), folder.join("f")).unwrap();
    following.wait_for(",failover,");
    assert_eq!(following.finish().code, 1);
}
