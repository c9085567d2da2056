//! The numbers of flows of plain ESP, by fields that are read at once: this is looked up for nearly every frame.

use crate::decode::PlainEsp;

/// What tells one flow of [`PlainEsp`] from another: MACs, addresses, SPI and interface, as they stand in the frame.
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
        let word =
            |at: usize| frame.get(at..).and_then(<[u8]>::first_chunk).copied().map_or(0, u64::from_ne_bytes);
        // Of both MACs, and of addresses and SPI, the middle is read twice: words are read faster than parts of them.
        Self { words: [word(0), word(4), word(IP), word(IP + 4)], interface }
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "both halves are taken")]
    fn hash(&self) -> u64 {
        let [_, _, addresses, spi] = self.words;
        let product = u128::from(addresses ^ SPREAD[0]) * u128::from(spi ^ SPREAD[1]);
        let [low, high] = [product as u64, (product >> 64) as u64];
        low ^ high
    }
}

/// Flows and their numbers.
#[derive(Clone)]
pub(super) struct PlainFlows {
    /// Each at the place its hash leads to or the next free one behind. Their count is a power of two, and at least half
    /// of them are free.
    places: Box<[(PlainKey, u32)]>,
    count: usize,
}

impl PlainFlows {
    /// None.
    pub(super) fn new() -> Self {
        Self { places: free(FIRST_PLACES), count: 0 }
    }

    /// The number of a flow, where it is known.
    #[inline]
    pub(super) fn get(&self, key: &PlainKey) -> Option<u32> {
        let mut at = self.place(key);
        loop {
            match self.places.get(at) {
                Some((known, number)) if known == key && *number != FREE => return Some(*number),
                Some((_, number)) if *number != FREE => at = (at + 1) & (self.places.len() - 1),
                _ => return None,
            }
        }
    }

    /// Learns a flow that is not known.
    #[cold]
    pub(super) fn add(&mut self, key: PlainKey, number: u32) {
        self.count += 1;
        if self.count * 2 > self.places.len() {
            let more = free(self.places.len() * 2);
            let known = std::mem::replace(&mut self.places, more);
            let known = known.iter().filter(|(_, number)| *number != FREE);
            known.for_each(|&(key, number)| self.put(key, number));
        }
        self.put(key, number);
    }

    fn put(&mut self, key: PlainKey, number: u32) {
        let mut at = self.place(&key);
        while self.places.get(at).is_some_and(|(_, number)| *number != FREE) {
            at = (at + 1) & (self.places.len() - 1);
        }
        if let Some(free) = self.places.get_mut(at) {
            *free = (key, number);
        }
    }

    /// Where the search for a flow begins.
    #[inline]
    fn place(&self, key: &PlainKey) -> usize {
        usize::try_from(key.hash()).unwrap_or_default() & (self.places.len() - 1)
    }
}

fn free(places: usize) -> Box<[(PlainKey, u32)]> {
    vec![(PlainKey { words: [0; 4], interface: 0 }, FREE); places].into_boxed_slice()
}

/// Digits of pi: numbers without a pattern.
const SPREAD: [u64; 2] = [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344];
const FREE: u32 = u32::MAX;
const FIRST_PLACES: usize = 64;

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
            flows.add(key(spi), spi * 2);
        }
        assert!((1..1000).all(|spi| flows.get(&key(spi)) == Some(spi * 2)));
    }

    #[test]
    fn every_field_tells_flows_apart() {
        let frame = [7; PlainEsp::NEEDS];
        let key = PlainKey::of(3, &frame);
        assert!(PlainKey::of(4, &frame) != key);
        for at in (0..12).chain(26..38) {
            let mut other = frame;
            other[at] += 1;
            assert!(PlainKey::of(3, &other) != key, "byte {at}");
        }
    }
}
