//! `esp-stopped-after-config-change`, and what looks like it.
//!
//! R1 owns the virtual address for the whole minute; its settings change at 30 s.

use crate::common::scenario::{ACTIVE, Hsrp, R1, R2, STANDBY, Scenario, back, out, v2};

use super::cases::Case;

pub(super) const CASES: &[Case] = &[Case {
    rule: "esp-stopped-after-config-change",
    fires: || stopped(MOVED).rules(),
    silent: || going_on(MOVED).rules(),
}];

const OTHER: [u8; 4] = [192, 0, 2, 100];
const MOVED: Hsrp = Hsrp { address: OTHER, ..ACTIVE };

/// R1 with other settings from 30 s on, and R2 beside it.
fn changed(to: Hsrp) -> Scenario {
    let mut scenario = Scenario::new();
    scenario.hellos(0.0, 30.0, R1, ACTIVE).hellos(0.1, 60.0, R2, STANDBY).hellos(30.0, 60.0, R1, to);
    scenario
}

/// ESP that leaves stops two seconds after the change, and the peer goes on.
fn stopped(to: Hsrp) -> Scenario {
    let mut scenario = changed(to);
    scenario.flow(0.5, 32.0, out(R1), 0xa, 1).flow(0.55, 60.0, back(), 0xb, 1);
    scenario
}

/// ESP goes on both ways.
fn going_on(to: Hsrp) -> Scenario {
    let mut scenario = changed(to);
    scenario.both(0.5, 60.0, R1, (0xa, 0xb));
    scenario
}

#[test]
fn a_changed_virtual_address_is_ranked_highest() {
    insta::assert_snapshot!(stopped(MOVED).judgements(), @"frame 81 warning esp-stopped-after-config-change 0.95: 192.0.2.2 changed hsrp/10 (virtual-address 192.0.2.1 to 192.0.2.100) and stayed active, and no ESP to 198.51.100.9 left it since frame 85, for 25.5 s up to the end of what was seen");
}

#[test]
fn so_is_a_changed_version() {
    insta::assert_snapshot!(stopped(Hsrp { version: 2, ..ACTIVE }).judgements(), @"frame 81 warning esp-stopped-after-config-change 0.95: 192.0.2.2 changed hsrp/10 (version 1 to 2) and stayed active, and no ESP to 198.51.100.9 left it since frame 85, for 25.5 s up to the end of what was seen");
}

#[test]
fn so_is_a_changed_group_number() {
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 30.0, R1, R2).hellos(30.0, 60.0, R1, Hsrp { group: 20, ..ACTIVE });
    scenario.flow(0.5, 32.0, out(R1), 0xa, 1).flow(0.55, 60.0, back(), 0xb, 1);
    insta::assert_snapshot!(scenario.judgements(), @"frame 81 warning esp-stopped-after-config-change 0.95: 192.0.2.2 changed hsrp/20 (group 10 to 20) and stayed active, and no ESP to 198.51.100.9 left it since frame 84, for 25.5 s up to the end of what was seen");
}

#[test]
fn timers_priority_and_authentication_rank_lower() {
    let changes = [
        Hsrp { hello: 2, hold: 7, ..ACTIVE },
        Hsrp { priority: 90, ..ACTIVE },
        Hsrp { password: *b"geheim\0\0", ..ACTIVE },
    ];
    let told: Vec<String> = changes.into_iter().map(|to| stopped(to).judgements()).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    frame 81 warning esp-stopped-after-config-change 0.76: 192.0.2.2 changed hsrp/10 (hello 3000 ms to 2000 ms, hold 10000 ms to 7000 ms) and stayed active, and no ESP to 198.51.100.9 left it since frame 85, for 26.5 s up to the end of what was seen
    frame 81 warning esp-stopped-after-config-change 0.76: 192.0.2.2 changed hsrp/10 (priority 100 to 90) and stayed active, and no ESP to 198.51.100.9 left it since frame 85, for 25.5 s up to the end of what was seen
    frame 81 warning esp-stopped-after-config-change 0.76: 192.0.2.2 changed hsrp/10 (authentication text to another text) and stayed active, and no ESP to 198.51.100.9 left it since frame 85, for 25.5 s up to the end of what was seen
    ");
}

#[test]
fn a_peer_that_falls_silent_too_may_just_have_nothing_to_say() {
    let mut scenario = changed(MOVED);
    scenario.both(0.5, 32.0, R1, (0xa, 0xb));
    insta::assert_snapshot!(scenario.judgements(), @"frame 81 warning esp-stopped-after-config-change 0.47: 192.0.2.2 changed hsrp/10 (virtual-address 192.0.2.1 to 192.0.2.100) and stayed active, and no ESP to 198.51.100.9 left it since frame 85, for 25.5 s up to the end of what was seen");
}

#[test]
fn traffic_that_ends_while_a_priority_is_tracked_ends_by_itself() {
    let benign = [
        Hsrp { priority: 90, ..ACTIVE },
        Hsrp { hello: 2, hold: 7, ..ACTIVE },
        Hsrp { password: *b"geheim\0\0", ..ACTIVE },
    ];
    for to in benign {
        let mut scenario = changed(to);
        scenario.both(0.5, 32.0, R1, (0xa, 0xb));
        assert_eq!(scenario.rules(), [""; 0]);
    }
}

#[test]
fn a_gateway_that_answers_probes_has_its_crypto_map_in_force() {
    let mut scenario = stopped(Hsrp { priority: 90, ..ACTIVE });
    scenario.ike(45.0, back(), &v2::probe(7, 2)).ike(45.1, out(R1), &v2::probe_answer(7, 2));
    insta::assert_snapshot!(scenario.judgements(), @"frame 81 warning esp-stopped-after-config-change 0.38: 192.0.2.2 changed hsrp/10 (priority 100 to 90) and stayed active, and no ESP to 198.51.100.9 left it since frame 85, for 25.5 s up to the end of what was seen");
}

#[test]
fn a_change_that_one_hello_alone_shows_may_be_forged() {
    let mut scenario = Scenario::new();
    scenario.hellos(0.0, 30.0, R1, ACTIVE).hellos(0.1, 60.0, R2, STANDBY);
    scenario.hsrp(30.0, R1, MOVED).hellos(31.0, 60.0, R1, ACTIVE);
    scenario.flow(0.5, 30.6, out(R1), 0xa, 1).flow(0.55, 60.0, back(), 0xb, 1);
    insta::assert_snapshot!(scenario.judgements(), @"frame 81 warning esp-stopped-after-config-change 0.47: 192.0.2.2 changed hsrp/10 (virtual-address 192.0.2.1 to 192.0.2.100) and stayed active, and no ESP to 198.51.100.9 left it since frame 83, for 27.5 s up to the end of what was seen");
}

#[test]
fn a_tunnel_that_is_set_up_again_by_hand_was_down_until_then() {
    let mut scenario = stopped(MOVED);
    scenario.negotiation(50.0, out(R1), back(), 7).both(50.5, 60.0, R1, (0xc, 0xd));
    insta::assert_snapshot!(scenario.judgements(), @"frame 81 warning esp-stopped-after-config-change 0.95: 192.0.2.2 changed hsrp/10 (virtual-address 192.0.2.1 to 192.0.2.100) and stayed active, and no ESP to 198.51.100.9 left it since frame 85, until it left again on a new SPI (frame 121)");
}

#[test]
fn a_tunnel_that_is_set_up_again_at_once_is_no_outage() {
    let mut scenario = changed(MOVED);
    scenario.both(0.5, 32.0, R1, (0xa, 0xb)).negotiation(33.0, out(R1), back(), 7);
    scenario.both(38.0, 60.0, R1, (0xc, 0xd));
    assert_eq!(scenario.rules(), [""; 0]);
}

#[test]
fn a_benign_change_is_an_event_and_no_more() {
    let scenario = going_on(Hsrp { priority: 90, ..ACTIVE });
    assert_eq!(scenario.rules(), [""; 0]);
    assert!(scenario.timeline().contains("config-changed hsrp/10 192.0.2.2 - priority 100 to 90"));
}

#[test]
fn traffic_that_pauses_goes_on_with_its_sa() {
    let mut scenario = changed(MOVED);
    scenario.both(0.5, 32.0, R1, (0xa, 0xb)).flow(45.0, 60.0, out(R1), 0xa, 33);
    assert_eq!(scenario.rules(), [""; 0]);
}

#[test]
fn thin_traffic_pauses_by_itself() {
    let mut scenario = changed(MOVED);
    scenario.every(3.0, 0.5, 51.0, |scenario, time| {
        scenario.esp(time, out(R1), 0xa, 1).esp(time + 0.05, back(), 0xb, 1);
    });
    assert_eq!(scenario.rules(), [""; 0]);
}

#[test]
fn traffic_that_ended_before_the_change_did_not_end_by_it() {
    let mut scenario = changed(MOVED);
    scenario.both(0.5, 25.0, R1, (0xa, 0xb));
    assert_eq!(scenario.rules(), [""; 0]);
}

#[test]
fn a_standby_routers_change_stops_nothing() {
    let mut scenario = Scenario::new();
    scenario.hellos(0.0, 60.0, R1, ACTIVE).hellos(0.1, 30.0, R2, STANDBY);
    scenario.hellos(30.1, 60.0, R2, Hsrp { priority: 90, ..STANDBY });
    scenario.flow(0.5, 32.0, out(R1), 0xa, 1).flow(0.55, 60.0, back(), 0xb, 1);
    assert_eq!(scenario.rules(), [""; 0]);
}

#[test]
fn a_router_that_dies_after_a_change_is_the_failovers_business() {
    let mut scenario = Scenario::new();
    scenario.hellos(0.0, 20.0, R1, ACTIVE).hellos(20.0, 28.0, R1, Hsrp { priority: 90, ..ACTIVE });
    scenario.hellos(0.1, 37.0, R2, STANDBY).hellos(37.0, 100.0, R2, ACTIVE);
    scenario.both(0.5, 28.0, R1, (0xa, 0xb)).negotiation(38.0, out(R2), back(), 7);
    scenario.both(38.5, 100.0, R2, (0xc, 0xd));
    assert_eq!(scenario.rules(), ["no-standby"]);
}

#[test]
fn a_router_that_is_not_heard_any_more_may_be_dead() {
    let mut scenario = Scenario::new();
    scenario.hellos(0.0, 30.0, R1, ACTIVE).hellos(0.1, 60.0, R2, STANDBY).hsrp(30.0, R1, MOVED);
    scenario.flow(0.5, 30.6, out(R1), 0xa, 1).flow(0.55, 60.0, back(), 0xb, 1);
    assert_eq!(scenario.rules(), [""; 0]);
}
