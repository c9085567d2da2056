//! What a source hands over to whoever follows it, in batches.

use std::sync::mpsc::SyncSender;

use super::Notice;
use crate::capture::error::Error;
use crate::capture::facts::Facts;
use crate::capture::frame::{Frame, FrameNumber};
use crate::capture::record::Record;
use crate::time::Timestamp;

/// What a source hands over.
pub(super) enum Delivery {
    /// A capture begins; what is known of it before its first frame.
    Began(Box<Facts>),
    /// Frames of the capture that began last.
    Frames(Batch),
    /// There is no more for now. Nothing before this time comes any more, where the source knows one.
    Dry(Option<Timestamp>),
    /// What is known of the capture has changed.
    Known(Box<Facts>),
    /// The capture that began last is at its end, or cannot be read on.
    Ended(Box<Facts>, Option<Error>),
    /// What whoever follows should be told.
    Notice(Notice),
    /// Nothing comes any more.
    Finished,
}

/// Frames, their bytes one after the other.
#[derive(Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    records: Vec<Record>,
}

impl Batch {
    /// Adds a frame.
    pub(super) fn push(&mut self, frame: &Frame<'_>) {
        let Frame { number: FrameNumber(number), time, wire_len, interface, link_type, bytes } = *frame;
        let (start, len) = (self.bytes.len(), bytes.len());
        self.bytes.extend_from_slice(bytes);
        self.records.push(Record { number, time, wire_len, interface, link_type, start, len });
    }

    /// The frame at a place, counted from 0.
    pub(super) fn get(&self, place: usize) -> Option<Frame<'_>> {
        let record = self.records.get(place)?;
        Some(record.lend_from(&self.bytes))
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Whether it is worth handing over.
    const fn is_full(&self) -> bool {
        self.bytes.len() >= FULL_BYTES || self.records.len() >= FULL_FRAMES
    }
}

/// How far a capture has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// It is not known whether it is one.
    Unknown,
    /// It is one.
    Recognised,
    /// It has been announced.
    Began,
}

/// The end of a source at which frames are put together and handed over.
pub(super) struct Outbox {
    source: usize,
    to: SyncSender<(usize, Delivery)>,
    batch: Batch,
    /// Frames are passed by until the source is dry for the first time.
    passing: bool,
    capture: Progress,
    /// When the last frame was captured that was taken, passed by or not.
    pub(super) latest: Option<Timestamp>,
    /// Whether the source was read to its end once.
    was_dry: bool,
    /// How often it was read since no more is wanted.
    last_reads: u32,
    /// Nobody takes deliveries any more.
    pub(super) closed: bool,
}

impl Outbox {
    /// The outbox of a source. One that is `passing` hands over only what comes after it was dry once.
    pub(super) fn new(source: usize, to: SyncSender<(usize, Delivery)>, passing: bool) -> Self {
        Self {
            source,
            to,
            batch: Batch::default(),
            passing,
            capture: Progress::Unknown,
            latest: None,
            was_dry: false,
            last_reads: 0,
            closed: false,
        }
    }

    /// Whether what is there need not be read to its end, now that no more is wanted. Called for each read.
    pub(super) fn has_enough(&mut self) -> bool {
        self.last_reads += 1;
        !self.was_dry || self.last_reads > LAST_READS
    }

    /// What is read is a capture.
    pub(super) const fn recognised(&mut self) {
        self.capture = Progress::Recognised;
    }

    /// Whether what is read is known to be a capture.
    pub(super) fn is_recognised(&self) -> bool {
        self.capture != Progress::Unknown
    }

    /// Takes a frame of a capture that is known by `facts`.
    pub(super) fn push(&mut self, frame: &Frame<'_>, facts: &Facts) {
        self.latest = Some(frame.time);
        if self.passing {
            return;
        }
        self.begin(facts);
        self.batch.push(frame);
        if self.batch.is_full() {
            self.flush();
        }
    }

    /// The source has no more for now.
    pub(super) fn dry(&mut self, until: Option<Timestamp>) {
        self.passing = false;
        self.was_dry = true;
        self.flush();
        self.send(Delivery::Dry(until));
    }

    /// What is known of the capture has changed.
    pub(super) fn known(&mut self, facts: &Facts) {
        if self.capture == Progress::Began {
            self.flush();
            self.send(Delivery::Known(Box::new(facts.clone())));
        }
    }

    /// The capture is at its end, or cannot be read on.
    pub(super) fn ended(&mut self, facts: Facts, failure: Option<Error>) {
        self.flush();
        self.begin(&facts);
        self.capture = Progress::Unknown;
        self.send(Delivery::Ended(Box::new(facts), failure));
    }

    /// Tells whoever follows something.
    pub(super) fn notice(&mut self, notice: Notice) {
        self.flush();
        self.send(Delivery::Notice(notice));
    }

    /// Nothing comes any more.
    pub(super) fn finished(&mut self) {
        self.flush();
        self.send(Delivery::Finished);
    }

    /// Announces the capture, once.
    fn begin(&mut self, facts: &Facts) {
        if self.capture != Progress::Began {
            self.capture = Progress::Began;
            self.send(Delivery::Began(Box::new(facts.without_frames())));
        }
    }

    fn flush(&mut self) {
        if !self.batch.is_empty() {
            let batch = std::mem::take(&mut self.batch);
            self.send(Delivery::Frames(batch));
        }
    }

    /// Waits where deliveries are not taken as fast as they come.
    fn send(&mut self, delivery: Delivery) {
        self.closed |= self.to.send((self.source, delivery)).is_err();
    }
}

/// How often a source is read when no more is wanted, for what came until then.
const LAST_READS: u32 = 256;
/// A batch goes when it holds so many bytes: what stays in a cache on its way.
const FULL_BYTES: usize = 96 * 1024;
/// A batch goes when it holds so many frames.
const FULL_FRAMES: usize = 1024;
