//! Protected traffic that leaves in clear, and what looks like it.

use sagap::diagnose::Verdict;
use sagap::track::Overflow;

use crate::common::frames::{tcp, udp};
use crate::common::scenario::{
    ACTIVE, Host, PEER, PEER_2, R1, R2, STANDBY, Scenario, VIRTUAL, Way, back, out,
};

use super::cases::Case;
use super::verdicts::failover;

pub(super) const CASES: &[Case] = &[Case {
    rule: "cleartext-after-failover",
    fires: || leak().rules(),
    // The same was seen before: it is routed beside the tunnel.
    silent: || leak().pings(3.0, 6.0, forwarded(R1)).rules(),
}];

const INSIDE: [u8; 4] = [10, 1, 0, 10];
const REMOTE: [u8; 4] = [10, 2, 0, 10];
/// Another host behind the peer, of another network.
const REMOTE_2: [u8; 4] = [10, 9, 0, 10];

/// From an inside host to one behind the peer, through this router to the provider.
const fn forwarded(router: Host) -> Way {
    Way { src: INSIDE, dst: REMOTE, ..out(router) }
}

/// The failover at 37 s, after which R2 forwards in clear what R1 encrypted.
fn leak() -> Scenario {
    let mut scenario = failover(100.0);
    scenario.pings(38.0, 60.0, forwarded(R2));
    scenario
}

impl Scenario {
    /// A ping a second.
    fn pings(&mut self, from: f64, to: f64, way: Way) -> &mut Self {
        self.every(1.0, from, to, |scenario, time| {
            scenario.ip(time, way, 1, &[8, 0, 0, 0, 0, 1, 0, 1]);
        })
    }

    /// Whether the leak is found.
    fn leaks(&self) -> bool {
        self.rules().iter().any(|rule| rule == "cleartext-after-failover")
    }

    /// The finding: confidence, summary, reasons.
    fn found(&self) -> String {
        let findings = self.sorted().run().findings();
        let found = findings.iter().find(|finding| finding.rule == "cleartext-after-failover");
        let found = found.expect("it is found");
        let evidence: Vec<String> =
            found.evidence.iter().map(|it| format!("  {} {}", it.at.frame, it.note)).collect();
        let reasons: Vec<String> = found.reasons.iter().map(|reason| format!("  - {reason}")).collect();
        let subject = found.subject.expect("it has a subject");
        let head = format!("{:.2} {subject}: {}", found.confidence, found.summary);
        [vec![head], evidence, reasons, vec![format!("  {}", found.filter)]].concat().join("\n")
    }
}

#[test]
fn a_leak_is_told_with_its_conversations_and_frames() {
    let mut scenario = leak();
    let way = forwarded(R2);
    scenario.ip(50.5, way, 6, &tcp((49_152, 443), (1, 0), 2, &[]));
    scenario.ip(51.5, Way { dst: REMOTE_2, ..way }, 17, &udp(40_000, 53, &[0; 20]));
    insta::assert_snapshot!(scenario.found(), @"
    1.00 192.0.2.1<>198.51.100.9: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), 192.0.2.3 sent traffic in clear that a tunnel should have carried: at least 24 packets from 10.1.0.10 to 10.2.0.10 (ICMP), and 2 more conversations
      81 10.1.0.10 to 10.2.0.10 (ICMP) in clear through aa:bb:cc:00:09:00, the first of at least 22 packets
      111 the last of them
      98 10.1.0.10 to 10.2.0.10 (TCP, port 49152 to 443) in clear through aa:bb:cc:00:09:00, the first of at least 1 packet
      100 10.1.0.10 to 10.9.0.10 (UDP, port 40000 to 53) in clear through aa:bb:cc:00:09:00, the first of at least 1 packet
      80 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry)
      75 last ESP of 192.0.2.1<>198.51.100.9 to 198.51.100.9 before
      - nothing had gone in clear to the network of 10.2.0.10 before, in 27.5 s
      frame.number >= 81 && eth.src == aa:bb:cc:00:02:00 && (ip.dst == 10.2.0.10 || ip.dst == 10.9.0.10)
    ");
    insta::assert_snapshot!(leak().judgements(), @"
     37.000 failover to 192.0.2.3: hold-expiry
            192.0.2.1<>198.51.100.9 no-negotiation 0.70; negotiation after 0ns, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 no-negotiation 0.70
                 x1.00 no negotiation was begun by either end in the 60.0 s after the failover
                 x1.00 the tunnel was wanted: ESP of 192.0.2.1 ran until 9.5 s before the failover (frame 75)
                 x1.00 the tunnel was wanted: 192.0.2.3 sent inside traffic in clear, at least 22 packets from frame 81
                 x0.70 the capture has no IKE at all, which a capture filter may leave out
    frame 80 critical failover-without-negotiation 0.70: no IPsec negotiation with 198.51.100.9 in the 63.0 s after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry)
    frame 81 critical cleartext-after-failover 1.00: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), 192.0.2.3 sent traffic in clear that a tunnel should have carried: at least 22 packets from 10.1.0.10 to 10.2.0.10 (ICMP)
    ");
}

#[test]
fn a_leak_is_an_event_of_the_timeline() {
    let timeline = leak().timeline();
    let events: Vec<&str> = timeline.lines().filter(|line| line.contains("clear-traffic")).collect();
    insta::assert_snapshot!(events.join("\n"), @" 38.000   81 clear-traffic 192.0.2.1<>198.51.100.9 192.0.2.3 198.51.100.9 10.1.0.10 to 10.2.0.10 (ICMP)");
}

#[test]
fn a_few_packets_are_none_and_two_conversations_are() {
    let with = |to: f64| failover(100.0).pings(38.0, to, forwarded(R2)).leaks();
    assert!(!with(40.0) && with(41.0));
    let mut two = failover(100.0);
    two.pings(38.0, 39.0, forwarded(R2)).pings(38.5, 39.0, Way { dst: REMOTE_2, ..forwarded(R2) });
    assert!(two.leaks());
    two.options.diagnose.clear_flows = 3;
    assert!(!two.leaks());
    two.options.diagnose.clear_packets = 2;
    assert!(two.leaks());
}

#[test]
fn only_what_took_the_tunnels_way_from_the_new_router_counts() {
    let with = |way: Way| failover(100.0).pings(38.0, 60.0, way).leaks();
    let leak = forwarded(R2);
    assert!(with(leak));
    assert!(!with(Way { dst_mac: [0xaa, 0xbb, 0xcc, 0, 8, 0], ..leak }), "another next hop");
    assert!(!with(Way { src_mac: R1.mac, ..leak }), "the old router");
    assert!(!with(Way { src_mac: [0xaa, 0xbb, 0xcc, 0, 7, 0], ..leak }), "a host");
    assert!(!with(Way { src: R2.address, ..leak }), "the router's own");
    assert!(!with(Way { src: VIRTUAL, dst: PEER, ..leak }), "between the tunnel's ends");
    assert!(!with(Way { dst: [224, 0, 0, 5], ..leak }) && !with(Way { dst: [169, 254, 0, 1], ..leak }));
    let group = [0, 0, 0x0c, 7, 0xac, 10];
    assert!(with(Way { src_mac: group, ..leak }), "the group's MAC is the active router's");
}

#[test]
fn errors_of_routers_on_the_way_are_no_leak() {
    let mut scenario = failover(100.0);
    scenario.every(1.0, 38.0, 60.0, |scenario, time| {
        scenario.ip(time, Way { src: [10, 1, 0, 3], ..forwarded(R2) }, 1, &[11, 0, 0, 0, 0, 0, 0, 0]);
    });
    assert!(!scenario.leaks());
}

#[test]
fn what_was_spoken_to_in_clear_before_is_no_leak() {
    let before = |way: Way| leak().pings(3.0, 6.0, way).leaks();
    assert!(!before(forwarded(R1)));
    assert!(!before(Way { dst: [10, 2, 0, 77], ..forwarded(R1) }), "a neighbour of it");
    assert!(!before(Way { src: REMOTE, dst: INSIDE, ..back() }), "the other direction");
    // Before the first ESP, too.
    let mut late = leak();
    late.gratuitous_arp(0.05, R1.mac).pings(0.1, 0.4, Way { dst_mac: R1.mac, ..back_of(REMOTE) });
    assert!(!late.leaks());
}

/// In clear from the provider, from this address.
fn back_of(src: [u8; 4]) -> Way {
    Way { src, dst: INSIDE, ..back() }
}

#[test]
fn other_traffic_in_clear_before_makes_it_less_sure() {
    let mut scenario = leak();
    scenario.pings(3.0, 6.0, Way { dst: REMOTE_2, ..forwarded(R1) });
    insta::assert_snapshot!(scenario.found(), @"
    0.50 192.0.2.1<>198.51.100.9: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), 192.0.2.3 sent traffic in clear that a tunnel should have carried: at least 22 packets from 10.1.0.10 to 10.2.0.10 (ICMP)
      84 10.1.0.10 to 10.2.0.10 (ICMP) in clear through aa:bb:cc:00:09:00, the first of at least 22 packets
      112 the last of them
      83 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry)
      78 last ESP of 192.0.2.1<>198.51.100.9 to 198.51.100.9 before
      - nothing had gone in clear to the network of 10.2.0.10 before, in 27.5 s
      - other traffic between private addresses had left in clear before (frame 10): this may be meant to as well (x 0.50)
      frame.number >= 84 && eth.src == aa:bb:cc:00:02:00 && (ip.dst == 10.2.0.10)
    ");
}

#[test]
fn what_goes_on_beside_esp_never_was_the_tunnels() {
    let mut scenario = failover(100.0);
    scenario.negotiation(39.0, out(R2), back(), 7).both(41.0, 100.0, R2, (0xc, 0xd));
    assert!(!scenario.clone().pings(38.0, 90.0, forwarded(R2)).leaks());
    // What ends when the tunnel is back was a leak.
    assert!(scenario.clone().pings(38.0, 41.0, forwarded(R2)).leaks());
    // And what begins then is none.
    assert!(!scenario.clone().pings(45.0, 90.0, forwarded(R2)).leaks());
}

#[test]
fn inside_hosts_are_not_on_the_segment_of_the_leak() {
    // One interface for both sides, or a host of the segment that has the group for its gateway.
    let enters = Way { src: INSIDE, dst: REMOTE, src_mac: [0xaa, 0xbb, 0xcc, 0, 7, 0], ..back() };
    assert!(!leak().pings(37.9, 60.0, enters).leaks());
}

#[test]
fn a_tunnel_without_esp_before_had_nothing_to_leak() {
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 28.0, R1, R2).hellos(30.1, 37.0, R2, STANDBY).hellos(37.0, 100.0, R2, ACTIVE);
    scenario.pings(38.0, 60.0, forwarded(R2));
    assert!(!scenario.leaks());
    scenario.flow(0.5, 10.0, out(R1), 0xa, 1).flow(0.6, 100.0, back(), 0xb, 1);
    assert!(!scenario.leaks(), "it ended long before");
}

#[test]
fn a_capture_that_begins_after_the_failover_shows_no_leak() {
    let mut scenario = leak();
    scenario.frames.retain(|(nanos, ..)| *nanos >= 37_500_000_000);
    assert!(!scenario.leaks());
}

#[test]
fn public_addresses_count_where_nothing_left_in_clear_before() {
    let way = Way { src: [198, 18, 1, 10], dst: [198, 19, 1, 10], ..forwarded(R2) };
    let with = |before: f64, others: &dyn Fn(&mut Scenario)| {
        let mut scenario = Scenario::new();
        let t_f = before + 9.0;
        scenario.pair(0.0, before, R1, R2).hellos(before + 2.1, t_f, R2, STANDBY);
        scenario.hellos(t_f, t_f + 60.0, R2, ACTIVE).both(0.5, before, R1, (0xa, 0xb));
        scenario.pings(t_f + 1.0, t_f + 20.0, way);
        others(&mut scenario);
        scenario
    };
    insta::assert_snapshot!(with(90.0, &|_| {}).found(), @"
    0.50 192.0.2.1<>198.51.100.9: after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry), 192.0.2.3 sent traffic in clear that a tunnel should have carried: at least 19 packets from 198.18.1.10 to 198.19.1.10 (ICMP)
      245 198.18.1.10 to 198.19.1.10 (ICMP) in clear through aa:bb:cc:00:09:00, the first of at least 19 packets
      269 the last of them
      244 192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry)
      239 last ESP of 192.0.2.1<>198.51.100.9 to 198.51.100.9 before
      - nothing had gone in clear before, in 89.5 s
      - the addresses are public: it may be meant to leave in clear (x 0.50)
      frame.number >= 245 && eth.src == aa:bb:cc:00:02:00 && (ip.dst == 198.19.1.10)
    ");
    let mut late = failover(100.0);
    late.pings(48.0, 70.0, way);
    assert!(!late.leaks(), "it may have begun by chance");
    assert!(!failover(100.0).pings(38.0, 46.0, way).leaks(), "too few");
    let one = |scenario: &mut Scenario| {
        scenario.pings(5.0, 6.0, Way { dst: [203, 0, 113, 5], ..forwarded(R1) });
    };
    assert!(!with(90.0, &one).leaks(), "something left in clear");
    let mut mixed = failover(100.0);
    mixed.pings(38.0, 60.0, Way { dst: [203, 0, 113, 5], ..forwarded(R2) });
    assert!(!mixed.leaks(), "a private host that somebody behind translates");
}

#[test]
fn a_leak_of_several_tunnels_is_one_finding_on_the_group() {
    let mut scenario = leak();
    let (to, from) = (out(R1).peer(PEER_2), back().peer(PEER_2));
    scenario.flow(0.7, 28.0, to, 0x1a, 1).flow(0.8, 28.0, from, 0x1b, 1);
    let found = scenario.found();
    assert!(found.contains("hsrp/10: after"), "{found}");
    assert_eq!(scenario.rules().iter().filter(|rule| *rule == "cleartext-after-failover").count(), 1);
    // The one that came back is not in question.
    scenario.negotiation(38.5, out(R2).peer(PEER_2), from, 7);
    scenario.flow(39.0, 100.0, out(R2).peer(PEER_2), 0x2a, 1).flow(39.1, 100.0, from, 0x2b, 1);
    let found = scenario.found();
    assert!(found.contains("192.0.2.1<>198.51.100.9: after"), "{found}");
}

/// A change of the active router's priority at 30 s, after which its ESP stops, or goes on until `esp`.
fn changed(esp: f64) -> Scenario {
    let mut scenario = Scenario::new();
    let changed = crate::common::scenario::Hsrp { priority: 90, ..ACTIVE };
    scenario.hellos(0.0, 30.0, R1, ACTIVE).hellos(30.0, 90.0, R1, changed).hellos(0.1, 90.0, R2, STANDBY);
    scenario.both(0.5, esp, R1, (0xa, 0xb));
    scenario
}

#[test]
fn a_change_of_settings_may_make_a_leak_too() {
    let mut scenario = changed(29.0);
    scenario.pings(31.0, 60.0, forwarded(R1));
    insta::assert_snapshot!(scenario.found(), @"
    1.00 192.0.2.1<>198.51.100.9: after 192.0.2.2 changed its settings of hsrp/10 (priority 100 to 90), 192.0.2.2 sent traffic in clear that a tunnel should have carried: at least 29 packets from 10.1.0.10 to 10.2.0.10 (ICMP)
      81 10.1.0.10 to 10.2.0.10 (ICMP) in clear through aa:bb:cc:00:09:00, the first of at least 29 packets
      127 the last of them
      79 192.0.2.2 changed its settings of hsrp/10 (priority 100 to 90)
      77 last ESP of 192.0.2.1<>198.51.100.9 to 198.51.100.9 before
      - nothing had gone in clear to the network of 10.2.0.10 before, in 28.5 s
      frame.number >= 81 && eth.src == aa:bb:cc:00:01:00 && (ip.dst == 10.2.0.10)
    ");
    assert!(!changed(85.0).pings(31.0, 60.0, forwarded(R1)).leaks(), "ESP goes on");
    assert!(!changed(29.0).pings(20.0, 60.0, forwarded(R1)).leaks(), "it was there before");
}

#[test]
fn a_flood_of_addresses_makes_it_silent_and_is_told() {
    let mut scenario = leak();
    for number in 0..40_000_u32 {
        let [_, b, c, d] = number.to_be_bytes();
        let way = Way { src: [10, 100 + b, c, d], dst: [172, 16 + b, c, d], ..forwarded(R1) };
        scenario.ip(5.0 + f64::from(number) / 2000.0, way, 17, &udp(1, 2, &[]));
    }
    assert!(!scenario.leaks());
    let outcome = scenario.sorted().run();
    let Overflow { in_clear, .. } = outcome.tracker.overflow();
    assert!(in_clear > 0);
    assert_eq!(outcome.diagnosis.failovers()[0].1[0].verdict, Verdict::NoNegotiation);
}

#[test]
fn two_mirror_ports_show_a_leak_once() {
    let mut scenario = failover(100.0);
    for number in 0..20_u16 {
        let mut frame = Scenario::new();
        frame.ip(38.0 + f64::from(number), forwarded(R2), 1, &[8, 0, 0, 0, 0, 1, 0, 1]);
        let (nanos, interface, bytes) = frame.frames.remove(0);
        scenario.frames.push((nanos, interface, bytes.clone()));
        scenario.frames.push((nanos + 200_000, interface, bytes));
    }
    assert!(scenario.found().contains("at least 20 packets"), "{}", scenario.found());
}

#[test]
fn routers_that_copy_their_state_are_named_with_the_verdict() {
    let mut scenario = failover(100.0);
    let way = Way { src: R1.address, dst: R2.address, src_mac: R1.mac, dst_mac: R2.mac };
    scenario.every(5.0, 5.0, 25.0, |scenario, time| {
        scenario.ip(time, way, 132, &[0x13, 0x88, 0x13, 0x88, 0, 0, 0, 1, 0, 0, 0, 0]);
    });
    scenario.flow(38.0, 100.0, out(R2), 0xa, 100).flow(38.1, 100.0, back(), 0xb, 100);
    insta::assert_snapshot!(scenario.judgements(), @"
    37.000 failover to 192.0.2.3: hold-expiry
           192.0.2.1<>198.51.100.9 stateful 1.00; negotiation after 0ns, ESP after 1s, outage 10.5s
    97.000 verdict 192.0.2.1<>198.51.100.9 stateful 1.00
                x1.00 192.0.2.3 goes on with SPI 0000000a from sequence 100 (frame 85); no negotiation is needed
                x1.00 192.0.2.2 and 192.0.2.3 spoke SCTP before the failover (frame 15), as routers do that copy their state
    ");
}
