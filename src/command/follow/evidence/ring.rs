//! Frames held in memory, the latest ones, bounded by bytes and by time.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::capture::{CaptureId, FrameNumber, LinkType};
use crate::time::Timestamp;

/// Frames in order of arrival: what is known of each in one queue, the bytes of all in another one, so that a frame
/// costs no allocation.
pub(super) struct Ring {
    before: Duration,
    limit_bytes: usize,
    held: VecDeque<Held>,
    bytes: VecDeque<u8>,
    /// The times of the two latest frames.
    latest: (Timestamp, Timestamp),
    /// Incidents that are open, with how many opened at one time.
    open: BTreeMap<Timestamp, u32>,
    /// Frames that were wanted and dropped for want of room, by the second they are of.
    lost: BTreeMap<i64, u64>,
}

/// A frame that is held, without its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) time: Timestamp,
    pub(super) number: FrameNumber,
    pub(super) capture: CaptureId,
    pub(super) interface: u32,
    pub(super) link_type: LinkType,
    pub(super) wire_len: u32,
    /// How many bytes were stored of it.
    pub(super) len: u32,
}

impl Ring {
    /// An empty ring for the frames of the last `before`, of `limit_bytes` at most, with what is known of them.
    pub(super) const fn new(before: Duration, limit_bytes: usize) -> Self {
        Self {
            before,
            limit_bytes,
            held: VecDeque::new(),
            bytes: VecDeque::new(),
            latest: (Timestamp::MIN, Timestamp::MIN),
            open: BTreeMap::new(),
            lost: BTreeMap::new(),
        }
    }

    /// The most bytes that are held.
    pub(super) const fn limit_bytes(&self) -> usize {
        self.limit_bytes
    }

    /// Takes a frame in, and drops what is too old or too much.
    pub(super) fn push(&mut self, frame: Held, bytes: &[u8]) {
        self.latest = (self.latest.1, frame.time);
        self.drop_old();
        let needed = bytes.len().saturating_add(SIZE);
        if needed > self.limit_bytes {
            self.lose(frame);
            return;
        }
        while self.used() > self.limit_bytes - needed {
            let Some(oldest) = self.pop() else { break };
            self.lose(oldest);
        }
        grow(&mut self.bytes, bytes.len(), self.limit_bytes);
        self.held.push_back(Held { len: u32::try_from(bytes.len()).unwrap_or(u32::MAX), ..frame });
        self.bytes.extend(bytes);
    }

    /// Holds what comes and what is held from `before` ahead of `at`, until that is closed.
    pub(super) fn open(&mut self, at: Timestamp) {
        // Of so many the later ones lie in what the others hold, or they are all forged.
        if self.open.len() < MAX_OPEN || self.open.contains_key(&at) {
            let count = self.open.entry(at).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// Takes back one [`Self::open`] of the same time.
    pub(super) fn close(&mut self, at: Timestamp) {
        if let Some(count) = self.open.get_mut(&at) {
            *count -= 1;
            if *count == 0 {
                self.open.remove(&at);
            }
        }
        self.drop_old();
    }

    /// The frames held, in order of arrival, each with its bytes; these are put into `buffer`.
    pub(super) fn try_for_each<E>(
        &self,
        mut tell: impl FnMut(&Held, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut buffer = Vec::new();
        let mut start = 0;
        for frame in &self.held {
            let end = start + frame.len as usize;
            buffer.clear();
            buffer.extend(self.bytes.range(start..end));
            tell(frame, &buffer)?;
            start = end;
        }
        Ok(())
    }

    /// How many frames of the seconds of `from` to `to` were wanted and dropped for want of room.
    pub(super) fn lost(&self, from: Timestamp, to: Timestamp) -> u64 {
        if from > to {
            return 0;
        }
        let seconds = self.lost.range(from.whole_second()..=to.whole_second());
        seconds.fold(0, |sum, (_, &count)| sum.saturating_add(count))
    }

    /// Frames that are older than this are not wanted.
    ///
    /// A single frame with a time far ahead does not count: it would drop all others. A clock that is set back leaves
    /// frames that look later than the latest one; only the bytes bound these.
    fn floor(&self) -> Timestamp {
        let now = self.latest.0.min(self.latest.1);
        let first = self.open.keys().next().map_or(now, |&opened| now.min(opened));
        first.minus(self.before)
    }

    fn drop_old(&mut self) {
        let floor = self.floor();
        while self.held.front().is_some_and(|oldest| oldest.time < floor) {
            self.pop();
        }
        while self.lost.first_key_value().is_some_and(|(&second, _)| second < floor.whole_second()) {
            self.lost.pop_first();
        }
    }

    fn pop(&mut self) -> Option<Held> {
        let oldest = self.held.pop_front()?;
        self.bytes.drain(..(oldest.len as usize).min(self.bytes.len()));
        Some(oldest)
    }

    fn lose(&mut self, frame: Held) {
        let count = self.lost.entry(frame.time.whole_second()).or_default();
        *count = count.saturating_add(1);
        if self.lost.len() > MAX_SECONDS {
            self.lost.pop_first();
        }
    }

    fn used(&self) -> usize {
        self.bytes.len() + self.held.len() * SIZE
    }
}

/// Makes room for `more` bytes. It doubles as a queue does by itself, but not beyond `limit`.
fn grow(bytes: &mut VecDeque<u8>, more: usize, limit: usize) {
    let needed = bytes.len().saturating_add(more);
    if needed > bytes.capacity() {
        let room = bytes.capacity().saturating_mul(2).max(FIRST_ROOM).min(limit).max(needed);
        bytes.reserve_exact(room - bytes.len());
    }
}

/// What a frame costs beside its bytes.
const SIZE: usize = size_of::<Held>();

/// Bytes that are asked for at first.
const FIRST_ROOM: usize = 64 << 10;

/// How many incidents are told apart.
const MAX_OPEN: usize = 4_096;

/// Of how many seconds it is known what was lost, the latest ones.
const MAX_SECONDS: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_parts(seconds, 0)
    }

    fn push(ring: &mut Ring, seconds: i64, len: usize) {
        let frame = Held {
            time: at(seconds),
            number: FrameNumber(1),
            capture: CaptureId(0),
            interface: 0,
            link_type: LinkType::ETHERNET,
            wire_len: 2_000,
            len: 0,
        };
        ring.push(frame, &vec![u8::try_from(seconds % 256).unwrap(); len]);
    }

    fn seconds(ring: &Ring) -> Vec<i64> {
        let mut seconds = Vec::new();
        let told: Result<(), ()> = ring.try_for_each(|frame, bytes| {
            let second = frame.time.whole_second();
            assert!(bytes.iter().all(|&byte| i64::from(byte) == second % 256));
            assert_eq!(bytes.len(), frame.len as usize);
            seconds.push(second);
            Ok(())
        });
        assert_eq!(told, Ok(()));
        seconds
    }

    #[test]
    fn what_is_old_goes_unless_an_incident_is_open() {
        let mut ring = Ring::new(Duration::from_secs(60), 1 << 20);
        (0..100).for_each(|second| push(&mut ring, second, 100));
        assert_eq!(seconds(&ring), (38..100).collect::<Vec<_>>());
        ring.open(at(99));
        ring.open(at(150));
        (100..400).for_each(|second| push(&mut ring, second, 7));
        assert_eq!(seconds(&ring), (39..400).collect::<Vec<_>>());
        ring.close(at(99));
        assert_eq!(seconds(&ring), (90..400).collect::<Vec<_>>());
        ring.close(at(7));
        ring.close(at(150));
        assert_eq!(seconds(&ring), (338..400).collect::<Vec<_>>());
        assert_eq!(ring.lost(Timestamp::MIN, Timestamp::MAX), 0);
    }

    #[test]
    fn the_oldest_go_where_bytes_are_too_many_and_are_counted() {
        let mut ring = Ring::new(Duration::from_secs(60), 10 * (SIZE + 100));
        ring.open(at(5));
        (0..25).for_each(|second| push(&mut ring, second, 100));
        assert_eq!(seconds(&ring), (15..25).collect::<Vec<_>>());
        assert_eq!(
            (ring.lost(at(0), at(99)), ring.lost(at(14), at(99)), ring.lost(at(15), at(99))),
            (15, 1, 0)
        );
        assert_eq!((ring.lost(at(3), at(4)), ring.lost(at(4), at(3))), (2, 0));
        push(&mut ring, 25, 5_000);
        assert_eq!(ring.lost(at(25), at(25)), 1);
        assert!(ring.bytes.capacity() <= ring.limit_bytes.max(FIRST_ROOM));
        ring.close(at(5));
        (200..300).for_each(|second| push(&mut ring, second, 1));
        assert_eq!(ring.lost(at(0), at(237)), 0, "nobody wants these any more");
        assert!(ring.used() <= ring.limit_bytes());
    }

    #[test]
    fn one_wrong_time_drops_nothing_and_a_clock_that_is_set_back_is_followed() {
        let mut ring = Ring::new(Duration::from_secs(60), 1 << 20);
        (1_000..1_010).for_each(|second| push(&mut ring, second, 1));
        push(&mut ring, 9_000_000, 1);
        push(&mut ring, 1_010, 1);
        assert_eq!(seconds(&ring).len(), 12);
        (0..100).for_each(|second| push(&mut ring, second, 1));
        assert_eq!(seconds(&ring).len(), 112);
        (1_100..1_200).for_each(|second| push(&mut ring, second, 1));
        assert!(seconds(&ring).ends_with(&(1_138..1_200).collect::<Vec<_>>()));
    }
}
