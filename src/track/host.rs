//! What a host is known by.

use std::hash::{Hash, Hasher};
use std::net::IpAddr;

use crate::observe::Segment;

/// An address on a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Host {
    pub(super) address: IpAddr,
    pub(super) segment: Segment,
}

impl Hash for Host {
    /// Feeds whole words, as few as it needs: this hash is taken several times for every ARP message.
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.address {
            IpAddr::V4(address) => state.write_u64(address.to_bits().into()),
            IpAddr::V6(address) => state.write_u128(address.to_bits()),
        }
        self.segment.hash(state);
    }
}
