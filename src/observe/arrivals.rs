//! Packets in order of (time, capture, frame) before they are folded, and the clock they come by.
//!
//! Folding looks at a packet's neighbours, so packets are put in order first: out of order by up to a second, as several
//! interfaces in one file leave them, they give what they would give in order.

use std::time::Duration;

use crate::capture::Run;
use crate::time::Timestamp;

use super::esp_packet::EspPacket;
use super::legends::Legends;
use super::note::Note;
use super::place::At;
use super::queue::Queue;
use super::spans::{More, Span, Spans};

/// Packets held back until none that belongs before them can come.
#[derive(Clone)]
pub(super) struct Arrivals<T> {
    /// In order of their places.
    waiting: Queue<T>,
    /// Those of which nothing had to be done but to let them wait where they were noted.
    spans: Spans,
    clock: Clock,
    /// The latest place of all, as the clock runs now.
    last: At,
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

/// Which packets that wait in spans may leave.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leave {
    /// Only those before this time, at which something else waits.
    pub(super) before: Timestamp,
    /// Of these the ones before this time, since nothing comes before them any more;
    pub(super) settled: Timestamp,
    /// and so many whatever their time, since too many wait.
    pub(super) anyway: u64,
}

/// What comes first of all that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Front {
    /// ESP of a span.
    Noted,
    /// Other ESP.
    Esp,
    /// Anything else.
    Other,
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
        Self {
            waiting: Queue::new(),
            spans: Spans::new(),
            clock,
            last: At::EARLIEST,
            quiet_until: Timestamp::MIN,
        }
    }

    /// Hears the place of a frame.
    pub(super) fn tick(&mut self, at: At) -> Tick {
        let tick = self.clock.tick(at.time);
        self.last = self.last.max(at);
        if matches!(tick, Tick::SetBack(_)) {
            self.quiet_until = Timestamp::MIN;
            self.last = at;
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
        self.clock.settled.max(self.quiet_until)
    }

    /// Up to when frames that come in order settle nothing that is not before this time.
    pub(super) fn until_settled(&self, limit: Timestamp) -> Timestamp {
        if self.quiet_until > limit { Timestamp::MIN } else { limit.plus(DISORDER) }
    }

    /// Whether what comes at this place comes behind all that came before.
    #[inline]
    pub(super) fn is_in_order(&self, at: At) -> bool {
        at >= self.last
    }

    /// Takes in frames that come in order of their places: those of them that hold ESP, as the others were looked at.
    pub(super) fn arrive(&mut self, run: &Run<'_, Note>, more: &More) {
        self.clock.set(more.last.time);
        self.last = more.last;
        if more.packets > 0 {
            self.spans.push(run, more);
        }
    }

    /// The ESP of the first span up to where something else comes first, and how it leaves.
    #[inline]
    pub(super) fn leaving(&self) -> Option<(&Span, Leave)> {
        let span = self.spans.first_span()?;
        let before = self.waiting.first().map_or(Timestamp::MAX, |first| first.time);
        let settled = self.settled();
        let anyway = self.waiting().saturating_sub(WAITING);
        Some((span, Leave { before, settled, anyway }))
    }

    /// Drops the first frames of the first span, so many of which have ESP.
    #[inline]
    pub(super) fn left(&mut self, frames: usize, packets: u64) {
        self.spans.drop_first(frames, packets);
    }

    /// Puts the ESP of all spans where the rest waits, each packet with the flow that is its by now: before legends are
    /// forgotten, or flows and segments get other names.
    pub(super) fn spread(&mut self, legends: &Legends) {
        while let Some(waits) = self.spans.pop() {
            if let Some((at, packet)) = waits.packet(legends) {
                self.waiting.push_esp(at, &packet);
            }
        }
    }

    /// Whether so many frames wait for few of them that they should be [spread](Self::spread).
    #[inline]
    pub(super) const fn are_sparse(&self) -> bool {
        self.spans.are_sparse()
    }

    /// How many packets wait.
    #[inline]
    const fn waiting(&self) -> u64 {
        self.waiting.len() as u64 + self.spans.packets()
    }

    /// What comes first, and its place.
    #[inline]
    fn find_first(&self) -> Option<(Front, At)> {
        let waiting = self.waiting.first().map(|slot| {
            let first = if slot.is_esp() { Front::Esp } else { Front::Other };
            (first, slot.at())
        });
        match self.spans.first() {
            Some(noted) if waiting.is_none_or(|(_, waiting)| noted.at < waiting) => {
                Some((Front::Noted, noted.at))
            }
            _ => waiting,
        }
    }

    /// What comes first.
    pub(super) fn first(&self) -> Option<Front> {
        self.find_first().map(|(first, _)| first)
    }

    /// Takes ESP in.
    pub(super) fn push_esp(&mut self, at: At, packet: &EspPacket) {
        self.waiting.push_esp(at, packet);
    }

    /// Takes anything else in.
    pub(super) fn push(&mut self, at: At, what: T) {
        self.waiting.push_other(at, what);
    }

    /// What comes first, where nothing can come before it any more.
    #[inline]
    pub(super) fn first_ready(&self) -> Option<Front> {
        let is_ready = |at: At| at.time < self.settled() || self.waiting() > WAITING;
        self.find_first().filter(|&(_, at)| is_ready(at)).map(|(first, _)| first)
    }

    /// The flows of the ESP that waits, but for that of spans.
    pub(super) fn flows_mut(&mut self) -> impl Iterator<Item = &mut u32> {
        self.waiting.flows_mut()
    }

    /// Takes the first packet of the spans, with the flow that is its by now.
    pub(super) fn take_noted(&mut self, legends: &Legends) -> Option<(At, EspPacket)> {
        self.spans.pop()?.packet(legends)
    }

    /// Takes the first packet that is not of a span, where that is ESP.
    pub(super) fn take_esp(&mut self) -> Option<(At, EspPacket)> {
        self.waiting.pop_esp()
    }

    /// The same, where that is anything else.
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
const WAITING: u64 = 0x1000;

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
            assert_eq!(arrivals.tick(at(millis)), Tick::On);
            arrivals.push(at(millis), millis);
            while arrivals.first_ready().is_some() {
                left.extend(arrivals.take().map(|(_, millis)| millis));
            }
        }
        assert_eq!(left, [1000, 1100, 1200, 1300]);
        assert_eq!(arrivals.take().map(|(_, millis)| millis), Some(2000));
    }

    #[test]
    fn a_frame_that_comes_late_does_not_turn_the_clock() {
        let mut arrivals: Arrivals<()> = Arrivals::new();
        let mut tick = |millis| arrivals.tick(at(millis));
        assert_eq!(
            [tick(10_000), tick(8_900), tick(3_000), tick(9_500)],
            [Tick::On, Tick::Late, Tick::Late, Tick::On]
        );
    }

    #[test]
    fn frames_that_stay_late_do() {
        let mut arrivals: Arrivals<()> = Arrivals::new();
        let mut tick = |millis| arrivals.tick(at(millis));
        assert_eq!(
            [tick(90_000), tick(1_000), tick(2_900), tick(3_000), tick(3_100)],
            [Tick::On, Tick::Late, Tick::Late, Tick::SetBack(Duration::from_secs(87)), Tick::On]
        );
        assert_eq!(arrivals.now(), Some(at(3_100).time));
    }

    #[test]
    fn a_flood_does_not_wait_for_a_second() {
        let mut arrivals = Arrivals::new();
        arrivals.tick(at(0));
        for _ in 0..WAITING {
            arrivals.push(at(0), ());
        }
        assert_eq!(arrivals.first_ready(), None);
        arrivals.push(at(0), ());
        assert_eq!(arrivals.first_ready(), Some(Front::Other));
    }
}
