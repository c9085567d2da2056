//! Packets in order of (time, capture, frame) before they are folded, and the clock they come by.
//!
//! Folding looks at a packet's neighbours, so packets are put in order first: out of order by up to a second, as several
//! interfaces in one file leave them, they give what they would give in order.

use std::collections::VecDeque;
use std::time::Duration;

use crate::time::Timestamp;

use super::place::At;

/// Packets held back until none that belongs before them can come.
#[derive(Clone)]
pub(super) struct Arrivals<T> {
    /// In order of their places.
    waiting: VecDeque<(At, T)>,
    clock: Clock,
    /// Before when nothing comes any more, where somebody knows it who watched the wire.
    quiet_until: Timestamp,
}

/// The capture's clock: the latest time seen, until the clock turns out to be set back.
#[derive(Clone)]
struct Clock {
    latest: Timestamp,
    /// The earliest time of the frames that came too late, since the last that did not.
    behind: Option<Timestamp>,
}

/// What the time of a frame says of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tick {
    /// It goes on.
    On,
    /// The frame is more than a second earlier than one before it.
    Late,
    /// Too many frames came late: the clock was set back by this much.
    SetBack(Duration),
}

impl<T> Arrivals<T> {
    /// Nothing is waiting.
    pub(super) const fn new() -> Self {
        let clock = Clock { latest: Timestamp::MIN, behind: None };
        Self { waiting: VecDeque::new(), clock, quiet_until: Timestamp::MIN }
    }

    /// Hears the time of a frame.
    #[inline]
    pub(super) fn tick(&mut self, time: Timestamp) -> Tick {
        if time >= self.clock.latest {
            self.clock.latest = time;
            self.clock.behind = None;
            return Tick::On;
        }
        self.tick_back(time)
    }

    /// The same where the frame is earlier than one before it.
    fn tick_back(&mut self, time: Timestamp) -> Tick {
        let tick = self.clock.tick(time);
        if matches!(tick, Tick::SetBack(_)) {
            self.quiet_until = Timestamp::MIN;
        }
        tick
    }

    /// Hears that nothing before `until` comes any more.
    pub(super) fn quiet(&mut self, until: Timestamp) {
        self.quiet_until = self.quiet_until.max(until);
    }

    /// The latest time, as the clock runs now; none before the first frame.
    pub(super) fn now(&self) -> Option<Timestamp> {
        Some(self.clock.latest).filter(|&latest| latest != Timestamp::MIN)
    }

    /// Before when nothing can come any more, but for frames that come too late.
    #[inline]
    pub(super) fn settled(&self) -> Timestamp {
        self.clock.latest.minus(DISORDER).max(self.quiet_until)
    }

    /// Takes a packet in.
    #[inline]
    pub(super) fn push(&mut self, at: At, packet: T) {
        if self.waiting.back().is_none_or(|(last, _)| *last <= at) {
            self.waiting.push_back((at, packet));
        } else {
            self.insert(at, packet);
        }
    }

    #[cold]
    fn insert(&mut self, at: At, packet: T) {
        let place = self.waiting.partition_point(|(waiting, _)| *waiting <= at);
        self.waiting.insert(place, (at, packet));
    }

    /// The next packet that nothing can come before any more.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<(At, T)> {
        let (at, _) = self.waiting.front()?;
        let ready = at.time < self.settled() || self.waiting.len() > WAITING;
        if ready { self.take() } else { None }
    }

    /// The packets that wait.
    pub(super) fn waiting_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.waiting.iter_mut().map(|(_, packet)| packet)
    }

    /// The next packet, whatever may come.
    #[inline]
    pub(super) fn take(&mut self) -> Option<(At, T)> {
        self.waiting.pop_front()
    }
}

impl Clock {
    fn tick(&mut self, time: Timestamp) -> Tick {
        if self.latest.since(time) <= DISORDER || self.latest == Timestamp::MIN {
            self.latest = self.latest.max(time);
            self.behind = None;
            return Tick::On;
        }
        let earliest = self.behind.unwrap_or(time).min(time);
        if time.since(earliest) < SET_BACK {
            self.behind = Some(earliest);
            return Tick::Late;
        }
        let by = self.latest.since(time);
        self.latest = time;
        self.behind = None;
        Tick::SetBack(by)
    }
}

/// By how much frames may be out of order.
const DISORDER: Duration = Duration::from_secs(1);
/// When the late frames themselves come so far, without one in time among them, then the clock was set back.
const SET_BACK: Duration = Duration::from_secs(2);
/// How many packets wait at most: what a cache holds. Where more come within a second, they are put in order over a
/// shorter time.
const WAITING: usize = 0x1000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{CaptureId, FrameNumber};

    fn at(millis: i64) -> At {
        let time = Timestamp::from_nanos(millis * 1_000_000);
        At { time, capture: CaptureId(0), frame: FrameNumber(1) }
    }

    #[test]
    fn packets_leave_in_order_a_second_later() {
        let mut arrivals = Arrivals::new();
        let mut left = Vec::new();
        for millis in [1000, 1300, 1100, 2000, 1200, 2350] {
            assert_eq!(arrivals.tick(at(millis).time), Tick::On);
            arrivals.push(at(millis), millis);
            while let Some((_, millis)) = arrivals.pop() {
                left.push(millis);
            }
        }
        assert_eq!(left, [1000, 1100, 1200, 1300]);
        assert_eq!(arrivals.take().map(|(_, millis)| millis), Some(2000));
    }

    #[test]
    fn a_frame_that_comes_late_does_not_turn_the_clock() {
        let mut arrivals: Arrivals<()> = Arrivals::new();
        let mut tick = |millis| arrivals.tick(at(millis).time);
        assert_eq!(
            [tick(10_000), tick(8_900), tick(3_000), tick(9_500)],
            [Tick::On, Tick::Late, Tick::Late, Tick::On]
        );
    }

    #[test]
    fn frames_that_stay_late_do() {
        let mut arrivals: Arrivals<()> = Arrivals::new();
        let mut tick = |millis| arrivals.tick(at(millis).time);
        assert_eq!(
            [tick(90_000), tick(1_000), tick(2_900), tick(3_000), tick(3_100)],
            [Tick::On, Tick::Late, Tick::Late, Tick::SetBack(Duration::from_secs(87)), Tick::On]
        );
        assert_eq!(arrivals.now(), Some(at(3_100).time));
    }

    #[test]
    fn a_flood_does_not_wait_for_a_second() {
        let mut arrivals = Arrivals::new();
        arrivals.tick(at(0).time);
        for _ in 0..WAITING {
            arrivals.push(at(0), ());
        }
        assert_eq!(arrivals.pop(), None);
        arrivals.push(at(0), ());
        assert!(arrivals.pop().is_some());
    }
}
