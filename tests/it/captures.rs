//! `captures/`: its two tables speak of the same files, and every file gives what its row says.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::common::sagap::{recordings as folder, sagap};

/// Bytes of all recordings together, so that a clone stays small.
const LIMIT: u64 = 1_500_000;
const COLUMNS: &[&str] = &[
    "file",
    "failovers",
    "times",
    "frames",
    "from",
    "to",
    "verdicts",
    "tunnel_findings",
    "capture_findings",
];

#[test]
fn every_capture_has_its_row_and_every_row_its_capture() {
    let files: BTreeSet<String> = recordings().iter().map(|path| name_of(path)).collect();
    let rows: BTreeSet<String> = rows().into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(rows, files, "captures/expected.tsv");

    let readme = fs::read_to_string(folder().join("README.md")).expect("captures/README.md is there");
    let told: BTreeSet<String> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .map(str::to_owned)
        .collect();
    assert!(told.is_superset(&files), "captures/README.md lacks {:?}", files.difference(&told));
}

#[test]
fn every_row_is_complete() {
    for row in rows() {
        let failovers: usize = row[1].parse().expect("a number of failovers");
        for column in 2..=6 {
            let values = if row[column] == "-" { 0 } else { row[column].split(';').count() };
            assert_eq!(values, failovers, "{}: {}", row[0], COLUMNS[column]);
        }
    }
}

#[test]
fn the_captures_are_small() {
    let bytes: u64 = recordings().iter().map(|path| fs::metadata(path).expect("a readable file").len()).sum();
    assert!(bytes < LIMIT, "{bytes} bytes");
}

#[test]
fn every_capture_gives_what_its_row_says() {
    for row in rows() {
        let ran = sagap(&folder(), &["analyze", "--format", "json", &row[0]]);
        let report = ran.json();
        let failovers = list(&report["failovers"]);
        let each = |key: &str| -> String {
            let values: Vec<&str> = failovers.iter().map(|failover| text(&failover[key])).collect();
            if values.is_empty() { "-".to_owned() } else { values.join(";") }
        };
        let frames: Vec<String> = failovers.iter().map(|failover| failover["frame"].to_string()).collect();
        let frames = if frames.is_empty() { "-".to_owned() } else { frames.join(";") };
        let found = [
            row[0].clone(),
            failovers.len().to_string(),
            each("time"),
            frames,
            each("from"),
            each("to"),
            each("verdict"),
        ];
        assert_eq!(row[..found.len()], found, "{}", row[0]);
        check_findings(&row, &report);
        let sick = row[7] != "-";
        assert_eq!(ran.ending(), format!("exit code {}\n", u8::from(sick)), "{}", row[0]);
    }
}

/// The findings are those of the row: all of them, and none at `warning` or above beside them.
fn check_findings(row: &[String], report: &Value) {
    let expected = |column: usize| row[column].split(';').filter(|rule| *rule != "-");
    let found: BTreeSet<&str> =
        list(&report["findings"]).iter().map(|finding| text(&finding["rule"])).collect();
    for rule in expected(7).chain(expected(8)) {
        assert!(found.contains(rule), "{}: {rule} is not among {found:?}", row[0]);
    }
    for finding in list(&report["findings"]) {
        let rule = text(&finding["rule"]);
        assert!(!list(&finding["frames"]).is_empty(), "{}: {rule} cites no frame", row[0]);
        let weighs = text(&finding["severity"]) != "info";
        assert!(!weighs || expected(7).any(|expected| expected == rule), "{}: {rule}", row[0]);
    }
}

#[test]
fn the_seed_case_reads_well() {
    insta::assert_snapshot!(report("hsrp_v1_ikev2_no_negotiation.pcapng"));
    insta::assert_snapshot!("the_seed_case_as_timeline", timeline("hsrp_v1_ikev2_no_negotiation.pcapng"));
}

#[test]
fn a_recovery_reads_well() {
    insta::assert_snapshot!(report("hsrp_v1_ikev2_recovered.pcapng"));
    insta::assert_snapshot!("a_recovery_as_timeline", timeline("hsrp_v1_ikev2_recovered.pcapng"));
}

#[test]
fn a_failover_without_ipsec_reads_well() {
    insta::assert_snapshot!(report("hsrp_v1_idle.pcapng"));
    insta::assert_snapshot!("a_failover_without_ipsec_as_timeline", timeline("hsrp_v1_idle.pcapng"));
}

#[test]
fn other_gateways_read_well() {
    insta::assert_snapshot!("vrrp_reads_well", report("vrrp_v3_ikev1_no_negotiation.pcapng"));
    insta::assert_snapshot!("glbp_reads_well", report("glbp_ikev2_no_negotiation.pcapng"));
    insta::assert_snapshot!("a_split_brain_reads_well", report("hsrp_v1_ikev2_split_brain.pcapng"));
}

#[test]
fn a_change_of_settings_that_stops_a_tunnel_reads_well() {
    insta::assert_snapshot!(report("hsrp_v1_ikev2_config_change.pcapng"));
}

fn report(file: &str) -> String {
    sagap(&folder(), &["analyze", file]).stdout
}

fn timeline(file: &str) -> String {
    sagap(&folder(), &["export", file]).stdout
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// The rows of `expected.tsv`, one cell a column.
fn rows() -> Vec<Vec<String>> {
    let table = fs::read_to_string(folder().join("expected.tsv")).expect("captures/expected.tsv is there");
    let mut lines = table.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
    assert_eq!(lines.next().expect("a header line"), COLUMNS);
    let rows: Vec<_> = lines.collect();
    for row in &rows {
        assert_eq!(row.len(), COLUMNS.len(), "{row:?}");
    }
    rows
}

fn recordings() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).expect("captures/ is there");
    let paths = entries.map(|entry| entry.expect("captures/ is readable").path());
    paths
        .filter(|path| {
            path.extension().is_some_and(|extension| extension.to_string_lossy().starts_with("pcap"))
        })
        .collect()
}

fn name_of(path: &Path) -> String {
    path.file_name().expect("a file has a name").to_string_lossy().into_owned()
}
