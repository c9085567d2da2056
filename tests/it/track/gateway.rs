//! Who owns a virtual address, since when and why.

use crate::common::scenario::{
    ACTIVE, COUP, Host, Hsrp, R1, R2, R3, RESIGN, SPEAK, STANDBY, Scenario, State,
};

/// The events that tell who is active.
fn ownership(scenario: &Scenario) -> String {
    const EVENTS: &[&str] =
        &["became-active", "failover", "active-conflict", "hold-expired", "coup", "resign"];
    let timeline = scenario.timeline();
    let told = timeline
        .lines()
        .filter(|line| line.split_whitespace().nth(2).is_some_and(|event| EVENTS.contains(&event)));
    told.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_first_active_router_is_no_failover() {
    insta::assert_snapshot!(Scenario::new().pair(0.0, 7.0, R1, R2).timeline(), @r"
    0.000    1 group-seen hsrp/10 192.0.2.2 - virtual address 192.0.2.1
    0.000    1 state-changed hsrp/10 192.0.2.2 - first seen as active
    0.000    1 became-active hsrp/10 192.0.2.2 -
    0.100    2 state-changed hsrp/10 192.0.2.3 - first seen as standby
    ");
}

#[test]
fn a_hello_in_standby_alone_makes_no_owner() {
    insta::assert_snapshot!(Scenario::new().hellos(0.0, 20.0, R2, STANDBY).timeline(), @r"
    0.000    1 group-seen hsrp/10 192.0.2.3 - virtual address 192.0.2.1
    0.000    1 state-changed hsrp/10 192.0.2.3 - first seen as standby
    ");
}

#[test]
fn a_coup_takes_the_role_whether_the_loser_resigns_or_not() {
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 9.0, R1, R2).hsrp(9.5, R2, COUP).hsrp(9.51, R1, SPEAK).hellos(9.6, 16.0, R2, ACTIVE);
    insta::assert_snapshot!(ownership(&scenario), @r"
    0.000    1 became-active hsrp/10 192.0.2.2 -
    9.500    7 coup hsrp/10 192.0.2.3 -
    9.600    9 failover hsrp/10 192.0.2.3 192.0.2.2 cause coup; 0.090 s after the old router's last message
    ");

    let mut scenario = Scenario::new();
    scenario.pair(0.0, 9.0, R1, R2).hsrp(9.5, R2, COUP).hsrp(9.51, R1, RESIGN).hellos(9.6, 16.0, R2, ACTIVE);
    insta::assert_snapshot!(ownership(&scenario), @r"
    0.000    1 became-active hsrp/10 192.0.2.2 -
    9.500    7 coup hsrp/10 192.0.2.3 -
    9.510    8 resign hsrp/10 192.0.2.2 -
    9.600    9 failover hsrp/10 192.0.2.3 192.0.2.2 cause coup; 0.090 s after the old router's last message
    ");
}

#[test]
fn a_resign_hands_the_role_over() {
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 9.0, R1, R2).hsrp(9.5, R1, RESIGN).hellos(9.6, 16.0, R2, ACTIVE);
    insta::assert_snapshot!(ownership(&scenario), @r"
    0.000    1 became-active hsrp/10 192.0.2.2 -
    9.500    7 resign hsrp/10 192.0.2.2 -
    9.600    8 failover hsrp/10 192.0.2.3 192.0.2.2 cause resign; 0.100 s after the old router's last message
    ");
}

#[test]
fn silence_for_the_hold_time_ends_a_claim() {
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 7.0, R1, R2).hellos(9.1, 16.0, R2, STANDBY).hellos(16.2, 22.0, R2, ACTIVE);
    insta::assert_snapshot!(ownership(&scenario), @r"
     0.000    1 became-active hsrp/10 192.0.2.2 -
    16.000    - hold-expired hsrp/10 192.0.2.2 - silent since frame 5
    16.200   10 failover hsrp/10 192.0.2.3 192.0.2.2 cause hold-expiry; 10.200 s after the old router's last message
    ");
}

#[test]
fn a_takeover_without_any_of_these_has_no_known_cause() {
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 9.0, R1, R2).hsrp(9.2, R1, SPEAK).hellos(9.6, 16.0, R2, ACTIVE);
    insta::assert_snapshot!(ownership(&scenario), @r"
    0.000    1 became-active hsrp/10 192.0.2.2 -
    9.600    8 failover hsrp/10 192.0.2.3 192.0.2.2 cause unknown; 0.400 s after the old router's last message
    ");
}

#[test]
fn a_silent_owner_that_comes_back_alone_is_no_failover() {
    let mut scenario = Scenario::new();
    scenario.hellos(0.0, 7.0, R1, ACTIVE).hellos(30.0, 40.0, R1, ACTIVE);
    insta::assert_snapshot!(ownership(&scenario), @r"
     0.000    1 became-active hsrp/10 192.0.2.2 -
    16.000    - hold-expired hsrp/10 192.0.2.2 - silent since frame 3
    ");
}

#[test]
fn two_active_from_the_start_are_a_conflict_and_no_failover() {
    let mut scenario = Scenario::new();
    scenario.hellos(0.0, 30.0, R1, ACTIVE).hellos(1.0, 30.0, R2, ACTIVE);
    insta::assert_snapshot!(ownership(&scenario), @r"
    0.000    1 became-active hsrp/10 192.0.2.2 -
    4.000    4 active-conflict hsrp/10 192.0.2.3 192.0.2.2 claims the active role beside its owner
    ");
}

#[test]
fn the_newest_claimant_owns_whatever_the_other_goes_on_to_say() {
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 20.0, R1, R2).hellos(20.0, 9000.0, R1, ACTIVE).hellos(20.5, 9000.0, R2, ACTIVE);
    insta::assert_snapshot!(ownership(&scenario), @r"
     0.000    1 became-active hsrp/10 192.0.2.2 -
    20.500   16 failover hsrp/10 192.0.2.3 192.0.2.2 cause unknown; 0.500 s after the old router's last message
    26.000   19 active-conflict hsrp/10 192.0.2.2 192.0.2.3 claims the active role beside its owner
    ");
}

#[test]
fn a_hello_that_crosses_the_takeover_is_no_conflict() {
    let mut scenario = Scenario::new();
    scenario
        .pair(0.0, 9.0, R1, R2)
        .hsrp(9.0, R2, COUP)
        .hellos(9.001, 20.0, R2, ACTIVE)
        .hsrp(9.002, R1, ACTIVE)
        .hsrp(9.003, R1, RESIGN)
        .hellos(9.1, 20.0, R1, STANDBY);
    insta::assert_snapshot!(ownership(&scenario), @r"
    0.000    1 became-active hsrp/10 192.0.2.2 -
    9.000    7 coup hsrp/10 192.0.2.3 -
    9.001    8 failover hsrp/10 192.0.2.3 192.0.2.2 cause coup; 3.001 s after the old router's last message
    9.003   10 resign hsrp/10 192.0.2.2 -
    ");
}

/// R1 owns, R2 takes over, and R1 goes on to claim the role; then R2 ends as `end` has it.
fn claimed_by_both(end: impl Fn(&mut Scenario)) -> String {
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 20.0, R1, R2).hellos(20.0, 60.0, R1, ACTIVE).hellos(20.5, 40.0, R2, ACTIVE);
    end(&mut scenario);
    ownership(&scenario)
}

#[test]
fn ownership_returns_to_the_one_that_still_claims_when_the_owner_resigns() {
    let resigned = claimed_by_both(|scenario| {
        scenario.hsrp(39.0, R2, RESIGN);
    });
    insta::assert_snapshot!(resigned, @r"
     0.000    1 became-active hsrp/10 192.0.2.2 -
    20.500   16 failover hsrp/10 192.0.2.3 192.0.2.2 cause unknown; 0.500 s after the old router's last message
    26.000   19 active-conflict hsrp/10 192.0.2.2 192.0.2.3 claims the active role beside its owner
    39.000   29 resign hsrp/10 192.0.2.3 -
    39.000   29 failover hsrp/10 192.0.2.2 192.0.2.3 cause resign; 0.000 s after the old router's last message
    ");
}

#[test]
fn ownership_returns_when_the_owner_leaves_the_active_state() {
    let left = claimed_by_both(|scenario| {
        scenario.hellos(39.0, 60.0, R2, SPEAK);
    });
    insta::assert_snapshot!(left, @r"
     0.000    1 became-active hsrp/10 192.0.2.2 -
    20.500   16 failover hsrp/10 192.0.2.3 192.0.2.2 cause unknown; 0.500 s after the old router's last message
    26.000   19 active-conflict hsrp/10 192.0.2.2 192.0.2.3 claims the active role beside its owner
    39.000   29 failover hsrp/10 192.0.2.2 192.0.2.3 cause unknown; 0.000 s after the old router's last message
    ");
}

#[test]
fn ownership_returns_when_the_owner_falls_silent() {
    insta::assert_snapshot!(claimed_by_both(|_| {}), @r"
     0.000    1 became-active hsrp/10 192.0.2.2 -
    20.500   16 failover hsrp/10 192.0.2.3 192.0.2.2 cause unknown; 0.500 s after the old router's last message
    26.000   19 active-conflict hsrp/10 192.0.2.2 192.0.2.3 claims the active role beside its owner
    48.500    - hold-expired hsrp/10 192.0.2.3 - silent since frame 28
    50.000   32 failover hsrp/10 192.0.2.2 192.0.2.3 cause hold-expiry; 11.500 s after the old router's last message
    ");
}

#[test]
fn a_router_that_comes_back_takes_the_role_again() {
    let mut scenario = Scenario::new();
    scenario
        .pair(0.0, 7.0, R1, R2)
        .hellos(9.1, 16.0, R2, STANDBY)
        .hellos(16.2, 40.0, R2, ACTIVE)
        .hsrp(35.0, R1, Hsrp { state: State::Listen, ..ACTIVE })
        .hsrp(40.0, R1, COUP)
        .hsrp(40.01, R2, RESIGN)
        .pair(40.02, 50.0, R1, R2);
    insta::assert_snapshot!(ownership(&scenario), @r"
     0.000    1 became-active hsrp/10 192.0.2.2 -
    16.000    - hold-expired hsrp/10 192.0.2.2 - silent since frame 5
    16.200   10 failover hsrp/10 192.0.2.3 192.0.2.2 cause hold-expiry; 10.200 s after the old router's last message
    40.000   19 coup hsrp/10 192.0.2.2 -
    40.010   20 resign hsrp/10 192.0.2.3 -
    40.020   21 failover hsrp/10 192.0.2.2 192.0.2.3 cause coup; 0.010 s after the old router's last message
    ");
}

#[test]
fn each_setting_that_changes_is_told_and_no_password() {
    let mut scenario = Scenario::new();
    let all =
        Hsrp { priority: 90, hello: 1, hold: 4, password: *b"secret\0\0", address: [192, 0, 2, 7], ..ACTIVE };
    scenario.hellos(0.0, 6.0, R1, ACTIVE).hsrp(6.0, R1, all).hsrp(7.0, R1, Hsrp { version: 2, ..all });
    let timeline = scenario.timeline();
    assert!(!timeline.contains("secret") && !timeline.contains("kennwort"), "{timeline}");
    insta::assert_snapshot!(timeline, @"
    0.000    1 group-seen hsrp/10 192.0.2.2 - virtual address 192.0.2.1
    0.000    1 state-changed hsrp/10 192.0.2.2 - first seen as active
    0.000    1 became-active hsrp/10 192.0.2.2 -
    6.000    3 config-changed hsrp/10 192.0.2.2 - virtual-address 192.0.2.1 to 192.0.2.7
    6.000    3 config-changed hsrp/10 192.0.2.2 - priority 100 to 90
    6.000    3 config-changed hsrp/10 192.0.2.2 - hello 3000 ms to 1000 ms
    6.000    3 config-changed hsrp/10 192.0.2.2 - hold 10000 ms to 4000 ms
    6.000    3 config-changed hsrp/10 192.0.2.2 - authentication text to another text
    7.000    4 config-changed hsrp/10 192.0.2.2 - version 1 to 2
    ");
}

#[test]
fn learning_the_virtual_address_is_no_change_of_configuration() {
    let learning = Hsrp { address: [0; 4], state: State::Listen, ..ACTIVE };
    let mut scenario = Scenario::new();
    scenario.hsrp(0.0, R1, learning).hsrp(3.0, R1, STANDBY).hsrp(
        6.0,
        R1,
        Hsrp { address: [0; 4], ..STANDBY },
    );
    insta::assert_snapshot!(scenario.timeline(), @r"
    0.000    1 group-seen hsrp/10 192.0.2.2 -
    0.000    1 state-changed hsrp/10 192.0.2.2 - first seen as listen
    3.000    2 state-changed hsrp/10 192.0.2.2 - listen to standby
    ");
}

#[test]
fn a_hello_is_late_by_the_larger_of_two_hello_times_and_only_from_active_and_standby() {
    let slow = Hsrp { hello: 6, hold: 20, ..STANDBY };
    let mut scenario = Scenario::new();
    scenario
        .hsrp(0.0, R1, ACTIVE)
        .hsrp(6.0, R1, ACTIVE)
        .hsrp(12.1, R1, ACTIVE)
        // Judged against six seconds, not three.
        .hsrp(0.5, R2, STANDBY)
        .hsrp(11.5, R2, slow)
        .hsrp(24.5, R2, slow)
        .hsrp(0.7, R3, SPEAK)
        .hsrp(20.7, R3, SPEAK);
    let timeline = scenario.timeline();
    let late: Vec<&str> = timeline.lines().filter(|line| line.contains("hello-late")).collect();
    insta::assert_snapshot!(late.join("\n"), @r"
    12.100    6 hello-late hsrp/10 192.0.2.2 - 6.100 s after the last; hello time 3.000 s
    24.500    8 hello-late hsrp/10 192.0.2.3 - 13.000 s after the last; hello time 6.000 s
    ");
}

#[test]
fn a_gratuitous_arp_names_the_router_behind_it() {
    let mut scenario = Scenario::new();
    let virtual_mac = [0, 0, 0x0c, 7, 0xac, 10];
    scenario.pair(0.0, 4.0, R1, R2).gratuitous_arp(1.0, virtual_mac).gratuitous_arp(2.0, R2.mac);
    let timeline = scenario.timeline();
    let told: Vec<&str> = timeline.lines().filter(|line| line.contains("gratuitous-arp")).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    1.000    3 gratuitous-arp hsrp/10 192.0.2.2 - 192.0.2.1 is at 00:00:0c:07:ac:0a
    2.000    4 gratuitous-arp hsrp/10 192.0.2.3 - 192.0.2.1 is at aa:bb:cc:00:02:00
    ");
}

#[test]
fn equal_numbers_in_different_vlans_or_interfaces_are_different_groups() {
    let mut scenario = Scenario::new();
    scenario.hellos(0.0, 10.0, R1, ACTIVE);
    scenario.on(0, Some(100)).hellos(0.5, 10.0, R2, ACTIVE);
    scenario.on(1, Some(100)).hellos(0.7, 10.0, R3, ACTIVE);
    scenario.on(0, None).hellos(0.9, 10.0, R3, Hsrp { group: 11, ..ACTIVE });
    insta::assert_snapshot!(ownership(&scenario), @r"
    0.000    1 became-active hsrp/10 192.0.2.2 -
    0.500    2 became-active hsrp/10@vlan100 192.0.2.3 -
    0.700    3 became-active hsrp/10@vlan100 192.0.2.4 -
    0.900    4 became-active hsrp/11 192.0.2.4 -
    ");
}

#[test]
fn a_priority_tag_leaves_a_frame_in_its_segment() {
    let mut scenario = Scenario::new();
    scenario.hellos(0.0, 7.0, R1, ACTIVE);
    scenario.on(0, Some(0)).hellos(0.5, 7.0, R2, STANDBY).hellos(7.5, 10.0, R2, ACTIVE);
    insta::assert_snapshot!(ownership(&scenario), @r"
    0.000    1 became-active hsrp/10 192.0.2.2 -
    7.500    7 failover hsrp/10 192.0.2.3 192.0.2.2 cause unknown; 1.500 s after the old router's last message
    ");
}

#[test]
fn equal_numbers_with_different_virtual_addresses_do_not_compete() {
    let other = |message: Hsrp| Hsrp { address: [192, 0, 2, 129], ..message };
    let router = |last| Host { address: [192, 0, 2, last], mac: [0xaa, 0xbb, 0xcc, 0, last, 0] };
    let mut scenario = Scenario::new();
    scenario
        .pair(0.0, 9.0, R1, R2)
        .hellos(0.05, 30.0, router(130), other(ACTIVE))
        .hellos(0.15, 30.0, router(131), other(STANDBY))
        .hellos(18.9, 30.0, R2, ACTIVE);
    insta::assert_snapshot!(ownership(&scenario), @"
     0.000    1 became-active hsrp/10 192.0.2.2 -
     0.050    2 became-active hsrp/10 192.0.2.130 -
    16.000    - hold-expired hsrp/10 192.0.2.2 - silent since frame 9
    18.900   21 failover hsrp/10 192.0.2.3 192.0.2.2 cause hold-expiry; 12.900 s after the old router's last message
    ");
}

#[test]
fn version_2_fails_over_as_version_1_does() {
    let active = Hsrp { version: 2, ..ACTIVE };
    let standby = Hsrp { version: 2, ..STANDBY };
    let mut scenario = Scenario::new();
    scenario.hellos(0.0, 7.0, R1, active).hellos(0.1, 16.0, R2, standby).hellos(16.2, 20.0, R2, active);
    insta::assert_snapshot!(ownership(&scenario), @r"
     0.000    1 became-active hsrp/10 192.0.2.2 -
    16.000    - hold-expired hsrp/10 192.0.2.2 - silent since frame 5
    16.200   10 failover hsrp/10 192.0.2.3 192.0.2.2 cause hold-expiry; 10.200 s after the old router's last message
    ");
}

#[test]
fn an_unknown_opcode_changes_nothing() {
    let mut scenario = Scenario::new();
    scenario.hellos(0.0, 7.0, R1, ACTIVE);
    for time in [1.0, 2.0, 3.5] {
        scenario.hsrp(time, R2, Hsrp { opcode: 9, ..STANDBY });
    }
    insta::assert_snapshot!(scenario.timeline(), @r"
    0.000    1 group-seen hsrp/10 192.0.2.2 - virtual address 192.0.2.1
    0.000    1 state-changed hsrp/10 192.0.2.2 - first seen as active
    0.000    1 became-active hsrp/10 192.0.2.2 -
    ");
}

#[test]
fn more_routers_than_one_group_can_have_are_counted() {
    let mut scenario = Scenario::new();
    for number in 1..=20 {
        let router = Host { address: [192, 0, 2, 100 + number], mac: [2, 0, 0, 0, 0, number] };
        scenario.hsrp(f64::from(number) / 10.0, router, STANDBY).hsrp(3.0, router, STANDBY);
    }
    let outcome = scenario.run();
    assert_eq!(outcome.tracker.group_facts()[0].routers.len(), 16);
    // Four routers' messages, two each.
    assert_eq!(outcome.tracker.overflow().routers, 8);
}
