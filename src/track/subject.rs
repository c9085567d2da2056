//! What events are about: gateway groups and tunnels.

use std::fmt;
use std::net::IpAddr;

use crate::observe::{GroupName, Segment};

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A gateway group.
    Group(GroupKey),
    /// A tunnel.
    Tunnel(Tunnel),
}

/// The identity of a gateway group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey {
    /// Where it lives.
    pub segment: Segment,
    /// Its protocol, address family and number.
    pub name: GroupName,
    /// Which of several groups of this number with different virtual addresses, in order of first message: several
    /// VLANs look so where a mirror port strips the tags. Not part of the name.
    pub instance: u8,
}

/// A pair of IPsec endpoints, the gateway's side first as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tunnel {
    /// The end on the gateway's side.
    pub local: IpAddr,
    /// The far end.
    pub peer: IpAddr,
}

/// Why the active router changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The new active router sent a Coup.
    Coup,
    /// The old active router resigned.
    Resign,
    /// The old active router gave the role up with priority 0 (VRRP).
    PriorityZero,
    /// The old active router was silent for its hold time.
    HoldExpiry,
    /// The new active router took the role from a living one, in a protocol that has no Coup.
    Preempt,
    /// None of these was seen.
    Unknown,
}

/// Which way ESP flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the gateway's side to the peer.
    Outbound,
    /// From the peer to the gateway's side.
    Inbound,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(group) => group.fmt(f),
            Self::Tunnel(tunnel) => tunnel.fmt(f),
        }
    }
}

impl fmt::Display for GroupKey {
    /// `hsrp/10`, `hsrp/10@vlan100`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name, self.segment)
    }
}

impl fmt::Display for Tunnel {
    /// `192.0.2.1<>198.51.100.9`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}<>{}", self.local, self.peer)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Coup => "coup",
            Self::Resign => "resign",
            Self::PriorityZero => "priority-zero",
            Self::HoldExpiry => "hold-expiry",
            Self::Preempt => "preempt",
            Self::Unknown => "unknown",
        })
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Outbound => "outbound",
            Self::Inbound => "inbound",
        })
    }
}
