//! A hand-made report: a failover after which one tunnel stays down and another one comes back.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use sagap::capture::{CaptureId, FrameNumber, SeriesId};
use sagap::decode::{Assembled, Encapsulation, Incomplete, Link, Reassembly, Unfinished, Unrelated};
use sagap::diagnose::{Advice, Confirmation, Evidence, Finding, Judgement, Reason, Severity, Step, Verdict};
use sagap::observe::{
    At, Authentication, Backwards, Damaged, EspTally, GatewayProtocol, GroupName, Protection, SaKey, Segment,
    Tally,
};
use sagap::report::{CaptureFacts, Report, TimelineEntry};
use sagap::time::Timestamp;
use sagap::track::{
    After, Before, Cause, Closed, Coverage, Direction, Event, EventKind, Failover, Flow, FlowFacts,
    GroupFacts, GroupKey, Habits, Nat, NatPlace, Negotiation, NegotiationId, Outage, OutageId, Outcome,
    Purpose, RouterFacts, Subject, Tunnel, TunnelFacts, Visibility, Watched,
};
use sagap::wire::bytes::Malformed;
use sagap::wire::ike::{Certainty, Spi};
use sagap::wire::mac::MacAddr;

/// The report.
pub(super) fn report() -> Report {
    Report {
        captures: vec![capture()],
        groups: vec![group()],
        tunnels: vec![tunnel_facts(lost(), (0, 412)), tunnel_facts(healed(), (388, 401))],
        failovers: vec![(failover(), vec![no_negotiation(), recovered()])],
        findings: vec![seed_finding(), late_hello()],
        causes: Vec::new(),
        events: events(),
        events_suppressed: 0,
        flows: vec![flow()],
        limits: vec![
            "only one side of the gateways was captured: whether inside traffic reaches the new active router \
             cannot be seen"
                .to_owned(),
        ],
        thresholds: [
            ("window", "60s"),
            ("settle", "10s"),
            ("min-observation", "20s"),
            ("late-after", "60s"),
            ("confirm", "computed"),
            ("silence", "10s"),
            ("stateful-jump", "131072"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .to_vec(),
    }
}

/// A capture in which nothing is of interest.
pub(super) fn unrelated_report() -> Report {
    let tally = Tally {
        frames: 1_300,
        bytes: 98_765,
        span: Some((at(0, 1).time, at(12_345, 1_300).time)),
        arp: 40,
        unrelated: From::from([
            (Unrelated::IpProtocol(6), 1_000),
            (Unrelated::Udp(53), 200),
            (Unrelated::EtherType(0x88cc), 20),
            (Unrelated::Llc(0x42), 40),
        ]),
        ..Tally::default()
    };
    let capture =
        CaptureFacts { name: "office.pcap".to_owned(), format: "pcap", tally, ..Default::default() };
    Report { captures: vec![capture], ..Report::default() }
}

/// The place `millis` after the first frame.
pub(super) fn at(millis: u64, frame: u64) -> At {
    let start = Timestamp::from_nanos(1_795_409_242_213_456_789);
    At { time: start.plus(Duration::from_millis(millis)), capture: CaptureId(0), frame: FrameNumber(frame) }
}

/// An event of the group.
pub(super) fn gateway_event(millis: u64, frame: u64, router: &str, kind: EventKind) -> TimelineEntry {
    event(at(millis, frame), Subject::Group(group_key()), (Some(router), None), kind)
}

fn capture() -> CaptureFacts {
    let why = Malformed { layer: "hsrp", what: "hold time", offset: 49, need: 1, have: 0 };
    let tally = Tally {
        frames: 1_623,
        bytes: 241_337,
        span: Some((at(0, 1).time, at(73_400, 1_623).time)),
        hsrp: 52,
        arp: 14,
        ike: 16,
        esp: 1_201,
        unrelated: From::from([(Unrelated::IpProtocol(89), 328), (Unrelated::EtherType(0x88cc), 3)]),
        fragments: 9,
        assembled: 2,
        reassembly: Reassembly {
            whole: BTreeMap::from([(Assembled::Datagram, (2, 6))]),
            unfinished: BTreeMap::from([(
                (Assembled::Datagram, Unfinished::Missing),
                Incomplete { count: 1, first: FrameNumber(412) },
            )]),
        },
        cut: BTreeMap::from([(
            "hsrp",
            Damaged { count: 2, first: FrameNumber(77), time: at(2_000, 77).time, why },
        )]),
        backwards: Some(Backwards {
            count: 1,
            first: FrameNumber(901),
            time: at(28_000, 901).time,
            by: Duration::from_secs(2),
        }),
        ..Tally::default()
    };
    CaptureFacts {
        name: "outside.pcapng".to_owned(),
        format: "pcapng",
        tally,
        damage: vec!["ends at byte 241,337 within a block: 12 bytes were left over".to_owned()],
        ..CaptureFacts::default()
    }
}

fn group_key() -> GroupKey {
    let segment = Segment::of(SeriesId(0), 0, &Link::default());
    GroupKey { segment, name: GroupName::new(GatewayProtocol::Hsrp, 10), instance: 0 }
}

fn group() -> GroupFacts {
    let router = |router: &str, state, silent_since: Option<At>, priority| RouterFacts {
        address: address(router),
        state,
        first: at(10, 2),
        last: silent_since.unwrap_or(at(73_000, 1_600)),
        silent_since,
        priority: Some(priority),
        first_priority: Some(priority),
        timers: (Duration::from_secs(1), Duration::from_secs(3)),
        visibility: Visibility::Shown,
        authentication: Authentication::of_text(b"geheim"),
        version: Some(1),
        virtual_addresses: vec![address("192.0.2.1")],
        macs: Vec::new(),
        checksum: None,
        late: None,
    };
    GroupFacts {
        key: group_key(),
        versions: vec![1],
        conflicts: Vec::new(),
        mismatches: Vec::new(),
        ownerships: Vec::new(),
        virtual_addresses: vec![address("192.0.2.1")],
        span: (at(10, 2), at(73_000, 1_600)),
        routers: vec![
            router("192.0.2.2", "active", Some(at(30_244, 950)), 110),
            router("192.0.2.3", "active", None, 100),
        ],
        active: Some(address("192.0.2.3")),
        failovers: 1,
        watched: Watched::default(),
    }
}

fn lost() -> Tunnel {
    Tunnel { local: address("192.0.2.1"), peer: address("198.51.100.9") }
}

fn healed() -> Tunnel {
    Tunnel { local: address("192.0.2.1"), peer: address("203.0.113.77") }
}

fn tunnel_facts(tunnel: Tunnel, esp_packets: (u64, u64)) -> TunnelFacts {
    TunnelFacts {
        tunnel,
        segment: group_key().segment,
        groups: vec![group_key()],
        span: (at(5_000, 40), at(73_000, 1_600)),
        ike_versions: vec![2],
        heard: (true, true),
        esp_packets,
        stopped: Vec::new(),
        stops: Vec::new(),
        left: None,
        vendors: (BTreeSet::new(), (tunnel == lost()).then_some("strongSwan").into_iter().collect()),
        ends_at_virtual_address: true,
        nat: if tunnel == lost() { vec![(nat(), at(5_100, 44))] } else { vec![] },
    }
}

fn nat() -> Nat {
    Nat { end: lost().local, place: NatPlace::BeyondHere, certainty: Certainty::High }
}

fn failover() -> Failover {
    Failover {
        at: at(33_348, 962),
        group: group_key(),
        from: address("192.0.2.2"),
        to: address("192.0.2.3"),
        cause: Cause::HoldExpiry,
        gap: Duration::from_millis(3_012),
        virtual_address: Some(address("192.0.2.1")),
        reach: Duration::from_secs(5),
    }
}

fn outage(id: u64, tunnel: Tunnel) -> Outage {
    let flow = |millis, frame, spi| {
        Some(Flow { last: at(millis, frame), spi, router: None, ran_until_failover: true })
    };
    Outage {
        id: OutageId(id),
        failover: failover(),
        tunnel,
        ends_at_virtual_address: true,
        vendors: (BTreeSet::new(), BTreeSet::new()),
        before: Before {
            outbound: flow(30_311, 902, 0xc0de_0001),
            inbound: flow(30_402, 904, 0xc0de_0002),
            ike: None,
            ike_version: Some(2),
            ever: (true, true),
            proposal: None,
            state_copy: None,
            own_hash: None,
            moved: None,
        },
        after: After::default(),
        coverage: Coverage { ike: true, router: Visibility::Shown },
        habits: (Habits::default(), Habits::default()),
        until: at(73_400, 1_623).time,
        closed: Some(Closed::CaptureEnd),
    }
}

fn no_negotiation() -> Judgement {
    let reason = |text: &str, factor| Reason { text: text.to_owned(), factor };
    Judgement {
        outage: outage(0, lost()),
        verdict: Verdict::NoNegotiation,
        confidence: 0.667_53,
        reasons: vec![
            reason("the peer went on sending ESP on the old SPI, and nobody negotiated", 1.0),
            reason("40.1 s of the 60 s window were seen", 0.6675),
        ],
        confirmation: Confirmation {
            after: Duration::from_secs(205),
            because: vec!["198.51.100.9 probes every 30.0 s (5 probes seen)".to_owned()],
        },
        negotiation_after: None,
        esp_resumed_after: None,
        outage_length: None,
        revised: false,
    }
}

fn recovered() -> Judgement {
    Judgement {
        outage: outage(1, healed()),
        verdict: Verdict::Recovered,
        confidence: 1.0,
        reasons: vec![Reason { text: "new SPIs carry ESP both ways".to_owned(), factor: 1.0 }],
        confirmation: Confirmation::default(),
        negotiation_after: Some(Duration::from_nanos(1_203_000_001)),
        esp_resumed_after: Some(Duration::from_millis(1_377)),
        outage_length: Some(Duration::from_millis(4_323)),
        revised: false,
    }
}

fn seed_finding() -> Finding {
    let evidence = |at, note: &str| Evidence { at, note: note.to_owned() };
    Finding {
        rule: "failover-without-negotiation",
        severity: Severity::Critical,
        confidence: 0.667_53,
        at: failover().at,
        subject: Some(Subject::Tunnel(lost())),
        summary:
            "after the failover of hsrp/10 to 192.0.2.3 nobody negotiated new SAs with 198.51.100.9 for \
                  40.1 s"
                .to_owned(),
        evidence: vec![
            evidence(at(33_348, 962), "first hello of 192.0.2.3 as active"),
            evidence(at(30_311, 902), "last ESP from 192.0.2.1, SPI c0de0001"),
            evidence(at(33_402, 964), "the peer still sends ESP on SPI c0de0002, first of 412 packets"),
        ],
        reasons: vec![
            "the capture ends 40.1 s after the failover, before the window of 60 s is over".to_owned(),
        ],
        advice: advice(),
        filter: "frame.number in {902, 962, 964} || (ip.addr == 198.51.100.9 && (isakmp || esp))".to_owned(),
    }
}

fn advice() -> Advice {
    let step = |text: &str, commands: &[&str]| Step {
        text: text.to_owned(),
        commands: commands.iter().map(|command| (*command).to_owned()).collect(),
    };
    Advice {
        meaning: "192.0.2.3 has no SAs for this tunnel and was not told to negotiate any: its crypto map is \
                  probably not in force. HSRP configuration changes disable crypto maps."
            .to_owned(),
        confirm: vec![
            step(
                "On 192.0.2.3: is the crypto map on the interface, and tied to the group",
                &["show crypto map interface INTERFACE", "show crypto map"],
            ),
            step("On the peer: encaps rise, decaps stand still", &["show crypto ipsec sa peer 192.0.2.1"]),
        ],
        remedy: vec![
            step(
                "Clear the SAs on the primary",
                &["clear crypto sa peer 198.51.100.9", "clear crypto ikev2 sa"],
            ),
            step(
                "If they still do not come up, remove the crypto map from the interfaces that run HSRP and apply \
                 it again",
                &["interface INTERFACE", " no crypto map NAME", " crypto map NAME redundancy GROUP"],
            ),
            step("Apply the crypto maps again after every HSRP change", &[]),
        ],
    }
}

fn late_hello() -> Finding {
    Finding {
        rule: "hello-late",
        severity: Severity::Info,
        confidence: 1.0,
        at: at(20_111, 640),
        subject: Some(Subject::Group(group_key())),
        summary: "a hello of 192.0.2.2 came 2.113 s after the one before".to_owned(),
        evidence: vec![Evidence { at: at(20_111, 640), note: "the late hello".to_owned() }],
        reasons: vec![],
        advice: Advice::default(),
        filter: "frame.number == 640".to_owned(),
    }
}

fn events() -> Vec<TimelineEntry> {
    let group = |millis, frame, router, kind| gateway_event(millis, frame, router, kind);
    let tunnel = |millis, frame, tunnel: Tunnel, from: &str, kind| {
        event(at(millis, frame), Subject::Tunnel(tunnel), (Some(from), Some(&tunnel.peer.to_string())), kind)
    };
    let virtual_addresses = vec![address("192.0.2.1")];
    let mac = MacAddr([0, 0, 0x0c, 0x07, 0xac, 0x0a]);
    let failover = EventKind::Failover(failover());
    vec![
        group(10, 2, "192.0.2.2", EventKind::GroupSeen { virtual_addresses }),
        group(10, 2, "192.0.2.2", EventKind::BecameActive),
        group(
            20_111,
            640,
            "192.0.2.2",
            EventKind::HelloLate { gap: Duration::from_millis(2_113), hello: Duration::from_secs(1) },
        ),
        event(
            at(33_336, 0),
            Subject::Group(group_key()),
            (Some("192.0.2.2"), None),
            EventKind::HoldExpired { last: at(30_336, 903) },
        ),
        event(at(33_348, 962), Subject::Group(group_key()), (Some("192.0.2.3"), Some("192.0.2.2")), failover),
        group(33_349, 963, "192.0.2.3", EventKind::GratuitousArp { address: address("192.0.2.1"), mac }),
        tunnel(34_551, 980, healed(), "192.0.2.3", EventKind::NegotiationStarted(Box::new(negotiation()))),
        tunnel(
            34_601,
            984,
            healed(),
            "192.0.2.3",
            EventKind::NegotiationCompleted {
                stage: "IKE_AUTH",
                spi: Spi(0x1c61_0b64_c231_7539),
                certainty: Certainty::High,
            },
        ),
        tunnel(
            34_725,
            990,
            healed(),
            "192.0.2.3",
            EventKind::EspStarted { direction: Direction::Outbound, spi: 0xc0de_0003, sequence: 1 },
        ),
        TimelineEntry::Verdict { time: at(73_400, 1_623).time, judgement: Box::new(no_negotiation()) },
        TimelineEntry::Verdict {
            time: at(73_400, 1_623).time,
            judgement: Box::new(Judgement { revised: true, ..recovered() }),
        },
    ]
}

fn negotiation() -> Negotiation {
    Negotiation {
        id: NegotiationId(0),
        purpose: Purpose::IkeSa,
        version: 2,
        initiator: address("192.0.2.1"),
        responder: address("203.0.113.77"),
        spi: Spi(0x1c61_0b64_c231_7539),
        started: at(34_551, 980),
        began: "IKE_SA_INIT",
        last: at(34_551, 980),
        stage: "IKE_SA_INIT",
        waiting: None,
        in_pieces: None,
        proposal: Some("AES-CBC-256/HMAC-SHA2-256-128/PRF-HMAC-SHA2-256/MODP-2048".to_owned()),
        outcome: Outcome::Pending,
        certainty: Certainty::Sure,
        childless: false,
        frames: vec![at(34_551, 980)],
        heard: (true, false),
    }
}

/// An event whose frame is 0 is shown by silence.
fn event(at: At, subject: Subject, who: (Option<&str>, Option<&str>), kind: EventKind) -> TimelineEntry {
    TimelineEntry::Event(Event {
        time: at.time,
        capture: at.capture,
        frame: (at.frame.0 > 0).then_some(at.frame),
        subject,
        router: who.0.map(address),
        peer: who.1.map(address),
        kind,
    })
}

fn flow() -> FlowFacts {
    FlowFacts {
        sa: SaKey {
            src: address("198.51.100.9"),
            dst: address("192.0.2.1"),
            protocol: Protection::Esp,
            spi: 0xc0de_0002,
        },
        encapsulation: Encapsulation::Udp,
        first: at(5_100, 44),
        last: at(73_000, 1_600),
        tally: EspTally {
            packets: 412,
            bytes: 56_032,
            first_sequence: 1,
            last_sequence: 415,
            lowest: (1 << 32) + 1,
            highest: (1 << 32) + 415,
            repeated: 1,
        },
        src_macs: vec![MacAddr([0xaa, 0xbb, 0xcc, 0, 3, 0]), MacAddr([0xaa, 0xbb, 0xcc, 0, 4, 0])],
    }
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}
