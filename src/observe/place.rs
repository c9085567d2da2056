//! Where and when something was seen, and what an SA is known by.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;

use crate::capture::{CaptureId, FrameNumber, SeriesId};
use crate::decode::{Link, VirtualNetwork, Vlans};
use crate::time::Timestamp;

/// Where and when something was seen: the order of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At {
    /// Capture time.
    pub time: Timestamp,
    /// Which capture.
    pub capture: CaptureId,
    /// Which frame of it.
    pub frame: FrameNumber,
}

impl At {
    /// Before all others.
    pub(super) const EARLIEST: Self =
        Self { time: Timestamp::MIN, capture: CaptureId(0), frame: FrameNumber(0) };
}

/// Where a group lives: series of captures, interface, virtual network and VLAN stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Segment {
    /// The capture, or the pieces of one.
    pub series: SeriesId,
    /// The interface of it.
    pub interface: u32,
    /// The VLAN stack, without priority tags.
    pub vlans: Vlans,
    /// The virtual network. Of the wrappings' numbers these alone are the same in both directions.
    pub network: Option<VirtualNetwork>,
}

impl Segment {
    /// The segment of a frame with this link layer.
    #[inline]
    pub fn of(series: SeriesId, interface: u32, link: &Link) -> Self {
        Self { series, interface, vlans: link.vlans.without_priority_tags(), network: link.network }
    }
}

impl Hash for Segment {
    /// Feeds whole words, as few as it needs: most frames are untagged and on no virtual network.
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { series, interface, vlans, network } = *self;
        state.write_u64(u64::from(series.0) << 32 | u64::from(interface));
        if !vlans.is_empty() || network.is_some() {
            hash_virtual(vlans, network, state);
        }
    }
}

/// Feeds the VLANs and the virtual network of a segment. A function of its own, so that the rest is inlined.
#[inline(never)]
fn hash_virtual<H: Hasher>(vlans: Vlans, network: Option<VirtualNetwork>, state: &mut H) {
    (vlans, network).hash(state);
}

impl fmt::Display for Segment {
    /// `@vlan100`, `@vlan100.200`, `@vni5000`, `@vni5000@vlan100`, or nothing where frames are untagged.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(network) = self.network {
            write!(f, "@{network}")?;
        }
        for (depth, id) in self.vlans.ids().enumerate() {
            f.write_str(if depth == 0 { "@vlan" } else { "." })?;
            id.fmt(f)?;
        }
        Ok(())
    }
}

/// Something with the place of its first frame.
#[derive(Clone, Debug)]
pub(super) struct Placed<T> {
    pub(super) at: At,
    pub(super) segment: Segment,
    pub(super) what: T,
}

/// A unidirectional SA as the wire shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SaKey {
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// What protects its packets.
    pub protocol: Protection,
    /// SPI.
    pub spi: u32,
}

/// What protects the packets of an SA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protection {
    /// ESP.
    Esp,
    /// AH.
    Ah,
}

impl fmt::Display for Protection {
    /// `esp`, `ah`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Esp => "esp",
            Self::Ah => "ah",
        })
    }
}

impl Hash for SaKey {
    /// Feeds whole words: this hash is taken for every packet.
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash_ends(self.src, self.dst, state);
        let protocol = u64::from(self.protocol == Protection::Ah);
        state.write_u64(protocol << 32 | u64::from(self.spi));
    }
}

/// Feeds two addresses in whole words, as few as they need.
pub(super) fn hash_ends<H: Hasher>(src: IpAddr, dst: IpAddr, state: &mut H) {
    match (src, dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => {
            state.write_u64(u64::from(src.to_bits()) << 32 | u64::from(dst.to_bits()));
        }
        (src, dst) => {
            src.hash(state);
            dst.hash(state);
        }
    }
}
