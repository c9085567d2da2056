//! GRE (RFC 2784, RFC 2890, the routing of RFC 1701), and what is told by it alone: NVGRE (RFC 7637), ERSPAN, packets
//! redirected by WCCP, PPTP (RFC 2637). IP protocol 47.
//!
//! ```text
//! C R K S s, recursion (3 bits), A, flags (4), version (3), protocol (2)
//! C or R   checksum (2), offset (2)
//! K        key (4): of NVGRE virtual subnet (3), flow (1); of version 1 payload length (2), call (2)
//! S        sequence number (4)
//! A        acknowledgement (4), version 1 alone
//! R        family (2), offset (1), length (1), route; the last one is all 0
//! ```

use crate::wire::bytes::{Malformed, Reader};

use crate::decode::layer::{Carried, Layer};
use crate::decode::packet::{Packet, Stop, Unrelated};
use crate::decode::path::{TunnelId, VirtualNetwork, Wrapping};

use super::erspan;

/// Reads a GRE header.
pub(super) fn read<'a>(layer: &Layer<'a>, packet: &mut Packet<'a>) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("gre");
    let flags = reader.u16("flags")?;
    let protocol = reader.u16("protocol")?;
    match flags & VERSION {
        0 => plain(flags, protocol, layer, reader, packet),
        1 => enhanced(flags, protocol, layer, reader, packet),
        _ => Err(Stop::Unrelated(Unrelated::Gre(protocol))),
    }
}

fn plain<'a>(
    flags: u16,
    protocol: u16,
    layer: &Layer<'a>,
    mut reader: Reader<'a>,
    packet: &mut Packet<'a>,
) -> Result<Layer<'a>, Stop> {
    if flags & (CHECKSUM | ROUTING) != 0 {
        reader.take("checksum and offset", 4)?;
    }
    let key = if flags & KEY == 0 { None } else { Some(reader.u32("key")?) };
    if flags & SEQUENCE != 0 {
        reader.take("sequence number", 4)?;
    }
    if flags & ROUTING != 0 {
        skip_routes(&mut reader)?;
    }
    let rest = layer.after(&reader, Carried::Ip);
    // A keepalive has no payload.
    if rest.wire_len() == 0 {
        return Err(Stop::Unrelated(Unrelated::Gre(protocol)));
    }
    match (protocol, key.and_then(|key| subnet(flags, key))) {
        (ERSPAN, _) if flags & SEQUENCE == 0 => erspan::type_1(&rest, packet),
        (ERSPAN | ERSPAN_3, _) => erspan::read(protocol, &rest, packet),
        (BRIDGED, Some(subnet)) => {
            packet.wrap(Wrapping::Nvgre, Some(TunnelId::Vsid(subnet)))?;
            Ok(Layer { carried: Carried::Ethernet(Some(VirtualNetwork::Vsid(subnet))), ..rest })
        }
        (WCCP, _) => redirected(rest, packet),
        _ => {
            let protocol = if protocol == METADATA { behind_metadata(&mut reader)? } else { protocol };
            let carried = carried_by(protocol)?;
            packet.wrap(Wrapping::Gre, key.map(TunnelId::GreKey))?;
            Ok(layer.after(&reader, carried))
        }
    }
}

/// The virtual subnet that a key names, if it is one of NVGRE. A key with nothing but a few upper bits is none: mirrors
/// of `VMware` tell the directions of a port by them.
const fn subnet(flags: u16, key: u32) -> Option<u32> {
    let is_one = flags & (CHECKSUM | SEQUENCE) == 0 && key >> 8 != 0 && key & 0x00ff_ffff != 0;
    if is_one { Some(key >> 8) } else { None }
}

/// Cisco `MetaData` in GRE: protocol (2), version, length (1 each), option, group (2 each). Gives the protocol.
fn behind_metadata(reader: &mut Reader<'_>) -> Result<u16, Malformed> {
    reader.part("metadata", 8)?.u16("protocol")
}

/// Reads what this protocol announces where the header itself is gone.
pub(in crate::decode) fn announced_by<'a>(
    protocol: u16,
    layer: &Layer<'a>,
    packet: &mut Packet<'a>,
) -> Result<Layer<'a>, Stop> {
    match protocol {
        ERSPAN => erspan::type_1(layer, packet),
        WCCP => redirected(*layer, packet),
        _ => Ok(Layer { carried: carried_by(protocol)?, ..*layer }),
    }
}

fn carried_by(protocol: u16) -> Result<Carried, Stop> {
    match protocol {
        IPV4 => Ok(Carried::Ipv4),
        IPV6 => Ok(Carried::Ipv6),
        BRIDGED => Ok(Carried::Ethernet(None)),
        PPP => Ok(Carried::Ppp),
        ARP | MPLS | MPLS_UPSTREAM | VLAN | SERVICE_VLAN => Ok(Carried::EtherType(protocol)),
        other => Err(Stop::Unrelated(Unrelated::Gre(other))),
    }
}

/// Version 1: PPP of one call. A packet without a sequence number has no payload.
fn enhanced<'a>(
    flags: u16,
    protocol: u16,
    layer: &Layer<'a>,
    mut reader: Reader<'a>,
    packet: &mut Packet<'a>,
) -> Result<Layer<'a>, Stop> {
    if protocol != PPP || flags & SEQUENCE == 0 {
        return Err(Stop::Unrelated(Unrelated::Gre(protocol)));
    }
    let length_field = reader.clone();
    let length = reader.u16("payload length")?;
    if length == 0 {
        return Err(Malformed { have: 0, ..length_field.malformed("payload length", 1) }.into());
    }
    let call = reader.u16("call")?;
    reader.take("sequence number", 4)?;
    if flags & ACKNOWLEDGEMENT != 0 {
        reader.take("acknowledgement", 4)?;
    }
    packet.wrap(Wrapping::Pptp, Some(TunnelId::PptpCall(call)))?;
    Ok(layer.after(&reader, Carried::Ppp).within(length.into()))
}

/// Version 2 of WCCP puts four bytes in front of the IPv4 packet.
fn redirected<'a>(layer: Layer<'a>, packet: &mut Packet<'a>) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("wccp");
    if reader.clone().u8("redirect header")? != IPV4_START {
        reader.take("redirect header", 4)?;
    }
    packet.wrap(Wrapping::Wccp, None)?;
    Ok(layer.after(&reader, Carried::Ipv4))
}

fn skip_routes(reader: &mut Reader<'_>) -> Result<(), Malformed> {
    loop {
        let mut route = reader.part("route", 4)?;
        let family = route.u16("family")?;
        route.u8("offset")?;
        let length = route.u8("length")?;
        if (family, length) == (0, 0) {
            return Ok(());
        }
        reader.take("route", length.into())?;
    }
}

const CHECKSUM: u16 = 0x8000;
const ROUTING: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
const ACKNOWLEDGEMENT: u16 = 0x0080;
const VERSION: u16 = 0x0007;

const IPV4: u16 = 0x0800;
const ARP: u16 = 0x0806;
const ERSPAN_3: u16 = 0x22eb;
const BRIDGED: u16 = 0x6558;
const VLAN: u16 = 0x8100;
const IPV6: u16 = 0x86dd;
const PPP: u16 = 0x880b;
const WCCP: u16 = 0x883e;
const MPLS: u16 = 0x8847;
const MPLS_UPSTREAM: u16 = 0x8848;
const SERVICE_VLAN: u16 = 0x88a8;
const ERSPAN: u16 = 0x88be;
const METADATA: u16 = 0x8909;

/// Version 4, no options: with what an IPv4 packet begins that is not redirected by version 2.
const IPV4_START: u8 = 0x45;
