//! Serial lines: Cisco's HDLC and PPP in HDLC-like framing (RFC 1662; RFC 1547 §4.3.1).
//!
//! ```text
//! Cisco HDLC   0x0f unicast or 0x8f multicast, control 0, protocol (2)
//! PPP          see `ppp`; pppd writes the direction in place of the address 0xff
//! ```

use crate::wire::bytes::Reader;

use crate::decode::layer::{Carried, Layer};
use crate::decode::packet::{Packet, Stop, Unrelated};
use crate::decode::path::Wrapping;

/// Tells PPP from Cisco's HDLC by the address.
pub(super) fn serial<'a>(layer: &Layer<'a>, packet: &mut Packet<'a>) -> Result<Layer<'a>, Stop> {
    match layer.bytes {
        [UNICAST | MULTICAST] | [UNICAST | MULTICAST, 0, ..] => cisco(layer, packet),
        _ => Ok(Layer { carried: Carried::Ppp, ..*layer }),
    }
}

/// Reads PPP in which the direction stands in place of the address.
pub(super) fn pppd<'a>(layer: &Layer<'a>) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("ppp");
    reader.take("direction and control", 2)?;
    Ok(layer.after(&reader, Carried::Ppp))
}

/// Reads Cisco's HDLC.
pub(super) fn cisco<'a>(layer: &Layer<'a>, packet: &mut Packet<'a>) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("cisco hdlc");
    let mut header = reader.part("header", 4)?;
    header.take("address and control", 2)?;
    announced_by(header.u16("protocol")?, layer, &reader, packet)
}

/// What a protocol of Cisco's HDLC stands for: mostly an `EtherType`.
pub(super) fn announced_by<'a>(
    protocol: u16,
    layer: &Layer<'a>,
    reader: &Reader<'a>,
    packet: &mut Packet<'a>,
) -> Result<Layer<'a>, Stop> {
    match protocol {
        BRIDGED => {
            packet.wrap(Wrapping::Bridged, None)?;
            Ok(layer.after(reader, Carried::Ethernet(None)))
        }
        0..0x0600 | KEEPALIVE | CDP | OSI => Err(Stop::Unrelated(Unrelated::CiscoHdlc(protocol))),
        other => Ok(layer.after(reader, Carried::EtherType(other))),
    }
}

const UNICAST: u8 = 0x0f;
const MULTICAST: u8 = 0x8f;

const CDP: u16 = 0x2000;
const BRIDGED: u16 = 0x6558;
const KEEPALIVE: u16 = 0x8035;
const OSI: u16 = 0xfefe;
