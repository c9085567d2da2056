//! Geneve (RFC 8926), UDP port 6081.
//!
//! ```text
//! version (2 bits: 0), length of the options in words (6), O, C, reserved (6: 0), protocol (2 bytes), VNI (3),
//! reserved (1: 0), options
//! ```

use crate::decode::layer::{Carried, Layer};
use crate::decode::packet::{Packet, Stop};
use crate::decode::path::{TunnelId, VirtualNetwork, Wrapping};

/// Reads the header; none where it is something else.
pub(super) fn read<'a>(layer: &Layer<'a>, packet: &mut Packet<'a>) -> Result<Option<Layer<'a>>, Stop> {
    if layer.wire_len() < HEADER {
        return Ok(None);
    }
    let mut reader = layer.reader("geneve");
    let mut header = reader.part("header", HEADER)?;
    let (length, flags) = (header.u8("version and length")?, header.u8("flags")?);
    let protocol = header.u16("protocol")?;
    let network = header.u32("VNI")?;
    let options = usize::from(length & OPTIONS) * 4;
    let reserved = u32::from(flags & RESERVED) | network & 0xff;
    if length & !OPTIONS != 0 || reserved != 0 || HEADER + options > layer.wire_len() {
        return Ok(None);
    }
    let network = network >> 8;
    let carried = match protocol {
        ETHERNET => Carried::Ethernet(Some(VirtualNetwork::Vni(network))),
        IPV4 | IPV6 | MPLS | MPLS_UPSTREAM => Carried::EtherType(protocol),
        _ => return Ok(None),
    };
    reader.take("options", options)?;
    packet.wrap(Wrapping::Geneve, Some(TunnelId::Vni(network)))?;
    Ok(Some(layer.after(&reader, carried)))
}

const HEADER: usize = 8;
const OPTIONS: u8 = 0x3f;
const RESERVED: u8 = 0x3f;

const IPV4: u16 = 0x0800;
const ETHERNET: u16 = 0x6558;
const IPV6: u16 = 0x86dd;
const MPLS: u16 = 0x8847;
const MPLS_UPSTREAM: u16 = 0x8848;
