//! pcap: one header, then record after record. Source: draft-ietf-opsawg-pcap.
//!
//! The record walk is pcap-file's slice parser; what a record's header may say is decided here.

mod header;

use std::borrow::Cow;
use std::io;

use pcap_file::TsResolution;
use pcap_file::pcap::PcapParser;

use self::header::{HEADER_BYTES, Header, Limits};
use super::damage::DamageKind;
use super::facts::{Facts, Interface};
use super::frame::LinkType;
use super::order::{Order, size};
use super::record::Record;
use super::records::{Belief, Layout, Records};
use super::window::Window;
use crate::time::Timestamp;

/// The records of a pcap.
pub(super) struct Pcap {
    parser: PcapParser,
    order: Order,
    limits: Limits,
    /// Nanoseconds of one unit of a time's fraction.
    unit_nanos: i64,
    link_type: LinkType,
}

impl Pcap {
    /// Reads the file header; `None` where the file ends inside it.
    pub(super) fn open(
        order: Order,
        window: &mut Window,
        facts: &mut Facts,
    ) -> io::Result<Option<Records<Self>>> {
        if !window.reach(FILE_HEADER_BYTES)? {
            return Ok(None);
        }
        let bytes = window.bytes();
        let Ok((_, parser)) = PcapParser::new(bytes) else { return Ok(None) };
        let header = parser.header();
        // The crate does not know the FCS bits above the type, so the field is read again.
        let link_type = LinkType(order.u32(bytes, 20).unwrap_or_default() & 0xffff);
        let (unit, unit_nanos) = match header.ts_resolution {
            TsResolution::MicroSecond => (1_000_000, 1_000),
            TsResolution::NanoSecond => (1_000_000_000, 1),
        };
        facts.interfaces.push(Interface { name: None, link_type, snaplen: header.snaplen, drops: None });
        let limits = Limits::new(header.snaplen, unit);
        window.consume(FILE_HEADER_BYTES);
        Ok(Some(Records::new(Self { parser, order, limits, unit_nanos, link_type })))
    }
}

impl Layout for Pcap {
    type Header = Header;

    fn header_bytes(&self) -> usize {
        HEADER_BYTES
    }

    #[inline]
    fn read(&self, bytes: &[u8], at: usize) -> Option<Header> {
        Header::read(self.order, bytes, at)
    }

    #[inline]
    fn judge(&self, header: Header) -> Belief {
        self.limits.judge(header)
    }

    #[inline]
    fn looks_like_a_record(&self, header: Header) -> bool {
        self.limits.looks_like_a_record(header)
    }

    #[inline]
    fn seconds(header: Header) -> u32 {
        header.seconds
    }

    #[inline]
    fn record_bytes(&self, header: Header) -> usize {
        HEADER_BYTES.saturating_add(size(header.captured))
    }

    fn claimed(&self, record_bytes: u64) -> u32 {
        u32::try_from(record_bytes.saturating_sub(HEADER_BYTES as u64)).unwrap_or(u32::MAX)
    }

    fn mended(&self, header: Header, record_bytes: u64) -> Option<Header> {
        let mended = Header { captured: self.claimed(record_bytes), ..header };
        let agrees = mended.captured > 0 && mended.captured == header.wire;
        (agrees && self.judge(mended) == Belief::Sound).then_some(mended)
    }

    fn note_oddities(&self, header: Header, offset: u64, facts: &mut Facts) {
        let Header { fraction, captured, wire, .. } = header;
        let snaplen = self.limits.snaplen;
        if snaplen != 0 && captured > snaplen {
            facts.damage.note(offset, DamageKind::OverSnaplen { captured, snaplen });
        }
        if captured > wire {
            facts.damage.note(offset, DamageKind::OverWireLength { captured, wire });
        }
        if fraction >= self.limits.unit {
            facts.damage.note(offset, DamageKind::Subsecond { fraction });
        }
    }

    #[inline]
    fn frame(&mut self, header: Header, _bytes: &[u8], _facts: &mut Facts) -> Option<Record> {
        // Some writers leave a negative part of a second where a clock was set back.
        let fraction = i64::from(header.fraction.cast_signed()) * self.unit_nanos;
        Some(Record {
            number: 0,
            time: Timestamp::from_parts(i64::from(header.seconds), fraction),
            wire_len: header.wire.max(header.captured),
            interface: 0,
            link_type: self.link_type,
            start: HEADER_BYTES,
            len: size(header.captured),
        })
    }

    #[inline]
    fn sound(&self, ahead: &[u8]) -> Option<Header> {
        let (_, raw) = self.parser.next_raw_packet(ahead).ok()?;
        // The crate lends from the slice it is given.
        debug_assert!(matches!(raw.data, Cow::Borrowed(_)), "a raw packet is lent");
        let header =
            Header { seconds: raw.ts_sec, fraction: raw.ts_frac, captured: raw.incl_len, wire: raw.orig_len };
        (self.judge(header) == Belief::Sound).then_some(header)
    }
}

const FILE_HEADER_BYTES: usize = 24;
