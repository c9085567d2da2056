//! The stage itself: packets in, ordered observations out.

mod fold;
mod skimmed;

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::capture::{CaptureId, Frame, SeriesId};
use crate::decode::{Ah, Fragment, Message, Network, Packet, Pieces, Reassembly, Stop};
use crate::time::Timestamp;
use crate::wire::hsrp;
use crate::wire::mac::MacAddr;

use super::arrivals::{Arrivals, Tick};
use super::clear::Conversations;
use super::clear_packet::ClearPacket;
use super::duplicates::{Duplicates, Print};
use super::esp::Slices;
use super::esp_packet::{EspFlow, EspPacket, FlowId};
use super::flows::Flows;
use super::gateway::{GatewayMessage, Runs, messages};
use super::legends::Legends;
use super::observation::{FragmentSighting, InterfaceSighting, Kind, Observation};
use super::order::Order;
use super::place::{At, Segment};
use super::segments::Segments;
use super::sighting;
use super::spent::SpentSightings;
use super::stations::Stations;
use super::tally::Tally;

pub use skimmed::Taken;

/// Packets in, observations out, in order of (time, capture, frame).
#[derive(Clone)]
pub struct Observer {
    tallies: Vec<Tally>,
    arrivals: Arrivals<Other>,
    duplicates: Duplicates,
    flows: Flows,
    legends: Legends,
    slices: Slices,
    stations: Stations,
    conversations: Conversations,
    runs: Runs,
    order: Order,
    spent: SpentSightings,
    segments: Segments,
    /// The second of capture time that folding has come to; none is, where it ends before it starts.
    second: RangeInclusive<Timestamp>,
}

/// What a packet other than ESP gives before it is folded.
#[derive(Clone)]
struct Other {
    segment: Segment,
    print: Option<Print>,
    what: What,
}

#[derive(Clone)]
enum What {
    Gateway(IpAddr, Option<MacAddr>, Box<GatewayMessage>),
    Kind(Kind),
}

impl Observer {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Self {
            tallies: Vec::new(),
            arrivals: Arrivals::new(),
            duplicates: Duplicates::new(),
            flows: Flows::new(),
            legends: Legends::new(),
            slices: Slices::new(),
            stations: Stations::new(),
            conversations: Conversations::new(),
            runs: Runs::new(),
            order: Order::new(),
            spent: SpentSightings::new(),
            segments: Segments::default(),
            second: Timestamp::MAX..=Timestamp::MIN,
        }
    }

    /// Takes one packet in.
    pub fn packet(&mut self, capture: CaptureId, series: SeriesId, frame: &Frame<'_>, packet: &Packet<'_>) {
        let at = At { time: frame.time, capture, frame: frame.number };
        self.fold_before(at);
        let segment = Segment::of(series, frame.interface, &packet.link);
        if packet.pieces == Pieces::One {
            self.frame(at, segment, frame, packet);
        } else {
            self.tally_mut(capture).note_message(frame.number, frame.time, packet);
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
        match &packet.message {
            Some(message) => self.message(at, segment, packet, message),
            None => self.clear(at, segment, packet),
        }
        self.fold_at_turn();
    }

    /// Hears that no frame before `until` comes any more, as only somebody knows who watches a silent wire.
    pub fn quiet(&mut self, until: Timestamp) {
        self.arrivals.quiet(until);
        self.fold_settled();
    }

    /// Before when there is nothing that was not handed on by [`Self::next_ready`], once that gives no more.
    pub fn handed_on_until(&self) -> Timestamp {
        let settled = self.arrivals.settled();
        let is_folding = !self.slices.is_empty() || !self.runs.is_empty() || !self.conversations.is_empty();
        if is_folding || !self.order.is_empty() { settled.start_of_second() } else { settled }
    }

    /// Whether anything came that was not handed on.
    pub fn holds_back(&self) -> bool {
        self.arrivals.now().is_some_and(|now| now >= self.handed_on_until())
    }

    /// Hears what the pieces of a capture came to, at its end.
    pub fn reassembled(&mut self, capture: CaptureId, reassembly: Reassembly) {
        self.tally_mut(capture).reassembly = reassembly;
    }

    /// The next observation that nothing can come before any more.
    pub fn next_ready(&mut self) -> Option<Observation> {
        self.ready()?;
        self.order.pop_ready()
    }

    /// The same without taking it: [`Self::drop_ready`] does.
    pub fn ready(&mut self) -> Option<&Observation> {
        if !self.order.find_ready() {
            self.fold_settled();
            self.order.find_ready();
        }
        self.order.ready()
    }

    /// Drops the observation that [`Self::ready`] gives.
    pub fn drop_ready(&mut self) {
        if let Some(kind) = self.order.ready_mut() {
            self.spent.take_back(kind);
        }
        self.order.drop_ready();
    }

    /// The next observation once no more packets come.
    pub fn next_at_end(&mut self) -> Option<Observation> {
        self.fold_all();
        self.order.take()
    }

    /// How many MACs of gateways are known, virtual ones among them. It only rises.
    pub const fn gateway_macs(&self) -> usize {
        self.stations.count()
    }

    /// The routers' own MACs: what passes through them is looked at, whatever it is.
    pub fn router_macs(&self) -> Vec<MacAddr> {
        self.stations.own().collect()
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
        let latest = self.arrivals.now();
        let tick = self.arrivals.tick(at);
        self.tally_mut(at.capture).note(at.frame, at.time, frame.bytes.len(), packet);
        if tick != Tick::On {
            self.not_on(at, segment, tick, latest);
        }
    }

    /// Counts a frame that is earlier than one before it, at the `latest` time until then.
    #[cold]
    fn not_on(&mut self, at: At, segment: Segment, tick: Tick, latest: Option<Timestamp>) {
        let by = latest.map_or(Duration::ZERO, |latest| latest.since(at.time));
        self.tally_mut(at.capture).note_backwards(at.frame, at.time, by);
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
            self.sighting(at, segment, kind(FragmentSighting { src, dst, id }), None);
        }
    }

    /// The first fragment of an IKE message: it was sent, whether or not the rest of it comes.
    fn part(&mut self, at: At, segment: Segment, packet: &Packet<'_>, fragment: &Fragment) {
        let (Some(header), Some(network)) = (fragment.ike, &packet.network) else { return };
        let pieces = Pieces::Fragments { count: 1, id: fragment.id };
        let opening = sighting::opening(segment.series, packet, network, header, pieces);
        self.sighting(at, segment, Kind::Ike(Box::new(opening)), None);
    }

    /// Takes in what was seen on a segment.
    fn sighting(&mut self, at: At, segment: Segment, kind: Kind, print: Option<Print>) {
        let (segment, what) = (self.segments.name(segment), What::Kind(kind));
        self.arrivals.push(at, Other { segment, print, what });
    }

    /// A packet that AH protects is one of an SA, whatever it carries. What goes to a group of hosts is no tunnel's.
    fn ah(&mut self, at: At, segment: Segment, packet: &Packet<'_>, ah: &Ah) {
        if ah.header.spi == 0 || ah.dst.is_multicast() {
            return;
        }
        let flow = EspFlow::protected(segment.series, self.segments.name(segment), packet, ah);
        let flow = self.flow(flow);
        self.arrivals.push_esp(at, &EspPacket::protected(flow, ah));
    }

    /// A segment gets another name: what came before keeps the one it has.
    #[cold]
    fn forget_names(&mut self) {
        self.arrivals.spread(&self.legends);
        self.legends.forget();
    }

    /// The number of a flow.
    fn flow(&mut self, flow: EspFlow) -> FlowId {
        if let Some(known) = self.flows.find(&flow) {
            return known;
        }
        if self.flows.is_full() {
            self.arrivals.spread(&self.legends);
            self.slices.forget_flows(&mut self.flows, self.arrivals.flows_mut());
            self.legends.forget();
        }
        self.flows.number(flow)
    }

    /// Traffic in clear from a gateway or to one. Most frames are neither.
    #[inline]
    fn clear(&mut self, at: At, segment: Segment, packet: &Packet<'_>) {
        let (Some(src_mac), Some(dst_mac)) = (packet.link.src_mac, packet.link.dst_mac) else { return };
        if self.stations.has(src_mac) || self.stations.has(dst_mac) {
            self.of_gateway(at, segment, packet, (src_mac, dst_mac));
        }
    }

    /// What has a gateway's MAC at an end. It needs no order: whatever comes within a second gives the same slice.
    #[inline(never)]
    fn of_gateway(&mut self, at: At, segment: Segment, packet: &Packet<'_>, macs: (MacAddr, MacAddr)) {
        if macs.1.is_multicast() || packet.pieces != Pieces::One {
            return;
        }
        let Some(packet) = ClearPacket::of(segment, packet, macs) else { return };
        self.conversations.add(at, &packet);
    }

    fn message(&mut self, at: At, segment: Segment, packet: &Packet<'_>, message: &Message<'_>) {
        let Message::Esp { .. } = message else {
            return self.other_message(at, segment, packet, message);
        };
        let Some(flow) = EspFlow::of(segment.series, self.segments.name(segment), packet) else { return };
        let flow = self.flow(flow);
        if let Some(packet) = EspPacket::of(flow, packet) {
            self.arrivals.push_esp(at, &packet);
        }
    }

    /// A message other than ESP. Kept apart, since most frames are ESP or no message.
    #[inline(never)]
    fn other_message(&mut self, at: At, segment: Segment, packet: &Packet<'_>, message: &Message<'_>) {
        let series = segment.series;
        let print = Print::of(&segment, packet);
        self.learn_holder(packet, message);
        self.gateway((at, segment, print), packet, message);
        if let Some(kind) = sighting::kind(series, packet, message, &mut self.spent) {
            self.sighting(at, segment, kind, print);
        }
    }

    /// Learns the MAC of a gateway that speaks of itself in ARP or neighbour discovery.
    fn learn_holder(&mut self, packet: &Packet<'_>, message: &Message<'_>) {
        let holder = match message {
            Message::Arp(arp) => IpAddr::V4(arp.sender_ip),
            Message::Neighbour(advertisement) => IpAddr::V6(advertisement.target),
            _ => return,
        };
        if let Some(mac) = packet.link.src_mac {
            self.stations.learn_holder(holder, mac);
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
            if self.segments.would_rename(segment, network.src, &said) {
                self.forget_names();
            }
            let segment = self.segments.learn(segment, network.src, &said);
            let addresses = said.virtual_addresses.iter().chain([&network.src]);
            addresses.for_each(|&address| self.stations.learn_address(address));
            let macs = packet.link.src_mac.into_iter().chain(said.identifier);
            macs.for_each(|mac| self.stations.learn(mac));
            let what = What::Gateway(network.src, packet.link.src_mac, Box::new(said));
            self.arrivals.push(at, Other { segment, print, what });
        }
        let Message::Hsrp(hsrp) = message else { return };
        for message in &hsrp.messages {
            if let hsrp::Message::Interface(interface) = message {
                let sighting = InterfaceSighting { router: network.src, message: interface.clone() };
                self.sighting(at, segment, Kind::HsrpInterface(sighting), print);
            }
        }
    }
}

impl Default for Observer {
    fn default() -> Self {
        Self::new()
    }
}

const UDP: u8 = 17;
