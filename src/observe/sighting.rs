//! What one packet says, as a sighting: everything but ESP, AH and gateway groups, which are folded.

use crate::capture::SeriesId;
use crate::decode::{Message, Network, Packet, Pieces};
use crate::wire::{esp, icmp, ike, nat_t};

use super::observation::{
    ArpSighting, FragmentsLost, IkeSighting, Kind, NeighbourSighting, UnreachableSighting,
};
use super::spent::SpentSightings;

/// What a message that is neither ESP nor about a gateway group is.
pub(super) fn kind(
    series: SeriesId,
    packet: &Packet<'_>,
    message: &Message<'_>,
    spent: &mut SpentSightings,
) -> Option<Kind> {
    let (src_mac, dst_mac) = (packet.link.src_mac, packet.link.dst_mac);
    match (message, &packet.network) {
        (Message::Arp(arp), _) => Some(Kind::Arp(ArpSighting { src_mac, dst_mac, packet: *arp })),
        (Message::Neighbour(advertisement), Some(network)) => {
            let (src, advertisement) = (network.src, advertisement.clone());
            Some(Kind::Neighbour(NeighbourSighting { src_mac, src, advertisement }))
        }
        (Message::Ike(ike), Some(network)) => {
            let sighting = match ike.piece() {
                Some(piece) => part_sighting(series, packet, network, (ike, &piece))?,
                None => ike_sighting(series, packet, network, ike, spent.payloads()),
            };
            Some(Kind::Ike(spent.boxed(sighting)))
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

/// The first piece of a message that came in `pieces`: all that is known is its header.
pub(super) fn opening(
    series: SeriesId,
    packet: &Packet<'_>,
    network: &Network,
    header: ike::Header,
    pieces: Pieces,
) -> IkeSighting {
    IkeSighting { pieces, part: true, ..bare_sighting(series, packet, network, header) }
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
        sealed: None,
        envelope: None,
        nat_detection: None,
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
    Some(opening(series, packet, network, header, Pieces::IkeFragments(1)))
}

fn ike_sighting(
    series: SeriesId,
    packet: &Packet<'_>,
    network: &Network,
    message: &ike::Message<'_>,
    mut payloads: Vec<ike::PayloadType>,
) -> IkeSighting {
    payloads.extend(message.payloads.iter().map(|payload| payload.kind));
    let mut sighting = IkeSighting {
        payloads,
        sealed: ike::Sealed::of(message),
        envelope: chosen_envelope(message),
        // Which ports the hashes of a TCP stream are made with is not settled in practice.
        nat_detection: ike::NatDetection::of(message)
            .filter(|_| packet.pieces != Pieces::Segments)
            .map(Box::new),
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

/// How large messages of an SA become, where the message is the responder's that names the chosen suite.
fn chosen_envelope(message: &ike::Message<'_>) -> Option<ike::Envelope> {
    let header = &message.header;
    let chosen = match header.is_response() {
        Some(is_response) => is_response,
        None => header.responder_spi != ike::Spi(0),
    };
    ike::Envelope::of(header.major(), message.proposals().first().filter(|_| chosen)?)
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

const IKE_PORTS: [u16; 2] = [ike::PORT, nat_t::PORT];
