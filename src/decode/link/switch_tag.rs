//! Tags between a switch chip and its CPU, as seen on the wire between them.
//!
//! ```text
//! Marvell DSA        addresses (12), tag (4), EtherType (2)
//! Marvell EDSA       addresses (12), EtherType 0xdada (2), reserved (2), tag (4), EtherType (2)
//! Broadcom           addresses (12), tag (4), EtherType (2)
//! Broadcom in front  tag (4), Ethernet frame
//!
//! Marvell's tag      mode (2 bits), tagged (1), …; priority (3 bits), 1 bit, VLAN id (12)
//! ```

use crate::wire::bytes::Reader;

use crate::decode::layer::{Carried, Layer};
use crate::decode::packet::{Packet, Stop};

use super::ether::addresses;

/// Reads an Ethernet header with Marvell's tag.
pub(super) fn dsa<'a>(layer: &Layer<'a>, packet: &mut Packet<'a>) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("dsa");
    addresses(&mut reader, 18, None, packet)?;
    marvell(layer, reader, packet)
}

/// Reads an Ethernet header with Marvell's tag behind an `EtherType`.
pub(super) fn edsa<'a>(layer: &Layer<'a>, packet: &mut Packet<'a>) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("edsa");
    addresses(&mut reader, 22, None, packet)?;
    reader.take("type and reserved", 4)?;
    marvell(layer, reader, packet)
}

/// Reads an Ethernet header with Broadcom's tag.
pub(super) fn broadcom<'a>(layer: &Layer<'a>, packet: &mut Packet<'a>) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("broadcom tag");
    addresses(&mut reader, 18, None, packet)?;
    reader.take("tag", 4)?;
    let kind = reader.u16("type")?;
    Ok(layer.after(&reader, Carried::EtherType(kind)))
}

/// Steps over Broadcom's tag in front of a frame.
pub(super) fn broadcom_in_front<'a>(layer: &Layer<'a>) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("broadcom tag");
    reader.take("tag", 4)?;
    Ok(layer.after(&reader, Carried::Ethernet(None)))
}

/// The tag takes the place of the VLAN tag of a frame that had one.
fn marvell<'a>(
    layer: &Layer<'a>,
    mut reader: Reader<'a>,
    packet: &mut Packet<'a>,
) -> Result<Layer<'a>, Stop> {
    let [mode, _] = reader.array("tag")?;
    let vlan = reader.u16("VLAN")?;
    let kind = reader.u16("type")?;
    if mode & TAGGED != 0 {
        // A link layer that just began has room.
        packet.link.vlans.push(vlan);
    }
    Ok(layer.after(&reader, Carried::EtherType(kind)))
}

const TAGGED: u8 = 0x20;
