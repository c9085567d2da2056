//! Observations in order of (time, capture, frame): a slice or run is whole only after what came during it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::time::Timestamp;

use super::observation::{Kind, Observation};
use super::place::At;

/// Holds observations back until none that belongs before them can come.
#[derive(Clone)]
pub(super) struct Order {
    /// What came in order, in each lane: slices and runs come behind what came during them, and in order among
    /// themselves.
    lanes: [VecDeque<Waiting>; LANES],
    /// What did not. Boxed, so that the heap moves little.
    stray: BinaryHeap<Reverse<Box<Waiting>>>,
    /// What leaves before anything else, in this order.
    ready: VecDeque<Observation>,
    arrivals: u64,
    /// How many had come when those were made ready that are.
    released: u64,
    /// Where the next one that is ready stands, where it was looked for and nothing changed since.
    next: Option<First>,
    /// The second that is settled in part.
    second: RangeInclusive<Timestamp>,
}

/// An observation in the queue. Equal ones leave as they came.
#[derive(Clone)]
struct Waiting {
    arrival: u64,
    observation: Observation,
}

/// Where the observation stands that leaves next.
#[derive(Clone, Copy)]
enum First {
    Lane(usize),
    Stray,
}

impl Order {
    /// Nothing is waiting.
    pub(super) const fn new() -> Self {
        Self {
            lanes: [const { VecDeque::new() }; LANES],
            stray: BinaryHeap::new(),
            ready: VecDeque::new(),
            arrivals: 0,
            released: 0,
            next: None,
            second: NONE,
        }
    }

    /// Takes an observation in.
    pub(super) fn push(&mut self, observation: Observation) {
        self.next = None;
        if observation.at.time < *self.second.start() {
            self.let_released_go_first();
        }
        self.arrivals += 1;
        let (arrival, at) = (self.arrivals, observation.at);
        let waiting = Waiting { arrival, observation };
        let is_after = |last: &Waiting| last.observation.at <= at;
        match self.lanes.iter_mut().find(|lane| lane.back().is_none_or(is_after)) {
            Some(lane) => lane.push_back(waiting),
            None => self.stray.push(Reverse(Box::new(waiting))),
        }
    }

    /// Hears that whatever began before `settled`, in an earlier second than that, was pushed.
    pub(super) fn advance(&mut self, settled: Timestamp) {
        self.second = settled.start_of_second()..=settled.end_of_second();
        self.release();
    }

    /// Makes those ready that nothing can come before any more, or that there is no room to hold back. What comes later
    /// comes behind these, whenever they are taken.
    #[inline]
    pub(super) fn release(&mut self) {
        self.released = self.arrivals;
        while self.waiting() > WAITING
            && let Some(first) = self.first()
        {
            let released = self.leave(first);
            self.ready.extend(released);
        }
    }

    /// Something comes too late: those that are ready stay before it.
    #[cold]
    fn let_released_go_first(&mut self) {
        while let Some(first) = self.first_released() {
            let released = self.leave(first);
            self.ready.extend(released);
        }
    }

    /// The clock was set back: all that waits leaves now, then `notice`.
    pub(super) fn set_back(&mut self, notice: Observation) {
        while let Some(observation) = self.first().and_then(|first| self.leave(first)) {
            self.ready.push_back(observation);
        }
        self.ready.push_back(notice);
        self.second = NONE;
    }

    /// The end of the second that is settled in part.
    pub(super) const fn second_end(&self) -> Timestamp {
        *self.second.end()
    }

    /// Looks for the next observation that is ready: whether there is one, for the three that follow.
    #[inline]
    pub(super) fn find_ready(&mut self) -> bool {
        if self.ready.is_empty() && self.next.is_none() {
            self.next = self.first_released();
        }
        !self.ready.is_empty() || self.next.is_some()
    }

    /// The observation that was found.
    #[inline]
    pub(super) fn ready(&self) -> Option<&Observation> {
        self.ready
            .front()
            .or_else(|| self.next.and_then(|next| self.get(next)).map(|waiting| &waiting.observation))
    }

    /// Takes the observation that was found.
    pub(super) fn pop_ready(&mut self) -> Option<Observation> {
        self.ready.pop_front().or_else(|| self.next.and_then(|next| self.leave(next)))
    }

    /// What was found, to take something out of it before it is dropped; none of the few that came out of order.
    #[inline]
    pub(super) fn ready_mut(&mut self) -> Option<&mut Kind> {
        match (self.ready.front_mut(), self.next) {
            (Some(ready), _) => Some(&mut ready.kind),
            (None, Some(First::Lane(lane))) => {
                Some(&mut self.lanes.get_mut(lane)?.front_mut()?.observation.kind)
            }
            _ => None,
        }
    }

    /// Drops the observation that was found.
    #[inline]
    pub(super) fn drop_ready(&mut self) {
        if self.ready.pop_front().is_some() {
            return;
        }
        match self.next.take() {
            Some(First::Lane(lane)) => {
                self.lanes.get_mut(lane).map(VecDeque::pop_front);
            }
            Some(First::Stray) => drop(self.stray.pop()),
            None => {}
        }
    }

    /// Whether nothing is held back.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting() == 0 && self.ready.is_empty()
    }

    /// The next observation, whatever may come.
    pub(super) fn take(&mut self) -> Option<Observation> {
        if !self.ready.is_empty() {
            return self.ready.pop_front();
        }
        self.first().and_then(|first| self.leave(first))
    }

    /// How many wait.
    fn waiting(&self) -> usize {
        self.lanes.iter().map(VecDeque::len).sum::<usize>() + self.stray.len()
    }

    /// Where the earliest of those that wait stands.
    fn first(&self) -> Option<First> {
        let stray = self.stray.peek().map(|Reverse(waiting)| (First::Stray, waiting.key()));
        let lanes = self.lanes.iter().enumerate();
        let first = lanes.fold(stray, |first, (place, lane)| match (first, lane.front()) {
            (Some((_, least)), Some(waiting)) if least < waiting.key() => first,
            (_, Some(waiting)) => Some((First::Lane(place), waiting.key())),
            (_, None) => first,
        });
        first.map(|(first, _)| first)
    }

    /// The same, where that is ready.
    #[inline]
    fn first_released(&self) -> Option<First> {
        let is_released = |first: &First| {
            let waiting = self.get(*first);
            waiting.is_some_and(|Waiting { arrival, observation }| {
                observation.at.time < *self.second.start() && *arrival <= self.released
            })
        };
        self.first().filter(is_released)
    }

    /// What stands there.
    fn get(&self, first: First) -> Option<&Waiting> {
        match first {
            First::Lane(lane) => self.lanes.get(lane)?.front(),
            First::Stray => self.stray.peek().map(|Reverse(waiting)| &**waiting),
        }
    }

    /// Lets an observation leave.
    fn leave(&mut self, first: First) -> Option<Observation> {
        self.next = None;
        match first {
            First::Lane(lane) => Some(self.lanes.get_mut(lane)?.pop_front()?.observation),
            First::Stray => self.stray.pop().map(|Reverse(waiting)| waiting.observation),
        }
    }
}

impl Waiting {
    const fn key(&self) -> (At, u64) {
        (self.observation.at, self.arrival)
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
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
        self.key().cmp(&other.key())
    }
}

/// How many lanes there are: one for what comes as it is seen, one for slices.
const LANES: usize = 2;
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
            order.release();
            order.find_ready();
            let early = order.pop_ready().map(|observation| observation.at.frame.0);
            assert_eq!(early, frame.checked_sub(WAITING as u64).filter(|&early| early > 0));
        }
        assert_eq!(order.waiting(), WAITING);
    }

    #[test]
    fn what_was_found_leaves_first_though_something_earlier_comes() {
        let segment = Segment::of(SeriesId(0), 0, &Link::default());
        let observation = |nanos, frame| {
            let time = Timestamp::from_nanos(nanos);
            let at = At { time, capture: CaptureId(0), frame: FrameNumber(frame) };
            Observation { at, segment, kind: Kind::ClockSetBack(Duration::ZERO) }
        };
        let mut order = Order::new();
        order.push(observation(5, 2));
        order.push(observation(9, 3));
        assert!(!order.find_ready() && order.ready().is_none(), "nothing is settled yet");
        order.advance(Timestamp::from_nanos(1_500_000_000));
        assert!(order.find_ready());
        order.push(observation(2, 1));
        let mut left = Vec::new();
        while order.find_ready() {
            left.extend(order.ready().map(|ready| ready.at.frame.0));
            order.drop_ready();
        }
        assert_eq!(left, [2, 3], "it was not there when they were made ready");
        order.release();
        assert!(order.find_ready());
        assert_eq!(order.pop_ready().map(|late| late.at.frame.0), Some(1));
        assert!(!order.find_ready() && order.pop_ready().is_none());
    }

    #[test]
    fn any_sequence_leaves_in_order_of_time_and_equal_ones_as_they_came() {
        let segment = Segment::of(SeriesId(0), 0, &Link::default());
        let (mut order, mut random, mut all) = (Order::new(), 1_u64, Vec::new());
        for arrival in 0..2000 {
            random = random.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            let at = At { time: Timestamp::MIN, capture: CaptureId(0), frame: FrameNumber(random >> 56) };
            let kind = Kind::ClockSetBack(Duration::from_secs(arrival));
            order.push(Observation { at, segment, kind: kind.clone() });
            all.push((at, kind));
        }
        all.sort_by_key(|&(at, _)| at);
        let left = std::iter::from_fn(|| order.take()).map(|observation| (observation.at, observation.kind));
        assert_eq!(left.collect::<Vec<_>>(), all);
        assert!(order.is_empty());
    }
}
