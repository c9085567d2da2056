//! pcap: one header, then record after record.
//!
//! ```text
//!  0       4         8          16        20                              24
//! | magic | version | reserved | snaplen | FCS len (4), R, P, link type | records …
//! ```
//!
//! The record walk is pcap-file's slice parser, where it knows the format; what a record's header may say is decided
//! here. Source: draft-ietf-opsawg-pcap, section 4.

mod header;
mod walk;

use std::borrow::Cow;
use std::io;

use pcap_file::pcap::PcapParser;

use self::header::{
    HEADER_BYTES, Header, Limits, MICROSECONDS, MODIFIED, MODIFIED_HEADER_BYTES, NANOSECONDS,
};
pub(super) use self::walk::PcapWalk;
use super::damage::DamageKind;
use super::facts::{Facts, Interface};
use super::frame::LinkType;
use super::order::Order;
use super::record::Record;
use super::records::{Belief, Layout, Records};
use super::window::Window;

/// The records of a pcap.
pub(super) struct Pcap {
    /// `None` for the modified format, which the crate does not know.
    parser: Option<PcapParser>,
    walk: PcapWalk,
    /// How many captures in the file came before this one.
    eras: u32,
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
        let pcap = Self::of(order, window.bytes(), facts);
        window.consume(FILE_HEADER_BYTES);
        Ok(Some(Records::new(pcap)))
    }

    /// As the file header at the front of `bytes` says; its interface is described unless the last one is the same.
    fn of(order: Order, bytes: &[u8], facts: &mut Facts) -> Self {
        let field = |at| order.u32(bytes, at).unwrap_or_default();
        let (magic, snaplen, network) = (field(0), field(16), field(20));
        let (unit, unit_nanos) = if magic == NANOSECONDS { (1_000_000_000, 1) } else { (1_000_000, 1_000) };
        let link_type = LinkType(network & 0xffff);
        let described = Interface::new(link_type, snaplen);
        if facts.interfaces.last() != Some(&described) && facts.interfaces.len() < Facts::MAX_INTERFACES {
            facts.interfaces.push(described);
        }
        let walk = PcapWalk {
            order,
            header_bytes: if magic == MODIFIED { MODIFIED_HEADER_BYTES } else { HEADER_BYTES },
            limits: Limits::new(snaplen, unit).with_plain(order == Order::Little && fcs_bytes(network) == 0),
            unit_nanos,
            interface: u32::try_from(facts.interfaces.len().saturating_sub(1)).unwrap_or_default(),
            link_type,
            fcs_bytes: fcs_bytes(network),
        };
        Self { parser: PcapParser::new(bytes).ok().map(|(_, parser)| parser), walk, eras: 0 }
    }

    /// How to walk over its records.
    pub(super) const fn walk(&self) -> PcapWalk {
        self.walk
    }

    /// How often another capture began in the file.
    pub(super) const fn eras(&self) -> u32 {
        self.eras
    }
}

impl Layout for Pcap {
    type Header = Header;

    fn header_bytes(&self) -> usize {
        self.walk.header_bytes
    }

    #[inline]
    fn read(&self, bytes: &[u8], at: usize) -> Option<Header> {
        let header = Header::read(self.walk.order, bytes, at)?;
        (bytes.len().saturating_sub(at) >= self.walk.header_bytes).then_some(header)
    }

    #[inline]
    fn judge(&self, header: Header) -> Belief {
        self.walk.limits.judge(header)
    }

    #[inline]
    fn looks_like_a_record(&self, header: Header) -> bool {
        self.walk.limits.looks_like_a_record(header)
    }

    #[inline]
    fn seconds(header: Header) -> u32 {
        header.seconds
    }

    #[inline]
    fn record_bytes(&self, header: Header) -> usize {
        self.walk.record_bytes(header)
    }

    fn claimed(&self, record_bytes: u64) -> u32 {
        u32::try_from(record_bytes.saturating_sub(self.walk.header_bytes as u64)).unwrap_or(u32::MAX)
    }

    fn mended(&self, header: Header, record_bytes: u64) -> Option<Header> {
        let mended = Header { captured: self.claimed(record_bytes), ..header };
        let agrees = mended.captured > 0 && mended.captured == header.wire;
        (agrees && self.judge(mended) == Belief::Sound).then_some(mended)
    }

    fn as_on_the_wire(&self, header: Header) -> Option<Header> {
        let mended = Header { captured: header.wire, ..header };
        let shorter = header.wire > 0 && header.captured > header.wire;
        (shorter && self.judge(mended) == Belief::Sound).then_some(mended)
    }

    fn begin_another(&mut self, ahead: &[u8], facts: &mut Facts) -> Option<usize> {
        let order = begins(ahead)?;
        *self = Self { eras: self.eras + 1, ..Self::of(order, ahead, facts) };
        Some(FILE_HEADER_BYTES)
    }

    fn note_oddities(&self, header: Header, offset: u64, facts: &mut Facts) {
        let Header { fraction, captured, wire, .. } = header;
        let snaplen = self.walk.limits.snaplen;
        if snaplen != 0 && captured > snaplen {
            facts.damage.note(offset, DamageKind::OverSnaplen { captured, snaplen });
        }
        if captured > wire {
            facts.damage.note(offset, DamageKind::OverWireLength { captured, wire });
        }
        if fraction >= self.walk.limits.unit {
            facts.damage.note(offset, DamageKind::Subsecond { fraction });
        }
    }

    #[inline]
    fn frame(&mut self, header: Header, _bytes: &[u8], _offset: u64, _facts: &mut Facts) -> Option<Record> {
        Some(self.walk.record(header))
    }

    #[inline]
    fn sound(&self, ahead: &[u8]) -> Option<Header> {
        let Some(parser) = &self.parser else { return self.whole(ahead) };
        let (_, raw) = parser.next_raw_packet(ahead).ok()?;
        // The crate lends from the slice it is given.
        debug_assert!(matches!(raw.data, Cow::Borrowed(_)), "a raw packet is lent");
        let header =
            Header { seconds: raw.ts_sec, fraction: raw.ts_frac, captured: raw.incl_len, wire: raw.orig_len };
        (self.judge(header) == Belief::Sound).then_some(header)
    }
}

/// The byte order of the file header at the front of `bytes`, where all of it is there that is the same in every one.
fn begins(bytes: &[u8]) -> Option<Order> {
    let is_one = |order: &Order| {
        let known = [MICROSECONDS, NANOSECONDS, MODIFIED].map(Some).contains(&order.u32(bytes, 0));
        let version = (order.u16(bytes, 4), order.u16(bytes, 6));
        known && version == (Some(2), Some(4)) && bytes.get(8..16) == Some(&[0; 8])
    };
    let order = [Order::Big, Order::Little].into_iter().find(is_one)?;
    (bytes.len() >= FILE_HEADER_BYTES).then_some(order)
}

/// Bytes of the frame check sequence by the field of the link type: so many words of 16 bits, where the P bit says
/// that their number is known.
const fn fcs_bytes(network: u32) -> u32 {
    const P: u32 = 0x0400_0000;
    if network & P == 0 { 0 } else { (network >> 28) * 2 }
}

const FILE_HEADER_BYTES: usize = 24;
