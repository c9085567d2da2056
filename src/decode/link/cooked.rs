//! Linux cooked captures, both versions.
//!
//! ```text
//! version 1   packet type, hardware type, address length (2 each), address (8), protocol (2)
//! version 2   protocol, reserved (2 each), interface (4), hardware type (2), packet type, address length (1 each),
//!             address (8)
//! ```
//!
//! The protocol is an `EtherType`, or a number of Linux's own, unless the hardware type gives it another meaning.

use crate::wire::mac::MacAddr;

use crate::decode::layer::{Carried, Layer};
use crate::decode::packet::{Packet, Stop, Unrelated};
use crate::decode::wrapping::gre;

use super::frame_relay;

/// Reads a header of version 1.
pub(super) fn version_1<'a>(layer: &Layer<'a>, packet: &mut Packet<'a>) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("linux cooked");
    let mut header = reader.part("header", 16)?;
    header.u16("packet type")?;
    let hardware = header.u16("hardware type")?;
    let length = header.u16("address length")?;
    packet.link.src_mac = mac(length, header.array("address")?);
    let protocol = header.u16("protocol")?;
    announced_by(hardware, protocol, &layer.after(&reader, Carried::Ip), packet)
}

/// Reads a header of version 2.
pub(super) fn version_2<'a>(layer: &Layer<'a>, packet: &mut Packet<'a>) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("linux cooked");
    let mut header = reader.part("header", 20)?;
    let protocol = header.u16("protocol")?;
    header.take("reserved and interface", 6)?;
    let hardware = header.u16("hardware type")?;
    header.u8("packet type")?;
    let length = header.u8("address length")?;
    packet.link.src_mac = mac(length.into(), header.array("address")?);
    announced_by(hardware, protocol, &layer.after(&reader, Carried::Ip), packet)
}

/// The sender's address, where it is of the length a MAC has.
fn mac(length: u16, field: [u8; 8]) -> Option<MacAddr> {
    field.first_chunk().filter(|_| length == 6).map(|address| MacAddr(*address))
}

fn announced_by<'a>(
    hardware: u16,
    protocol: u16,
    layer: &Layer<'a>,
    packet: &mut Packet<'a>,
) -> Result<Layer<'a>, Stop> {
    let announced = |carried| Ok(Layer { carried, ..*layer });
    match (hardware, protocol) {
        (NETLINK | IEEE_80211_FIRST..=IEEE_80211_LAST, _) => {
            Err(Stop::Unrelated(Unrelated::Hardware(hardware)))
        }
        (FRAME_RELAY, _) => frame_relay::read(layer, packet),
        (GRE, _) => gre::announced_by(protocol, layer, packet),
        (_, LLC) => announced(Carried::Llc),
        (_, PPP) => announced(Carried::Ppp),
        (_, 0..0x0600) => Err(Stop::Unrelated(Unrelated::LinuxProtocol(protocol))),
        (_, kind) => announced(Carried::EtherType(kind)),
    }
}

/// Hardware types (`ARPHRD_…`).
const FRAME_RELAY: u16 = 770;
const GRE: u16 = 778;
const IEEE_80211_FIRST: u16 = 801;
const IEEE_80211_LAST: u16 = 803;
const NETLINK: u16 = 824;

/// Protocols of Linux's own (`ETH_P_…`).
const LLC: u16 = 4;
const PPP: u16 = 7;
