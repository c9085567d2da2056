//! A cheap look at a frame, which settles most of them: ESP, and what this program is not about.
//!
//! It reads `EtherType`, IP protocol and ports of IPv4 and IPv6 on Ethernet with at most one VLAN tag, where nothing is
//! odd: no fragment, no extension header, no length that disagrees with what was captured. All else needs a closer
//! look. Where it gives a packet, [`decode_closely`](super::decode_closely) gives the same.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::capture::{Frame, LinkType};
use crate::wire::ah;
use crate::wire::mac::MacAddr;
use crate::wire::{esp, glbp, hsrp, ike, nat_t, tcp, vrrp};

use super::link::ether;
use super::options::Options;
use super::packet::{Encapsulation, Link, Message, Network, Packet, Pieces, Stop, Unrelated};
use super::tcp::may_be_ours;
use super::vlans::Vlans;
use super::wrapping;

/// What a look at a few fields settles of a frame: all that is ever read of it.
#[derive(Clone, Copy, Debug)]
pub struct Glimpse {
    /// Destination MAC.
    pub dst_mac: MacAddr,
    /// Source MAC.
    pub src_mac: MacAddr,
    /// The VLAN id of its tag, where it has one.
    pub vlan: Option<u16>,
    /// Its IP layer, where it has one that was looked at.
    pub network: Option<Network>,
    /// Source and destination port of UDP or TCP.
    pub ports: Option<(u16, u16)>,
    /// What it holds.
    pub content: Content,
}

/// What a frame holds that a glance settles.
#[derive(Clone, Copy, Debug)]
pub enum Content {
    /// ESP.
    Esp {
        /// SPI and sequence number.
        header: esp::Header,
        /// How it travels.
        encapsulation: Encapsulation,
        /// Bytes of the ESP packet on the wire, its header included.
        length: u16,
    },
    /// Nothing this program is about.
    Unrelated(Unrelated),
}

/// The packet, where a look at a few fields settles what it is; `None` where it takes a closer one.
#[inline]
pub fn glance<'a>(frame: &Frame<'a>) -> Option<Packet<'a>> {
    glance_with(frame, &Options::NONE)
}

/// The same with these options.
#[inline]
pub fn glance_with<'a>(frame: &Frame<'a>, options: &Options) -> Option<Packet<'a>> {
    glimpse(frame.bytes, frame.link_type, options).map(Glimpse::packet)
}

/// The same look; what it shows, before it is put together as a packet.
#[inline]
pub fn glimpse(frame: &[u8], link_type: LinkType, options: &Options) -> Option<Glimpse> {
    if link_type != LinkType::ETHERNET {
        return None;
    }
    let (addresses, rest) = frame.split_first_chunk::<12>()?;
    let [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5] = *addresses;
    let (kind, mut rest) = ether_type(rest)?;
    let mut vlan = None;
    let kind = if kind == VLAN {
        let (id, tagged) = ether_type(rest)?;
        vlan = Some(id & 0x0fff);
        let (kind, inner) = ether_type(tagged)?;
        rest = inner;
        kind
    } else {
        kind
    };
    let Sight { network, ports, content } = match kind {
        IPV4 => ipv4(rest, options)?,
        IPV6 => ipv6(rest, options)?,
        kind if ether::is_read_closely(kind) => return None,
        other => {
            Sight { network: None, ports: None, content: Content::Unrelated(Unrelated::EtherType(other)) }
        }
    };
    let (src_mac, dst_mac) = (MacAddr([s0, s1, s2, s3, s4, s5]), MacAddr([d0, d1, d2, d3, d4, d5]));
    Some(Glimpse { dst_mac, src_mac, vlan, network, ports, content })
}

impl Glimpse {
    /// As a packet.
    #[inline]
    fn packet<'a>(self) -> Packet<'a> {
        let Self { network, ports, content, .. } = self;
        let (message, stop) = match content {
            Content::Esp { header, encapsulation, length } => {
                (Some(Message::Esp { header, encapsulation, length: length.into() }), None)
            }
            Content::Unrelated(kind) => (None, Some(Stop::Unrelated(kind))),
        };
        Packet {
            path: None,
            link: self.link(),
            network,
            ah: None,
            ports,
            payload: &[],
            message,
            stop,
            pieces: Pieces::One,
        }
    }

    /// Its link layer.
    #[inline]
    fn link(&self) -> Link {
        let mut vlans = Vlans::default();
        if let Some(id) = self.vlan {
            vlans.push(id);
        }
        Link { src_mac: Some(self.src_mac), dst_mac: Some(self.dst_mac), vlans, network: None }
    }
}

/// What a frame holds above its link layer.
struct Sight {
    network: Option<Network>,
    ports: Option<(u16, u16)>,
    content: Content,
}

#[inline]
fn ether_type(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (field, rest) = bytes.split_first_chunk::<2>()?;
    Some((u16::from_be_bytes(*field), rest))
}

#[inline]
fn ipv4(bytes: &[u8], options: &Options) -> Option<Sight> {
    let (header, rest) = bytes.split_first_chunk::<20>()?;
    let [version, _, len0, len1, id0, id1, flags, low, ttl, protocol, _, _, s0, s1, s2, s3, d0, d1, d2, d3] =
        *header;
    // Version 4 without options, and neither an offset nor more fragments to come.
    if version != 0x45 || flags & 0x3f != 0 || low != 0 || matches!(protocol, ICMP | ah::PROTOCOL) {
        return None;
    }
    let length = usize::from(u16::from_be_bytes([len0, len1])).checked_sub(header.len())?;
    let (ports, content) = payload(protocol, rest, length, options)?;
    let network = Network {
        src: IpAddr::V4(Ipv4Addr::new(s0, s1, s2, s3)),
        dst: IpAddr::V4(Ipv4Addr::new(d0, d1, d2, d3)),
        protocol,
        ttl,
        identification: Some(u16::from_be_bytes([id0, id1])),
        fragment: false,
    };
    Some(Sight { network: Some(network), ports, content })
}

fn ipv6(bytes: &[u8], options: &Options) -> Option<Sight> {
    let (fixed, rest) = bytes.split_first_chunk::<8>()?;
    let [version, _, _, _, len0, len1, protocol, ttl] = *fixed;
    let (src, rest) = rest.split_first_chunk::<16>()?;
    let (dst, rest) = rest.split_first_chunk::<16>()?;
    let length = usize::from(u16::from_be_bytes([len0, len1]));
    let is_header =
        matches!(protocol, HOP_BY_HOP | ROUTING | FRAGMENT | DESTINATION | ah::PROTOCOL | ICMP_V6);
    if version >> 4 != 6 || length == 0 || is_header {
        return None;
    }
    let (ports, content) = payload(protocol, rest, length, options)?;
    let network = Network {
        src: IpAddr::V6(Ipv6Addr::from(*src)),
        dst: IpAddr::V6(Ipv6Addr::from(*dst)),
        protocol,
        ttl,
        identification: None,
        fragment: false,
    };
    Some(Sight { network: Some(network), ports, content })
}

/// Settles an IP payload of which `rest` was captured and that is `length` bytes long.
#[inline]
fn payload(
    protocol: u8,
    rest: &[u8],
    length: usize,
    options: &Options,
) -> Option<(Option<(u16, u16)>, Content)> {
    let rest = rest.get(..length).unwrap_or(rest);
    match protocol {
        esp::PROTOCOL => Some((None, esp_content(rest, length, Encapsulation::Ip)?)),
        UDP => {
            let (ports, content) = udp(rest, length, options)?;
            Some((Some(ports), content))
        }
        tcp::PROTOCOL if may_be_ours(rest, options) => None,
        tcp::PROTOCOL => Some((tcp::ports(rest), Content::Unrelated(Unrelated::IpProtocol(protocol)))),
        // Each version's own ICMP alone is read.
        ICMP | ICMP_V6 | vrrp::PROTOCOL => None,
        other if wrapping::is_protocol(other) => None,
        other => Some((None, Content::Unrelated(Unrelated::IpProtocol(other)))),
    }
}

/// Settles a UDP datagram of which `bytes` were captured, in an IP payload of this length.
#[inline]
pub(super) fn udp(bytes: &[u8], ip_length: usize, options: &Options) -> Option<((u16, u16), Content)> {
    let (ports, rest) = bytes.split_first_chunk::<4>()?;
    let [s0, s1, d0, d1] = *ports;
    let (src, dst) = (u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]));
    let is_on = |port| src == port || dst == port;
    let known = [hsrp::PORT, hsrp::PORT_V6, glbp::PORT, ike::PORT, ike::GROUP_PORT];
    if known.into_iter().any(is_on) || wrapping::is_port((src, dst)) || options.adds((src, dst)) {
        return None;
    }
    let unrelated = Content::Unrelated(Unrelated::Udp(src.min(dst)));
    let Some(([len0, len1, _, _], payload)) = rest.split_first_chunk::<4>() else {
        return if is_on(nat_t::PORT) { None } else { Some(((src, dst), unrelated)) };
    };
    if !is_on(nat_t::PORT) {
        // IKE shows on any port; its length must be that of the datagram.
        let claimed = usize::from(u16::from_be_bytes([*len0, *len1])).checked_sub(8);
        let payload = claimed.and_then(|claimed| payload.get(..claimed)).unwrap_or(payload);
        let marked = payload.get(nat_t::MARKER_LEN..).unwrap_or_default();
        let may_be_ike = ike::may_be_ike(payload) || ike::may_be_ike(marked);
        return if may_be_ike { None } else { Some(((src, dst), unrelated)) };
    }
    let length = usize::from(u16::from_be_bytes([*len0, *len1])).checked_sub(8)?;
    if length + 8 > ip_length {
        return None;
    }
    let payload = payload.get(..length).unwrap_or(payload);
    Some(((src, dst), esp_content(payload, length, Encapsulation::Udp)?))
}

/// ESP of `length` bytes on the wire, unless its header is not whole or its SPI is 0.
#[inline]
fn esp_content(bytes: &[u8], length: usize, encapsulation: Encapsulation) -> Option<Content> {
    let header = esp::Header::parse(bytes, 0).ok()?;
    let length = u16::try_from(length).ok()?;
    Some(Content::Esp { header, encapsulation, length })
}

pub(super) const IPV4: u16 = 0x0800;
const VLAN: u16 = 0x8100;
const IPV6: u16 = 0x86dd;

const HOP_BY_HOP: u8 = 0;
const ICMP: u8 = 1;
pub(super) const UDP: u8 = 17;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const ICMP_V6: u8 = 58;
const DESTINATION: u8 = 60;
