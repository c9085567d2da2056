//! After what time absence is confirmed, and what that does to a verdict.

use std::time::Duration;

use sagap::diagnose::{Judgement, Verdict};

use crate::common::scenario::{PEER, R1, R2, Scenario, VIRTUAL, back, out, v1, v2};

use super::verdicts::failover;

/// The judgement of the one tunnel after the last failover.
fn judged(scenario: &Scenario) -> Judgement {
    let (_, judgements) = scenario.sorted().run().diagnosis.failovers().pop().expect("a failover");
    judgements.first().expect("a tunnel").clone()
}

/// Verdict, confidence and what is said of confirmation.
fn said(scenario: &Scenario) -> String {
    let Judgement { verdict, confidence, reasons, .. } = judged(scenario);
    let reasons: Vec<_> = reasons
        .iter()
        .filter(|reason| reason.text.contains("absence") || reason.text.contains("window"))
        .map(|reason| format!("\nx{:.2} {}", reason.factor, reason.text))
        .collect();
    format!("{verdict} {confidence:.2}{}", reasons.concat())
}

/// A probe of the peer every `step` seconds from 1 s on, which R1 answers while it lives.
fn probed(scenario: &mut Scenario, step: f64, until: f64) {
    let mut id = 0;
    scenario.every(step, 1.0, until, |scenario, time| {
        scenario.ike(time, back(), &v2::probe(7, id)).ike(
            time + 0.01,
            out(R1),
            &v2::answer(7, false, id, sagap::wire::ike::PayloadType::NONE),
        );
        id += 1;
    });
}

/// The peer goes on sending on dead SPIs until `end`.
fn unheard(end: f64) -> Scenario {
    let mut scenario = failover(end);
    scenario.flow(28.6, end, back(), 0xb, 29);
    scenario
}

#[test]
fn nothing_that_tells_is_three_minutes() {
    insta::assert_snapshot!(said(&unheard(90.0)), @"
    no-negotiation 0.62
    x0.88 the capture ended 53.0 s into a window of 60.0 s
    ");
    insta::assert_snapshot!(said(&unheard(230.0)), @"
    no-negotiation 0.70
    x1.00 absence is confirmed after 180.0 s, and 193.0 s were watched
    ");
}

#[test]
fn the_peers_probes_and_its_repetitions_tell() {
    let mut scenario = unheard(90.0);
    probed(&mut scenario, 5.0, 28.0);
    insta::assert_snapshot!(said(&scenario), @"
    no-negotiation 0.88
    x0.88 the capture ended 53.0 s into a window of 60.0 s
    x1.00 absence is not confirmed yet: that takes 180.0 s (198.51.100.9 probes every 5.0 s (6 probes seen); the slowest common implementation gives up after 165.0 s; 10.0 s more), and 53.0 s were watched
    ");
    // The probe that nobody answers is repeated as Windows does it.
    for time in [41.0, 42.0, 44.0, 48.0] {
        scenario.ike(time, back(), &v2::probe(7, 99));
    }
    insta::assert_snapshot!(said(&scenario), @"
    no-negotiation 0.88
    x0.88 the capture ended 53.0 s into a window of 60.0 s
    x1.00 absence is not confirmed yet: that takes 78.0 s (198.51.100.9 probes every 5.0 s (6 probes seen); 198.51.100.9 repeats like Windows, which gives up after 63.0 s; 10.0 s more), and 53.0 s were watched
    ");
}

#[test]
fn a_verdict_watched_for_longer_is_not_lowered_by_the_end_of_the_capture() {
    let mut scenario = unheard(92.0);
    probed(&mut scenario, 5.0, 28.0);
    for time in [41.0, 45.0, 49.0] {
        scenario.ike(time, back(), &v2::probe(7, 99));
    }
    assert_eq!(judged(&scenario).confirmation.after, Duration::from_secs(63));
    insta::assert_snapshot!(said(&scenario), @"
    no-negotiation 0.92
    x0.92 the capture ended 55.0 s into a window of 60.0 s
    x1.00 absence is not confirmed yet: that takes 63.0 s (198.51.100.9 probes every 5.0 s (6 probes seen); 198.51.100.9 repeats like Juniper, which gives up after 48.0 s; 10.0 s more), and 55.0 s were watched
    ");
    let mut vendor = failover(84.0);
    vendor
        .ike(
            0.1,
            back(),
            &v2::init_of(7, b"\x1d\x6e\x17\x8f\x6c\x2c\x0b\xe2\x84\x98\x54\x65\x45\x0f\xe9\xd4"),
        )
        .flow(28.6, 84.0, back(), 0xb, 29);
    insta::assert_snapshot!(said(&vendor), @"
    no-negotiation 1.00
    x1.00 absence is confirmed after 40.0 s (198.51.100.9 is FortiGate by its vendor ID, which gives up after 30.0 s, and how often it probes was not seen; 10.0 s more), and 47.0 s were watched
    ");
}

#[test]
fn whoever_asks_in_vain_has_its_own_schedule() {
    let mut scenario = failover(110.0);
    for time in [38.0, 48.0, 58.0, 68.0] {
        scenario.ike(time, out(R2), &v1::main(9, 1));
    }
    insta::assert_snapshot!(said(&scenario), @"
    unanswered 1.00
    x1.00 absence is confirmed after 70.0 s (192.0.2.1 repeats like Cisco IOS, which gives up after 60.0 s; 10.0 s more), and 73.0 s were watched
    ");
}

#[test]
fn probes_of_version_1_are_told_by_their_answers() {
    let mut scenario = unheard(90.0);
    for (number, time) in [(1, 2.0), (2, 12.0), (3, 22.0)] {
        scenario.ike(time, back(), &v1::informational(7, number)).ike(
            time + 0.01,
            out(R1),
            &v1::informational(7, 0x100 + number),
        );
    }
    insta::assert_snapshot!(said(&scenario), @"
    no-negotiation 0.88
    x0.88 the capture ended 53.0 s into a window of 60.0 s
    x1.00 absence is not confirmed yet: that takes 185.0 s (198.51.100.9 probes every 10.0 s (3 probes seen, certainty medium); the slowest common implementation gives up after 165.0 s; 10.0 s more), and 53.0 s were watched
    ");
}

#[test]
fn it_is_never_sooner_nor_later_than_makes_sense() {
    let mut scenario = unheard(90.0);
    probed(&mut scenario, 2.0, 28.0);
    for time in [41.0, 41.5, 42.0, 42.5, 43.0] {
        scenario.ike(time, back(), &v2::probe(7, 99));
    }
    let Judgement { confirmation, verdict, .. } = judged(&scenario);
    assert_eq!((verdict, confirmation.after), (Verdict::NoNegotiation, Duration::from_secs(30)));
    assert_eq!(confirmation.because.last().map(String::as_str), Some("at least 30.0 s"));
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 628.0, R1, R2).both(0.5, 628.0, R1, (0xa, 0xb)).flow(628.6, 700.0, back(), 0xb, 629);
    probed(&mut scenario, 150.0, 628.0);
    let takeover = crate::common::scenario::ACTIVE;
    scenario.hellos(637.0, 700.0, R2, takeover).until(700.0);
    let confirmation = judged(&scenario).confirmation;
    assert_eq!(confirmation.after, Duration::from_secs(300));
    assert_eq!(confirmation.because.last().map(String::as_str), Some("at most 300.0 s"));
}

#[test]
fn the_option_overrides_what_was_seen() {
    let mut scenario = unheard(120.0);
    probed(&mut scenario, 5.0, 28.0);
    scenario.options.diagnose.confirm = Some(Duration::from_secs(70));
    insta::assert_snapshot!(said(&scenario), @"
    no-negotiation 1.00
    x1.00 absence is confirmed after 70.0 s (as `--confirm` says), and 83.0 s were watched
    ");
}

#[test]
fn a_hash_that_does_not_match_any_more_is_a_reason() {
    let mut scenario = failover(100.0);
    let (ours, theirs) = ((VIRTUAL, 500), (PEER, 500));
    let mine = |hashed| v2::init_hashed(9, false, (hashed, theirs));
    scenario.ike(0.1, out(R1), &v2::init_hashed(7, false, (ours, theirs)));
    let told = |hashed| {
        let mut scenario = scenario.clone();
        for time in [38.0, 40.0, 43.0] {
            scenario.ike(time, out(R2), &mine(hashed));
        }
        let reasons = judged(&scenario).reasons;
        let reason = reasons.iter().find(|reason| reason.text.contains("NAT"));
        reason.map_or_else(String::new, |reason| reason.text.clone())
    };
    assert_eq!(told(ours), "");
    insta::assert_snapshot!(told(([10, 0, 0, 3], 500)), @"
    the NAT-detection hash of 192.0.2.1 matched before the failover (frame 3) and does not match now (frame 86): 192.0.2.3 sits behind another NAT, sends from another address, or forces encapsulation in UDP (certainty medium)
    ");
    insta::assert_snapshot!(told((R2.address, 500)), @"
    the NAT-detection hash of 192.0.2.1 matched before the failover (frame 3) and does not match now (frame 86): 192.0.2.3 sends from its own address, which is translated before it gets here (certainty high)
    ");
}
