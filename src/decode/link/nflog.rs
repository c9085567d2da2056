//! Linux netfilter's log.
//!
//! ```text
//! family (1), version (1), resource (2), then TLVs:
//! length (2, header included), type (2), value, padded to a multiple of four
//! ```
//!
//! Lengths and types are in the byte order of the machine that captured, values in network byte order.

use crate::wire::bytes::{Malformed, Reader};
use crate::wire::mac::MacAddr;

use crate::decode::layer::{Carried, Layer};
use crate::decode::packet::{Link, Packet, Stop, Unrelated};

/// Reads the TLVs up to the payload, and the addresses among them.
pub(super) fn read<'a>(layer: &Layer<'a>, packet: &mut Packet<'a>) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("nflog");
    let mut header = reader.part("header", 4)?;
    let family = header.u8("family")?;
    let order = order_of(reader.rest());
    let mut protocol = None;
    loop {
        let start = reader.clone();
        let length = usize::from(order(reader.array("TLV length")?));
        let kind = order(reader.array("TLV type")?) & TYPE;
        let Some(length) = length.checked_sub(TLV_HEADER) else {
            return Err(Malformed { have: length, ..start.malformed("TLV length", TLV_HEADER) }.into());
        };
        if kind == PAYLOAD {
            let carried = carried_by(family, protocol)?;
            return Ok(layer.after(&reader, carried).within(length));
        }
        let value = reader.take("TLV", length)?;
        match kind {
            PACKET_HEADER => protocol = value.first_chunk().copied().map(u16::from_be_bytes),
            HARDWARE_ADDRESS => note_sender(value, &mut packet.link),
            HARDWARE_HEADER => note_ethernet(value, &mut packet.link),
            _ => {}
        }
        let padding = length.next_multiple_of(4) - length;
        reader.take("padding", padding.min(reader.remaining()))?;
    }
}

/// How a TLV's length and type are to be read: in the order in which the first of them makes sense.
fn order_of(bytes: &[u8]) -> fn([u8; 2]) -> u16 {
    let is_sane = |length: u16, kind: u16| usize::from(length) >= TLV_HEADER && kind & TYPE <= LAST_TYPE;
    match bytes {
        &[a, b, c, d, ..] if is_sane(u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])) => {
            u16::from_be_bytes
        }
        _ => u16::from_le_bytes,
    }
}

fn carried_by(family: u8, protocol: Option<u16>) -> Result<Carried, Stop> {
    match (family, protocol) {
        (2, _) => Ok(Carried::Ipv4),
        (10, _) => Ok(Carried::Ipv6),
        (_, Some(kind @ 0x0600..)) => Ok(Carried::EtherType(kind)),
        (other, _) => Err(Stop::Unrelated(Unrelated::AddressFamily(other.into()))),
    }
}

/// Address length (2), padding (2), address (8).
fn note_sender(value: &[u8], link: &mut Link) {
    let mut reader = Reader::new("nflog", value, 0);
    if reader.u16("length") == Ok(6) && reader.u16("padding").is_ok() {
        link.src_mac = link.src_mac.or(reader.array("address").ok().map(MacAddr));
    }
}

/// The whole Ethernet header, if it is one.
fn note_ethernet(value: &[u8], link: &mut Link) {
    if value.len() == ETHERNET_HEADER {
        let mut reader = Reader::new("nflog", value, 0);
        link.dst_mac = reader.array("destination").ok().map(MacAddr);
        link.src_mac = reader.array("source").ok().map(MacAddr);
    }
}

const TLV_HEADER: usize = 4;
/// The upper bits of a type are flags.
const TYPE: u16 = 0x7fff;

const PACKET_HEADER: u16 = 1;
const HARDWARE_ADDRESS: u16 = 8;
const PAYLOAD: u16 = 9;
const HARDWARE_HEADER: u16 = 16;
/// The greatest type that there may be, far above those that there are.
const LAST_TYPE: u16 = 0xff;

const ETHERNET_HEADER: usize = 14;
