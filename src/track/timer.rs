//! Deadlines in capture time.

use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::{BinaryHeap, HashMap};
use std::hash::Hash;
use std::time::Duration;

use foldhash::fast::RandomState;

use crate::time::Timestamp;

/// Deadlines by name, fired in order of time.
///
/// A deadline that is put off, as it mostly is, leaves its place in the queue alone until that comes up. A place that no
/// deadline has any more is void.
#[derive(Clone, Debug)]
pub(super) struct Timers<K> {
    queue: BinaryHeap<Reverse<(Timestamp, K)>>,
    due: HashMap<K, Due, RandomState>,
    /// By how many nanoseconds the clock was set back in all. What is kept above is later by this, so that nothing has to
    /// move with the clock.
    back: i128,
}

/// A deadline, and where in the queue it stands: there, or earlier.
#[derive(Clone, Copy, Debug)]
struct Due {
    deadline: Timestamp,
    queued: Timestamp,
}

impl<K: Ord + Hash + Copy> Timers<K> {
    /// No deadlines.
    pub(super) fn new() -> Self {
        Self { queue: BinaryHeap::new(), due: HashMap::default(), back: 0 }
    }

    /// Sets or moves the deadline of `key`.
    pub(super) fn set(&mut self, key: K, deadline: Timestamp) {
        let deadline = self.kept(deadline);
        match self.due.get_mut(&key) {
            Some(due) if due.queued <= deadline => due.deadline = deadline,
            _ => {
                self.due.insert(key, Due { deadline, queued: deadline });
                self.queue.push(Reverse((deadline, key)));
                if self.queue.len() > self.due.len() * 2 + VOID {
                    self.sweep();
                }
            }
        }
    }

    /// Takes the deadline of `key` away.
    pub(super) fn clear(&mut self, key: K) {
        self.due.remove(&key);
    }

    /// The clock was set back by this much: what is left until each deadline stays the same.
    pub(super) fn set_back(&mut self, by: Duration) {
        self.back += i128::try_from(by.as_nanos()).unwrap_or(i128::from(u64::MAX));
    }

    /// A deadline as it is kept. Where that is out of range, all others are brought to the clock first.
    fn kept(&mut self, deadline: Timestamp) -> Timestamp {
        if let Ok(nanos) = i64::try_from(i128::from(deadline.nanos()) + self.back) {
            return Timestamp::from_nanos(nanos);
        }
        let due = self.due.iter().map(|(&key, due)| (key, self.told(due.deadline)));
        self.due = due.map(|(key, deadline)| (key, Due { deadline, queued: deadline })).collect();
        self.sweep();
        self.back = 0;
        deadline
    }

    /// Rids the queue of void places.
    fn sweep(&mut self) {
        self.queue = self.due.iter().map(|(&key, due)| Reverse((due.queued, key))).collect();
    }

    /// A deadline by the clock.
    fn told(&self, kept: Timestamp) -> Timestamp {
        let nanos = i64::try_from(i128::from(kept.nanos()) - self.back);
        nanos.map_or(Timestamp::MIN, Timestamp::from_nanos)
    }

    /// Whether surely nothing is due before `now`. Quicker to find out than [`Self::next`].
    #[inline]
    pub(super) fn rests_until(&self, now: Timestamp) -> bool {
        let rests = |queued: Timestamp| i128::from(queued.nanos()) - self.back >= i128::from(now.nanos());
        self.queue.peek().is_none_or(|&Reverse((queued, _))| rests(queued))
    }

    /// The next deadline.
    pub(super) fn next(&mut self) -> Option<Timestamp> {
        loop {
            let mut first = self.queue.peek_mut()?;
            let Reverse((queued, key)) = *first;
            match self.due.get_mut(&key).filter(|due| due.queued == queued) {
                Some(due) if due.deadline > queued => {
                    due.queued = due.deadline;
                    *first = Reverse((due.deadline, key));
                }
                Some(_) => {
                    drop(first);
                    return Some(self.told(queued));
                }
                None => {
                    PeekMut::pop(first);
                }
            }
        }
    }

    /// The next deadline that is before `now`, taken away.
    pub(super) fn fire(&mut self, now: Timestamp) -> Option<(Timestamp, K)> {
        let deadline = self.next().filter(|&deadline| deadline < now)?;
        let Reverse((_, key)) = self.queue.pop()?;
        self.due.remove(&key);
        Some((deadline, key))
    }
}

/// How many places may be void before it pays to look for them.
const VOID: usize = 64;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

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
        timers.set("b", at(30));
        timers.set_back(Duration::from_nanos(5));
        assert_eq!(timers.fire(at(21)), Some((at(15), "a")));
        assert_eq!(timers.fire(at(26)), Some((at(25), "b")));
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn deadlines_at_the_ends_of_the_range_keep_their_order() {
        let mut timers = Timers::new();
        timers.set("a", Timestamp::from_nanos(10));
        timers.set_back(Duration::from_nanos(u64::MAX));
        timers.set("b", Timestamp::MAX);
        timers.set_back(Duration::from_nanos(7));
        timers.set("c", Timestamp::MAX);
        assert_eq!(timers.fire(Timestamp::MAX), Some((Timestamp::MIN, "a")));
        assert_eq!(timers.fire(Timestamp::MAX), Some((Timestamp::MAX.minus(Duration::from_nanos(7)), "b")));
        assert_eq!((timers.fire(Timestamp::MAX), timers.next()), (None, Some(Timestamp::MAX)));
    }

    #[test]
    fn deadlines_set_and_cleared_again_and_again_leave_no_more_than_there_are() {
        let at = Timestamp::from_nanos;
        let mut timers = Timers::new();
        for nanos in 0..10_000 {
            timers.set("a", at(nanos));
            timers.clear("a");
        }
        timers.set("a", at(7));
        assert!(timers.queue.len() <= VOID + 2, "{}", timers.queue.len());
        assert!(timers.rests_until(at(0)));
        assert_eq!((timers.fire(at(8)), timers.next()), (Some((at(7), "a")), None));
    }

    #[test]
    fn any_sequence_gives_what_looking_through_all_deadlines_does() {
        let mut timers = Timers::new();
        let mut all = BTreeMap::new();
        let mut random = 1_u64;
        for _ in 0..20_000 {
            random = random.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            let (key, nanos) = (random >> 60, i64::try_from(random >> 40 & 0x3f).unwrap());
            let time = Timestamp::from_nanos(nanos);
            match random >> 32 & 7 {
                0 => {
                    let by = Duration::from_nanos(random >> 40 & 3);
                    timers.set_back(by);
                    for deadline in all.values_mut() {
                        *deadline = Timestamp::minus(*deadline, by);
                    }
                }
                1 | 2 => {
                    let first = all.iter().map(|(&key, &deadline)| (deadline, key)).min();
                    let first = first.filter(|&(deadline, _)| deadline < time);
                    assert!(!timers.rests_until(time) || first.is_none());
                    assert_eq!(timers.fire(time), first);
                    first.map(|(_, key)| all.remove(&key));
                }
                3 => {
                    timers.clear(key);
                    all.remove(&key);
                }
                _ => {
                    timers.set(key, time);
                    all.insert(key, time);
                }
            }
            assert_eq!(timers.next(), all.values().min().copied());
        }
    }
}
