//! The JSON report.

use sagap::report::to_json;

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
