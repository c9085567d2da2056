//! NAT as the NAT-detection hashes show it.

use crate::common::scenario::{ACTIVE, PEER, R1, R2, STANDBY, Scenario, VIRTUAL, Way, back, out, v2};

/// R1 active, R2 standby, and both seen before any tunnel.
fn gateway() -> Scenario {
    let mut scenario = Scenario::new();
    scenario.hellos(0.0, 9.0, R1, ACTIVE).hellos(0.1, 9.0, R2, STANDBY);
    scenario
}

/// What the messages of tunnels say of NAT.
fn told(scenario: &Scenario) -> String {
    let timeline = scenario.timeline();
    let lines = timeline.lines().filter(|line| line.contains("nat-") || line.contains("encapsulation-"));
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join("\n")
}

/// The exchange that R1 begins; the first pair of each is what the sender hashed as its own, then as the other's.
fn exchange(request: (Hashed, Hashed), response: (Hashed, Hashed)) -> Scenario {
    let mut scenario = gateway();
    scenario.ike(1.0, out(R1), &v2::init_hashed(7, false, request)).ike(
        1.1,
        back(),
        &v2::init_hashed(7, true, response),
    );
    scenario
}

type Hashed = ([u8; 4], u16);
const OURS: Hashed = (VIRTUAL, 500);
const THEIRS: Hashed = (PEER, 500);
/// Where somebody really sends from, behind a NAT.
const INNER: Hashed = ([10, 0, 0, 9], 500);
/// The address that a NAT gives.
const OUTER: Hashed = ([203, 0, 113, 5], 1027);

#[test]
fn hashes_that_match_are_no_nat() {
    assert_eq!(told(&exchange((OURS, THEIRS), (THEIRS, OURS))), "");
}

#[test]
fn the_peer_is_behind_a_nat_or_makes_it_believe_so() {
    let scenario = exchange((OURS, THEIRS), (INNER, OURS));
    insta::assert_snapshot!(told(&scenario), @"
    1.100 4 nat-possible 192.0.2.1<>198.51.100.9 - 198.51.100.9 198.51.100.9 is behind a NAT between it and here, or forces encapsulation in UDP; certainty medium
    ");
}

#[test]
fn a_nat_beyond_translates_the_gateway() {
    let scenario = exchange((OURS, THEIRS), (THEIRS, OUTER));
    insta::assert_snapshot!(told(&scenario), @"
    1.100 4 nat-detected 192.0.2.1<>198.51.100.9 - 198.51.100.9 192.0.2.1 is translated by a NAT between here and the other end; certainty high
    ");
}

#[test]
fn both_hashes_of_one_message_differ_where_they_are_made_in_another_way() {
    let scenario = exchange((OURS, THEIRS), (INNER, OUTER));
    insta::assert_snapshot!(told(&scenario), @"
    1.100 4 nat-possible 192.0.2.1<>198.51.100.9 - 198.51.100.9 198.51.100.9 is behind a NAT between it and here, or forces encapsulation in UDP; certainty medium
    1.100 4 nat-possible 192.0.2.1<>198.51.100.9 - 198.51.100.9 192.0.2.1 is translated by a NAT between here and the other end, or that one made its hashes up; certainty medium
    ");
}

#[test]
fn a_router_of_the_segment_has_no_nat_before_it() {
    let scenario = exchange((INNER, THEIRS), (THEIRS, OURS));
    insta::assert_snapshot!(told(&scenario), @"
    1.000 3 encapsulation-forced 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 192.0.2.1 forces encapsulation in UDP: its hash is of no address of its gateway or routers; certainty medium
    ");
}

#[test]
fn a_router_may_send_from_its_own_address() {
    let scenario = exchange(((R1.address, 500), THEIRS), (THEIRS, OURS));
    insta::assert_snapshot!(told(&scenario), @"
    1.000 3 nat-detected 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 192.0.2.1 sends from 192.0.2.2, which is translated before it gets here; certainty high
    ");
}

#[test]
fn a_hash_with_port_0_forces_encapsulation() {
    let scenario = exchange(((VIRTUAL, 0), THEIRS), ((PEER, 0), (VIRTUAL, 0)));
    insta::assert_snapshot!(told(&scenario), @"
    1.000 3 encapsulation-forced 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 192.0.2.1 forces encapsulation in UDP: its hash is made with port 0; certainty high
    1.100 4 encapsulation-forced 192.0.2.1<>198.51.100.9 - 198.51.100.9 198.51.100.9 forces encapsulation in UDP: its hash is made with port 0; certainty high
    ");
}

#[test]
fn it_is_told_once_for_each_ike_sa() {
    let mut scenario = gateway();
    for (time, spi) in [(1.0, 7), (1.2, 7), (2.0, 8)] {
        scenario.ike(time, back(), &v2::init_hashed(spi, false, (INNER, OURS)));
    }
    let told = told(&scenario);
    let frames: Vec<_> = told.lines().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(frames, ["3", "5"], "{told}");
}

#[test]
fn the_port_counts_as_seen() {
    let mut scenario = gateway();
    let Way { src, dst, .. } = back();
    let hashed = v2::init_hashed(7, false, ((src, 4500), (dst, 4500)));
    scenario.udp(1.0, back(), 4500, &[&[0; 4][..], &hashed].concat());
    assert_eq!(told(&scenario), "");
    scenario.ike(2.0, back(), &v2::init_hashed(8, false, ((src, 4500), (dst, 4500))));
    insta::assert_snapshot!(told(&scenario), @"
    2.000 4 nat-possible 192.0.2.1<>198.51.100.9 - 198.51.100.9 198.51.100.9 is behind a NAT between it and here, or forces encapsulation in UDP; certainty medium
    2.000 4 nat-possible 192.0.2.1<>198.51.100.9 - 198.51.100.9 192.0.2.1 is translated by a NAT between here and the other end, or that one made its hashes up; certainty medium
    ");
}
