//! Groups inside and outside of one pair of routers: which go to different routers, and which only look so.

use crate::common::scenario::{ACTIVE, COUP, Host, Hsrp, R1, R2, R3, RESIGN, STANDBY, Scenario};

use super::cases::Case;
use super::mismatches::inside;

pub(super) const CASES: &[Case] = &[Case {
    rule: "inside-outside-split",
    fires: || sides(80.0, None).rules(),
    // The inside follows within seconds.
    silent: || sides(80.0, Some(34.0)).rules(),
}];

/// Version 2 names the router's own MAC.
const INSIDE: Hsrp = Hsrp { version: 2, group: 20, address: [10, 1, 0, 1], ..ACTIVE };
const INSIDE_STANDBY: Hsrp = Hsrp { state: STANDBY.state, ..INSIDE };

/// A tunnel on the outside, whose group goes to the other router at 30 s; the inside follows at `follows`.
fn sides(end: f64, follows: Option<f64>) -> Scenario {
    let mut scenario = outside(end);
    add_inside(&mut scenario, end, follows, (inside(R1), inside(R2)));
    scenario
}

fn outside(end: f64) -> Scenario {
    let mut scenario = Scenario::new();
    scenario
        .pair(0.0, 30.0, R1, R2)
        .both(0.5, 30.0, R1, (0xa, 0xb))
        .hsrp(30.0, R1, RESIGN)
        .hellos(30.1, end, R2, ACTIVE)
        .hellos(31.0, end, R1, STANDBY);
    scenario
}

fn add_inside(scenario: &mut Scenario, end: f64, follows: Option<f64>, (one, other): (Host, Host)) {
    let until = follows.unwrap_or(end);
    scenario.on(1, None).hellos(0.2, until, one, INSIDE).hellos(0.3, until, other, INSIDE_STANDBY);
    if let Some(follows) = follows {
        scenario
            .hsrp(follows, other, Hsrp { opcode: COUP.opcode, ..INSIDE_STANDBY })
            .hellos(follows + 0.1, end, other, INSIDE)
            .hellos(follows + 0.2, end, one, INSIDE_STANDBY);
    }
}

/// What is found of the split: confidence, summary, frames and reasons.
fn told(scenario: &Scenario) -> String {
    let findings = scenario.sorted().run().findings();
    let told = findings.iter().filter(|finding| finding.rule == "inside-outside-split").map(|finding| {
        let evidence = finding.evidence.iter().map(|it| format!("\n    frame {}: {}", it.at.frame, it.note));
        let reasons = finding.reasons.iter().map(|it| format!("\n    - {it}"));
        let details: String = evidence.chain(reasons).collect();
        format!("{:.2}: {}{details}", finding.confidence, finding.summary)
    });
    told.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_group_that_goes_alone_is_told() {
    let late = sides(120.0, Some(60.0));
    insta::assert_snapshot!([told(&sides(80.0, None)), told(&late)].join("\n"), @r"
    0.90: 192.0.2.3 took over hsrp/10 (outside) alone: hsrp/20 (inside) stayed with 10.1.0.2, which is the same router as 192.0.2.2, for 48.0 s, until the capture ends
        frame 102: 192.0.2.3 is active for hsrp/10
        frame 91: 192.0.2.2 was active for hsrp/10, for the last time
        frame 167: 10.1.0.2 is active for hsrp/20 still
        - 192.0.2.2 and 10.1.0.2 have MACs next to each other (x 0.90)
    0.90: 192.0.2.3 took over hsrp/10 (outside) alone: hsrp/20 (inside) stayed with 10.1.0.2, which is the same router as 192.0.2.2, for 27.1 s
        frame 102: 192.0.2.3 is active for hsrp/10
        frame 91: 192.0.2.2 was active for hsrp/10, for the last time
        frame 139: 10.1.0.2 is active for hsrp/20 still
        - 192.0.2.2 and 10.1.0.2 have MACs next to each other (x 0.90)
    ");
}

#[test]
fn a_router_that_shows_no_mac_is_known_by_the_other_one() {
    // Subinterfaces of one MAC, and version 1, whose active router speaks with the virtual MAC alone.
    let mut scenario = outside(80.0);
    let hello = Hsrp { version: 1, ..INSIDE };
    let (one, other) = (Host { mac: R1.mac, ..inside(R1) }, Host { mac: R2.mac, ..inside(R2) });
    scenario.on(1, None).hellos(0.2, 80.0, one, hello);
    scenario.hellos(0.3, 80.0, other, Hsrp { state: STANDBY.state, ..hello });
    insta::assert_snapshot!(told(&scenario), @r"
    0.90: 192.0.2.3 took over hsrp/10 (outside) alone: hsrp/20 (inside) stayed with 10.1.0.2, which is the same router as 192.0.2.2, for 48.0 s, until the capture ends
        frame 102: 192.0.2.3 is active for hsrp/10
        frame 91: 192.0.2.2 was active for hsrp/10, for the last time
        frame 167: 10.1.0.2 is active for hsrp/20 still
        - 192.0.2.2 and 10.1.0.2 are left over, and the other router of both has one MAC (x 0.90)
    ");
}

#[test]
fn the_margin_is_an_option() {
    let mut scenario = sides(120.0, Some(44.0));
    assert_eq!(told(&scenario), "");
    scenario.options.diagnose.split_margin = std::time::Duration::from_secs(1);
    assert!(told(&scenario).starts_with("0.90"), "{}", told(&scenario));
}

#[test]
fn which_interfaces_are_one_router_is_concluded_from_their_macs() {
    let with = |one: [u8; 6], other: [u8; 6]| {
        let mut scenario = outside(80.0);
        let hosts = (Host { mac: one, ..inside(R1) }, Host { mac: other, ..inside(R2) });
        add_inside(&mut scenario, 80.0, None, hosts);
        told(&scenario).split(':').next().map(str::to_owned)
    };
    let some = |confidence: &str| Some(confidence.to_owned());
    // One MAC for both interfaces; blocks of addresses; then only the interface addresses are alike.
    assert_eq!(with(R1.mac, R2.mac), some("1.00"));
    assert_eq!(with([0xaa, 0xbb, 0xcc, 0, 1, 1], [0xaa, 0xbb, 0xcc, 0, 2, 1]), some("0.90"));
    assert_eq!(with([0x00, 0x50, 0x56, 1, 2, 3], [0x00, 0x50, 0x56, 9, 8, 7]), some("0.50"));
    // The MACs say that the routers are the other way round: the groups were with different routers from the start.
    assert_eq!(with([0xaa, 0xbb, 0xcc, 0, 2, 1], [0xaa, 0xbb, 0xcc, 0, 1, 1]), some(""));
    // Nor is there a choice where the MACs of both are as near.
    assert_eq!(with([0xaa, 0xbb, 0xcc, 0, 1, 0x80], [0xaa, 0xbb, 0xcc, 0, 1, 0x90]), some(""));
}

#[test]
fn groups_without_tunnels_may_be_with_either_router() {
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 30.0, R1, R2).hsrp(30.0, R1, RESIGN).hellos(30.1, 80.0, R2, ACTIVE);
    add_inside(&mut scenario, 80.0, None, (inside(R1), inside(R2)));
    assert_eq!(told(&scenario), "");
}

#[test]
fn load_is_shared_where_groups_are_with_different_routers_from_the_start() {
    let mut scenario = outside(80.0);
    add_inside(&mut scenario, 80.0, None, (inside(R2), inside(R1)));
    assert_eq!(told(&scenario), "");
}

#[test]
fn load_is_shared_where_each_group_goes_to_the_router_it_prefers() {
    let higher = |hello: Hsrp| Hsrp { priority: 110, ..hello };
    // Both were with R2 alone, then R1 comes back and takes the one that prefers it.
    let mut scenario = Scenario::new();
    scenario
        .hellos(0.0, 30.0, R2, ACTIVE)
        .both(0.5, 30.0, R2, (0xa, 0xb))
        .hellos(30.2, 120.0, R2, STANDBY)
        .hsrp(30.0, R1, higher(COUP))
        .hellos(30.1, 120.0, R1, higher(ACTIVE))
        .on(1, None)
        .hellos(0.2, 120.0, inside(R2), higher(INSIDE))
        .hellos(31.0, 120.0, inside(R1), INSIDE_STANDBY);
    assert_eq!(told(&scenario), "");
}

#[test]
fn an_inside_that_is_not_heard_any_more_says_nothing() {
    let mut scenario = outside(80.0);
    scenario.on(1, None).hellos(0.2, 33.0, inside(R1), INSIDE).hellos(0.3, 80.0, inside(R2), INSIDE_STANDBY);
    assert_eq!(told(&scenario), "");
}

#[test]
fn groups_of_one_segment_and_of_other_routers_have_nothing_to_do_with_it() {
    let mut scenario = outside(80.0);
    let third = Host { address: [10, 1, 0, 4], ..inside(R3) };
    scenario
        .hellos(
            0.2,
            80.0,
            Host { address: [192, 0, 2, 12], ..inside(R1) },
            Hsrp { group: 30, address: [192, 0, 2, 9], ..ACTIVE },
        )
        .on(1, None)
        .hellos(0.2, 80.0, third, INSIDE);
    assert_eq!(told(&scenario), "");
}
