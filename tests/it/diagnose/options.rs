//! Each threshold takes effect.

use std::time::Duration;

use sagap::diagnose::Verdict;
use sagap::run::Options;

use crate::common::scenario::{ACTIVE, R1, R2, STANDBY, Scenario, back, out, v2};

/// A failover at 37 s with demand and no success; the peer goes on until `end`.
fn outage(end: f64) -> Scenario {
    let mut scenario = Scenario::new();
    scenario
        .pair(0.0, 28.0, R1, R2)
        .both(0.5, 28.0, R1, (0xa, 0xb))
        .ike(1.2, back(), &v2::probe(1, 1))
        .flow(28.6, end, back(), 0xb, 29)
        .hellos(30.1, 37.0, R2, STANDBY)
        .hellos(37.0, end, R2, ACTIVE)
        .until(end);
    scenario
}

/// The verdict and its confidence with these options.
fn judged(scenario: &Scenario, set: impl Fn(&mut Options)) -> (Verdict, f64) {
    let mut scenario = scenario.sorted();
    set(&mut scenario.options);
    let failovers = scenario.run().diagnosis.failovers();
    let judgement = &failovers[0].1[0];
    let product: f64 = judgement.reasons.iter().map(|reason| reason.factor).product();
    assert!((judgement.confidence - product).abs() < 1e-9, "the product of its factors");
    (judgement.verdict, judgement.confidence)
}

fn window(options: &mut Options, seconds: u64) {
    options.track.window = Duration::from_secs(seconds);
    options.diagnose.window = Duration::from_secs(seconds);
}

#[test]
fn a_shorter_window_makes_a_short_capture_sure() {
    let scenario = outage(67.0);
    assert_eq!(judged(&scenario, |_| {}), (Verdict::NoNegotiation, 0.5));
    assert_eq!(judged(&scenario, |options| window(options, 30)), (Verdict::NoNegotiation, 1.0));
    assert_eq!(judged(&scenario, |options| window(options, 120)), (Verdict::NoNegotiation, 0.25));
}

#[test]
fn the_least_observation_is_an_option() {
    let scenario = outage(52.0);
    assert_eq!(judged(&scenario, |_| {}).0, Verdict::Inconclusive);
    let sooner = |options: &mut Options| options.diagnose.min_observation = Duration::from_secs(15);
    assert_eq!(judged(&scenario, sooner), (Verdict::NoNegotiation, 0.25));
}

#[test]
fn what_is_late_is_an_option() {
    let mut scenario = outage(100.0);
    scenario.negotiation(60.0, out(R2), back(), 7).both(61.0, 100.0, R2, (0xc, 0xd));
    assert_eq!(judged(&scenario, |_| {}).0, Verdict::Recovered);
    let sooner = |options: &mut Options| options.diagnose.late_after = Duration::from_secs(20);
    assert_eq!(judged(&scenario, sooner).0, Verdict::RecoveredLate);
}

#[test]
fn when_absence_is_confirmed_is_an_option() {
    let said = |confirm: u64| {
        let mut scenario = outage(150.0).sorted();
        scenario.options.diagnose.confirm = Some(Duration::from_secs(confirm));
        let failovers = scenario.run().diagnosis.failovers();
        failovers[0].1[0].reasons.iter().any(|reason| reason.text.contains("absence is confirmed"))
    };
    assert!(!said(180));
    assert!(said(90));
}

#[test]
fn how_far_a_stateful_sequence_may_jump_is_an_option() {
    let mut scenario = outage(100.0);
    scenario.flow(37.1, 100.0, out(R2), 0xa, 5000);
    assert_eq!(judged(&scenario, |_| {}).0, Verdict::Stateful);
    assert_eq!(judged(&scenario, |options| options.track.stateful_jump = 1000).0, Verdict::OneWay);
}

#[test]
fn how_long_esp_is_silent_before_it_stopped_is_an_option() {
    let mut scenario = outage(45.0).sorted();
    assert!(scenario.timeline().contains("esp-stopped"));
    scenario.options.track.silence = Duration::from_secs(30);
    assert!(!scenario.timeline().contains("esp-stopped"));
}

#[test]
fn zero_thresholds_divide_by_nothing() {
    let mut scenario = outage(100.0);
    window(&mut scenario.options, 0);
    scenario.options.track.silence = Duration::ZERO;
    scenario.options.diagnose.min_observation = Duration::ZERO;
    scenario.options.diagnose.late_after = Duration::ZERO;
    scenario.options.diagnose.confirm = Some(Duration::ZERO);
    for (_, judgements) in scenario.sorted().run().diagnosis.failovers() {
        assert!(judgements.iter().all(|judgement| (0.0..=1.0).contains(&judgement.confidence)));
    }
}
