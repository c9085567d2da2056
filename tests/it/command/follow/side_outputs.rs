//! What goes elsewhere than to standard output, in a run as it is.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use nix::sys::signal::Signal;
use sagap::capture::{CaptureFile, Source};
use serde_json::Value;

use crate::common::clock::now;
use crate::common::sagap::{recordings, sagap};
use crate::common::scratch;

use super::Following;

const SEED: &str = "hsrp_v1_ikev2_no_negotiation.pcapng";

/// Follows all frames of a copy of the seed case in `folder`, with these arguments.
fn followed(folder: &Path, arguments: &[&str]) -> crate::common::sagap::Ran {
    fs::copy(recordings().join(SEED), folder.join(SEED)).unwrap();
    let frames = crate::common::stored::Stored::all(&folder.join(SEED)).len().to_string();
    sagap(folder, &[&["follow", "--frames", &frames], arguments, &[SEED]].concat())
}

#[test]
fn every_finding_is_handed_to_the_command_and_its_frames_are_saved() {
    let folder = scratch("every_finding_is_handed");
    let ran = followed(&folder, &["--on-finding", "cat >> found.ndjson", "--save-evidence", "evidence"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let told = fs::read_to_string(folder.join("found.ndjson")).unwrap();
    let told: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let report = sagap(&folder, &["analyze", "--format", "json", SEED]).json();
    let rules = |findings: &[Value]| {
        let mut rules: Vec<String> =
            findings.iter().map(|finding| format!("{} {}", finding["rule"], finding["subject"])).collect();
        rules.sort();
        rules
    };
    assert_eq!(rules(&told), rules(report["findings"].as_array().unwrap()));
    let mut files: Vec<String> = fs::read_dir(folder.join("evidence"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    insta::assert_snapshot!(files.join("\n"), @"
    2026-11-23T044752Z_default-authentication_hsrp-10.pcapng
    2026-11-23T044755Z_capture-ends-early_192.0.2.1-198.51.100.9.pcapng
    2026-11-23T044755Z_failover-without-negotiation_192.0.2.1-198.51.100.9.pcapng
    2026-11-23T044755Z_no-standby_hsrp-10.pcapng
    2026-11-23T044755Z_one-sided-capture_hsrp-10.pcapng
    ");
    let saved = folder.join("evidence").join(&files[files.len() - 1]);
    let (mut file, mut frames) = (CaptureFile::open(&saved).unwrap(), 0);
    while file.next_frame().unwrap().is_some() {
        frames += 1;
    }
    assert!(frames > 100, "{saved:?}: {frames}");
}

#[test]
fn a_command_that_hangs_keeps_nobody_waiting() {
    let folder = scratch("a_command_that_hangs");
    let began = now();
    let ran = followed(&folder, &["--on-finding", "sleep 1000", "--fail-on", "never"]);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!(ran.code, 0);
    insta::assert_snapshot!(ran.stderr, @"
    warning: --on-finding: the command was killed at the end
    warning: --on-finding: 4 findings were not handed on before the end
    ");
}

#[test]
fn a_command_that_fails_is_told() {
    let folder = scratch("a_command_that_fails");
    let ran = followed(&folder, &["--on-finding", "exit 3", "--fail-on", "never"]);
    assert_eq!(ran.code, 0);
    // What happens several times between two looks is told as one.
    let told = ran.stderr.lines().map(|line| {
        let times = line.strip_prefix("warning: --on-finding: the command ended with exit code 3").unwrap();
        times.trim_matches([' ', '(', ')']).strip_suffix(" times").map_or(1, |times| times.parse().unwrap())
    });
    assert_eq!(told.sum::<u32>(), 5, "{}", ran.stderr);
}

#[test]
fn events_go_to_a_file_which_a_log_rotator_may_move() {
    let folder = scratch("events_go_to_a_file");
    let bytes = fs::read(recordings().join(SEED)).unwrap();
    let (early, late) = bytes.split_at(bytes.len() / 3);
    let arguments = ["--format", "csv", "--output", "t.csv", "--fail-on", "never", "-"];
    let mut following = Following::begin(&folder, &arguments);
    following.write(early);
    following.wait_for(",became-active,");
    fs::rename(folder.join("t.csv"), folder.join("t.csv.1")).unwrap();
    following.send(Signal::SIGHUP);
    let deadline = now() + Duration::from_secs(10);
    while !folder.join("t.csv").exists() {
        assert!(now() < deadline, "it is not opened again");
        std::thread::sleep(Duration::from_millis(5));
    }
    following.write(late);
    let ran = following.finish();
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let [old, new] = ["t.csv.1", "t.csv"].map(|name| fs::read_to_string(folder.join(name)).unwrap());
    let (header, rows) = new.split_once('\n').unwrap();
    assert!(old.starts_with(header));
    assert_eq!(format!("{old}{rows}"), ran.stdout);
}

#[test]
fn a_full_disk_is_told_once_and_ends_nothing() {
    if !Path::new("/dev/full").exists() {
        return crate::common::skipped("a_full_disk_is_told_once_and_ends_nothing: /dev/full is absent");
    }
    let folder = scratch("a_full_disk");
    let ran = followed(&folder, &["--format", "csv", "--output", "/dev/full", "--fail-on", "never"]);
    assert_eq!(ran.code, 0);
    assert_eq!(ran.stdout, sagap(&folder, &["export", SEED]).stdout);
    insta::assert_snapshot!(ran.stderr, @"
    warning: /dev/full: cannot be written: no space left on device; rows are dropped until it can again
    warning: /dev/full: 23 rows were not written before the end
    ");
}

#[test]
fn what_cannot_be_opened_is_named_before_anything_is_followed() {
    let folder = scratch("what_cannot_be_opened");
    let made = std::process::Command::new("mkfifo").arg(folder.join("pipe")).status();
    assert!(made.expect("mkfifo is there").success());
    let cases = [
        followed(&folder, &["--output", "absent/t.csv"]),
        followed(&folder, &["--output", SEED]),
        sagap(&folder, &["follow", "--output", SEED, "hsrp*.pcapng"]),
        sagap(&folder, &["follow", "--output", "pipe", SEED]),
        followed(&folder, &["--save-evidence", SEED]),
        sagap(&folder, &["follow", "--save-evidence", ".", "."]),
        sagap(&folder, &["follow", "--save-evidence", "../what_cannot_be_opened", "*.pcap"]),
        followed(&folder, &["--metrics", "192.0.2.77:9184"]),
        followed(&folder, &["--metrics", "nonsense"]),
    ];
    let told: Vec<String> = cases.iter().map(crate::common::sagap::Ran::ending).collect();
    insta::assert_snapshot!(told.join("\n"));
    assert!(sagap(&folder, &["analyze", SEED]).code == 1, "the capture is still there");
}

#[test]
fn evidence_that_cannot_be_saved_is_told_and_ends_nothing() {
    let folder = scratch("evidence_that_cannot_be_saved");
    let arguments = ["--save-evidence", "taken", "--format", "csv", "--fail-on", "never", "-"];
    let mut following = Following::begin(&folder, &arguments);
    following.wait_for("time,elapsed_s,capture");
    fs::remove_dir(folder.join("taken")).unwrap();
    fs::write(folder.join("taken"), "no directory any more").unwrap();
    following.write(&fs::read(recordings().join(SEED)).unwrap());
    let ran = following.finish();
    assert_eq!(ran.code, 0);
    let mut lines: Vec<&str> = ran.stderr.lines().collect();
    lines.sort_unstable();
    insta::assert_snapshot!(lines.join("\n"), @"
    warning: evidence of capture-ends-early cannot be saved: file exists
    warning: evidence of default-authentication cannot be saved: file exists
    warning: evidence of failover-without-negotiation cannot be saved: file exists
    warning: evidence of no-standby cannot be saved: file exists
    warning: evidence of one-sided-capture cannot be saved: file exists
    ");
}

#[test]
fn metrics_can_be_fetched_meanwhile() {
    let folder = scratch("metrics_can_be_fetched");
    let mut following = Following::begin(&folder, &["--metrics", "0", "--format", "csv", "-"]);
    let (_, line) = following.wait_for("metrics: http://");
    let address = line.trim_start_matches("metrics: http://").trim_end_matches("/metrics").to_owned();
    following.write(&fs::read(recordings().join(SEED)).unwrap());
    following.wait_for(",failover,");
    let deadline = now() + Duration::from_secs(10);
    let metrics = loop {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        if answer.contains("sagap_gateway_failovers_total{group=\"hsrp/10\"} 1") {
            break answer;
        }
        assert!(now() < deadline, "{answer}");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(metrics.starts_with("HTTP/1.0 200 ") || metrics.starts_with("HTTP/1.1 200 "), "{metrics}");
    for line in [
        "sagap_frames_total{capture=\"-\"} ",
        "sagap_gateway_active{group=\"hsrp/10\",router=\"192.0.2.3\"} 1",
        "sagap_tunnel_up{tunnel=\"192.0.2.1<>198.51.100.9\"} 0",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    assert_eq!(following.finish().code, 1);
}
