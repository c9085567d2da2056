//! An MPLS label stack (RFC 3032) and what lies behind it, which no field says.
//!
//! ```text
//! label (20 bits), traffic class (3), bottom of stack (1), TTL (8)      4 bytes each
//! then     4…  IPv4     6…  IPv6     0…  control word (4), Ethernet     1…  associated channel
//! or       an Ethernet frame, whose address may begin with any of these
//! ```
//!
//! Labels 0 and 2 say IPv4 and IPv6. Otherwise the first four bits decide (RFC 4928 §3), and Ethernet is told by an
//! `EtherType` or length where it must stand: pseudowires leave out the control word (RFC 4448 §4.6) more often than
//! not.

use crate::wire::bytes::Reader;

use crate::decode::layer::{Carried, Layer};
use crate::decode::packet::{Packet, Stop, TooDeep, Unrelated};
use crate::decode::path::{Path, TunnelId, Wrapping};

/// Reads a label stack.
pub(in crate::decode) fn read<'a>(layer: &Layer<'a>, packet: &mut Packet<'a>) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("mpls");
    for _ in 0..Path::MAX_LABELS {
        let entry = reader.u32("label")?;
        if entry & BOTTOM != 0 {
            return behind(entry >> 12, layer, reader, packet);
        }
    }
    Err(Stop::TooDeep(TooDeep::Labels))
}

fn behind<'a>(
    label: u32,
    layer: &Layer<'a>,
    mut reader: Reader<'a>,
    packet: &mut Packet<'a>,
) -> Result<Layer<'a>, Stop> {
    let rest = layer.after(&reader, Carried::Ip);
    let (wrapping, carried) = match (label, payload(&rest, &reader)?) {
        (IPV4_EXPLICIT_NULL, _) => (Wrapping::Mpls, Carried::Ipv4),
        (IPV6_EXPLICIT_NULL, _) => (Wrapping::Mpls, Carried::Ipv6),
        (_, Payload::Ip) => (Wrapping::Mpls, Carried::Ip),
        (_, Payload::Ethernet { control_word }) => {
            reader.take("control word", if control_word { CONTROL_WORD } else { 0 })?;
            (Wrapping::Pseudowire, Carried::Ethernet(None))
        }
        (_, Payload::Other) => return Err(Stop::Unrelated(Unrelated::Mpls(label))),
    };
    packet.wrap(wrapping, Some(TunnelId::MplsLabel(label)))?;
    Ok(layer.after(&reader, carried))
}

/// What may lie behind a label stack.
enum Payload {
    Ip,
    Ethernet { control_word: bool },
    Other,
}

fn payload(layer: &Layer<'_>, reader: &Reader<'_>) -> Result<Payload, Stop> {
    let first = reader.clone().u8("payload")?;
    let ethernet = |control_word| Ok(Payload::Ethernet { control_word });
    let version = first >> 4;
    if matches!(version, 4 | 6) && (is_ip(layer) || !is_ethernet(layer, 0)) {
        return Ok(Payload::Ip);
    }
    let (plain, behind_word) = (is_ethernet(layer, 0), version == 0 && is_ethernet(layer, CONTROL_WORD));
    match (plain, behind_word) {
        (true, false) => ethernet(false),
        (false, true) => ethernet(true),
        // The sequence number of most pseudowires stays 0; no address begins with four bytes of 0.
        (true, true) => ethernet(layer.bytes.starts_with(&[0; CONTROL_WORD])),
        (false, false) => {
            // Where the frame was cut, nothing can be said.
            let need = if version == 0 { CONTROL_WORD + ETHERNET_HEADER } else { ETHERNET_HEADER };
            reader.clone().take("payload", need.min(layer.wire_len()))?;
            Ok(Payload::Other)
        }
    }
}

/// Whether an IP header's length fits what there is, and its checksum, if it has one, what it says. That of IPv6 has
/// none, so its length must come close.
fn is_ip(layer: &Layer<'_>) -> bool {
    let length = |at| layer.bytes.get(at..).and_then(<[u8]>::first_chunk).copied().map(u16::from_be_bytes);
    let fits = |length: usize| length <= layer.wire_len();
    match layer.bytes {
        [start @ 0x45..=0x4f, ..] => {
            let header = layer.bytes.get(..usize::from(start & 0x0f) * 4).unwrap_or_default();
            let total = length(2).unwrap_or_default();
            let is_right = length(10) == Some(0) || header.is_empty() || sum(header) == 0xffff;
            is_right && (total == 0 || total >= 20 && fits(total.into()))
        }
        [0x60..=0x6f, ..] => length(4).is_none_or(|payload| {
            let rest = layer.wire_len().checked_sub(40 + usize::from(payload));
            payload == 0 || rest.is_some_and(|rest| rest <= TRAILER)
        }),
        _ => false,
    }
}

/// The sum of 16-bit words in ones' complement (RFC 1071): all ones over a header with a right checksum.
fn sum(header: &[u8]) -> u32 {
    let words = header.chunks_exact(2).filter_map(<[u8]>::first_chunk).copied();
    let sum: u32 = words.map(u16::from_be_bytes).map(u32::from).sum();
    // A header has at most thirty words.
    (sum & 0xffff) + (sum >> 16)
}

/// Whether an Ethernet header begins `at` bytes behind the labels: its type is one of those that pseudowires carry,
/// and what follows agrees with it.
fn is_ethernet(layer: &Layer<'_>, at: usize) -> bool {
    let Some(&[high, low, ref rest @ ..]) = layer.bytes.get(at + ETHERNET_HEADER - 2..) else {
        return false;
    };
    let kind = u16::from_be_bytes([high, low]);
    let first_is = |is: fn(u8) -> bool| rest.first().is_none_or(|first| is(*first));
    match kind {
        IPV4 => first_is(|first| first >> 4 == 4),
        IPV6 => first_is(|first| first >> 4 == 6),
        ARP => rest.get(..2).is_none_or(|hardware| hardware == [0, 1]),
        3..=1500 => {
            usize::from(kind) <= layer.wire_len().saturating_sub(at + ETHERNET_HEADER)
                && first_is(|dsap| matches!(dsap, 0x06 | 0x42 | 0xaa | 0xe0 | 0xf0 | 0xfe | 0xff))
        }
        other => TYPES.contains(&other),
    }
}

const BOTTOM: u32 = 0x100;
const IPV4_EXPLICIT_NULL: u32 = 0;
const IPV6_EXPLICIT_NULL: u32 = 2;

/// What may follow a packet: the padding of the shortest frames, or a frame check sequence.
const TRAILER: usize = 8;

const CONTROL_WORD: usize = 4;
const ETHERNET_HEADER: usize = 14;

const IPV4: u16 = 0x0800;
const ARP: u16 = 0x0806;
const IPV6: u16 = 0x86dd;
/// Types of frames that pseudowires carry besides these: VLANs, MPLS, `PPPoE`, 802.1X, slow protocols, LLDP, `MACsec`,
/// PTP, CFM, loopback.
const TYPES: [u16; 15] = [
    0x8100, 0x8809, 0x8847, 0x8848, 0x8863, 0x8864, 0x888e, 0x88a8, 0x88cc, 0x88e5, 0x88e7, 0x88f7, 0x8902,
    0x9000, 0x9100,
];
