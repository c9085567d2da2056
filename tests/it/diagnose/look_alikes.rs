//! What looks like a fault and is none: nothing at `warning` or above is found, and the verdict is right.
//!
//! R1 owns the virtual address and dies at 28 s; R2 takes over at 37 s, which is *t_f*. The IKE SA from before has SPI 7.

use sagap::diagnose::Severity;
use sagap::wire::ike::{ExchangeType, PayloadType};

use crate::common::scenario::{
    ACTIVE, COUP, Hsrp, PEER_2, R1, R2, R3, RESIGN, STANDBY, Scenario, State, back, out, v1, v2,
};

use super::verdicts::failover;

/// The failover with the negotiation of SPI 7 before it.
fn known(end: f64) -> Scenario {
    let mut scenario = failover(end);
    scenario.negotiation(0.2, out(R1), back(), 7);
    scenario
}

/// R1 hands the role over to R2 at 37 s and lives on. No tunnel.
fn handover(end: f64) -> Scenario {
    let mut scenario = Scenario::new();
    scenario
        .pair(0.0, 36.0, R1, R2)
        .hsrp(36.9, R2, COUP)
        .hsrp(36.95, R1, RESIGN)
        .pair(37.0, end, R2, R1)
        .until(end);
    scenario
}

/// Verdicts with their reasons; whatever is found is no more than worth knowing.
fn healthy(scenario: &Scenario) -> String {
    let outcome = scenario.sorted().run();
    let grave: Vec<&str> = outcome
        .findings()
        .iter()
        .filter(|finding| finding.severity > Severity::Info)
        .map(|finding| finding.rule)
        .collect();
    assert_eq!(grave, [""; 0]);
    outcome.judgements()
}

/// Those events of a scenario whose names contain `name`.
fn told(scenario: &Scenario, name: &str) -> String {
    let timeline = scenario.timeline();
    let lines = timeline.lines().filter(|line| line.contains(name));
    lines.map(str::trim_start).collect::<Vec<_>>().join("\n")
}

/// ESP both ways from `from` to before 100 s, the sequence numbers rising with time.
fn in_udp(scenario: &mut Scenario, from: f64, spis: (u32, u32), first: u32) {
    let mut sequence = first;
    scenario.every(1.0, from, 100.0, |scenario, time| {
        scenario.esp_in_udp(time, out(R2), spis.0, sequence).esp_in_udp(time + 0.1, back(), spis.1, sequence);
        sequence += 1;
    });
}

/// R2 sets up an IKE SA alone, as the peer offers (RFC 6023).
fn childless(scenario: &mut Scenario) {
    let request = v2::encrypted(9, ExchangeType::IKE_AUTH, false, 1, PayloadType::IDI, 110);
    scenario
        .ike(38.0, out(R2), &v2::init(9))
        .ike(38.1, back(), &v2::init_answer_childless(9))
        .ike(38.2, out(R2), &request)
        .ike(38.3, back(), &v2::auth_without_child(9));
}

#[test]
fn a_stateful_failover_jumps_ahead() {
    let mut scenario = known(100.0);
    scenario.flow(37.1, 100.0, out(R2), 0xa, 100_000).flow(28.6, 100.0, back(), 0xb, 29);
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 stateful 1.00; negotiation after 0ns, ESP after 100ms, outage 9.6s
    97.000 verdict 192.0.2.1<>198.51.100.9 stateful 1.00
                x1.00 192.0.2.3 goes on with SPI 0000000a from sequence 100000 (frame 94); no negotiation is needed
    ");
}

#[test]
fn a_peer_that_moves_while_the_gateway_fails_over_takes_its_sas_along() {
    let mut scenario = known(100.0);
    scenario
        .ike(37.5, back().peer(PEER_2), &v2::notify_request(7, false, 0))
        .ike(37.6, out(R2).peer(PEER_2), &v2::answer(7, false, 0, PayloadType::NOTIFY))
        .flow(38.0, 100.0, out(R2).peer(PEER_2), 0xa, 200)
        .flow(38.05, 100.0, back().peer(PEER_2), 0xb, 40);
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 stateful 1.00; negotiation after 0ns, ESP after 1s, outage 10.5s
    97.000 verdict 192.0.2.1<>198.51.100.9 stateful 1.00
                x1.00 192.0.2.3 goes on with SPI 0000000a from sequence 200 (frame 87); no negotiation is needed
    ");
    insta::assert_snapshot!(told(&scenario, "endpoint-moved"), @"37.500   85 endpoint-moved 192.0.2.1<>198.51.100.10 - 198.51.100.10 IKE SA 0000000000000007 was in 192.0.2.1<>198.51.100.9 before");
}

#[test]
fn a_peer_that_moves_later_does_so_too() {
    let mut scenario = known(100.0);
    scenario
        .flow(37.1, 45.0, out(R2), 0xa, 200)
        .flow(28.6, 45.0, back(), 0xb, 40)
        .ike(45.5, back().peer(PEER_2), &v2::notify_request(7, false, 0))
        .ike(45.6, out(R2).peer(PEER_2), &v2::answer(7, false, 0, PayloadType::NOTIFY))
        .flow(46.0, 100.0, out(R2).peer(PEER_2), 0xa, 300)
        .flow(46.05, 100.0, back().peer(PEER_2), 0xb, 90);
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 stateful 1.00; negotiation after 0ns, ESP after 100ms, outage 9.6s
    97.000 verdict 192.0.2.1<>198.51.100.9 stateful 1.00
                x1.00 192.0.2.3 goes on with SPI 0000000a from sequence 200 (frame 94); no negotiation is needed
    ");
}

#[test]
fn a_peer_that_moved_before_is_judged_where_it_is() {
    let mut scenario = Scenario::new();
    scenario
        .pair(0.0, 28.0, R1, R2)
        .hellos(30.1, 37.0, R2, STANDBY)
        .hellos(37.0, 100.0, R2, ACTIVE)
        .until(100.0)
        .negotiation(0.2, out(R1), back(), 7)
        .both(0.5, 24.0, R1, (0xa, 0xb))
        .ike(24.5, back().peer(PEER_2), &v2::notify_request(7, false, 0))
        .ike(24.6, out(R1).peer(PEER_2), &v2::answer(7, false, 0, PayloadType::NOTIFY))
        .flow(25.0, 28.0, out(R1).peer(PEER_2), 0xa, 25)
        .flow(25.05, 28.0, back().peer(PEER_2), 0xb, 25)
        .negotiation(38.0, out(R2).peer(PEER_2), back().peer(PEER_2), 9)
        .flow(38.5, 100.0, out(R2).peer(PEER_2), 0xc, 1)
        .flow(38.55, 100.0, back().peer(PEER_2), 0xd, 1);
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 inconclusive 1.00; negotiation after 0ns, ESP after 0ns, outage 0ns
           192.0.2.1<>198.51.100.10 recovered 1.00; negotiation after 1s, ESP after 1.55s, outage 11.55s
    97.000 verdict 192.0.2.1<>198.51.100.9 inconclusive 1.00
                x1.00 its IKE SA had gone on in 192.0.2.1<>198.51.100.10 before the failover (frame 71)
    97.000 verdict 192.0.2.1<>198.51.100.10 recovered 1.00
                x1.00 ESP resumed 1.6 s after the failover (frame 90)
    ");
}

#[test]
fn a_redirected_initiator_is_elsewhere() {
    let mut scenario = known(100.0);
    scenario.ike(38.0, back(), &v2::init(9)).ike(38.1, out(R2), &v2::init_notify(9, 16407));
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 inconclusive 1.00; negotiation after 1s, ESP after 0ns, outage 0ns
    97.000 verdict 192.0.2.1<>198.51.100.9 inconclusive 1.00
                x1.00 the initiator was sent to another gateway (frame 86): the tunnel is there now
    ");
}

#[test]
fn a_session_is_resumed() {
    let mut scenario = known(100.0);
    scenario
        .ike(38.0, out(R2), &v2::resume(9, false))
        .ike(38.1, back(), &v2::resume(9, true))
        .ike(38.2, out(R2), &v2::auth(9))
        .ike(38.3, back(), &v2::auth_accepted(9))
        .both(38.5, 100.0, R2, (0xc, 0xd));
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 1s, ESP after 1.55s, outage 11.05s
    97.000 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                x1.00 ESP resumed 1.6 s after the failover (frame 90)
    ");
}

#[test]
fn message_ids_are_synchronised() {
    let mut scenario = known(100.0);
    scenario
        .ike(37.2, out(R2), &v2::notify_request(7, true, 0))
        .ike(37.3, back(), &v2::answer(7, true, 0, PayloadType::NOTIFY))
        .flow(37.5, 100.0, out(R2), 0xa, 200)
        .flow(28.6, 100.0, back(), 0xb, 29);
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 stateful 1.00; negotiation after 0ns, ESP after 500ms, outage 10s
    97.000 verdict 192.0.2.1<>198.51.100.9 stateful 1.00
                x1.00 192.0.2.3 goes on with SPI 0000000a from sequence 200 (frame 96); no negotiation is needed
    ");
}

#[test]
fn message_ids_are_synchronised_and_nothing_is_sent() {
    let mut scenario = known(100.0);
    scenario.ike(37.2, out(R2), &v2::notify_request(7, true, 0)).ike(
        37.3,
        back(),
        &v2::answer(7, true, 0, PayloadType::NOTIFY),
    );
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 inconclusive 1.00; negotiation after 0ns, ESP after 0ns, outage 0ns
    97.000 verdict 192.0.2.1<>198.51.100.9 inconclusive 1.00
                x1.00 192.0.2.3 goes on with the IKE SA that 192.0.2.2 had (frame 85), so that no negotiation is needed; no ESP was seen since
    ");
    insta::assert_snapshot!(told(&scenario, "ike-sa-taken-over"), @"37.200   85 ike-sa-taken-over 192.0.2.1<>198.51.100.9 192.0.2.3 198.51.100.9 IKE SA 0000000000000007, which 192.0.2.2 used before");
}

#[test]
fn the_new_router_answers_a_probe_and_nothing_is_sent() {
    let mut scenario = known(100.0);
    let probe = v2::encrypted(7, ExchangeType::INFORMATIONAL, false, 3, PayloadType::NONE, 76);
    scenario.ike(40.0, back(), &probe).ike(40.1, out(R2), &v2::answer(7, true, 3, PayloadType::NONE));
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 inconclusive 1.00; negotiation after 0ns, ESP after 0ns, outage 0ns
    97.000 verdict 192.0.2.1<>198.51.100.9 inconclusive 1.00
                x1.00 192.0.2.3 goes on with the IKE SA that 192.0.2.2 had (frame 87), so that no negotiation is needed; no ESP was seen since
    ");
}

#[test]
fn so_it_does_in_version_1() {
    let mut scenario = failover(100.0);
    for number in 1..=6 {
        let way = if number % 2 == 1 { out(R1) } else { back() };
        scenario.ike(0.1 + f64::from(number) / 100.0, way, &v1::main(7, number));
    }
    scenario.ike(40.0, back(), &v1::informational(7, 0x11)).ike(40.1, out(R2), &v1::informational(7, 0x22));
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 inconclusive 1.00; negotiation after 0ns, ESP after 0ns, outage 0ns
    97.000 verdict 192.0.2.1<>198.51.100.9 inconclusive 1.00
                x1.00 192.0.2.3 goes on with the IKE SA that 192.0.2.2 had (frame 89), so that no negotiation is needed; no ESP was seen since
    ");
}

#[test]
fn a_rekeying_of_the_child_sa_falls_together_with_the_failover() {
    let mut scenario = known(100.0);
    scenario
        .flow(37.1, 38.4, out(R2), 0xa, 200)
        .flow(28.6, 38.5, back(), 0xb, 29)
        .ike(38.0, back(), &v2::child(7, 3))
        .ike(38.1, out(R2), &v2::child_accepted(7, 3))
        .both(38.5, 100.0, R2, (0xc, 0xd));
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 stateful 1.00; negotiation after 1s, ESP after 100ms, outage 9.6s
    97.000 verdict 192.0.2.1<>198.51.100.9 stateful 1.00
                x1.00 192.0.2.3 goes on with SPI 0000000a from sequence 200 (frame 94); no negotiation is needed
    ");
}

#[test]
fn a_rekeying_of_the_child_sa_is_the_first_that_is_seen_of_the_new_router() {
    let mut scenario = known(100.0);
    scenario.ike(38.0, back(), &v2::child(7, 3)).ike(38.1, out(R2), &v2::child_accepted(7, 3)).both(
        38.5,
        100.0,
        R2,
        (0xc, 0xd),
    );
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 1s, ESP after 1.55s, outage 11.05s
    97.000 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                x1.00 ESP resumed 1.6 s after the failover (frame 88)
    ");
}

#[test]
fn a_rekeying_of_the_ike_sa_falls_together_with_the_failover() {
    let mut scenario = known(100.0);
    let delete = v2::encrypted(7, ExchangeType::INFORMATIONAL, false, 4, PayloadType::DELETE, 76);
    scenario
        .flow(37.1, 100.0, out(R2), 0xa, 200)
        .flow(28.6, 100.0, back(), 0xb, 29)
        .ike(38.0, back(), &v2::child(7, 3))
        .ike(38.1, out(R2), &v2::child_accepted(7, 3))
        .ike(38.2, back(), &delete)
        .ike(38.3, out(R2), &v2::answer(7, true, 4, PayloadType::NONE));
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 stateful 1.00; negotiation after 1s, ESP after 100ms, outage 9.6s
    97.000 verdict 192.0.2.1<>198.51.100.9 stateful 1.00
                x1.00 192.0.2.3 goes on with SPI 0000000a from sequence 200 (frame 94); no negotiation is needed
    ");
    insta::assert_snapshot!(told(&scenario, "sa-deleted"), @"38.200   99 sa-deleted 192.0.2.1<>198.51.100.9 - 198.51.100.9 by IKE SA 0000000000000007; certainty sure");
}

#[test]
fn a_rekeying_of_the_ike_sa_of_a_tunnel_that_carries_nothing_any_more() {
    let mut scenario = known(100.0);
    scenario.ike(38.0, back(), &v2::child(7, 3)).ike(38.1, out(R2), &v2::child_accepted(7, 3));
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 inconclusive 1.00; negotiation after 1s, ESP after 0ns, outage 0ns
    97.000 verdict 192.0.2.1<>198.51.100.9 inconclusive 1.00
                x1.00 192.0.2.3 goes on with the IKE SA that 192.0.2.2 had (frame 86), so that no negotiation is needed; no ESP was seen since
    ");
}

#[test]
fn tunnels_of_the_routers_own_addresses_go_on_when_the_role_is_handed_over() {
    let mut scenario = handover(100.0);
    scenario
        .flow(0.5, 100.0, out(R1).own(R1), 0x1a, 1)
        .flow(0.55, 100.0, back().own(R1), 0x1b, 1)
        .flow(0.6, 100.0, out(R2).own(R2), 0x2a, 1)
        .flow(0.65, 100.0, back().own(R2), 0x2b, 1);
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: coup
           192.0.2.2<>198.51.100.9 stateful 1.00; negotiation after 0ns, ESP after 600ms, outage 1s
           192.0.2.3<>198.51.100.9 stateful 1.00; negotiation after 0ns, ESP after 600ms, outage 1s
    97.000 verdict 192.0.2.2<>198.51.100.9 stateful 1.00
                x1.00 192.0.2.3 goes on with SPI 0000002a from sequence 38 (frame 179); no negotiation is needed
    97.000 verdict 192.0.2.3<>198.51.100.9 stateful 1.00
                x1.00 192.0.2.3 goes on with SPI 0000002a from sequence 38 (frame 179); no negotiation is needed
    ");
}

#[test]
fn the_traffic_of_such_tunnels_may_shift_from_one_to_the_other() {
    let mut scenario = handover(100.0);
    scenario
        .flow(0.5, 37.0, out(R1).own(R1), 0x1a, 1)
        .flow(0.55, 40.0, back().own(R1), 0x1b, 1)
        .flow(0.6, 100.0, out(R2).own(R2), 0x2a, 1)
        .flow(40.65, 100.0, back().own(R2), 0x2b, 1);
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: coup
           192.0.2.2<>198.51.100.9 stateful 1.00; negotiation after 0ns, ESP after 600ms, outage 1.05s
           192.0.2.3<>198.51.100.9 stateful 1.00; negotiation after 0ns, ESP after 600ms, outage 1s
    97.000 verdict 192.0.2.2<>198.51.100.9 stateful 1.00
                x1.00 192.0.2.3 goes on with SPI 0000002a from sequence 38 (frame 141); no negotiation is needed
    97.000 verdict 192.0.2.3<>198.51.100.9 stateful 1.00
                x1.00 192.0.2.3 goes on with SPI 0000002a from sequence 38 (frame 141); no negotiation is needed
    ");
}

#[test]
fn the_tunnel_of_the_dead_routers_own_address_goes_with_it() {
    let mut scenario = Scenario::new();
    scenario
        .pair(0.0, 28.0, R1, R2)
        .hellos(30.1, 37.0, R2, STANDBY)
        .hellos(37.0, 100.0, R2, ACTIVE)
        .until(100.0)
        .flow(0.5, 28.0, out(R1).own(R1), 0x1a, 1)
        .flow(0.55, 60.0, back().own(R1), 0x1b, 1)
        .flow(0.6, 100.0, out(R2).own(R2), 0x2a, 1)
        .flow(0.65, 100.0, back().own(R2), 0x2b, 1);
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.2<>198.51.100.9 stateful 1.00; negotiation after 0ns, ESP after 600ms, outage 1s
           192.0.2.3<>198.51.100.9 stateful 1.00; negotiation after 0ns, ESP after 600ms, outage 1s
    97.000 verdict 192.0.2.2<>198.51.100.9 stateful 1.00
                x1.00 192.0.2.3 goes on with SPI 0000002a from sequence 38 (frame 165); no negotiation is needed
    97.000 verdict 192.0.2.3<>198.51.100.9 stateful 1.00
                x1.00 192.0.2.3 goes on with SPI 0000002a from sequence 38 (frame 165); no negotiation is needed
    ");
}

#[test]
fn the_only_tunnel_of_a_routers_own_address_goes_on_there() {
    let mut scenario = handover(100.0);
    scenario.flow(0.5, 100.0, out(R1).own(R1), 0x1a, 1).flow(0.55, 100.0, back().own(R1), 0x1b, 1);
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: coup
           192.0.2.2<>198.51.100.9 stateful 1.00; negotiation after 0ns, ESP after 0ns, outage 0ns
    97.000 verdict 192.0.2.2<>198.51.100.9 stateful 1.00
                x1.00 the tunnel ends at 192.0.2.2's own address, which did not move, and goes on there with SPI 0000001a (frame 259); no negotiation is needed
    ");
}

#[test]
fn the_new_router_sets_up_a_tunnel_from_its_own_address_in_place_of_the_old_ones() {
    let mut scenario = Scenario::new();
    scenario
        .pair(0.0, 28.0, R1, R2)
        .hellos(30.1, 37.0, R2, STANDBY)
        .hellos(37.0, 100.0, R2, ACTIVE)
        .until(100.0)
        .flow(0.5, 28.0, out(R1).own(R1), 0x1a, 1)
        .flow(0.55, 36.0, back().own(R1), 0x1b, 1)
        .negotiation(60.0, out(R2).own(R2), back().own(R2), 9)
        .flow(60.5, 100.0, out(R2).own(R2), 0x2a, 1)
        .flow(60.55, 100.0, back().own(R2), 0x2b, 1);
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.2<>198.51.100.9 recovered 1.00; negotiation after 23s, ESP after 23.55s, outage 33.05s
    97.000 verdict 192.0.2.2<>198.51.100.9 recovered 1.00
                x1.00 ESP resumed 23.6 s after the failover (frame 101)
                x1.00 IKE was sent from 192.0.2.3, not from 192.0.2.2
    ");
}

#[test]
fn the_tunnel_of_a_third_routers_own_address_has_nothing_to_do_with_it() {
    let mut scenario = handover(100.0);
    scenario.hellos(0.2, 100.0, R3, LISTEN).flow(0.5, 37.0, out(R3).own(R3), 0x1a, 1).flow(
        0.55,
        37.0,
        back().own(R3),
        0x1b,
        1,
    );
    insta::assert_snapshot!(healthy(&scenario).trim_start(), @"37.000 failover to 192.0.2.3: coup");
}

#[test]
fn a_tunnel_without_traffic_stays_as_it_is() {
    let mut scenario = handover(160.0);
    for frame in &mut scenario.frames {
        frame.0 += 60_000_000_000;
    }
    scenario.negotiation(0.2, out(R1), back(), 7).both(0.5, 5.0, R1, (0xa, 0xb)).pair(0.0, 60.0, R1, R2);
    insta::assert_snapshot!(healthy(&scenario), @"
     97.000 failover to 192.0.2.3: coup
            192.0.2.1<>198.51.100.9 idle 1.00; negotiation after 0ns, ESP after 0ns, outage 0ns
    157.000 verdict 192.0.2.1<>198.51.100.9 idle 1.00
                 x1.00 no ESP and no IKE in the 60.0 s before the failover, nor after it
    ");
}

#[test]
fn an_ike_sa_comes_up_without_a_child_sa_which_follows() {
    let mut scenario = known(100.0);
    childless(&mut scenario);
    scenario.ike(39.0, out(R2), &v2::child(9, 2)).ike(39.1, back(), &v2::child_accepted(9, 2)).both(
        39.5,
        100.0,
        R2,
        (0xc, 0xd),
    );
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 1s, ESP after 2.55s, outage 12.05s
    97.000 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                x1.00 ESP resumed 2.5 s after the failover (frame 92)
    ");
    insta::assert_snapshot!(told(&scenario, "negotiation-"), @"
    0.200    3 negotiation-started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 IKEv2 IKE_SA_INIT by 192.0.2.1; SPI 0000000000000007
    0.230    6 negotiation-completed 192.0.2.1<>198.51.100.9 - 198.51.100.9 IKE_AUTH; SPI 0000000000000007; certainty high
    38.000   85 negotiation-started 192.0.2.1<>198.51.100.9 192.0.2.3 198.51.100.9 IKEv2 IKE_SA_INIT by 192.0.2.1; SPI 0000000000000009
    38.300   88 negotiation-completed 192.0.2.1<>198.51.100.9 - 198.51.100.9 IKE_AUTH; SPI 0000000000000009; certainty high
    39.000   89 negotiation-started 192.0.2.1<>198.51.100.9 192.0.2.3 198.51.100.9 IKEv2 CREATE_CHILD_SA by 192.0.2.1; SPI 0000000000000009
    39.100   90 negotiation-completed 192.0.2.1<>198.51.100.9 - 198.51.100.9 CREATE_CHILD_SA; SPI 0000000000000009; certainty high
    ");
}

#[test]
fn an_ike_sa_comes_up_without_a_child_sa_because_nothing_is_to_be_sent() {
    let mut scenario = known(100.0);
    childless(&mut scenario);
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 inconclusive 1.00; negotiation after 1s, ESP after 0ns, outage 0ns
    97.000 verdict 192.0.2.1<>198.51.100.9 inconclusive 1.00
                x1.00 IKE_AUTH completed (frame 88), and no child SA followed
    ");
}

#[test]
fn initial_contact_ends_the_old_sas_both_ways_at_once() {
    let mut scenario = known(100.0);
    scenario.flow(28.6, 39.0, back(), 0xb, 29).negotiation(39.0, back(), out(R2), 9).both(
        39.5,
        100.0,
        R2,
        (0xc, 0xd),
    );
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 2s, ESP after 2.55s, outage 12.05s
    97.000 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                x1.00 ESP resumed 2.5 s after the failover (frame 101)
    ");
}

#[test]
fn esp_floats_into_udp() {
    let mut scenario = known(100.0);
    in_udp(&mut scenario, 37.1, (0xa, 0xb), 2000);
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 stateful 1.00; negotiation after 0ns, ESP after 100ms, outage 9.6s
    97.000 verdict 192.0.2.1<>198.51.100.9 stateful 1.00
                x1.00 192.0.2.3 goes on with SPI 0000000a from sequence 2000 (frame 85); no negotiation is needed
    ");
}

#[test]
fn ike_floats_to_the_port_of_nat_traversal() {
    let mut scenario = known(100.0);
    let marked = |message: Vec<u8>| [vec![0; 4], message].concat();
    scenario
        .ike(38.0, back(), &v2::init(9))
        .ike(38.1, out(R2), &v2::init_answer(9))
        .udp(38.2, back(), 4500, &marked(v2::auth(9)))
        .udp(38.3, out(R2), 4500, &marked(v2::auth_accepted(9)));
    in_udp(&mut scenario, 39.1, (0xc, 0xd), 1);
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 1s, ESP after 2.2s, outage 11.7s
    97.000 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                x1.00 ESP resumed 2.2 s after the failover (frame 90)
    ");
}

#[test]
fn a_cookie_and_another_group_take_two_rounds_more() {
    let mut scenario = known(100.0);
    scenario
        .ike(38.0, out(R2), &v2::init(9))
        .ike(38.1, back(), &v2::init_notify(9, 16390))
        .ike(38.2, out(R2), &v2::init_again(9))
        .ike(38.3, back(), &v2::init_notify(9, 17))
        .ike(38.4, out(R2), &v2::init(9))
        .ike(38.5, back(), &v2::init_answer(9))
        .ike(38.6, out(R2), &v2::auth(9))
        .ike(38.7, back(), &v2::auth_accepted(9))
        .both(39.5, 100.0, R2, (0xc, 0xd));
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 1s, ESP after 2.55s, outage 12.05s
    97.000 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                x1.00 ESP resumed 2.5 s after the failover (frame 94)
    ");
}

#[test]
fn eap_takes_several_rounds() {
    let mut scenario = known(100.0);
    let round = |is_response, id, first, length| {
        v2::encrypted(9, ExchangeType::IKE_AUTH, is_response, id, first, length)
    };
    scenario
        .ike(38.0, back(), &v2::init(9))
        .ike(38.1, out(R2), &v2::init_answer(9))
        .ike(38.2, back(), &round(false, 1, PayloadType::IDI, 250))
        .ike(38.3, out(R2), &round(true, 1, PayloadType::IDR, 120))
        .ike(38.4, back(), &round(false, 2, PayloadType::EAP, 90))
        .ike(38.5, out(R2), &round(true, 2, PayloadType::EAP, 90))
        .ike(38.6, back(), &round(false, 3, PayloadType::AUTH, 90))
        .ike(38.7, out(R2), &round(true, 3, PayloadType::AUTH, 200))
        .both(39.5, 100.0, R2, (0xc, 0xd));
    insta::assert_snapshot!(healthy(&scenario), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 1s, ESP after 2.55s, outage 12.05s
    97.000 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                x1.00 ESP resumed 2.5 s after the failover (frame 94)
    ");
}

/// A third router, that neither owns the role nor stands by for it.
const LISTEN: Hsrp = Hsrp { state: State::Listen, ..ACTIVE };
