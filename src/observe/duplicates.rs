//! Packets that one capture shows twice, as two mirror ports of one switch do.
//!
//! Two frames are copies of one packet when all above the link layer is the same, the IP identification among it, and
//! they are at most [`APART`] apart on one segment. ARP and neighbour discovery are never taken for copies: routers do
//! send the same announcement twice.

use std::hash::{BuildHasher, Hash, Hasher};
use std::time::Duration;

use foldhash::fast::FixedState;

use crate::decode::{Message, Packet, Pieces};
use crate::time::Timestamp;

use super::esp_packet::EspPacket;
use super::place::{At, Segment};

/// What a packet other than ESP is recognised by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Print(u64);

impl Print {
    /// The print of a packet seen on `segment`; none where the same packet may rightly be sent twice, and none of a
    /// message from a stream or from pieces of IKE's own: it is no packet, and is put together once.
    pub(super) fn of(segment: &Segment, packet: &Packet<'_>) -> Option<Self> {
        let network = packet.network.as_ref()?;
        if matches!(packet.message.as_ref()?, Message::Arp(_) | Message::Neighbour(_)) {
            return None;
        }
        if matches!(packet.pieces, Pieces::IkeFragments(_) | Pieces::Segments) {
            return None;
        }
        let mut hasher = FixedState::with_seed(SEED).build_hasher();
        let Segment { series, interface, vlans, network: of } = segment;
        (series, interface, vlans, of, network).hash(&mut hasher);
        hasher.write(packet.payload);
        Some(Self(hasher.finish()))
    }
}

/// The packets seen last.
#[derive(Clone)]
pub(super) struct Duplicates {
    /// One place for each print, by its low bits; a newer packet takes the place of an older one.
    recent: Box<[Option<Seen>]>,
    /// The latest time of all.
    latest: Timestamp,
}

#[derive(Clone, Copy)]
struct Seen {
    print: Print,
    at: At,
}

impl Duplicates {
    /// Nothing seen yet.
    pub(super) fn new() -> Self {
        Self { recent: vec![None; PLACES].into_boxed_slice(), latest: Timestamp::MIN }
    }

    /// Whether the packet at `at` is a copy of one seen before in the same capture; else it is remembered.
    ///
    /// Packets must come in order of time, but where the clock is set back.
    #[inline]
    pub(super) fn is_copy(&mut self, at: At, print: Print) -> bool {
        let Some(place) = self.recent.get_mut(usize::try_from(print.0).unwrap_or_default() % PLACES) else {
            return false;
        };
        // Where none can be found, none is fetched: they are in no cache.
        let is_alone = at.time.since(self.latest) > APART;
        self.latest = self.latest.max(at.time);
        if !is_alone
            && let Some(seen) = place
            && seen.print == print
            && seen.at.capture == at.capture
            && at.time >= seen.at.time
            && at.time.since(seen.at.time) <= APART
        {
            return seen.at.frame != at.frame;
        }
        *place = Some(Seen { print, at });
        false
    }
}

/// The last packets of one SA: a sequence number is used once, so what it protects need not be looked at.
///
/// A copy is recognised up to [`RECENT`] packets of its SA after the original.
#[derive(Clone)]
pub(super) struct RecentPackets {
    /// One place for each sequence number, by its low bits.
    slots: [RecentPacket; RECENT],
}

#[derive(Clone, Copy)]
struct RecentPacket {
    time: Timestamp,
    sequence: u32,
    source: u8,
    /// As in [`EspFields::ip`](super::esp_packet::EspFields::ip); 0, which no packet has, where there is none.
    ip: u32,
}

impl RecentPackets {
    /// None yet.
    pub(super) const NONE: Self =
        Self { slots: [RecentPacket { time: Timestamp::MIN, sequence: 0, source: 0, ip: 0 }; RECENT] };

    /// The source of the packet of which this one would be a copy, if it came from the same segment.
    #[inline]
    pub(super) fn original(&self, at: At, packet: &EspPacket) -> Option<u8> {
        let sequence = packet.sequence;
        let known = self.slots.get(sequence as usize % RECENT)?;
        let same = known.sequence == sequence && known.ip == packet.fields.ip();
        let near = at.time >= known.time && at.time.since(known.time) <= APART;
        (same && near).then_some(known.source)
    }

    /// Remembers a packet that is no copy, with the number of its source.
    #[inline]
    pub(super) fn remember(&mut self, time: Timestamp, sequence: u32, ip: u32, source: u8) {
        if let Some(slot) = self.slots.get_mut(sequence as usize % RECENT) {
            slot.time = time;
            slot.sequence = sequence;
            slot.source = source;
            slot.ip = ip;
        }
    }
}

/// How far apart two copies are at most: no protocol here repeats itself this soon.
const APART: Duration = Duration::from_millis(5);
/// How many packets are remembered: those of 5 ms at more than a million in a second.
const PLACES: usize = 0x2000;
/// How many packets of one SA are remembered.
pub(super) const RECENT: usize = 8;
const SEED: u64 = 0x5a6a_9a70;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{CaptureId, FrameNumber};
    use crate::time::Timestamp;

    fn at(micros: i64, capture: u32, frame: u64) -> At {
        let time = Timestamp::from_nanos(micros * 1000);
        At { time, capture: CaptureId(capture), frame: FrameNumber(frame) }
    }

    #[test]
    fn the_same_packet_soon_after_is_a_copy() {
        let mut duplicates = Duplicates::new();
        let mut seen = |micros, frame| duplicates.is_copy(at(micros, 0, frame), Print(7));
        assert_eq!(
            [seen(0, 1), seen(0, 1), seen(4_000, 2), seen(5_000, 3), seen(5_001, 4), seen(10_001, 5)],
            [false, false, true, true, false, true]
        );
    }

    #[test]
    fn a_copy_is_one_though_the_clock_was_set_back_in_between() {
        let mut duplicates = Duplicates::new();
        let mut seen = |micros, frame, print| duplicates.is_copy(at(micros, 0, frame), Print(print));
        assert_eq!([seen(90_000, 1, 7), seen(0, 2, 8), seen(91_000, 3, 7)], [false, false, true]);
    }

    #[test]
    fn another_capture_shows_packets_of_its_own() {
        let mut duplicates = Duplicates::new();
        assert!(!duplicates.is_copy(at(0, 0, 1), Print(7)));
        assert!(!duplicates.is_copy(at(1, 1, 1), Print(7)));
    }

    #[test]
    fn a_packet_that_takes_the_place_of_another_is_no_copy_of_it() {
        let mut duplicates = Duplicates::new();
        assert!(!duplicates.is_copy(at(0, 0, 1), Print(7)));
        assert!(!duplicates.is_copy(at(1, 0, 2), Print(7 + PLACES as u64)));
        assert!(!duplicates.is_copy(at(2, 0, 3), Print(7)));
    }
}
