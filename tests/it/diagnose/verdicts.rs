//! One scenario for each verdict, and its look-alikes.
//!
//! R1 owns the virtual address and dies at 28 s; R2 takes over at 37 s, which is *t_f*.

use sagap::wire::ike::{ExchangeType, PayloadType};

use crate::common::scenario::{
    ACTIVE, COUP, PEER_2, R1, R2, RESIGN, SPEAK, STANDBY, Scenario, VIRTUAL, back, out, v1, v2,
};

/// R1 active and R2 standby; R2 active from 37 s to `end`. No tunnel.
fn takeover(end: f64) -> Scenario {
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 28.0, R1, R2).hellos(30.1, 37.0, R2, STANDBY).hellos(37.0, end, R2, ACTIVE);
    scenario.until(end);
    scenario
}

/// The same with ESP both ways, SPIs a and b, until R1 dies.
pub(super) fn failover(end: f64) -> Scenario {
    let mut scenario = takeover(end);
    scenario.both(0.5, 28.0, R1, (0xa, 0xb));
    scenario
}

// idle

#[test]
fn a_tunnel_silent_for_a_window_before_and_after_is_idle() {
    let mut scenario = takeover(100.0);
    for frame in &mut scenario.frames {
        frame.0 += 60_000_000_000;
    }
    scenario.both(0.5, 5.0, R1, (0xa, 0xb));
    insta::assert_snapshot!(scenario.judgements(), @r"
     97.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 idle 1.00; negotiation after 0ns, ESP after 0ns, outage 0ns
    157.000 verdict 192.0.2.1<>198.51.100.9 idle 1.00
                 x1.00 no ESP and no IKE in the 60.0 s before the failover, nor after it
    ");
}

#[test]
fn one_probe_of_the_peer_is_enough_not_to_be_idle() {
    let mut scenario = takeover(160.0);
    for frame in &mut scenario.frames {
        frame.0 += 60_000_000_000;
    }
    scenario.both(0.5, 5.0, R1, (0xa, 0xb)).ike(110.0, back(), &v2::probe(7, 9));
    insta::assert_snapshot!(scenario.judgements(), @"
     97.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 no-negotiation 0.50; negotiation after 0ns, ESP after 0ns, outage 0ns
    157.000 verdict 192.0.2.1<>198.51.100.9 no-negotiation 0.50
                 x1.00 no negotiation was begun by either end in the 60.0 s after the failover
                 x1.00 the tunnel was wanted: 198.51.100.9 sent 1 IKE informational message from frame 39
                 x0.50 no ESP ran until the failover, nor more than a packet of it after that: it may have nothing to send
    frame 34 critical failover-without-negotiation 0.50: no IPsec negotiation with 198.51.100.9 in the 123.0 s after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry)
    ");
}

// stateful

#[test]
fn the_same_spi_with_rising_sequence_is_stateful() {
    let mut scenario = failover(100.0);
    scenario.flow(37.1, 100.0, out(R2), 0xa, 2000).flow(28.6, 100.0, back(), 0xb, 29);
    insta::assert_snapshot!(scenario.judgements(), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 stateful 1.00; negotiation after 0ns, ESP after 100ms, outage 9.6s
    97.000 verdict 192.0.2.1<>198.51.100.9 stateful 1.00
                x1.00 192.0.2.3 goes on with SPI 0000000a from sequence 2000 (frame 90); no negotiation is needed
    ");
}

#[test]
fn a_jump_beyond_any_replay_interval_is_not_stateful() {
    let mut scenario = failover(100.0);
    scenario.flow(37.1, 100.0, out(R2), 0xa, 30 + (1 << 17)).flow(28.6, 100.0, back(), 0xb, 29);
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 one-way 1.00; negotiation after 0ns, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 one-way 1.00
                 x1.00 192.0.2.3 goes on with SPI 0000000a from sequence 131102 (frame 90), which the peer need not accept
    frame 89 warning esp-one-way 1.00: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), ESP with 198.51.100.9 does not flow as before: 192.0.2.1 sends on 0000000a again from sequence 131102, and 198.51.100.9 sends on 0000000b, from before the failover
    ");
}

#[test]
fn the_same_spi_with_a_lower_sequence_is_one_way() {
    let mut scenario = failover(100.0);
    scenario.flow(37.1, 100.0, out(R2), 0xa, 5).flow(28.6, 60.0, back(), 0xb, 29);
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 one-way 1.00; negotiation after 0ns, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 one-way 1.00
                 x1.00 192.0.2.3 goes on with SPI 0000000a from sequence 5 (frame 90), which the peer need not accept
    frame 89 warning esp-one-way 1.00: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), ESP with 198.51.100.9 does not flow as before: 192.0.2.1 sends on 0000000a again from sequence 5, and 198.51.100.9 sends on 0000000b, from before the failover
    frame 90 warning replay-after-failover 0.90: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), it goes on with SPI 0000000a from sequence 5 (frame 90), and 28 was used before: 198.51.100.9 takes its packets for replays
    ");
}

#[test]
fn esp_in_flight_from_the_old_router_is_not_the_new_one_going_on() {
    let mut scenario = Scenario::new();
    scenario
        .pair(0.0, 37.0, R1, R2)
        .both(0.5, 36.9, R1, (0xa, 0xb))
        .hsrp(36.99, R2, COUP)
        .hellos(37.0, 100.0, R2, ACTIVE)
        .hsrp(37.01, R1, RESIGN)
        .esp(37.005, out(R1), 0xa, 38)
        .esp(37.006, out(R1), 0xa, 39)
        .flow(37.5, 100.0, back(), 0xb, 38);
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: coup
            192.0.2.1<>198.51.100.9 no-negotiation 0.70; negotiation after 0ns, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 no-negotiation 0.70
                 x1.00 no negotiation was begun by either end in the 60.0 s after the failover
                 x1.00 the tunnel was wanted: ESP of 192.0.2.1 ran until 0.5 s before the failover (frame 99)
                 x1.00 the tunnel was wanted: 198.51.100.9 went on sending ESP, 60 packets from frame 106
                 x0.70 the capture has no IKE at all, which a capture filter may leave out
    frame 102 critical failover-without-negotiation 0.70: no IPsec negotiation with 198.51.100.9 in the 62.5 s after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (coup)
    frame 106 warning esp-on-dead-spi 0.70: 198.51.100.9 sent 63 ESP packets in 62.0 s on SPIs from before the failover, and 192.0.2.3 sent no ESP back
    ");
}

#[test]
fn an_older_spi_of_the_new_router_is_one_way() {
    let mut scenario = Scenario::new();
    // R2 was active first, with SPIs 1 and 2.
    scenario
        .pair(0.0, 20.0, R2, R1)
        .both(0.5, 20.0, R2, (1, 2))
        .hsrp(20.0, R1, COUP)
        .pair(20.1, 57.0, R1, R2)
        .negotiation(20.5, out(R1), back(), 7)
        .both(21.5, 57.0, R1, (0xa, 0xb))
        .hsrp(56.9, R2, COUP)
        .pair(57.0, 130.0, R2, R1)
        .flow(57.2, 130.0, out(R2), 1, 25)
        .flow(57.5, 130.0, back(), 0xb, 90);
    insta::assert_snapshot!(scenario.judgements(), @"
     20.100 failover to 192.0.2.2: coup
            192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 400ms, ESP after 1.45s, outage 2.05s
     57.000 failover to 192.0.2.3: coup
            192.0.2.1<>198.51.100.9 one-way 1.00; negotiation after 0ns, ESP after 0ns, outage 0ns
     57.000 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                 x1.00 ESP resumed 1.4 s after the failover (frame 63)
    117.000 verdict 192.0.2.1<>198.51.100.9 one-way 1.00
                 x1.00 192.0.2.3 goes on with SPI 00000001 from sequence 25 (frame 161), which the peer need not accept
    frame 159 warning esp-one-way 1.00: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (coup), ESP with 198.51.100.9 does not flow as before: 192.0.2.1 sends on 00000001, from before the failover, and 198.51.100.9 sends on 0000000b, from before the failover
    ");
}

#[test]
fn the_old_pair_of_a_router_that_returns_is_a_recovery() {
    let mut scenario = Scenario::new();
    // R2 carries nothing while it is active; R1 comes back and goes on, and the peer never stopped.
    scenario
        .pair(0.0, 20.0, R1, R2)
        .both(0.5, 20.0, R1, (0xa, 0xb))
        .hsrp(20.0, R2, COUP)
        .pair(20.1, 60.0, R2, R1)
        .flow(20.6, 130.0, back(), 0xb, 21)
        .hsrp(60.0, R1, COUP)
        .pair(60.1, 130.0, R1, R2)
        .flow(60.5, 130.0, out(R1), 0xa, 21);
    insta::assert_snapshot!(scenario.judgements(), @"
     20.100 failover to 192.0.2.3: coup
            192.0.2.1<>198.51.100.9 no-negotiation 0.47; negotiation after 0ns, ESP after 0ns, outage 0ns
     60.100 failover to 192.0.2.2: coup
            192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 0ns, ESP after 500ms, outage 1s
     60.100 verdict 192.0.2.1<>198.51.100.9 no-negotiation 0.47
                 x1.00 no negotiation was begun by either end in the 40.0 s after the failover
                 x1.00 the tunnel was wanted: ESP of 192.0.2.1 ran until 0.6 s before the failover (frame 53)
                 x1.00 the tunnel was wanted: 198.51.100.9 went on sending ESP, 40 packets from frame 58
                 x0.67 the group failed over again 40.0 s into a window of 60.0 s
                 x0.70 the capture has no IKE at all, which a capture filter may leave out
    120.100 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                 x1.00 ESP resumed on SAs that were there before the failover 0.5 s after the failover (frame 128)
    frame 56 critical failover-without-negotiation 0.47: no IPsec negotiation with 198.51.100.9 in the 40.0 s after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (coup)
    frame 56 warning router-never-carries-tunnel 0.63: 192.0.2.1<>198.51.100.9 does not work whenever 192.0.2.3 is active (1 takeover), and works with 192.0.2.2 (1 time)
    frame 58 warning esp-on-dead-spi 0.47: 198.51.100.9 sent 40 ESP packets in 39.0 s on SPIs from before the failover, and 192.0.2.3 sent no ESP back
    ");
}

#[test]
fn an_old_spi_beside_newer_ones_of_the_peer_is_one_way() {
    let mut scenario = Scenario::new();
    // R1 goes on sending while R2 is active too and sets up new SAs; then R2 steps down.
    scenario
        .pair(0.0, 20.0, R1, R2)
        .both(0.5, 20.0, R1, (0xa, 0xb))
        .hellos(20.0, 120.0, R1, ACTIVE)
        .flow(20.5, 120.0, out(R1), 0xa, 21)
        .hellos(20.2, 40.0, R2, ACTIVE)
        .negotiation(21.0, out(R2), back(), 7)
        .both(22.0, 40.0, R2, (0xc, 0xd))
        .hellos(40.0, 120.0, R2, SPEAK)
        .flow(40.05, 120.0, back(), 0xd, 19);
    insta::assert_snapshot!(scenario.judgements(), @r"
     20.200 failover to 192.0.2.3: unknown
            192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 800ms, ESP after 1.85s, outage 2.55s
     40.000 failover to 192.0.2.2: unknown
            192.0.2.1<>198.51.100.9 one-way 1.00; negotiation after 0ns, ESP after 0ns, outage 0ns
     40.000 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                 x1.00 ESP resumed 1.9 s after the failover (frame 64)
    100.000 verdict 192.0.2.1<>198.51.100.9 one-way 1.00
                 x1.00 192.0.2.2 goes on with SPI 0000000a from sequence 41 (frame 131), which the peer need not accept
    frame 77 critical gateway-split-brain 1.00: 192.0.2.3 and 192.0.2.2 were both active for hsrp/10 for 12.0 s
    frame 129 warning esp-one-way 1.00: after 192.0.2.2 took over hsrp/10 from 192.0.2.3 (unknown), ESP with 198.51.100.9 does not flow as before: 192.0.2.1 sends on 0000000a, from before the failover, and 198.51.100.9 sends on 0000000d, from before the failover
    ");
}

// recovered

#[test]
fn new_spis_both_ways_are_a_recovery() {
    let mut scenario = failover(100.0);
    scenario.negotiation(39.0, out(R2), back(), 7).both(40.0, 100.0, R2, (0xc, 0xd));
    insta::assert_snapshot!(scenario.judgements(), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 2s, ESP after 3.05s, outage 12.55s
    97.000 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                x1.00 ESP resumed 3.0 s after the failover (frame 87)
    ");
}

#[test]
fn so_is_one_that_the_peer_begins() {
    let mut scenario = failover(100.0);
    scenario.negotiation(39.0, back(), out(R2), 7).both(40.0, 100.0, R2, (0xc, 0xd));
    insta::assert_snapshot!(scenario.judgements(), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 2s, ESP after 3.05s, outage 12.55s
    97.000 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                x1.00 ESP resumed 3.0 s after the failover (frame 87)
    ");
}

#[test]
fn a_negotiation_that_was_not_seen_lowers_the_confidence() {
    let mut scenario = failover(100.0);
    scenario.both(40.0, 100.0, R2, (0xc, 0xd));
    insta::assert_snapshot!(scenario.judgements(), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 recovered 0.80; negotiation after 0ns, ESP after 3.05s, outage 12.55s
    97.000 verdict 192.0.2.1<>198.51.100.9 recovered 0.80
                x1.00 ESP resumed 3.0 s after the failover (frame 83)
                x0.80 the negotiation of the new SAs was not seen
    ");
}

#[test]
fn traffic_of_one_direction_recovers_in_that_direction() {
    let mut scenario = takeover(100.0);
    scenario.flow(0.5, 28.0, back(), 0xb, 1).negotiation(39.0, back(), out(R2), 7).flow(
        40.0,
        100.0,
        back(),
        0xd,
        1,
    );
    insta::assert_snapshot!(scenario.judgements(), @r"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 2s, ESP after 3s, outage 12.5s
    97.000 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                x1.00 ESP resumed 3.0 s after the failover (frame 58)
    ");
}

#[test]
fn a_request_to_the_dead_router_that_the_new_one_answers_is_a_recovery() {
    let mut scenario = failover(100.0);
    scenario.ike(33.0, back(), &v2::init(7)).negotiation(37.5, back(), out(R2), 7).both(
        38.0,
        100.0,
        R2,
        (0xc, 0xd),
    );
    insta::assert_snapshot!(scenario.judgements(), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 500ms, ESP after 1.05s, outage 10.55s
    97.000 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                x1.00 ESP resumed 1.1 s after the failover (frame 87)
    ");
}

#[test]
fn ike_from_a_routers_own_address_counts_for_the_virtual_one() {
    let mut scenario = failover(100.0);
    scenario.ike(39.0, out(R2).own(R2), &v2::init(7)).ike(39.1, back().own(R2), &v2::init_notify(7, 14));
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 rejected 0.70; negotiation after 2s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 rejected 0.70
                 x1.00 the peer refused the IKE SA: NO_PROPOSAL_CHOSEN(14) in answer to IKE_SA_INIT (frame 82)
                 x0.70 one single message in clear says so, and anyone on the way can forge one
                 x1.00 IKE was sent from 192.0.2.3, not from 192.0.2.1
    frame 80 critical negotiation-rejected 0.70: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), the peer refused the IKE SA: NO_PROPOSAL_CHOSEN(14) in answer to IKE_SA_INIT (frame 82)
    frame 81 warning endpoint-left-virtual-address 1.00: 192.0.2.3 sends to 198.51.100.9 from its own address since frame 81, and no longer from 192.0.2.1, where the tunnel ended
    ");
}

#[test]
fn a_tunnel_first_seen_after_the_failover_has_its_verdict_too() {
    let mut scenario = takeover(100.0);
    scenario.negotiation(39.0, out(R2), back(), 7).both(40.0, 100.0, R2, (0xc, 0xd));
    insta::assert_snapshot!(scenario.judgements(), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 recovered 0.80; negotiation after 2s, ESP after 3.05s, outage 0ns
    97.000 verdict 192.0.2.1<>198.51.100.9 recovered 0.80
                x1.00 ESP resumed 3.0 s after the failover (frame 31)
                x0.80 nothing of the tunnel was seen before the failover
    ");
}

#[test]
fn another_encapsulation_of_the_same_sa_is_no_outage() {
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 60.0, R1, R2).both(0.5, 30.0, R1, (0xa, 0xb));
    for number in 0..30_u8 {
        let time = 30.5 + f64::from(number);
        scenario.esp_in_udp(time, out(R1), 0xa, 31 + u32::from(number));
        scenario.esp_in_udp(time + 0.05, back(), 0xb, 31 + u32::from(number));
    }
    insta::assert_snapshot!(scenario.judgements(), @"");
    let timeline = scenario.timeline();
    assert!(!timeline.contains("esp-stopped"), "{timeline}");
}

#[test]
fn a_tagged_segment_is_judged_like_any_other() {
    let mut scenario = Scenario::new();
    scenario.on(0, Some(100));
    scenario
        .pair(0.0, 28.0, R1, R2)
        .both(0.5, 28.0, R1, (0xa, 0xb))
        .hellos(37.0, 100.0, R2, ACTIVE)
        .negotiation(39.0, out(R2), back(), 7)
        .both(40.0, 100.0, R2, (0xc, 0xd));
    // The same group number elsewhere, without a failover.
    scenario.on(0, Some(200)).pair(0.0, 100.0, R1, R2);
    insta::assert_snapshot!(scenario.judgements(), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 2s, ESP after 3.05s, outage 12.55s
    97.000 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                x1.00 ESP resumed 3.0 s after the failover (frame 112)
    ");
}

#[test]
fn a_tunnel_in_tcp_recovers_like_any_other() {
    let mut scenario = failover(100.0);
    let marked = |message: Vec<u8>| sized(&[&[0; 4], &message[..]].concat());
    let (mut sent, mut received) = (0, 0);
    let mut say = |time: f64, begun: bool, data: &[u8]| {
        let (way, place) = if begun { (out(R2), &mut sent) } else { (back(), &mut received) };
        scenario.tcp(time, way, begun, *place, data);
        *place += u32::try_from(data.len()).unwrap();
    };
    say(39.0, true, b"IKETCP");
    say(39.1, true, &marked(v2::init(7)));
    say(39.2, false, &marked(v2::init_answer(7)));
    say(39.3, true, &marked(v2::auth(7)));
    say(39.4, false, &marked(v2::auth_accepted(7)));
    for (number, time) in (1_u32..).zip([40.0, 41.0, 42.0]) {
        let esp = |spi: u32| sized(&[&spi.to_be_bytes()[..], &number.to_be_bytes(), &[0x5a; 24]].concat());
        say(time, true, &esp(0xc));
        say(time + 0.1, false, &esp(0xd));
    }
    insta::assert_snapshot!(scenario.judgements(), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 2.1s, ESP after 3.1s, outage 12.6s
    97.000 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                x1.00 ESP resumed 3.1 s after the failover (frame 88)
    ");
}

/// A message of a TCP stream, with its length.
fn sized(body: &[u8]) -> Vec<u8> {
    [&u16::try_from(body.len() + 2).unwrap().to_be_bytes(), body].concat()
}

// recovered-late

#[test]
fn a_late_recovery_replaces_the_verdict_at_the_end_of_the_window() {
    let mut scenario = failover(150.0);
    scenario.flow(28.6, 120.0, back(), 0xb, 29).negotiation(120.0, out(R2), back(), 7).both(
        121.0,
        150.0,
        R2,
        (0xc, 0xd),
    );
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 recovered-late 1.00; negotiation after 83s, ESP after 84.05s, outage 93.55s
     97.000 verdict 192.0.2.1<>198.51.100.9 no-negotiation 0.70
                 x1.00 no negotiation was begun by either end in the 60.0 s after the failover
                 x1.00 the tunnel was wanted: ESP of 192.0.2.1 ran until 9.5 s before the failover (frame 75)
                 x1.00 the tunnel was wanted: 198.51.100.9 went on sending ESP, 60 packets from frame 90
                 x0.70 the capture has no IKE at all, which a capture filter may leave out
    121.050 verdict 192.0.2.1<>198.51.100.9 recovered-late 1.00, revised
                 x1.00 ESP resumed 84.0 s after the failover (frame 206)
    frame 89 warning recovery-late 1.00: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), the tunnel to 198.51.100.9 was down for 93.5 s and came back later than 60.0 s
    ");
}

#[test]
fn what_begins_after_the_window_and_does_not_succeed_changes_no_verdict() {
    let mut scenario = failover(150.0);
    scenario
        .flow(28.6, 150.0, back(), 0xb, 29)
        .ike(120.0, out(R2), &v2::init(7))
        .ike(120.1, back(), &v2::init_notify(7, 14))
        .flow(121.0, 150.0, back(), 0xd, 1);
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 no-negotiation 1.00; negotiation after 83s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 no-negotiation 0.70
                 x1.00 no negotiation was begun by either end in the 60.0 s after the failover
                 x1.00 the tunnel was wanted: ESP of 192.0.2.1 ran until 9.5 s before the failover (frame 75)
                 x1.00 the tunnel was wanted: 198.51.100.9 went on sending ESP, 60 packets from frame 90
                 x0.70 the capture has no IKE at all, which a capture filter may leave out
    frame 89 critical failover-without-negotiation 1.00: no IPsec negotiation with 198.51.100.9 in the 83.0 s after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry)
    frame 90 warning esp-on-dead-spi 1.00: 198.51.100.9 sent 113 ESP packets in 112.0 s on SPIs from before the failover, and 192.0.2.3 sent no ESP back
    ");
}

// rejected, child-rejected

#[test]
fn a_refused_ike_sa_is_rejected() {
    let mut scenario = failover(100.0);
    scenario.ike(39.0, out(R2), &v2::init(7)).ike(39.1, back(), &v2::init_notify(7, 14));
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 rejected 0.70; negotiation after 2s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 rejected 0.70
                 x1.00 the peer refused the IKE SA: NO_PROPOSAL_CHOSEN(14) in answer to IKE_SA_INIT (frame 82)
                 x0.70 one single message in clear says so, and anyone on the way can forge one
    frame 80 critical negotiation-rejected 0.70: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), the peer refused the IKE SA: NO_PROPOSAL_CHOSEN(14) in answer to IKE_SA_INIT (frame 82)
    ");

    let mut scenario = failover(100.0);
    scenario
        .ike(39.0, out(R2), &v2::init(7))
        .ike(39.1, back(), &v2::init_answer(7))
        .ike(39.2, out(R2), &v2::auth(7))
        .ike(39.3, back(), &v2::auth_refused(7));
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 rejected 0.90; negotiation after 2s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 rejected 0.90
                 x1.00 the peer refused the IKE SA: an encrypted notification instead of an identity in answer to IKE_AUTH (frame 84)
                 x0.90 the refusal is encrypted, read with high certainty: which error it is cannot be told without keys
    frame 80 critical negotiation-rejected 0.90: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), the peer refused the IKE SA: an encrypted notification instead of an identity in answer to IKE_AUTH (frame 84)
    ");
}

#[test]
fn a_refused_ike_sa_of_version_1_is_rejected() {
    let mut scenario = failover(100.0);
    scenario.ike(39.0, out(R2), &v1::main(7, 1)).ike(39.1, back(), &v1::notify(7, 14, &[]));
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 rejected 0.70; negotiation after 2s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 rejected 0.70
                 x1.00 the peer refused the IKE SA: NO_PROPOSAL_CHOSEN(14) in answer to Main Mode message 1 (frame 82)
                 x0.70 one single message in clear says so, and anyone on the way can forge one
    frame 80 critical negotiation-rejected 0.70: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), the peer refused the IKE SA: NO_PROPOSAL_CHOSEN(14) in answer to Main Mode message 1 (frame 82)
    ");

    let mut scenario = failover(100.0);
    for number in 1..=5 {
        let way = if number % 2 == 1 { out(R2) } else { back() };
        scenario.ike(39.0 + f64::from(number) / 10.0, way, &v1::main(7, number));
    }
    scenario.ike(39.6, back(), &v1::informational(7, 0x77));
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 rejected 0.80; negotiation after 2.1s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 rejected 0.80
                 x1.00 the peer refused the IKE SA: an encrypted notification instead of the next message in answer to Main Mode message 5 (frame 86)
                 x0.80 the refusal is encrypted, read with medium certainty: which error it is cannot be told without keys
    frame 80 critical negotiation-rejected 0.80: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), the peer refused the IKE SA: an encrypted notification instead of the next message in answer to Main Mode message 5 (frame 86)
    ");
}

#[test]
fn a_refused_child_sa_is_child_rejected() {
    let mut scenario = failover(100.0);
    scenario
        .ike(39.0, out(R2), &v2::init(7))
        .ike(39.1, back(), &v2::init_answer(7))
        .ike(39.2, out(R2), &v2::auth(7))
        .ike(39.3, back(), &v2::auth_without_child(7));
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 child-rejected 0.90; negotiation after 2s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 child-rejected 0.90
                 x1.00 the peer refused the child SA: a response too short to hold a child SA in answer to IKE_AUTH (frame 84)
                 x0.90 the refusal is encrypted, read with high certainty: which error it is cannot be told without keys
    frame 80 critical child-sa-rejected 0.90: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), the peer refused the child SA: a response too short to hold a child SA in answer to IKE_AUTH (frame 84)
    ");
}

#[test]
fn a_refused_quick_mode_is_child_rejected() {
    let mut scenario = failover(100.0);
    for number in 1..=6 {
        let way = if number % 2 == 1 { out(R2) } else { back() };
        scenario.ike(39.0 + f64::from(number) / 10.0, way, &v1::main(7, number));
    }
    scenario.ike(40.0, out(R2), &v1::quick(7, 0xabcd, 1)).ike(40.1, back(), &v1::informational(7, 0x77));
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 child-rejected 0.80; negotiation after 2.1s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 child-rejected 0.80
                 x1.00 the peer refused the child SA: an encrypted notification instead of the next message in answer to Quick Mode message 1 (frame 89)
                 x0.80 the refusal is encrypted, read with medium certainty: which error it is cannot be told without keys
    frame 80 critical child-sa-rejected 0.80: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), the peer refused the child SA: an encrypted notification instead of the next message in answer to Quick Mode message 1 (frame 89)
    ");

    let mut scenario = failover(100.0);
    scenario.ike(40.0, out(R2), &v1::quick(7, 0xabcd, 1)).ike(40.1, back(), &v1::notify(7, 14, &[]));
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 child-rejected 0.70; negotiation after 3s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 child-rejected 0.70
                 x1.00 the peer refused the child SA: NO_PROPOSAL_CHOSEN(14) in answer to Quick Mode message 1 (frame 83)
                 x0.70 one single message in clear says so, and anyone on the way can forge one
    frame 80 critical child-sa-rejected 0.70: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), the peer refused the child SA: NO_PROPOSAL_CHOSEN(14) in answer to Quick Mode message 1 (frame 83)
    ");
}

#[test]
fn what_was_refused_first_and_then_completed_is_recovered() {
    let mut scenario = failover(100.0);
    scenario
        .ike(39.0, out(R2), &v2::init(7))
        .ike(39.1, back(), &v2::init_notify(7, 14))
        .negotiation(49.0, back(), out(R2), 8)
        .both(50.0, 100.0, R2, (0xc, 0xd));
    insta::assert_snapshot!(scenario.judgements(), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 2s, ESP after 13.05s, outage 22.55s
    97.000 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                x1.00 ESP resumed 13.1 s after the failover (frame 92)
    ");
}

#[test]
fn a_cookie_and_another_group_are_not_rejected() {
    for notify in [16390, 17] {
        let mut scenario = failover(100.0);
        scenario.ike(39.0, out(R2), &v2::init(7)).ike(39.1, back(), &v2::init_notify(7, notify)).ike(
            39.2,
            out(R2),
            &v2::init_again(7),
        );
        let judgements = scenario.judgements();
        assert!(judgements.contains(" unanswered ") && !judgements.contains("rejected"), "{judgements}");
    }
}

#[test]
fn a_rekeying_on_an_ike_sa_that_the_new_router_does_not_know_is_unanswered() {
    let mut scenario = failover(100.0);
    scenario.flow(28.6, 100.0, back(), 0xb, 29);
    for time in [45.0, 49.0, 56.0] {
        scenario.ike(time, back(), &v2::child(7, 5)).ike(
            time + 0.01,
            out(R2),
            &v2::unknown_sa(7, ExchangeType::CREATE_CHILD_SA, 5),
        );
    }
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 unanswered 1.00; negotiation after 8s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 unanswered 1.00
                 x1.00 CREATE_CHILD_SA from 198.51.100.9 was sent 3 times and never answered (first in frame 100)
                 x1.00 3 notices of an unknown SPI came instead (first in frame 101)
                 x1.00 absence is not confirmed yet: that takes 175.0 s (198.51.100.9 repeats like strongSwan, which gives up after 165.0 s; 10.0 s more), and 60.0 s were watched
    frame 89 critical negotiation-unanswered 1.00: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), CREATE_CHILD_SA from 198.51.100.9 was sent 3 times and never answered (first in frame 100)
    frame 90 warning esp-on-dead-spi 1.00: 198.51.100.9 sent 63 ESP packets in 62.0 s on SPIs from before the failover, and 192.0.2.3 sent no ESP back; 198.51.100.9 was sent 3 notices of an unknown SPI (first in frame 101)
    ");
}

// unanswered

#[test]
fn a_first_message_without_an_answer_is_unanswered() {
    let mut scenario = failover(100.0);
    for time in [39.0, 43.0, 50.0, 63.0] {
        scenario.ike(time, out(R2), &v2::init(7));
    }
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 unanswered 1.00; negotiation after 2s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 unanswered 1.00
                 x1.00 IKE_SA_INIT from 192.0.2.1 was sent 4 times and never answered (first in frame 81)
                 x1.00 absence is not confirmed yet: that takes 175.0 s (192.0.2.1 repeats like strongSwan, which gives up after 165.0 s; 10.0 s more), and 60.0 s were watched
    frame 80 critical negotiation-unanswered 1.00: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), IKE_SA_INIT from 192.0.2.1 was sent 4 times and never answered (first in frame 81)
    ");
}

#[test]
fn a_stranger_that_tries_the_address_after_the_failover_is_no_outage() {
    let mut scenario = takeover(100.0);
    for time in [39.0, 43.0, 50.0, 63.0] {
        scenario.ike(time, back(), &v2::init(7));
    }
    insta::assert_snapshot!(scenario.judgements(), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 inconclusive 1.00; negotiation after 2s, ESP after 0ns, outage 0ns
    97.000 verdict 192.0.2.1<>198.51.100.9 inconclusive 1.00
                x1.00 only IKE of 198.51.100.9 was seen, and none before the failover: it may be a stranger's
    ");
}

#[test]
fn answers_to_requests_that_were_not_captured_are_a_negotiation() {
    let mut scenario = failover(100.0);
    scenario.ike(39.1, back(), &v2::init_answer(7)).ike(39.3, back(), &v2::auth_accepted(7));
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 one-way 1.00; negotiation after 2.1s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 one-way 1.00
                 x1.00 IKE_AUTH completed, but no ESP followed
                 x1.00 that IKE_AUTH completed is read without keys, with high certainty
    frame 80 warning esp-one-way 1.00: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), ESP with 198.51.100.9 does not flow as before: nothing from 192.0.2.1 since frame 75, and nothing from 198.51.100.9 since frame 76
    ");
}

#[test]
fn an_initiator_sent_to_another_gateway_is_not_unanswered() {
    let mut scenario = failover(100.0);
    scenario.ike(39.0, out(R2), &v2::init(7)).ike(39.1, back(), &v2::init_notify(7, 16_407));
    insta::assert_snapshot!(scenario.judgements(), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 inconclusive 1.00; negotiation after 2s, ESP after 0ns, outage 0ns
    97.000 verdict 192.0.2.1<>198.51.100.9 inconclusive 1.00
                x1.00 the initiator was sent to another gateway (frame 82): the tunnel is there now
    ");
}

#[test]
fn an_icmp_error_is_no_answer() {
    let mut scenario = failover(100.0);
    for time in [39.0, 43.0, 50.0, 63.0] {
        scenario.ike(time, back(), &v2::init(7)).unreachable(time + 0.01, back());
    }
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 unanswered 1.00; negotiation after 2s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 unanswered 1.00
                 x1.00 IKE_SA_INIT from 198.51.100.9 was sent 4 times and never answered (first in frame 81)
                 x1.00 4 ICMP unreachable errors about the tunnel came instead (first in frame 82)
                 x1.00 absence is not confirmed yet: that takes 175.0 s (198.51.100.9 repeats like strongSwan, which gives up after 165.0 s; 10.0 s more), and 60.0 s were watched
    frame 80 critical negotiation-unanswered 1.00: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), IKE_SA_INIT from 198.51.100.9 was sent 4 times and never answered (first in frame 81)
    ");
}

#[test]
fn a_later_stage_without_an_answer_is_named() {
    let mut scenario = failover(100.0);
    scenario.ike(39.0, out(R2), &v2::init(7)).ike(39.1, back(), &v2::init_answer(7));
    for time in [39.2, 43.2, 50.2] {
        scenario.ike(time, out(R2), &v2::auth(7));
    }
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 unanswered 1.00; negotiation after 2s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 unanswered 1.00
                 x1.00 IKE_AUTH from 192.0.2.1 was sent 3 times and never answered (first in frame 83)
                 x1.00 absence is not confirmed yet: that takes 175.0 s (192.0.2.1 repeats like strongSwan, which gives up after 165.0 s; 10.0 s more), and 60.0 s were watched
    frame 80 critical negotiation-unanswered 1.00: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), IKE_AUTH from 192.0.2.1 was sent 3 times and never answered (first in frame 83)
    ");

    let mut scenario = failover(100.0);
    for number in 1..=4 {
        let way = if number % 2 == 1 { out(R2) } else { back() };
        scenario.ike(39.0 + f64::from(number) / 10.0, way, &v1::main(7, number));
    }
    for time in [39.5, 49.5, 59.5] {
        scenario.ike(time, out(R2), &v1::main(7, 5));
    }
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 unanswered 1.00; negotiation after 2.1s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 unanswered 1.00
                 x1.00 Main Mode message 5 from 192.0.2.1 was sent 3 times and never answered (first in frame 85)
                 x1.00 absence is not confirmed yet: that takes 70.0 s (192.0.2.1 repeats like Cisco IOS, which gives up after 60.0 s; 10.0 s more), and 60.0 s were watched
    frame 80 critical negotiation-unanswered 1.00: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), Main Mode message 5 from 192.0.2.1 was sent 3 times and never answered (first in frame 85)
    ");
}

#[test]
fn attempts_that_stop_at_one_message_are_counted_from_its_first() {
    let mut scenario = failover(100.0);
    scenario.ike(38.0, out(R2), &v2::init(7)).ike(42.0, out(R2), &v2::init(7));
    for (time, spi) in [(50.0, 8), (70.0, 9)] {
        scenario.ike(time, out(R2), &v2::init(spi)).ike(time + 0.1, back(), &v2::init_answer(spi));
        scenario.ike(time + 0.2, out(R2), &v2::auth(spi)).ike(time + 4.2, out(R2), &v2::auth(spi));
    }
    insta::assert_snapshot!(scenario.judgements(), @r"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 unanswered 1.00; negotiation after 1s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 unanswered 1.00
                 x1.00 IKE_AUTH from 192.0.2.1 was never answered in 2 attempts with 4 messages (first in frame 89)
    frame 80 critical negotiation-unanswered 1.00: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), IKE_AUTH from 192.0.2.1 was never answered in 2 attempts with 4 messages (first in frame 89)
    ");
}

#[test]
fn one_request_alone_is_less_sure() {
    let mut scenario = failover(100.0);
    scenario.ike(39.0, out(R2), &v2::init(7));
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 unanswered 0.80; negotiation after 2s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 unanswered 0.80
                 x1.00 IKE_SA_INIT from 192.0.2.1 was sent once and never answered (first in frame 81)
                 x0.80 the message was sent only once
    frame 80 critical negotiation-unanswered 0.80: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), IKE_SA_INIT from 192.0.2.1 was sent once and never answered (first in frame 81)
    ");
}

#[test]
fn a_negotiation_of_the_old_router_is_none_of_the_new_one() {
    let mut scenario = Scenario::new();
    scenario
        .pair(0.0, 37.0, R1, R2)
        .both(0.5, 36.9, R1, (0xa, 0xb))
        .ike(36.9, back(), &v2::child(7, 5))
        .hsrp(36.99, R2, COUP)
        .hellos(37.0, 100.0, R2, ACTIVE)
        .ike(37.01, out(R1), &v2::child_accepted(7, 5))
        .hsrp(37.02, R1, RESIGN)
        .flow(37.5, 100.0, back(), 0xb, 38);
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: coup
            192.0.2.1<>198.51.100.9 no-negotiation 1.00; negotiation after 0ns, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 no-negotiation 1.00
                 x1.00 no negotiation was begun by either end in the 60.0 s after the failover
                 x1.00 the tunnel was wanted: ESP of 192.0.2.1 ran until 0.5 s before the failover (frame 99)
                 x1.00 the tunnel was wanted: 198.51.100.9 went on sending ESP, 60 packets from frame 106
    frame 103 critical failover-without-negotiation 1.00: no IPsec negotiation with 198.51.100.9 in the 62.5 s after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (coup)
    frame 106 warning esp-on-dead-spi 1.00: 198.51.100.9 sent 63 ESP packets in 62.0 s on SPIs from before the failover, and 192.0.2.3 sent no ESP back
    ");
}

#[test]
fn fragments_that_never_came_are_named_with_their_message() {
    let mut scenario = failover(100.0);
    scenario.ike(38.0, out(R2), &v2::init(7)).ike(38.1, back(), &v2::init_answer(7));
    for (time, id) in [(38.2, 1), (40.2, 2), (43.2, 3), (47.7, 4)] {
        scenario.fragments(time, out(R2), id, &v2::auth(7), [0]);
    }
    scenario.reassembly_timeout(70.0, out(R2));
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 unanswered 1.00; negotiation after 1s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 unanswered 1.00
                 x1.00 IKE_AUTH from 192.0.2.1 was sent 4 times and never answered (first in frame 83)
                 x1.00 IKE_AUTH of 192.0.2.1 came in IP fragments, of which not all were ever seen (first in frame 83)
                 x1.00 1 ICMP error about fragments that never arrived came instead (first in frame 98)
                 x1.00 4 IP fragments between the two were not put together (first in frame 83)
                 x1.00 absence is confirmed after 51.6 s (192.0.2.1 repeated after 2.0 s, 3.0 s, 4.5 s, and at this pace gives up after 41.6 s; 10.0 s more), and 60.0 s were watched
    frame 80 critical negotiation-unanswered 1.00: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), IKE_AUTH from 192.0.2.1 was sent 4 times and never answered (first in frame 83)
    ");
}

#[test]
fn fragments_that_all_came_by_may_be_lost_further_on() {
    let mut scenario = failover(100.0);
    scenario.ike(38.0, out(R2), &v2::init(7)).ike(38.1, back(), &v2::init_answer(7));
    for (time, id) in [(38.2, 1), (40.2, 2), (43.2, 3)] {
        scenario.fragments(time, out(R2), id, &v2::auth(7), [0, 1]);
    }
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 unanswered 1.00; negotiation after 1s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 unanswered 1.00
                 x1.00 IKE_AUTH from 192.0.2.1 was sent 3 times and never answered (first in frame 83)
                 x1.00 IKE_AUTH of 192.0.2.1 came in IP fragments, which were all seen here (first in frame 83)
    frame 80 critical negotiation-unanswered 1.00: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), IKE_AUTH from 192.0.2.1 was sent 3 times and never answered (first in frame 83)
    ");
}

#[test]
fn pieces_of_ike_itself_that_never_came_are_named_too() {
    let mut scenario = failover(100.0);
    scenario.ike(38.0, out(R2), &v2::init(7)).ike(38.1, back(), &v2::init_answer(7));
    for time in [38.2, 40.2, 43.2] {
        scenario.ike(time, out(R2), &v2::auth_pieces(7, 0x08, PayloadType::IDI, 3)[0]);
    }
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 unanswered 1.00; negotiation after 1s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 unanswered 1.00
                 x1.00 IKE_AUTH from 192.0.2.1 was sent 3 times and never answered (first in frame 83)
                 x1.00 IKE_AUTH of 192.0.2.1 came in IKE fragments, of which not all were ever seen (first in frame 83)
    frame 80 critical negotiation-unanswered 1.00: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), IKE_AUTH from 192.0.2.1 was sent 3 times and never answered (first in frame 83)
    ");
}

#[test]
fn an_answer_of_which_fragments_never_came_is_told() {
    let mut scenario = failover(100.0);
    scenario.ike(38.0, out(R2), &v2::init(7)).ike(38.1, back(), &v2::init_answer(7));
    for (time, id) in [(38.2, 1), (40.2, 2), (43.2, 3)] {
        scenario.ike(time, out(R2), &v2::auth(7)).fragments(
            time + 0.1,
            back(),
            id,
            &v2::auth_accepted(7),
            [0],
        );
    }
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 unanswered 1.00; negotiation after 1s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 unanswered 1.00
                 x1.00 IKE_AUTH was answered in fragments, and never were all of them seen (frame 89)
                 x1.00 IKE_AUTH of 198.51.100.9 came in IP fragments, of which not all were ever seen (first in frame 84)
                 x1.00 3 IP fragments between the two were not put together (first in frame 84)
    frame 80 critical negotiation-unanswered 1.00: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), IKE_AUTH was answered in fragments, and never were all of them seen (frame 89)
    ");
}

// one-way

#[test]
fn a_completed_negotiation_without_esp_is_one_way() {
    let mut scenario = failover(100.0);
    scenario.negotiation(39.0, out(R2), back(), 7);
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 one-way 1.00; negotiation after 2s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 one-way 1.00
                 x1.00 IKE_AUTH completed, but no ESP followed
                 x1.00 that IKE_AUTH completed is read without keys, with high certainty
    frame 80 warning esp-one-way 1.00: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), ESP with 198.51.100.9 does not flow as before: nothing from 192.0.2.1 since frame 75, and nothing from 198.51.100.9 since frame 76
    ");
}

#[test]
fn new_esp_in_one_direction_alone_is_one_way() {
    let mut scenario = failover(100.0);
    scenario.negotiation(39.0, out(R2), back(), 7).flow(40.0, 100.0, out(R2), 0xc, 1);
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 one-way 1.00; negotiation after 2s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 one-way 1.00
                 x1.00 IKE_AUTH completed, but ESP does not flow in every direction it flowed before
                 x1.00 that IKE_AUTH completed is read without keys, with high certainty
    frame 80 warning esp-one-way 1.00: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), ESP with 198.51.100.9 does not flow as before: 192.0.2.1 sends on 0000000c; nothing from 198.51.100.9 since frame 76
    ");
}

#[test]
fn sas_of_a_tunnel_that_carried_nothing_before_are_not_one_way() {
    let mut scenario = takeover(100.0);
    scenario.every(5.0, 1.0, 28.0, |scenario, time| {
        scenario.ike(time, back(), &v2::probe(1, 5));
    });
    scenario.negotiation(39.0, back(), out(R2), 7);
    insta::assert_snapshot!(scenario.judgements(), @r"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 inconclusive 1.00; negotiation after 2s, ESP after 0ns, outage 0ns
    97.000 verdict 192.0.2.1<>198.51.100.9 inconclusive 1.00
                x1.00 IKE_AUTH completed; no ESP was seen before the failover or after it
    ");
}

// no-negotiation

#[test]
fn esp_before_alone_is_demand() {
    insta::assert_snapshot!(failover(100.0).judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 no-negotiation 0.35; negotiation after 0ns, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 no-negotiation 0.35
                 x1.00 no negotiation was begun by either end in the 60.0 s after the failover
                 x1.00 the tunnel was wanted: ESP of 192.0.2.1 ran until 9.5 s before the failover (frame 75)
                 x1.00 the tunnel was wanted: ESP of 198.51.100.9 ran until 9.4 s before the failover (frame 76)
                 x0.50 no ESP, IKE or ICMP error of 198.51.100.9 was seen after the failover, nor anything that 192.0.2.3 sent to one host: its switch port may not be mirrored
                 x0.70 the capture has no IKE at all, which a capture filter may leave out
    frame 80 critical failover-without-negotiation 0.35: no IPsec negotiation with 198.51.100.9 in the 63.0 s after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry)
    ");
}

#[test]
fn a_peer_on_dead_spis_is_demand() {
    let mut scenario = failover(100.0);
    scenario.flow(28.6, 100.0, back(), 0xb, 29);
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 no-negotiation 0.70; negotiation after 0ns, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 no-negotiation 0.70
                 x1.00 no negotiation was begun by either end in the 60.0 s after the failover
                 x1.00 the tunnel was wanted: ESP of 192.0.2.1 ran until 9.5 s before the failover (frame 75)
                 x1.00 the tunnel was wanted: 198.51.100.9 went on sending ESP, 60 packets from frame 90
                 x0.70 the capture has no IKE at all, which a capture filter may leave out
    frame 89 critical failover-without-negotiation 0.70: no IPsec negotiation with 198.51.100.9 in the 63.0 s after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry)
    frame 90 warning esp-on-dead-spi 0.70: 198.51.100.9 sent 63 ESP packets in 62.0 s on SPIs from before the failover, and 192.0.2.3 sent no ESP back
    ");
}

#[test]
fn probes_and_notices_of_unknown_spis_are_demand_and_no_negotiation() {
    let mut scenario = failover(100.0);
    scenario
        .flow(28.6, 40.0, back(), 0xb, 29)
        .ike(41.0, out(R2), &v2::informational(1, 11, &[0, 0, 0, 0xb]))
        .ike(45.0, back(), &v2::probe(7, 9))
        .ike(55.0, back(), &v2::probe(7, 9));
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 no-negotiation 1.00; negotiation after 0ns, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 no-negotiation 1.00
                 x1.00 no negotiation was begun by either end in the 60.0 s after the failover
                 x1.00 the tunnel was wanted: ESP of 192.0.2.1 ran until 9.5 s before the failover (frame 75)
                 x1.00 the tunnel was wanted: 198.51.100.9 went on sending ESP, 3 packets from frame 90
                 x1.00 the tunnel was wanted: 198.51.100.9 sent 2 IKE informational messages from frame 96
                 x1.00 the tunnel was wanted: 1 notice of an unknown SPI from frame 94
    frame 89 critical failover-without-negotiation 1.00: no IPsec negotiation with 198.51.100.9 in the 63.0 s after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry)
    frame 90 warning esp-on-dead-spi 1.00: 198.51.100.9 sent 3 ESP packets in 2.0 s on SPIs from before the failover, and 192.0.2.3 sent no ESP back; 198.51.100.9 was sent 1 notice of an unknown SPI (first in frame 94)
    ");
}

#[test]
fn a_takeover_that_one_hello_alone_tells_may_be_forged() {
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 28.0, R1, R2).hsrp(37.0, R2, ACTIVE).until(100.0);
    scenario.both(0.5, 28.0, R1, (0xa, 0xb)).flow(28.6, 100.0, back(), 0xb, 29);
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 no-negotiation 0.35; negotiation after 0ns, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 no-negotiation 0.35
                 x1.00 no negotiation was begun by either end in the 60.0 s after the failover
                 x1.00 the tunnel was wanted: ESP of 192.0.2.1 ran until 9.5 s before the failover (frame 75)
                 x1.00 the tunnel was wanted: 198.51.100.9 went on sending ESP, 60 packets from frame 87
                 x0.50 one single hello says that the role changed hands, and anyone on the segment can forge one
                 x0.70 the capture has no IKE at all, which a capture filter may leave out
    frame 86 critical failover-without-negotiation 0.35: no IPsec negotiation with 198.51.100.9 in the 63.0 s after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry)
    frame 87 warning esp-on-dead-spi 0.35: 198.51.100.9 sent 63 ESP packets in 62.0 s on SPIs from before the failover, and 192.0.2.3 sent no ESP back
    ");
}

#[test]
fn watching_for_three_minutes_confirms_the_absence() {
    let mut scenario = failover(230.0);
    scenario.flow(28.6, 230.0, back(), 0xb, 29);
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 no-negotiation 0.70; negotiation after 0ns, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 no-negotiation 0.70
                 x1.00 no negotiation was begun by either end in the 60.0 s after the failover
                 x1.00 the tunnel was wanted: ESP of 192.0.2.1 ran until 9.5 s before the failover (frame 75)
                 x1.00 the tunnel was wanted: 198.51.100.9 went on sending ESP, 60 packets from frame 90
                 x0.70 the capture has no IKE at all, which a capture filter may leave out
    frame 89 critical failover-without-negotiation 0.70: no IPsec negotiation with 198.51.100.9 in the 193.0 s after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry)
    frame 90 warning esp-on-dead-spi 0.70: 198.51.100.9 sent 193 ESP packets in 192.0 s on SPIs from before the failover, and 192.0.2.3 sent no ESP back
    ");
}

#[test]
fn a_capture_that_shows_one_side_alone_lowers_the_confidence() {
    let mut scenario = takeover(100.0);
    scenario.flow(0.5, 100.0, back(), 0xb, 1);
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 no-negotiation 0.35; negotiation after 0ns, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 no-negotiation 0.35
                 x1.00 no negotiation was begun by either end in the 60.0 s after the failover
                 x1.00 the tunnel was wanted: ESP of 198.51.100.9 ran until 0.5 s before the failover (frame 60)
                 x1.00 the tunnel was wanted: 198.51.100.9 went on sending ESP, 60 packets from frame 62
                 x0.50 the capture shows packets of only one end of the tunnel
                 x0.70 the capture has no IKE at all, which a capture filter may leave out
    frame 61 critical failover-without-negotiation 0.35: no IPsec negotiation with 198.51.100.9 in the 63.0 s after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry)
    frame 62 warning esp-on-dead-spi 0.35: 198.51.100.9 sent 63 ESP packets in 62.0 s on SPIs from before the failover, and 192.0.2.3 sent no ESP back
    frame 3 info one-sided-capture 0.80: of 192.0.2.1<>198.51.100.9 only packets from 198.51.100.9 were captured, none from 192.0.2.1
    ");
}

// inconclusive

#[test]
fn less_than_twenty_seconds_are_too_few() {
    insta::assert_snapshot!(failover(50.0).judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 inconclusive 1.00; negotiation after 0ns, ESP after 0ns, outage 0ns
     50.000 verdict 192.0.2.1<>198.51.100.9 inconclusive 1.00
                 x1.00 the capture ended 13.0 s after the failover; 7.0 s more were needed
    frame 80 info capture-ends-early 1.00: the capture ends 13.0 s after the failover; 47.0 s more would have completed the window for 192.0.2.1<>198.51.100.9
    ");
}

#[test]
fn twenty_seconds_are_enough() {
    insta::assert_snapshot!(failover(57.5).judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 no-negotiation 0.12; negotiation after 0ns, ESP after 0ns, outage 0ns
     57.500 verdict 192.0.2.1<>198.51.100.9 no-negotiation 0.12
                 x1.00 no negotiation was begun by either end in the 20.5 s after the failover
                 x1.00 the tunnel was wanted: ESP of 192.0.2.1 ran until 9.5 s before the failover (frame 75)
                 x1.00 the tunnel was wanted: ESP of 198.51.100.9 ran until 9.4 s before the failover (frame 76)
                 x0.34 the capture ended 20.5 s into a window of 60.0 s
                 x0.50 no ESP, IKE or ICMP error of 198.51.100.9 was seen after the failover, nor anything that 192.0.2.3 sent to one host: its switch port may not be mirrored
                 x0.70 the capture has no IKE at all, which a capture filter may leave out
    frame 80 critical failover-without-negotiation 0.12: no IPsec negotiation with 198.51.100.9 in the 20.5 s after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry)
    frame 80 info capture-ends-early 1.00: the capture ends 20.5 s after the failover; 39.5 s more would have completed the window for 192.0.2.1<>198.51.100.9
    ");
}

#[test]
fn the_next_failover_ends_the_watching() {
    let mut scenario = failover(45.0);
    scenario.hsrp(45.0, R1, COUP).hellos(45.1, 140.0, R1, ACTIVE).until(140.0);
    insta::assert_snapshot!(scenario.judgements(), @r"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 inconclusive 1.00; negotiation after 0ns, ESP after 0ns, outage 0ns
     45.100 failover to 192.0.2.2: coup
            192.0.2.1<>198.51.100.9 inconclusive 1.00; negotiation after 0ns, ESP after 0ns, outage 0ns
     45.100 verdict 192.0.2.1<>198.51.100.9 inconclusive 1.00
                 x1.00 the group failed over again 8.1 s after the failover; 11.9 s more were needed
    105.100 verdict 192.0.2.1<>198.51.100.9 inconclusive 1.00
                 x1.00 the tunnel was quiet when the gateway failed over, and nothing asked for it afterwards
    ");
}

#[test]
fn a_negotiation_under_way_at_the_end_is_not_given_up() {
    let mut scenario = failover(60.0);
    scenario.ike(55.0, out(R2), &v2::init(7));
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 inconclusive 1.00; negotiation after 18s, ESP after 0ns, outage 0ns
     60.000 verdict 192.0.2.1<>198.51.100.9 inconclusive 1.00
                 x1.00 IKE_SA_INIT was under way when the capture ended
    frame 80 info capture-ends-early 1.00: the capture ends 23.0 s after the failover; 37.0 s more would have completed the window for 192.0.2.1<>198.51.100.9
    ");
}

#[test]
fn a_quiet_tunnel_that_nobody_asks_for_tells_nothing() {
    let mut scenario = takeover(100.0);
    scenario.both(0.5, 5.0, R1, (0xa, 0xb));
    insta::assert_snapshot!(scenario.judgements(), @r"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 inconclusive 1.00; negotiation after 0ns, ESP after 0ns, outage 0ns
    97.000 verdict 192.0.2.1<>198.51.100.9 inconclusive 1.00
                x1.00 the tunnel was quiet when the gateway failed over, and nothing asked for it afterwards
    ");
}

// several

#[test]
fn each_peer_has_its_own_verdict() {
    let mut scenario = failover(100.0);
    scenario
        .flow(0.6, 28.0, out(R1).peer(PEER_2), 0x1a, 1)
        .flow(0.7, 28.0, back().peer(PEER_2), 0x1b, 1)
        .negotiation(39.0, out(R2), back(), 7)
        .both(40.0, 100.0, R2, (0xc, 0xd))
        .ike(41.0, out(R2).peer(PEER_2), &v2::init(8))
        .ike(41.1, back().peer(PEER_2), &v2::init_notify(8, 14));
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 2s, ESP after 3.05s, outage 12.55s
            192.0.2.1<>198.51.100.10 rejected 0.70; negotiation after 4s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                 x1.00 ESP resumed 3.0 s after the failover (frame 143)
     97.000 verdict 192.0.2.1<>198.51.100.10 rejected 0.70
                 x1.00 the peer refused the IKE SA: NO_PROPOSAL_CHOSEN(14) in answer to IKE_SA_INIT (frame 147)
                 x0.70 one single message in clear says so, and anyone on the way can forge one
    frame 136 critical negotiation-rejected 0.70: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), the peer refused the IKE SA: NO_PROPOSAL_CHOSEN(14) in answer to IKE_SA_INIT (frame 147)
    ");
}

#[test]
fn every_failover_has_a_verdict_on_every_bound_tunnel() {
    let mut scenario = failover(45.0);
    scenario
        .flow(0.6, 28.0, out(R1).peer(PEER_2), 0x1a, 1)
        .hsrp(45.0, R1, COUP)
        .hellos(45.1, 140.0, R1, ACTIVE)
        .until(140.0);
    let outcome = scenario.sorted().run();
    let failovers = outcome.diagnosis.failovers();
    assert_eq!(failovers.len(), 2);
    for (failover, judgements) in failovers {
        assert_eq!(judgements.len(), 2, "{failover:?}");
        assert!(
            judgements
                .iter()
                .all(|judgement| judgement.outage.tunnel.local == std::net::IpAddr::from(VIRTUAL))
        );
    }
}
