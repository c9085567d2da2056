//! What IP carries: which protocol and port belongs to which message.

use crate::wire::ah;
use crate::wire::bytes::{Malformed, Reader};
use crate::wire::icmp::{self, ReassemblyTimeout, Unreachable};
use crate::wire::ike;
use crate::wire::nat_t::{self, Content};
use crate::wire::{esp, glbp, hsrp, neighbour, tcp, vrrp};

use super::closely::read_layers;
use super::gateway;
use super::network::Payload;
use super::options::Options;
use super::packet::{Encapsulation, Fragment, Message, Packet, Stop, Unrelated};
use super::wrapping;

/// Reads the message that an IP packet carries into `packet`.
pub(super) fn read<'a>(
    payload: &Payload<'a>,
    options: &Options,
    packet: &mut Packet<'a>,
) -> Result<(), Stop> {
    let is_ipv4 = payload.network.src.is_ipv4();
    let read = match payload.network.protocol {
        esp::PROTOCOL => read_esp(payload, Encapsulation::Ip, packet),
        UDP => udp(payload, options, packet),
        vrrp::PROTOCOL => gateway::vrrp(payload, packet),
        tcp::PROTOCOL => super::tcp::read(payload, options, packet),
        ICMP if is_ipv4 => icmp(payload, 4, packet),
        ICMP_V6 if !is_ipv4 && payload.bytes.first() == Some(&neighbour::TYPE) => {
            gateway::neighbour(payload, packet)
        }
        ICMP_V6 if !is_ipv4 => icmp(payload, 6, packet),
        other if wrapping::is_protocol(other) => {
            wrapping::in_ip(payload, packet).and_then(|layer| read_layers(layer, options, packet))
        }
        other => Err(Stop::Unrelated(Unrelated::IpProtocol(other))),
    };
    match read {
        // What AH protects matters less than that it is there.
        Err(Stop::Unrelated(_)) if payload.authenticated => {
            Err(Stop::Unrelated(Unrelated::IpProtocol(ah::PROTOCOL)))
        }
        other => other,
    }
}

/// The IKE header in a fragment whose place is in `bytes`, where it is the first of its datagram and shows one. Fills in
/// the ports that the first fragment alone has.
pub(super) fn opening(
    fragment: &Fragment,
    bytes: &[u8],
    options: &Options,
    packet: &mut Packet<'_>,
) -> Option<ike::Header> {
    let is_udp = packet.network.is_some_and(|network| network.protocol == UDP);
    if !is_udp || fragment.position != 0 {
        return None;
    }
    let end = fragment.start.saturating_add(fragment.captured);
    let mut reader = Reader::new("udp", bytes.get(fragment.start..end)?, fragment.start);
    let ports = (reader.u16("source port").ok()?, reader.u16("destination port").ok()?);
    packet.ports = Some(ports);
    let length = usize::from(reader.u16("length").ok()?);
    reader.take("checksum", 2).ok()?;
    let marked = reader.rest().strip_prefix(&[0; nat_t::MARKER_LEN]);
    let is_floating = has_port(ports, &[nat_t::PORT]) && !has_port(ports, &[ike::PORT]);
    let behind = length.saturating_sub(UDP_HEADER + nat_t::MARKER_LEN);
    let shows = |message| has_port(ports, &[ike::PORT]) && ike::may_begin_ike(message, behind);
    if marked.is_some_and(|message| is_floating || options.adds(ports) || shows(message)) {
        reader.take("marker", nat_t::MARKER_LEN).ok()?;
    } else if is_floating || !(has_port(ports, &[ike::PORT, ike::GROUP_PORT]) || options.adds(ports)) {
        return None;
    }
    let message = ike::Message::parse(reader.rest(), reader.offset()).ok()?;
    check_ike(&message, reader.offset()).ok()?;
    Some(message.header)
}

fn udp<'a>(payload: &Payload<'a>, options: &Options, packet: &mut Packet<'a>) -> Result<(), Stop> {
    let mut reader = Reader::new("udp", payload.bytes, payload.base);
    let ports = (reader.u16("source port")?, reader.u16("destination port")?);
    packet.ports = Some(ports);
    let known = [hsrp::PORT, hsrp::PORT_V6, glbp::PORT, ike::PORT, nat_t::PORT];
    let is_known = has_port(ports, &known) || wrapping::is_port(ports) || options.adds(ports);
    let unrelated = Stop::Unrelated(Unrelated::Udp(ports.0.min(ports.1)));
    if !is_known && reader.remaining() < UDP_HEADER - 4 {
        return Err(unrelated);
    }
    let length_field = reader.clone();
    let length = usize::from(reader.u16("length")?);
    reader.u16("checksum")?;
    // Length 0 was left to the network card.
    if (1..UDP_HEADER).contains(&length) {
        let malformed = Malformed { have: length, ..length_field.malformed("length", UDP_HEADER) };
        return Err(if is_known { malformed.into() } else { unrelated });
    }
    let datagram = within(payload, &reader, length);
    let is_on = |known: &[u16]| has_port(ports, known) && !is_translated(ports, options);
    if is_on(&[hsrp::PORT, hsrp::PORT_V6]) {
        gateway::hsrp(&datagram, ports, packet)
    } else if is_on(&[glbp::PORT]) {
        gateway::glbp(&datagram, ports, packet)
    } else if has_port(ports, &[ike::PORT]) {
        read_ike_port(&datagram, packet)
    } else if has_port(ports, &[nat_t::PORT]) {
        read_nat_t(&datagram, Encapsulation::Udp, packet)
    } else if options.adds(ports) {
        read_added(&datagram, packet)
    } else if has_port(ports, &[ike::GROUP_PORT]) && looks_like_ike(&datagram) {
        read_ike(datagram.bytes, datagram.base, packet)
    } else if let Some(layer) = wrapping::in_udp(ports, &datagram, packet)? {
        read_layers(layer, options, packet)
    } else {
        read_stray(&datagram, ports, packet)
    }
}

/// Whether one port is IKE's and the other another, which may be any: an address translator chose it (RFC 3947 §4,
/// RFC 7296 §2.23).
fn is_translated(ports: (u16, u16), options: &Options) -> bool {
    let is_ike = has_port(ports, &[ike::PORT, nat_t::PORT, ike::GROUP_PORT]) || options.adds(ports);
    is_ike && ports.0 != ports.1
}

fn has_port((src, dst): (u16, u16), ports: &[u16]) -> bool {
    ports.contains(&src) || ports.contains(&dst)
}

/// The UDP payload. A length that IP's contradicts, or that is 0, gives way to IP's.
fn within<'a>(payload: &Payload<'a>, reader: &Reader<'a>, length: usize) -> Payload<'a> {
    let from_ip = payload.wire_len.saturating_sub(UDP_HEADER);
    let wire_len = length.checked_sub(UDP_HEADER).map_or(from_ip, |claimed| claimed.min(from_ip));
    let bytes = reader.rest().get(..wire_len).unwrap_or(reader.rest());
    Payload { bytes, base: reader.offset(), wire_len, ..*payload }
}

/// Reads a port on which IKE was said to be, with the marker or without, or ESP.
fn read_added<'a>(datagram: &Payload<'a>, packet: &mut Packet<'a>) -> Result<(), Stop> {
    if looks_like_ike(datagram) {
        return read_ike(datagram.bytes, datagram.base, packet);
    }
    read_nat_t(datagram, Encapsulation::Udp, packet)
}

/// Whether version and length of a datagram are those of an IKE message, as far as it was captured.
fn looks_like_ike(datagram: &Payload<'_>) -> bool {
    let Ok(message) = ike::Message::parse(datagram.bytes, datagram.base) else { return false };
    let length = usize::try_from(message.header.length).unwrap_or(usize::MAX);
    check_ike(&message, datagram.base).is_ok() && length == datagram.wire_len
}

/// Reads what no port announces: IKE shows by itself.
fn read_stray<'a>(datagram: &Payload<'a>, ports: (u16, u16), packet: &mut Packet<'a>) -> Result<(), Stop> {
    let bytes = datagram.bytes;
    if bytes.len() == datagram.wire_len {
        if ike::is_unmistakable(bytes) {
            return read_ike(bytes, datagram.base, packet);
        }
        if let Some(message) = behind_marker(datagram) {
            return read_ike(message, datagram.base + nat_t::MARKER_LEN, packet);
        }
    }
    Err(Stop::Unrelated(Unrelated::Udp(ports.0.min(ports.1))))
}

/// Reads port 500. The marker is of port 4500, but some ends that changed to that one alone put it here too.
fn read_ike_port<'a>(datagram: &Payload<'a>, packet: &mut Packet<'a>) -> Result<(), Stop> {
    match behind_marker(datagram) {
        Some(message) => read_ike(message, datagram.base + nat_t::MARKER_LEN, packet),
        None => read_ike(datagram.bytes, datagram.base, packet),
    }
}

/// What stands behind the marker and can be nothing but IKE.
fn behind_marker<'a>(datagram: &Payload<'a>) -> Option<&'a [u8]> {
    let message = datagram.bytes.strip_prefix(&[0; nat_t::MARKER_LEN])?;
    ike::is_unmistakable(message).then_some(message)
}

/// Reads an IKE message without the marker.
pub(super) fn read_ike<'a>(bytes: &'a [u8], base: usize, packet: &mut Packet<'a>) -> Result<(), Stop> {
    let found = ike::Message::parse(bytes, base)?;
    check_ike(&found, base)?;
    let malformed = found.malformed.clone();
    packet.keep(Message::Ike(found), malformed)
}

/// Refuses what has the size of an IKE header and cannot be one: a version that does not exist, a message shorter
/// than its header or longer than any datagram.
fn check_ike(message: &ike::Message<'_>, base: usize) -> Result<(), Malformed> {
    let header = &message.header;
    let refuse = |what, need, have| Err(Malformed { layer: "ike", what, offset: base, need, have });
    let length = usize::try_from(header.length).unwrap_or(usize::MAX);
    match header.major() {
        1 | 2 => {}
        have => return refuse("version", 2, have.into()),
    }
    if length < ike::Header::LENGTH {
        return refuse("message length", ike::Header::LENGTH, length);
    }
    if length > usize::from(u16::MAX) {
        return refuse("message length", u16::MAX.into(), length);
    }
    Ok(())
}

/// Reads what port 4500 carries, or a message of a TCP stream: IKE behind the marker, ESP, or a keepalive.
pub(super) fn read_nat_t<'a>(
    datagram: &Payload<'a>,
    encapsulation: Encapsulation,
    packet: &mut Packet<'a>,
) -> Result<(), Stop> {
    if datagram.bytes.len() < datagram.wire_len.min(nat_t::MARKER_LEN) {
        // One captured byte of a longer datagram is no keepalive.
        return Err(Reader::new("nat-t", datagram.bytes, datagram.base).malformed("marker or SPI", 4).into());
    }
    match Content::classify(datagram.bytes, datagram.base)? {
        Content::Keepalive => packet.message = Some(Message::NatKeepalive),
        Content::Esp => read_esp(datagram, encapsulation, packet)?,
        Content::Ike => {
            let message = datagram.bytes.get(nat_t::MARKER_LEN..).unwrap_or_default();
            read_ike(message, datagram.base + nat_t::MARKER_LEN, packet)?;
        }
    }
    Ok(())
}

fn read_esp(
    payload: &Payload<'_>,
    encapsulation: Encapsulation,
    packet: &mut Packet<'_>,
) -> Result<(), Stop> {
    let header = esp::Header::parse(payload.bytes, payload.base)?;
    let length = u32::try_from(payload.wire_len).unwrap_or(u32::MAX);
    packet.message = Some(Message::Esp { header, encapsulation, length });
    Ok(())
}

fn icmp(payload: &Payload<'_>, version: u8, packet: &mut Packet<'_>) -> Result<(), Stop> {
    let kind = Reader::new("icmp", payload.bytes, payload.base).u8("type")?;
    let message = match (version, kind) {
        (4, icmp::UNREACHABLE_V4) | (6, icmp::UNREACHABLE_V6) => {
            Unreachable::parse(version, payload.bytes, payload.base).map(Message::Unreachable).map(Some)?
        }
        (4, icmp::TIME_EXCEEDED_V4) | (6, icmp::TIME_EXCEEDED_V6) => {
            ReassemblyTimeout::parse(payload.bytes, payload.base)?.map(Message::ReassemblyTimeout)
        }
        _ => None,
    };
    packet.message = Some(message.ok_or(Stop::Unrelated(Unrelated::Icmp(version, kind)))?);
    Ok(())
}

const ICMP: u8 = 1;
const UDP: u8 = 17;
const ICMP_V6: u8 = 58;

const UDP_HEADER: usize = 8;
