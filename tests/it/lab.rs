//! The recordings of the lab give the verdicts of their truth.
//!
//! `../shared/captures/README.md` says how the words of `truth.json` map to verdicts and findings.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::sagap::sagap;
use crate::common::shared;

/// What a verdict of the truth wants: the verdict here, and the finding.
fn wanted(expected: &Value) -> (Option<&'static str>, Option<&'static str>) {
    match text(&expected["verdict"]) {
        "healthy-failover" => (Some("recovered"), None),
        "failover-without-sa-negotiation" => (Some("no-negotiation"), Some("failover-without-negotiation")),
        "failover-ike-unanswered" | "failover-ike-incomplete" => {
            (Some("unanswered"), Some("negotiation-unanswered"))
        }
        "failover-ike-rejected" => (Some("rejected"), Some("negotiation-rejected")),
        "failover-child-rejected" => (Some("child-rejected"), Some("child-sa-rejected")),
        "failover-esp-not-resumed" => (Some("one-way"), Some("esp-one-way")),
        "late-recovery" => (Some("recovered-late"), Some("recovery-late")),
        "stateful-failover" => (Some("stateful"), None),
        "old-spi-after-failover" => (Some("no-negotiation"), Some("esp-on-dead-spi")),
        "replay-after-failover" => (Some("one-way"), Some("replay-after-failover")),
        // With a notify, as this one has, it is a refusal.
        "endpoint-left-virtual-address" => (Some("rejected"), Some("endpoint-left-virtual-address")),
        "router-never-carries-tunnel" => (None, Some("router-never-carries-tunnel")),
        "several-tunnels" => (None, None),
        // What the outside alone shows.
        "inside-outside-split" => (Some("no-negotiation"), Some("inside-outside-split")),
        "config-change-esp-stopped" => (None, Some("esp-stopped-after-config-change")),
        "flapping" => (Some("recovered"), Some("gateway-flapping")),
        "split-brain" => (None, Some("gateway-split-brain")),
        "no-finding" => (Some("idle"), None),
        other => panic!("{other} is not in captures/README.md"),
    }
}

#[test]
fn every_recording_gets_the_verdict_of_its_truth() {
    let Some(lab) = shared("captures/lab") else { return };
    let names = names(&lab);
    let faults: Vec<String> = names.iter().flat_map(|name| faults_of(&lab, name)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_sides_go_apart_in_one_recording_and_only_both_show_it() {
    let Some(lab) = shared("captures/lab") else { return };
    let is_split = |report: &Value| {
        list(&report["findings"]).iter().any(|finding| text(&finding["rule"]) == "inside-outside-split")
    };
    let mut split = names(&lab);
    split.retain(|name| is_split(&report_of_both(&lab, name)));
    assert_eq!(split, ["x-split-outside-only"]);
    let alone = |file: &str| is_split(&report(&lab, "x-split-outside-only", &[file]));
    assert_eq!(["outside.pcapng", "inside.pcap", "r1-outside.pcap"].map(alone), [false; 3]);
}

/// Whoever reads a recording from another place, or inside and outside together, finds traffic in clear where it left a
/// tunnel's way, and nowhere else: on the inside it is at home.
#[test]
fn traffic_in_clear_is_found_where_it_leaked_alone() {
    let Some(lab) = shared("captures/lab") else { return };
    let places: [&[&str]; 6] = [
        &["outside.pcapng"],
        &["inside.pcap"],
        &["outside.pcapng", "inside.pcap"],
        &["r1-outside.pcap"],
        &["r2-outside.pcap"],
        &["peer-wan.pcap"],
    ];
    let mut found = String::new();
    for name in names(&lab) {
        for files in places {
            for finding in list(&report(&lab, &name, files)["findings"]) {
                if finding["rule"] == "cleartext-after-failover" {
                    let (confidence, summary) = (&finding["confidence"], text(&finding["summary"]));
                    writeln!(found, "{name} {files:?} {confidence} {summary}").expect("a text grows");
                }
            }
        }
    }
    insta::assert_snapshot!(found, @r#"
    b-no-ike-cleartext-leak ["outside.pcapng"] 1.0 after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), 192.0.2.3 sent traffic in clear that a tunnel should have carried: at least 53 packets from 10.1.0.10 to 10.2.0.10 (ICMP)
    b-no-ike-cleartext-leak ["outside.pcapng", "inside.pcap"] 1.0 after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), 192.0.2.3 sent traffic in clear that a tunnel should have carried: at least 53 packets from 10.1.0.10 to 10.2.0.10 (ICMP)
    "#);
}

/// The names of all recordings.
fn names(lab: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(lab)
        .expect("the lab can be read")
        .map(|entry| entry.expect("the lab can be read").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert!(names.len() >= 42, "only {} recordings", names.len());
    names
}

/// The report on files of a recording.
fn report(lab: &Path, name: &str, files: &[&str]) -> Value {
    sagap(&lab.join(name), &[&["analyze", "--format", "json"], files].concat()).json()
}

/// The report on both sides of a recording together.
fn report_of_both(lab: &Path, name: &str) -> Value {
    report(lab, name, &["outside.pcapng", "inside.pcap"])
}

/// Where the report on a recording differs from its truth.
fn faults_of(lab: &Path, name: &str) -> Vec<String> {
    let truth = fs::read_to_string(lab.join(name).join("truth.json")).expect("every recording has its truth");
    let truth: Value = serde_json::from_str(&truth).expect("truth.json is JSON");
    let report = report(lab, name, &["outside.pcapng"]);
    let mut faults = failover_faults(&truth, &report);
    faults.extend(verdict_faults(&truth["expected"], &report));
    // The outside alone cannot show that the inside stayed.
    faults.extend(if truth["expected"]["verdict"] == "inside-outside-split" {
        finding_faults(&truth["expected"], &report_of_both(lab, name))
    } else {
        finding_faults(&truth["expected"], &report)
    });
    faults.into_iter().map(|fault| format!("{name}: {fault}")).collect()
}

/// Every failover of the truth is there within a second, and no other.
fn failover_faults(truth: &Value, report: &Value) -> Vec<String> {
    let wire: Vec<f64> = list(&truth["failovers"])
        .iter()
        .map(|failover| failover["t_wire"].as_f64().expect("a failover was on the wire"))
        .collect();
    let seen: Vec<f64> =
        list(&report["failovers"]).iter().map(|failover| seconds(text(&failover["time"]))).collect();
    let near =
        wire.len() == seen.len() && wire.iter().zip(&seen).all(|(wire, seen)| (wire - seen).abs() < 1.0);
    if near { Vec::new() } else { vec![format!("failovers at {seen:?}, on the wire at {wire:?}")] }
}

/// Every failover has its verdict, and every tunnel where there are several.
fn verdict_faults(expected: &Value, report: &Value) -> Vec<String> {
    let failovers = list(&report["failovers"]);
    let mut faults = Vec::new();
    let mut hold = |whose: String, seen: &Value, expected: &Value| {
        let (wanted, _) = wanted(expected);
        if wanted.is_some() && seen.as_str() != wanted {
            faults.push(format!("{whose} has {seen}, not {wanted:?}"));
        }
    };
    match (expected["per_failover"].as_array(), expected["tunnels"].as_array()) {
        (Some(each), _) => {
            for (place, expected) in each.iter().enumerate() {
                hold(format!("failover {place}"), &report["failovers"][place]["verdict"], expected);
            }
        }
        (None, Some(tunnels)) => {
            for expected in tunnels {
                let peer = text(&expected["peer"]);
                let judged = failovers.iter().flat_map(|failover| list(&failover["tunnels"]));
                let seen =
                    judged.into_iter().find(|tunnel| text(&tunnel["tunnel"]).ends_with(&format!("<>{peer}")));
                hold(peer.to_owned(), seen.map_or(&Value::Null, |tunnel| &tunnel["verdict"]), expected);
            }
        }
        (None, None) => {
            for (place, failover) in failovers.iter().enumerate() {
                hold(format!("failover {place}"), &failover["verdict"], expected);
            }
        }
    }
    faults
}

/// The finding that the truth wants is there; where it wants none, none is at `warning` or above.
fn finding_faults(expected: &Value, report: &Value) -> Vec<String> {
    let each: Vec<&Value> = [&expected["per_failover"], &expected["tunnels"]]
        .into_iter()
        .filter_map(Value::as_array)
        .flatten()
        .chain([expected])
        .collect();
    let wanted: Vec<&str> = each.into_iter().filter_map(|expected| wanted(expected).1).collect();
    let found = list(&report["findings"]);
    let mut faults: Vec<String> = wanted
        .iter()
        .filter(|rule| !found.iter().any(|finding| text(&finding["rule"]) == **rule))
        .map(|rule| format!("{rule} is not found"))
        .collect();
    if wanted.is_empty() {
        let heavy = found.iter().filter(|finding| text(&finding["severity"]) != "info");
        faults.extend(heavy.map(|finding| format!("{} should not be found", finding["rule"])));
    }
    let has_leak = found.iter().any(|finding| finding["rule"] == "cleartext-after-failover");
    let leaked = expected["cleartext"] == true;
    faults.extend(
        (has_leak != leaked).then(|| format!("traffic in clear is found: {has_leak}, was there: {leaked}")),
    );
    if expected["notify_in_clear"] == true {
        let notify = text(&expected["notify"]);
        let named = found.iter().any(|finding| finding.to_string().contains(notify));
        faults.extend((!named).then(|| format!("{notify} is not named")));
    }
    if let Some(stage) = expected["stage"].as_str() {
        let named = found.iter().any(|finding| text(&finding["summary"]).contains(stage));
        faults.extend((!named).then(|| format!("the stage {stage} is not named")));
    }
    faults
}

/// Seconds since 1970 of an RFC 3339 time.
fn seconds(time: &str) -> f64 {
    let time = chrono::DateTime::parse_from_rfc3339(time).expect("times are RFC 3339");
    let seconds = u32::try_from(time.timestamp()).expect("between 1970 and 2106");
    f64::from(seconds) + f64::from(time.timestamp_subsec_micros()) / 1e6
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}
