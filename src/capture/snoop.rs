//! snoop: one header, then record after record, all of it big-endian.
//!
//! ```text
//!  0                8         12          16
//! | "snoop\0\0\0"  | version | data link | records …
//!
//!  0             4              8               12                 16        20             24
//! | wire length | captured len | record length | cumulative drops | seconds | microseconds | captured bytes, padding …
//! ```
//!
//! The version is 2; others (Surveyor wrote up to 5) have the same records and are read alike. Source: RFC 1761.

use std::io;

use super::damage::DamageKind;
use super::facts::{Facts, Interface};
use super::frame::LinkType;
use super::order::{Order, size};
use super::record::Record;
use super::records::{Belief, Layout, Records};
use super::window::Window;
use crate::time::Timestamp;

/// The records of a snoop capture.
pub(super) struct Snoop {
    link_type: LinkType,
    /// Frames dropped up to the record given last.
    drops: u32,
}

/// The header of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    wire: u32,
    captured: u32,
    /// Bytes of the whole record.
    record: u32,
    /// Frames dropped since the capture began.
    drops: u32,
    seconds: u32,
    micros: u32,
}

impl Snoop {
    /// Reads the file header; `None` where the file ends inside it.
    pub(super) fn open(window: &mut Window, facts: &mut Facts) -> io::Result<Option<Records<Self>>> {
        if !window.reach(FILE_HEADER_BYTES)? {
            return Ok(None);
        }
        let link_type = link_type(Order::Big.u32(window.bytes(), 12).unwrap_or_default());
        facts.interfaces.push(Interface::new(link_type, 0));
        window.consume(FILE_HEADER_BYTES);
        Ok(Some(Records::new(Self { link_type, drops: 0 })))
    }
}

impl Layout for Snoop {
    type Header = Header;

    fn header_bytes(&self) -> usize {
        HEADER_BYTES
    }

    #[inline]
    fn read(&self, bytes: &[u8], at: usize) -> Option<Header> {
        let raw = bytes.get(at..at.checked_add(HEADER_BYTES)?)?;
        let field = |at| Order::Big.u32(raw, at);
        Some(Header {
            wire: field(0)?,
            captured: field(4)?,
            record: field(8)?,
            drops: field(12)?,
            seconds: field(16)?,
            micros: field(20)?,
        })
    }

    #[inline]
    fn judge(&self, header: Header) -> Belief {
        let Header { wire, captured, micros, .. } = header;
        if captured > LONGEST || !header.holds_its_frame() {
            Belief::Impossible
        } else if captured > wire || micros >= 1_000_000 {
            Belief::Odd
        } else {
            Belief::Sound
        }
    }

    #[inline]
    fn looks_like_a_record(&self, header: Header) -> bool {
        header.captured != 0 && header.wire <= LONGEST && self.judge(header) == Belief::Sound
    }

    #[inline]
    fn seconds(header: Header) -> u32 {
        header.seconds
    }

    #[inline]
    fn record_bytes(&self, header: Header) -> usize {
        size(header.record)
    }

    fn claimed(&self, record_bytes: u64) -> u32 {
        u32::try_from(record_bytes).unwrap_or(u32::MAX)
    }

    fn mended(&self, header: Header, record_bytes: u64) -> Option<Header> {
        let mended = Header { record: self.claimed(record_bytes), ..header };
        (self.judge(mended) == Belief::Sound).then_some(mended)
    }

    fn note_oddities(&self, header: Header, offset: u64, facts: &mut Facts) {
        let Header { wire, captured, micros, .. } = header;
        if captured > wire {
            facts.damage.note(offset, DamageKind::OverWireLength { captured, wire });
        }
        if micros >= 1_000_000 {
            facts.damage.note(offset, DamageKind::Subsecond { fraction: micros });
        }
    }

    fn frame(&mut self, header: Header, _bytes: &[u8], _offset: u64, facts: &mut Facts) -> Option<Record> {
        // The counter only rises. One that jumps far is damaged, or wrapped around.
        let dropped = header.drops.wrapping_sub(self.drops);
        if header.drops != self.drops && dropped < FAR {
            self.drops = header.drops;
            facts.note_missing(0, u64::from(dropped));
        }
        Some(Record {
            number: 0,
            time: Timestamp::from_parts(i64::from(header.seconds), i64::from(header.micros) * 1_000),
            wire_len: header.wire.max(header.captured),
            interface: 0,
            link_type: self.link_type,
            start: HEADER_BYTES,
            len: size(header.captured),
        })
    }
}

impl Header {
    /// Whether the record is as long as its frame and some padding.
    fn holds_its_frame(self) -> bool {
        let beside = self.record.checked_sub(self.captured);
        beside.is_some_and(|beside| (HEADER_BYTES..=HEADER_BYTES + PADDING).contains(&size(beside)))
    }
}

/// The link type of a data link; those that have no number of their own keep that of snoop.
const fn link_type(data_link: u32) -> LinkType {
    match data_link {
        // IEEE 802.3, and Ethernet.
        0 | 4 => LinkType::ETHERNET,
        2 => LinkType::TOKEN_RING,
        8 => LinkType::FDDI,
        _ => LinkType::of_snoop(data_link),
    }
}

const FILE_HEADER_BYTES: usize = 16;

/// Bytes of a record's header.
const HEADER_BYTES: usize = 24;

/// Most bytes behind a frame: padding to 32 bits, and what Surveyor puts there.
const PADDING: usize = 64;

/// Longest frame that is read.
const LONGEST: u32 = 16 * 1024 * 1024;

/// From how many frames on a loss is not believed.
const FAR: u32 = 1 << 31;
