//! The MACs of gateways: what they forward is among the frames that come from them or go to them.

use std::collections::HashSet;
use std::net::IpAddr;

use foldhash::fast::RandomState;

use crate::wire::mac::MacAddr;

/// The MACs of the gateways of all segments, virtual ones among them.
///
/// Most frames of a capture are neither from one nor to one, so that is told in a few instructions.
#[derive(Clone)]
pub(super) struct Stations {
    /// The gateways' own and virtual addresses.
    addresses: HashSet<IpAddr, RandomState>,
    /// One place for each MAC, as a number: the one its bits lead to, or the next free one behind. 0 is free.
    macs: Box<[u64]>,
    /// A bit for the trace of each MAC.
    traces: [u64; TRACE_WORDS],
    /// How many MACs there are.
    count: usize,
    /// Addresses and MACs to be looked at later.
    later: Vec<(IpAddr, MacAddr)>,
    /// Whether some may not be known because there are too many.
    pub(super) refused: bool,
}

/// What a MAC is told from most others by, so that it need not be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trace(pub(super) u16);

impl Trace {
    /// That of a MAC.
    #[inline]
    pub(super) fn of(mac: MacAddr) -> Self {
        Self((number(mac).wrapping_mul(SPREAD) >> 48) as u16)
    }
}

/// The MACs that an Ethernet frame begins with: the source, then the destination.
#[inline]
pub(super) const fn macs(&[d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5]: &[u8; 12]) -> [MacAddr; 2] {
    [MacAddr([s0, s1, s2, s3, s4, s5]), MacAddr([d0, d1, d2, d3, d4, d5])]
}

impl Stations {
    /// None is known.
    pub(super) fn new() -> Self {
        Self {
            addresses: HashSet::default(),
            macs: vec![0; PLACES].into_boxed_slice(),
            traces: [0; TRACE_WORDS],
            count: 0,
            later: Vec::new(),
            refused: false,
        }
    }

    /// Whether a MAC with this trace may be one of a gateway's: hardly any other has one.
    #[inline]
    pub(super) fn may_have(&self, trace: Trace) -> bool {
        let word = self.traces.get(usize::from(trace.0) / 64 % TRACE_WORDS);
        word.is_some_and(|word| word >> (trace.0 % 64) & 1 != 0)
    }

    /// Whether a MAC is one of a gateway's.
    #[inline]
    pub(super) fn has(&self, mac: MacAddr) -> bool {
        let number = number(mac);
        self.macs.get(self.place(number)) == Some(&number)
    }

    /// How many are known.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// Those that are routers' own.
    pub(super) fn own(&self) -> impl Iterator<Item = MacAddr> {
        let known = self.macs.iter().filter(|&&number| number != 0);
        known.map(|&number| mac(number)).filter(|mac| mac.virtual_mac().is_none())
    }

    /// Learns an address of a gateway.
    pub(super) fn learn_address(&mut self, address: IpAddr) {
        if self.addresses.len() < ADDRESSES {
            self.addresses.insert(address);
        }
    }

    /// Learns the MAC of whoever has `address`, where that is a gateway.
    pub(super) fn learn_holder(&mut self, address: IpAddr, mac: MacAddr) {
        // Most are known, and that is told sooner.
        if !self.has(mac) && self.addresses.contains(&address) {
            self.learn(mac);
        }
    }

    /// Learns the same when that is [taken up](Self::take_up). Only then is it asked which addresses are gateways': they are
    /// learnt as frames come, and what is folded may be folded sooner or later.
    pub(super) fn learn_later(&mut self, address: IpAddr, mac: Option<MacAddr>) {
        let Some(mac) = mac else { return };
        if self.later.len() < LATER {
            self.later.push((address, mac));
        } else {
            self.refused = true;
        }
    }

    /// Learns what was to be learnt later.
    pub(super) fn take_up(&mut self) {
        let mut later = std::mem::take(&mut self.later);
        for (address, mac) in later.drain(..) {
            self.learn_holder(address, mac);
        }
        self.later = later;
    }

    /// Learns a MAC of a gateway.
    pub(super) fn learn(&mut self, mac: MacAddr) {
        let number = number(mac);
        if mac.is_multicast() || self.has(mac) {
            return;
        }
        if self.count >= MACS {
            self.refused = true;
        } else if let Some(free) = self.macs.get_mut(self.place(number)) {
            *free = number;
            self.count += 1;
            let Trace(trace) = Trace::of(mac);
            if let Some(word) = self.traces.get_mut(usize::from(trace) / 64 % TRACE_WORDS) {
                *word |= 1 << (trace % 64);
            }
        }
    }

    /// Where a MAC stands, or would: there is always a free place.
    #[inline]
    fn place(&self, number: u64) -> usize {
        // The high bits of the product depend on all bits of the MAC.
        let mut place = (number.wrapping_mul(SPREAD) >> 32) as usize % PLACES;
        while self.macs.get(place).is_some_and(|&known| known != number && known != 0) {
            place = (place + 1) % PLACES;
        }
        place
    }
}

/// A MAC as a number that is not 0.
#[inline]
const fn number(MacAddr([m0, m1, m2, m3, m4, m5]): MacAddr) -> u64 {
    u64::from_be_bytes([0, 1, m0, m1, m2, m3, m4, m5])
}

/// The MAC that has this number.
fn mac(number: u64) -> MacAddr {
    let [_, _, mac @ ..] = number.to_be_bytes();
    MacAddr(mac)
}

/// How many MACs are known at most: a quarter of the places, so that a search is short.
const MACS: usize = PLACES / 4;
/// How many words the bits of traces take: they stay in the fastest cache. Of the trace the lower bits are taken.
const TRACE_WORDS: usize = 128;
/// How many places there are.
const PLACES: usize = 0x2000;
/// How many addresses are known at most.
const ADDRESSES: usize = 0x4000;
/// How many are looked at later at most: so many ends of slices as only a flood has within a second.
const LATER: usize = 0x10_0000;
/// An odd number without a pattern (2^64 divided by the golden ratio).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use super::*;

    fn mac(number: u32) -> MacAddr {
        let [a, b, c, d] = number.to_be_bytes();
        MacAddr([0x02, 0, a, b, c, d])
    }

    #[test]
    fn knows_what_it_learnt_and_nothing_else() {
        let mut stations = Stations::new();
        assert!(!stations.has(MacAddr([0; 6])));
        (0..1000).for_each(|number| stations.learn(mac(number)));
        assert!((0..1000).all(|number| stations.has(mac(number))));
        assert!((1000..9000).all(|number| !stations.has(mac(number))));
    }

    #[test]
    fn a_flood_fills_it_and_is_told() {
        let mut stations = Stations::new();
        let most = u32::try_from(MACS).unwrap();
        (0..most).for_each(|number| stations.learn(mac(number)));
        assert!(!stations.refused);
        stations.learn(mac(0));
        assert!(!stations.refused, "it is known");
        stations.learn(mac(u32::MAX));
        assert!(stations.refused && !stations.has(mac(u32::MAX)) && stations.has(mac(7)));
    }

    #[test]
    fn only_the_address_of_a_gateway_teaches_its_mac() {
        let mut stations = Stations::new();
        stations.learn_address([192, 0, 2, 2].into());
        stations.learn_holder([192, 0, 2, 9].into(), mac(9));
        stations.learn_holder([192, 0, 2, 2].into(), mac(2));
        assert!(stations.has(mac(2)) && !stations.has(mac(9)));
    }

    #[test]
    fn what_is_learnt_later_goes_by_the_addresses_that_are_known_then() {
        let mut stations = Stations::new();
        stations.learn_later([192, 0, 2, 2].into(), Some(mac(2)));
        stations.learn_later([192, 0, 2, 9].into(), Some(mac(9)));
        stations.learn_address([192, 0, 2, 2].into());
        assert!(!stations.has(mac(2)));
        stations.take_up();
        assert!(stations.has(mac(2)) && !stations.has(mac(9)));
    }
}
