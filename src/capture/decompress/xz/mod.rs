//! xz: stream after stream, each of blocks, an index of them and a footer.
//!
//! ```text
//!  0                   6       8         12
//! | fd 37 7a 58 5a 00 | flags | CRC-32 | blocks … | index … | footer |
//!
//!  0      1       2
//! | size | flags | sizes, filters, padding … | CRC-32 | LZMA2 data …, padding | check |      a block
//!
//!  0    1
//! | 0  | number of records, records …, padding | CRC-32 |                                   the index
//!
//!  0        4       8       10   12
//! | CRC-32 | size  | flags | YZ |                                                           the footer
//! ```
//!
//! Sizes of headers are in units of 4 bytes, less one. Zeros between streams are padding. Checks by SHA-256 and by
//! unknown methods are passed over. Source: "The .xz File Format" 1.2.1.

mod block;
mod check;

use std::io::{self, ErrorKind};

use lzma_rust2::{Action, Lzma2Stream, Status};

use self::block::Header;
use self::check::{Check, crc32};
use super::MOST_MEMORY;
use super::codec::{Codec, Step};
use super::source::Source;
use crate::capture::damage::Undecompressable;
use crate::capture::order::Order;

/// Undoes xz.
pub(super) struct Xz {
    lzma: Lzma2Stream,
    check: Check,
    /// Where the stream begins; its parts are aligned to four bytes from there.
    stream: u64,
    /// Where the block begins.
    block: u64,
    /// How many compressed bytes are decoded at a time.
    piece: usize,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A stream begins, or the input ends.
    Stream,
    /// A block or the index begins.
    Block,
    /// LZMA2 data.
    Data,
    /// The same, and they are wrong here.
    Faulty(Step),
    /// The padding of a block, and its check.
    Check,
    /// The index, from its number of records on.
    Index,
    /// The footer.
    Footer,
}

impl Xz {
    pub(super) fn new() -> Self {
        let lzma = Lzma2Stream::new(SMALLEST_DICTIONARY);
        Self { lzma, check: Check::None(0), stream: 0, block: 0, piece: PIECE, state: State::Stream }
    }

    /// Begins a stream; the step where none begins.
    fn begin_stream(&mut self, source: &mut Source) -> io::Result<Option<Step>> {
        while source.front()? == Some([0]) {
            source.advance(1);
        }
        let at = source.offset();
        (self.stream, self.block) = (at, at);
        let Some(header) = source.front::<STREAM_HEADER_BYTES>()? else {
            let begun = source.bytes();
            let begun = begun.get(..MAGIC.len()).unwrap_or(begun);
            return Ok(Some(match begun {
                [] => Step::End,
                _ if MAGIC.starts_with(begun) => Step::cut_off(source.end()),
                _ => Step::broken(at, Undecompressable::Foreign),
            }));
        };
        if !header.starts_with(&MAGIC) {
            return Ok(Some(Step::broken(at, Undecompressable::Foreign)));
        }
        let Some(check) = stream_check(&header) else {
            return Ok(Some(Step::broken(at, Undecompressable::Header)));
        };
        source.advance(header.len());
        self.check = check;
        self.state = State::Block;
        Ok(None)
    }

    /// Begins a block, or the index; the step where neither can be begun.
    fn begin_block(&mut self, source: &mut Source) -> io::Result<Option<Step>> {
        self.block = source.offset();
        match Header::read(source)? {
            Header::Index => {
                source.advance(1);
                self.state = State::Index;
                Ok(None)
            }
            Header::Block { bytes, dictionary } if u64::from(dictionary) <= MOST_MEMORY => {
                source.advance(bytes);
                self.lzma = Lzma2Stream::new(dictionary);
                self.check.begin();
                self.state = State::Data;
                Ok(None)
            }
            Header::Block { dictionary, .. } => {
                let why = Undecompressable::Memory { needed: u64::from(dictionary), allowed: MOST_MEMORY };
                Ok(Some(Step::broken(self.block, why)))
            }
            Header::Filtered(id) => Ok(Some(Step::broken(self.block, Undecompressable::Filter { id }))),
            Header::Wrong => Ok(Some(Step::broken(self.block, Undecompressable::Header))),
            Header::Cut => Ok(Some(Step::cut_off(source.end()))),
        }
    }

    /// Decodes on; the step where something is to be told.
    fn data(&mut self, source: &mut Source, out: &mut [u8]) -> io::Result<Option<Step>> {
        let is_last = !source.reach(self.piece + 1)?;
        let action = if is_last { Action::Finish } else { Action::Run };
        let piece = source.bytes().get(..self.piece).unwrap_or(source.bytes());
        let (taken, given) = (self.lzma.total_in(), self.lzma.total_out());
        let processed = self.lzma.process(piece, out, action);
        let since = |now: u64, before: u64| usize::try_from(now.saturating_sub(before)).unwrap_or_default();
        let taken = since(self.lzma.total_in(), taken);
        let given = since(self.lzma.total_out(), given);
        source.advance(taken);
        self.check.add(out.get(..given).unwrap_or_default());
        let stands = taken == 0 && given == 0;
        self.piece = if stands { self.piece * 2 } else { PIECE };
        match processed {
            Ok(result) if result.status == Status::StreamEnd => self.state = State::Check,
            Ok(_) if stands && is_last => self.state = State::Faulty(Step::cut_off(source.end())),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                self.state = State::Faulty(Step::cut_off(source.end()));
            }
            Err(_) => {
                self.state = State::Faulty(Step::broken(source.offset(), Undecompressable::Data));
            }
        }
        Ok((given > 0).then_some(Step::Given(given)))
    }

    /// Ends a block; the step where its check is wrong or missing.
    fn end_block(&mut self, source: &mut Source) -> io::Result<Option<Step>> {
        let padding = self.padding(source.offset());
        let bytes = padding + self.check.bytes();
        if !source.reach(bytes)? {
            return Ok(Some(Step::cut_off(source.end())));
        }
        let matches = self.check.matches(source.bytes().get(padding..bytes).unwrap_or_default());
        source.advance(bytes);
        self.state = State::Block;
        Ok((!matches).then(|| Step::checksum(source.offset())))
    }

    /// Passes over the index, which tells nothing that the blocks did not; the step where it cannot be passed over.
    fn index(&mut self, source: &mut Source) -> io::Result<Option<Step>> {
        let Some(records) = number(source)? else { return Ok(Some(Self::cut_or_broken(source)?)) };
        for _ in 0..records.saturating_mul(2) {
            if number(source)?.is_none() {
                return Ok(Some(Self::cut_or_broken(source)?));
            }
        }
        let bytes = self.padding(source.offset()) + 4;
        if source.skip(bytes as u64)? < bytes as u64 {
            return Ok(Some(Step::cut_off(source.end())));
        }
        self.state = State::Footer;
        Ok(None)
    }

    /// A number of the index cannot be read.
    fn cut_or_broken(source: &mut Source) -> io::Result<Step> {
        Ok(if source.reach(LONGEST_NUMBER)? {
            Step::broken(source.offset(), Undecompressable::Data)
        } else {
            Step::cut_off(source.end())
        })
    }

    /// Passes over the footer; the step where there is none.
    fn footer(&mut self, source: &mut Source) -> io::Result<Option<Step>> {
        let Some(footer) = source.front::<FOOTER_BYTES>()? else {
            return Ok(Some(Step::cut_off(source.end())));
        };
        if Order::Little.u32(&footer, 0) != footer.get(4..10).map(crc32) || !footer.ends_with(b"YZ") {
            return Ok(Some(Step::broken(source.offset(), Undecompressable::Data)));
        }
        source.advance(footer.len());
        self.state = State::Stream;
        Ok(None)
    }

    /// Bytes of padding up to the next part of the stream, from `offset` on.
    const fn padding(&self, offset: u64) -> usize {
        (offset.wrapping_sub(self.stream).wrapping_neg() & 3) as usize
    }
}

impl Codec for Xz {
    fn decode(&mut self, source: &mut Source, out: &mut [u8]) -> io::Result<Step> {
        loop {
            let step = match self.state {
                State::Stream => self.begin_stream(source)?,
                State::Block => self.begin_block(source)?,
                State::Data => self.data(source, out)?,
                State::Faulty(step) => Some(step),
                State::Check => self.end_block(source)?,
                State::Index => self.index(source)?,
                State::Footer => self.footer(source)?,
            };
            if let Some(step) = step {
                return Ok(step);
            }
        }
    }

    fn resync(&mut self, source: &mut Source) -> io::Result<Option<u64>> {
        source.go_to(self.block + 1);
        while source.reach(STREAM_HEADER_BYTES)? {
            let header = source.front()?.unwrap_or_default();
            if header.starts_with(&MAGIC) && stream_check(&header).is_some() {
                self.state = State::Stream;
                return Ok(Some(source.offset()));
            }
            let aligned = self.padding(source.offset()) == 0;
            if aligned && let Header::Block { .. } = Header::read(source)? {
                self.state = State::Block;
                return Ok(Some(source.offset()));
            }
            source.advance(1);
        }
        Ok(None)
    }
}

/// The check that a stream's header announces; `None` where it is none.
fn stream_check(header: &[u8; STREAM_HEADER_BYTES]) -> Option<Check> {
    let flags = header.get(6..8)?;
    let sound = Order::Little.u32(header, 8) == Some(crc32(flags));
    match *flags {
        [0, check @ 0..=15] if sound => Some(Check::new(check)),
        _ => None,
    }
}

/// Takes a number of the index from the front of `source`; `None` where it is too long, or the input ends inside it.
fn number(source: &mut Source) -> io::Result<Option<u64>> {
    source.reach(LONGEST_NUMBER)?;
    let mut rest = source.bytes();
    let before = rest.len();
    let number = block::number(&mut rest);
    let bytes = before - rest.len();
    if number.is_some() {
        source.advance(bytes);
    }
    Ok(number)
}

const MAGIC: [u8; 6] = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];

const STREAM_HEADER_BYTES: usize = 12;

const FOOTER_BYTES: usize = 12;

/// Most bytes of a number.
const LONGEST_NUMBER: usize = 9;

/// How many compressed bytes are decoded at a time: what is decoded together with damage is lost.
const PIECE: usize = 64;

/// The dictionary of a decoder that is not used yet.
const SMALLEST_DICTIONARY: u32 = 4 * 1024;
