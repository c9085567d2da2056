//! VXLAN (RFC 7348), UDP ports 4789 and 8472, with the group policy extension; VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe),
//! UDP port 4790.
//!
//! ```text
//! VXLAN       G I (0x80, 0x08), reserved or with G group policy (3 bytes), VNI (3), reserved (1)
//! VXLAN-GPE   version (2 bits: 0), I (0x08), P (0x04), …, reserved (2 bytes), next protocol (1), VNI (3), reserved (1)
//! ```

use crate::decode::layer::{Carried, Layer};
use crate::decode::packet::{Packet, Stop};
use crate::decode::path::{TunnelId, VirtualNetwork, Wrapping};

/// Reads a VXLAN header; none where it is something else.
pub(super) fn read<'a>(layer: &Layer<'a>, packet: &mut Packet<'a>) -> Result<Option<Layer<'a>>, Stop> {
    let Some((flags, network, mut rest)) = header("vxlan", layer)? else { return Ok(None) };
    let has_policy = flags & !POLICY == GROUP_POLICY | HAS_NETWORK;
    if flags != HAS_NETWORK && !has_policy {
        return Ok(None);
    }
    packet.wrap(Wrapping::Vxlan, Some(TunnelId::Vni(network)))?;
    rest.carried = Carried::Ethernet(Some(VirtualNetwork::Vni(network)));
    Ok(Some(rest))
}

/// Reads a VXLAN-GPE header; none where it is something else.
pub(super) fn read_gpe<'a>(layer: &Layer<'a>, packet: &mut Packet<'a>) -> Result<Option<Layer<'a>>, Stop> {
    let Some((flags, network, mut rest)) = header("vxlan-gpe", layer)? else { return Ok(None) };
    rest.carried = match flags & !(HAS_NETWORK | ANY_GPE) {
        // Without a next protocol it is VXLAN.
        0 if flags & HAS_NEXT == 0 => Carried::Ethernet(Some(VirtualNetwork::Vni(network))),
        1 => Carried::Ipv4,
        2 => Carried::Ipv6,
        3 => Carried::Ethernet(Some(VirtualNetwork::Vni(network))),
        5 => Carried::Mpls,
        _ => return Ok(None),
    };
    packet.wrap(Wrapping::VxlanGpe, Some(TunnelId::Vni(network)))?;
    Ok(Some(rest))
}

/// The first word and the network of a header that has one.
fn header<'a>(name: &'static str, layer: &Layer<'a>) -> Result<Option<(u32, u32, Layer<'a>)>, Stop> {
    if layer.wire_len() < HEADER {
        return Ok(None);
    }
    let mut reader = layer.reader(name);
    let mut header = reader.part("header", HEADER)?;
    let flags = header.u32("flags")?;
    let [high, middle, low, reserved] = header.array("VNI")?;
    let is_one = flags & HAS_NETWORK != 0 && reserved == 0;
    let network = u32::from_be_bytes([0, high, middle, low]);
    Ok(is_one.then(|| (flags, network, layer.after(&reader, Carried::Ip))))
}

const HEADER: usize = 8;

/// Bits of the first word.
const GROUP_POLICY: u32 = 0x8000_0000;
const HAS_NETWORK: u32 = 0x0800_0000;
/// What group policy puts into the reserved field: two flags and the policy's id.
const POLICY: u32 = 0x0048_ffff;
/// Bits of GPE that leave the meaning as it is: a next protocol follows, replication, operations.
const HAS_NEXT: u32 = 0x0400_0000;
const ANY_GPE: u32 = 0x0700_0000;
