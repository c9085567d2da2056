//! Things in one vector, each found by its place there.

/// Things in one vector. The place of one that was taken out is given to another, but never under the same name.
#[derive(Clone, Debug)]
pub(super) struct Slab<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
}

/// Where something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    index: u32,
    age: u32,
}

#[derive(Clone, Debug)]
struct Slot<T> {
    /// How often something was taken out here.
    age: u32,
    content: Option<T>,
}

impl<T> Slab<T> {
    /// Nothing in it.
    pub(super) const fn new() -> Self {
        Self { slots: Vec::new(), free: Vec::new() }
    }

    /// Puts something in; where it stands.
    pub(super) fn insert(&mut self, content: T) -> Place {
        let content = Some(content);
        let free = self.free.pop();
        if let Some((index, slot)) = free.and_then(|index| Some((index, self.slots.get_mut(index as usize)?)))
        {
            slot.content = content;
            return Place { index, age: slot.age };
        }
        let index = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        self.slots.push(Slot { age: 0, content });
        Place { index, age: 0 }
    }

    /// What stands at a place.
    #[inline]
    pub(super) fn get(&self, place: Place) -> Option<&T> {
        let slot = self.slots.get(place.index as usize).filter(|slot| slot.age == place.age)?;
        slot.content.as_ref()
    }

    /// The same, to be changed.
    #[inline]
    pub(super) fn get_mut(&mut self, place: Place) -> Option<&mut T> {
        let slot = self.slots.get_mut(place.index as usize).filter(|slot| slot.age == place.age)?;
        slot.content.as_mut()
    }

    /// Takes out what stands at a place.
    pub(super) fn remove(&mut self, place: Place) {
        let slot = self.slots.get_mut(place.index as usize);
        if let Some(slot) = slot.filter(|slot| slot.age == place.age && slot.content.is_some()) {
            slot.content = None;
            slot.age = slot.age.wrapping_add(1);
            self.free.push(place.index);
        }
    }

    /// All there is, in order of their places.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().filter_map(|slot| slot.content.as_ref())
    }

    /// The same, to be changed.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.slots.iter_mut().filter_map(|slot| slot.content.as_mut())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_given_to_another_under_another_name() {
        let mut slab = Slab::new();
        let (a, b) = (slab.insert("a"), slab.insert("b"));
        slab.remove(a);
        slab.remove(a);
        let c = slab.insert("c");
        assert_eq!((slab.get(a), slab.get(b), slab.get(c)), (None, Some(&"b"), Some(&"c")));
        if let Some(content) = slab.get_mut(c) {
            *content = "C";
        }
        assert_eq!(slab.iter().collect::<Vec<_>>(), [&"C", &"b"]);
        assert_eq!(slab.get_mut(a), None);
        assert_eq!(slab.slots.len(), 2);
    }
}
