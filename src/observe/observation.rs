//! What an observation is.

use std::net::IpAddr;
use std::time::Duration;

use crate::capture::SeriesId;
use crate::decode::Pieces;
use crate::wire::mac::MacAddr;
use crate::wire::{arp, hsrp, icmp, ike, neighbour};

use super::clear::ClearSlice;
use super::esp::EspSlice;
use super::gateway::HelloRun;
use super::place::{At, Placed, Segment};

/// One thing seen, or several equal ones folded.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// Its first frame.
    pub at: At,
    /// Its segment.
    pub segment: Segment,
    /// What was seen.
    pub kind: Kind,
}

impl From<Placed<EspSlice>> for Observation {
    fn from(Placed { at, segment, what }: Placed<EspSlice>) -> Self {
        Self { at, segment, kind: Kind::Esp(what) }
    }
}

impl From<Placed<HelloRun>> for Observation {
    fn from(Placed { at, segment, what }: Placed<HelloRun>) -> Self {
        Self { at, segment, kind: Kind::Gateway(Box::new(what)) }
    }
}

impl From<Placed<ClearSlice>> for Observation {
    fn from(Placed { at, segment, what }: Placed<ClearSlice>) -> Self {
        Self { at, segment, kind: Kind::Clear(what) }
    }
}

/// What was seen. What is large and rare is boxed.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Hellos of a redundancy protocol, or one coup or resign.
    Gateway(Box<HelloRun>),
    /// HSRP interface state, which names no group.
    HsrpInterface(InterfaceSighting),
    /// ARP.
    Arp(ArpSighting),
    /// Neighbour advertisement.
    Neighbour(NeighbourSighting),
    /// IKE.
    Ike(Box<IkeSighting>),
    /// ESP packets of one SA from one MAC.
    Esp(EspSlice),
    /// Packets in clear of one conversation, from a gateway or to one.
    Clear(ClearSlice),
    /// Destination unreachable.
    Unreachable(UnreachableSighting),
    /// An end complains that fragments never arrived.
    FragmentsLost(FragmentsLost),
    /// A fragment of a UDP datagram.
    Fragment(FragmentSighting),
    /// A UDP datagram is whole whose fragments were told before.
    Joined(FragmentSighting),
    /// The capture's clock was set back by this much: what follows is earlier than what came before.
    ClockSetBack(Duration),
}

/// A fragment of a datagram, or all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FragmentSighting {
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// The datagram's identification.
    pub id: u32,
}

/// An HSRP interface state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceSighting {
    /// The router's own address.
    pub router: IpAddr,
    /// What it says.
    pub message: hsrp::InterfaceMessage,
}

/// An ARP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArpSighting {
    /// Source MAC of the frame.
    pub src_mac: Option<MacAddr>,
    /// Destination MAC of the frame.
    pub dst_mac: Option<MacAddr>,
    /// The message.
    pub packet: arp::Packet,
}

/// A neighbour advertisement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeighbourSighting {
    /// Source MAC of the frame.
    pub src_mac: Option<MacAddr>,
    /// Source address.
    pub src: IpAddr,
    /// The message.
    pub advertisement: neighbour::Advertisement,
}

/// An IKE message as far as the trackers need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IkeSighting {
    /// The series of captures it was seen in, which its segment may share with others.
    pub series: SeriesId,
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// Source and destination port.
    pub ports: (u16, u16),
    /// Source MAC of the frame.
    pub src_mac: Option<MacAddr>,
    /// Destination MAC of the frame.
    pub dst_mac: Option<MacAddr>,
    /// The header.
    pub header: ike::Header,
    /// Types of the payloads in clear, in wire order.
    pub payloads: Vec<ike::PayloadType>,
    /// Notifies in clear, in wire order, with the ESP SPI each names.
    pub notifies: Vec<(ike::NotifyType, Option<u32>)>,
    /// What it was put together from, or is the first piece of.
    pub pieces: Pieces,
    /// Whether this is its first piece alone: what is encrypted and what comes in clear behind the header is not known
    /// yet, and the fingerprint is that of nothing.
    pub part: bool,
    /// What an encrypted message leaves in clear, to be read once the suite of its SA is known.
    pub sealed: Option<ike::Sealed>,
    /// How large messages of the SA become once they are encrypted, where this one names the chosen suite.
    pub envelope: Option<ike::Envelope>,
    /// The hashes of addresses and ports it was sent with.
    pub nat_detection: Option<Box<ike::NatDetection>>,
    /// Known products and capabilities among its vendor IDs, in wire order.
    pub vendors: Vec<&'static str>,
    /// The first proposal, in words.
    pub proposal: Option<String>,
    /// Equal for a message and its retransmissions.
    pub fingerprint: u64,
    /// Whether it could not be read whole.
    pub malformed: bool,
}

/// A destination-unreachable error about IKE or ESP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnreachableSighting {
    /// Who complains.
    pub src: IpAddr,
    /// To whom.
    pub dst: IpAddr,
    /// 4 or 6.
    pub version: u8,
    /// Its code.
    pub code: u8,
    /// The packet it complains about.
    pub quoted: icmp::Quoted,
}

/// An error that says that fragments of IKE or ESP never arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FragmentsLost {
    /// Who waited for them.
    pub src: IpAddr,
    /// The packet they belong to.
    pub quoted: icmp::Quoted,
}
