//! Zstandard: frame after frame, each of blocks.
//!
//! ```text
//!  0             4            5
//! | 28 b5 2f fd | descriptor | window, dictionary id, content size … | blocks … | checksum |
//!
//!  0                                     3
//! | last (1 bit), type (2), size (21)   | … |                           a block
//! ```
//!
//! All of it is little-endian. Source: RFC 8878, section 3.

use std::io::{self, Read};

use ruzstd::decoding::errors::{FrameDecoderError, FrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::MOST_MEMORY;
use super::codec::{Codec, Fault, FaultKind, Step};
use super::skippable::{is_skippable, skip};
use super::source::Source;
use crate::capture::damage::Undecompressable;
use crate::capture::order::size;

/// Undoes Zstandard.
pub(super) struct Zstd {
    decoder: FrameDecoder,
    /// Where the frame begins.
    frame: u64,
    /// Whether the frame ends in a checksum.
    checksum: bool,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A frame begins, or the input ends.
    Frame,
    /// Blocks.
    Blocks,
    /// Nothing but what the decoder still holds, and then the fault.
    Faulty(Fault),
}

impl Zstd {
    pub(super) fn new() -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MOST_MEMORY);
        Self { decoder, frame: 0, checksum: false, state: State::Frame }
    }

    /// Begins a frame, or passes over one that is to be skipped; the step where there is none.
    fn begin(&mut self, source: &mut Source) -> io::Result<Option<Step>> {
        self.frame = source.offset();
        let Some(magic) = source.front::<4>()? else {
            let begun = source.bytes();
            let step = match begun {
                [] => Step::End,
                _ if MAGIC.starts_with(begun) || is_skippable(begun) => Step::cut_off(source.end()),
                _ => Step::broken(self.frame, Undecompressable::Foreign),
            };
            return Ok(Some(step));
        };
        if is_skippable(&magic) {
            return skip(source);
        }
        if magic != MAGIC {
            return Ok(Some(Step::broken(self.frame, Undecompressable::Foreign)));
        }
        let whole = source.reach(MOST_HEADER_BYTES)?;
        let before = source.bytes();
        let mut rest = before;
        let begun = self.decoder.init(&mut rest);
        let bytes = before.len() - rest.len();
        let descriptor = before.get(4).copied().unwrap_or_default();
        match begun {
            Ok(()) => {
                self.checksum = descriptor & CHECKSUM != 0;
                source.advance(bytes);
                self.state = State::Blocks;
                Ok(None)
            }
            Err(FrameDecoderError::ReadFrameHeaderError(_)) if !whole => {
                Ok(Some(Step::cut_off(source.end())))
            }
            Err(error) => Ok(Some(Step::broken(self.frame, why(&error)))),
        }
    }

    /// Decodes the next block, or ends the frame; the step where something is to be told.
    fn block(&mut self, source: &mut Source) -> io::Result<Option<Step>> {
        if self.decoder.is_finished() {
            self.state = State::Frame;
            let told = self.decoder.get_checksum_from_data();
            let wrong = told.is_some() && told != self.decoder.get_calculated_checksum();
            return Ok(wrong.then(|| Step::checksum(source.offset())));
        }
        let at = source.offset();
        let Some([b0, b1, b2]) = source.front::<3>()? else {
            self.give_up(Fault { at: source.end(), kind: FaultKind::CutOff });
            return Ok(None);
        };
        let header = u32::from_le_bytes([b0, b1, b2, 0]);
        let body = if (header >> 1) & 3 == RUN { 1 } else { size(header >> 3) };
        let trailer = if header & LAST != 0 && self.checksum { 4 } else { 0 };
        let bytes = 3 + body + trailer;
        if body > MOST_BLOCK_BYTES {
            self.give_up(Fault { at, kind: FaultKind::Broken(Undecompressable::Data) });
        } else if !source.reach(bytes)? {
            self.give_up(Fault { at: source.end(), kind: FaultKind::CutOff });
        } else {
            let block = source.bytes().get(..bytes).unwrap_or_default();
            match self.decoder.decode_blocks(block, BlockDecodingStrategy::UptoBlocks(1)) {
                Ok(_) => source.advance(bytes),
                Err(_) => self.give_up(Fault { at, kind: FaultKind::Broken(Undecompressable::Data) }),
            }
        }
        Ok(None)
    }

    /// Ends the frame here: the decoder holds back as much as later blocks could refer to, until there are none.
    fn give_up(&mut self, fault: Fault) {
        let empty_block = [1, 0, 0, 0, 0, 0, 0];
        // It cannot fail but where the decoder has nothing to hold back.
        drop(self.decoder.decode_blocks(&empty_block[..], BlockDecodingStrategy::UptoBlocks(1)));
        self.state = State::Faulty(fault);
    }
}

impl Codec for Zstd {
    fn decode(&mut self, source: &mut Source, out: &mut [u8]) -> io::Result<Step> {
        loop {
            let step = match self.state {
                State::Frame => self.begin(source)?,
                State::Blocks | State::Faulty(_) => {
                    let given = self.decoder.read(out)?;
                    match self.state {
                        _ if given > 0 => Some(Step::Given(given)),
                        State::Faulty(fault) => Some(Step::Fault(fault)),
                        _ => self.block(source)?,
                    }
                }
            };
            if let Some(step) = step {
                return Ok(step);
            }
        }
    }

    fn resync(&mut self, source: &mut Source) -> io::Result<Option<u64>> {
        self.state = State::Frame;
        source.go_to(self.frame + 1);
        while source.reach(MAGIC.len() + 1)? {
            let bytes = source.bytes();
            let begins = |window: &[u8]| {
                window.split_last().is_some_and(|(last, magic)| magic == MAGIC && last & RESERVED == 0)
            };
            match bytes.windows(MAGIC.len() + 1).position(begins) {
                Some(at) => {
                    source.advance(at);
                    return Ok(Some(source.offset()));
                }
                None => source.advance(bytes.len() - MAGIC.len()),
            }
        }
        Ok(None)
    }
}

/// Why a frame cannot be begun.
fn why(error: &FrameDecoderError) -> Undecompressable {
    match *error {
        FrameDecoderError::WindowSizeTooBig { requested, max } => {
            Undecompressable::Memory { needed: requested, allowed: max }
        }
        FrameDecoderError::FrameHeaderError(FrameHeaderError::WindowTooBig { got }) => {
            Undecompressable::Memory { needed: got, allowed: MOST_MEMORY }
        }
        FrameDecoderError::DictNotProvided { .. } => Undecompressable::Dictionary,
        _ => Undecompressable::Header,
    }
}

const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Most bytes of a frame's header.
const MOST_HEADER_BYTES: usize = 18;

/// Most bytes of a block.
const MOST_BLOCK_BYTES: usize = 128 * 1024;

/// In a descriptor: the frame ends in a checksum.
const CHECKSUM: u8 = 0x04;

/// In a descriptor: must be zero.
const RESERVED: u8 = 0x08;

/// In a block's header: it is the frame's last one.
const LAST: u32 = 1;

/// The type of a block that is one byte again and again; its size is that of what it holds.
const RUN: u32 = 1;
