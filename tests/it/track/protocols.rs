//! VRRP, GLBP and CARP give the events that HSRP gives.

use sagap::diagnose::{Options, Seen, limits};
use sagap::wire::glbp::State;

use crate::common::gateways::{VIRTUAL_6, advertisement};
use crate::common::scenario::{ACTIVE, R1, R2, R3, Scenario, VIRTUAL, back, out};

/// The events that tell who is active.
fn ownership(scenario: &Scenario) -> String {
    const LEFT_OUT: &[&str] = &["state-changed", "group-seen"];
    let timeline = scenario.timeline();
    let told = timeline
        .lines()
        .filter(|line| line.split_whitespace().nth(2).is_some_and(|event| !LEFT_OUT.contains(&event)));
    told.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_vrrp_master_that_falls_silent_is_followed_after_its_down_interval() {
    let mut scenario = Scenario::new();
    scenario.vrrp_from(0.0, 10.0, R1, 110).vrrp_from(12.61, 20.0, R2, 100);
    insta::assert_snapshot!(ownership(&scenario), @r"
     0.000    1 became-active vrrp/10 192.0.2.2 -
    12.570    - hold-expired vrrp/10 192.0.2.2 - silent since frame 10
    12.610   11 failover vrrp/10 192.0.2.3 192.0.2.2 cause hold-expiry; 3.610 s after the old router's last message
    ");
}

#[test]
fn a_vrrp_master_that_stops_says_so_with_priority_0() {
    let mut scenario = Scenario::new();
    scenario.vrrp_from(0.0, 10.0, R1, 110).vrrp(9.5, R1, 0).vrrp_from(10.11, 20.0, R2, 100);
    insta::assert_snapshot!(ownership(&scenario), @r"
     0.000    1 became-active vrrp/10 192.0.2.2 -
     9.500   11 resign vrrp/10 192.0.2.2 -
    10.110   12 failover vrrp/10 192.0.2.3 192.0.2.2 cause priority-zero; 0.610 s after the old router's last message
    ");
}

#[test]
fn a_better_vrrp_router_preempts() {
    let mut scenario = Scenario::new();
    scenario.vrrp_from(0.0, 10.3, R2, 100).vrrp_from(10.4, 20.0, R1, 110);
    insta::assert_snapshot!(ownership(&scenario), @r"
     0.000    1 became-active vrrp/10 192.0.2.3 -
    10.400   12 failover vrrp/10 192.0.2.2 192.0.2.3 cause preempt; 0.400 s after the old router's last message
    ");
}

#[test]
fn two_vrrp_masters_are_one_conflict() {
    let mut scenario = Scenario::new();
    scenario.vrrp_from(0.0, 600.0, R1, 110).vrrp_from(0.3, 600.0, R2, 100);
    insta::assert_snapshot!(ownership(&scenario), @r"
    0.000    1 became-active vrrp/10 192.0.2.2 -
    1.300    4 active-conflict vrrp/10 192.0.2.3 192.0.2.2 claims the active role beside its owner
    ");
}

#[test]
fn several_masters_of_several_groups_share_the_load() {
    let mut scenario = Scenario::new();
    let other = advertisement(20, 110, vec![[192, 0, 2, 20].into()]);
    scenario.vrrp_from(0.0, 60.0, R1, 110).every(1.0, 0.2, 60.0, |scenario, time| {
        scenario.vrrp_says(time, R2, &other);
    });
    insta::assert_snapshot!(ownership(&scenario), @r"
    0.000    1 became-active vrrp/10 192.0.2.2 -
    0.200    2 became-active vrrp/20 192.0.2.3 -
    ");
}

#[test]
fn vrrp_settings_that_change_are_told() {
    let slower = sagap::wire::vrrp::Advertisement {
        interval_ms: 2000,
        ..advertisement(10, 90, vec![VIRTUAL.into(), [192, 0, 2, 7].into()])
    };
    let mut scenario = Scenario::new();
    scenario.vrrp_from(0.0, 3.0, R1, 110).vrrp_says(3.0, R1, &slower);
    insta::assert_snapshot!(ownership(&scenario), @r"
    0.000    1 became-active vrrp/10 192.0.2.2 -
    3.000    4 config-changed vrrp/10 192.0.2.2 - virtual-address 192.0.2.1 to 192.0.2.1;192.0.2.7
    3.000    4 config-changed vrrp/10 192.0.2.2 - priority 110 to 90
    3.000    4 config-changed vrrp/10 192.0.2.2 - hello 1000 ms to 2000 ms
    ");
}

#[test]
fn vrrp_over_ipv6_has_groups_of_its_own_and_learns_addresses_from_neighbour_advertisements() {
    let global = "2001:db8::1".parse().expect("an address");
    let mut scenario = Scenario::new();
    scenario.every(1.0, 0.0, 5.0, |scenario, time| {
        scenario.vrrp_6(time, 2, 110);
    });
    scenario
        .neighbour(1.5, [0, 0, 0x5e, 0, 2, 36], VIRTUAL_6)
        .neighbour(1.6, [0, 0, 0x5e, 0, 2, 36], global)
        .neighbour(1.7, [2, 0, 0, 0, 0, 1], "2001:db8::77".parse().expect("an address"));
    scenario.every(1.0, 8.61, 12.0, |scenario, time| {
        scenario.vrrp_6(time, 3, 100);
    });
    insta::assert_snapshot!(ownership(&scenario), @r"
    0.000    1 became-active vrrp6/36 fe80::2 -
    1.500    3 neighbour-advertisement vrrp6/36 fe80::2 - fe80::3636 is at 00:00:5e:00:02:24
    1.600    4 neighbour-advertisement vrrp6/36 fe80::2 - 2001:db8::1 is at 00:00:5e:00:02:24
    7.570    - hold-expired vrrp6/36 fe80::2 - silent since frame 8
    8.610    9 failover vrrp6/36 fe80::3 fe80::2 cause hold-expiry; 4.610 s after the old router's last message
    ");
    let groups = scenario.sorted().run().tracker.group_facts();
    let addresses: Vec<String> = groups[0].virtual_addresses.iter().map(ToString::to_string).collect();
    assert_eq!(addresses, ["2001:db8::1", "fe80::3636"]);
}

#[test]
fn the_link_local_address_of_a_virtual_interface_is_none_of_its_ipv4_group() {
    let mut scenario = Scenario::new();
    scenario.vrrp_from(0.0, 5.0, R1, 110).neighbour(1.5, [0, 0, 0x5e, 0, 1, 10], VIRTUAL_6);
    let groups = scenario.sorted().run().tracker.group_facts();
    assert_eq!(groups[0].virtual_addresses, [std::net::IpAddr::from(VIRTUAL)]);
}

#[test]
fn carp_is_no_vrrp_that_resigns_for_ever() {
    let mut scenario = Scenario::new();
    scenario.carp_from(0.0, 10.0, R1, 0).carp_from(12.2, 20.0, R2, 100).carp_from(20.1, 30.0, R1, 0);
    insta::assert_snapshot!(ownership(&scenario), @r"
     0.000    1 became-active carp/10 192.0.2.2 -
    12.000    - hold-expired carp/10 192.0.2.2 - silent since frame 10
    12.200   11 failover carp/10 192.0.2.3 192.0.2.2 cause hold-expiry; 3.200 s after the old router's last message
    20.100   19 failover carp/10 192.0.2.2 192.0.2.3 cause preempt; 0.900 s after the old router's last message
    ");
}

#[test]
fn a_carp_master_says_goodbye_with_the_longest_interval() {
    let mut scenario = Scenario::new();
    scenario.carp_from(0.0, 5.0, R1, 0).carp(5.0, R1, (255, 255)).carp_from(5.4, 9.0, R2, 100);
    insta::assert_snapshot!(ownership(&scenario), @r"
    0.000    1 became-active carp/10 192.0.2.2 -
    5.000    6 resign carp/10 192.0.2.2 -
    5.400    7 failover carp/10 192.0.2.3 192.0.2.2 cause resign; 0.400 s after the old router's last message
    ");
}

#[test]
fn a_glbp_forwarder_moves_without_its_group() {
    let mut scenario = Scenario::new();
    scenario
        .glbp_from((0.0, 60.0), R1, State::Active, &[1])
        .glbp_from((0.5, 20.0), R2, State::Standby, &[2])
        // R2 is gone: the active gateway stands in for its forwarder.
        .glbp_from((30.2, 60.0), R1, State::Active, &[1, 2]);
    insta::assert_snapshot!(ownership(&scenario), @r"
     0.000    1 became-active glbp/1 192.0.2.2 -
     0.000    1 became-active glbp/1.1 192.0.2.2 -
     0.500    2 became-active glbp/1.2 192.0.2.3 -
    28.500    - hold-expired glbp/1.2 192.0.2.3 - silent since frame 14
    30.200   19 forwarder-moved glbp/1.2 192.0.2.2 192.0.2.3 cause hold-expiry; 11.700 s after the old router's last message
    ");
}

#[test]
fn a_glbp_gateway_that_falls_silent_fails_over() {
    let mut scenario = Scenario::new();
    scenario
        .glbp_from((0.0, 20.0), R1, State::Active, &[1])
        .glbp_from((0.5, 29.0), R2, State::Standby, &[2])
        .glbp_from((29.5, 60.0), R2, State::Active, &[1, 2])
        .glbp_from((0.7, 60.0), R3, State::Listen, &[]);
    insta::assert_snapshot!(ownership(&scenario), @r"
     0.000    1 became-active glbp/1 192.0.2.2 -
     0.000    1 became-active glbp/1.1 192.0.2.2 -
     0.500    2 became-active glbp/1.2 192.0.2.3 -
    28.000    - hold-expired glbp/1 192.0.2.2 - silent since frame 19
    28.000    - hold-expired glbp/1.1 192.0.2.2 - silent since frame 19
    29.500   28 failover glbp/1 192.0.2.3 192.0.2.2 cause hold-expiry; 11.500 s after the old router's last message
    29.500   28 forwarder-moved glbp/1.1 192.0.2.3 192.0.2.2 cause hold-expiry; 11.500 s after the old router's last message
    ");
}

#[test]
fn a_tunnel_behind_vrrp_gets_its_verdict() {
    let mut scenario = Scenario::new();
    scenario
        .vrrp_from(0.0, 10.0, R1, 110)
        .both(0.2, 10.0, R1, (0xa, 0xb))
        .vrrp_from(12.61, 60.0, R2, 100)
        .negotiation(14.0, out(R2), back(), 7)
        .both(14.5, 60.0, R2, (0xc, 0xd));
    insta::assert_snapshot!(scenario.judgements(), @r"
    12.610 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 1.39s, ESP after 1.94s, outage 5.35s
    59.610 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                x1.00 ESP resumed 1.9 s after the failover (frame 38)
    ");
}

#[test]
fn two_masters_are_one_split_brain_however_often_the_role_moves() {
    let mut scenario = Scenario::new();
    scenario
        .vrrp_from(0.0, 300.0, R1, 110)
        .vrrp_from(0.3, 100.0, R2, 100)
        // R2 is lost for a while, and R1 after it.
        .vrrp_from(120.3, 400.0, R2, 100)
        .vrrp_from(310.0, 400.0, R1, 110);
    insta::assert_snapshot!(scenario.judgements(), @r"
    303.300 failover to 192.0.2.3: hold-expiry
    310.000 failover to 192.0.2.2: preempt
    frame 4 critical gateway-split-brain 1.00: 192.0.2.2 and 192.0.2.3 were both active for vrrp/10 for 387.0 s in all, in 2 stretches
    ");
}

#[test]
fn a_hello_that_crosses_a_takeover_is_no_split_brain() {
    let mut scenario = Scenario::new();
    scenario.vrrp_from(0.0, 10.5, R2, 100).vrrp_from(9.8, 20.0, R1, 110);
    insta::assert_snapshot!(scenario.judgements(), @"  9.800 failover to 192.0.2.2: preempt");
}

#[test]
fn a_master_that_speaks_on_keeps_role_and_tunnel_whatever_a_lesser_router_claims() {
    let mut scenario = Scenario::new();
    scenario.vrrp_from(0.0, 300.0, R1, 110).vrrp_from(60.5, 300.0, R2, 100).both(0.2, 300.0, R1, (0xa, 0xb));
    insta::assert_snapshot!(scenario.judgements(), @"frame 188 critical gateway-split-brain 1.00: 192.0.2.2 and 192.0.2.3 were both active for vrrp/10 for 238.0 s");
}

#[test]
fn a_stray_claim_of_a_lesser_router_changes_nothing() {
    let mut scenario = Scenario::new();
    scenario.vrrp_from(0.0, 100.0, R1, 110).vrrp(60.5, R2, 100);
    insta::assert_snapshot!(ownership(&scenario), @"  0.000    1 became-active vrrp/10 192.0.2.2 -");
}

#[test]
fn of_two_equal_backups_the_one_with_the_higher_address_takes_over() {
    let mut scenario = Scenario::new();
    scenario.vrrp_from(0.0, 10.0, R1, 110).vrrp_from(12.61, 30.0, R3, 100).vrrp(12.6104, R2, 100);
    insta::assert_snapshot!(ownership(&scenario), @r"
     0.000    1 became-active vrrp/10 192.0.2.2 -
    12.570    - hold-expired vrrp/10 192.0.2.2 - silent since frame 10
    12.610   11 failover vrrp/10 192.0.2.4 192.0.2.2 cause hold-expiry; 3.610 s after the old router's last message
    ");
    let mut scenario = Scenario::new();
    scenario.vrrp_from(0.0, 10.0, R1, 110).vrrp(12.61, R2, 100).vrrp_from(12.6104, 30.0, R3, 100);
    insta::assert_snapshot!(ownership(&scenario), @r"
     0.000    1 became-active vrrp/10 192.0.2.2 -
    12.570    - hold-expired vrrp/10 192.0.2.2 - silent since frame 10
    12.610   11 failover vrrp/10 192.0.2.3 192.0.2.2 cause hold-expiry; 3.610 s after the old router's last message
    12.610   12 failover vrrp/10 192.0.2.4 192.0.2.3 cause preempt; 0.000 s after the old router's last message
    ");
}

#[test]
fn a_tie_at_the_start_of_a_capture_is_no_split_brain() {
    let mut scenario = Scenario::new();
    scenario.vrrp(0.0, R1, 100).vrrp_from(0.0002, 30.0, R2, 100);
    insta::assert_snapshot!(scenario.judgements(), @"  2.000 failover to 192.0.2.3: preempt");
}

#[test]
fn a_preempt_right_after_the_start_of_a_capture_is_one() {
    let mut scenario = Scenario::new();
    scenario.vrrp_from(0.0, 1.1, R2, 100).vrrp_from(1.2, 30.0, R1, 150);
    insta::assert_snapshot!(scenario.judgements(), @"  1.200 failover to 192.0.2.2: preempt");
}

#[test]
fn a_capture_may_begin_with_the_end_of_a_master() {
    let mut scenario = Scenario::new();
    scenario.vrrp(0.0, R1, 0).vrrp_from(0.61, 30.0, R2, 100);
    insta::assert_snapshot!(ownership(&scenario), @r"
    0.000    1 resign vrrp/10 192.0.2.2 -
    0.610    2 failover vrrp/10 192.0.2.3 192.0.2.2 cause priority-zero; 0.610 s after the old router's last message
    ");
}

#[test]
fn a_demoted_carp_master_gives_way_to_a_slower_one() {
    let mut scenario = Scenario::new();
    scenario.carp_from(0.0, 10.0, R1, 0);
    scenario.carp_demoted(10.0, R1, (1, 0), 1).carp_from(10.3, 20.0, R2, 100);
    insta::assert_snapshot!(ownership(&scenario), @r"
     0.000    1 became-active carp/10 192.0.2.2 -
    10.000   11 config-changed carp/10 192.0.2.2 - demotion 0 to 1
    10.300   12 failover carp/10 192.0.2.3 192.0.2.2 cause preempt; 0.300 s after the old router's last message
    ");
}

#[test]
fn a_tunnel_that_stays_with_the_old_router_of_two_is_not_dead() {
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 60.0, R1, R2).hellos(60.0, 200.0, R1, ACTIVE).hellos(60.7, 200.0, R2, ACTIVE).both(
        0.2,
        200.0,
        R1,
        (0xa, 0xb),
    );
    insta::assert_snapshot!(scenario.judgements(), @r"
     60.700 failover to 192.0.2.3: unknown
            192.0.2.1<>198.51.100.9 inconclusive 1.00; negotiation after 0ns, ESP after 0ns, outage 0ns
    120.700 verdict 192.0.2.1<>198.51.100.9 inconclusive 1.00
                 x1.00 192.0.2.2 claims hsrp/10 still (frame 177) and goes on with the ESP of this tunnel (frame 322): it was not taken over
    frame 177 critical gateway-split-brain 1.00: 192.0.2.3 and 192.0.2.2 were both active for hsrp/10 for 132.0 s
    ");
}

#[test]
fn esp_that_ends_where_a_forwarder_moves_is_not_judged_and_says_so() {
    let mut scenario = Scenario::new();
    scenario
        .glbp_from((0.0, 90.0), R1, State::Active, &[1])
        .glbp_from((0.5, 20.0), R2, State::Standby, &[2])
        .glbp_from((30.2, 90.0), R1, State::Active, &[1, 2])
        .both(0.2, 20.0, R2, (0xa, 0xb));
    let told = scenario.sorted().run();
    let (groups, tunnels) = (told.tracker.group_facts(), told.tracker.tunnel_facts());
    let seen = Seen {
        captures: &[("capture", &told.observer.tallies()[0])],
        groups: &groups,
        tunnels: &tunnels,
        failovers: &[],
        overflow: told.tracker.overflow(),
        suppressed: 0,
    };
    let limits = limits(&seen, &Options::default());
    let ended: Vec<_> = limits.iter().filter(|limit| limit.starts_with("why outbound")).collect();
    insta::assert_snapshot!(ended[0], @"why outbound ESP of 192.0.2.1<>198.51.100.9 ended with frame 53 is not shown: no failover was seen, but glbp/1.2 moved to another router, which is not judged");
}
