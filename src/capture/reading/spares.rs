//! Stretches that were given, to be filled once more: so no memory is asked for while a file is read.

use std::collections::VecDeque;
use std::sync::Arc;

use super::stretch::{Entries, Stretch};

/// What is left of stretches that are not needed any more.
pub(super) struct Spares<N> {
    bytes: Vec<Vec<u8>>,
    /// Others may hold some of them still, of late rather than for long.
    entries: VecDeque<Arc<Entries<N>>>,
}

impl<N> Spares<N> {
    /// None.
    pub(super) const fn new() -> Self {
        Self { bytes: Vec::new(), entries: VecDeque::new() }
    }

    /// Takes a stretch back.
    pub(super) fn put(&mut self, spent: Stretch<N>) {
        self.bytes.push(spent.bytes);
        self.entries.push_back(spent.entries);
    }

    /// A stretch to be filled, which [begins](Stretch::begin) anew.
    pub(super) fn take(&mut self) -> Stretch<N> {
        let is_free = |entries: &Arc<Entries<N>>| Arc::strong_count(entries) == 1;
        // The one given last: it may be in a cache.
        let free = self.entries.iter().rposition(is_free);
        let entries = free.and_then(|at| self.entries.remove(at)).unwrap_or_default();
        // Those that were needed only for a while are given back.
        if self.entries.len() > KEPT && self.entries.front().is_some_and(is_free) {
            self.entries.pop_front();
        }
        Stretch::of(self.bytes.pop().unwrap_or_default(), entries)
    }
}

/// How many are kept though nobody needs them: about as many as are held at once while many packets wait.
const KEPT: usize = 16;
