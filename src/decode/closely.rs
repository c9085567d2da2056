//! The whole decoder: link layer, network layer, message.

use crate::capture::Frame;
use crate::wire::arp;
use crate::wire::bytes::Malformed;

use super::link::{self, Carried, Inner};
use super::network::{self, Payload};
use super::options::Options;
use super::packet::{Encapsulation, Fragment, Message, Packet, Stop, Unrelated};
use super::transport;

/// Decodes a frame layer by layer. What [`decode`](super::decode) gives, without its short cut.
pub fn decode_closely<'a>(frame: &Frame<'a>) -> Packet<'a> {
    decode_closely_with(frame, &Options::NONE)
}

/// The same with these options.
pub fn decode_closely_with<'a>(frame: &Frame<'a>, options: &Options) -> Packet<'a> {
    let mut packet = Packet::default();
    if let Err(stop) = read(frame, options, &mut packet) {
        let is_cut = u32::try_from(frame.bytes.len()).is_ok_and(|captured| captured < frame.wire_len);
        packet.stop = Some(told(stop, (frame.bytes, is_cut), options, &mut packet));
    }
    packet
}

/// Decodes the payload of the IP packet that `fragment` is a fragment of, put together: of `protocol`, and `bytes` of
/// the `wire_len` there were. Offsets in the packet's [`Stop`] count from its first byte.
pub(super) fn decode_whole<'a>(
    fragment: &Packet<'_>,
    protocol: u8,
    bytes: &'a [u8],
    wire_len: usize,
    options: &Options,
) -> Packet<'a> {
    let mut packet = fragment.around();
    let Some(network) = &mut packet.network else { return packet };
    network.protocol = protocol;
    let payload = network::whole(bytes, wire_len, network, &mut packet.ah);
    if let Err(stop) = payload.and_then(|payload| carried(&payload, options, &mut packet)) {
        packet.stop = Some(told(stop, (bytes, bytes.len() < wire_len), options, &mut packet));
    }
    packet
}

/// Decodes a message of the TCP stream that `segment` is a piece of: `bytes` of the `wire_len` it had, the length that
/// comes before it included. Offsets in the packet's [`Stop`] count from its first byte.
pub(super) fn decode_framed<'a>(segment: &Packet<'_>, bytes: &'a [u8], wire_len: usize) -> Packet<'a> {
    let mut packet = Packet { ports: segment.ports, ..segment.around() };
    let Some(network) = packet.network else { return packet };
    let (body, wire_len) = (bytes.get(LENGTH..).unwrap_or_default(), wire_len.saturating_sub(LENGTH));
    let payload = Payload { network, authenticated: false, bytes: body, base: LENGTH, wire_len };
    if let Err(stop) = transport::read_nat_t(&payload, Encapsulation::Tcp, &mut packet) {
        packet.stop = Some(blame_snaplen(bytes, body.len() < wire_len, stop));
    }
    packet
}

/// Decodes an IKE message of version 1 that was put together from the pieces of which `piece` is one, cut short by the
/// capture or not. Offsets in the packet's [`Stop`] count from its first byte.
pub(super) fn decode_joined<'a>(piece: &Packet<'_>, bytes: &'a [u8], is_cut: bool) -> Packet<'a> {
    let mut packet = Packet { ports: piece.ports, ..piece.around() };
    if let Err(stop) = transport::read_ike(bytes, 0, &mut packet) {
        packet.stop = Some(blame_snaplen(bytes, is_cut, stop));
    }
    packet
}

fn read<'a>(frame: &Frame<'a>, options: &Options, packet: &mut Packet<'a>) -> Result<(), Stop> {
    let inner = link::read(frame, &mut packet.link)?;
    let payload = match inner.carried {
        Carried::Arp => return arp(&inner, packet),
        Carried::Ipv4 => network::ipv4(frame, inner.bytes, inner.base, packet)?,
        Carried::Ipv6 => network::ipv6(frame, inner.bytes, inner.base, packet)?,
    };
    carried(&payload, options, packet)
}

/// Reads what an IP packet carries.
fn carried<'a>(payload: &Payload<'a>, options: &Options, packet: &mut Packet<'a>) -> Result<(), Stop> {
    let read = transport::read(payload, options, packet);
    if !matches!(packet.message, None | Some(Message::Esp { .. })) {
        packet.payload = payload.bytes;
    }
    read
}

fn arp(inner: &Inner<'_>, packet: &mut Packet<'_>) -> Result<(), Stop> {
    let found = arp::Packet::parse(inner.bytes, inner.base)?;
    packet.message = Some(Message::Arp(found.ok_or(Stop::Unrelated(Unrelated::EtherType(0x0806)))?));
    Ok(())
}

/// A reason to stop in `bytes`, which snaplen cut or not, with all that can be said of it.
fn told(stop: Stop, (bytes, is_cut): (&[u8], bool), options: &Options, packet: &mut Packet<'_>) -> Stop {
    match stop {
        Stop::Fragment(fragment) => {
            let ike = transport::opening(&fragment, bytes, options, packet);
            Stop::Fragment(Fragment { ike, ..fragment })
        }
        other => blame_snaplen(bytes, is_cut, other),
    }
}

/// Bytes that are missing behind the end of what snaplen cut were there on the wire.
fn blame_snaplen(bytes: &[u8], is_cut: bool, stop: Stop) -> Stop {
    match stop {
        Stop::Malformed(malformed) if is_cut && reaches_beyond(&malformed, bytes) => Stop::Cut(malformed),
        other => other,
    }
}

fn reaches_beyond(malformed: &Malformed, bytes: &[u8]) -> bool {
    malformed.offset.saturating_add(malformed.need) > bytes.len()
}

/// Bytes of the length before each message of a TCP stream (RFC 9329 §3).
const LENGTH: usize = 2;
