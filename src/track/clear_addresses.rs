//! Which addresses gateways forwarded in clear on each segment, and since when.
//!
//! That an address was never seen in clear is known only where all were kept: where there were too many, nothing more is
//! said of the segment.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::observe::{At, ClearSlice, Segment};
use crate::time::Timestamp;

/// The addresses seen in clear.
#[derive(Clone, Default)]
pub(super) struct ClearAddresses {
    segments: BTreeMap<Segment, ClearSegment>,
    /// How many private addresses there are in all.
    count: usize,
    /// Slices whose addresses were left out because there are too many, or that tell nothing since others were.
    pub(super) refused: u64,
}

/// What was seen in clear on one segment.
#[derive(Clone, Default)]
pub(super) struct ClearSegment {
    /// Private addresses (RFC 1918, RFC 4193).
    private: BTreeMap<IpAddr, Address>,
    /// The first packet with a public address.
    public: Option<At>,
    /// Whether something may be missing here.
    pub(super) is_partial: bool,
}

/// A private address.
#[derive(Clone, Copy)]
struct Address {
    /// The first packet from or to it.
    first: At,
    /// Whether packets from it came to a gateway here: it is no host on the gateway's other side.
    enters: bool,
}

impl ClearAddresses {
    /// Notes a slice; `enters` where it comes to a gateway from somebody else.
    pub(super) fn note(&mut self, at: At, segment: Segment, slice: &ClearSlice, enters: bool) {
        let known = self.segments.entry(segment).or_default();
        known.is_partial |= slice.is_partial;
        self.refused += u64::from(known.is_partial);
        if !slice.is_private() {
            known.public = known.public.map(|first| first.min(at)).or(Some(at));
            return;
        }
        for (address, enters) in [(slice.src, enters), (slice.dst, false)] {
            if let Some(address) = known.private.get_mut(&address) {
                address.first = address.first.min(at);
                address.enters |= enters;
            } else if self.count < ADDRESSES {
                self.count += 1;
                known.private.insert(address, Address { first: at, enters });
            } else {
                known.is_partial = true;
                self.refused += 1;
            }
        }
    }

    /// What was seen on a segment, where anything was.
    pub(super) fn on(&self, segment: Segment) -> Option<&ClearSegment> {
        self.segments.get(&segment)
    }

    /// The clock was set back: what was seen so far was seen before anything to come.
    pub(super) fn set_back(&mut self) {
        for segment in self.segments.values_mut() {
            let addresses = segment.private.values_mut().map(|address| &mut address.first);
            addresses.chain(&mut segment.public).for_each(|first| first.time = Timestamp::MIN);
        }
    }
}

impl ClearSegment {
    /// Whether packets from an address came to a gateway here.
    pub(super) fn enters(&self, address: IpAddr) -> bool {
        self.private.get(&address).is_some_and(|address| address.enters)
    }

    /// Whether an address of the network of a private one, a /24 or a /64, was seen before `at`.
    pub(super) fn saw_network_of(&self, address: IpAddr, at: At) -> bool {
        let (first, last): (IpAddr, IpAddr) = match address {
            IpAddr::V4(address) => {
                let bits = address.to_bits();
                (Ipv4Addr::from_bits(bits & !0xff).into(), Ipv4Addr::from_bits(bits | 0xff).into())
            }
            IpAddr::V6(address) => {
                let (bits, host) = (address.to_bits(), u128::from(u64::MAX));
                (Ipv6Addr::from_bits(bits & !host).into(), Ipv6Addr::from_bits(bits | host).into())
            }
        };
        self.private.range(first..=last).any(|(_, address)| address.first < at)
    }

    /// The first packet between private addresses, where it came before `at`.
    pub(super) fn private_before(&self, at: At) -> Option<At> {
        self.private.values().map(|address| address.first).min().filter(|first| *first < at)
    }

    /// Whether anything was seen before `at`.
    pub(super) fn any_before(&self, at: At) -> bool {
        self.public.is_some_and(|first| first < at) || self.private_before(at).is_some()
    }
}

/// How many private addresses are kept.
const ADDRESSES: usize = 0x1_0000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{CaptureId, FrameNumber, SeriesId};
    use crate::decode::Link;
    use crate::wire::mac::MacAddr;

    fn at(seconds: i64) -> At {
        let time = Timestamp::from_nanos(seconds * 1_000_000_000);
        At { time, capture: CaptureId(0), frame: FrameNumber(1) }
    }

    fn segment() -> Segment {
        Segment::of(SeriesId(0), 0, &Link::default())
    }

    fn slice(src: [u8; 4], dst: [u8; 4]) -> ClearSlice {
        ClearSlice {
            series: SeriesId(0),
            src: src.into(),
            dst: dst.into(),
            protocol: 17,
            ports: None,
            src_mac: MacAddr([2; 6]),
            dst_mac: MacAddr([4; 6]),
            last: at(0),
            packets: 1,
            is_partial: false,
        }
    }

    #[test]
    fn tells_what_was_seen_before() {
        let mut addresses = ClearAddresses::default();
        addresses.note(at(5), segment(), &slice([10, 2, 0, 10], [10, 1, 0, 10]), true);
        addresses.note(at(7), segment(), &slice([10, 1, 0, 10], [203, 0, 113, 5]), false);
        let on = addresses.on(segment()).unwrap();
        let remote: IpAddr = [10, 2, 0, 10].into();
        assert!(on.saw_network_of(remote, at(6)) && !on.saw_network_of(remote, at(5)));
        assert!(on.enters(remote) && !on.enters([10, 1, 0, 10].into()));
        assert!(on.saw_network_of([10, 2, 0, 99].into(), at(6)));
        assert!(!on.saw_network_of([10, 2, 1, 1].into(), at(6)));
        assert!(on.any_before(at(6)) && !on.any_before(at(5)));
    }

    #[test]
    fn a_flood_of_addresses_is_bounded_and_told() {
        let mut addresses = ClearAddresses::default();
        for number in 0..0x1_0000_u32 {
            let [_, b, c, d] = number.to_be_bytes();
            addresses.note(at(1), segment(), &slice([10, b, c, d], [192, 168, 0, 1]), false);
        }
        assert_eq!((addresses.count, addresses.refused), (ADDRESSES, 1));
        assert!(addresses.on(segment()).unwrap().is_partial);
    }

    #[test]
    fn a_clock_set_back_leaves_nothing_in_the_future() {
        let mut addresses = ClearAddresses::default();
        addresses.note(at(100), segment(), &slice([10, 2, 0, 10], [10, 1, 0, 10]), false);
        addresses.set_back();
        assert!(addresses.on(segment()).unwrap().saw_network_of([10, 2, 0, 10].into(), at(1)));
    }
}
