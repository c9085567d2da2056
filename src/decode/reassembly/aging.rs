//! A table that holds so much and no more: its oldest entries give way.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use foldhash::fast::RandomState;

/// Entries by key, which leave in the order in which they came.
///
/// Nothing depends on the order of the hash: entries are looked up by key and leave by age. All costs are constant
/// but for [`Aging::insert`], which is so over the time.
pub(super) struct Aging<K, V> {
    entries: HashMap<K, (u64, V), RandomState>,
    /// Keys with the number of their entry, the oldest first. Those whose entry has another number are stale.
    ages: VecDeque<(u64, K)>,
    next: u64,
}

impl<K: Copy + Eq + Hash, V> Aging<K, V> {
    /// An empty table.
    pub(super) fn new() -> Self {
        Self { entries: HashMap::with_hasher(RandomState::default()), ages: VecDeque::new(), next: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.get_mut(key).map(|(_, value)| value)
    }

    /// Puts in a new entry, the youngest; one with the same key is replaced.
    pub(super) fn insert(&mut self, key: K, value: V) {
        self.next += 1;
        self.entries.insert(key, (self.next, value));
        self.ages.push_back((self.next, key));
        if self.ages.len() > 2 * self.entries.len() + STALE {
            let entries = &self.entries;
            self.ages.retain(|(number, key)| entries.get(key).is_some_and(|(known, _)| known == number));
        }
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        self.entries.remove(key).map(|(_, value)| value)
    }

    /// The oldest entry.
    pub(super) fn oldest(&mut self) -> Option<(K, &mut V)> {
        while let Some((number, key)) = self.ages.front() {
            if self.entries.get(key).is_some_and(|(known, _)| known == number) {
                break;
            }
            self.ages.pop_front();
        }
        let &(_, key) = self.ages.front()?;
        self.entries.get_mut(&key).map(|(_, value)| (key, value))
    }

    /// Takes the oldest entry out.
    pub(super) fn pop_oldest(&mut self) -> Option<(K, V)> {
        let (key, _) = self.oldest()?;
        self.ages.pop_front();
        self.entries.remove(&key).map(|(_, value)| (key, value))
    }
}

/// How many stale keys may stand beside as many as there are entries.
const STALE: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_leave_in_the_order_in_which_they_came() {
        let mut table = Aging::new();
        for key in [3, 1, 2] {
            table.insert(key, key * 10);
        }
        assert_eq!(table.remove(&1), Some(10));
        table.insert(3, 31);
        assert_eq!(table.oldest(), Some((2, &mut 20)));
        assert_eq!((table.pop_oldest(), table.pop_oldest()), (Some((2, 20)), Some((3, 31))));
        assert_eq!((table.pop_oldest(), table.len()), (None, 0));
    }

    #[test]
    fn stale_keys_do_not_add_up() {
        let mut table = Aging::new();
        for key in 0..10_000 {
            table.insert(key, ());
            table.remove(&key);
            table.insert(0, ());
        }
        assert!(table.ages.len() <= 3 * STALE, "{} keys", table.ages.len());
    }
}
