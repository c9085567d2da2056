//! Deadlines in capture time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::time::Timestamp;

/// Deadlines by name, fired in order of time.
///
/// A deadline that is put off, as it mostly is, leaves its place in the queue alone until that comes up.
#[derive(Debug)]
pub(super) struct Timers<K> {
    queue: BTreeSet<(Timestamp, K)>,
    due: BTreeMap<K, Due>,
}

/// A deadline, and where in the queue it stands: there, or earlier.
#[derive(Clone, Copy, Debug)]
struct Due {
    deadline: Timestamp,
    queued: Timestamp,
}

impl<K: Ord + Copy> Timers<K> {
    /// No deadlines.
    pub(super) const fn new() -> Self {
        Self { queue: BTreeSet::new(), due: BTreeMap::new() }
    }

    /// Sets or moves the deadline of `key`.
    pub(super) fn set(&mut self, key: K, deadline: Timestamp) {
        match self.due.get_mut(&key) {
            Some(due) if due.queued <= deadline => due.deadline = deadline,
            _ => {
                self.clear(key);
                self.queue.insert((deadline, key));
                self.due.insert(key, Due { deadline, queued: deadline });
            }
        }
    }

    /// Takes the deadline of `key` away.
    pub(super) fn clear(&mut self, key: K) {
        if let Some(due) = self.due.remove(&key) {
            self.queue.remove(&(due.queued, key));
        }
    }

    /// The clock was set back by this much: what is left until each deadline stays the same.
    pub(super) fn set_back(&mut self, by: Duration) {
        for due in self.due.values_mut() {
            due.deadline = due.deadline.minus(by);
            due.queued = due.deadline;
        }
        self.queue = self.due.iter().map(|(&key, due)| (due.queued, key)).collect();
    }

    /// The next deadline.
    pub(super) fn next(&mut self) -> Option<Timestamp> {
        loop {
            let &(queued, key) = self.queue.first()?;
            match self.due.get_mut(&key) {
                Some(due) if due.deadline > queued => {
                    due.queued = due.deadline;
                    let moved = (due.deadline, key);
                    self.queue.pop_first();
                    self.queue.insert(moved);
                }
                _ => return Some(queued),
            }
        }
    }

    /// The next deadline that is before `now`, taken away.
    pub(super) fn fire(&mut self, now: Timestamp) -> Option<(Timestamp, K)> {
        self.next().filter(|&deadline| deadline < now)?;
        let &(deadline, key) = self.queue.first()?;
        self.clear(key);
        Some((deadline, key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fires_in_order_and_only_what_is_due() {
        let at = Timestamp::from_nanos;
        let mut timers = Timers::new();
        timers.set("b", at(20));
        timers.set("a", at(10));
        timers.set("a", at(30));
        timers.set("c", at(5));
        timers.clear("c");
        assert_eq!(timers.fire(at(20)), None);
        assert_eq!(timers.fire(at(31)), Some((at(20), "b")));
        assert_eq!(timers.fire(at(31)), Some((at(30), "a")));
        assert_eq!(timers.fire(at(31)), None);
    }

    #[test]
    fn a_clock_set_back_takes_its_deadlines_with_it() {
        let at = Timestamp::from_nanos;
        let mut timers = Timers::new();
        timers.set("a", at(120));
        timers.set_back(Duration::from_nanos(100));
        assert_eq!(timers.next(), Some(at(20)));
        assert_eq!(timers.fire(at(21)), Some((at(20), "a")));
        assert_eq!(timers.next(), None);
    }
}
