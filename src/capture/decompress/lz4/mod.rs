//! LZ4: frame after frame, each of blocks.
//!
//! ```text
//!  0             4       5             6
//! | 04 22 4d 18 | flags | block size | content size, dictionary id … | header checksum | blocks … | 0 | checksum |
//!
//!  0                              4
//! | stored (1 bit), length (31)  | … | checksum |                     a block
//!
//!  0             4                     legacy frames: blocks of up to 8 MiB to the end, or to the next magic number
//! | 02 21 4c 18 | length | … |
//! ```
//!
//! All of it is little-endian. Frames that are to be skipped are those of Zstandard. Source: "LZ4 Frame Format
//! Description" 1.6.4.

mod frame;
mod salvage;

use std::hash::Hasher;
use std::io;

use lz4_flex::block::decompress_into_with_dict;
use twox_hash::XxHash32;

use self::frame::{Frame, Header, sum, xxh32};
use self::salvage::salvage;
use super::codec::{Codec, Fault, FaultKind, Step, give};
use super::skippable::{is_skippable, skip};
use super::source::Source;
use crate::capture::damage::Undecompressable;
use crate::capture::order::{Order, size};

/// Undoes LZ4.
pub(super) struct Lz4 {
    frame: Frame,
    state: State,
    /// Room for what a block holds; how much of it is filled, and how much of that was given.
    block: Vec<u8>,
    filled: usize,
    given: usize,
    /// The bytes before the next block; it may refer to the last of them.
    before: Vec<u8>,
    /// Checksum of what the frame held so far; `None` when something of it was lost.
    content: Option<XxHash32>,
    /// What is wrong with the block, told when it was given.
    fault: Option<Fault>,
    /// Bytes of the block that was wrong, when decoding can go on behind it.
    passed: Option<usize>,
    /// Where the first block began that was passed so, until one is sound again.
    doubtful: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A frame begins, or the input ends.
    Frame,
    /// A block begins, or the frame ends.
    Block,
}

impl Lz4 {
    pub(super) const fn new() -> Self {
        Self {
            frame: Frame::LEGACY,
            state: State::Frame,
            block: Vec::new(),
            filled: 0,
            given: 0,
            before: Vec::new(),
            content: None,
            fault: None,
            passed: None,
            doubtful: None,
        }
    }

    /// Begins a frame, or passes over one that is to be skipped; the step where there is none.
    fn begin(&mut self, source: &mut Source) -> io::Result<Option<Step>> {
        let at = source.offset();
        let Some(magic) = source.front::<4>()? else {
            let begun = source.bytes();
            let cut_off = MAGIC.starts_with(begun) || LEGACY.starts_with(begun) || is_skippable(begun);
            return Ok(Some(match begun {
                [] => Step::End,
                _ if cut_off => Step::cut_off(source.end()),
                _ => Step::broken(at, Undecompressable::Foreign),
            }));
        };
        match magic {
            LEGACY => {
                source.advance(LEGACY.len());
                self.begin_blocks(Frame::LEGACY);
            }
            MAGIC => match Frame::read(source)? {
                Header::Whole(frame, bytes) => {
                    source.advance(bytes);
                    self.begin_blocks(frame);
                }
                Header::Cut => return Ok(Some(Step::cut_off(source.end()))),
                Header::Wrong(why) => return Ok(Some(Step::broken(at, why))),
            },
            _ if is_skippable(&magic) => return skip(source),
            _ => return Ok(Some(Step::broken(at, Undecompressable::Foreign))),
        }
        Ok(None)
    }

    fn begin_blocks(&mut self, frame: Frame) {
        if self.block.len() != frame.block_bytes {
            self.block = vec![0; frame.block_bytes];
        }
        self.before.clear();
        self.content = frame.has_content_checksum().then(|| XxHash32::with_seed(0));
        self.frame = frame;
        self.state = State::Block;
    }

    /// Decodes the next block, or ends the frame; the step where something is to be told at once.
    fn next_block(&mut self, source: &mut Source) -> io::Result<Option<Step>> {
        let Some(field) = source.front::<4>()? else {
            let ends = self.frame.legacy && source.bytes().is_empty();
            return Ok(Some(if ends { Step::End } else { Step::cut_off(source.end()) }));
        };
        if self.frame.legacy && (field == MAGIC || field == LEGACY || is_skippable(&field)) {
            self.state = State::Frame;
            return Ok(None);
        }
        let field = u32::from_le_bytes(field);
        if field == 0 && !self.frame.legacy {
            return self.end(source);
        }
        let stored = !self.frame.legacy && field & STORED != 0;
        let length = size(if stored { field & !STORED } else { field });
        if length > self.frame.longest() {
            return Ok(Some(Step::broken(source.offset(), Undecompressable::Data)));
        }
        self.decode_block(source, stored, length)?;
        Ok(None)
    }

    /// Decodes the block at the front of `source`, of `length` bytes as it is stored.
    fn decode_block(&mut self, source: &mut Source, stored: bool, length: usize) -> io::Result<()> {
        let at = source.offset();
        let bytes = 4 + length + if self.frame.has_block_checksums() { 4 } else { 0 };
        let whole = source.reach(bytes)?;
        let held = source.bytes();
        let body = held.get(4..held.len().min(4 + length)).unwrap_or_default();
        let before = self.before.get(self.before.len().saturating_sub(WINDOW)..).unwrap_or_default();
        let decoded = if stored {
            Some(give(body, &mut self.block))
        } else if whole {
            decompress_into_with_dict(body, &mut self.block, before).ok()
        } else {
            None
        };
        self.filled = decoded.unwrap_or_else(|| salvage(body, &mut self.block, before));
        self.given = 0;
        let told = Order::Little.u32(held, 4 + length).filter(|_| self.frame.has_block_checksums());
        let matches = told.is_none_or(|told| told == xxh32(body));
        self.fault = match decoded {
            _ if !whole => Some(Fault { at: source.end(), kind: FaultKind::CutOff }),
            Some(_) if matches => None,
            Some(_) => Some(Fault { at: at + bytes as u64, kind: FaultKind::Checksum }),
            None => Some(Fault { at, kind: FaultKind::Broken(Undecompressable::Data) }),
        };
        if whole && decoded.is_some() {
            source.advance(bytes);
            self.doubtful = None;
        }
        // What is wrong with a block is no matter of the next one, where that does not refer to it.
        self.passed = Some(bytes).filter(|_| self.frame.is_independent() && decoded.is_none());
        self.keep();
        Ok(())
    }

    /// Keeps of the block what those behind it need.
    fn keep(&mut self) {
        let block = self.block.get(..self.filled).unwrap_or_default();
        if self.fault.is_some() {
            self.content = None;
        }
        if let Some(content) = &mut self.content {
            content.write(block);
        }
        if !self.frame.is_independent() {
            self.before.extend(block.get(block.len().saturating_sub(WINDOW)..).unwrap_or_default());
            // Not at each block: there may be many small ones.
            if self.before.len() > 4 * WINDOW {
                self.before.drain(..self.before.len() - WINDOW);
            }
        }
    }

    /// Whether the frame may go on so many bytes further: its length may be what is wrong with a block.
    fn goes_on_behind(&self, bytes: usize, source: &mut Source) -> io::Result<bool> {
        source.reach(bytes + 4)?;
        let field = Order::Little.u32(source.bytes(), bytes);
        Ok(field.is_some_and(|field| size(field & !STORED) <= self.frame.longest()))
    }

    /// Ends the frame; the step where its checksum is wrong or missing.
    fn end(&mut self, source: &mut Source) -> io::Result<Option<Step>> {
        let bytes = if self.frame.has_content_checksum() { 8 } else { 4 };
        if !source.reach(bytes)? {
            return Ok(Some(Step::cut_off(source.end())));
        }
        let told = Order::Little.u32(source.bytes(), 4);
        source.advance(bytes);
        self.state = State::Frame;
        let wrong = self.content.take().is_some_and(|content| told != Some(sum(&content)));
        Ok(wrong.then(|| Step::checksum(source.offset())))
    }
}

impl Codec for Lz4 {
    fn decode(&mut self, source: &mut Source, out: &mut [u8]) -> io::Result<Step> {
        loop {
            let rest = self.block.get(self.given..self.filled).unwrap_or_default();
            if !rest.is_empty() {
                let given = give(rest, out);
                self.given += given;
                return Ok(Step::Given(given));
            }
            if let Some(fault) = self.fault.take() {
                return Ok(Step::Fault(fault));
            }
            let step = match self.state {
                State::Frame => self.begin(source)?,
                State::Block => self.next_block(source)?,
            };
            if let Some(step) = step {
                return Ok(step);
            }
        }
    }

    fn resync(&mut self, source: &mut Source) -> io::Result<Option<u64>> {
        let at = self.doubtful.unwrap_or(source.offset());
        if let Some(bytes) = self.passed.take()
            && self.goes_on_behind(bytes, source)?
        {
            self.doubtful = Some(at);
            source.advance(bytes);
            return Ok(Some(source.offset()));
        }
        self.doubtful = None;
        self.state = State::Frame;
        source.go_to(at + 1);
        while source.reach(MAGIC.len())? {
            let bytes = source.bytes();
            let begins = |window: &[u8]| window == MAGIC || window == LEGACY;
            let found = bytes.windows(MAGIC.len()).position(begins);
            source.advance(found.unwrap_or(bytes.len() - (MAGIC.len() - 1)));
            if found.is_some() {
                let legacy = source.bytes().starts_with(&LEGACY);
                if legacy || matches!(Frame::read(source)?, Header::Whole(..)) {
                    return Ok(Some(source.offset()));
                }
                source.advance(1);
            }
        }
        Ok(None)
    }
}

const MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];
const LEGACY: [u8; 4] = [0x02, 0x21, 0x4c, 0x18];

/// In the length of a block: it is stored as it is.
const STORED: u32 = 1 << 31;

/// How far back a block may refer.
const WINDOW: usize = 64 * 1024;
