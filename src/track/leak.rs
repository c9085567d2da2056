//! Traffic that left a gateway in clear just after a tunnel of it fell silent: the fact that a rule phrases.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use crate::observe::At;
use crate::wire::mac::MacAddr;

use super::change::Change;
use super::outage::Failover;
use super::subject::{GroupKey, Tunnel};

/// Traffic in clear from a router, through the next hop of tunnels that had just fallen silent, to where nothing had
/// gone in clear before.
#[derive(Clone, Debug, PartialEq)]
pub struct Leak {
    /// The gateway group of the router.
    pub group: GroupKey,
    /// The router.
    pub router: IpAddr,
    /// What happened before.
    pub trigger: Trigger,
    /// The tunnels that it may belong to, in order of their peers: at least one.
    pub tunnels: Vec<SilentTunnel>,
    /// The conversations, in order of first packet: at least one, and at most [`Leak::FLOWS`].
    pub flows: Vec<ClearFlow>,
    /// How many conversations there are, those beyond the ones told among them.
    pub conversations: u64,
    /// How many packets they have together.
    pub packets: u64,
    /// The first packet in clear between other private addresses, where the routers forwarded such ones before.
    pub other_clear: Option<At>,
    /// For how long the group was seen before its tunnels fell silent.
    pub seen_before: Duration,
}

/// After what traffic left in clear.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// The router took the active role over.
    Failover(Failover),
    /// The router, which was active and stayed so, changed settings of the group.
    Change(Change),
}

/// A tunnel that sent ESP until shortly before, and none while traffic left in clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SilentTunnel {
    /// Which.
    pub tunnel: Tunnel,
    /// Its last ESP from the gateway's side before.
    pub last: At,
    /// Its first ESP from the router afterwards, where there was any.
    pub resumed: Option<At>,
}

/// Packets in clear of one conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClearFlow {
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// IP protocol.
    pub protocol: u8,
    /// Source and destination port of the first packet, where that shows them.
    pub ports: Option<(u16, u16)>,
    /// Whether both addresses are private (RFC 1918, RFC 4193).
    pub is_private: bool,
    /// MACs of the router and of the next hop.
    pub macs: (MacAddr, MacAddr),
    /// The first packet.
    pub first: At,
    /// The last packet.
    pub last: At,
    /// How many packets.
    pub packets: u64,
}

impl Leak {
    /// How many conversations are told one by one.
    pub const FLOWS: usize = 8;
}

impl Trigger {
    /// When it happened.
    pub const fn at(&self) -> At {
        match self {
            Self::Failover(failover) => failover.at,
            Self::Change(change) => change.at,
        }
    }
}

impl fmt::Display for ClearFlow {
    /// `10.1.0.10 to 10.2.0.10 (ICMP)`, `10.1.0.10 to 10.2.0.10 (TCP, port 49152 to 443)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {} (", self.src, self.dst)?;
        match self.protocol {
            1 => f.write_str("ICMP")?,
            6 => f.write_str("TCP")?,
            17 => f.write_str("UDP")?,
            47 => f.write_str("GRE")?,
            58 => f.write_str("ICMPv6")?,
            132 => f.write_str("SCTP")?,
            other => write!(f, "IP protocol {other}")?,
        }
        match self.ports {
            Some((src, dst)) => write!(f, ", port {src} to {dst})"),
            None => f.write_str(")"),
        }
    }
}
