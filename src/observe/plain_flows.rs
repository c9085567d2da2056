//! The numbers of flows of plain ESP, by fields that are read at once: this is looked up for nearly every frame.

use crate::decode::PlainEsp;

/// What tells one flow of [`PlainEsp`] from another, and from all that is none: MACs, `EtherType`, addresses, ports where it
/// is in UDP, SPI and interface, as they stand in the frame.
#[derive(Clone, Copy)]
pub(super) struct PlainKey {
    words: [u64; 4],
    interface: u32,
}

impl PartialEq for PlainKey {
    /// Word by word: they are in registers.
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        let pairs = self.words.into_iter().zip(other.words);
        let differing = pairs.fold(0, |differing, (one, other)| differing | (one ^ other));
        differing | u64::from(self.interface ^ other.interface) == 0
    }
}

impl PlainKey {
    /// That of a frame which begins so.
    #[inline]
    pub(super) fn of(interface: u32, frame: &[u8; PlainEsp::NEEDS]) -> Self {
        const IP: usize = PlainEsp::ADDRESSES;
        let word = |at| word(frame, at);
        // Words are read faster than parts of them, and what is read twice costs nothing more.
        Self { words: [word(0), word(6), word(IP), word(IP + 4)], interface }
    }

    /// That of a frame which begins so, where ESP is in UDP. The same key may be one of ESP that is not.
    #[inline]
    pub(super) fn in_udp(interface: u32, frame: &[u8; PlainEsp::NEEDS_IN_UDP]) -> Self {
        const PORTS: u64 = 0xffff_ffff;
        let word = |at| word(frame, at);
        let flow = word(PlainEsp::PORTS) & PORTS | word(PlainEsp::SPI_IN_UDP - 4) & !PORTS;
        Self { words: [word(0), word(6), word(PlainEsp::ADDRESSES), flow], interface }
    }

    /// Leaves out what hardly ever differs where addresses and SPI are the same: this is waited for with every frame.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "both halves are taken")]
    fn hash(&self) -> u64 {
        let [_, _, addresses, spi] = self.words;
        let product = u128::from(addresses ^ SPREAD[0]) * u128::from(spi ^ SPREAD[1]);
        let [low, high] = [product as u64, (product >> 64) as u64];
        low ^ high
    }
}

/// Eight bytes of a frame, the first one in the lowest bits.
#[inline]
fn word(frame: &[u8], at: usize) -> u64 {
    frame.get(at..).and_then(<[u8]>::first_chunk).copied().map_or(0, u64::from_le_bytes)
}

/// Flows and their numbers.
#[derive(Clone)]
pub(super) struct PlainFlows {
    /// Each at the place its hash leads to or the next free one behind. Their count is a power of two, and at least half of
    /// them are free, mostly more: a search that does not end at once takes longer than all the rest.
    places: Box<[Place]>,
    /// The number of the last place: it has all bits that a place can have.
    last: usize,
    count: usize,
}

/// A flow and its number, where one of a cache.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Place {
    key: PlainKey,
    number: u32,
}

impl PlainFlows {
    /// None.
    pub(super) fn new() -> Self {
        Self { places: free(FIRST_PLACES), last: FIRST_PLACES - 1, count: 0 }
    }

    /// The number of a flow, where it is known.
    #[inline]
    pub(super) fn get(&self, key: &PlainKey) -> Option<u32> {
        let mut at = self.place(key);
        for _ in 0..TRIED {
            match self.places.get(at) {
                Some(place) if place.key == *key && place.number != FREE => return Some(place.number),
                Some(place) if place.number != FREE => at = (at + 1) & self.last,
                _ => return None,
            }
        }
        None
    }

    /// Learns a flow, unless it is known or there is no room for it.
    #[cold]
    pub(super) fn add(&mut self, key: &PlainKey, number: u32) {
        if self.count >= MOST || self.get(key).is_some() {
            return;
        }
        let more = self.count + 1;
        let is_full = more * 2 > self.places.len();
        if is_full || more * ROOM > self.places.len() && self.places.len() < ROOMY {
            let more = free(self.places.len() * 2);
            let known = std::mem::replace(&mut self.places, more);
            (self.last, self.count) = (self.places.len() - 1, 0);
            known.iter().filter(|place| place.number != FREE).for_each(|&place| self.put(place));
        }
        self.put(Place { key: *key, number });
    }

    /// Puts a flow in one of the places where it is looked for, where one is free.
    fn put(&mut self, place: Place) {
        let first = self.place(&place.key);
        let mut tried = (0..TRIED).map(|step| (first + step) & self.last);
        let is_free = |&at: &usize| self.places.get(at).is_some_and(|place| place.number == FREE);
        if let Some(free) = tried.find(is_free).and_then(|at| self.places.get_mut(at)) {
            *free = place;
            self.count += 1;
        }
    }

    /// Where the search for a flow begins.
    #[inline]
    fn place(&self, key: &PlainKey) -> usize {
        usize::try_from(key.hash()).unwrap_or_default() & self.last
    }
}

fn free(places: usize) -> Box<[Place]> {
    let free = Place { key: PlainKey { words: [0; 4], interface: 0 }, number: FREE };
    vec![free; places].into_boxed_slice()
}

/// Digits of pi: numbers without a pattern.
const SPREAD: [u64; 2] = [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344];
const FREE: u32 = u32::MAX;
const FIRST_PLACES: usize = 64;
/// How many flows there are at most: others are found in another way.
const MOST: usize = 1 << 17;
/// In how many places a flow is looked for: whoever makes many up for one place costs no more than that.
const TRIED: usize = 32;
/// How many places there are for each flow, as long as there are less than so many.
const ROOM: usize = 8;
const ROOMY: usize = 1 << 15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_keeps_its_number() {
        let mut flows = PlainFlows::new();
        let key = |spi: u32| {
            let mut frame = [7; PlainEsp::NEEDS];
            frame[34..38].copy_from_slice(&spi.to_be_bytes());
            PlainKey::of(3, &frame)
        };
        for spi in 1..1000 {
            assert_eq!(flows.get(&key(spi)), None);
            flows.add(&key(spi), spi * 2);
        }
        assert!((1..1000).all(|spi| flows.get(&key(spi)) == Some(spi * 2)));
    }

    #[test]
    fn flows_made_up_for_one_place_are_left_out() {
        let mut flows = PlainFlows::new();
        // One factor of the hash is 0.
        let key = |spi: u64| PlainKey { words: [0, 0, SPREAD[0], spi << 32], interface: 0 };
        (0..10_000).for_each(|spi| flows.add(&key(spi), 7));
        let known = (0..10_000).filter(|&spi| flows.get(&key(spi)).is_some()).count();
        assert_eq!((known, flows.count, flows.places.len()), (TRIED, TRIED, 2 * TRIED * ROOM));
    }

    #[test]
    fn no_more_flows_are_learnt_than_there_is_room_for() {
        let mut flows = PlainFlows::new();
        let key = |flow: u64| PlainKey { words: [0, 0, 0, flow << 32], interface: 0 };
        (0..MOST as u64 * 2).for_each(|flow| flows.add(&key(flow), 7));
        assert_eq!((flows.count, flows.places.len()), (MOST, MOST * 2));
        assert_eq!((flows.get(&key(0)), flows.get(&key(MOST as u64 * 2 - 1))), (Some(7), None));
    }

    #[test]
    fn every_field_tells_flows_apart() {
        let frame = [7; PlainEsp::NEEDS];
        let key = PlainKey::of(3, &frame);
        assert!(PlainKey::of(4, &frame) != key);
        for at in (0..14).chain(26..38) {
            let mut other = frame;
            other[at] += 1;
            assert!(PlainKey::of(3, &other) != key, "byte {at}");
        }
    }

    #[test]
    fn every_field_tells_flows_in_udp_apart() {
        let frame = [7; PlainEsp::NEEDS_IN_UDP];
        let key = PlainKey::in_udp(3, &frame);
        assert!(PlainKey::in_udp(4, &frame) != key);
        for at in (0..14).chain(26..38).chain(42..46) {
            let mut other = frame;
            other[at] += 1;
            assert!(PlainKey::in_udp(3, &other) != key, "byte {at}");
        }
    }
}
