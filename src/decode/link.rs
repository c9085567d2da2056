//! The link layer: what a frame's bytes begin with, up to the network layer inside.
//!
//! Ethernet with VLAN tags (IEEE 802.1Q, 802.1ad, and the older 0x9100 and 0x9200), Linux cooked captures of both
//! versions, raw IP, and the BSD loopback header in either byte order (tcpdump.org/linktypes.html).

use etherparse::{Ethernet2HeaderSlice, SingleVlanHeaderSlice, err::LenError};

use crate::capture::{Frame, LinkType};
use crate::wire::bytes::{Malformed, Reader};
use crate::wire::mac::MacAddr;

use super::packet::{Link, Stop, TooDeep, Unrelated};

/// What the link layer carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carried {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
    /// ARP.
    Arp,
}

/// What lies inside the link layer.
pub(super) struct Inner<'a> {
    /// Its protocol.
    pub(super) carried: Carried,
    /// It and whatever padding follows it.
    pub(super) bytes: &'a [u8],
    /// Where it begins, in bytes from the start of the frame.
    pub(super) base: usize,
}

/// Reads the link layer of a frame into `link`, which keeps what was read also where the rest could not be.
pub(super) fn read<'a>(frame: &Frame<'a>, link: &mut Link) -> Result<Inner<'a>, Stop> {
    match frame.link_type {
        LinkType::ETHERNET => ethernet(frame.bytes, link),
        LinkType::LINUX_SLL => linux_cooked(frame.bytes, link),
        LinkType::LINUX_SLL2 => linux_cooked_2(frame.bytes, link),
        LinkType::NULL => loopback(frame.bytes, either_order, link),
        LinkType::LOOP => loopback(frame.bytes, u32::from_be_bytes, link),
        LinkType::RAW | LinkType::RAW_BSD | LinkType::RAW_OPENBSD => raw(frame.bytes),
        LinkType::IPV4 => Ok(Inner { carried: Carried::Ipv4, bytes: frame.bytes, base: 0 }),
        LinkType::IPV6 => Ok(Inner { carried: Carried::Ipv6, bytes: frame.bytes, base: 0 }),
        LinkType(other) => Err(Stop::LinkType(other)),
    }
}

fn ethernet<'a>(bytes: &'a [u8], link: &mut Link) -> Result<Inner<'a>, Stop> {
    let header = Ethernet2HeaderSlice::from_slice(bytes).map_err(|error| too_short("ethernet", &error, 0))?;
    link.src_mac = Some(MacAddr(header.source()));
    link.dst_mac = Some(MacAddr(header.destination()));
    let mut reader = Reader::new("ethernet", bytes, 0);
    reader.take("header", header.slice().len())?;
    ether_type(header.ether_type().0, reader, link)
}

/// Steps over VLAN tags to what an `EtherType` announces.
fn ether_type<'a>(mut kind: u16, mut reader: Reader<'a>, link: &mut Link) -> Result<Inner<'a>, Stop> {
    while matches!(kind, 0x8100 | 0x88a8 | 0x9100 | 0x9200) {
        let base = reader.offset();
        let tag = SingleVlanHeaderSlice::from_slice(reader.rest())
            .map_err(|error| too_short("vlan", &error, base))?;
        if !link.vlans.push(tag.vlan_identifier().value()) {
            return Err(Stop::TooDeep(TooDeep::Vlans));
        }
        kind = tag.ether_type().0;
        reader.take("tag", tag.slice().len())?;
    }
    let carried = match kind {
        0x0800 => Carried::Ipv4,
        0x86dd => Carried::Ipv6,
        0x0806 => Carried::Arp,
        0..0x0600 => return Err(Stop::Unrelated(Unrelated::Llc)),
        other => return Err(Stop::Unrelated(Unrelated::EtherType(other))),
    };
    Ok(Inner { carried, bytes: reader.rest(), base: reader.offset() })
}

/// Linux cooked, version 1: packet type, hardware type, address length (2 each), address (8), protocol (2).
fn linux_cooked<'a>(bytes: &'a [u8], link: &mut Link) -> Result<Inner<'a>, Stop> {
    let mut reader = Reader::new("linux cooked", bytes, 0);
    let mut header = reader.part("header", 16)?;
    header.u16("packet type")?;
    let hardware = header.u16("hardware type")?;
    let length = header.u16("address length")?;
    link.src_mac = cooked_mac(length, header.array("address")?);
    cooked_protocol(hardware, header.u16("protocol")?, reader, link)
}

/// Linux cooked, version 2: protocol, reserved (2 each), interface (4), hardware type (2), packet type, address
/// length (1 each), address (8).
fn linux_cooked_2<'a>(bytes: &'a [u8], link: &mut Link) -> Result<Inner<'a>, Stop> {
    let mut reader = Reader::new("linux cooked", bytes, 0);
    let mut header = reader.part("header", 20)?;
    let protocol = header.u16("protocol")?;
    header.take("reserved and interface", 6)?;
    let hardware = header.u16("hardware type")?;
    header.u8("packet type")?;
    let length = header.u8("address length")?;
    link.src_mac = cooked_mac(length.into(), header.array("address")?);
    cooked_protocol(hardware, protocol, reader, link)
}

/// The sender's address, where it is of the length a MAC has.
fn cooked_mac(length: u16, field: [u8; 8]) -> Option<MacAddr> {
    field.first_chunk().filter(|_| length == 6).map(|address| MacAddr(*address))
}

/// The protocol field is an `EtherType` unless the hardware type gives it another meaning.
fn cooked_protocol<'a>(
    hardware: u16,
    protocol: u16,
    reader: Reader<'a>,
    link: &mut Link,
) -> Result<Inner<'a>, Stop> {
    match hardware {
        ARPHRD_NETLINK | ARPHRD_FRAD | ARPHRD_80211_FIRST..=ARPHRD_80211_LAST => {
            Err(Stop::Unrelated(Unrelated::EtherType(protocol)))
        }
        _ => ether_type(protocol, reader, link),
    }
}

/// BSD loopback: an address family, whose number for IPv6 differs from system to system. Some writers put an
/// `EtherType` there instead.
fn loopback<'a>(bytes: &'a [u8], order: fn([u8; 4]) -> u32, link: &mut Link) -> Result<Inner<'a>, Stop> {
    let mut reader = Reader::new("loopback", bytes, 0);
    let family = order(reader.array("address family")?);
    let kind = match family {
        2 => 0x0800,
        10 | 24 | 28 | 30 => 0x86dd,
        0x0600..=0xffff => family,
        other => return Err(Stop::Unrelated(Unrelated::AddressFamily(other))),
    };
    ether_type(u16::try_from(kind).unwrap_or_default(), reader, link)
}

/// A family in the byte order of the machine that captured: families are small numbers, so one order is absurd.
fn either_order(bytes: [u8; 4]) -> u32 {
    u32::from_le_bytes(bytes).min(u32::from_be_bytes(bytes))
}

fn raw(bytes: &[u8]) -> Result<Inner<'_>, Stop> {
    let first = Reader::new("ip", bytes, 0).u8("version")?;
    let carried = match first >> 4 {
        4 => Carried::Ipv4,
        6 => Carried::Ipv6,
        have => {
            let have = have.into();
            return Err(Stop::Malformed(Malformed {
                layer: "ip",
                what: "version",
                offset: 0,
                need: 4,
                have,
            }));
        }
    };
    Ok(Inner { carried, bytes, base: 0 })
}

fn too_short(layer: &'static str, error: &LenError, base: usize) -> Stop {
    let (need, have) = (error.required_len, error.len);
    Stop::Malformed(Malformed { layer, what: "header", offset: base, need, have })
}

const ARPHRD_FRAD: u16 = 770;
const ARPHRD_80211_FIRST: u16 = 801;
const ARPHRD_80211_LAST: u16 = 803;
const ARPHRD_NETLINK: u16 = 824;
