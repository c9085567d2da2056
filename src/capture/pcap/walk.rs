//! What the records of a pcap mean, and walking over those of which nothing is odd.

use super::header::{Header, Limits};
use crate::capture::frame::LinkType;
use crate::capture::order::{Order, size};
use crate::capture::reading::{Step, Walk};
use crate::capture::record::Record;
use crate::capture::records::Belief;
use crate::time::Timestamp;

/// What the records of a pcap mean, as its file header says.
#[derive(Clone, Copy)]
pub(in crate::capture) struct PcapWalk {
    pub(super) order: Order,
    /// Bytes of a record's header.
    pub(super) header_bytes: usize,
    pub(super) limits: Limits,
    /// Nanoseconds of one unit of a time's fraction.
    pub(super) unit_nanos: i64,
    pub(super) interface: u32,
    pub(super) link_type: LinkType,
    /// Bytes of the frame check sequence at the end of each frame.
    pub(super) fcs_bytes: u32,
}

impl PcapWalk {
    /// Bytes of a record, its header included.
    #[inline]
    pub(super) fn record_bytes(&self, header: Header) -> usize {
        self.header_bytes.saturating_add(size(header.captured))
    }

    /// The frame of a record, without a number.
    pub(super) fn record(&self, header: Header) -> Record {
        // A frame that was cut short may have lost its frame check sequence, or part of it, already.
        let wire_len = header.wire.max(header.captured).saturating_sub(self.fcs_bytes);
        // Some writers leave a negative part of a second where a clock was set back.
        let fraction = i64::from(header.fraction.cast_signed()) * self.unit_nanos;
        // Seconds of 32 bits are far from the end of the range.
        let time = Timestamp::from_nanos(i64::from(header.seconds) * NANOS + fraction);
        Record { time, wire_len, len: size(header.captured.min(wire_len)), ..self.plain_record(header) }
    }

    /// The same of a header that [is plain](Limits::is_plain), where that may be.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every record")]
    fn plain_record(&self, header: Header) -> Record {
        let fraction = i64::from(header.fraction).wrapping_mul(self.unit_nanos);
        Record {
            number: 0,
            time: Timestamp::from_nanos(i64::from(header.seconds).wrapping_mul(NANOS).wrapping_add(fraction)),
            wire_len: header.wire,
            interface: self.interface,
            link_type: self.link_type,
            start: self.header_bytes,
            len: size(header.captured),
        }
    }

    /// The header at the front of `ahead`, where all of it is there.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every record")]
    fn head(&self, ahead: &[u8]) -> Option<Header> {
        let header = Header::read(self.order, ahead, 0)?;
        (ahead.len() >= self.header_bytes).then_some(header)
    }
}

impl Walk for PcapWalk {
    fn step(&self, ahead: &[u8]) -> Option<Step> {
        let header = self.head(ahead)?;
        let bytes = self.record_bytes(header);
        if ahead.len() < bytes || self.limits.judge(header) != Belief::Sound {
            return None;
        }
        Some(Step { bytes, seconds: header.seconds, record: self.record(header) })
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every record")]
    fn plain_step<'a>(&self, ahead: &'a [u8]) -> Option<(Step, &'a [u8])> {
        let header = Header::read(Order::Little, ahead, 0)?;
        if !self.limits.is_plain(header) {
            return None;
        }
        let record = self.plain_record(header);
        let frame = ahead.get(record.start..)?.get(..record.len)?;
        let bytes = record.start.wrapping_add(record.len);
        Some((Step { bytes, seconds: header.seconds, record }, frame))
    }

    fn claims(&self, ahead: &[u8]) -> Option<usize> {
        let header = self.head(ahead)?;
        (self.limits.judge(header) == Belief::Sound).then(|| self.record_bytes(header))
    }

    #[inline]
    fn may_begin(&self, ahead: &[u8]) -> Option<usize> {
        let header = self.head(ahead)?;
        self.limits.looks_like_a_record(header).then(|| self.record_bytes(header))
    }
}

/// Nanoseconds of a second.
const NANOS: i64 = 1_000_000_000;
