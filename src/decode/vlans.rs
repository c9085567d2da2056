//! Stacks of VLAN ids, small enough to be part of the keys that packets are counted by.

use std::fmt;

/// A stack of VLAN ids, outermost first; at most [`Vlans::MAX`].
///
/// Stacks are ordered by their ids, outermost first.
//
// Ids of 12 bits from the uppermost bits down, and how many there are in the lowest eight: comparing two stacks is one
// comparison of integers, and an id 0 differs from none.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vlans(u128);

impl Vlans {
    /// How deep a stack may be.
    pub const MAX: usize = 10;

    /// Puts a further id inside the stack, of which the lower 12 bits count; whether there was room for it.
    pub fn push(&mut self, id: u16) -> bool {
        let len = self.len();
        if len >= Self::MAX {
            return false;
        }
        self.0 = (self.0 | u128::from(id & ID) << shift(len)) + 1;
        true
    }

    /// Puts a whole stack inside this one; whether there was room for all of it.
    pub fn extend(&mut self, inner: Self) -> bool {
        inner.ids().all(|id| self.push(id))
    }

    /// How many ids there are.
    pub const fn len(self) -> usize {
        (self.0 & LEN) as usize
    }

    /// Whether frames are untagged.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The ids, outermost first.
    pub fn ids(self) -> impl DoubleEndedIterator<Item = u16> + Clone {
        (0..self.len()).map(move |depth| self.id(depth))
    }

    /// The stack that names a segment: a tag of VLAN 0 gives a frame a priority and leaves it in the VLAN in which it
    /// would be without (IEEE 802.1Q §6.9.1).
    #[must_use]
    #[inline]
    pub fn without_priority_tags(self) -> Self {
        if self.is_empty() || self.ids().all(|id| id != 0) { self } else { self.named() }
    }

    fn named(self) -> Self {
        let mut named = Self::default();
        self.ids().filter(|&id| id != 0).all(|id| named.push(id));
        named
    }

    fn id(self, depth: usize) -> u16 {
        u16::try_from(self.0 >> shift(depth) & u128::from(ID)).unwrap_or_default()
    }
}

impl fmt::Debug for Vlans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.ids()).finish()
    }
}

/// How far to the left of the lowest bit the id at `depth` stands.
const fn shift(depth: usize) -> usize {
    128 - 12 * (depth + 1)
}

const ID: u16 = 0x0fff;
const LEN: u128 = 0xff;

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(ids: &[u16]) -> Vlans {
        let mut vlans = Vlans::default();
        assert!(ids.iter().all(|id| vlans.push(*id)));
        vlans
    }

    #[test]
    fn keeps_ten_ids_and_refuses_the_eleventh() {
        let ids = [4095, 0, 1, 2, 3, 4, 5, 6, 7, 4094];
        let mut vlans = stack(&ids);
        assert_eq!(vlans.ids().collect::<Vec<_>>(), ids);
        assert!(!vlans.push(1) && vlans == stack(&ids));
        let mut outer = stack(&ids[..7]);
        assert!(outer.extend(stack(&ids[7..])) && outer == vlans);
        assert!(!outer.extend(stack(&[1])));
    }

    #[test]
    fn are_ordered_by_their_ids_outermost_first() {
        let ordered = [&[][..], &[0], &[0, 0], &[0, 5], &[1], &[10], &[10, 0], &[10, 4095], &[11], &[256]];
        for pair in ordered.windows(2) {
            assert!(stack(pair[0]) < stack(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn a_priority_tag_names_no_segment() {
        for (ids, named) in
            [(&[0][..], &[][..]), (&[100, 0], &[100]), (&[0, 100], &[100]), (&[7, 8], &[7, 8])]
        {
            assert_eq!(stack(ids).without_priority_tags(), stack(named));
        }
    }
}
