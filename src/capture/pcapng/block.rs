//! The bodies of blocks: sections, interfaces, packets, statistics.
//!
//! | type | block | body |
//! |---|---|---|
//! | `0x0a0d0d0a` | section header | byte order 4, version 2 + 2, section length 8, options |
//! | 1 | interface description | link type 2, reserved 2, snaplen 4, options |
//! | 2 | packet (obsolete) | interface 2, drops 2, time 8, captured 4, wire length 4, bytes, options |
//! | 3 | simple packet | wire length 4, bytes |
//! | 4 | name resolution | records, options |
//! | 5 | interface statistics | interface 4, time 8, options |
//! | 6 | enhanced packet | interface 4, time 8, captured 4, wire length 4, bytes, options |
//! | 10 | decryption secrets | kind 4, length 4, secrets, options |
//!
//! Every other type is skipped. Source: draft-ietf-opsawg-pcapng, section 4; the packet block: appendix A.

use super::clock::Clock;
use super::options::{COMMENT, DoesNotFit, Options};
use super::resolution;
use crate::capture::damage::DamageKind;
use crate::capture::facts::{Facts, Interface};
use crate::capture::frame::{FrameNumber, LinkType};
use crate::capture::order::{Order, size};
use crate::capture::reading::Passed;
use crate::capture::record::Record;
use crate::capture::secrets::SecretsKind;
use crate::capture::window::Window;
use crate::time::Timestamp;

/// A block at the front of the window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    /// Its bytes, head and trailer included.
    pub(super) bytes: usize,
}

/// The body of a block, and what it needs to be read.
#[derive(Clone, Copy)]
pub(super) struct Body<'a> {
    order: Order,
    bytes: &'a [u8],
    /// Where the block begins in the input.
    offset: u64,
}

/// What the blocks of a section mean: its byte order and its interfaces.
pub(super) struct Section {
    pub(super) order: Order,
    pub(super) interfaces: Vec<Described>,
    /// Interfaces of the sections before.
    pub(super) interfaces_before: u32,
    /// How often any of that has changed.
    eras: u32,
    number: u64,
    last_time: Timestamp,
}

/// What a packet needs to know of its interface.
#[derive(Clone, Copy)]
pub(super) struct Described {
    link_type: LinkType,
    snaplen: u32,
    clock: Clock,
}

/// The fields of a packet block of any type.
struct Packet {
    interface: u32,
    /// Frames that are missing before it.
    drops: u64,
    ticks: Option<u64>,
    captured: u32,
    wire: u32,
    /// Where its bytes begin in the body.
    start: usize,
}

impl Section {
    /// The first section of a file, before its header is read.
    pub(super) const fn first(order: Order) -> Self {
        Self {
            order,
            interfaces: Vec::new(),
            interfaces_before: 0,
            eras: 0,
            number: 0,
            last_time: Timestamp::from_nanos(0),
        }
    }

    /// The number of the packet read last.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// How often byte order and interfaces have changed.
    pub(super) const fn eras(&self) -> u32 {
        self.eras
    }

    /// Takes packets as read that follow the one read last.
    pub(super) const fn pass(&mut self, passed: &Passed) {
        self.number += passed.records;
        self.last_time = passed.last;
    }

    /// Reads `block`, which is at the front of `window`; `true` where it is a packet, which is put into `record`.
    #[inline]
    pub(super) fn read(
        &mut self,
        block: Block,
        window: &Window,
        facts: &mut Facts,
        record: &mut Record,
    ) -> bool {
        let bytes = window.bytes();
        let raw = bytes.get(8..block.bytes.saturating_sub(4)).unwrap_or_default();
        let body = Body { order: self.order, bytes: raw, offset: window.offset() };
        let kind = self.order.u32(bytes, 0).unwrap_or_default();
        let packet = match kind {
            ENHANCED_PACKET => body.enhanced_packet(),
            PACKET => body.packet(),
            SIMPLE_PACKET => body.simple_packet(self.interfaces.first()),
            _ => {
                self.read_other(kind, body, facts);
                return false;
            }
        };
        self.number += 1;
        let Some(packet) = packet else {
            facts.damage.note(body.offset, DamageKind::ShortBlock { block: kind });
            return false;
        };
        self.packet(&packet, body, facts, record)
    }

    /// Reads a block that is no packet.
    #[cold]
    fn read_other(&mut self, kind: u32, body: Body<'_>, facts: &mut Facts) {
        match kind {
            SECTION_HEADER => self.begin(body, facts),
            INTERFACE_DESCRIPTION => self.describe(body, facts),
            INTERFACE_STATISTICS => self.statistics(body, facts),
            NAME_RESOLUTION => match resolution::read(body.order, body.bytes, &mut facts.names) {
                Ok(()) => {}
                Err(DoesNotFit) => facts.damage.note(body.offset, DamageKind::Names),
            },
            DECRYPTION_SECRETS => match body.order.u32(body.bytes, 0) {
                Some(kind) => facts.note_secrets(SecretsKind(kind)),
                None => facts.damage.note(body.offset, DamageKind::ShortBlock { block: kind }),
            },
            _ => {}
        }
    }

    #[inline]
    fn packet(&mut self, packet: &Packet, body: Body<'_>, facts: &mut Facts, record: &mut Record) -> bool {
        let Some(described) = self.interfaces.get(size(packet.interface)).copied() else {
            let interface = packet.interface;
            facts.damage.note(body.offset, DamageKind::UnknownInterface { interface });
            return false;
        };
        let stored = body.bytes.len() - packet.start;
        let len = size(packet.captured).min(stored);
        let interface = self.interfaces_before.saturating_add(packet.interface);
        let drops = packet.drops.saturating_add(body.check(packet, described.snaplen, len, facts));
        if drops > 0 {
            facts.note_missing(interface, drops);
        }
        match packet.ticks {
            Some(ticks) => {
                self.last_time = described.clock.time(ticks);
                if matches!(self.last_time.nanos(), i64::MIN | i64::MAX) {
                    facts.damage.note(body.offset, DamageKind::TimeOutOfRange);
                }
            }
            None => facts.untimed_frames += 1,
        }
        *record = described.record(packet, len, interface, self.last_time);
        record.number = self.number;
        true
    }

    /// A section header: the interfaces before it are those of another section.
    fn begin(&mut self, body: Body<'_>, facts: &mut Facts) {
        self.eras += 1;
        if let Some(order) = Body::byte_order_mark(body.bytes) {
            self.order = order;
        }
        let passed = u32::try_from(self.interfaces.len()).unwrap_or(u32::MAX);
        self.interfaces_before = self.interfaces_before.saturating_add(passed);
        self.interfaces.clear();
        let body = Body { order: self.order, ..body };
        match body.bytes.get(16..) {
            Some(options) => body.check_comments(options, facts),
            None => facts.damage.note(body.offset, DamageKind::ShortBlock { block: SECTION_HEADER }),
        }
    }

    fn describe(&mut self, body: Body<'_>, facts: &mut Facts) {
        let (Some(link_type), Some(snaplen)) = (body.order.u16(body.bytes, 0), body.order.u32(body.bytes, 4))
        else {
            facts.damage.note(body.offset, DamageKind::ShortBlock { block: INTERFACE_DESCRIPTION });
            return;
        };
        if self.interfaces.len() >= Facts::MAX_INTERFACES {
            facts.damage.note(body.offset, DamageKind::TooManyInterfaces);
            return;
        }
        let link_type = LinkType(u32::from(link_type));
        let (mut name, mut resolution, mut offset) = (None, None, None);
        let options = body.bytes.get(8..).unwrap_or_default();
        for (code, value) in Options::new(body.order, options).flatten() {
            match code {
                IF_NAME => name = Some(printable_name(value)),
                IF_TSRESOL => resolution = value.first().copied(),
                IF_TSOFFSET => offset = body.order.u64(value, 0),
                _ => {}
            }
        }
        body.check_comments(options, facts);
        self.eras += 1;
        self.interfaces.push(Described { link_type, snaplen, clock: Clock::new(resolution, offset) });
        if facts.interfaces.len() < Facts::MAX_INTERFACES {
            facts.interfaces.push(Interface { name, ..Interface::new(link_type, snaplen) });
        }
    }

    fn statistics(&mut self, body: Body<'_>, facts: &mut Facts) {
        let (Some(interface), Some(options)) = (body.order.u32(body.bytes, 0), body.bytes.get(12..)) else {
            facts.damage.note(body.offset, DamageKind::ShortBlock { block: INTERFACE_STATISTICS });
            return;
        };
        if size(interface) >= self.interfaces.len() {
            facts.damage.note(body.offset, DamageKind::UnknownInterface { interface });
            return;
        }
        let index = self.interfaces_before.saturating_add(interface);
        if let Some(counters) = facts.counters_mut(index) {
            for (code, value) in Options::new(body.order, options).flatten() {
                let counter = match code {
                    ISB_IFRECV => &mut counters.received,
                    ISB_IFDROP => &mut counters.dropped,
                    ISB_OSDROP => &mut counters.dropped_by_system,
                    _ => continue,
                };
                *counter = body.order.u64(value, 0).or(*counter);
            }
            if counters.missing_frames() > Some(0) && self.number > 0 {
                facts.first_loss.get_or_insert((FrameNumber(self.number), self.last_time));
            }
        }
        body.check_comments(options, facts);
    }
}

impl Block {
    /// Whether an enhanced packet block begins at the front of `bytes`.
    #[inline]
    pub(super) fn is_packet(order: Order, bytes: &[u8]) -> bool {
        order.u32(bytes, 0) == Some(ENHANCED_PACKET)
    }

    /// Bytes of an enhanced packet block of so many captured bytes without options.
    #[inline]
    pub(super) fn of_packet(captured: u32) -> usize {
        PACKET_AT + size(captured).next_multiple_of(4) + 4
    }

    /// The record of this block at the front of `bytes`, where it is an enhanced packet of which [`Section::read`] would
    /// note nothing; without a number.
    #[inline]
    pub(super) fn plain_packet(
        self,
        order: Order,
        bytes: &[u8],
        interfaces: &[Described],
        interfaces_before: u32,
    ) -> Option<Record> {
        if !Self::is_packet(order, bytes) {
            return None;
        }
        let body = Body { order, bytes: bytes.get(HEAD_BYTES..self.bytes - 4)?, offset: 0 };
        let packet = body.enhanced_packet()?;
        let described = interfaces.get(size(packet.interface))?;
        let len = size(packet.captured).min(body.bytes.len() - packet.start);
        if !Body::is_sound(&packet, described.snaplen, len) || !body.has_plain_options(&packet, len) {
            return None;
        }
        let time = described.clock.time(packet.ticks?);
        let is_in_range = !matches!(time.nanos(), i64::MIN | i64::MAX);
        let interface = interfaces_before.saturating_add(packet.interface);
        is_in_range.then(|| described.record(&packet, len, interface, time))
    }
}

impl Described {
    /// The record of an enhanced packet with these fields, where it is soon told that nothing is odd about it; else none.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every record")]
    pub(super) fn plain_record(
        &self,
        interface: u32,
        ticks: u64,
        [captured, wire]: [u32; 2],
    ) -> Option<Record> {
        let is_over = self.snaplen != 0 && captured > self.snaplen;
        if captured == 0 || captured > wire || is_over {
            return None;
        }
        let (time, start, len) = (self.clock.plain_time(ticks)?, PACKET_AT, size(captured));
        let link_type = self.link_type;
        Some(Record { number: 0, time, wire_len: wire, interface, link_type, start, len })
    }

    /// The record of a packet of which `len` bytes are stored; without a number.
    #[inline]
    fn record(&self, packet: &Packet, len: usize, interface: u32, time: Timestamp) -> Record {
        Record {
            number: 0,
            time,
            wire_len: packet.wire.max(u32::try_from(len).unwrap_or(u32::MAX)),
            interface,
            link_type: self.link_type,
            start: HEAD_BYTES + packet.start,
            len,
        }
    }
}

impl Body<'_> {
    /// Whether the block at the front of `bytes` is a section header: its type reads the same both ways.
    pub(super) fn is_section_header(bytes: &[u8]) -> bool {
        Order::Big.u32(bytes, 0) == Some(SECTION_HEADER)
    }

    /// The byte order of the section whose header is at the front of `bytes`.
    pub(super) fn order_of_section(bytes: &[u8]) -> Option<Order> {
        Self::byte_order_mark(bytes.get(HEAD_BYTES..)?)
    }

    /// Whether the block at the front of `bytes` is of a known type.
    pub(super) fn is_known(order: Order, bytes: &[u8]) -> bool {
        order.u32(bytes, 0).is_some_and(|kind| KNOWN.contains(&kind))
    }

    fn byte_order_mark(body: &[u8]) -> Option<Order> {
        match body.first_chunk()? {
            [0x1a, 0x2b, 0x3c, 0x4d] => Some(Order::Big),
            [0x4d, 0x3c, 0x2b, 0x1a] => Some(Order::Little),
            _ => None,
        }
    }

    #[inline]
    fn enhanced_packet(&self) -> Option<Packet> {
        Some(Packet { interface: self.order.u32(self.bytes, 0)?, ..self.timed_packet()? })
    }

    fn packet(&self) -> Option<Packet> {
        let interface = u32::from(self.order.u16(self.bytes, 0)?);
        let drops = self.order.u16(self.bytes, 2).filter(|drops| *drops != UNKNOWN_DROPS);
        Some(Packet { interface, drops: drops.map_or(0, u64::from), ..self.timed_packet()? })
    }

    /// What an enhanced packet and a packet block have in common.
    #[inline]
    fn timed_packet(&self) -> Option<Packet> {
        let high = u64::from(self.order.u32(self.bytes, 4)?);
        let low = u64::from(self.order.u32(self.bytes, 8)?);
        let captured = self.order.u32(self.bytes, 12)?;
        let wire = self.order.u32(self.bytes, 16)?;
        Some(Packet { interface: 0, drops: 0, ticks: Some(high << 32 | low), captured, wire, start: 20 })
    }

    /// A simple packet is always of the first interface, whose snaplen tells how much of it was stored.
    fn simple_packet(&self, first: Option<&Described>) -> Option<Packet> {
        let wire = self.order.u32(self.bytes, 0)?;
        let snaplen = first.map_or(0, |first| first.snaplen);
        let stored = u32::try_from(self.bytes.len() - 4).unwrap_or(u32::MAX);
        let limit = if snaplen == 0 { stored } else { snaplen.min(stored) };
        Some(Packet { interface: 0, drops: 0, ticks: None, captured: wire.min(limit), wire, start: 4 })
    }

    /// Notes what is odd about `packet`, of which `len` bytes are read. Gives the frames that are missing before it by
    /// its options.
    #[inline]
    fn check(&self, packet: &Packet, snaplen: u32, len: usize, facts: &mut Facts) -> u64 {
        let options = self.options(packet, len);
        if options.is_empty() && Self::is_sound(packet, snaplen, len) {
            return 0;
        }
        self.check_with_care(packet, snaplen, len, facts);
        if packet.ticks.is_none() {
            return 0;
        }
        self.check_comments(options, facts);
        let drops = Options::new(self.order, options).flatten().find(|(code, _)| *code == EPB_DROPCOUNT);
        drops.and_then(|(_, value)| self.order.u64(value, 0)).unwrap_or_default()
    }

    /// Whether nothing is odd about a packet of which `len` bytes are stored.
    #[inline]
    fn is_sound(packet: &Packet, snaplen: u32, len: usize) -> bool {
        let Packet { captured, wire, .. } = *packet;
        (snaplen == 0 || captured <= snaplen) && captured <= wire && size(captured) == len
    }

    /// The options behind a packet.
    #[inline]
    fn options(&self, packet: &Packet, len: usize) -> &[u8] {
        self.bytes.get(packet.start + len.next_multiple_of(4)..).unwrap_or_default()
    }

    /// Whether the options behind a packet say nothing that is noted.
    #[inline]
    fn has_plain_options(&self, packet: &Packet, len: usize) -> bool {
        let options = self.options(packet, len);
        options.is_empty()
            || Options::new(self.order, options).all(|option| match option {
                Ok((COMMENT, value)) => std::str::from_utf8(value).is_ok(),
                Ok((code, _)) => code != EPB_DROPCOUNT,
                Err(_) => false,
            })
    }

    #[cold]
    fn check_with_care(&self, packet: &Packet, snaplen: u32, len: usize, facts: &mut Facts) {
        let Packet { captured, wire, .. } = *packet;
        if size(captured) != len {
            let held = u32::try_from(len).unwrap_or(u32::MAX);
            facts.damage.note(self.offset, DamageKind::OverBlock { captured, held });
        } else if snaplen != 0 && captured > snaplen {
            facts.damage.note(self.offset, DamageKind::OverSnaplen { captured, snaplen });
        }
        if captured > wire {
            facts.damage.note(self.offset, DamageKind::OverWireLength { captured, wire });
        }
    }

    /// Notes a comment that is not UTF-8, and options that do not fit.
    fn check_comments(&self, options: &[u8], facts: &mut Facts) {
        for option in Options::new(self.order, options) {
            match option {
                Ok((COMMENT, value)) if std::str::from_utf8(value).is_err() => {
                    facts.damage.note(self.offset, DamageKind::NotUtf8);
                }
                Ok(_) => {}
                Err(_) => facts.damage.note(self.offset, DamageKind::Options),
            }
        }
    }
}

/// The name of an interface, cut to a length that no real one has.
fn printable_name(value: &[u8]) -> String {
    let value = value.get(..LONGEST_NAME).unwrap_or(value);
    String::from_utf8_lossy(value).trim_end_matches('\0').to_owned()
}

/// Bytes of a block before its body.
const HEAD_BYTES: usize = 8;
/// Where the bytes of an enhanced packet begin in its block.
const PACKET_AT: usize = HEAD_BYTES + 20;

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const NAME_RESOLUTION: u32 = 4;
const INTERFACE_STATISTICS: u32 = 5;
const ENHANCED_PACKET: u32 = 6;
const DECRYPTION_SECRETS: u32 = 10;

/// Types of blocks that are met in captures: those above, systemd journal, and custom blocks.
const KNOWN: [u32; 11] = [
    ENHANCED_PACKET,
    SECTION_HEADER,
    INTERFACE_DESCRIPTION,
    PACKET,
    SIMPLE_PACKET,
    INTERFACE_STATISTICS,
    NAME_RESOLUTION,
    DECRYPTION_SECRETS,
    9,
    0x0bad,
    0x4000_0bad,
];

const IF_NAME: u16 = 2;
const IF_TSRESOL: u16 = 9;
const IF_TSOFFSET: u16 = 14;
const EPB_DROPCOUNT: u16 = 4;
const ISB_IFRECV: u16 = 4;
const ISB_IFDROP: u16 = 5;
const ISB_OSDROP: u16 = 7;

/// What the drops of a packet block are when they are not known.
const UNKNOWN_DROPS: u16 = 0xffff;

const LONGEST_NAME: usize = 256;
