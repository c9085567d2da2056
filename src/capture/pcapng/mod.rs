//! pcapng: sections of blocks, each section in a byte order of its own. Source: draft-ietf-opsawg-pcapng.
//!
//! The block walk is pcap-file's raw block parser. Bodies are read here, because the crate's own section headers
//! and interface descriptions fail for good on a single bad option.

mod block;
mod clock;
mod options;
mod resolution;
mod resync;
mod walk;

use std::io;

use byteorder_slice::{BigEndian, LittleEndian};
use pcap_file::pcapng::RawBlock;

use self::block::{Block, Body};
use self::resync::Found;
pub(super) use self::walk::PcapngWalk;
use super::damage::DamageKind;
use super::facts::Facts;
use super::order::{Order, size};
use super::reading::Passed;
use super::record::Record;
use super::window::Window;

/// The packets of a pcapng.
pub(super) struct Blocks {
    section: block::Section,
    /// Bytes of the block given last.
    given: usize,
    ended: bool,
}

impl Blocks {
    /// Reads from the first section header on, which is in `order`.
    pub(super) fn new(order: Order) -> Self {
        Self { section: block::Section::first(order), given: 0, ended: false }
    }

    /// Bytes of the block given last, at the front of the window.
    pub(super) const fn given(&self) -> usize {
        self.given
    }

    /// The number of the packet given last.
    pub(super) const fn number(&self) -> u64 {
        self.section.number()
    }

    /// How often the section or its interfaces have changed.
    pub(super) const fn eras(&self) -> u32 {
        self.section.eras()
    }

    /// How to walk over its packets as long as section and interfaces do not change.
    pub(super) fn walk(&self) -> PcapngWalk {
        PcapngWalk::new(&self.section)
    }

    /// Takes packets as read that follow the one given last, and goes on behind them.
    pub(super) fn pass(&mut self, passed: &Passed, window: &mut Window) {
        self.section.pass(passed);
        self.given = 0;
        window.go_to(passed.last_at + passed.last_bytes as u64);
    }

    /// Puts the next packet into `record`; `false` at the end of the file.
    #[inline]
    pub(super) fn next(
        &mut self,
        window: &mut Window,
        facts: &mut Facts,
        record: &mut Record,
    ) -> io::Result<bool> {
        loop {
            window.consume(self.given);
            let Some(block) = self.next_block(window, facts)? else { return Ok(false) };
            self.given = block.bytes;
            if self.section.read(block, window, facts, record) {
                return Ok(true);
            }
        }
    }

    /// Goes on behind a gap, at the next block.
    pub(super) fn resume(&mut self, window: &mut Window, facts: &mut Facts) -> io::Result<()> {
        self.ended = false;
        self.given = 0;
        let from = window.offset();
        match resync::find(self.section.order, 0, window)? {
            Found::At(at) => window.consume(at),
            Found::Nothing => self.end(window),
        }
        let bytes = window.offset() - from;
        if bytes > 0 {
            facts.damage.note(from, DamageKind::BehindGap { bytes });
        }
        Ok(())
    }

    #[inline]
    fn next_block(&mut self, window: &mut Window, facts: &mut Facts) -> io::Result<Option<Block>> {
        match raw_block(self.section.order, window.bytes()) {
            Some(block) => Ok(Some(block)),
            None => self.next_block_with_care(window, facts),
        }
    }

    /// The next block where it is not simply there: at the end of the window, or damaged.
    #[cold]
    fn next_block_with_care(&mut self, window: &mut Window, facts: &mut Facts) -> io::Result<Option<Block>> {
        self.given = 0;
        while !self.ended {
            if !window.reach(SMALLEST_BLOCK)? {
                self.cut_off(window, facts);
                break;
            }
            let (order, claimed) = self.claim(window);
            let can_be = claimed % 4 == 0 && (SMALLEST_BLOCK..=LARGEST_BLOCK).contains(&size(claimed));
            let whole = can_be && window.reach(size(claimed))?;
            if let Some(block) = raw_block(self.section.order, window.bytes()).filter(|_| whole) {
                return Ok(Some(block));
            }
            if let Some(block) = self.mend((order, claimed), can_be && !whole, window, facts)? {
                return Ok(Some(block));
            }
        }
        Ok(None)
    }

    /// The byte order and the length of the block at the front of the window, as it claims them.
    fn claim(&self, window: &Window) -> (Order, u32) {
        let bytes = window.bytes();
        let own = if Body::is_section_header(bytes) { Body::order_of_section(bytes) } else { None };
        let order = own.unwrap_or(self.section.order);
        (order, order.u32(bytes, 4).unwrap_or_default())
    }

    /// The file ends before a whole block.
    fn cut_off(&mut self, window: &mut Window, facts: &mut Facts) {
        let left_over = window.bytes().len() as u64;
        if left_over > 0 {
            facts.damage.note(window.offset(), DamageKind::CutOff { left_over });
        }
        self.end(window);
    }

    fn end(&mut self, window: &mut Window) {
        window.consume(usize::MAX);
        self.ended = true;
    }

    /// Goes on behind a block that is damaged, or not whole: to the next place where a block stands. Gives the
    /// block itself where one of its two lengths leads there.
    fn mend(
        &mut self,
        (order, claimed): (Order, u32),
        cut_off: bool,
        window: &mut Window,
        facts: &mut Facts,
    ) -> io::Result<Option<Block>> {
        let fault = window.offset();
        let found = resync::find(self.section.order, 1, window)?;
        let next = match found {
            Found::At(at) => at,
            Found::Nothing => window.bytes().len(),
        };
        let bytes = (window.offset() + next as u64).saturating_sub(fault);
        if window.offset() == fault && next >= SMALLEST_BLOCK {
            let trailer = order.u32(window.bytes(), next - 4);
            let told = size(claimed) == next || trailer.is_some_and(|trailer| size(trailer) == next);
            if told && Body::is_known(order, window.bytes()) {
                let true_length = u32::try_from(next).unwrap_or(u32::MAX);
                let claimed = if size(claimed) == next { trailer.unwrap_or_default() } else { claimed };
                facts.damage.note(fault, DamageKind::WrongLength { claimed, true_length });
                return Ok(Some(Block { bytes: next }));
            }
        }
        match found {
            Found::At(at) => {
                facts.damage.note(fault, DamageKind::Skipped { claimed, bytes, to_the_end: false });
                window.consume(at);
            }
            Found::Nothing if cut_off => {
                facts.damage.note(fault, DamageKind::CutOff { left_over: bytes });
                self.end(window);
            }
            Found::Nothing => {
                facts.damage.note(fault, DamageKind::Skipped { claimed, bytes, to_the_end: true });
                self.end(window);
            }
        }
        Ok(None)
    }
}

/// The block at the front of `bytes`, where all of it is there and its two lengths agree.
#[inline]
fn raw_block(order: Order, bytes: &[u8]) -> Option<Block> {
    let parsed = match order {
        Order::Big => RawBlock::from_slice::<BigEndian>(bytes),
        Order::Little => RawBlock::from_slice::<LittleEndian>(bytes),
    };
    let (_, raw) = parsed.ok()?;
    Some(Block { bytes: size(raw.initial_len) })
}

/// Bytes of a block without a body.
const SMALLEST_BLOCK: usize = 12;

/// Most bytes of a block that is read; a longer one is taken for damage.
const LARGEST_BLOCK: usize = 16 * 1024 * 1024;
