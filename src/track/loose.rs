//! Fragments between the ends of a tunnel that were not put together so far.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::observe::{At, FragmentSighting};

/// Fragments without the rest of their datagram.
#[derive(Clone, Debug, Default)]
pub(super) struct Loose {
    /// By sender and identification: how many, and the first.
    datagrams: BTreeMap<(IpAddr, u32), (u64, At)>,
    /// Those of datagrams beyond what is remembered.
    beyond: Option<(u64, At)>,
}

impl Loose {
    /// Takes a fragment.
    pub(super) fn add(&mut self, at: At, fragment: FragmentSighting) {
        let key = (fragment.src, fragment.id);
        if self.datagrams.len() < DATAGRAMS || self.datagrams.contains_key(&key) {
            self.datagrams.entry(key).or_insert((0, at)).0 += 1;
        } else {
            self.beyond.get_or_insert((0, at)).0 += 1;
        }
    }

    /// A datagram is whole: its fragments are loose no longer.
    pub(super) fn join(&mut self, whole: FragmentSighting) {
        self.datagrams.remove(&(whole.src, whole.id));
    }

    /// How many there are, and the first.
    pub(super) fn told(&self) -> Option<(u64, At)> {
        let all = self.datagrams.values().copied().chain(self.beyond);
        all.reduce(|(count, first), (more, other)| (count + more, first.min(other)))
    }
}

/// How many datagrams are remembered. Whoever repeats a request in vain does so a dozen times.
const DATAGRAMS: usize = 64;
