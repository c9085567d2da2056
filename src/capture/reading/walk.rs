//! Walking over records of which nothing is odd, with no state but what the file says of all of them.

use crate::capture::pcap::PcapWalk;
use crate::capture::pcapng::PcapngWalk;
use crate::capture::record::Record;
use crate::capture::records::near;
use crate::time::Timestamp;

/// How to walk over the records of a format where nothing is odd about them. What is odd is left to the reader of the
/// format, which reads such records in the same way.
pub(in crate::capture) trait Walk: Send + 'static {
    /// The record at the front of `ahead`, where all of it is there, nothing speaks against it and it is a frame that the
    /// reader would give without a further note. Its place counts from there, and it has no number.
    fn step(&self, ahead: &[u8]) -> Option<Step>;

    /// The same with the bytes of the frame, where that is soon told; where it is not, none.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every record")]
    fn plain_step<'a>(&self, ahead: &'a [u8]) -> Option<(Step, &'a [u8])> {
        let step = self.step(ahead)?;
        let frame = ahead.get(step.record.start..)?.get(..step.record.len)?;
        Some((step, frame))
    }

    /// The length that the record at the front of `ahead` claims, where that is one and its head is there.
    fn claims(&self, ahead: &[u8]) -> Option<usize>;

    /// Whether a record may begin at the front of `ahead` where none is expected, and how long it is.
    fn may_begin(&self, ahead: &[u8]) -> Option<usize>;
}

/// One record.
#[derive(Clone, Copy)]
pub(in crate::capture) struct Step {
    /// Its bytes, head and all.
    pub(in crate::capture) bytes: usize,
    /// Whole seconds of its time, where one record's must be near the next one's; else 0.
    pub(in crate::capture) seconds: u32,
    pub(in crate::capture) record: Record,
}

/// Records that were walked over, for the reader that is to go on behind them.
#[derive(Clone, Copy, Debug)]
pub(in crate::capture) struct Passed {
    /// How many.
    pub(in crate::capture) records: u64,
    /// Where the last one begins, and how long it is.
    pub(in crate::capture) last_at: u64,
    pub(in crate::capture) last_bytes: usize,
    /// The seconds of the first one, of the last one, and of the one before that.
    pub(in crate::capture) first_seconds: u32,
    pub(in crate::capture) last_seconds: [Option<u32>; 2],
    /// Bytes stored of their frames.
    pub(in crate::capture) captured_bytes: u64,
    /// Times of the first frame, of the last one, of the earliest and of the latest.
    pub(in crate::capture) first: Timestamp,
    pub(in crate::capture) last: Timestamp,
    pub(in crate::capture) earliest: Timestamp,
    pub(in crate::capture) latest: Timestamp,
}

/// What is kept of records while they are walked over.
#[derive(Clone, Copy)]
pub(super) struct Trail {
    records: u64,
    first_seconds: u32,
    /// The last one: where it begins, its seconds, its time; the seconds of the one before it.
    last_at: usize,
    seconds: u32,
    seconds_before: u32,
    first: Timestamp,
    last: Timestamp,
    earliest: Timestamp,
    latest: Timestamp,
    captured_bytes: u64,
}

/// Records that come in order and in one second.
#[derive(Clone, Copy)]
pub(super) struct Leg {
    seconds: u32,
    /// The time of the last one, or the latest before them.
    latest: Timestamp,
    last_at: usize,
    /// Bytes stored of them and of all before.
    captured_bytes: u64,
}

/// The walk of a format that can be walked over from anywhere.
pub(in crate::capture) enum Walker {
    Pcap(PcapWalk),
    Pcapng(PcapngWalk),
}

impl Leg {
    /// Whether a record goes on with them.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every record")]
    pub(super) fn goes_on(&self, step: &Step) -> bool {
        step.seconds == self.seconds && step.record.time >= self.latest
    }

    /// Bytes stored of all frames so far.
    #[inline]
    pub(super) const fn captured_bytes(&self) -> u64 {
        self.captured_bytes
    }

    /// One record more, which begins at `at`.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every record")]
    pub(super) const fn add(&mut self, at: usize, step: &Step) {
        self.last_at = at;
        self.captured_bytes += step.record.len as u64;
        self.latest = step.record.time;
    }
}

impl Trail {
    /// It begins with `first`.
    pub(super) const fn new(first: &Step) -> Self {
        let (time, seconds) = (first.record.time, first.seconds);
        Self {
            records: 0,
            first_seconds: seconds,
            last_at: 0,
            seconds,
            seconds_before: seconds,
            first: time,
            last: time,
            earliest: time,
            latest: time,
            captured_bytes: 0,
        }
    }

    /// Whether a record may follow: its time is near that of the last one.
    #[inline]
    pub(super) const fn is_followed_by(&self, step: &Step) -> bool {
        step.seconds == self.seconds || near(step.seconds, self.seconds)
    }

    /// Whether a record comes in order of time.
    pub(super) fn is_in_order(&self, step: &Step) -> bool {
        step.record.time >= self.latest
    }

    /// Bytes stored of all frames so far.
    pub(super) const fn captured_bytes(&self) -> u64 {
        self.captured_bytes
    }

    /// One record more, which begins at `at`.
    pub(super) fn add(&mut self, at: usize, step: &Step) {
        let time = step.record.time;
        self.records += 1;
        self.last_at = at;
        (self.seconds, self.seconds_before) = (step.seconds, self.seconds);
        self.captured_bytes += step.record.len as u64;
        self.last = time;
        if time >= self.latest {
            self.latest = time;
        } else {
            self.earliest = self.earliest.min(time);
        }
    }

    /// Sets out from here on with records that come in order.
    pub(super) const fn set_out(&self) -> Leg {
        let Self { seconds, latest, captured_bytes, .. } = *self;
        Leg { seconds, latest, last_at: 0, captured_bytes }
    }

    /// So many of those records were walked over.
    pub(super) fn arrive(&mut self, records: u64, leg: &Leg) {
        if records == 0 {
            return;
        }
        self.seconds_before = self.seconds;
        self.records += records;
        self.last_at = leg.last_at;
        self.captured_bytes = leg.captured_bytes;
        (self.last, self.latest) = (leg.latest, leg.latest);
    }

    /// What was walked over up to `end`, where places count from `base`.
    pub(super) fn passed(&self, base: u64, end: usize) -> Passed {
        let before = (self.records > 1).then_some(self.seconds_before);
        Passed {
            records: self.records,
            last_at: base + self.last_at as u64,
            last_bytes: end.saturating_sub(self.last_at),
            first_seconds: self.first_seconds,
            last_seconds: [Some(self.seconds), before],
            captured_bytes: self.captured_bytes,
            first: self.first,
            last: self.last,
            earliest: self.earliest,
            latest: self.latest,
        }
    }
}
