//! ESP of a tunnel: when it starts, stops and goes on, and whose it is.

use crate::common::scenario::{ACTIVE, R1, R2, Scenario, VIRTUAL, Way, back, out};

fn story(scenario: &Scenario) -> String {
    let timeline = scenario.timeline();
    let told = timeline.lines().filter(|line| !line.contains(" hsrp/"));
    told.collect::<Vec<_>>().join("\n")
}

#[test]
fn esp_starts_stops_and_resumes() {
    let mut scenario = Scenario::new();
    scenario
        .hellos(0.0, 80.0, R1, ACTIVE)
        .both(0.5, 5.0, R1, (0xa, 0xb))
        .flow(30.5, 35.0, out(R1), 0xa, 6)
        .flow(31.5, 35.0, back(), 0xc, 1)
        .until(80.0);
    insta::assert_snapshot!(story(&scenario), @r"
     0.500    2 esp-started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 outbound SPI 0000000a from sequence 1
     0.550    3 esp-started 192.0.2.1<>198.51.100.9 - 198.51.100.9 inbound SPI 0000000b from sequence 1
    14.500    - esp-stopped 192.0.2.1<>198.51.100.9 - 198.51.100.9 outbound SPI 0000000a; last packet in frame 11
    14.550    - esp-stopped 192.0.2.1<>198.51.100.9 - 198.51.100.9 inbound SPI 0000000b; last packet in frame 12
    30.500   22 esp-resumed 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 outbound SPI 0000000a after 26.000 s of silence
    31.500   24 esp-started 192.0.2.1<>198.51.100.9 - 198.51.100.9 inbound SPI 0000000c from sequence 1
    54.500    - esp-stopped 192.0.2.1<>198.51.100.9 - 198.51.100.9 outbound SPI 0000000a; last packet in frame 30
    54.500    - esp-stopped 192.0.2.1<>198.51.100.9 - 198.51.100.9 inbound SPI 0000000c; last packet in frame 31
    ");
}

#[test]
fn thin_traffic_is_given_longer_each_time() {
    let mut scenario = Scenario::new();
    scenario.hellos(0.0, 3.0, R1, ACTIVE);
    for (time, sequence) in [(1.0, 1), (13.0, 2), (28.0, 3), (43.0, 4), (64.0, 5)] {
        scenario.esp(time, out(R1), 0xa, sequence);
    }
    insta::assert_snapshot!(story(&scenario), @r"
     1.000    2 esp-started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 outbound SPI 0000000a from sequence 1
    11.000    - esp-stopped 192.0.2.1<>198.51.100.9 - 198.51.100.9 outbound SPI 0000000a; last packet in frame 2
    13.000    3 esp-resumed 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 outbound SPI 0000000a after 12.000 s of silence
    63.000    - esp-stopped 192.0.2.1<>198.51.100.9 - 198.51.100.9 outbound SPI 0000000a; last packet in frame 5
    64.000    6 esp-resumed 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 outbound SPI 0000000a after 21.000 s of silence
    ");
}

#[test]
fn the_same_sa_in_another_encapsulation_is_the_same_sa() {
    let mut scenario = Scenario::new();
    scenario.hellos(0.0, 20.0, R1, ACTIVE).flow(0.5, 5.0, out(R1), 0xa, 1);
    for number in 0..5_u8 {
        scenario.esp_in_udp(5.5 + f64::from(number), out(R1), 0xa, 6 + u32::from(number));
    }
    insta::assert_snapshot!(
        story(&scenario).trim_start(),
        @"0.500    2 esp-started 192.0.2.1<>198.51.100.9 192.0.2.2 198.51.100.9 outbound SPI 0000000a from sequence 1"
    );
    assert_eq!(scenario.sorted().run().tracker.flows().len(), 1);
}

#[test]
fn a_transit_tunnel_is_bound_by_the_macs_it_passes_through() {
    let inner = [10, 1, 0, 7];
    let mut scenario = Scenario::new();
    scenario
        .hellos(0.0, 9.0, R1, ACTIVE)
        .hellos(0.1, 9.0, R2, crate::common::scenario::STANDBY)
        .flow(0.5, 9.0, Way { src: inner, ..out(R1) }, 0xa, 1)
        .flow(0.6, 9.0, Way { dst: inner, ..back() }, 0xb, 1);
    let outcome = scenario.sorted().run();
    let facts = outcome.tracker.tunnel_facts();
    let bound: Vec<String> =
        facts.iter().map(|facts| format!("{} {:?}", facts.tunnel, facts.groups.len())).collect();
    assert_eq!(bound, ["10.1.0.7<>198.51.100.9 1"]);
}

#[test]
fn a_tunnel_that_touches_no_gateway_is_bound_to_none() {
    let far = Way { src: [10, 9, 9, 9], dst: [10, 9, 9, 8], src_mac: [2; 6], dst_mac: [4; 6] };
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 20.0, R1, R2).flow(0.5, 20.0, far, 0xa, 1).hellos(21.0, 40.0, R2, ACTIVE);
    let outcome = scenario.sorted().run();
    assert!(outcome.tracker.tunnel_facts()[0].groups.is_empty());
    assert_eq!(outcome.diagnosis.failovers()[0].1.len(), 0);
}

#[test]
fn the_gateway_side_of_a_tunnel_is_its_local_end_whoever_was_heard_first() {
    let mut scenario = Scenario::new();
    scenario.esp(0.0, back(), 0xb, 1).hellos(1.0, 5.0, R1, ACTIVE).esp(4.0, back(), 0xb, 2);
    let facts = scenario.sorted().run().tracker.tunnel_facts();
    assert_eq!(facts[0].tunnel.local, std::net::IpAddr::from(VIRTUAL));
    assert_eq!(facts[0].esp_packets, (0, 2));
}
