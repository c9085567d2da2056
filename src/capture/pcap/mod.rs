//! pcap: one header, then record after record. Source: draft-ietf-opsawg-pcap.
//!
//! The record walk is pcap-file's slice parser; what a record's header may say, and what is done about one that
//! cannot be, is decided here.

mod header;
mod resync;

use std::borrow::Cow;
use std::io;

use pcap_file::TsResolution;
use pcap_file::pcap::PcapParser;

use self::header::{Belief, HEADER_BYTES, Header, Limits};
use self::resync::Found;
use super::damage::DamageKind;
use super::facts::{Facts, Interface};
use super::frame::LinkType;
use super::order::{Order, size};
use super::record::Record;
use super::window::Window;
use crate::time::Timestamp;

/// The records of a pcap.
pub(super) struct Records {
    parser: PcapParser,
    order: Order,
    limits: Limits,
    /// Nanoseconds of one unit of a time's fraction.
    unit_nanos: i64,
    link_type: LinkType,
    /// Bytes of the record given last; it stays in the window until the next one is found, because a length that
    /// is too long shows only then.
    given: usize,
    number: u64,
    /// The seconds of the last record and of the one before: the last one may be damaged.
    last_seconds: [Option<u32>; 2],
    ended: bool,
}

impl Records {
    /// Reads the file header; `None` where the file ends inside it.
    pub(super) fn open(order: Order, window: &mut Window, facts: &mut Facts) -> io::Result<Option<Self>> {
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
        window.consume(FILE_HEADER_BYTES);
        Ok(Some(Self {
            parser,
            order,
            limits: Limits::new(header.snaplen, unit),
            unit_nanos,
            link_type,
            given: 0,
            number: 0,
            last_seconds: [None; 2],
            ended: false,
        }))
    }

    /// Puts the next record into `record`; `false` at the end of the file.
    #[inline]
    pub(super) fn next(
        &mut self,
        window: &mut Window,
        facts: &mut Facts,
        record: &mut Record,
    ) -> io::Result<bool> {
        let ahead = window.bytes().get(self.given..).unwrap_or_default();
        if let Ok((_, raw)) = self.parser.next_raw_packet(ahead) {
            let header = Header {
                seconds: raw.ts_sec,
                fraction: raw.ts_frac,
                captured: raw.incl_len,
                wire: raw.orig_len,
            };
            // The crate lends from the slice it is given.
            debug_assert!(matches!(raw.data, Cow::Borrowed(_)), "a raw packet is lent");
            if self.limits.judge(header) == Belief::Sound {
                self.give(header, window, record);
                return Ok(true);
            }
        }
        self.next_with_care(window, facts, record)
    }

    /// The next record where it is not simply there: at the end of the window, or damaged.
    #[cold]
    fn next_with_care(
        &mut self,
        window: &mut Window,
        facts: &mut Facts,
        record: &mut Record,
    ) -> io::Result<bool> {
        while !self.ended {
            if !window.reach(self.given + HEADER_BYTES)? {
                self.end_in_header(window, facts);
                break;
            }
            let Some(header) = Header::read(self.order, window.bytes(), self.given) else { break };
            let belief = self.limits.judge(header);
            let whole = belief != Belief::Impossible && window.reach(self.given + header.record_bytes())?;
            if whole && (belief == Belief::Sound || self.another_follows(header, window)?) {
                let offset = window.offset() + self.given as u64;
                self.note_oddities(header, offset, facts);
                self.give(header, window, record);
                return Ok(true);
            }
            if let Some(mended) = self.mend(header, belief, window, facts)? {
                self.give(mended, window, record);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Gives the record of `header`, which follows the one given last.
    #[inline]
    fn give(&mut self, header: Header, window: &mut Window, record: &mut Record) {
        window.consume(self.given);
        self.given = header.record_bytes();
        self.number += 1;
        self.last_seconds = [Some(header.seconds), self.last_seconds[0]];
        // Some writers leave a negative part of a second where a clock was set back.
        let fraction = i64::from(header.fraction.cast_signed()) * self.unit_nanos;
        *record = Record {
            number: self.number,
            time: Timestamp::from_parts(i64::from(header.seconds), fraction),
            wire_len: header.wire.max(header.captured),
            interface: 0,
            link_type: self.link_type,
            start: HEADER_BYTES,
            len: size(header.captured),
        };
    }

    /// Whether a header, or the end of the file, stands behind the record of `header`.
    fn another_follows(&self, header: Header, window: &mut Window) -> io::Result<bool> {
        let behind = self.given + header.record_bytes();
        if !window.reach(behind + HEADER_BYTES)? {
            return Ok(true);
        }
        let next = Header::read(self.order, window.bytes(), behind);
        Ok(next.is_some_and(|next| self.limits.judge(next) != Belief::Impossible))
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

    /// The file ends before a whole header: at the end of a record, or inside a header.
    fn end_in_header(&mut self, window: &mut Window, facts: &mut Facts) {
        window.consume(self.given);
        let left_over = window.bytes().len() as u64;
        if left_over > 0 {
            facts.damage.note(window.offset(), DamageKind::CutOff { left_over });
        }
        self.end(window);
    }

    fn end(&mut self, window: &mut Window) {
        window.consume(usize::MAX);
        self.given = 0;
        self.ended = true;
    }

    /// Goes on behind a `header` that is no record's, or whose record is not whole: to the next place where
    /// records follow each other. Gives the header mended where that place tells how long its record is.
    fn mend(
        &mut self,
        header: Header,
        belief: Belief,
        window: &mut Window,
        facts: &mut Facts,
    ) -> io::Result<Option<Header>> {
        let fault = window.offset() + self.given as u64;
        let kept_from = window.offset();
        match resync::find(self, window)? {
            Found::Nothing => {
                let bytes = (window.offset() + window.bytes().len() as u64).saturating_sub(fault);
                facts.damage.note(
                    fault,
                    match belief {
                        Belief::Impossible => {
                            DamageKind::Skipped { claimed: header.captured, bytes, to_the_end: true }
                        }
                        _ => DamageKind::CutOff { left_over: bytes },
                    },
                );
                self.end(window);
                Ok(None)
            }
            Found::At(at) => {
                let next = window.offset() + at as u64;
                let kept = window.offset() == kept_from;
                let mended = self.take_up(header, (fault, next), kept, facts);
                if mended.is_none() {
                    self.given = 0;
                    window.consume(at);
                }
                Ok(mended)
            }
        }
    }

    /// Takes up reading at `next` after the header at `fault`; `kept` says whether the window still has it.
    fn take_up(
        &mut self,
        header: Header,
        (fault, next): (u64, u64),
        kept: bool,
        facts: &mut Facts,
    ) -> Option<Header> {
        let claimed = header.captured;
        if next < fault {
            let given_at = fault.saturating_sub(self.given as u64);
            let claimed = u32::try_from(self.given - HEADER_BYTES).unwrap_or(u32::MAX);
            facts.damage.note(given_at, DamageKind::Overlong { claimed, next });
            return None;
        }
        let bytes = next - fault;
        let true_length = u32::try_from(bytes.saturating_sub(HEADER_BYTES as u64)).unwrap_or(u32::MAX);
        let mended = Header { captured: true_length, ..header };
        if kept && bytes > HEADER_BYTES as u64 && true_length == header.wire && self.is_sound(mended) {
            facts.damage.note(fault, DamageKind::WrongLength { claimed, true_length });
            return Some(mended);
        }
        facts.damage.note(fault, DamageKind::Skipped { claimed, bytes, to_the_end: false });
        None
    }

    fn is_sound(&self, header: Header) -> bool {
        self.limits.judge(header) == Belief::Sound
    }
}

const FILE_HEADER_BYTES: usize = 24;
