//! Scenarios: tables of (time, message) turned into frames and sent through the stages from decode to diagnose.
//!
//! The network of every scenario:
//!
//! ```text
//! R1 192.0.2.2 ─┐
//! R2 192.0.2.3 ─┼─ segment ── provider ── peers 198.51.100.9, 198.51.100.10
//! R3 192.0.2.4 ─┘  (virtual address 192.0.2.1)
//! ```

use std::collections::BTreeMap;
use std::fmt::Write;

use sagap::capture::{CaptureId, Frame, FrameNumber, LinkType, SeriesId};
use sagap::decode::{Reassembler, decode};
use sagap::diagnose::{Diagnosis, Finding, Known, Severity};
use sagap::observe::Observer;
use sagap::run::Options;
use sagap::time::Timestamp;
use sagap::track::{Event, Subject, Tracker};

/// A host of the segment: its own address and MAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    pub(crate) address: [u8; 4],
    pub(crate) mac: [u8; 6],
}

pub(crate) const R1: Host = Host { address: [192, 0, 2, 2], mac: [0xaa, 0xbb, 0xcc, 0, 1, 0] };
pub(crate) const R2: Host = Host { address: [192, 0, 2, 3], mac: [0xaa, 0xbb, 0xcc, 0, 2, 0] };
pub(crate) const R3: Host = Host { address: [192, 0, 2, 4], mac: [0xaa, 0xbb, 0xcc, 0, 3, 0] };
pub(crate) const PROVIDER: [u8; 6] = [0xaa, 0xbb, 0xcc, 0, 9, 0];
pub(crate) const VIRTUAL: [u8; 4] = [192, 0, 2, 1];
pub(crate) const PEER: [u8; 4] = [198, 51, 100, 9];
pub(crate) const PEER_2: [u8; 4] = [198, 51, 100, 10];

/// One HSRP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hsrp {
    pub(crate) version: u8,
    pub(crate) opcode: u8,
    pub(crate) state: State,
    pub(crate) group: u8,
    pub(crate) priority: u8,
    /// Seconds.
    pub(crate) hello: u8,
    /// Seconds.
    pub(crate) hold: u8,
    pub(crate) password: [u8; 8],
    pub(crate) address: [u8; 4],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Listen,
    Speak,
    Standby,
    Active,
}

pub(crate) const ACTIVE: Hsrp = Hsrp {
    version: 1,
    opcode: 0,
    state: State::Active,
    group: 10,
    priority: 100,
    hello: 3,
    hold: 10,
    password: *b"kennwort",
    address: VIRTUAL,
};
pub(crate) const STANDBY: Hsrp = Hsrp { state: State::Standby, ..ACTIVE };
pub(crate) const SPEAK: Hsrp = Hsrp { state: State::Speak, ..ACTIVE };
pub(crate) const COUP: Hsrp = Hsrp { opcode: 1, ..STANDBY };
pub(crate) const RESIGN: Hsrp = Hsrp { opcode: 2, ..ACTIVE };

impl Hsrp {
    fn bytes(&self, router: Host) -> Vec<u8> {
        let v1_state = match self.state {
            State::Listen => 2,
            State::Speak => 4,
            State::Standby => 8,
            State::Active => 16,
        };
        if self.version == 1 {
            let head = [0, self.opcode, v1_state, self.hello, self.hold, self.priority, self.group, 0];
            return [&head[..], &self.password, &self.address].concat();
        }
        let v2_state = match self.state {
            State::Listen => 3,
            State::Speak => 4,
            State::Standby => 5,
            State::Active => 6,
        };
        let mut bytes = vec![1, 40, 2, self.opcode, v2_state, 4, 0, self.group];
        bytes.extend(router.mac);
        bytes.extend(u32::from(self.priority).to_be_bytes());
        bytes.extend((u32::from(self.hello) * 1000).to_be_bytes());
        bytes.extend((u32::from(self.hold) * 1000).to_be_bytes());
        bytes.extend(self.address);
        bytes.extend([0; 12]);
        bytes.extend([3, 8]);
        bytes.extend(self.password);
        bytes
    }

    /// Only hellos of an active router, and its Coup and Resign, carry the virtual MAC.
    fn source_mac(&self, router: Host) -> [u8; 6] {
        match (self.state, self.version) {
            (State::Active, 1) => [0, 0, 0x0c, 7, 0xac, self.group],
            (State::Active, _) => [0, 0, 0x0c, 0x9f, 0xf0, self.group],
            _ => router.mac,
        }
    }
}

/// Where a tunnel's packet goes, and through whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) src: [u8; 4],
    pub(crate) dst: [u8; 4],
    pub(crate) src_mac: [u8; 6],
    pub(crate) dst_mac: [u8; 6],
}

/// From the virtual address to the peer, by this router.
pub(crate) const fn out(router: Host) -> Way {
    Way { src: VIRTUAL, dst: PEER, src_mac: router.mac, dst_mac: PROVIDER }
}

/// From the peer to the virtual address.
pub(crate) const fn back() -> Way {
    Way { src: PEER, dst: VIRTUAL, src_mac: PROVIDER, dst_mac: [0, 0, 0x0c, 7, 0xac, 10] }
}

impl Way {
    /// The same from or to this router's own address.
    pub(crate) fn own(self, router: Host) -> Self {
        let replaced = |address| if address == VIRTUAL { router.address } else { address };
        Self { src: replaced(self.src), dst: replaced(self.dst), ..self }
    }

    /// The same with another peer.
    pub(crate) fn peer(self, peer: [u8; 4]) -> Self {
        let replaced = |address| if address == PEER { peer } else { address };
        Self { src: replaced(self.src), dst: replaced(self.dst), ..self }
    }
}

/// A table of (time, message), and what the stages make of it.
#[derive(Clone, Default)]
pub(crate) struct Scenario {
    /// Nanoseconds from the start, interface, bytes.
    pub(crate) frames: Vec<(i64, u32, Vec<u8>)>,
    pub(crate) options: Options,
    vlan: Option<u16>,
    interface: u32,
}

impl Scenario {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// What follows is tagged so, and seen on this interface.
    pub(crate) fn on(&mut self, interface: u32, vlan: Option<u16>) -> &mut Self {
        (self.interface, self.vlan) = (interface, vlan);
        self
    }

    /// An HSRP message of `router` at `time` seconds.
    pub(crate) fn hsrp(&mut self, time: f64, router: Host, message: Hsrp) -> &mut Self {
        let group = [224, 0, 0, if message.version == 1 { 2 } else { 102 }];
        let way = Way {
            src: router.address,
            dst: group,
            src_mac: message.source_mac(router),
            dst_mac: [1, 0, 0x5e, 0, 0, group[3]],
        };
        self.udp(time, way, 1985, &message.bytes(router))
    }

    /// The same for any group number of version 2.
    pub(crate) fn hsrp_group(&mut self, time: f64, router: Host, message: Hsrp, group: u16) -> &mut Self {
        let mut bytes = message.bytes(router);
        bytes[6..8].copy_from_slice(&group.to_be_bytes());
        let way = Way {
            src: router.address,
            dst: [224, 0, 0, 102],
            src_mac: router.mac,
            dst_mac: [1, 0, 0x5e, 0, 0, 102],
        };
        self.udp(time, way, 1985, &bytes)
    }

    /// Hellos of an active and a standby router every three seconds from `from` to before `to`.
    pub(crate) fn pair(&mut self, from: f64, to: f64, active: Host, standby: Host) -> &mut Self {
        self.hellos(from, to, active, ACTIVE).hellos(from + 0.1, to, standby, STANDBY)
    }

    /// The same hello again and again, from `from` to before `to`.
    pub(crate) fn hellos(&mut self, from: f64, to: f64, router: Host, hello: Hsrp) -> &mut Self {
        self.every(f64::from(hello.hello), from, to, |scenario, time| {
            scenario.hsrp(time, router, hello);
        })
    }

    /// A gratuitous ARP for the virtual address, from and with this MAC.
    pub(crate) fn gratuitous_arp(&mut self, time: f64, mac: [u8; 6]) -> &mut Self {
        let mut bytes = [&[0xff; 6][..], &mac, &0x0806_u16.to_be_bytes(), &[0, 1, 8, 0, 6, 4, 0, 2]].concat();
        bytes.extend([&mac[..], &VIRTUAL, &[0xff; 6], &VIRTUAL].concat());
        self.push(time, bytes)
    }

    /// One ESP packet.
    pub(crate) fn esp(&mut self, time: f64, way: Way, spi: u32, sequence: u32) -> &mut Self {
        let payload = [&spi.to_be_bytes()[..], &sequence.to_be_bytes(), &[0x5a; 24]].concat();
        self.ip(time, way, 50, &payload)
    }

    /// One ESP packet in UDP.
    pub(crate) fn esp_in_udp(&mut self, time: f64, way: Way, spi: u32, sequence: u32) -> &mut Self {
        let payload = [&spi.to_be_bytes()[..], &sequence.to_be_bytes(), &[0x5a; 24]].concat();
        self.udp(time, way, 4500, &payload)
    }

    /// An ESP packet a second, from `from` to before `to`, with rising sequence numbers.
    pub(crate) fn flow(&mut self, from: f64, to: f64, way: Way, spi: u32, mut sequence: u32) -> &mut Self {
        self.every(1.0, from, to, |scenario, time| {
            scenario.esp(time, way, spi, sequence);
            sequence = sequence.wrapping_add(1);
        })
    }

    /// ESP both ways: `spis` out by `router` and back.
    pub(crate) fn both(&mut self, from: f64, to: f64, router: Host, spis: (u32, u32)) -> &mut Self {
        self.flow(from, to, out(router), spis.0, 1).flow(from + 0.05, to, back(), spis.1, 1)
    }

    /// An IKE message on port 500.
    pub(crate) fn ike(&mut self, time: f64, way: Way, message: &[u8]) -> &mut Self {
        self.udp(time, way, 500, message)
    }

    /// Those of the 200-byte IP fragments of an IKE message on port 500 that `seen` counts, from 0, a millisecond apart.
    pub(crate) fn fragments(
        &mut self,
        time: f64,
        way: Way,
        id: u16,
        message: &[u8],
        seen: impl IntoIterator<Item = usize>,
    ) -> &mut Self {
        let datagram = super::frames::udp(500, 500, message);
        let pieces: Vec<_> = datagram.chunks(200).collect();
        for (late, place) in seen.into_iter().enumerate() {
            let more = if place + 1 < pieces.len() { 0x2000 } else { 0 };
            let field = u16::try_from(place * 200 / 8).expect("messages are small") | more;
            let mut packet = ipv4(way.src, way.dst, 17, pieces[place]);
            packet[4..6].copy_from_slice(&id.to_be_bytes());
            packet[6..8].copy_from_slice(&field.to_be_bytes());
            let late = f64::from(u16::try_from(late).expect("few fragments"));
            self.packet(time + late / 1000.0, way, &packet);
        }
        self
    }

    /// A TCP segment with this data that begins at this place of its direction; the initiator's go to port 4500.
    pub(crate) fn tcp(&mut self, time: f64, way: Way, begun: bool, sequence: u32, data: &[u8]) -> &mut Self {
        let ports = if begun { (40_000, 4500) } else { (4500, 40_000) };
        // The other direction begins at 0, as this one does.
        self.ip(time, way, 6, &super::frames::tcp(ports, (sequence, 0), 0x10, data))
    }

    /// The complaint of the receiver of `way` that fragments of an IKE message never arrived.
    pub(crate) fn reassembly_timeout(&mut self, time: f64, way: Way) -> &mut Self {
        self.icmp(time, way, [11, 1])
    }

    /// A whole `IKE_SA_INIT` and `IKE_AUTH` from `time` on, begun by the sender of `way`, accepted.
    pub(crate) fn negotiation(&mut self, time: f64, way: Way, answer: Way, spi: u64) -> &mut Self {
        self.ike(time, way, &v2::init(spi))
            .ike(time + 0.01, answer, &v2::init_answer(spi))
            .ike(time + 0.02, way, &v2::auth(spi))
            .ike(time + 0.03, answer, &v2::auth_accepted(spi))
    }

    /// A port-unreachable error about an IKE message that went `way`.
    pub(crate) fn unreachable(&mut self, time: f64, way: Way) -> &mut Self {
        self.icmp(time, way, [3, 3])
    }

    /// An ICMP error of this type and code about an IKE message that went `way`.
    fn icmp(&mut self, time: f64, way: Way, kind: [u8; 2]) -> &mut Self {
        let quote = ipv4(way.src, way.dst, 17, &[1, 0xf4, 1, 0xf4, 0, 40, 0, 0]);
        let payload = [&kind[..], &[0; 6], &quote].concat();
        let answer = Way { src: way.dst, dst: way.src, src_mac: way.dst_mac, dst_mac: way.src_mac };
        self.ip(time, answer, 1, &payload)
    }

    /// What `add` adds at each step from `from` to before `to`.
    pub(crate) fn every(
        &mut self,
        step: f64,
        from: f64,
        to: f64,
        mut add: impl FnMut(&mut Self, f64),
    ) -> &mut Self {
        let mut count = 0.0;
        while from + count * step < to {
            add(self, from + count * step);
            count += 1.0;
        }
        self
    }

    /// A frame that says nothing: the capture goes on until then.
    pub(crate) fn until(&mut self, time: f64) -> &mut Self {
        self.push(time, [&[0xff; 6][..], &PROVIDER, &0x88cc_u16.to_be_bytes(), &[0; 50]].concat())
    }

    /// Any frame.
    pub(crate) fn push(&mut self, time: f64, bytes: Vec<u8>) -> &mut Self {
        #[expect(clippy::cast_possible_truncation, reason = "scenarios are short")]
        let nanos = (time * 1e9).round() as i64;
        self.frames.push((nanos, self.interface, bytes));
        self
    }

    /// Puts the frames in order of time.
    pub(crate) fn sorted(&self) -> Self {
        let mut sorted = self.clone();
        sorted.frames.sort_by_key(|(nanos, ..)| *nanos);
        sorted
    }

    /// The timeline without verdicts, one line an event.
    pub(crate) fn timeline(&self) -> String {
        self.sorted().run().timeline()
    }

    /// Failovers, verdicts with their reasons, and findings, but for what is only worth knowing of a group.
    pub(crate) fn judgements(&self) -> String {
        self.sorted().run().judgements()
    }

    /// The names of the rules that find something, in order of the findings.
    pub(crate) fn rules(&self) -> Vec<String> {
        self.sorted().run().findings().iter().map(|finding| finding.rule.to_owned()).collect()
    }

    /// Runs the frames through the stages in the order in which they stand.
    pub(crate) fn run(&self) -> Outcome {
        let mut outcome = Outcome {
            events: Vec::new(),
            said: Vec::new(),
            diagnosis: Diagnosis::new(self.options.diagnose.clone()),
            tracker: Tracker::new(self.options.track.clone()),
            observer: Observer::new(),
        };
        let mut reassembler = Reassembler::default();
        for ((nanos, interface, bytes), number) in self.frames.iter().zip(1..) {
            let wire_len = u32::try_from(bytes.len()).expect("frames are small");
            let (number, time) = (FrameNumber(number), Timestamp::from_nanos(START + nanos));
            let link_type = LinkType::ETHERNET;
            let frame = Frame { number, time, wire_len, interface: *interface, link_type, bytes };
            let (capture, series) = (CaptureId(0), SeriesId(0));
            reassembler.packets(capture, series, &frame, &decode(&frame), &mut |packet| {
                outcome.observer.packet(capture, series, &frame, packet);
            });
            while let Some(observation) = outcome.observer.next_ready() {
                let mut events = Vec::new();
                outcome.tracker.observe(&observation, &mut events);
                outcome.take(events);
            }
        }
        outcome.finish();
        outcome
    }

    /// A UDP datagram from and to this port.
    pub(crate) fn udp(&mut self, time: f64, way: Way, port: u16, payload: &[u8]) -> &mut Self {
        self.ip(time, way, 17, &super::frames::udp(port, port, payload))
    }

    /// An IPv4 packet.
    pub(crate) fn ip(&mut self, time: f64, way: Way, protocol: u8, payload: &[u8]) -> &mut Self {
        self.packet(time, way, &ipv4(way.src, way.dst, protocol, payload))
    }

    fn packet(&mut self, time: f64, way: Way, packet: &[u8]) -> &mut Self {
        let tag = self.vlan.map_or(Vec::new(), |id| [[0x81, 0x00], id.to_be_bytes()].concat());
        let bytes = [&way.dst_mac[..], &way.src_mac, &tag, &[0x08, 0x00], packet].concat();
        self.push(time, bytes)
    }
}

/// What the stages made of a scenario.
pub(crate) struct Outcome {
    pub(crate) events: Vec<Event>,
    /// Verdicts when they were given: time, text.
    pub(crate) said: Vec<(Timestamp, String)>,
    pub(crate) diagnosis: Diagnosis,
    pub(crate) tracker: Tracker,
    pub(crate) observer: Observer,
}

impl Outcome {
    fn take(&mut self, events: Vec<Event>) {
        for event in events {
            if let Some(judgement) = self.diagnosis.observe(&event) {
                let revised = if judgement.revised { ", revised" } else { "" };
                let mut text = format!(
                    "{} {} {:.2}{revised}",
                    judgement.outage.tunnel, judgement.verdict, judgement.confidence
                );
                for reason in &judgement.reasons {
                    let _ = write!(text, "\n             x{:.2} {}", reason.factor, reason.text);
                }
                self.said.push((event.time, text));
            }
            if event.kind.is_told() {
                self.events.push(event);
            }
        }
    }

    fn finish(&mut self) {
        let mut events = Vec::new();
        while let Some(observation) = self.observer.next_at_end() {
            self.tracker.observe(&observation, &mut events);
        }
        let end = self.observer.now().expect("a scenario has frames");
        self.tracker.finish(&BTreeMap::from([(SeriesId(0), end)]), &mut events);
        self.take(events);
    }

    pub(crate) fn timeline(&self) -> String {
        self.events.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn judgements(&self) -> String {
        let mut lines: Vec<String> = Vec::new();
        for (failover, judgements) in self.diagnosis.failovers() {
            lines.push(format!(
                "{} failover to {}: {}",
                seconds(failover.at.time),
                failover.to,
                failover.cause
            ));
            lines.extend(judgements.iter().map(|judgement| {
                format!(
                    "        {} {} {:.2}; negotiation after {:?}, ESP after {:?}, outage {:?}",
                    judgement.outage.tunnel,
                    judgement.verdict,
                    judgement.confidence,
                    judgement.negotiation_after.unwrap_or_default(),
                    judgement.esp_resumed_after.unwrap_or_default(),
                    judgement.outage_length.unwrap_or_default(),
                )
            }));
        }
        lines.extend(self.said.iter().map(|(time, text)| format!("{} verdict {text}", seconds(*time))));
        let findings = self.findings();
        let weighs = |finding: &&Finding| {
            finding.severity > Severity::Info || matches!(finding.subject, Some(Subject::Tunnel(_)))
        };
        lines.extend(findings.iter().filter(weighs).map(|finding| {
            format!(
                "frame {} {} {} {:.2}: {}",
                finding.at.frame, finding.severity, finding.rule, finding.confidence, finding.summary
            )
        }));
        lines.join("\n")
    }

    /// What was found of groups and tunnels.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let (groups, tunnels) = (self.tracker.group_facts(), self.tracker.tunnel_facts());
        self.diagnosis.findings(&Known { groups: &groups, tunnels: &tunnels, captures: &[] })
    }
}

/// `  12.345    7 became-active hsrp/10 192.0.2.2 - detail`
fn line(event: &Event) -> String {
    let frame = event.frame.map_or("-".to_owned(), |frame| frame.to_string());
    let or_dash = |address: Option<std::net::IpAddr>| address.map_or("-".to_owned(), |it| it.to_string());
    let line = format!(
        "{} {frame:>4} {} {} {} {} {}",
        seconds(event.time),
        event.kind.name(),
        event.subject,
        or_dash(event.router),
        or_dash(event.peer),
        event.kind
    );
    line.trim_end().to_owned()
}

fn seconds(time: Timestamp) -> String {
    format!("{:>7.3}", time.seconds_since(Timestamp::from_nanos(START)))
}

fn ipv4(src: [u8; 4], dst: [u8; 4], protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(20 + payload.len()).expect("packets are small").to_be_bytes();
    let head = [0x45, 0, length[0], length[1], 0x12, 0x34, 0, 0, 64, protocol, 0, 0];
    [&head[..], &src, &dst, payload].concat()
}

/// IKE version 2.
pub(crate) mod v2 {
    use sagap::wire::ike::{Body, ExchangeType, Header, Notify, NotifyType, Payload, PayloadType, Spi};

    use crate::common::ike::{cut_2, emit, emit_header};

    const REQUEST: u8 = 0x08;
    const RESPONSE: u8 = 0x20;

    pub(crate) fn init(spi: u64) -> Vec<u8> {
        clear((spi, 0), ExchangeType::IKE_SA_INIT, REQUEST, 0, &nonce(1))
    }

    /// The same with a cookie, or another group: another message of the same exchange.
    pub(crate) fn init_again(spi: u64) -> Vec<u8> {
        clear((spi, 0), ExchangeType::IKE_SA_INIT, REQUEST, 0, &nonce(3))
    }

    pub(crate) fn init_answer(spi: u64) -> Vec<u8> {
        clear((spi, !spi), ExchangeType::IKE_SA_INIT, RESPONSE, 0, &nonce(2))
    }

    pub(crate) fn init_notify(spi: u64, kind: u16) -> Vec<u8> {
        clear((spi, 0), ExchangeType::IKE_SA_INIT, RESPONSE, 0, &notify(kind, &[0, 14]))
    }

    pub(crate) fn auth(spi: u64) -> Vec<u8> {
        sealed(spi, ExchangeType::IKE_AUTH, REQUEST, 1, PayloadType::IDI, 300)
    }

    /// `IKE_AUTH` with these flags, in so many pieces.
    pub(crate) fn auth_pieces(spi: u64, flags: u8, first: PayloadType, total: u16) -> Vec<Vec<u8>> {
        cut_2(&header((spi, !spi), ExchangeType::IKE_AUTH, flags, 1, PayloadType::SKF, 0), first, total)
    }

    pub(crate) fn auth_accepted(spi: u64) -> Vec<u8> {
        sealed(spi, ExchangeType::IKE_AUTH, RESPONSE, 1, PayloadType::IDR, 300)
    }

    pub(crate) fn auth_refused(spi: u64) -> Vec<u8> {
        sealed(spi, ExchangeType::IKE_AUTH, RESPONSE, 1, PayloadType::NOTIFY, 76)
    }

    pub(crate) fn auth_without_child(spi: u64) -> Vec<u8> {
        sealed(spi, ExchangeType::IKE_AUTH, RESPONSE, 1, PayloadType::IDR, 100)
    }

    pub(crate) fn child(spi: u64, message_id: u32) -> Vec<u8> {
        sealed(spi, ExchangeType::CREATE_CHILD_SA, REQUEST, message_id, PayloadType::SA, 300)
    }

    pub(crate) fn child_accepted(spi: u64, message_id: u32) -> Vec<u8> {
        sealed(spi, ExchangeType::CREATE_CHILD_SA, RESPONSE, message_id, PayloadType::SA, 300)
    }

    pub(crate) fn child_refused(spi: u64, message_id: u32) -> Vec<u8> {
        sealed(spi, ExchangeType::CREATE_CHILD_SA, RESPONSE, message_id, PayloadType::NOTIFY, 76)
    }

    pub(crate) fn probe(spi: u64, message_id: u32) -> Vec<u8> {
        sealed(spi, ExchangeType::INFORMATIONAL, REQUEST, message_id, PayloadType::NONE, 76)
    }

    /// The answer to it.
    pub(crate) fn probe_answer(spi: u64, message_id: u32) -> Vec<u8> {
        sealed(spi, ExchangeType::INFORMATIONAL, RESPONSE, message_id, PayloadType::NONE, 76)
    }

    /// A notify in clear outside any SA, such as `INVALID_SPI`, which names `data`.
    pub(crate) fn informational(spi: u64, kind: u16, data: &[u8]) -> Vec<u8> {
        clear((spi, 0), ExchangeType::INFORMATIONAL, REQUEST, 0, &notify(kind, data))
    }

    /// An unprotected answer within an SA that the sender does not know.
    pub(crate) fn unknown_sa(spi: u64, exchange: ExchangeType, message_id: u32) -> Vec<u8> {
        clear((spi, !spi), exchange, RESPONSE, message_id, &notify(4, &[]))
    }

    /// A notify first in an encrypted request, as for an address change or a message id synchronisation.
    pub(crate) fn notify_request(spi: u64, from_initiator: bool, message_id: u32) -> Vec<u8> {
        let flags = if from_initiator { REQUEST } else { 0 };
        sealed(spi, ExchangeType::INFORMATIONAL, flags, message_id, PayloadType::NOTIFY, 120)
    }

    /// The answer to an encrypted request that is no negotiation, empty or with a notify.
    pub(crate) fn answer(spi: u64, to_initiator: bool, message_id: u32, first: PayloadType) -> Vec<u8> {
        let flags = if to_initiator { RESPONSE } else { RESPONSE | REQUEST };
        sealed(spi, ExchangeType::INFORMATIONAL, flags, message_id, first, 76)
    }

    /// An encrypted message of any exchange that begins with this payload.
    pub(crate) fn encrypted(
        spi: u64,
        exchange: ExchangeType,
        is_response: bool,
        message_id: u32,
        first: PayloadType,
        length: u32,
    ) -> Vec<u8> {
        sealed(spi, exchange, if is_response { RESPONSE } else { REQUEST }, message_id, first, length)
    }

    /// `IKE_SESSION_RESUME` and its answer (RFC 5723).
    pub(crate) fn resume(spi: u64, is_response: bool) -> Vec<u8> {
        let (responder, flags, fill) = if is_response { (!spi, RESPONSE, 5) } else { (0, REQUEST, 4) };
        clear((spi, responder), ExchangeType::IKE_SESSION_RESUME, flags, 0, &nonce(fill))
    }

    /// `IKE_SA_INIT` with the hashes of what its sender takes for its own address and port, and for the other's.
    pub(crate) fn init_hashed(
        spi: u64,
        is_response: bool,
        (own, other): (([u8; 4], u16), ([u8; 4], u16)),
    ) -> Vec<u8> {
        use sha1::Digest;
        let (responder, flags) = if is_response { (!spi, RESPONSE) } else { (0, REQUEST) };
        let hash = |(address, port): ([u8; 4], u16)| {
            let text = [&spi.to_be_bytes()[..], &responder.to_be_bytes(), &address, &port.to_be_bytes()];
            sha1::Sha1::digest(text.concat()).to_vec()
        };
        let (own, other) = (hash(own), hash(other));
        let notify = |kind: u16, data| {
            let notify = Notify { protocol: 0, spi: &[], kind: NotifyType(kind), data };
            Payload { kind: PayloadType::NOTIFY, critical: false, body: Body::Notify(notify) }
        };
        let header = header((spi, responder), ExchangeType::IKE_SA_INIT, flags, 0, PayloadType::NOTIFY, 0);
        emit(&header, &[notify(16388, &own), notify(16389, &other)]).1
    }

    /// `IKE_SA_INIT` with this vendor ID.
    pub(crate) fn init_of(spi: u64, vendor_id: &[u8]) -> Vec<u8> {
        let vendor_id = (PayloadType(43), vendor_id.to_vec());
        clear((spi, 0), ExchangeType::IKE_SA_INIT, REQUEST, 0, &vendor_id)
    }

    /// `IKE_SA_INIT`'s answer of one that can do without a child SA (RFC 6023).
    pub(crate) fn init_answer_childless(spi: u64) -> Vec<u8> {
        clear((spi, !spi), ExchangeType::IKE_SA_INIT, RESPONSE, 0, &notify(16418, &[]))
    }

    fn nonce(fill: u8) -> (PayloadType, Vec<u8>) {
        (PayloadType::NONCE, vec![fill; 32])
    }

    fn notify(kind: u16, data: &[u8]) -> (PayloadType, Vec<u8>) {
        (PayloadType::NOTIFY, [&[0, 0][..], &kind.to_be_bytes(), data].concat())
    }

    fn clear(
        spis: (u64, u64),
        exchange: ExchangeType,
        flags: u8,
        message_id: u32,
        (kind, body): &(PayloadType, Vec<u8>),
    ) -> Vec<u8> {
        let length = u32::try_from(32 + body.len()).expect("messages are small");
        let mut bytes = emit_header(&header(spis, exchange, flags, message_id, *kind, length));
        bytes.extend([0, 0]);
        bytes.extend(u16::try_from(4 + body.len()).expect("payloads are small").to_be_bytes());
        bytes.extend(body);
        bytes
    }

    fn sealed(
        spi: u64,
        exchange: ExchangeType,
        flags: u8,
        message_id: u32,
        first: PayloadType,
        length: u32,
    ) -> Vec<u8> {
        let mut bytes =
            emit_header(&header((spi, !spi), exchange, flags, message_id, PayloadType::SK, length));
        bytes.extend([first.0, 0]);
        bytes.extend(u16::try_from(length - 28).expect("messages are small").to_be_bytes());
        bytes.resize(usize::try_from(length).expect("messages are small"), 0xaa);
        bytes
    }

    fn header(
        (initiator, responder): (u64, u64),
        exchange: ExchangeType,
        flags: u8,
        message_id: u32,
        first: PayloadType,
        length: u32,
    ) -> Header {
        Header {
            initiator_spi: Spi(initiator),
            responder_spi: Spi(responder),
            next_payload: first.0,
            version: 0x20,
            exchange,
            flags,
            message_id,
            length,
        }
    }
}

/// IKE version 1.
pub(crate) mod v1 {
    use sagap::wire::ike::{ExchangeType, Header, Spi};

    use crate::common::ike::emit_header;

    /// Main mode's message `number`, 1 to 6, as long as one with a certificate.
    pub(crate) fn long_main(spi: u64, number: u8) -> Vec<u8> {
        let responder = if number == 1 { 0 } else { !spi };
        let encrypted = u8::from(number >= 5);
        message((spi, responder), ExchangeType::IDENTITY_PROTECTION, encrypted, 0, number, 700)
    }

    /// Main mode's message `number`, 1 to 6.
    pub(crate) fn main(spi: u64, number: u8) -> Vec<u8> {
        let responder = if number == 1 { 0 } else { !spi };
        let encrypted = u8::from(number >= 5);
        message((spi, responder), ExchangeType::IDENTITY_PROTECTION, encrypted, 0, number, 60)
    }

    /// Aggressive mode's message `number`, 1 to 3.
    pub(crate) fn aggressive(spi: u64, number: u8) -> Vec<u8> {
        let responder = if number == 1 { 0 } else { !spi };
        message((spi, responder), ExchangeType::AGGRESSIVE, 0, 0, number, 60)
    }

    /// Quick mode's message `number`, 1 to 3.
    pub(crate) fn quick(spi: u64, message_id: u32, number: u8) -> Vec<u8> {
        message((spi, !spi), ExchangeType::QUICK_MODE, 1, message_id, number, 150)
    }

    /// An encrypted Informational.
    pub(crate) fn informational(spi: u64, message_id: u32) -> Vec<u8> {
        message((spi, !spi), ExchangeType::INFORMATIONAL_V1, 1, message_id, 9, 48)
    }

    /// A notify in clear.
    pub(crate) fn notify(spi: u64, kind: u16, named: &[u8]) -> Vec<u8> {
        let body =
            [&[0, 0, 0, 1, 3, u8::try_from(named.len()).expect("an SPI")][..], &kind.to_be_bytes(), named];
        let body = body.concat();
        let length = u32::try_from(32 + body.len()).expect("messages are small");
        let mut bytes = emit_header(&Header {
            next_payload: 11,
            length,
            ..header((spi, !spi), ExchangeType::INFORMATIONAL_V1, 0, 0x1234)
        });
        bytes.extend([0, 0]);
        bytes.extend(u16::try_from(4 + body.len()).expect("payloads are small").to_be_bytes());
        bytes.extend(body);
        bytes
    }

    fn message(
        spis: (u64, u64),
        exchange: ExchangeType,
        encrypted: u8,
        message_id: u32,
        fill: u8,
        length: u16,
    ) -> Vec<u8> {
        // A vendor ID alone where it is in clear.
        let header = header(spis, exchange, encrypted, message_id);
        let mut bytes = emit_header(&Header { next_payload: 13, length: length.into(), ..header });
        bytes.extend([0, 0]);
        bytes.extend((length - 28).to_be_bytes());
        bytes.resize(length.into(), fill);
        bytes
    }

    fn header(spis: (u64, u64), exchange: ExchangeType, flags: u8, message_id: u32) -> Header {
        Header {
            initiator_spi: Spi(spis.0),
            responder_spi: Spi(spis.1),
            next_payload: 0,
            version: 0x10,
            exchange,
            flags,
            message_id,
            length: 0,
        }
    }
}

/// When scenarios begin.
const START: i64 = 1_700_000_000_000_000_000;
