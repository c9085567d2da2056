//! The JSON report.

use sagap::report::{FindingState, finding_json, to_json};
use sagap::time::Timestamp;

use super::sample;

#[test]
fn shows_the_whole_report() {
    let text = to_json(&sample::report()).unwrap();
    assert!(text.ends_with("}\n"));
    insta::assert_snapshot!(text);
}

#[test]
fn an_empty_report_has_every_key() {
    let text = to_json(&sagap::report::Report::default()).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut keys: Vec<&String> = value.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(
        keys,
        ["captures", "failovers", "findings", "groups", "limits", "schema_version", "thresholds", "tunnels"]
    );
}

#[test]
fn text_from_outside_keeps_its_value_and_cannot_act_on_a_terminal() {
    let mut report = sample::report();
    let hostile = "a\x1b[2J\u{9b}31m\u{202e}\u{e0001}\n\"\\".to_owned();
    report.captures[0].name.clone_from(&hostile);
    let text = to_json(&report).unwrap();
    assert!(!text.contains(|c: char| c != '\n' && c.is_control() || c == '\u{202e}'), "{text}");
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["captures"][0]["name"], hostile.as_str());
    assert_eq!(value["failovers"][0]["capture"], hostile.as_str());
}

#[test]
fn a_finding_alone_is_one_line_with_what_it_has_in_the_report() {
    let mut report = sample::report();
    let hostile = "a\x1b[2J\u{202e}\nb".to_owned();
    report.findings[0].summary.clone_from(&hostile);
    let names: Vec<&str> = report.captures.iter().map(|capture| capture.name.as_str()).collect();
    let whole: serde_json::Value = serde_json::from_str(&to_json(&report).unwrap()).unwrap();
    let now = Timestamp::from_parts(1_795_409_242, 5);
    for (place, finding) in report.findings.iter().enumerate() {
        let line = finding_json((FindingState::New, finding), now, &names, None).unwrap();
        assert!(!line.contains(|c: char| c.is_control() || c == '\u{202e}'), "{line}");
        let mut alone: serde_json::Value = serde_json::from_str(&line).unwrap();
        let told = alone.as_object_mut().unwrap();
        assert_eq!(told.remove("state"), Some("new".into()));
        assert_eq!(told.remove("told_at"), Some(now.to_string().into()));
        assert_eq!(told.remove("evidence"), Some(serde_json::Value::Null));
        assert_eq!(alone, whole["findings"][place]);
    }
}
