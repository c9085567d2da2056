//! Compressed captures at the command line: from files, pipes and directories, and those made to do harm.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::common::compress::{ALL, compress, xz_with, zstd_with_runs};
use crate::common::craft::{Order, Pcap};
use crate::common::sagap::{Ran, binary, recordings, sagap, sagap_reading};
use crate::common::scratch;

const SEED: &str = "hsrp_v1_ikev2_no_negotiation.pcapng";

#[test]
fn a_compressed_capture_gives_the_report_of_the_plain_one() {
    let folder = scratch("a_compressed_capture_gives_the_report");
    let bytes = fs::read(recordings().join(SEED)).unwrap();
    let plain = sagap(&recordings(), &["analyze", SEED]);
    for compression in ALL {
        let compressed = compress(compression, &bytes);
        fs::write(folder.join(SEED), &compressed).unwrap();
        let file = sagap(&folder, &["analyze", SEED]);
        let format = format!("(pcapng in {compression})");
        assert_eq!(file, Ran { stdout: plain.stdout.replace("(pcapng)", &format), ..plain.clone() });
        let pipe = sagap_reading(&folder, &["analyze", "-"], compressed);
        assert_eq!(pipe, Ran { stdout: file.stdout.replace(SEED, "-"), ..file });
    }
}

#[test]
fn pieces_may_each_be_compressed_in_their_own_way() {
    let folder = scratch("pieces_may_each_be_compressed");
    let piece = |from: u32| {
        let hours = Pcap::new(Order::Little).record(from, 0, &[1; 60]).record(from + 9, 0, &[1; 60]);
        hours.bytes
    };
    for (i, compression) in (0..).zip(ALL) {
        fs::write(folder.join(format!("ring_{i}")), compress(compression, &piece(1_000 + i * 10))).unwrap();
    }
    let report = sagap(&folder, &["analyze", "--format", "json", "."]).json();
    let captures = report["captures"].as_array().unwrap();
    let compressions: Vec<_> = captures.iter().map(|capture| capture["compression"].as_str()).collect();
    assert_eq!(compressions, ALL.map(Some));
    assert!(captures.iter().all(|capture| capture["frames"] == 2 && capture["format"] == "pcap"));
}

#[test]
fn a_capture_that_is_cut_off_or_bounded_is_told_beside_its_verdict() {
    let folder = scratch("a_capture_that_is_cut_off_or_bounded");
    let bytes = fs::read(recordings().join(SEED)).unwrap();
    let compressed = compress("gzip", &bytes);
    fs::write(folder.join("cut.gz"), &compressed[..compressed.len() - 100]).unwrap();
    let cut = sagap(&folder, &["analyze", "--format", "json", "cut.gz"]);
    assert_eq!(cut.json()["failovers"][0]["verdict"], "no-negotiation");
    assert_eq!((cut.code, cut.stderr.as_str()), (1, ""));
    let damage = cut.json()["captures"][0]["damage"].to_string();
    assert!(damage.contains("data end early, at byte"), "{damage}");
    fs::write(folder.join("whole.gz"), compressed).unwrap();
    let bounded = sagap(&folder, &["export", "--max-decompressed", "20KiB", "whole.gz"]);
    assert_eq!(bounded.code, 0);
    let stopped = "decompression stopped at byte ";
    let warnings = bounded.stderr.lines().filter(|line| line.starts_with("warning: whole.gz: ")).count();
    assert!(warnings == 2 && bounded.stderr.contains(stopped), "{}", bounded.stderr);
    assert!(bounded.stderr.contains("after 20KiB (--max-decompressed)"), "{}", bounded.stderr);
}

/// Small files that hold hundreds of megabytes, and ask for as much memory as they may.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let pcap = Pcap::new(Order::Little).record(1_000, 0, &[1; 60]).bytes;
    let zeros = vec![0; 2 << 20];
    let behind = |compression: &str, rest: Vec<u8>| [compress(compression, &pcap), rest.repeat(256)].concat();
    vec![
        ("gzip", behind("gzip", compress("gzip", &zeros))),
        ("zstd", behind("zstd", zstd_with_runs(26, &[], 1_024))),
        ("lz4", behind("lz4", compress("lz4", &zeros))),
        ("xz", behind("xz", xz_with(28, &[&zeros]))),
    ]
}

#[test]
fn bombs_stop_at_the_bound_in_little_memory_and_time() {
    let folder = scratch("bombs_stop_at_the_bound");
    for (compression, bomb) in bombs() {
        assert!(bomb.len() < 4_000_000, "{compression}: {}", bomb.len());
        fs::write(folder.join("bomb"), bomb).unwrap();
        let report = within(&folder, "analyze --format json --max-decompressed 8MiB bomb");
        let damage = report["captures"][0]["damage"].to_string();
        assert!(damage.contains("after 8MiB (--max-decompressed)"), "{compression}: {damage}");
        assert_eq!(report["captures"][0]["frames"], 1, "{compression}");
    }
}

/// The report of a run that may take only so much memory and time.
fn within(folder: &Path, arguments: &str) -> serde_json::Value {
    #[expect(clippy::disallowed_methods, reason = "how long a run takes is told by this machine's clock")]
    let now = Instant::now;
    let begun = now();
    let limited = format!("ulimit -v {MEMORY_KIB} && exec {} {arguments}", binary().display());
    let output = Command::new("sh").arg("-c").arg(limited).current_dir(folder).output().unwrap();
    let took = now().duration_since(begun);
    assert!(output.status.success() && took < TIME, "{arguments} took {took:?}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Most memory, with what the program itself and the system's libraries take.
const MEMORY_KIB: u64 = 128 * 1024;

const TIME: Duration = Duration::from_secs(20);
