//! ESP packets that wait for their turn where they were noted: what is kept of the frames of a run, held from one frame up
//! to another. Nothing is copied, and nothing is done for each of them before its turn comes.

use std::collections::VecDeque;

use crate::capture::{CaptureId, Held, Kept, Run};

use super::esp_packet::EspPacket;
use super::legends::Legends;
use super::note::Note;
use super::place::At;

/// Spans of frames, in order of their places.
#[derive(Clone)]
pub(super) struct Spans {
    waiting: VecDeque<Span>,
    /// How many packets of ESP wait.
    packets: u64,
    /// How many frames the spans have.
    frames: usize,
}

/// Frames of a run, in order of their places. Those without ESP are passed over.
#[derive(Clone)]
pub(super) struct Span {
    held: Held<Note>,
    pub(super) capture: CaptureId,
    /// What their notes refer to.
    pub(super) legend: u32,
    /// The first frame that waits, which has ESP, and the end, both counted from 0 in the run.
    next: usize,
    end: usize,
}

/// Frames of a run, in order of their places.
#[derive(Clone, Copy, Debug)]
pub(super) struct More {
    /// The first of them that holds ESP, where any does, and their end.
    pub(super) from: usize,
    pub(super) to: usize,
    /// How many of them hold ESP.
    pub(super) packets: u64,
    /// The place of the last one.
    pub(super) last: At,
}

/// A packet that waits.
#[derive(Clone, Copy)]
pub(super) struct Waits {
    pub(super) at: At,
    note: Note,
    legend: u32,
}

impl Waits {
    /// It, with the flow that is its by now.
    pub(super) fn packet(self, legends: &Legends) -> Option<(At, EspPacket)> {
        let flow = legends.flows(self.legend)?.get(self.note.number())?;
        Some((self.at, self.note.packet(flow)?))
    }
}

impl Spans {
    /// None wait.
    pub(super) const fn new() -> Self {
        Self { waiting: VecDeque::new(), packets: 0, frames: 0 }
    }

    /// How many packets of ESP wait.
    #[inline]
    pub(super) const fn packets(&self) -> u64 {
        self.packets
    }

    /// Whether more frames are held than should be for the packets among them.
    #[inline]
    pub(super) const fn are_sparse(&self) -> bool {
        self.frames > MOST_HELD
    }

    /// Takes in frames of a run, behind all others. Some of them hold ESP.
    pub(super) fn push(&mut self, run: &Run<'_, Note>, more: &More) {
        let span = Span {
            held: run.hold(),
            capture: run.capture,
            legend: run.legend,
            next: more.from,
            end: more.to,
        };
        self.frames += span.end - span.next;
        self.packets += more.packets;
        self.waiting.push_back(span);
    }

    /// The first span.
    #[inline]
    pub(super) fn first_span(&self) -> Option<&Span> {
        self.waiting.front()
    }

    /// The first packet.
    #[inline]
    pub(super) fn first(&self) -> Option<Waits> {
        let span = self.waiting.front()?;
        let kept = span.frames().next()?;
        let at = At { time: kept.time(), capture: span.capture, frame: kept.number() };
        Some(Waits { at, note: kept.note(), legend: span.legend })
    }

    /// Takes the first packet.
    pub(super) fn pop(&mut self) -> Option<Waits> {
        let first = self.first()?;
        self.drop_first(1, 1);
        Some(first)
    }

    /// Drops the first frames of the first span, so many of which have ESP.
    pub(super) fn drop_first(&mut self, frames: usize, packets: u64) {
        let Some(span) = self.waiting.front_mut() else { return };
        span.next += frames;
        let passed_over = span.passed_over();
        span.next += passed_over;
        self.packets -= packets;
        self.frames -= frames + passed_over;
        if span.next >= span.end {
            self.waiting.pop_front();
        }
    }
}

impl Span {
    /// The frames that wait.
    #[inline]
    pub(super) fn frames(&self) -> impl Iterator<Item = Kept<'_, Note>> {
        self.held.frames(self.next, self.end)
    }

    /// How many frames come before the first one that has ESP.
    fn passed_over(&self) -> usize {
        self.frames().take_while(|kept| kept.note().fields().is_none()).count()
    }
}

/// How many frames are held at most, give or take a run, before the packets among them are taken out: eight for each packet
/// that waits, where as many do as may.
const MOST_HELD: usize = 0x8000;
