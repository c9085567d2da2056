//! Findings while they happen: they are told when they are new, when they grow graver, and when they were none.

use std::fs;

use serde_json::Value;

use crate::common::sagap::recordings;
use crate::common::scratch;
use crate::common::stored::{Stored, write};

use super::Following;

/// A recording as a pcap, cut behind the frame with this number.
fn cut(recording: &str, frame: usize) -> (Vec<u8>, Vec<u8>) {
    let frames = Stored::all(&recordings().join(recording));
    let early = write(frames[..frame].iter().cloned());
    let late = write(frames)[early.len()..].to_vec();
    (early, late)
}

/// The states of a rule's findings that a command was told.
fn states(file: &std::path::Path, rule: &str) -> Vec<String> {
    let told = fs::read_to_string(file).unwrap();
    let told = told.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    told.filter(|finding| finding["rule"] == rule)
        .map(|finding| format!("{} {}", finding["state"], finding["severity"]).replace('"', ""))
        .collect()
}

#[test]
fn a_finding_that_grows_graver_is_told_again() {
    let folder = scratch("a_finding_that_grows_graver");
    let (early, late) = cut("hsrp_v1_ikev2_split_brain.pcapng", 230);
    let mut following = Following::begin(&folder, &["--on-finding", "cat >> told.ndjson", "-"]);
    following.write(&early);
    let (_, line) = following.wait_for("gateway-split-brain");
    assert!(line.contains("finding: info"), "{line}");
    following.write(&late);
    let (_, line) = following.wait_for("gateway-split-brain");
    assert!(line.contains("finding: critical"), "{line}");
    following.finish();
    let states = states(&folder.join("told.ndjson"), "gateway-split-brain");
    assert_eq!(states, ["new info", "raised critical"]);
}

#[test]
fn a_finding_that_was_none_is_withdrawn() {
    let folder = scratch("a_finding_that_was_none");
    // The failover, and no more: the writer holds the rest back.
    let recording = "hsrp_v1_ikev2_recovered.pcapng";
    let failover = 134;
    let (early, late) = cut(recording, failover);
    let arguments = ["--window", "6s", "--min-observation", "1s", "--on-finding", "cat >> told.ndjson", "-"];
    let mut following = Following::begin(&folder, &arguments);
    following.write(&early);
    let (_, line) = following.wait_for("failover-without-negotiation");
    assert!(line.contains("finding: critical"), "{line}");
    following.write(&late);
    following.wait_for("finding: withdrawn");
    let ran = following.finish();
    let states = states(&folder.join("told.ndjson"), "failover-without-negotiation");
    assert_eq!(states, ["new critical", "withdrawn critical"]);
    let verdicts: Vec<&str> = ran.stdout.lines().filter(|line| line.contains("  verdict  ")).collect();
    assert!(verdicts.len() >= 2, "{}", ran.stdout);
    assert!(verdicts[1].contains("recovered") && verdicts[1].ends_with("; revised"), "{verdicts:#?}");
}
