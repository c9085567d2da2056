//! The stage itself: packets in, ordered observations out.

use std::net::IpAddr;

use crate::capture::{CaptureId, Frame, SeriesId};
use crate::decode::{Ah, Encapsulation, Fragment, Message, Network, Packet, Pieces, Reassembly, Stop};
use crate::time::Timestamp;
use crate::wire::mac::MacAddr;
use crate::wire::{esp, hsrp, icmp, ike, nat_t};

use super::arrivals::{Arrivals, Tick};
use super::duplicates::{Duplicates, Print};
use super::esp::{EspPacket, Slices};
use super::gateway::{GatewayMessage, HelloRun, Runs, messages};
use super::observation::{
    ArpSighting, FragmentSighting, FragmentsLost, IkeSighting, InterfaceSighting, Kind, NeighbourSighting,
    Observation, UnreachableSighting,
};
use super::order::Order;
use super::place::{At, Placed, Protection, SaKey, Segment};
use super::segments::Segments;
use super::tally::Tally;

/// Packets in, observations out, in order of (time, capture, frame).
pub struct Observer {
    tallies: Vec<Tally>,
    arrivals: Arrivals<(Segment, Item)>,
    duplicates: Duplicates,
    slices: Slices,
    runs: Runs,
    order: Order,
    segments: Segments,
    /// The second of capture time that folding has come to.
    second: i64,
}

/// What a packet gives before it is folded.
enum Item {
    Esp(EspPacket),
    Gateway(Box<(IpAddr, Option<MacAddr>, GatewayMessage)>, Option<Print>),
    Other(Box<Kind>, Option<Print>),
}

impl Observer {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Self {
            tallies: Vec::new(),
            arrivals: Arrivals::new(),
            duplicates: Duplicates::new(),
            slices: Slices::new(),
            runs: Runs::new(),
            order: Order::new(),
            segments: Segments::default(),
            second: i64::MIN,
        }
    }

    /// Takes one packet in.
    pub fn packet(&mut self, capture: CaptureId, series: SeriesId, frame: &Frame<'_>, packet: &Packet<'_>) {
        let at = At { time: frame.time, capture, frame: frame.number };
        let segment = Segment::of(series, frame.interface, &packet.link);
        if packet.pieces == Pieces::One {
            self.frame(at, segment, frame, packet);
        } else {
            self.tally_mut(capture).note_message(frame.number, packet);
        }
        match (&packet.stop, packet.pieces) {
            (Some(Stop::Fragment(fragment)), _) => {
                self.datagram(at, segment, packet.network, fragment.id, Kind::Fragment);
                self.part(at, segment, packet, fragment);
            }
            (_, Pieces::Fragments { id, .. }) => {
                self.datagram(at, segment, packet.network, id, Kind::Joined);
            }
            _ => {}
        }
        if let Some(ah) = &packet.ah {
            self.ah(at, segment, packet, ah);
        }
        if let Some(message) = &packet.message {
            self.message(at, segment, packet, message);
        }
        self.fold_settled();
    }

    /// Hears what the pieces of a capture came to, at its end.
    pub fn reassembled(&mut self, capture: CaptureId, reassembly: Reassembly) {
        self.tally_mut(capture).reassembly = reassembly;
    }

    /// The next observation that nothing can come before any more.
    pub fn next_ready(&mut self) -> Option<Observation> {
        self.order.pop()
    }

    /// The next observation once no more packets come.
    pub fn next_at_end(&mut self) -> Option<Observation> {
        self.fold_all();
        self.order.take()
    }

    /// What each capture held, by [`CaptureId`].
    pub fn tallies(&self) -> &[Tally] {
        &self.tallies
    }

    /// How far the captures have come; none before the first frame. Not always the latest time seen: a clock may be
    /// set back, and a single frame may have a wrong time.
    pub fn now(&self) -> Option<Timestamp> {
        self.arrivals.now()
    }

    fn tally_mut(&mut self, capture: CaptureId) -> &mut Tally {
        let index = capture.0 as usize;
        if self.tallies.len() <= index {
            self.tallies.resize_with(index + 1, Tally::default);
        }
        // The vector was just made long enough.
        &mut self.tallies[index]
    }

    /// Counts a frame, and hears its time.
    fn frame(&mut self, at: At, segment: Segment, frame: &Frame<'_>, packet: &Packet<'_>) {
        let tick = self.arrivals.tick(at.time);
        let tally = self.tally_mut(at.capture);
        tally.note(at.frame, at.time, frame.bytes.len(), packet);
        if tick != Tick::On {
            tally.note_backwards(at.frame);
        }
        if let Tick::SetBack(by) = tick {
            self.fold_all();
            self.order.set_back(Observation { at, segment, kind: Kind::ClockSetBack(by) });
        }
    }

    /// A fragment that may hold part of an IKE message, of UDP and addressed to one host, or all of them.
    fn datagram(
        &mut self,
        at: At,
        segment: Segment,
        network: Option<Network>,
        id: u32,
        kind: fn(FragmentSighting) -> Kind,
    ) {
        let Some(Network { src, dst, protocol: UDP, .. }) = network else { return };
        if !dst.is_multicast() {
            let item = Item::other(kind(FragmentSighting { src, dst, id }), None);
            self.arrivals.push(at, (self.segments.name(segment), item));
        }
    }

    /// The first fragment of an IKE message: it was sent, whether or not the rest of it comes.
    fn part(&mut self, at: At, segment: Segment, packet: &Packet<'_>, fragment: &Fragment) {
        let (Some(header), Some(network)) = (fragment.ike, &packet.network) else { return };
        let mut sighting = bare_sighting(segment.series, packet, network, header);
        sighting.pieces = Pieces::Fragments { count: 1, id: fragment.id };
        sighting.part = true;
        let item = Item::other(Kind::Ike(Box::new(sighting)), None);
        self.arrivals.push(at, (self.segments.name(segment), item));
    }

    /// A packet that AH protects is one of an SA, whatever it carries. What goes to a group of hosts is no tunnel's.
    fn ah(&mut self, at: At, segment: Segment, packet: &Packet<'_>, ah: &Ah) {
        let &Ah { header, src, dst, length } = ah;
        if header.spi == 0 || dst.is_multicast() {
            return;
        }
        let esp = EspPacket {
            series: segment.series,
            sa: SaKey { src, dst, protocol: Protection::Ah, spi: header.spi },
            src_mac: packet.link.src_mac,
            dst_mac: packet.link.dst_mac,
            encapsulation: Encapsulation::Ip,
            header: esp::Header { spi: header.spi, sequence: header.sequence },
            length,
            // The outer IP layer's are not kept; a sequence number is used once.
            ip: (None, 0),
        };
        self.arrivals.push(at, (self.segments.name(segment), Item::Esp(esp)));
    }

    fn message(&mut self, at: At, segment: Segment, packet: &Packet<'_>, message: &Message<'_>) {
        let series = segment.series;
        if let (&Message::Esp { header, encapsulation, length }, Some(network)) = (message, &packet.network) {
            let (src, dst) = (network.src, network.dst);
            let sa = SaKey { src, dst, protocol: Protection::Esp, spi: header.spi };
            let (src_mac, dst_mac) = (packet.link.src_mac, packet.link.dst_mac);
            let ip = (network.identification, network.ttl);
            let esp = EspPacket { series, sa, src_mac, dst_mac, encapsulation, header, length, ip };
            return self.arrivals.push(at, (self.segments.name(segment), Item::Esp(esp)));
        }
        let print = Print::of(&segment, packet);
        self.gateway((at, segment, print), packet, message);
        if let Some(kind) = other_kind(series, packet, message) {
            self.arrivals.push(at, (self.segments.name(segment), Item::other(kind, print)));
        }
    }

    /// What a message says about gateway groups.
    fn gateway(
        &mut self,
        (at, segment, print): (At, Segment, Option<Print>),
        packet: &Packet<'_>,
        message: &Message<'_>,
    ) {
        let Some(network) = &packet.network else { return };
        for said in messages(network.src, message) {
            let segment = self.segments.learn(segment, network.src, &said);
            let item = Item::Gateway(Box::new((network.src, packet.link.src_mac, said)), print);
            self.arrivals.push(at, (segment, item));
        }
        let Message::Hsrp(hsrp) = message else { return };
        for message in &hsrp.messages {
            if let hsrp::Message::Interface(interface) = message {
                let sighting = InterfaceSighting { router: network.src, message: interface.clone() };
                let segment = self.segments.name(segment);
                self.arrivals.push(at, (segment, Item::other(Kind::HsrpInterface(sighting), print)));
            }
        }
    }

    /// Folds what nothing can come before any more.
    fn fold_settled(&mut self) {
        while let Some((at, (segment, item))) = self.arrivals.pop() {
            self.fold(at, segment, item);
        }
        let settled = self.arrivals.settled();
        if settled.whole_second() > self.second {
            self.begin_second(settled);
        }
        self.order.advance(settled);
    }

    /// Folds all there is.
    fn fold_all(&mut self) {
        while let Some((at, (segment, item))) = self.arrivals.take() {
            self.fold(at, segment, item);
        }
        self.end_slices();
        self.end_runs();
    }

    /// Slices and runs end at each whole second.
    fn begin_second(&mut self, time: Timestamp) {
        self.second = time.whole_second();
        self.end_slices();
        self.end_runs();
    }

    /// Folds an item unless its packet is a copy of one that was folded.
    fn fold(&mut self, at: At, segment: Segment, item: Item) {
        if at.time.whole_second() != self.second {
            self.begin_second(at.time);
        }
        let print = match &item {
            Item::Esp(_) => None,
            Item::Gateway(_, print) | Item::Other(_, print) => *print,
        };
        if print.is_some_and(|print| self.duplicates.is_copy(at, print)) {
            return self.tally_mut(at.capture).note_duplicate(at.frame);
        }
        match item {
            Item::Esp(packet) => {
                if !self.slices.add(at, segment, &packet) {
                    self.tally_mut(at.capture).note_duplicate(at.frame);
                }
            }
            Item::Gateway(hello, _) => {
                let (router, src_mac, message) = *hello;
                let order = &mut self.order;
                let out = &mut |run: Placed<HelloRun>| order.push(run.into());
                // A gateway that changes must find the packets before the change in slices that end before it.
                if self.runs.add((at, segment), router, src_mac, message, out) {
                    self.end_slices();
                }
            }
            Item::Other(kind, _) => self.order.push(Observation { at, segment, kind: *kind }),
        }
    }

    fn end_slices(&mut self) {
        let order = &mut self.order;
        self.slices.end_all(&mut |whole| order.push(whole.into()));
    }

    fn end_runs(&mut self) {
        let order = &mut self.order;
        self.runs.end_all(&mut |whole| order.push(whole.into()));
    }
}

impl Item {
    fn other(kind: Kind, print: Option<Print>) -> Self {
        Self::Other(Box::new(kind), print)
    }
}

impl Default for Observer {
    fn default() -> Self {
        Self::new()
    }
}

/// What a message that is neither ESP nor about a gateway group is.
fn other_kind(series: SeriesId, packet: &Packet<'_>, message: &Message<'_>) -> Option<Kind> {
    let src_mac = packet.link.src_mac;
    match (message, &packet.network) {
        (Message::Arp(arp), _) => Some(Kind::Arp(ArpSighting { src_mac, packet: *arp })),
        (Message::Neighbour(advertisement), Some(network)) => {
            let (src, advertisement) = (network.src, advertisement.clone());
            Some(Kind::Neighbour(NeighbourSighting { src_mac, src, advertisement }))
        }
        (Message::Ike(ike), Some(network)) => {
            let sighting = match ike.piece() {
                Some(piece) => part_sighting(series, packet, network, (ike, &piece))?,
                None => ike_sighting(series, packet, network, ike),
            };
            Some(Kind::Ike(Box::new(sighting)))
        }
        (Message::Unreachable(error), Some(network)) => {
            unreachable_sighting(network, error).map(Kind::Unreachable)
        }
        (&Message::ReassemblyTimeout(icmp::ReassemblyTimeout { quoted: Some(quoted) }), Some(network))
            if is_ours(&quoted) =>
        {
            Some(Kind::FragmentsLost(FragmentsLost { src: network.src, quoted }))
        }
        _ => None,
    }
}

/// A message of which nothing is known but its header.
fn bare_sighting(
    series: SeriesId,
    packet: &Packet<'_>,
    network: &Network,
    header: ike::Header,
) -> IkeSighting {
    IkeSighting {
        series,
        src: network.src,
        dst: network.dst,
        ports: packet.ports.unwrap_or_default(),
        src_mac: packet.link.src_mac,
        dst_mac: packet.link.dst_mac,
        header,
        payloads: Vec::new(),
        notifies: Vec::new(),
        pieces: packet.pieces,
        part: false,
        reading: None,
        vendors: Vec::new(),
        proposal: None,
        fingerprint: 0,
        malformed: false,
    }
}

/// The first piece of a message that IKE cut into several. The others tell nothing until all have come.
fn part_sighting(
    series: SeriesId,
    packet: &Packet<'_>,
    network: &Network,
    (message, piece): (&ike::Message<'_>, &ike::Piece<'_>),
) -> Option<IkeSighting> {
    let header = piece.opening(&message.header)?;
    let sighting = bare_sighting(series, packet, network, header);
    Some(IkeSighting { pieces: Pieces::IkeFragments(1), part: true, ..sighting })
}

fn ike_sighting(
    series: SeriesId,
    packet: &Packet<'_>,
    network: &Network,
    message: &ike::Message<'_>,
) -> IkeSighting {
    let mut sighting = IkeSighting {
        payloads: message.payloads.iter().map(|payload| payload.kind).collect(),
        reading: ike::keyless::read(message, None),
        fingerprint: ike::fingerprint(message.bytes),
        malformed: message.malformed.is_some(),
        ..bare_sighting(series, packet, network, message.header)
    };
    for payload in &message.payloads {
        match &payload.body {
            ike::Body::Notify(notify) => sighting.notifies.push((notify.kind, esp_spi(notify))),
            ike::Body::VendorId(bytes) => sighting.vendors.extend(ike::vendor_id::name(bytes)),
            ike::Body::SecurityAssociation(proposals) if sighting.proposal.is_none() => {
                let major = message.header.major();
                let suite = proposals.first().map(|proposal| proposal.suite(major).to_string());
                sighting.proposal = suite.filter(|suite| !suite.is_empty());
            }
            _ => {}
        }
    }
    sighting
}

/// The ESP SPI a notify names, in its SPI field or (`INVALID_SPI` of version 2, RFC 7296 §3.10.1) in its data.
fn esp_spi(notify: &ike::Notify<'_>) -> Option<u32> {
    let bytes: [u8; 4] = notify.spi.try_into().or_else(|_| notify.data.try_into()).ok()?;
    Some(u32::from_be_bytes(bytes))
}

fn unreachable_sighting(network: &Network, error: &icmp::Unreachable) -> Option<UnreachableSighting> {
    let quoted = error.quoted?;
    is_ours(&quoted).then_some(UnreachableSighting {
        src: network.src,
        dst: network.dst,
        version: error.version,
        code: error.code,
        quoted,
    })
}

/// Whether a quoted packet is IKE or ESP.
fn is_ours(quoted: &icmp::Quoted) -> bool {
    quoted.esp_spi.is_some()
        || quoted.protocol == esp::PROTOCOL
        || quoted.ports.is_some_and(|(src, dst)| [src, dst].iter().any(|port| IKE_PORTS.contains(port)))
}

const UDP: u8 = 17;
const IKE_PORTS: [u16; 2] = [ike::PORT, nat_t::PORT];
