//! ERF, Endace's extensible record format: record after record, without a header before them.
//!
//! ```text
//!  0                   8      9       10              12             14            16
//! | time (fixed 32.32) | type | flags | record length | loss counter | wire length | extension headers, subheader,
//!                                                                                    captured bytes, padding …
//! ```
//!
//! The time is little-endian, all else big-endian. The type's highest bit says that an extension header of 8 bytes
//! follows, and the highest bit of each of these the same of the next one. Ethernet records have a subheader of 2
//! bytes. Of the flags, the lowest two are the interface. Whether an Ethernet frame still has its frame check sequence
//! is said nowhere, so it stays. Source: "ERF Types Reference Guide" (Endace, EDM11-01); Wireshark's wiretap/erf.c.

use std::io;

use super::damage::DamageKind;
use super::facts::{Facts, Interface};
use super::frame::LinkType;
use super::order::Order;
use super::record::Record;
use super::records::{Belief, Layout, Records};
use super::window::Window;
use crate::time::Timestamp;

/// The records of an ERF capture.
pub(super) struct Erf {
    /// Seconds of the record given last.
    seconds: Option<u32>,
}

/// The header of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    seconds: u32,
    /// In 2^32ths of a second.
    fraction: u32,
    /// The record type; its highest bit says that extension headers follow.
    kind: u8,
    flags: u8,
    /// Bytes of the whole record.
    record: u16,
    /// Frames lost since the last record, or a colour.
    lost: u16,
    wire: u16,
}

impl Erf {
    /// Reads from the first record on.
    pub(super) const fn open() -> Records<Self> {
        Records::new(Self { seconds: None })
    }

    /// Whether the input is ERF. It has no magic number, so several records must follow each other there: all of
    /// a short input, and four of a longer one, whose last ones may be cut short or unreadable. Where a damaged record
    /// is among these, four whole ones must follow soon.
    pub(super) fn recognise(window: &mut Window) -> io::Result<bool> {
        if Self::begins(window)? {
            return Ok(true);
        }
        // What cannot be read is told when that before it was.
        let mut places = (1..SEARCHED).map(|at| Self::four_follow(at, window));
        Ok(places.find(|found| !matches!(found, Ok(false))).is_some_and(|found| found.unwrap_or(false)))
    }

    fn begins(window: &mut Window) -> io::Result<bool> {
        let mut layout = Self { seconds: None };
        let mut at = 0;
        for seen in 0..RECOGNISED_BY {
            let header = match window.reach(at + HEADER_BYTES) {
                Ok(true) => layout.read(window.bytes(), at),
                Ok(false) => return Ok(seen > 0 && (window.bytes().len() == at || seen > 1)),
                Err(_) if seen > 1 => return Ok(true),
                Err(error) => return Err(error),
            };
            let Some(header) = header.filter(|header| layout.fits(*header)) else { return Ok(false) };
            layout.seconds = Some(header.seconds);
            at += layout.record_bytes(header);
            match window.reach(at) {
                Ok(true) => {}
                Err(error) if seen == 0 => return Err(error),
                _ => return Ok(seen > 0),
            }
        }
        Ok(true)
    }

    /// Whether four whole records follow each other from `at` on.
    fn four_follow(mut at: usize, window: &mut Window) -> io::Result<bool> {
        let mut layout = Self { seconds: None };
        for _ in 0..RECOGNISED_BY {
            if !window.reach(at + HEADER_BYTES)? {
                return Ok(false);
            }
            let header = layout.read(window.bytes(), at).filter(|header| layout.fits(*header));
            let Some(header) = header else { return Ok(false) };
            layout.seconds = Some(header.seconds);
            at += layout.record_bytes(header);
        }
        window.reach(at)
    }

    /// Whether nothing is odd about `header`.
    fn fits(&self, header: Header) -> bool {
        self.looks_like_a_record(header) && self.judge(header) == Belief::Sound
    }
}

impl Layout for Erf {
    type Header = Header;

    fn header_bytes(&self) -> usize {
        HEADER_BYTES
    }

    #[inline]
    fn read(&self, bytes: &[u8], at: usize) -> Option<Header> {
        let raw = bytes.get(at..at.checked_add(HEADER_BYTES)?)?;
        Some(Header {
            seconds: Order::Little.u32(raw, 4)?,
            fraction: Order::Little.u32(raw, 0)?,
            kind: *raw.get(8)?,
            flags: *raw.get(9)?,
            record: Order::Big.u16(raw, 10)?,
            lost: Order::Big.u16(raw, 12)?,
            wire: Order::Big.u16(raw, 14)?,
        })
    }

    /// A header says little that could be wrong, so a record of an unknown type or of another time must be followed
    /// by one that fits it.
    #[inline]
    fn judge(&self, header: Header) -> Belief {
        let later = self.seconds.is_none_or(|last| {
            let since = header.seconds.wrapping_sub(last).wrapping_add(BACK_SECONDS);
            since <= BACK_SECONDS + NEXT_SECONDS
        });
        if header.record_type() == 0 || !header.holds_its_frame() {
            Belief::Impossible
        } else if later && is_known(header.record_type()) {
            Belief::Sound
        } else {
            Belief::Odd
        }
    }

    #[inline]
    fn looks_like_a_record(&self, header: Header) -> bool {
        header.flags & RESERVED_FLAGS == 0
            && is_known(header.record_type())
            && usize::from(header.record) > HEADER_BYTES
            && header.holds_its_frame()
    }

    #[inline]
    fn seconds(header: Header) -> u32 {
        header.seconds
    }

    #[inline]
    fn record_bytes(&self, header: Header) -> usize {
        usize::from(header.record)
    }

    fn claimed(&self, record_bytes: u64) -> u32 {
        u32::try_from(record_bytes).unwrap_or(u32::MAX)
    }

    fn mended(&self, header: Header, record_bytes: u64) -> Option<Header> {
        let mended = Header { record: u16::try_from(record_bytes).ok()?, ..header };
        (self.judge(mended) == Belief::Sound).then_some(mended)
    }

    fn note_oddities(&self, _header: Header, _offset: u64, _facts: &mut Facts) {}

    fn frame(&mut self, header: Header, bytes: &[u8], offset: u64, facts: &mut Facts) -> Option<Record> {
        self.seconds = Some(header.seconds);
        let record_type = header.record_type();
        if record_type == PAD {
            return None;
        }
        let bytes = bytes.get(..usize::from(header.record)).unwrap_or(bytes);
        let start = payload(header, bytes).unwrap_or_else(|| {
            facts.damage.note(offset, DamageKind::ShortBlock { block: u32::from(record_type) });
            bytes.len()
        });
        let link_type = link_type(record_type, bytes.get(start..).unwrap_or_default());
        let interface = u32::from(header.flags & INTERFACE);
        while facts.interfaces.len() <= interface as usize {
            facts.interfaces.push(Interface::new(link_type, 0));
        }
        if header.lost > 0 && !is_coloured(record_type) {
            facts.note_missing(interface, u64::from(header.lost));
        }
        Some(Record {
            number: 0,
            time: header.time(),
            wire_len: u32::from(header.wire),
            interface,
            link_type,
            start,
            len: bytes.len().saturating_sub(start).min(usize::from(header.wire)),
        })
    }
}

impl Header {
    const fn record_type(self) -> u8 {
        self.kind & !EXTENDED
    }

    /// Whether the record has its header, and is no longer than its frame, what stands before it and padding.
    fn holds_its_frame(self) -> bool {
        let most = MOST_BESIDE + if self.kind & EXTENDED == 0 { 0 } else { MOST_EXTENSIONS };
        usize::from(self.record) >= HEADER_BYTES
            && (self.record_type() == PAD || self.record <= self.wire.saturating_add(most))
    }

    fn time(self) -> Timestamp {
        let nanos = (u64::from(self.fraction) * 1_000_000_000 + (1 << 31)) >> 32;
        Timestamp::from_parts(i64::from(self.seconds), i64::try_from(nanos).unwrap_or_default())
    }
}

/// Where the frame of a record begins; `None` where what stands before it is longer than the record.
fn payload(header: Header, bytes: &[u8]) -> Option<usize> {
    let mut at = HEADER_BYTES;
    let mut extended = header.kind & EXTENDED != 0;
    while extended {
        extended = bytes.get(at)? & EXTENDED != 0;
        at += EXTENSION_BYTES;
    }
    at += match header.record_type() {
        ETHERNET | COLOR_ETHERNET | DSM_COLOR_ETHERNET | COLOR_HASH_ETHERNET => 2,
        5..=9 | 12 | 17 | 18 => 4,
        _ => 0,
    };
    (at <= bytes.len()).then_some(at)
}

/// How the frame of a record begins. HDLC is Cisco's or PPP, as its address field tells.
fn link_type(record_type: u8, frame: &[u8]) -> LinkType {
    match (record_type, frame) {
        (ETHERNET | COLOR_ETHERNET | DSM_COLOR_ETHERNET | COLOR_HASH_ETHERNET, _) => LinkType::ETHERNET,
        (IPV4, _) => LinkType::IPV4,
        (IPV6, _) => LinkType::IPV6,
        (HDLC_POS | COLOR_HDLC_POS | DSM_COLOR_HDLC_POS | COLOR_HASH_POS, [0xff, 3, ..]) => LinkType::PPP,
        (HDLC_POS | COLOR_HDLC_POS | DSM_COLOR_HDLC_POS | COLOR_HASH_POS, [0x0f | 0x8f, 0, ..]) => {
            LinkType::C_HDLC
        }
        _ => LinkType::of_erf(record_type),
    }
}

/// Whether a record type is one that is in use.
const fn is_known(record_type: u8) -> bool {
    matches!(record_type, 1..=29 | PAD)
}

/// Whether records of this type have a colour where others count losses.
const fn is_coloured(record_type: u8) -> bool {
    matches!(record_type, 10 | 11 | 15..=17 | 19 | 20 | 27)
}

const HDLC_POS: u8 = 1;
const ETHERNET: u8 = 2;
const COLOR_HDLC_POS: u8 = 10;
const COLOR_ETHERNET: u8 = 11;
const DSM_COLOR_HDLC_POS: u8 = 15;
const DSM_COLOR_ETHERNET: u8 = 16;
const COLOR_HASH_POS: u8 = 19;
const COLOR_HASH_ETHERNET: u8 = 20;
const IPV4: u8 = 22;
const IPV6: u8 = 23;
const PAD: u8 = 48;

/// In a type: an extension header follows.
const EXTENDED: u8 = 0x80;

/// The flags that say which interface it was.
const INTERFACE: u8 = 0x03;

/// The flags that have no meaning.
const RESERVED_FLAGS: u8 = 0xc0;

/// Bytes of a record's header.
const HEADER_BYTES: usize = 16;

const EXTENSION_BYTES: usize = 8;

/// Most bytes of a record beside its frame, without extension headers: header, subheader, padding to 64 bits.
const MOST_BESIDE: u16 = 16 + 4 + 8;

/// Most bytes of extension headers: sixteen of them, which is what Wireshark keeps.
const MOST_EXTENSIONS: u16 = 16 * 8;

/// By how much a record may be earlier than the one before it: interfaces are not in strict order.
const BACK_SECONDS: u32 = 1;

/// By how much it may be later: a year.
const NEXT_SECONDS: u32 = 365 * 86_400;

/// How many records must follow each other for an input to be taken for ERF.
const RECOGNISED_BY: usize = 4;

/// Within how many bytes they are looked for behind a damaged record.
const SEARCHED: usize = 16 * 1024;
