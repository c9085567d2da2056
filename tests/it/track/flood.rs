//! Forged traffic: bounded memory, soon done, counted, and no harm to what is real.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use sagap::diagnose::{Options, Seen, Verdict, limits};

use crate::common::scenario::{
    ACTIVE, COUP, Host, Hsrp, Outcome, PEER_2, R1, R2, R3, RESIGN, STANDBY, Scenario, State, VIRTUAL, Way,
    back, out, v2,
};

/// How long a flood of this size may take in a debug build on a busy machine; without bounds it takes minutes.
const LIMIT: Duration = Duration::from_secs(60);

/// A failover at 37 s from which the tunnel recovers.
fn incident() -> Scenario {
    let mut scenario = Scenario::new();
    scenario
        .pair(0.0, 28.0, R1, R2)
        .both(0.5, 28.0, R1, (0xa, 0xb))
        .hellos(30.1, 37.0, R2, STANDBY)
        .hellos(37.0, 100.0, R2, ACTIVE)
        .negotiation(39.0, out(R2), back(), 7)
        .both(40.0, 100.0, R2, (0xc, 0xd));
    scenario
}

/// Runs it in time, and finds the tunnel recovered all the same.
fn survives(scenario: &Scenario) -> Outcome {
    runs_in_time(scenario.sorted())
}

/// The same, with the frames in the order in which they stand.
fn runs_in_time(scenario: Scenario) -> Outcome {
    let (done, wait) = mpsc::channel();
    thread::spawn(move || {
        let outcome = scenario.run();
        // Rules that compare one with the other are part of it.
        outcome.findings();
        done.send(outcome).is_ok()
    });
    let outcome = wait.recv_timeout(LIMIT).expect("it ends in time");
    let failovers = outcome.diagnosis.failovers();
    let tunnel = failovers[0].1.iter().find(|it| it.outage.tunnel.peer.to_string() == "198.51.100.9");
    assert_eq!(tunnel.map(|judgement| judgement.verdict), Some(Verdict::Recovered));
    outcome
}

fn limits_of(outcome: &Outcome) -> Vec<String> {
    let seen = Seen {
        captures: &[],
        groups: &outcome.tracker.group_facts(),
        tunnels: &outcome.tracker.tunnel_facts(),
        failovers: &outcome.diagnosis.failovers(),
        overflow: outcome.tracker.overflow(),
        suppressed: outcome.diagnosis.suppressed(),
    };
    limits(&seen, &Options::default())
}

#[test]
fn forged_spis_push_out_the_oldest_and_are_counted() {
    let mut scenario = incident();
    for number in 0..300_000_u32 {
        scenario.esp(45.0 + f64::from(number) / 10_000.0, back(), 0x1000_0000 + number, 1);
    }
    let outcome = survives(&scenario);
    assert!(outcome.tracker.flows().len() <= 0x2_0000);
    let overflow = outcome.tracker.overflow();
    assert!(overflow.sas > 160_000 && overflow.spis > 0, "{overflow:?}");
    let told = limits_of(&outcome);
    assert!(told.iter().any(|line| line.contains("ESP SAs were forgotten")), "{told:?}");
}

#[test]
fn forged_first_messages_are_bounded() {
    let mut scenario = incident();
    for number in 0..100_000_u32 {
        let [_, b, c, d] = number.to_be_bytes();
        let way = back().peer([203, b, c, d]);
        scenario.ike(20.0 + f64::from(number) / 3000.0, way, &v2::init(u64::from(number) + 1000));
    }
    let outcome = survives(&scenario);
    let overflow = outcome.tracker.overflow();
    assert!(overflow.forgotten_tunnels > 34_000 && overflow.outages > 0, "{overflow:?}");
    assert_eq!(overflow.tunnels, 0);
    let told = limits_of(&outcome);
    assert!(told.iter().any(|line| line.contains("one side alone was heard")), "{told:?}");
    assert!(told.iter().any(|line| line.contains("were not judged after a failover")), "{told:?}");
}

#[test]
fn forged_first_messages_of_one_peer_are_bounded() {
    let mut scenario = incident();
    for number in 0..100_000_u32 {
        let time = 45.0 + f64::from(number) / 2000.0;
        scenario.ike(time, back(), &v2::init(u64::from(number) + 1000));
        scenario.ike(time + 0.0001, out(R2), &v2::init_notify(u64::from(number) + 1000, 14));
    }
    let outcome = survives(&scenario);
    assert!(outcome.tracker.overflow().ike_sas > 0);
    assert!(outcome.diagnosis.failovers()[0].1[0].outage.after.negotiations.len() <= 64);
}

#[test]
fn forged_groups_are_bounded() {
    let mut scenario = incident();
    for vlan in 0..3 {
        scenario.on(0, (vlan > 0).then_some(vlan));
        for number in 0..4096_u16 {
            let time = 20.0 + f64::from(number) / 200.0;
            let message = Hsrp { version: 2, address: [10, 0, 0, 1], ..ACTIVE };
            scenario.hsrp_group(time, R1, message, number);
        }
    }
    let outcome = survives(&scenario);
    assert_eq!(outcome.tracker.group_facts().len(), 8192);
    assert!(limits_of(&outcome).iter().any(|line| line.contains("of more groups")));
    assert!(
        outcome
            .tracker
            .tunnel_facts()
            .iter()
            .all(|facts| facts.tunnel.local == std::net::IpAddr::from(VIRTUAL))
    );
}

/// Groups of one address, 0 to `count`: the role goes to the other router of each, there and back, every half minute.
fn flapping_groups(scenario: &mut Scenario, count: u16, turns: u32, from: f64, (one, other): (Host, Host)) {
    for turn in 0..turns {
        let (new, old) = if turn % 2 == 0 { (one, other) } else { (other, one) };
        for number in 0..count {
            let time = from + f64::from(turn) * 30.0 + f64::from(number) / 200.0;
            let say = |message: Hsrp| Hsrp { version: 2, address: [10, 9, 0, one.address[3]], ..message };
            scenario.hsrp_group(time, old, say(RESIGN), number);
            scenario.hsrp_group(time + 0.001, new, say(ACTIVE), number);
        }
    }
}

#[test]
fn questions_to_which_no_answer_is_seen_cost_an_outage_nothing() {
    let mut scenario = incident();
    scenario.hsrp(10.0, R3, Hsrp { state: State::Listen, ..STANDBY });
    for number in 0..6000_u16 {
        let [high, low] = number.to_be_bytes();
        let time = 20.0 + f64::from(number) / 1000.0;
        scenario.arp(time, 1, R3, [192, 1, high, low]).esp(time, back().peer([203, 0, high, low]), 7, 1);
    }
    // What nobody answers says nothing of the router that asked, and it takes over again and again.
    for number in 0..30_u16 {
        let time = 200.0 + f64::from(number) * 61.0;
        let (new, old) = if number % 2 == 0 { (R3, R2) } else { (R2, R3) };
        scenario.hsrp(time, new, COUP).hsrp(time + 0.01, old, RESIGN).hsrp(time + 0.02, new, ACTIVE);
    }
    assert_eq!(survives(&scenario).diagnosis.failovers().len(), 31);
}

#[test]
fn flapping_groups_on_two_sides_are_compared_in_time() {
    let mut scenario = incident();
    flapping_groups(&mut scenario, 700, 30, 200.0, (R1, R2));
    scenario.on(1, None).esp(199.0, Way { dst: [10, 9, 0, R2.address[3]], ..back().peer(PEER_2) }, 7, 1);
    flapping_groups(&mut scenario, 700, 30, 201.0, (R2, R1));
    survives(&scenario);
}

#[test]
fn a_clock_set_back_again_and_again_moves_no_deadline() {
    let mut scenario = incident();
    for number in 0..20_000_u16 {
        let [high, low] = number.to_be_bytes();
        scenario.esp(98.0 + f64::from(number) / 20_000.0, back().peer([203, 0, high, low]), 7, 1);
    }
    let mut scenario = scenario.sorted();
    // Two frames in a row that are earlier, and in order, are a clock that was set back.
    for number in 0..8000_u32 {
        let time = 90.0 - f64::from(number) * 10.0;
        scenario.hsrp(time, R2, ACTIVE).hsrp(time + 3.0, R2, ACTIVE);
    }
    runs_in_time(scenario);
}
