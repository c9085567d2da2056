//! Whatever comes in whatever order: no panic, order of time, bounded memory, frames that exist.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::common::scenario::{
    ACTIVE, COUP, Host, Hsrp, Outcome, PEER_2, R1, R2, R3, RESIGN, SPEAK, STANDBY, Scenario, State, VIRTUAL,
    Way, back, out, v1, v2,
};

/// One message of any kind: its kind, who, and two numbers.
type Message = (u8, u8, u8, u32);

fn router(number: u8) -> Host {
    [R1, R2, R3][usize::from(number % 3)]
}

fn way(who: u8, which: u8) -> Way {
    let way = if which.is_multiple_of(2) { out(router(who)) } else { back() };
    let way = if which & 2 == 0 { way } else { way.own(router(who)) };
    if which & 4 == 0 { way } else { way.peer(PEER_2) }
}

fn add(scenario: &mut Scenario, time: f64, (kind, who, which, number): Message) {
    let spi = u64::from(number % 4) + 1;
    match kind % 4 {
        0 => {
            let message = [ACTIVE, ACTIVE, STANDBY, SPEAK, COUP, RESIGN];
            let message = message[usize::from(which) % message.len()];
            let version = 1 + u8::from(number % 7 == 0);
            let state = if number % 11 == 0 { State::Listen } else { message.state };
            scenario.hsrp(time, router(who), Hsrp { version, state, ..message });
        }
        1 => {
            scenario.esp(time, way(who, which), number % 5 + 1, number);
        }
        2 => {
            let messages = [
                v2::init(spi),
                v2::init_again(spi),
                v2::init_answer(spi),
                v2::init_notify(spi, 14),
                v2::auth(spi),
                v2::auth_accepted(spi),
                v2::auth_refused(spi),
                v2::auth_without_child(spi),
                v2::child(spi, number % 3),
                v2::child_accepted(spi, number % 3),
                v2::child_refused(spi, number % 3),
                v2::probe(spi, number % 3),
                v2::informational(spi, 11, &[0, 0, 0, 1]),
            ];
            scenario.ike(time, way(who, which), &messages[number as usize % messages.len()]);
        }
        _ => {
            let step = u8::try_from(number % 6).unwrap() + 1;
            let messages = [
                v1::main(spi, step),
                v1::aggressive(spi, step),
                v1::quick(spi, number % 3, step),
                v1::informational(spi, number),
                v1::notify(spi, 14, &[]),
                v1::notify(spi, 4, &[]),
            ];
            scenario.ike(time, way(who, which), &messages[number as usize % messages.len()]);
        }
    }
}

/// The same, or a packet in clear.
fn add_any(scenario: &mut Scenario, time: f64, message: Message) {
    let (kind, who, which, number) = message;
    if kind < 200 {
        return add(scenario, time, message);
    }
    let [_, _, net, host] = number.to_be_bytes();
    let way = way(who, which);
    let private = Way { src: [10, 1, 0, host % 4], dst: [10, 2, net % 4, 1], ..way };
    let way = if which & 8 == 0 { private } else { Way { src: [10, 1, 0, host % 4], ..way } };
    scenario.ip(time, way, [1, 6, 17, 132][usize::from(who % 4)], &[8; 24]);
}

/// An ARP message, or one of a gateway whose settings are whatever they are.
fn add_gateway(scenario: &mut Scenario, time: f64, who: u8, number: u32) {
    let [kind, high, low, setting] = number.to_be_bytes();
    let (router, address) = (router(who), [VIRTUAL, [192, 0, 2, 5], R2.address][usize::from(low % 3)]);
    match kind % 6 {
        0 => scenario.arp(time, 1 + low % 2, router, address),
        1 => {
            scenario.gratuitous_arp(time, [[0xaa, 0xbb, 0xcc, 0, 7, low], router.mac][usize::from(high % 2)])
        }
        2 => scenario.vrrp(time, router, setting),
        3 => scenario.carp(time, router, (low, setting)),
        _ => {
            let message = [ACTIVE, STANDBY, COUP, RESIGN][usize::from(high % 4)];
            let timers = [(0, 0), (0, 255), (255, 0), (255, 255), (3, 10), (1, 3)];
            let (hello, hold) = timers[usize::from(setting) % timers.len()];
            let (version, group) = (1 + setting % 2, 10 + setting % 3);
            let password = [high % 2; 8];
            let settings = Hsrp { version, group, hello, hold, password, address, priority: low, ..message };
            scenario.hsrp(time, router, settings)
        }
    };
}

/// What holds whatever the groups and their addresses are.
fn check_places(outcome: &Outcome, frames: usize) {
    let times: Vec<_> = outcome.events.iter().map(|event| event.time).collect();
    assert!(times.is_sorted(), "{}", outcome.timeline());
    let exists = |frame: u64| frame >= 1 && frame <= frames as u64;
    assert!(outcome.events.iter().filter_map(|event| event.frame).all(|frame| exists(frame.0)));
    for finding in outcome.findings() {
        assert!(!finding.evidence.is_empty(), "{finding:?}");
        assert!(finding.evidence.iter().all(|evidence| exists(evidence.at.frame.0)), "{finding:?}");
        assert!((0.0..=1.0).contains(&finding.confidence), "{finding:?}");
    }
}

fn check(outcome: &Outcome, frames: usize) {
    check_places(outcome, frames);
    let told = outcome.events.iter().filter(|event| event.kind.name() == "failover").count();
    let failovers = outcome.diagnosis.failovers();
    assert_eq!(failovers.len(), told);
    for (failover, judgements) in &failovers {
        let tunnels: BTreeSet<_> = judgements.iter().map(|judgement| judgement.outage.tunnel).collect();
        assert_eq!(tunnels.len(), judgements.len(), "one verdict a tunnel: {failover:?}");
    }
    // Every tunnel between the virtual address and a peer that was there before a failover has its verdict.
    for facts in outcome
        .tracker
        .tunnel_facts()
        .iter()
        .filter(|facts| facts.tunnel.local == std::net::IpAddr::from(VIRTUAL))
    {
        for (failover, judgements) in &failovers {
            let judged = judgements.iter().any(|it| it.outage.tunnel.peer == facts.tunnel.peer);
            assert!(judged || facts.span.0 > failover.at, "{} after {failover:?}", facts.tunnel);
        }
    }
}

/// The events without the frame numbers, which an order of frames changes.
fn without_frames(outcome: &Outcome) -> Vec<String> {
    let timeline = outcome.timeline();
    let lines = timeline.lines().map(|line| {
        let words = line.split_whitespace().enumerate();
        let kept = words.filter(|(place, _)| *place != 1).map(|(_, word)| word);
        let line = kept.collect::<Vec<_>>().join(" ");
        line.split(" frame ").next().unwrap_or_default().to_owned()
    });
    lines.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_messages_in_any_order(messages in prop::collection::vec((any::<Message>(), 0_u32..8000), 1..200)) {
        let mut scenario = Scenario::new();
        let mut time = 0.0;
        for (message, pause) in messages {
            time += f64::from(pause) / 1000.0;
            add_any(&mut scenario, time, message);
        }
        let frames = scenario.frames.len();
        check(&scenario.run(), frames);
    }

    #[test]
    fn any_settings_of_gateways(
        messages in prop::collection::vec((any::<bool>(), any::<Message>(), 0_u32..8000), 1..200)
    ) {
        let mut scenario = Scenario::new();
        let mut time = 0.0;
        for (is_gateway, message, pause) in messages {
            time += f64::from(pause) / 1000.0;
            if is_gateway {
                add_gateway(&mut scenario, time, message.1, message.3);
            } else {
                add_any(&mut scenario, time, message);
            }
        }
        let frames = scenario.frames.len();
        check_places(&scenario.run(), frames);
    }

    #[test]
    fn any_order_within_a_second(
        messages in prop::collection::vec((any::<Message>(), 1_u32..3000, 0_i64..900), 1..120)
    ) {
        let mut scenario = Scenario::new();
        let mut time = 0.0;
        for (message, pause, _) in &messages {
            time += f64::from(*pause) / 1000.0;
            add(&mut scenario, time, *message);
        }
        let mut shuffled = scenario.clone();
        let delays = messages.iter().map(|(_, _, delay)| delay * 1_000_000);
        let mut frames: Vec<_> = shuffled.frames.drain(..).zip(delays).collect();
        frames.sort_by_key(|((nanos, ..), delay)| nanos + delay);
        shuffled.frames = frames.into_iter().map(|(frame, _)| frame).collect();
        prop_assert_eq!(without_frames(&shuffled.run()), without_frames(&scenario.run()));
    }

    #[test]
    fn any_times(messages in prop::collection::vec((any::<Message>(), any::<i64>()), 1..60)) {
        let mut scenario = Scenario::new();
        for (message, _) in &messages {
            add_any(&mut scenario, 0.0, *message);
        }
        for (frame, (_, nanos)) in scenario.frames.iter_mut().zip(&messages) {
            // The scenario's own start is added to it.
            frame.0 = nanos / 4;
        }
        let outcome = scenario.run();
        for finding in outcome.findings() {
            prop_assert!((0.0..=1.0).contains(&finding.confidence));
        }
    }
}
