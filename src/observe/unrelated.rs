//! How many frames hold what this program is not about, by what that is.

use std::collections::BTreeMap;

use crate::decode::Unrelated;

/// Frames by what they hold that this program is not about.
///
/// Half of all frames may be such, and mostly they hold what others before them did: where that is counted is
/// remembered.
#[derive(Clone, Debug, Default)]
pub struct UnrelatedFrames {
    counts: Vec<u64>,
    /// Where in `counts` each kind stands.
    places: BTreeMap<Unrelated, usize>,
    /// Where some of those stand that came last, by their numbers.
    recent: [Option<(u32, usize)>; RECENT],
}

impl UnrelatedFrames {
    /// Counts one more.
    #[inline]
    pub fn add(&mut self, kind: Unrelated) {
        let number = number(kind);
        let place = match self.recent.get(number as usize % RECENT) {
            Some(&Some((known, place))) if known == number => place,
            _ => self.look_up(kind),
        };
        if let Some(count) = self.counts.get_mut(place) {
            *count += 1;
        }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// How many there are of each kind.
    pub fn by_kind(&self) -> BTreeMap<Unrelated, u64> {
        let count = |place: &usize| self.counts.get(*place).copied().unwrap_or_default();
        self.places.iter().map(|(&kind, place)| (kind, count(place))).collect()
    }

    /// Where a kind is counted from now on.
    #[inline(never)]
    fn look_up(&mut self, kind: Unrelated) -> usize {
        let next = self.counts.len();
        let place = *self.places.entry(kind).or_insert(next);
        if place == next {
            self.counts.push(0);
        }
        let number = number(kind);
        if let Some(recent) = self.recent.get_mut(number as usize % RECENT).filter(|_| number != NO_NUMBER) {
            *recent = Some((number, place));
        }
        place
    }
}

impl PartialEq for UnrelatedFrames {
    fn eq(&self, other: &Self) -> bool {
        self.by_kind() == other.by_kind()
    }
}

impl Eq for UnrelatedFrames {}

impl<const N: usize> From<[(Unrelated, u64); N]> for UnrelatedFrames {
    /// Each kind comes once.
    fn from(counts: [(Unrelated, u64); N]) -> Self {
        let places = counts.iter().enumerate().map(|(place, &(kind, _))| (kind, place)).collect();
        Self { counts: counts.map(|(_, count)| count).into(), places, recent: [None; RECENT] }
    }
}

/// A number that a kind has alone, where it is one of those that come most.
#[inline]
const fn number(kind: Unrelated) -> u32 {
    match kind {
        Unrelated::Udp(port) => port as u32,
        Unrelated::IpProtocol(protocol) => 0x1_0000 | protocol as u32,
        _ => NO_NUMBER,
    }
}

/// The number of the others, which is looked up each time.
const NO_NUMBER: u32 = u32::MAX;
/// How many kinds are remembered at once.
const RECENT: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_looking_each_up_does() {
        let (mut frames, mut all, mut random) = (UnrelatedFrames::default(), BTreeMap::new(), 1_u64);
        assert!(frames.is_empty());
        for _ in 0..10_000 {
            random = random.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            let number = u8::try_from(random >> 58).unwrap();
            let kind = match random >> 32 & 3 {
                0 => Unrelated::IpProtocol(number),
                1 => Unrelated::EtherType(number.into()),
                _ => Unrelated::Udp(number.into()),
            };
            frames.add(kind);
            *all.entry(kind).or_default() += 1;
        }
        assert_eq!(frames.by_kind(), all);
        let [one, other] = [Unrelated::Udp(53), Unrelated::IpProtocol(6)];
        assert_eq!(UnrelatedFrames::from([(one, 2), (other, 1)]), [(other, 1), (one, 2)].into());
    }
}
