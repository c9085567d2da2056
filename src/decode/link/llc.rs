//! IEEE 802.2 LLC, and SNAP behind it (RFC 1042).
//!
//! ```text
//! LLC    DSAP (1), SSAP (1), control (1)            0xaa 0xaa 0x03 SNAP, 0x06 0x06 0x03 IP
//! SNAP   organisation (3), protocol (2)             an EtherType under organisation 0
//! ```

use crate::wire::bytes::Reader;

use crate::decode::layer::{Carried, Layer};
use crate::decode::packet::{Packet, Stop, Unrelated};
use crate::decode::path::Wrapping;

/// Reads LLC, and SNAP if it is that.
pub(in crate::decode) fn read<'a>(layer: &Layer<'a>, packet: &mut Packet<'a>) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("llc");
    let (dsap, ssap) = (reader.u8("DSAP")?, reader.u8("SSAP")?);
    if !matches!((dsap, ssap & !RESPONSE), (SNAP, SNAP) | (IP, IP)) {
        return Err(Stop::Unrelated(Unrelated::Llc(dsap)));
    }
    if reader.u8("control")? & !POLL != UNNUMBERED_INFORMATION {
        return Err(Stop::Unrelated(Unrelated::Llc(dsap)));
    }
    if dsap == IP { Ok(layer.after(&reader, Carried::Ip)) } else { snap(layer, reader, packet) }
}

/// Reads the SNAP header that `reader`, a reader of `layer`, has come to.
pub(super) fn snap<'a>(
    layer: &Layer<'a>,
    mut reader: Reader<'a>,
    packet: &mut Packet<'a>,
) -> Result<Layer<'a>, Stop> {
    let mut header = Reader::new("snap", reader.rest(), reader.offset()).part("header", 5)?;
    reader.take("SNAP", header.remaining())?;
    let [high, middle, low] = header.array("organisation")?;
    let organisation = u32::from_be_bytes([0, high, middle, low]);
    let protocol = header.u16("protocol")?;
    match (organisation, protocol) {
        (ENCAPSULATED_ETHERNET | CISCO_90, 0x0600..) | (CISCO, IPV4 | ARP | IPV6) => {
            Ok(layer.after(&reader, Carried::EtherType(protocol)))
        }
        (BRIDGED, ETHERNET_WITH_FCS | ETHERNET) => {
            packet.wrap(Wrapping::Bridged, None)?;
            Ok(layer.after(&reader, Carried::Ethernet(None)))
        }
        _ => Err(Stop::Unrelated(Unrelated::Snap(organisation, protocol))),
    }
}

/// Service access points.
const IP: u8 = 0x06;
const SNAP: u8 = 0xaa;
/// In the SSAP: the frame answers another.
const RESPONSE: u8 = 0x01;

const UNNUMBERED_INFORMATION: u8 = 0x03;
/// In the control field: an answer is wanted.
const POLL: u8 = 0x10;

/// Organisations.
const ENCAPSULATED_ETHERNET: u32 = 0;
const CISCO: u32 = 0x00_000c;
const CISCO_90: u32 = 0x00_00f8;
const BRIDGED: u32 = 0x00_80c2;

/// Protocols of [`BRIDGED`].
const ETHERNET_WITH_FCS: u16 = 1;
const ETHERNET: u16 = 7;

const IPV4: u16 = 0x0800;
const ARP: u16 = 0x0806;
const IPV6: u16 = 0x86dd;
