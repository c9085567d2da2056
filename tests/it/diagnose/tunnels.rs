//! Rules on tunnels beside those of the verdicts, and what looks like them.
//!
//! R1 owns the virtual address and dies at 28 s; R2 takes over at 37 s, which is *t_f*.

use crate::common::scenario::{ACTIVE, COUP, Host, R1, R2, STANDBY, Scenario, Way, back, out, v2};

use super::cases::Case;
use super::verdicts::failover;

pub(super) const CASES: &[Case] = &[
    Case {
        rule: "replay-after-failover",
        fires: || replayed().rules(),
        silent: || {
            failover(100.0).flow(37.1, 100.0, out(R2), 0xa, 2000).flow(28.6, 100.0, back(), 0xb, 29).rules()
        },
    },
    Case {
        rule: "endpoint-left-virtual-address",
        fires: || left().rules(),
        silent: || own_addresses_by_design().rules(),
    },
    Case {
        rule: "router-never-carries-tunnel",
        fires: || never_with(R2).rules(),
        silent: || failing_everywhere().rules(),
    },
];

/// R2 goes on with R1's SA, at sequence numbers that R1 used, and nothing comes back.
fn replayed() -> Scenario {
    let mut scenario = failover(100.0);
    scenario.flow(37.1, 100.0, out(R2), 0xa, 3);
    scenario
}

#[test]
fn used_sequence_numbers_are_replays() {
    insta::assert_snapshot!(replayed().judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 one-way 1.00; negotiation after 0ns, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 one-way 1.00
                 x1.00 192.0.2.3 goes on with SPI 0000000a from sequence 3 (frame 81), which the peer need not accept
    frame 80 warning esp-one-way 1.00: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), ESP with 198.51.100.9 does not flow as before: 192.0.2.1 sends on 0000000a again from sequence 3; nothing from 198.51.100.9 since frame 76
    frame 81 warning replay-after-failover 1.00: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), it goes on with SPI 0000000a from sequence 3 (frame 81), and 28 was used before: 198.51.100.9 takes its packets for replays
    ");
}

#[test]
fn one_old_packet_sent_again_is_half_a_proof() {
    let mut scenario = failover(100.0);
    scenario.esp(40.0, out(R2), 0xa, 3).flow(28.6, 100.0, back(), 0xb, 29);
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 one-way 0.50; negotiation after 0ns, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 one-way 0.50
                 x1.00 192.0.2.3 goes on with SPI 0000000a from sequence 3 (frame 94), which the peer need not accept
                 x0.50 one single packet shows it, and anyone on the way can send an old one again
    frame 89 warning esp-one-way 0.50: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), ESP with 198.51.100.9 does not flow as before: 192.0.2.1 sends on 0000000a again from sequence 3, and 198.51.100.9 sends on 0000000b, from before the failover
    frame 94 warning replay-after-failover 0.45: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), it goes on with SPI 0000000a from sequence 3 (frame 94), and 28 was used before: 198.51.100.9 takes its packets for replays
    ");
}

#[test]
fn replays_before_a_recovery_are_past() {
    let mut scenario = failover(100.0);
    scenario.flow(37.1, 40.0, out(R2), 0xa, 3).negotiation(41.0, out(R2), back(), 7).both(
        41.5,
        100.0,
        R2,
        (0xc, 0xd),
    );
    assert_eq!(scenario.rules(), ["no-standby"]);
}

/// R2 negotiates from its own address, and is refused.
fn left() -> Scenario {
    let mut scenario = failover(100.0);
    scenario.every(15.0, 38.0, 90.0, |scenario, time| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small numbers")]
        let spi = time as u64;
        scenario.ike(time, out(R2).own(R2), &v2::init(spi));
        scenario.ike(time + 0.01, back().own(R2), &v2::init_notify(spi, 14));
    });
    scenario
}

#[test]
fn a_router_that_asks_from_its_own_address_is_named() {
    insta::assert_snapshot!(left().judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 rejected 1.00; negotiation after 1s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 rejected 1.00
                 x1.00 the peer refused the IKE SA: NO_PROPOSAL_CHOSEN(14) in answer to IKE_SA_INIT (frame 103)
                 x1.00 IKE was sent from 192.0.2.3, not from 192.0.2.1
    frame 80 critical negotiation-rejected 1.00: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), the peer refused the IKE SA: NO_PROPOSAL_CHOSEN(14) in answer to IKE_SA_INIT (frame 103)
    frame 81 warning endpoint-left-virtual-address 1.00: 192.0.2.3 sends to 198.51.100.9 from its own address since frame 81, and no longer from 192.0.2.1, where the tunnel ended
    ");
}

#[test]
fn one_that_nobody_answers_may_be_forged() {
    let mut scenario = failover(100.0);
    scenario.ike(38.0, out(R2).own(R2), &v2::init(7)).ike(43.0, out(R2).own(R2), &v2::init(7));
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 unanswered 0.80; negotiation after 1s, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 unanswered 0.80
                 x1.00 IKE_SA_INIT from 192.0.2.3 was sent twice and never answered (first in frame 81)
                 x0.80 the message was sent only twice
                 x1.00 IKE was sent from 192.0.2.3, not from 192.0.2.1
    frame 80 critical negotiation-unanswered 0.80: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), IKE_SA_INIT from 192.0.2.3 was sent twice and never answered (first in frame 81)
    frame 81 warning endpoint-left-virtual-address 0.70: 192.0.2.3 sends to 198.51.100.9 from its own address since frame 81, and no longer from 192.0.2.1, where the tunnel ended
    ");
}

#[test]
fn a_second_tunnel_that_works_is_worth_knowing() {
    let mut scenario = failover(100.0);
    let (there, here) = (out(R2).own(R2), back().own(R2));
    scenario
        .negotiation(38.0, there, here, 7)
        .flow(38.5, 100.0, there, 0xc, 1)
        .flow(38.6, 100.0, here, 0xd, 1);
    insta::assert_snapshot!(scenario.judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 1s, ESP after 1.6s, outage 11.1s
     97.000 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                 x1.00 ESP resumed 1.6 s after the failover (frame 86)
                 x1.00 IKE was sent from 192.0.2.3, not from 192.0.2.1
    frame 81 info endpoint-left-virtual-address 1.00: 192.0.2.3 sends to 198.51.100.9 from its own address since frame 81, and no longer from 192.0.2.1, where the tunnel ended, and the tunnel works from there
    ");
}

#[test]
fn a_deleted_virtual_address_shows_without_a_failover_too() {
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 100.0, R1, R2).both(0.5, 30.0, R1, (0xa, 0xb));
    scenario.ike(33.0, out(R1).own(R1), &v2::init(7)).ike(33.1, back().own(R1), &v2::init_notify(7, 14));
    insta::assert_snapshot!(scenario.judgements(), @"frame 84 warning endpoint-left-virtual-address 1.00: 192.0.2.2 sends to 198.51.100.9 from its own address since frame 84, and no longer from 192.0.2.1, where the tunnel ended");
}

/// Each router has a tunnel of its own address to the peer, before and after; that of the virtual address recovers.
fn own_addresses_by_design() -> Scenario {
    let mut scenario = failover(100.0);
    scenario.flow(0.2, 28.0, out(R1).own(R1), 0x11, 1).flow(0.3, 28.0, back().own(R1), 0x12, 1);
    scenario.flow(0.2, 100.0, out(R2).own(R2), 0x21, 1).flow(0.3, 100.0, back().own(R2), 0x22, 1);
    scenario.negotiation(38.0, out(R2), back(), 7).both(38.5, 100.0, R2, (0xc, 0xd));
    scenario
}

#[test]
fn tunnels_of_own_addresses_beside_it_are_a_design() {
    assert_eq!(own_addresses_by_design().rules(), ["no-standby"]);
}

#[test]
fn a_tunnel_of_a_routers_own_address_hides_none_of_the_virtual_one() {
    let mut scenario = failover(100.0);
    scenario.flow(0.2, 100.0, out(R2).own(R2), 0x21, 1).flow(0.3, 100.0, back().own(R2), 0x22, 1);
    scenario.flow(28.6, 100.0, back(), 0xb, 29);
    insta::assert_snapshot!(scenario.judgements(), @r"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 no-negotiation 0.70; negotiation after 0ns, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 no-negotiation 0.70
                 x1.00 no negotiation was begun by either end in the 60.0 s after the failover
                 x1.00 the tunnel was wanted: ESP of 192.0.2.1 ran until 9.5 s before the failover (frame 131)
                 x1.00 the tunnel was wanted: 198.51.100.9 went on sending ESP, 60 packets from frame 166
                 x0.70 the capture has no IKE at all, which a capture filter may leave out
    frame 163 critical failover-without-negotiation 0.70: no IPsec negotiation with 198.51.100.9 in the 63.0 s after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry)
    frame 166 warning esp-on-dead-spi 0.70: 198.51.100.9 sent 63 ESP packets in 62.0 s on SPIs from before the failover, and 192.0.2.3 sent no ESP back
    ");
}

#[test]
fn a_routers_own_tunnel_that_comes_up_beside_the_virtual_one_is_none_instead() {
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 100.0, R1, R2).both(0.5, 100.0, R1, (0xa, 0xb));
    scenario.negotiation(33.0, out(R1).own(R1), back().own(R1), 7);
    scenario.flow(34.0, 100.0, out(R1).own(R1), 0x11, 1).flow(34.1, 100.0, back().own(R1), 0x12, 1);
    assert_eq!(scenario.rules(), [""; 0]);
}

/// R1 and R2 take turns of a minute each, and the tunnel fails whenever `sick` is active.
fn never_with(sick: Host) -> Scenario {
    turns(|router| router != sick)
}

/// It never comes back.
fn failing_everywhere() -> Scenario {
    turns(|_| false)
}

/// R1, R2, R1, R2: each takes the role by Coup, and negotiates where `works` says so.
fn turns(works: impl Fn(Host) -> bool) -> Scenario {
    let mut scenario = Scenario::new();
    for (turn, spi) in (0..4_u32).zip(1_u32..) {
        let (active, other) = if turn % 2 == 0 { (R1, R2) } else { (R2, R1) };
        let from = f64::from(turn) * 60.0;
        if turn > 0 {
            scenario.hsrp(from - 0.1, active, COUP);
        }
        scenario.hellos(from, from + 60.0, active, ACTIVE).hellos(from + 0.5, from + 60.0, other, STANDBY);
        if turn == 0 || works(active) {
            scenario.negotiation(from + 1.0, out(active), back(), spi.into());
            scenario.both(from + 2.0, from + 59.0, active, (spi * 0x100, spi * 0x100 + 1));
        }
        // The inside wants the tunnel all the time: the peer sends on what it had last.
        scenario.ike(from + 30.0, back(), &v2::informational(u64::from(spi) + 50, 11, &[0, 0, 0, 1]));
    }
    scenario
}

#[test]
fn a_router_with_which_it_never_works_is_named() {
    insta::assert_snapshot!(never_with(R2).judgements(), @"
     60.000 failover to 192.0.2.3: coup
            192.0.2.1<>198.51.100.9 no-negotiation 1.00; negotiation after 0ns, ESP after 0ns, outage 0ns
    120.000 failover to 192.0.2.2: coup
            192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 1s, ESP after 2.05s, outage 0ns
    180.000 failover to 192.0.2.3: coup
            192.0.2.1<>198.51.100.9 no-negotiation 0.96; negotiation after 0ns, ESP after 0ns, outage 0ns
    120.000 verdict 192.0.2.1<>198.51.100.9 no-negotiation 1.00
                 x1.00 no negotiation was begun by either end in the 60.0 s after the failover
                 x1.00 the tunnel was wanted: ESP of 192.0.2.1 ran until 2.0 s before the failover (frame 158)
                 x1.00 the tunnel was wanted: 198.51.100.9 sent 1 IKE informational message from frame 182
                 x1.00 the tunnel was wanted: 1 notice of an unknown SPI from frame 182
    180.000 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                 x1.00 ESP resumed 2.0 s after the failover (frame 210)
    237.500 verdict 192.0.2.1<>198.51.100.9 no-negotiation 0.96
                 x1.00 no negotiation was begun by either end in the 57.5 s after the failover
                 x1.00 the tunnel was wanted: ESP of 192.0.2.1 ran until 2.0 s before the failover (frame 360)
                 x1.00 the tunnel was wanted: 198.51.100.9 sent 1 IKE informational message from frame 384
                 x1.00 the tunnel was wanted: 1 notice of an unknown SPI from frame 384
                 x0.96 the capture ended 57.5 s into a window of 60.0 s
    frame 161 critical failover-without-negotiation 1.00: no IPsec negotiation with 198.51.100.9 in the 60.0 s after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (coup)
    frame 363 critical failover-without-negotiation 0.96: no IPsec negotiation with 198.51.100.9 in the 57.5 s after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (coup)
    frame 161 warning gateway-flapping 1.00: the active router of hsrp/10 changed 3 times in 120.0 s, between 192.0.2.2 and 192.0.2.3 (3 coup)
    frame 161 warning router-never-carries-tunnel 1.00: 192.0.2.1<>198.51.100.9 does not work whenever 192.0.2.3 is active (2 takeovers), and works with 192.0.2.2 (1 time)
    frame 363 info capture-ends-early 1.00: the capture ends 57.5 s after the failover; 2.5 s more would have completed the window for 192.0.2.1<>198.51.100.9
    ");
}

#[test]
fn once_is_no_pattern_but_a_sign() {
    let mut scenario = never_with(R2);
    scenario.frames.retain(|(nanos, ..)| *nanos < 179_000_000_000);
    insta::assert_snapshot!(scenario.judgements(), @"
     60.000 failover to 192.0.2.3: coup
            192.0.2.1<>198.51.100.9 no-negotiation 1.00; negotiation after 0ns, ESP after 0ns, outage 0ns
    120.000 failover to 192.0.2.2: coup
            192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 1s, ESP after 2.05s, outage 0ns
    120.000 verdict 192.0.2.1<>198.51.100.9 no-negotiation 1.00
                 x1.00 no negotiation was begun by either end in the 60.0 s after the failover
                 x1.00 the tunnel was wanted: ESP of 192.0.2.1 ran until 2.0 s before the failover (frame 158)
                 x1.00 the tunnel was wanted: 198.51.100.9 sent 1 IKE informational message from frame 182
                 x1.00 the tunnel was wanted: 1 notice of an unknown SPI from frame 182
    178.050 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                 x1.00 ESP resumed 2.0 s after the failover (frame 210)
    frame 161 critical failover-without-negotiation 1.00: no IPsec negotiation with 198.51.100.9 in the 60.0 s after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (coup)
    frame 161 warning router-never-carries-tunnel 0.70: 192.0.2.1<>198.51.100.9 does not work whenever 192.0.2.3 is active (1 takeover), and works with 192.0.2.2 (1 time)
    ");
}

#[test]
fn a_router_with_which_it_worked_before_is_not_the_fault() {
    let mut scenario = never_with(R1);
    scenario.until(240.0);
    // R1 carried it until its first failover.
    assert!(scenario.rules().iter().all(|rule| rule != "router-never-carries-tunnel"));
}

#[test]
fn one_failover_shows_no_pattern() {
    let mut scenario = failover(100.0);
    scenario.flow(28.6, 100.0, back(), 0xb, 29);
    assert!(scenario.rules().iter().all(|rule| rule != "router-never-carries-tunnel"));
}

#[test]
fn a_lazy_tunnel_that_comes_up_with_its_traffic_is_not_late() {
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 58.0, R1, R2).hellos(58.1, 67.0, R2, STANDBY).hellos(67.0, 300.0, R2, ACTIVE);
    scenario.both(0.5, 20.0, R1, (0xa, 0xb)).negotiation(250.0, out(R2), back(), 7);
    scenario.both(250.5, 300.0, R2, (0xc, 0xd));
    insta::assert_snapshot!(scenario.judgements(), @"
     67.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 recovered-late 1.00; negotiation after 183s, ESP after 183.55s, outage 231s
    127.000 verdict 192.0.2.1<>198.51.100.9 inconclusive 1.00
                 x1.00 the tunnel was quiet when the gateway failed over, and nothing asked for it afterwards
    250.550 verdict 192.0.2.1<>198.51.100.9 recovered-late 1.00, revised
                 x1.00 ESP resumed 183.6 s after the failover (frame 151)
    frame 84 info recovery-late 1.00: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), the tunnel to 198.51.100.9 came up after 183.6 s, when traffic came back: it was quiet before
    ");
}

#[test]
fn a_tunnel_that_passes_through_is_no_crypto_maps_business() {
    let mut scenario = Scenario::new();
    let host = [192, 0, 2, 50];
    let (there, here) = (Way { src: host, ..out(R1) }, Way { dst: host, ..back() });
    scenario.pair(0.0, 28.0, R1, R2).hellos(30.1, 37.0, R2, STANDBY).hellos(37.0, 100.0, R2, ACTIVE);
    scenario.flow(0.5, 28.0, there, 0xa, 1).flow(0.55, 60.0, here, 0xb, 1).until(100.0);
    let findings = scenario.sorted().run().findings();
    let found = findings.iter().find(|it| it.rule == "failover-without-negotiation").expect("it is lost");
    insta::assert_snapshot!(found.advice.meaning, @"192.0.2.50 is no address of the gateway: the tunnel to 198.51.100.9 only passes through it, and its SAs need no negotiation when the gateway fails over. Most likely 192.0.2.3 does not forward it: a route, a filter or a translation that only the other router has.");
}
