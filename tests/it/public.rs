//! What is found of gateways in captures of real routers: reviewed as a whole.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

use crate::common::sagap::sagap;
use crate::common::{files_below, shared};

/// Long stretches in which two routers claim the role are one split brain each, and no failovers to and fro; a router
/// that takes over again and again in a test of VRRP is as many failovers.
#[test]
fn gateways_of_real_captures_are_told_as_they_were() {
    let Some(folder) = shared("captures/public") else { return };
    let mut told = String::new();
    for path in files_below(&folder) {
        let name = path.strip_prefix(&folder).expect("it was found there").display().to_string();
        let ran = sagap(&folder, &["analyze", "--format", "json", &name]);
        let report = if ran.code == 2 { continue } else { ran.json() };
        if !list(&report["groups"]).is_empty() {
            writeln!(told, "{name}").expect("memory can be written to");
            tell(&report, &mut told);
        }
    }
    insta::assert_snapshot!(told);
}

/// None of these captures shows a tunnel that a failover broke: whatever is found of one is wrong.
#[test]
fn no_tunnel_of_other_captures_is_found_to_have_failed() {
    let Some(captures) = shared("captures") else { return };
    for folder in ["public", "encap", "negative"].map(|name| captures.join(name)) {
        for path in files_below(&folder) {
            let name = path.strip_prefix(&folder).expect("it was found there").display().to_string();
            let ran = sagap(&folder, &["analyze", "--format", "json", &name]);
            let report = if ran.code == 2 { continue } else { ran.json() };
            let of_tunnel =
                |finding: &&Value| finding["subject"].as_str().is_some_and(|it| it.contains("<>"));
            let found: Vec<&Value> = list(&report["findings"]).iter().filter(of_tunnel).collect();
            assert!(found.is_empty(), "{name}: {found:#?}");
        }
    }
}

/// The groups with their failovers by cause, and the findings.
fn tell(report: &Value, told: &mut String) {
    for group in list(&report["groups"]) {
        let name = text(&group["group"]);
        let routers: Vec<&str> =
            list(&group["routers"]).iter().map(|router| text(&router["address"])).collect();
        let mut causes: BTreeMap<&str, u32> = BTreeMap::new();
        // Groups of one name differ in their routers.
        let is_of_group =
            |failover: &&Value| text(&failover["group"]) == name && routers.contains(&text(&failover["to"]));
        for failover in list(&report["failovers"]).iter().filter(is_of_group) {
            *causes.entry(text(&failover["cause"])).or_default() += 1;
        }
        let causes: Vec<String> = causes.iter().map(|(cause, count)| format!("{count} {cause}")).collect();
        let causes = if causes.is_empty() { "no failover".to_owned() } else { causes.join(", ") };
        writeln!(told, "    {name}: {}; {causes}", routers.join(" ")).expect("memory can be written to");
    }
    for finding in list(&report["findings"]) {
        let (rule, summary) = (text(&finding["rule"]), text(&finding["summary"]));
        writeln!(told, "    {rule}: {summary}").expect("memory can be written to");
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}
