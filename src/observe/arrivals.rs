//! Packets in order of (time, capture, frame) before they are folded, and the clock they come by.
//!
//! Folding looks at a packet's neighbours, so packets are put in order first: out of order by up to a second, as several
//! interfaces in one file leave them, they give what they would give in order.

use std::time::Duration;

use crate::time::Timestamp;

use super::esp_packet::{EspFields, EspPacket, FlowId};
use super::place::At;
use super::queue::{Queue, Slot};

/// Packets held back until none that belongs before them can come.
#[derive(Clone)]
pub(super) struct Arrivals<T> {
    /// In order of their places.
    waiting: Queue<T>,
    clock: Clock,
    /// Before when nothing comes any more, where somebody knows it who watched the wire.
    quiet_until: Timestamp,
}

/// The capture's clock: the latest time seen, until the clock turns out to be set back.
#[derive(Clone)]
struct Clock {
    latest: Timestamp,
    /// Before when nothing can come any more by that.
    settled: Timestamp,
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
    pub(super) fn new() -> Self {
        let clock = Clock { latest: Timestamp::MIN, settled: Timestamp::MIN, behind: None };
        Self { waiting: Queue::new(), clock, quiet_until: Timestamp::MIN }
    }

    /// Hears the time of a frame, unless it is earlier than one before it; whether it is not.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every frame")]
    pub(super) fn tick_on(&mut self, time: Timestamp) -> bool {
        let is_on = time >= self.clock.latest;
        if is_on {
            self.clock.set(time);
        }
        is_on
    }

    /// Hears the time of a frame.
    pub(super) fn tick(&mut self, time: Timestamp) -> Tick {
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

    /// The latest time, as the clock runs now.
    pub(super) const fn latest(&self) -> Timestamp {
        self.clock.latest
    }

    /// The latest time, as the clock runs now; none before the first frame.
    pub(super) fn now(&self) -> Option<Timestamp> {
        Some(self.clock.latest).filter(|&latest| latest != Timestamp::MIN)
    }

    /// Before when nothing can come any more, but for frames that come too late.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every frame")]
    pub(super) fn settled(&self) -> Timestamp {
        self.clock.settled.max(self.quiet_until)
    }

    /// Before when nothing can come any more once a frame came at this time, where that comes in order.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every frame")]
    pub(super) fn settled_by(&self, time: Timestamp) -> Option<Timestamp> {
        (time >= self.clock.latest).then(|| time.minus(DISORDER).max(self.quiet_until))
    }

    /// Takes in a frame with ESP that comes in order.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every frame")]
    pub(super) fn arrive(&mut self, at: At, flow: FlowId, sequence: u32, fields: EspFields) {
        if at.time > self.clock.latest {
            self.clock.latest = at.time;
            self.clock.behind = None;
            self.waiting.append_esp(at, flow, sequence, fields);
        } else {
            self.waiting.push_esp(at, &EspPacket { flow, sequence, fields });
        }
    }

    /// The next packet, where nothing can come before it any more once all is settled before `settled`.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every frame")]
    pub(super) fn ready_by(&self, settled: Timestamp) -> Option<&Slot> {
        let first = self.waiting.first()?;
        (first.time < settled || self.waiting.len() > WAITING).then_some(first)
    }

    /// Hears the time of a frame that comes in order, of which nothing waits.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every frame")]
    pub(super) fn pass(&mut self, time: Timestamp) {
        self.clock.latest = time;
        self.clock.behind = None;
    }

    /// Hears that no frame comes by [`Self::arrive`] or [`Self::pass`] for now.
    #[inline]
    pub(super) fn have_arrived(&mut self) {
        self.clock.settled = self.clock.latest.minus(DISORDER);
    }

    /// Drops the next packet, which must be ESP.
    #[inline]
    pub(super) fn drop_first(&mut self) {
        self.waiting.drop_first();
    }

    /// Takes ESP in.
    pub(super) fn push_esp(&mut self, at: At, packet: &EspPacket) {
        self.waiting.push_esp(at, packet);
    }

    /// Takes anything else in.
    pub(super) fn push(&mut self, at: At, what: T) {
        self.waiting.push_other(at, what);
    }

    /// Whether there is a packet that nothing can come before any more: that of the two takes which gives one.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every frame")]
    pub(super) fn is_ready(&self) -> bool {
        self.ready_by(self.settled()).is_some()
    }

    /// Whether none waits.
    pub(super) const fn is_empty(&self) -> bool {
        self.waiting.len() == 0
    }

    /// The flows of the ESP that waits.
    pub(super) fn flows_mut(&mut self) -> impl Iterator<Item = &mut u32> {
        self.waiting.flows_mut()
    }

    /// The next packet, where that is ESP.
    pub(super) fn take_esp(&mut self) -> Option<(At, EspPacket)> {
        self.waiting.pop_esp()
    }

    /// The next packet, where that is anything else.
    pub(super) fn take(&mut self) -> Option<(At, T)> {
        self.waiting.pop_other()
    }
}

impl Clock {
    fn tick(&mut self, time: Timestamp) -> Tick {
        if self.latest.since(time) <= DISORDER || self.latest == Timestamp::MIN {
            self.set(self.latest.max(time));
            return Tick::On;
        }
        let earliest = self.behind.unwrap_or(time).min(time);
        if time.since(earliest) < SET_BACK {
            self.behind = Some(earliest);
            return Tick::Late;
        }
        let by = self.latest.since(time);
        self.set(time);
        Tick::SetBack(by)
    }

    #[inline]
    fn set(&mut self, latest: Timestamp) {
        self.latest = latest;
        self.settled = latest.minus(DISORDER);
        self.behind = None;
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
            while arrivals.is_ready() {
                left.extend(arrivals.take().map(|(_, millis)| millis));
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
        assert!(!arrivals.is_ready());
        arrivals.push(at(0), ());
        assert!(arrivals.is_ready());
    }
}
