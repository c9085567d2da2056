//! Packets that grow a slice: of one flow, each with the sequence number behind that of the one before, as nearly all are.
//!
//! What they add up to is kept by itself, in one place, and comes to the slice when something else comes of their SA or
//! the slice ends.

use std::time::Duration;

use crate::time::Timestamp;

use super::duplicates::{RECENT, RecentPackets};
use super::esp_packet::{EspPacket, FlowId};
use super::place::At;

/// Packets that were not added to their slice yet: one line of a cache that is written for each of them, and one that is
/// written in part.
#[derive(Clone)]
#[repr(C, align(64))]
pub(super) struct Growing {
    /// Their flow; [`FlowId::NONE`] where no more come.
    flow: FlowId,
    /// The number of their source.
    source: u8,
    /// The sequence number that comes next. Of more than 32 bits, so that none comes next behind the last one of all.
    next: u64,
    /// The sequence number of the first of them.
    first: u64,
    bytes: u64,
    last: At,
    stem: Stem,
    /// The last of them, each at the place its number leads to.
    recent: [Recent; RECENT],
}

/// What is remembered of a packet to tell copies.
#[derive(Clone, Copy)]
struct Recent {
    /// The lower half of its time in nanoseconds: all are of one second.
    time: u32,
    /// As in [`EspFields::ip`](super::esp_packet::EspFields::ip).
    ip: u32,
}

/// What packets grow from.
#[derive(Clone, Copy)]
pub(super) struct Stem {
    /// Where their SA stands.
    pub(super) state: u32,
    /// Where their slice stands.
    pub(super) slice: u32,
}

/// What they add up to.
#[derive(Clone, Copy)]
pub(super) struct Growth {
    pub(super) packets: u64,
    pub(super) bytes: u64,
    pub(super) last: At,
    /// Sequence number of the last packet.
    pub(super) last_sequence: u32,
}

impl Growing {
    /// None yet behind this packet.
    pub(super) fn behind(packet: &EspPacket, source: u8, stem: Stem) -> Self {
        let next = u64::from(packet.sequence) + 1;
        let recent = [Recent { time: 0, ip: 0 }; RECENT];
        Self { flow: packet.flow, source, next, first: next, bytes: 0, last: At::EARLIEST, stem, recent }
    }

    /// What they grow from.
    pub(super) const fn stem(&self) -> Stem {
        self.stem
    }

    /// Adds a packet where it comes next: whether it does.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every packet")]
    pub(super) fn add(&mut self, at: At, packet: &EspPacket) -> bool {
        let &EspPacket { flow, sequence, fields } = packet;
        if self.flow != flow || self.next != u64::from(sequence) {
            return false;
        }
        self.next += 1;
        self.bytes += fields.length();
        self.last = at;
        if let Some(recent) = self.recent.get_mut(sequence as usize % RECENT) {
            *recent = Recent { time: low(at.time), ip: fields.ip() };
        }
        true
    }

    /// No more come. What those that came add up to, where any did; the last of them are remembered.
    pub(super) fn end(&mut self, recent: &mut RecentPackets) -> Option<Growth> {
        self.flow = FlowId::NONE;
        let packets = self.next - self.first;
        if packets == 0 {
            return None;
        }
        let last_sequence = u32::try_from(self.next - 1).unwrap_or(u32::MAX);
        let kept = u32::try_from(packets.min(RECENT as u64)).unwrap_or_default();
        for before in 0..kept {
            let sequence = last_sequence - before;
            if let Some(&Recent { time, ip }) = self.recent.get(sequence as usize % RECENT) {
                let ago = low(self.last.time).wrapping_sub(time);
                let time = self.last.time.minus(Duration::from_nanos(ago.into()));
                recent.remember(time, sequence, ip, self.source);
            }
        }
        self.first = self.next;
        let bytes = std::mem::take(&mut self.bytes);
        Some(Growth { packets, bytes, last: self.last, last_sequence })
    }
}

/// The lower half of a time in nanoseconds: it tells those apart that are less than four seconds apart.
#[inline]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the lower half is taken")]
const fn low(time: Timestamp) -> u32 {
    time.nanos() as u32
}
