//! What a tunnel is known by.

use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr};

use crate::observe::Segment;

/// The identity of a tunnel: two addresses on a segment, in either order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TunnelKey {
    // First what differs most between two tunnels: this key is compared for every slice.
    pub(super) low: IpAddr,
    pub(super) high: IpAddr,
    pub(super) segment: Segment,
}

impl TunnelKey {
    /// The tunnel between two addresses.
    pub(super) fn new(segment: Segment, a: IpAddr, b: IpAddr) -> Self {
        let (low, high) = match (a, b) {
            // Without a guess at which comes first, which changes with the direction.
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                let [a, b] = [a.to_bits(), b.to_bits()];
                (Ipv4Addr::from_bits(a.min(b)).into(), Ipv4Addr::from_bits(a.max(b)).into())
            }
            _ if a <= b => (a, b),
            _ => (b, a),
        };
        Self { low, high, segment }
    }

    /// Which of its two ends an address is: 0 for the low one, else 1.
    #[inline]
    pub(super) fn end(&self, address: IpAddr) -> usize {
        usize::from(address != self.low)
    }

    /// Whether this is one of its ends.
    pub(super) fn has_end(&self, address: IpAddr) -> bool {
        address == self.low || address == self.high
    }

    /// Whether another tunnel has one end of this one.
    pub(super) fn shares_an_end_with(&self, other: Self) -> bool {
        self.has_end(other.low) || self.has_end(other.high)
    }

    /// The other end.
    pub(super) fn other(&self, end: IpAddr) -> IpAddr {
        if end == self.low { self.high } else { self.low }
    }
}

impl Hash for TunnelKey {
    /// Feeds whole words, as few as it needs: this hash is taken for every slice.
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        match (self.low, self.high) {
            (IpAddr::V4(low), IpAddr::V4(high)) => {
                state.write_u64(u64::from(low.to_bits()) << 32 | u64::from(high.to_bits()));
            }
            ends => ends.hash(state),
        }
        self.segment.hash(state);
    }
}
