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
    /// Where some of the common ones stand that came last, by their numbers.
    recent: [Option<(Common, usize)>; RECENT],
}

/// One of the kinds that come most, as a number: kinds are not told apart to count them, since which one comes next is
/// anybody's guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Common(pub(super) u32);

impl Common {
    /// That of a kind, where it is a common one.
    #[inline]
    pub(super) const fn of(kind: Unrelated) -> Option<Self> {
        match kind {
            Unrelated::Udp(port) => Some(Self(port as u32)),
            Unrelated::IpProtocol(protocol) => Some(Self(IP_PROTOCOL | protocol as u32)),
            Unrelated::EtherType(number) => Some(Self(ETHER_TYPE | number as u32)),
            _ => None,
        }
    }

    /// The kind.
    #[inline]
    pub(super) const fn kind(self) -> Unrelated {
        let [_, family, high, low] = self.0.to_be_bytes();
        let number = u16::from_be_bytes([high, low]);
        match family as u32 {
            FAMILY_OF_ETHER_TYPE => Unrelated::EtherType(number),
            FAMILY_OF_IP_PROTOCOL => Unrelated::IpProtocol(low),
            _ => Unrelated::Udp(number),
        }
    }
}

impl UnrelatedFrames {
    /// Counts one more.
    #[inline]
    pub fn add(&mut self, kind: Unrelated) {
        if let Some(common) = Common::of(kind) {
            return self.add_common(common);
        }
        let place = self.place(kind);
        self.count(place);
    }

    /// Counts one more of a common kind.
    #[inline]
    pub(super) fn add_common(&mut self, common: Common) {
        let place = match self.recent.get(common.0 as usize % RECENT) {
            Some(&Some((known, place))) if known == common => place,
            _ => self.look_up(common),
        };
        self.count(place);
    }

    #[inline]
    fn count(&mut self, place: usize) {
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
    fn place(&mut self, kind: Unrelated) -> usize {
        let next = self.counts.len();
        let place = *self.places.entry(kind).or_insert(next);
        if place == next {
            self.counts.push(0);
        }
        place
    }

    /// The same of a common one, which is remembered.
    #[inline(never)]
    fn look_up(&mut self, common: Common) -> usize {
        let place = self.place(common.kind());
        if let Some(recent) = self.recent.get_mut(common.0 as usize % RECENT) {
            *recent = Some((common, place));
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

/// What stands above the numbers of `EtherType`s and IP protocols; above UDP ports there is nothing.
const FAMILY_OF_ETHER_TYPE: u32 = 2;
const FAMILY_OF_IP_PROTOCOL: u32 = 1;
const ETHER_TYPE: u32 = FAMILY_OF_ETHER_TYPE << 16;
const IP_PROTOCOL: u32 = FAMILY_OF_IP_PROTOCOL << 16;
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
                2 => Unrelated::Llc(number),
                _ => Unrelated::Udp(number.into()),
            };
            frames.add(kind);
            *all.entry(kind).or_default() += 1;
        }
        assert_eq!(frames.by_kind(), all);
        let [one, other] = [Unrelated::Udp(53), Unrelated::IpProtocol(6)];
        assert_eq!(UnrelatedFrames::from([(one, 2), (other, 1)]), [(other, 1), (one, 2)].into());
    }

    #[test]
    fn a_common_kind_is_what_its_number_says() {
        let of = |number: u16| {
            let [_, protocol] = number.to_be_bytes();
            [Unrelated::Udp(number), Unrelated::EtherType(number), Unrelated::IpProtocol(protocol)]
        };
        let kinds = || (0..=u16::MAX).flat_map(of);
        assert!(kinds().all(|kind| Common::of(kind).map(Common::kind) == Some(kind)));
        assert_eq!(Common::of(Unrelated::Llc(6)), None);
    }
}
