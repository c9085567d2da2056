//! Observations in order of (time, capture, frame): a slice or run is whole only after what came during it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::time::Timestamp;

use super::observation::Observation;
use super::place::At;

/// Holds observations back until none that belongs before them can come.
#[derive(Clone)]
pub(super) struct Order {
    waiting: BinaryHeap<Waiting>,
    /// What must leave before anything else, in this order.
    ready: VecDeque<Observation>,
    arrivals: u64,
    /// The second that is settled in part.
    second: RangeInclusive<Timestamp>,
    /// Whether more may be ready than when nothing was.
    stirred: bool,
}

/// An observation in the queue; the earliest is the greatest. Equal ones leave as they came.
/// Boxed, so that the queue moves little.
#[derive(Clone)]
struct Waiting(Reverse<(At, u64)>, Box<Observation>);

impl Order {
    /// Nothing is waiting.
    pub(super) const fn new() -> Self {
        Self { waiting: BinaryHeap::new(), ready: VecDeque::new(), arrivals: 0, second: NONE, stirred: false }
    }

    /// Takes an observation in.
    pub(super) fn push(&mut self, observation: Observation) {
        self.arrivals += 1;
        self.stirred = true;
        self.waiting.push(Waiting(Reverse((observation.at, self.arrivals)), Box::new(observation)));
    }

    /// Hears that whatever began before `settled`, in an earlier second than that, was pushed.
    #[inline]
    pub(super) fn advance(&mut self, settled: Timestamp) {
        if settled > *self.second.end() {
            self.second = settled.start_of_second()..=settled.end_of_second();
            self.stirred = true;
        }
    }

    /// The clock was set back: all that waits leaves now, then `notice`.
    pub(super) fn set_back(&mut self, notice: Observation) {
        while let Some(Waiting(_, observation)) = self.waiting.pop() {
            self.ready.push_back(*observation);
        }
        self.ready.push_back(notice);
        self.second = NONE;
        self.stirred = true;
    }

    /// The next observation that nothing can come before any more, or that there is no room to hold back.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<Observation> {
        if !self.stirred {
            return None;
        }
        let next = self.pop_ready();
        self.stirred = next.is_some();
        next
    }

    fn pop_ready(&mut self) -> Option<Observation> {
        if let Some(observation) = self.ready.pop_front() {
            return Some(observation);
        }
        let Reverse((at, _)) = self.waiting.peek()?.0;
        let ready = at.time < *self.second.start() || self.waiting.len() > WAITING;
        ready.then(|| self.take()).flatten()
    }

    /// Whether nothing is held back.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.ready.is_empty()
    }

    /// The next observation, whatever may come.
    pub(super) fn take(&mut self) -> Option<Observation> {
        let first = self.ready.pop_front();
        first.or_else(|| self.waiting.pop().map(|Waiting(_, observation)| *observation))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

/// Nothing is settled.
const NONE: RangeInclusive<Timestamp> = Timestamp::MIN..=Timestamp::MIN;
/// The longest time from the first packet of a slice, or the first hello of a run, to the last.
pub const SLICE: Duration = Duration::from_secs(1);
/// How many observations wait at most. Where more come within a second, a flood, they are put in order over a shorter
/// time.
const WAITING: usize = 0x8000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{CaptureId, FrameNumber, SeriesId};
    use crate::decode::Link;
    use crate::observe::{Kind, Segment};

    #[test]
    fn a_flood_at_one_time_does_not_wait_without_bound() {
        let mut order = Order::new();
        for frame in 1..=2 * WAITING as u64 {
            let at = At { time: Timestamp::MIN, capture: CaptureId(0), frame: FrameNumber(frame) };
            let segment = Segment::of(SeriesId(0), 0, &Link::default());
            order.push(Observation { at, segment, kind: Kind::ClockSetBack(Duration::ZERO) });
            let early = order.pop().map(|observation| observation.at.frame.0);
            assert_eq!(early, frame.checked_sub(WAITING as u64).filter(|&early| early > 0));
        }
        assert_eq!(order.waiting.len(), WAITING);
    }
}
