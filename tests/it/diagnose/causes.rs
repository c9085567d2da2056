//! What stands beside each other is often one fault and what follows from it.

use serde_json::Value;

use crate::common::sagap::{recordings, sagap};
use crate::common::shared;

/// The rules of the findings on a recording, each with that of the one it follows from.
fn chain(report: &Value) -> Vec<(String, Option<String>)> {
    let findings = report["findings"].as_array().expect("a list");
    let rule = |finding: &Value| finding["rule"].as_str().expect("a name").to_owned();
    let cause = |finding: &Value| {
        let place = usize::try_from(finding["follows_from"].as_u64()?).expect("a place");
        Some(rule(&findings[place]))
    };
    findings
        .iter()
        .map(|finding| (rule(finding), cause(finding)))
        .filter(|(_, cause)| cause.is_some())
        .collect()
}

fn told(recording: &str) -> Vec<(String, Option<String>)> {
    chain(&sagap(&recordings(), &["analyze", "--format", "json", recording]).json())
}

fn follows(effect: &str, cause: &str) -> (String, Option<String>) {
    (effect.to_owned(), Some(cause.to_owned()))
}

#[test]
fn a_refusal_follows_from_the_address_that_was_asked_from() {
    let expected = [follows("negotiation-rejected", "endpoint-left-virtual-address")];
    assert_eq!(told("hsrp_v1_ikev2_endpoint_left.pcapng"), expected);
    let text = sagap(&recordings(), &["analyze", "hsrp_v1_ikev2_endpoint_left.pcapng"]).stdout;
    assert!(text.contains("Most likely it follows from finding 2."), "{text}");
    assert!(text.contains("Do first: on 192.0.2.3: apply the crypto map again"), "{text}");
}

#[test]
fn failures_with_one_router_follow_from_it() {
    let each = follows("failover-without-negotiation", "router-never-carries-tunnel");
    assert_eq!(told("hsrp_v1_ikev2_never_carries.pcapng"), [each.clone(), each]);
}

#[test]
fn what_a_split_brain_does_to_tunnels_follows_from_it() {
    let expected = [follows("esp-one-way", "gateway-split-brain")];
    assert_eq!(told("hsrp_v1_ikev2_split_brain.pcapng"), expected);
}

#[test]
fn a_failure_alone_follows_from_nothing() {
    assert_eq!(told("hsrp_v1_ikev2_no_negotiation.pcapng"), []);
}

#[test]
fn no_negotiation_follows_from_groups_that_parted() {
    let Some(lab) = shared("captures/lab/x-split-outside-only") else { return };
    let report = sagap(&lab, &["analyze", "--format", "json", "outside.pcapng", "inside.pcap"]).json();
    let expected = follows("failover-without-negotiation", "inside-outside-split");
    assert!(chain(&report).contains(&expected), "{:?}", chain(&report));
}

#[test]
fn proposals_that_differ_are_told() {
    let report =
        sagap(&recordings(), &["analyze", "--format", "json", "hsrp_v1_ikev2_rejected_no_proposal.pcapng"]);
    let meaning = report.json()["findings"][0]["meaning"].as_str().expect("a text").to_owned();
    insta::assert_snapshot!(meaning, @"192.0.2.3 offers AES-CBC-256/SHA2-384-192/PRF-SHA2-384/MODP3072, and 198.51.100.9 wants none of that. Before the failover it accepted AES-CBC-128/SHA2-256-128/PRF-SHA2-256/MODP2048 from 192.0.2.2: the routers do not have the same IKE proposal.");
}
