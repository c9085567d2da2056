//! The whole decoder: link layer, wrappings, network layer, message.

use crate::capture::Frame;
use crate::wire::arp;
use crate::wire::bytes::Malformed;

use super::layer::{Carried, Layer};
use super::link;
use super::network::{self, Payload};
use super::options::Options;
use super::packet::{Encapsulation, Fragment, Message, Packet, Stop, Unrelated};
use super::transport;
use super::wrapping;

/// Decodes a frame layer by layer. What [`decode`](super::decode) gives, without its short cut.
pub fn decode_closely<'a>(frame: &Frame<'a>) -> Packet<'a> {
    decode_closely_with(frame, &Options::NONE)
}

/// The same with these options.
pub fn decode_closely_with<'a>(frame: &Frame<'a>, options: &Options) -> Packet<'a> {
    let mut packet = Packet::default();
    let read = link::begin(frame, &mut packet).and_then(|layer| read_layers(layer, options, &mut packet));
    if let Err(stop) = read {
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
    if let Err(stop) = payload.and_then(|payload| read_payload(&payload, options, &mut packet)) {
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
        let is_cut = body.len() < wire_len;
        packet.stop = Some(if is_cut { blame_cut(bytes.len(), stop) } else { stop });
    }
    packet
}

/// Decodes an IKE message of version 1 that was put together from the pieces of which `piece` is one, cut short by the
/// capture or not. Offsets in the packet's [`Stop`] count from its first byte.
pub(super) fn decode_joined<'a>(piece: &Packet<'_>, bytes: &'a [u8], is_cut: bool) -> Packet<'a> {
    let mut packet = Packet { ports: piece.ports, ..piece.around() };
    if let Err(stop) = transport::read_ike(bytes, 0, &mut packet) {
        packet.stop = Some(if is_cut { blame_cut(bytes.len(), stop) } else { stop });
    }
    packet
}

/// Reads layer by layer up to the message.
pub(super) fn read_layers<'a>(
    layer: Layer<'a>,
    options: &Options,
    packet: &mut Packet<'a>,
) -> Result<(), Stop> {
    let end = layer.base + layer.bytes.len();
    follow(layer, options, packet).map_err(|stop| if layer.truncated { blame_cut(end, stop) } else { stop })
}

/// Each header is behind the one before, so this comes to an end.
fn follow<'a>(mut layer: Layer<'a>, options: &Options, packet: &mut Packet<'a>) -> Result<(), Stop> {
    loop {
        let Layer { carried, bytes, base, end, .. } = layer;
        layer = match carried {
            Carried::Ipv4 => {
                let payload = network::ipv4(end, bytes, base, packet)?;
                return read_payload(&payload, options, packet);
            }
            Carried::Ipv6 => {
                let payload = network::ipv6(end, bytes, base, packet)?;
                return read_payload(&payload, options, packet);
            }
            Carried::Arp => return arp(&layer, packet),
            Carried::Ip => by_version(&layer)?,
            Carried::EtherType(kind) => link::ether::announced_by(kind, &layer, packet)?,
            Carried::Ethernet(network) => link::ether::read(&layer, network, packet)?,
            Carried::Llc => link::llc(&layer, packet)?,
            Carried::Ppp => link::ppp(&layer)?,
            Carried::Mpls => wrapping::mpls(&layer, packet)?,
        };
    }
}

/// Reads what an IP packet carries.
fn read_payload<'a>(payload: &Payload<'a>, options: &Options, packet: &mut Packet<'a>) -> Result<(), Stop> {
    // What is wrapped in it takes its place.
    packet.payload = payload.bytes;
    let read = transport::read(payload, options, packet);
    if matches!(packet.message, None | Some(Message::Esp { .. })) {
        packet.payload = &[];
    }
    read
}

fn arp(layer: &Layer<'_>, packet: &mut Packet<'_>) -> Result<(), Stop> {
    let found = arp::Packet::parse(layer.bytes, layer.base)?;
    packet.message = Some(Message::Arp(found.ok_or(Stop::Unrelated(Unrelated::EtherType(0x0806)))?));
    Ok(())
}

/// Tells IPv4 from IPv6.
fn by_version<'a>(layer: &Layer<'a>) -> Result<Layer<'a>, Stop> {
    let first = layer.reader("ip").u8("version")?;
    let carried = match first >> 4 {
        4 => Carried::Ipv4,
        6 => Carried::Ipv6,
        have => {
            let (offset, have) = (layer.base, have.into());
            return Err(Malformed { layer: "ip", what: "version", offset, need: 4, have }.into());
        }
    };
    Ok(Layer { carried, ..*layer })
}

/// A reason to stop in `bytes`, which snaplen cut or not, with all that can be said of it.
fn told(stop: Stop, (bytes, is_cut): (&[u8], bool), options: &Options, packet: &mut Packet<'_>) -> Stop {
    match stop {
        Stop::Fragment(fragment) => {
            let ike = transport::opening(&fragment, bytes, options, packet);
            Stop::Fragment(Fragment { ike, ..fragment })
        }
        other if is_cut => blame_cut(bytes.len(), other),
        other => other,
    }
}

/// Bytes that are missing behind `end`, where what was captured was cut, were there on the wire.
fn blame_cut(end: usize, stop: Stop) -> Stop {
    match stop {
        Stop::Malformed(malformed) if malformed.offset.saturating_add(malformed.need) > end => {
            Stop::Cut(malformed)
        }
        other => other,
    }
}

/// Bytes of the length before each message of a TCP stream (RFC 9329 §3).
const LENGTH: usize = 2;
