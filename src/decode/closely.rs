//! The whole decoder: link layer, network layer, message.

use crate::capture::Frame;
use crate::wire::arp;
use crate::wire::bytes::Malformed;

use super::link::{self, Carried, Inner};
use super::network;
use super::packet::{Message, Packet, Stop, Unrelated};
use super::transport;

/// Decodes a frame layer by layer. What [`decode`](super::decode) gives, without its short cut.
pub fn decode_closely<'a>(frame: &Frame<'a>) -> Packet<'a> {
    let mut packet = Packet::default();
    if let Err(stop) = read(frame, &mut packet) {
        packet.stop = Some(blame_snaplen(frame, stop));
    }
    packet
}

fn read<'a>(frame: &Frame<'a>, packet: &mut Packet<'a>) -> Result<(), Stop> {
    let inner = link::read(frame, &mut packet.link)?;
    let payload = match inner.carried {
        Carried::Arp => return arp(&inner, packet),
        Carried::Ipv4 => network::ipv4(frame, inner.bytes, inner.base, packet)?,
        Carried::Ipv6 => network::ipv6(frame, inner.bytes, inner.base, packet)?,
    };
    let read = transport::read(&payload, packet);
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

/// Bytes that are missing behind the end of a frame cut by snaplen were there on the wire.
fn blame_snaplen(frame: &Frame<'_>, stop: Stop) -> Stop {
    let is_cut = u32::try_from(frame.bytes.len()).is_ok_and(|captured| captured < frame.wire_len);
    match stop {
        Stop::Malformed(malformed) if is_cut && reaches_beyond(&malformed, frame.bytes) => {
            Stop::Cut(malformed)
        }
        other => other,
    }
}

fn reaches_beyond(malformed: &Malformed, bytes: &[u8]) -> bool {
    malformed.offset.saturating_add(malformed.need) > bytes.len()
}
