//! How following ends.

use std::fs;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::common::clock::now;
use crate::common::sagap::{recordings, sagap};
use crate::common::scratch;

use super::Following;

const SEED: &str = "hsrp_v1_ikev2_no_negotiation.pcapng";

/// Follows a copy of the seed case until its failover is told.
fn following(folder: &str, arguments: &[&str]) -> Following {
    let folder = scratch(folder);
    fs::copy(recordings().join(SEED), folder.join(SEED)).unwrap();
    let mut following = Following::begin(&folder, &[arguments, &[SEED]].concat());
    following.wait_for("failover");
    following
}

#[test]
fn a_signal_ends_it_with_the_report_of_analyze() {
    let analyzed = sagap(&recordings(), &["analyze", SEED]);
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let following = following("a_signal_ends_it", &[]);
        following.send(signal);
        let ran = following.finish();
        assert_eq!((ran.code, ran.stderr.as_str()), (1, ""), "{signal}");
        assert!(ran.stdout.ends_with(&analyzed.stdout), "{signal}\n{}", ran.stdout);
    }
}

#[test]
fn a_time_ends_it() {
    let began = now();
    let ran = following("a_time_ends_it", &["--duration", "1500ms", "--fail-on", "never"]).finish();
    assert!(began.elapsed() >= Duration::from_millis(1500));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
}

#[test]
fn a_number_of_frames_ends_it() {
    let folder = scratch("a_number_of_frames_ends_it");
    fs::copy(recordings().join(SEED), folder.join(SEED)).unwrap();
    let ran = sagap(&folder, &["follow", "--frames", "131", SEED]);
    // The failover is in frame 130: too little was seen of what followed.
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.part("Verdicts").contains("inconclusive"), "{}", ran.stdout);
    assert!(ran.stdout.contains("131 frames"), "{}", ran.stdout);
}

#[test]
fn a_reader_that_goes_away_ends_it_in_silence() {
    let folder = scratch("a_reader_that_goes_away");
    let script = format!(
        "'{}' follow '{}' | head -n 1",
        crate::common::sagap::binary().display(),
        recordings().join(SEED).display()
    );
    let output = std::process::Command::new("sh").args(["-c", &script]).current_dir(folder).output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 1);
}

#[test]
fn what_is_there_already_can_be_passed_over() {
    let folder = scratch("what_is_there_already");
    let bytes = fs::read(recordings().join(SEED)).unwrap();
    let (early, late) = bytes.split_at(bytes.len() / 2);
    fs::write(folder.join("x.pcapng"), early).unwrap();
    let mut following = Following::begin(&folder, &["--from-now", "--format", "csv", "x.pcapng"]);
    following.wait_for("time,elapsed_s");
    std::thread::sleep(Duration::from_millis(700));
    let mut file = fs::OpenOptions::new().append(true).open(folder.join("x.pcapng")).unwrap();
    std::io::Write::write_all(&mut file, late).unwrap();
    following.wait_for("failover");
    following.send(Signal::SIGINT);
    let ran = following.finish();
    // The frames keep the numbers that they have in the file.
    assert!(ran.stdout.contains(",130,failover,"), "{}", ran.stdout);
    assert!(!ran.stdout.contains(",3,group-seen,"), "{}", ran.stdout);
}
