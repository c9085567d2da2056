//! Cisco's inter-switch link, the trunk protocol before IEEE 802.1Q.
//!
//! ```text
//! destination (5): 01-00-0c-00-00 or 03-00-0c-00-00, type (1), source (6), length (2), SNAP (3), vendor (3),
//! VLAN (15 bits), BPDU (1), index (2 bytes), reserved (2), Ethernet frame, checksum (4)
//! ```

use crate::decode::layer::{Carried, Layer};
use crate::decode::packet::{Packet, Stop};
use crate::decode::path::VirtualNetwork;

use super::ether::addresses;

/// Whether a frame is one of these.
pub(super) fn is_isl(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0x01 | 0x03, 0x00, 0x0c, 0x00, 0x00, _, _, _, _, _, _, _, 0..=5, _, 0xaa, 0xaa, 0x03, ..]
    )
}

/// Reads the header and the addresses of the frame behind it.
pub(super) fn read<'a>(
    layer: &Layer<'a>,
    network: Option<VirtualNetwork>,
    packet: &mut Packet<'a>,
) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("isl");
    let mut header = reader.part("header", HEADER)?;
    header.take("addresses, length and SNAP", 20)?;
    let vlan = header.u16("VLAN")? >> 1;
    addresses(&mut reader, ETHERNET_HEADER, network, packet)?;
    // A link layer that just began has room.
    packet.link.vlans.push(vlan);
    let kind = reader.u16("type")?;
    Ok(layer.after(&reader, Carried::EtherType(kind)))
}

const HEADER: usize = 26;
const ETHERNET_HEADER: usize = 14;
