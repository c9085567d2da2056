//! What a frame turned out to hold.

use std::fmt;
use std::net::IpAddr;

use crate::wire::bytes::Malformed;
use crate::wire::mac::MacAddr;
use crate::wire::{ah, arp, carp, esp, glbp, hsrp, icmp, ike, neighbour, vrrp};

use super::path::{Path, VirtualNetwork};
use super::vlans::Vlans;

/// What a frame turned out to hold.
///
/// Decoding never fails: `message` is what could be read, `stop` why no more could.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The wrappings it came in, where there were any.
    pub path: Option<Path>,
    /// The innermost link layer.
    pub link: Link,
    /// The innermost IP layer, where there is one.
    pub network: Option<Network>,
    /// The outermost AH, where there is one, also beside the message it protects.
    pub ah: Option<Ah>,
    /// Source and destination port of UDP or TCP.
    pub ports: Option<(u16, u16)>,
    /// What the IP layer carries, as captured and without padding, where that is a message other than ESP.
    pub payload: &'a [u8],
    /// The message, where it is one of ours.
    pub message: Option<Message<'a>>,
    /// Why there is no message, or why it is not whole.
    pub stop: Option<Stop>,
    /// What the message was put together from.
    pub pieces: Pieces,
}

impl Packet<'_> {
    /// The same layers up to the innermost IP packet, and nothing in that yet.
    pub(super) fn around<'a>(&self) -> Packet<'a> {
        Packet { path: self.path, link: self.link, network: self.network, ..Packet::default() }
    }
}

impl<'a> Packet<'a> {
    /// Keeps a message, and what stopped its decoder if anything did.
    pub(super) fn keep(&mut self, message: Message<'a>, malformed: Option<Malformed>) -> Result<(), Stop> {
        self.message = Some(message);
        malformed.map_or(Ok(()), |malformed| Err(Stop::Malformed(malformed)))
    }
}

/// The innermost link layer of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Source MAC, where the link type shows one.
    pub src_mac: Option<MacAddr>,
    /// Destination MAC, where the link type shows one.
    pub dst_mac: Option<MacAddr>,
    /// VLAN ids, those of priority tags (0) among them.
    pub vlans: Vlans,
    /// The virtual network it belongs to, where a wrapping around it names one.
    pub network: Option<VirtualNetwork>,
}

/// The innermost IP layer of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// IP protocol after any extension headers.
    pub protocol: u8,
    /// TTL or hop limit.
    pub ttl: u8,
    /// IPv4 identification.
    pub identification: Option<u16>,
    /// Whether the packet is one fragment of several.
    pub fragment: bool,
}

/// An authentication header, with the addresses of the IP layer that carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ah {
    /// SPI and sequence number.
    pub header: ah::Header,
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// Bytes on the wire from the header on, what it protects included.
    pub length: u32,
}

/// A message of one of our protocols.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// HSRP.
    Hsrp(hsrp::Packet),
    /// VRRP.
    Vrrp(vrrp::Advertisement),
    /// GLBP.
    Glbp(glbp::Packet),
    /// CARP.
    Carp(carp::Advertisement),
    /// ARP.
    Arp(arp::Packet),
    /// Neighbour advertisement, which is to IPv6 what an ARP reply is to IPv4.
    Neighbour(neighbour::Advertisement),
    /// IKE.
    Ike(ike::Message<'a>),
    /// A NAT keepalive: one byte 0xff on UDP port 4500.
    NatKeepalive,
    /// ESP.
    Esp {
        /// SPI and sequence number.
        header: esp::Header,
        /// How it travels.
        encapsulation: Encapsulation,
        /// Bytes of the ESP packet on the wire, its header included.
        length: u32,
    },
    /// Destination unreachable.
    Unreachable(icmp::Unreachable),
    /// Fragment reassembly time exceeded: fragments never arrived.
    ReassemblyTimeout(icmp::ReassemblyTimeout),
}

/// How ESP travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Encapsulation {
    /// IP protocol 50.
    Ip,
    /// UDP port 4500 (RFC 3948).
    Udp,
    /// TCP (RFC 9329).
    Tcp,
}

/// Why a frame gave no message, or not all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A link type that is not read here.
    LinkType(u32),
    /// Bytes that contradict themselves.
    Malformed(Malformed),
    /// The capture kept fewer bytes than the frame had (snaplen), and the rest was needed.
    Cut(Malformed),
    /// A fragment of an IP packet.
    Fragment(Fragment),
    /// More layers of one kind than are followed.
    TooDeep(TooDeep),
    /// A segment of a TCP stream that may carry IKE and ESP.
    Segment(Segment),
    /// Nothing this program is about.
    Unrelated(Unrelated),
}

/// A fragment of an IP packet (RFC 791 §3.2, RFC 8200 §4.5): where its bytes lie, and where they belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// Identification, of 16 bits in IPv4 and 32 in IPv6.
    pub id: u32,
    /// Where its bytes belong: so many bytes of the packet's payload come before them.
    pub position: u32,
    /// Whether more fragments follow.
    pub more: bool,
    /// Where its bytes begin, in bytes from the start of the frame.
    pub start: usize,
    /// How many of them were captured.
    pub captured: usize,
    /// How many there were on the wire.
    pub wire_len: usize,
    /// The IKE header that the first fragment shows, where it does.
    pub ike: Option<ike::Header>,
}

/// A segment of a TCP stream: where its data lie, and where they belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Sequence number of the first byte of data, or of the SYN before it.
    pub sequence: u32,
    /// Sequence number of the byte that the sender expects next.
    pub acknowledgment: u32,
    /// Its flags, as in [`tcp::Header`](crate::wire::tcp::Header).
    pub flags: u8,
    /// Where the data begin, in bytes from the start of the frame.
    pub start: usize,
    /// How many bytes of them were captured.
    pub captured: usize,
    /// How many there were on the wire.
    pub wire_len: usize,
}

/// What a message was put together from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pieces {
    /// From nothing: one frame holds it.
    #[default]
    One,
    /// From fragments of an IP packet.
    Fragments {
        /// How many.
        count: u16,
        /// The packet's identification.
        id: u32,
    },
    /// From so many fragments that IKE itself cut a message into.
    IkeFragments(u16),
    /// From the segments of a TCP stream, be it from one.
    Segments,
}

impl From<Malformed> for Stop {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

/// Layers of which a frame has more than are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TooDeep {
    /// VLAN tags: more than [`Vlans::MAX`].
    Vlans,
    /// MPLS labels: more than [`Path::MAX_LABELS`].
    Labels,
    /// Wrappings: more than [`Path::MAX`].
    Wrappings,
}

impl fmt::Display for TooDeep {
    /// `more than 10 VLAN tags`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vlans => write!(f, "more than {} VLAN tags", Vlans::MAX),
            Self::Labels => write!(f, "more than {} MPLS labels", Path::MAX_LABELS),
            Self::Wrappings => write!(f, "more than {} wrappings", Path::MAX),
        }
    }
}

/// What a frame holds that this program is not about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unrelated {
    /// An `EtherType` other than IP, ARP and the wrappings.
    EtherType(u16),
    /// LLC other than SNAP and IP, by its DSAP.
    Llc(u8),
    /// SNAP: organisation and a protocol of it that is no `EtherType`.
    Snap(u32, u16),
    /// A BSD loopback or netfilter frame of an address family other than IP.
    AddressFamily(u32),
    /// A Linux cooked frame of this hardware type, of which no protocol is read.
    Hardware(u16),
    /// A Linux cooked frame of this protocol of Linux's own.
    LinuxProtocol(u16),
    /// A PPP protocol other than IP and MPLS.
    Ppp(u16),
    /// A protocol of Cisco's HDLC other than IP.
    CiscoHdlc(u16),
    /// A frame relay NLPID other than IP, PPP and SNAP.
    FrameRelay(u8),
    /// What is neither IP nor Ethernet behind this innermost MPLS label.
    Mpls(u32),
    /// GRE with a protocol other than IP and the wrappings, or without a payload.
    Gre(u16),
    /// An IP protocol other than ours.
    IpProtocol(u8),
    /// UDP, to or from this lower one of its two ports.
    Udp(u16),
    /// ICMP or `ICMPv6` other than those read here: version, type.
    Icmp(u8, u8),
}
