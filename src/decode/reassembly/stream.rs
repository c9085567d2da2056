//! One direction of a TCP stream put in order by sequence number (RFC 9293 §3.4).

use std::collections::BTreeMap;
use std::time::Duration;

use crate::decode::packet::Segment;
use crate::time::Timestamp;
use crate::wire::tcp::{ACK, PREFIX, SYN};

use super::framing::{Framing, Given};
use super::place::Place;

/// One direction of a stream.
#[derive(Debug)]
pub(super) struct Stream {
    framing: Framing,
    /// Sequence number of the byte that comes next, once it is known.
    next: Option<u32>,
    /// How many bytes came before that one.
    at: u64,
    /// Segments that came before their turn, by the place of their first byte.
    early: BTreeMap<u64, Early>,
    /// How far the other side says it has got everything.
    acknowledged: Option<u32>,
    /// Its first frame with data, and then that in which began what is not whole yet.
    pub(super) first: Place,
    /// Whether it is one of IKE and ESP: it began with the prefix, or a message was found in it.
    pub(super) is_ours: bool,
    /// Whether data came since it was last asked.
    pub(super) is_fresh: bool,
    /// How many segments with data came.
    pub(super) segments: u64,
}

#[derive(Debug)]
struct Early {
    since: Timestamp,
    bytes: Vec<u8>,
    wire_len: usize,
}

impl Stream {
    /// A stream of which nothing is known.
    pub(super) const fn new(first: Place) -> Self {
        Self {
            framing: Framing::lost(),
            next: None,
            at: 0,
            early: BTreeMap::new(),
            acknowledged: None,
            first,
            is_ours: false,
            is_fresh: false,
            segments: 0,
        }
    }

    /// The direction back of a stream that began with the prefix: its first byte has this sequence number, where it is
    /// known.
    pub(super) fn answering(first: Place, next: Option<u32>) -> Self {
        let framing = if next.is_some() { Framing::at_boundary() } else { Framing::lost() };
        Self { framing, next, is_ours: true, ..Self::new(first) }
    }

    /// Takes a segment with its captured data; what that gives, in order. `answers` says whether the other direction began
    /// with the prefix.
    pub(super) fn take(
        &mut self,
        place: Place,
        segment: &Segment,
        bytes: &[u8],
        answers: bool,
        out: &mut Vec<Given>,
    ) {
        let mut sequence = segment.sequence;
        if segment.flags & SYN != 0 {
            *self = Self { acknowledged: self.acknowledged, ..Self::new(place) };
            if segment.flags & ACK == 0 {
                self.framing = Framing::with_prefix();
            }
            sequence = sequence.wrapping_add(1);
            self.next = Some(sequence);
        }
        if segment.wire_len == 0 {
            return;
        }
        (self.is_fresh, self.segments) = (true, self.segments + 1);
        self.begin(place, bytes, answers);
        let next = *self.next.get_or_insert(sequence);
        // The distance on the circle of sequence numbers, forward or back.
        let ahead = i64::from(sequence.wrapping_sub(next).cast_signed());
        let position = self.at.saturating_add_signed(ahead);
        if ahead < 0 && self.at < ahead.unsigned_abs() {
            // Older than all that was seen of the stream.
            return;
        }
        let given = out.len();
        if self.is_ours && !self.is_unfinished() {
            self.first = place;
        }
        let early = Early { since: place.time, bytes: bytes.to_vec(), wire_len: segment.wire_len };
        self.hold(position, early);
        self.go_on(out);
        while self.is_gap_final(place.time) {
            self.pass_gap(out);
            self.go_on(out);
        }
        if out.len() > given {
            self.first = place;
        }
        self.is_ours |= self.framing.is_on_track();
    }

    /// Hears the other direction: up to there all has arrived.
    pub(super) const fn acknowledge(&mut self, acknowledgment: u32) {
        self.acknowledged = Some(acknowledgment);
    }

    /// Whether something was begun that never came to its end.
    pub(super) fn is_unfinished(&self) -> bool {
        self.is_ours && (self.framing.is_within_message() || !self.early.is_empty())
    }

    /// How much memory it takes, in bytes.
    pub(super) fn size(&self) -> usize {
        self.framing.size()
            + self.early.values().map(|early| early.bytes.len() + size_of::<Early>()).sum::<usize>()
    }

    /// Before its first data: how it begins.
    fn begin(&mut self, place: Place, bytes: &[u8], answers: bool) {
        if self.segments > 1 || self.framing.is_on_track() {
            return;
        }
        self.first = place;
        if bytes.starts_with(PREFIX) {
            self.framing = Framing::with_prefix();
        } else if answers && self.next.is_some() {
            self.framing = Framing::at_boundary();
        }
    }

    /// Keeps a segment until its turn comes; of two at one place the longer.
    fn hold(&mut self, position: u64, early: Early) {
        let known = self.early.get(&position);
        if known.is_none_or(|known| known.wire_len < early.wire_len) {
            self.early.insert(position, early);
        }
    }

    /// Reads what is next, as far as it is there.
    fn go_on(&mut self, out: &mut Vec<Given>) {
        while let Some(entry) = self.early.first_entry() {
            if *entry.key() > self.at {
                return;
            }
            let (position, early) = entry.remove_entry();
            let seen = usize::try_from(self.at - position).unwrap_or(usize::MAX);
            let Some(new) = early.wire_len.checked_sub(seen).filter(|&new| new > 0) else { continue };
            let bytes = early.bytes.get(seen..).unwrap_or_default();
            let bytes = bytes.get(..new).unwrap_or(bytes);
            self.framing.bytes(bytes, out);
            self.framing.hole(new - bytes.len(), out);
            self.advance(new);
        }
    }

    /// Whether what comes before the next segment will not come any more.
    fn is_gap_final(&self, now: Timestamp) -> bool {
        let Some((&position, early)) = self.early.first_key_value() else { return false };
        let gap = position.saturating_sub(self.at);
        let has_arrived = self.acknowledged.zip(self.next).is_some_and(|(acknowledged, next)| {
            let arrived = acknowledged.wrapping_sub(next).cast_signed();
            arrived > 0 && u64::from(arrived.unsigned_abs()) >= gap
        });
        let held: usize = self.early.values().map(|early| early.bytes.len()).sum();
        has_arrived
            || gap > WINDOW
            || self.early.len() > EARLY
            || held > EARLY_SIZE
            || now.since(early.since) > PATIENCE
            || early.since.since(now) > PATIENCE
    }

    /// Passes over what was not captured before the next segment.
    fn pass_gap(&mut self, out: &mut Vec<Given>) {
        let Some((&position, _)) = self.early.first_key_value() else { return };
        let gap = usize::try_from(position.saturating_sub(self.at)).unwrap_or(usize::MAX);
        self.framing.hole(gap, out);
        self.advance(gap);
    }

    fn advance(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes as u64);
        #[expect(clippy::cast_possible_truncation, reason = "sequence numbers go round")]
        let by = bytes as u32;
        self.next = self.next.map(|next| next.wrapping_add(by));
    }
}

/// No sender is farther ahead of its receiver without a window of unusual size.
const WINDOW: u64 = 4 << 20;
/// How many segments of one direction may wait for their turn, and with how many bytes.
const EARLY: usize = 64;
const EARLY_SIZE: usize = 256 << 10;
/// How long they wait for one that was lost: it is sent again sooner (RFC 6298 §2 begins with one second), or the
/// capture missed it.
const PATIENCE: Duration = Duration::from_secs(3);
