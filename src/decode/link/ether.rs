//! Ethernet (IEEE 802.3) and what its `EtherType` announces.
//!
//! ```text
//! Ethernet         destination (6), source (6), EtherType or length (2)
//! VLAN tag         priority and id (2), EtherType (2)      0x8100 802.1Q, 0x88a8 802.1ad, 0x9100 and 0x9200 before it
//! VN-Tag           interfaces (4), EtherType (2)           0x8926 Cisco
//! E-tag            port (6), EtherType (2)                 0x893f 802.1BR
//! Cisco MetaData   version, length (1 each), option, SGT (2 each), EtherType (2)   0x8909
//! MACsec           flags, length (1 each), packet number (4), maybe SCI (8), then what it protects   0x88e5 802.1AE
//! I-tag            flags (1), I-SID (3), Ethernet frame    0x88e7 802.1ah
//! ```

use crate::wire::bytes::{Malformed, Reader};
use crate::wire::mac::MacAddr;

use crate::decode::layer::{Carried, Layer};
use crate::decode::packet::{Link, Packet, Stop, TooDeep, Unrelated};
use crate::decode::path::{TunnelId, VirtualNetwork, Wrapping};
use crate::decode::wrapping::pppoe;

use super::isl;

/// Reads an Ethernet header, which begins the innermost link layer so far: on the virtual `network`, if on any.
pub(in crate::decode) fn read<'a>(
    layer: &Layer<'a>,
    network: Option<VirtualNetwork>,
    packet: &mut Packet<'a>,
) -> Result<Layer<'a>, Stop> {
    if isl::is_isl(layer.bytes) {
        return isl::read(layer, network, packet);
    }
    let mut reader = layer.reader("ethernet");
    addresses(&mut reader, HEADER, network, packet)?;
    let kind = reader.u16("type")?;
    Ok(layer.after(&reader, Carried::EtherType(kind)))
}

/// Reads the addresses that an Ethernet header of `header` bytes begins with.
pub(super) fn addresses(
    reader: &mut Reader<'_>,
    header: usize,
    network: Option<VirtualNetwork>,
    packet: &mut Packet<'_>,
) -> Result<(), Stop> {
    reader.clone().take("header", header)?;
    let dst_mac = Some(MacAddr(reader.array("destination")?));
    let src_mac = Some(MacAddr(reader.array("source")?));
    let outer = packet.link.vlans;
    let room = outer.is_empty() || packet.path.get_or_insert_default().push_vlans(outer);
    packet.link = Link { src_mac, dst_mac, network, ..Link::default() };
    if room { Ok(()) } else { Err(Stop::TooDeep(TooDeep::Vlans)) }
}

/// Whether an `EtherType` announces more than a look settles: ARP, a length, and all that wraps something else.
#[inline]
pub(in crate::decode) const fn is_read_closely(kind: u16) -> bool {
    matches!(
        kind,
        0..0x0600
            | ARP
            | PPP
            | MPLS
            | MPLS_UPSTREAM
            | PPPOE
            | VLAN
            | SERVICE_VLAN
            | OLD_VLAN
            | OLDER_VLAN
            | VN_TAG
            | E_TAG
            | METADATA
            | MACSEC
            | I_TAG
    )
}

/// Steps over tags to what an `EtherType` announces.
pub(in crate::decode) fn announced_by<'a>(
    mut kind: u16,
    layer: &Layer<'a>,
    packet: &mut Packet<'a>,
) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("ethernet");
    while let Some(next) = tag(kind, &mut reader, packet)? {
        kind = next;
    }
    let rest = |carried| layer.after(&reader, carried);
    match kind {
        IPV4 => Ok(rest(Carried::Ipv4)),
        IPV6 => Ok(rest(Carried::Ipv6)),
        ARP => Ok(rest(Carried::Arp)),
        PPP => Ok(rest(Carried::Ppp)),
        MPLS | MPLS_UPSTREAM => Ok(rest(Carried::Mpls)),
        PPPOE => pppoe::read(&rest(Carried::Ppp), packet),
        I_TAG => backbone(layer, reader, packet),
        0..=MAX_LENGTH => Ok(rest(Carried::Llc).within(kind.into())),
        other => Err(Stop::Unrelated(Unrelated::EtherType(other))),
    }
}

/// Reads a tag and gives the `EtherType` behind it; none where `kind` announces no tag.
fn tag(kind: u16, reader: &mut Reader<'_>, packet: &mut Packet<'_>) -> Result<Option<u16>, Stop> {
    let name = |name| Reader::new(name, reader.rest(), reader.offset());
    let mut header = match kind {
        VLAN | SERVICE_VLAN | OLD_VLAN | OLDER_VLAN => name("vlan").part("header", 4)?,
        VN_TAG => name("vn-tag").part("header", 6)?,
        E_TAG => name("e-tag").part("header", 8)?,
        METADATA => name("cisco metadata").part("header", 8)?,
        MACSEC => match macsec(name("macsec"))? {
            Some(header) => header,
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    let len = header.remaining();
    if matches!(kind, VLAN | SERVICE_VLAN | OLD_VLAN | OLDER_VLAN)
        && !packet.link.vlans.push(header.u16("id")?)
    {
        return Err(Stop::TooDeep(TooDeep::Vlans));
    }
    header.take("tag", header.remaining().saturating_sub(2))?;
    reader.take("tag", len)?;
    Ok(Some(header.u16("type")?))
}

/// The header of `MACsec` and the type behind it; none where what is protected is encrypted, or changed otherwise.
fn macsec(mut reader: Reader<'_>) -> Result<Option<Reader<'_>>, Malformed> {
    let flags = reader.clone().u8("flags")?;
    if flags & (NEW_VERSION | ENCRYPTED | CHANGED) != 0 {
        return Ok(None);
    }
    let sci = if flags & HAS_SCI == 0 { 0 } else { 8 };
    reader.part("header", 6 + sci + 2).map(Some)
}

fn backbone<'a>(
    layer: &Layer<'a>,
    mut reader: Reader<'a>,
    packet: &mut Packet<'a>,
) -> Result<Layer<'a>, Stop> {
    let instance = reader.u32("I-tag")? & 0x00ff_ffff;
    packet.wrap(Wrapping::BackboneBridge, Some(TunnelId::ServiceInstance(instance)))?;
    Ok(layer.after(&reader, Carried::Ethernet(Some(VirtualNetwork::ServiceInstance(instance)))))
}

/// The longest payload that a length field announces: greater values are `EtherType`s, or nothing.
const MAX_LENGTH: u16 = 1500;
/// Bytes of an untagged header.
const HEADER: usize = 14;

const IPV4: u16 = 0x0800;
const ARP: u16 = 0x0806;
const VLAN: u16 = 0x8100;
const IPV6: u16 = 0x86dd;
const PPP: u16 = 0x880b;
const MPLS: u16 = 0x8847;
const MPLS_UPSTREAM: u16 = 0x8848;
const PPPOE: u16 = 0x8864;
const SERVICE_VLAN: u16 = 0x88a8;
const MACSEC: u16 = 0x88e5;
const I_TAG: u16 = 0x88e7;
const METADATA: u16 = 0x8909;
const VN_TAG: u16 = 0x8926;
const E_TAG: u16 = 0x893f;
const OLD_VLAN: u16 = 0x9100;
const OLDER_VLAN: u16 = 0x9200;

const NEW_VERSION: u8 = 0x80;
const HAS_SCI: u8 = 0x20;
const ENCRYPTED: u8 = 0x08;
const CHANGED: u8 = 0x04;
