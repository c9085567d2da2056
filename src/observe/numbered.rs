//! Keys numbered in the order in which they came.

use std::hash::{BuildHasher, Hash};

use foldhash::fast::RandomState;

/// Keys, each with a number: how many came before it.
///
/// One array of numbers leads to the keys, so a key stands in memory once. That is what tells it from the hash maps of the
/// standard library, and it is what is asked for with every packet.
#[derive(Clone)]
pub(super) struct Numbered<K> {
    keys: Vec<K>,
    /// The number of a key, at the place its hash leads to or the next free one behind; [`FREE`] in the others. Their
    /// count is a power of two, and at least half of them are free.
    places: Box<[u32]>,
    /// Another one in each run, so that nobody can make keys up for one place.
    hasher: RandomState,
}

impl<K: Hash + Eq> Numbered<K> {
    /// No key.
    pub(super) fn new() -> Self {
        let places = vec![FREE; FIRST_PLACES].into_boxed_slice();
        Self { keys: Vec::new(), places, hasher: RandomState::default() }
    }

    /// How many keys there are.
    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.keys.len()
    }

    /// The key that has this number.
    #[inline]
    pub(super) fn key(&self, number: u32) -> Option<&K> {
        self.keys.get(number as usize)
    }

    /// The number of a key, if it has one.
    #[inline]
    pub(super) fn get(&self, key: &K) -> Option<u32> {
        let place = self.place(key);
        self.places.get(place).copied().filter(|&number| number != FREE)
    }

    /// The number of a key, which is given one where it has none; whether it is new.
    #[inline]
    pub(super) fn number(&mut self, key: K) -> (u32, bool) {
        let place = self.place(&key);
        match self.places.get(place) {
            Some(&number) if number != FREE => (number, false),
            _ => (self.add(key, place), true),
        }
    }

    #[cold]
    fn add(&mut self, key: K, place: usize) -> u32 {
        let number = u32::try_from(self.keys.len()).unwrap_or(FREE);
        if let Some(free) = self.places.get_mut(place) {
            *free = number;
        }
        self.keys.push(key);
        if self.keys.len() * 2 > self.places.len() {
            self.grow();
        }
        number
    }

    fn grow(&mut self) {
        self.places = vec![FREE; self.places.len() * 2].into_boxed_slice();
        for number in 0..self.keys.len() {
            let Some(key) = self.keys.get(number) else { continue };
            let place = self.place(key);
            if let Some(free) = self.places.get_mut(place) {
                *free = u32::try_from(number).unwrap_or(FREE);
            }
        }
    }

    /// Where the number of a key stands, or would: there is always a free place.
    #[inline]
    fn place(&self, key: &K) -> usize {
        let last = self.places.len() - 1;
        // The low bits of this hash depend on all bits of the key.
        let mut place = usize::try_from(self.hasher.hash_one(key)).unwrap_or_default() & last;
        loop {
            match self.places.get(place) {
                Some(&number) if number != FREE && self.keys.get(number as usize) != Some(key) => {
                    place = (place + 1) & last;
                }
                _ => return place,
            }
        }
    }
}

const FREE: u32 = u32::MAX;
const FIRST_PLACES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_keeps_its_number() {
        let mut numbered = Numbered::new();
        assert_eq!(numbered.get(&7), None);
        for key in 0..1000_u64 {
            assert_eq!(numbered.number(key * 7), (u32::try_from(key).unwrap(), true));
        }
        for key in 0..1000_u64 {
            assert_eq!(numbered.number(key * 7), (u32::try_from(key).unwrap(), false));
            assert_eq!(numbered.get(&(key * 7)), u32::try_from(key).ok());
        }
        assert_eq!((numbered.get(&1), numbered.key(3), numbered.key(1000)), (None, Some(&21), None));
    }
}
