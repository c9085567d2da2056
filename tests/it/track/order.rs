//! Time: frames out of order, clocks that run backwards, deadlines.

use crate::common::scenario::{ACTIVE, Outcome, R1, R2, STANDBY, Scenario, Way, back, out, v2};

/// Everything that is told, without frame numbers, which an order of frames changes.
fn told(outcome: &Outcome) -> String {
    let timeline = outcome.timeline();
    let lines = timeline.lines().map(|line| {
        let mut words = line.split_whitespace();
        let time = words.next().unwrap_or_default();
        let event = words.skip(1).collect::<Vec<_>>().join(" ");
        format!("{time} {}", event.split(" frame ").next().unwrap_or_default())
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn failover() -> Scenario {
    let mut scenario = Scenario::new();
    scenario
        .pair(0.0, 7.0, R1, R2)
        .hellos(9.1, 16.0, R2, STANDBY)
        .hellos(16.2, 40.0, R2, ACTIVE)
        .negotiation(18.0, out(R2), back(), 7);
    let mut sequence = 0;
    scenario.every(0.037, 0.3, 9.0, |scenario, time| {
        sequence += 1;
        scenario.esp(time, out(R1), 0xa, sequence).esp(time + 0.01, back(), 0xb, sequence);
    });
    // The peer goes on across the takeover.
    scenario.every(0.041, 9.0, 17.9, |scenario, time| {
        sequence += 1;
        scenario.esp(time, back(), 0xb, sequence);
    });
    sequence = 0;
    scenario.every(0.037, 18.1, 40.0, |scenario, time| {
        sequence += 1;
        scenario.esp(time, out(R2), 0xc, sequence).esp(time + 0.01, back(), 0xd, sequence);
    });
    scenario
}

/// Everything that is known of each SA and of each outage's traffic, without frame numbers.
fn traffic(outcome: &Outcome) -> String {
    let mut lines = Vec::new();
    for flow in outcome.tracker.flows() {
        let sequences =
            (flow.tally.first_sequence, flow.tally.last_sequence, flow.tally.lowest, flow.tally.highest);
        let times = (flow.first.time, flow.last.time);
        lines.push(format!(
            "{} {times:?} {sequences:?} {} {}",
            flow.sa.spi, flow.tally.packets, flow.tally.repeated
        ));
    }
    for (_, judgements) in outcome.diagnosis.failovers() {
        for outage in judgements.iter().map(|judgement| &judgement.outage) {
            let before = outage.last_good_before().map(|at| at.time);
            lines.push(format!("before {before:?}"));
            for seen in outage.after.outbound.iter().chain(&outage.after.inbound) {
                let times = (seen.first.time, seen.last.time);
                lines.push(format!("{} {:?} {times:?} {}", seen.spi, seen.kind, seen.packets));
            }
        }
    }
    lines.join("\n")
}

#[test]
fn frames_out_of_order_by_less_than_a_second_change_nothing() {
    let in_order = failover().sorted();
    let expected = in_order.run();
    assert!(told(&expected).contains("failover"), "{}", told(&expected));
    for seed in 1..40_i64 {
        let mut shuffled = in_order.clone();
        // By up to 0.9 s, each frame by another amount.
        shuffled.frames.sort_by_key(|(nanos, _, bytes)| {
            let length = i64::try_from(bytes.len()).expect("frames are small");
            let spread = (nanos / 1000 + length).wrapping_mul(2_654_435_761 * seed);
            nanos + spread.rem_euclid(900_000_000)
        });
        let outcome = shuffled.run();
        assert_eq!(told(&outcome), told(&expected), "seed {seed}");
        assert_eq!(traffic(&outcome), traffic(&expected), "seed {seed}");
    }
}

/// What is found of traffic in clear, without frame numbers.
fn leaked(outcome: &Outcome) -> String {
    let findings = outcome.findings();
    let found = findings.iter().filter(|finding| finding.rule == "cleartext-after-failover");
    let found = found.map(|finding| {
        let times: Vec<_> = finding.evidence.iter().map(|evidence| evidence.at.time).collect();
        format!("{} {times:?}", finding.summary)
    });
    found.collect::<Vec<_>>().join("\n")
}

#[test]
fn traffic_in_clear_out_of_order_by_less_than_a_second_is_the_same() {
    let mut scenario = failover();
    for (number, host) in (0..60).zip([10, 11, 12].into_iter().cycle()) {
        let way = Way { src: [10, 1, 0, host], dst: [10, 2, 0, 10], ..out(R2) };
        scenario.ip(16.3 + f64::from(number) / 37.0, way, 17, &[0x9c, 0x40, 0, 53, 0, 20, 0, 0]);
    }
    let in_order = scenario.sorted();
    let expected = leaked(&in_order.run());
    assert!(expected.contains("at least 60 packets"), "{expected}");
    for seed in 1..20_i64 {
        let mut shuffled = in_order.clone();
        shuffled.frames.sort_by_key(|(nanos, ..)| {
            nanos + (nanos / 1000).wrapping_mul(2_654_435_761 * seed).rem_euclid(900_000_000)
        });
        assert_eq!(leaked(&shuffled.run()), expected, "seed {seed}");
    }
}

#[test]
fn the_same_input_gives_the_same_output() {
    let scenario = failover().sorted();
    let first = scenario.run();
    for _ in 0..3 {
        let again = scenario.run();
        assert_eq!(again.timeline(), first.timeline());
        assert_eq!(again.judgements(), first.judgements());
    }
}

#[test]
fn a_clock_set_back_fires_no_timer_and_is_told() {
    let mut scenario = Scenario::new();
    scenario.pair(1000.0, 1030.0, R1, R2).both(1000.2, 1030.0, R1, (0xa, 0xb));
    let mut after = Scenario::new();
    after.pair(10.0, 60.0, R1, R2);
    after.flow(10.2, 60.0, out(R1), 0xa, 40).flow(10.25, 60.0, back(), 0xb, 40);
    scenario.frames = scenario.sorted().frames;
    scenario.frames.extend(after.sorted().frames);
    let outcome = scenario.run();
    let timeline = outcome.timeline();
    for event in ["hold-expired", "esp-stopped", "hello-late", "failover"] {
        assert!(!timeline.contains(event), "{timeline}");
    }
    let late = outcome.observer.tallies()[0].backwards.expect("the clock ran backwards").count;
    assert!(late > 0);
}

#[test]
fn a_failover_after_the_clock_was_set_back_is_watched_from_then_on() {
    let mut scenario = Scenario::new();
    scenario.pair(5000.0, 5030.0, R1, R2);
    let mut after = failover();
    after.until(45.0);
    scenario.frames = scenario.sorted().frames;
    scenario.frames.extend(after.sorted().frames);
    insta::assert_snapshot!(scenario.run().judgements(), @"
    16.200 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 1.8s, ESP after 1.91s, outage 9.115s
    45.000 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                x1.00 ESP resumed 1.9 s after the failover (frame 726)
    ");
}

#[test]
fn one_frame_from_the_far_future_does_not_spoil_the_rest() {
    let mut scenario = failover().sorted();
    let mut stray = Scenario::new();
    stray.until(4_000_000.0);
    let stray = stray.frames.remove(0);
    scenario.frames.insert(10, stray);
    insta::assert_snapshot!(scenario.run().judgements(), @"
    16.200 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 1.8s, ESP after 1.91s, outage 9.115s
    39.977 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                x1.00 ESP resumed 1.9 s after the failover (frame 707)
    ");
}

#[test]
fn one_message_from_the_far_future_does_not_spoil_the_verdict() {
    let mut scenario = failover().sorted();
    let mut stray = Scenario::new();
    stray.esp(4_000_000.0, back(), 0xb, 9);
    let stray = stray.frames.remove(0);
    scenario.frames.insert(10, stray);
    insta::assert_snapshot!(scenario.run().judgements(), @"
    16.200 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 recovered 1.00; negotiation after 1.8s, ESP after 1.91s, outage 9.115s
    39.977 verdict 192.0.2.1<>198.51.100.9 recovered 1.00
                x1.00 ESP resumed 1.9 s after the failover (frame 707)
    ");
}

#[test]
fn a_deadline_fires_before_the_frame_after_it() {
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 7.0, R1, R2).hellos(16.0, 17.0, R2, ACTIVE).until(500.0);
    let timeline = scenario.timeline();
    let times: Vec<f64> =
        timeline.lines().map(|line| line.split_whitespace().next().unwrap().parse().unwrap()).collect();
    assert!(times.is_sorted(), "{timeline}");
    insta::assert_snapshot!(timeline, @r"
     0.000    1 group-seen hsrp/10 192.0.2.2 - virtual address 192.0.2.1
     0.000    1 state-changed hsrp/10 192.0.2.2 - first seen as active
     0.000    1 became-active hsrp/10 192.0.2.2 -
     0.100    2 state-changed hsrp/10 192.0.2.3 - first seen as standby
    16.000    7 state-changed hsrp/10 192.0.2.3 - standby to active
    16.000    7 failover hsrp/10 192.0.2.3 192.0.2.2 cause hold-expiry; 10.000 s after the old router's last message
    26.000    - hold-expired hsrp/10 192.0.2.3 - silent since frame 7
    ");
}

/// The scenario with every packet shown twice, the copy `apart` seconds later.
fn shown_twice(scenario: &Scenario, apart: i64) -> Scenario {
    let mut twice = scenario.clone();
    twice.frames.extend(scenario.frames.iter().map(|(nanos, interface, bytes)| {
        // A copy from another port has been switched: the link layer may differ.
        let mut copy = bytes.clone();
        copy[0] ^= 0x02;
        (nanos + apart, *interface, copy)
    }));
    twice.sorted()
}

#[test]
fn a_second_mirror_port_changes_nothing() {
    let plain = failover().sorted().run();
    let twice = shown_twice(&failover(), 200_000).run();
    assert_eq!(told(&twice), told(&plain));
    assert_eq!(traffic(&twice), traffic(&plain));
    let duplicates = twice.observer.tallies()[0].duplicates.expect("copies are counted");
    assert_eq!(duplicates.count, plain.observer.tallies()[0].frames);
}

#[test]
fn the_same_packet_later_is_no_copy() {
    let twice = shown_twice(&failover(), 5_000_001).run();
    assert_eq!(twice.observer.tallies()[0].duplicates, None);
}

#[test]
fn messages_of_one_stream_are_no_copies_of_each_other() {
    let framed = |message: &[u8]| {
        let length = u16::try_from(message.len() + 6).expect("messages are small").to_be_bytes();
        [&length[..], &[0; 4], message].concat()
    };
    let mut scenario = Scenario::new();
    let mut place = 0;
    for data in [b"IKETCP".to_vec(), framed(&v2::init(7)), framed(&v2::auth(7)), framed(&v2::child(7, 2))] {
        scenario.tcp(1.0 + f64::from(place) / 1e6, out(R1), true, place, &data);
        place += u32::try_from(data.len()).expect("messages are small");
    }
    let told = scenario.run();
    let tally = &told.observer.tallies()[0];
    assert_eq!((tally.ike, tally.duplicates), (3, None));
}
