//! Wrappings: headers that make one packet the payload of another, one file each.
//!
//! Each reads its header and says what lies behind it. A tunnel over UDP is told by its port and by a header that can be
//! nothing else; where that is in doubt, the datagram is one of another protocol and stays unread.

mod erspan;
mod ether_ip;
mod geneve;
pub(super) mod gre;
mod gtp;
mod l2tp;
mod mpls;
pub(super) mod pppoe;
mod tzsp;
mod vxlan;

pub(super) use mpls::read as mpls;

use super::layer::{Carried, Layer};
use super::network::Payload;
use super::packet::{Packet, Stop, TooDeep};
use super::path::{TunnelId, Wrapping};

impl Packet<'_> {
    /// Notes that what comes next is wrapped. What is known of the packet around it becomes part of the path.
    pub(super) fn wrap(&mut self, wrapping: Wrapping, id: Option<TunnelId>) -> Result<(), Stop> {
        let endpoints = self.network.map(|network| (network.src, network.dst));
        if !self.path.get_or_insert_default().push(wrapping, id, endpoints) {
            return Err(Stop::TooDeep(TooDeep::Wrappings));
        }
        self.network = None;
        self.ports = None;
        Ok(())
    }
}

/// Whether an IP packet of this protocol is a wrapping.
#[inline]
pub(super) const fn is_protocol(protocol: u8) -> bool {
    matches!(protocol, IPV4 | IPV6 | GRE | IP_IN_IP | ETHER_IP | MPLS | ETHERNET)
}

/// Whether a datagram from and to these ports may be a wrapping.
#[inline]
pub(super) const fn is_port((src, dst): (u16, u16)) -> bool {
    matches!(dst, GTP | VXLAN | VXLAN_GPE | GENEVE | MPLS_IN_UDP | OLD_VXLAN | TZSP | L2TP) || src == L2TP
}

/// Reads a wrapping that is an IP protocol.
pub(super) fn in_ip<'a>(payload: &Payload<'a>, packet: &mut Packet<'a>) -> Result<Layer<'a>, Stop> {
    let layer = carried_by(payload);
    let carried = match payload.network.protocol {
        GRE => return gre::read(&layer, packet),
        ETHER_IP => return ether_ip::read(&layer, packet),
        MPLS => return Ok(Layer { carried: Carried::Mpls, ..layer }),
        ETHERNET => {
            packet.wrap(Wrapping::EtherIp, None)?;
            return Ok(Layer { carried: Carried::Ethernet(None), ..layer });
        }
        IPV4 => Carried::Ipv4,
        IPV6 => Carried::Ipv6,
        _ => Carried::Ip,
    };
    packet.wrap(Wrapping::IpInIp, None)?;
    Ok(Layer { carried, ..layer })
}

/// Reads a wrapping that travels over UDP; none where the datagram is something else.
pub(super) fn in_udp<'a>(
    (src, dst): (u16, u16),
    datagram: &Payload<'a>,
    packet: &mut Packet<'a>,
) -> Result<Option<Layer<'a>>, Stop> {
    let layer = carried_by(datagram);
    match dst {
        VXLAN | OLD_VXLAN => vxlan::read(&layer, packet),
        VXLAN_GPE => vxlan::read_gpe(&layer, packet),
        GENEVE => geneve::read(&layer, packet),
        GTP => gtp::read(&layer, packet),
        TZSP => tzsp::read(&layer, packet),
        MPLS_IN_UDP => Ok(Some(Layer { carried: Carried::Mpls, ..layer })),
        L2TP => l2tp::read(&layer, packet),
        _ if src == L2TP => l2tp::read(&layer, packet),
        _ => Ok(None),
    }
}

fn carried_by<'a>(payload: &Payload<'a>) -> Layer<'a> {
    let &Payload { bytes, base, wire_len, .. } = payload;
    Layer { carried: Carried::Ip, bytes, base, end: base.saturating_add(wire_len), truncated: false }
}

/// IP protocols.
const IPV4: u8 = 4;
const IPV6: u8 = 41;
const GRE: u8 = 47;
const IP_IN_IP: u8 = 94;
const ETHER_IP: u8 = 97;
const MPLS: u8 = 137;
const ETHERNET: u8 = 143;

/// UDP ports.
const L2TP: u16 = 1701;
const GTP: u16 = 2152;
const VXLAN: u16 = 4789;
const VXLAN_GPE: u16 = 4790;
const GENEVE: u16 = 6081;
const MPLS_IN_UDP: u16 = 6635;
/// What Linux used before the port was assigned.
const OLD_VXLAN: u16 = 8472;
const TZSP: u16 = 37_008;
