//! A map in one sorted vector, for the few entries that most things of one tunnel have.
//!
//! A tree reserves room for eleven entries as soon as it has one. With 100,000 tunnels that is most of all memory.

/// A map in one sorted vector. To add an entry costs time with the number of those there are: it is for tens, not for
/// thousands.
#[derive(Clone, Debug)]
pub(super) struct FlatMap<K, V> {
    entries: Vec<(K, V)>,
}

impl<K: Ord, V> FlatMap<K, V> {
    /// No entries.
    pub(super) const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// How many entries there are.
    pub(super) const fn len(&self) -> usize {
        self.entries.len()
    }

    /// The value of `key`.
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.place(key).ok().and_then(|place| self.entries.get(place)).map(|(_, value)| value)
    }

    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.place(key).ok().and_then(|place| self.entries.get_mut(place)).map(|(_, value)| value)
    }

    /// Whether there is an entry for `key`.
    pub(super) fn contains_key(&self, key: &K) -> bool {
        self.place(key).is_ok()
    }

    /// Sets the value of `key`.
    pub(super) fn insert(&mut self, key: K, value: V) {
        match self.place(&key) {
            Ok(place) => self.entries[place].1 = value,
            Err(place) => self.add(place, key, value),
        }
    }

    /// The value of `key`, which is the default where there was none.
    pub(super) fn get_or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let place = self.place(&key).unwrap_or_else(|place| {
            self.add(place, key, V::default());
            place
        });
        &mut self.entries[place].1
    }

    fn add(&mut self, place: usize, key: K, value: V) {
        if self.entries.len() < FEW {
            self.entries.reserve_exact(1);
        }
        self.entries.insert(place, (key, value));
    }

    /// Takes the entry of `key` away.
    pub(super) fn remove(&mut self, key: &K) {
        if let Ok(place) = self.place(key) {
            self.entries.remove(place);
        }
    }

    /// All entries, in order of their keys.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// All values, in order of their keys.
    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.iter().map(|(_, value)| value)
    }

    /// The same, to be changed.
    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.iter_mut().map(|(_, value)| value)
    }

    fn place(&self, key: &K) -> Result<usize, usize> {
        self.entries.binary_search_by(|(known, _)| known.cmp(key))
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for FlatMap<K, V> {
    /// Of several values of one key, the last counts.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut entries: Vec<(K, V)> = entries.into_iter().collect();
        entries.reverse();
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        entries.dedup_by(|(later, _), (first, _)| later == first);
        entries.shrink_to_fit();
        Self { entries }
    }
}

/// Up to how many entries no room is reserved for more.
const FEW: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_its_entries_in_order_of_their_keys() {
        let mut map = FlatMap::new();
        for (key, value) in [(5, "five"), (1, "one"), (3, "three"), (5, "FIVE"), (9, "nine")] {
            map.insert(key, value);
        }
        map.remove(&1);
        map.remove(&2);
        if let Some(value) = map.get_mut(&9) {
            *value = "NINE";
        }
        assert_eq!(map.iter().collect::<Vec<_>>(), [(&3, &"three"), (&5, &"FIVE"), (&9, &"NINE")]);
        assert_eq!((map.len(), map.get(&5), map.get(&1)), (3, Some(&"FIVE"), None));
        assert!(map.contains_key(&3) && !map.contains_key(&4));
        *map.get_or_default(3) = "THREE";
        assert_eq!(*map.get_or_default(4), "");
        assert_eq!(map.values().copied().collect::<Vec<_>>(), ["THREE", "", "FIVE", "NINE"]);
    }

    #[test]
    fn of_several_values_of_one_key_the_last_counts() {
        let map: FlatMap<_, _> = [(2, 'a'), (1, 'b'), (2, 'c'), (2, 'd')].into_iter().collect();
        assert_eq!(map.iter().collect::<Vec<_>>(), [(&1, &'b'), (&2, &'d')]);
    }
}
