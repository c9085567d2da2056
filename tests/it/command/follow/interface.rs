//! Captures on an interface, in networks of the test's own.

use std::env;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::common::clock::{now, wall};
use crate::common::namespace::{self, Sender, ip, pair};
use crate::common::sagap::{Ran, recordings, sagap};
use crate::common::scratch;
use crate::common::stored::Stored;

use super::Following;
use super::same::lab;

/// A timeline without what differs from one run to the next: times, numbers of frames, the capture's name; and numbers with
/// a fraction, which are measured.
fn comparable(timeline: &str) -> Vec<String> {
    timeline
        .lines()
        .map(|row| row.splitn(9, ',').enumerate().filter_map(cell).collect::<Vec<_>>().join(","))
        .collect()
}

fn cell((column, text): (usize, &str)) -> Option<String> {
    match column {
        0..=3 => None,
        8 => Some(without_measures(text)),
        _ => Some(text.to_owned()),
    }
}

/// A detail without numbers of frames and numbers with one point in them.
fn without_measures(detail: &str) -> String {
    let mut out = String::new();
    let mut after_frame = false;
    for word in detail.split(' ') {
        let number = word.trim_end_matches([';', ',']);
        let is_number = number.starts_with(|c: char| c.is_ascii_digit());
        let is_measured = is_number && number.matches('.').count() == 1 && number.parse::<f64>().is_ok();
        let told = if is_measured || (after_frame && is_number) { "#" } else { word };
        write!(out, "{told} ").unwrap();
        after_frame = word == "frame";
    }
    out.trim_end().to_owned()
}

/// Sends frames as they came, beginning at the same part of a second as the first: slices end at whole seconds.
fn replay(frames: &[Stored], sender: &Sender) {
    let first = frames[0].nanos;
    let phase = (first - i64::from(wall().subsec_nanos())).rem_euclid(1_000_000_000);
    let begin = now() + Duration::from_nanos(phase.unsigned_abs());
    for frame in frames {
        let due = begin + Duration::from_nanos((frame.nanos - first).max(0).unsigned_abs());
        thread::sleep(due.saturating_duration_since(now()));
        sender.send(&frame.bytes);
    }
}

/// What `follow` tells of frames that come on an interface.
fn followed(frames: &[Stored], folder: &Path) -> Ran {
    pair("a0", "b0");
    for name in ["a0", "b0"] {
        // Some frames are longer than a wire's: a network card had put them together.
        ip(&format!("link set {name} mtu 65535"));
    }
    let sender = Sender::on("a0");
    let mut following = Following::begin(folder, &["-i", "b0", "--format", "csv", "--fail-on", "never"]);
    following.wait_for("time,elapsed_s,capture");
    replay(frames, &sender);
    thread::sleep(Duration::from_millis(300));
    following.send(Signal::SIGINT);
    following.finish()
}

#[test]
fn a_wire_in_real_time_gives_what_a_recording_of_it_gives() {
    const NAME: &str = "a_wire_in_real_time_gives_what_a_recording_of_it_gives";
    if env::var_os(RECORDING).is_some() {
        return namespace::within("-Urn", module_path!(), NAME, || {
            let recording = PathBuf::from(env::var_os(RECORDING).unwrap());
            let name = recording.parent().and_then(Path::file_name).unwrap().to_string_lossy();
            let folder = scratch(&format!("a_wire_{name}"));
            let ran = followed(&Stored::all(&recording), &folder);
            assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{recording:?}");
            let whole = sagap(&folder, &["export", recording.to_str().unwrap()]);
            assert_eq!(comparable(&ran.stdout), comparable(&whole.stdout), "{recording:?}\n{}", ran.stdout);
        });
    }
    let Some(lab) = lab() else { return };
    let runs: Vec<_> = lab
        .into_iter()
        .map(|(name, path)| {
            let run = move || namespace::again(module_path!(), NAME, &[(RECORDING, path.as_os_str())]);
            (name, thread::spawn(run))
        })
        .collect();
    let faults: Vec<String> = runs
        .into_iter()
        .filter_map(|(name, run)| {
            run.join().expect("it says what went wrong").err().map(|why| format!("{name}: {why}"))
        })
        .collect();
    assert!(faults.is_empty(), "{} recordings:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn a_missing_negotiation_is_told_within_a_second_on_a_silent_wire() {
    const NAME: &str = "a_missing_negotiation_is_told_within_a_second_on_a_silent_wire";
    namespace::within("-Urn", module_path!(), NAME, || {
        let frames = Stored::all(&recordings().join("hsrp_v1_ikev2_no_negotiation.pcapng"));
        let failover = frames[129].nanos;
        // All that matters of it, three seconds of what came before and after.
        let matters =
            |frame: &&Stored| (frame.nanos - failover).abs() < 3_000_000_000 || is_early(frame, &frames);
        let frames: Vec<Stored> = squeezed(frames.iter().filter(matters), failover);
        let rest = frames.last().unwrap().nanos - failover;
        pair("a0", "b0");
        let sender = Sender::on("a0");
        let arguments = ["-i", "b0", "--format", "csv", "--window", "5s", "--min-observation", "2s"];
        let mut following = Following::begin(&scratch(NAME), &arguments);
        following.wait_for("time,elapsed_s,capture");
        replay(&frames, &sender);
        let silent = now();
        let (when, line) = following.wait_for(",verdict,");
        assert!(line.contains("no-negotiation"), "{line}");
        let rest = Duration::from_nanos(rest.unsigned_abs());
        let took = when - silent + rest;
        let (window, early) = (Duration::from_secs(5), Duration::from_millis(100));
        assert!(took + early >= window, "{took:?} is too early");
        assert!(took < window + Duration::from_secs(1), "{took:?} is too late");
        following.send(Signal::SIGINT);
        following.finish();
    });
}

/// Whether a frame shows that there was a tunnel.
fn is_early(frame: &Stored, frames: &[Stored]) -> bool {
    frame.nanos < frames[90].nanos
}

/// The frames with all longer pauses before the failover made short.
fn squeezed<'a>(frames: impl Iterator<Item = &'a Stored>, failover: i64) -> Vec<Stored> {
    let (mut out, mut cut, mut last): (Vec<Stored>, i64, Option<i64>) = (Vec::new(), 0, None);
    for frame in frames {
        let pause = last.map_or(0, |last| frame.nanos - last);
        if frame.nanos < failover - 3_000_000_000 {
            cut += (pause - 5_000_000).max(0);
        }
        last = Some(frame.nanos);
        out.push(Stored { nanos: frame.nanos - cut, ..frame.clone() });
    }
    // What was cut moves all that is before it.
    let shift = cut;
    out.into_iter().map(|frame| Stored { nanos: frame.nanos + shift, ..frame }).collect()
}

#[test]
fn an_interface_that_goes_and_comes_back_is_followed() {
    const NAME: &str = "an_interface_that_goes_and_comes_back_is_followed";
    namespace::within("-Urn", module_path!(), NAME, || {
        let frames = Stored::all(&recordings().join("hsrp_v1_ikev2_no_negotiation.pcapng"));
        pair("a0", "b0");
        let mut following = Following::begin(&scratch(NAME), &["-i", "b0", "--format", "csv"]);
        following.wait_for("time,elapsed_s,capture");
        frames.iter().take(30).for_each(|frame| Sender::on("a0").send(&frame.bytes));
        following.wait_for(",group-seen,");
        ip("link set b0 down");
        following.wait_for("is down or gone");
        ip("link set b0 up");
        following.wait_for("is up again");
        ip("link del b0");
        following.wait_for("is down or gone");
        pair("a0", "b0");
        following.wait_for("is up again");
        frames.iter().skip(56).take(20).for_each(|frame| Sender::on("a0").send(&frame.bytes));
        following.wait_for(",negotiation-started,");
        following.send(Signal::SIGTERM);
        let ran = following.finish();
        insta::assert_snapshot!(ran.stderr, @"
    warning: b0: is down or gone; waiting for it to come back
    warning: b0: is up again
    warning: b0: is down or gone; waiting for it to come back
    warning: b0: is up again
    ");
    });
}

#[test]
fn an_interface_that_cannot_be_captured_on_is_named_with_what_to_do() {
    const NAME: &str = "an_interface_that_cannot_be_captured_on_is_named_with_what_to_do";
    namespace::within("-Urn", module_path!(), NAME, || {
        pair("a0", "b0");
        ip("link set b0 down");
        let folder = scratch(NAME);
        let cases = [
            sagap(&folder, &["follow", "-i", "b1"]),
            sagap(&folder, &["follow", "-i", "b0"]),
            sagap(&folder, &["follow", "-i", "a0", "-i", "a0"]),
            sagap(&folder, &["follow", "-i", "a0", "x.pcap"]),
            sagap(&folder, &["follow", "-i", "a0", "--user", "no-such-user"]),
        ];
        let told: Vec<String> = cases.iter().map(Ran::ending).collect();
        insta::assert_snapshot!(told.join("\n"));
    });
}

#[test]
fn frames_that_the_kernel_drops_are_told_and_reported() {
    const NAME: &str = "frames_that_the_kernel_drops_are_told_and_reported";
    namespace::within("-Urn", module_path!(), NAME, || {
        let frames = Stored::all(&recordings().join("hsrp_v1_ikev2_no_negotiation.pcapng"));
        pair("a0", "b0");
        let sender = Sender::on("a0");
        let arguments = ["-i", "b0", "--ring", "1MiB", "--metrics", "0", "--fail-on", "never"];
        let mut following = Following::begin(&scratch(NAME), &arguments);
        // It is told when the interface is open.
        following.wait_for("metrics: ");
        frames.iter().take(20).for_each(|frame| sender.send(&frame.bytes));
        following.wait_for("group-seen");
        following.send(Signal::SIGSTOP);
        // More than the ring holds.
        for _ in 0..20_000 {
            sender.send(&frames[2].bytes);
        }
        following.send(Signal::SIGCONT);
        following.wait_for("frames were dropped");
        following.send(Signal::SIGINT);
        let ran = following.finish();
        let warnings: Vec<&str> = ran.stderr.lines().skip(1).collect();
        let [warning] = warnings[..] else { panic!("{warnings:?}") };
        assert!(warning.starts_with("warning: b0: ") && warning.contains("a larger --ring"), "{warning}");
        assert!(ran.stdout.contains("frames-missing"), "{}", ran.stdout);
    });
}

#[test]
fn privileges_are_given_up_once_the_interface_is_open() {
    const NAME: &str = "privileges_are_given_up_once_the_interface_is_open";
    namespace::within("-Urn", module_path!(), NAME, || {
        pair("a0", "b0");
        let mut following = Following::begin(&scratch(NAME), &["-i", "b0", "--format", "csv"]);
        following.wait_for("time,elapsed_s,capture");
        let tasks = std::fs::read_dir(format!("/proc/{}/task", following.child.id())).unwrap();
        let mut threads = 0;
        for task in tasks.flatten() {
            let status = std::fs::read_to_string(task.path().join("status")).unwrap();
            let value = |name: &str| {
                let line = status.lines().find(|line| line.starts_with(name)).unwrap();
                line.split_whitespace().last().unwrap().to_owned()
            };
            for set in ["CapInh:", "CapPrm:", "CapEff:", "CapAmb:"] {
                assert_eq!(value(set), "0000000000000000", "{set} {status}");
            }
            assert_eq!(value("NoNewPrivs:"), "1");
            threads += 1;
        }
        assert!(threads >= 1);
        following.send(Signal::SIGINT);
        assert_eq!(following.finish().code, 0);
    });
}

/// Which recording a run in a namespace of its own is about.
const RECORDING: &str = "SAGAP_RECORDING";
