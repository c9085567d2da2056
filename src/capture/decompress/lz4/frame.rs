//! The header of an LZ4 frame.

use std::hash::Hasher;
use std::io;

use twox_hash::XxHash32;

use crate::capture::damage::Undecompressable;
use crate::capture::decompress::source::Source;

/// What a frame's header says.
pub(super) struct Frame {
    pub(super) legacy: bool,
    flags: u8,
    /// Most bytes that a block holds.
    pub(super) block_bytes: usize,
}

/// What stands where a frame may begin.
pub(super) enum Header {
    /// A header of so many bytes.
    Whole(Frame, usize),
    /// A header that the input's end cuts short.
    Cut,
    /// One that cannot be read.
    Wrong(Undecompressable),
}

impl Frame {
    /// A frame of the legacy format, which has no header but its magic number.
    pub(super) const LEGACY: Self = Self { legacy: true, flags: INDEPENDENT, block_bytes: 8 << 20 };

    /// Reads the header at the front of `source`, behind the magic number.
    pub(super) fn read(source: &mut Source) -> io::Result<Header> {
        let Some([_, _, _, _, flags, sizes, _]) = source.front::<7>()? else { return Ok(Header::Cut) };
        let content_size = if flags & CONTENT_SIZE == 0 { 0 } else { 8 };
        let dictionary = if flags & DICTIONARY == 0 { 0 } else { 4 };
        let bytes = 7 + content_size + dictionary;
        if !source.reach(bytes)? {
            return Ok(Header::Cut);
        }
        let described = source.bytes().get(4..bytes).and_then(<[u8]>::split_last);
        let agrees = described.is_some_and(|(told, rest)| (xxh32(rest) >> 8) & 0xff == u32::from(*told));
        let block_bytes = match sizes {
            0x40 => 64 << 10,
            0x50 => 256 << 10,
            0x60 => 1 << 20,
            0x70 => 4 << 20,
            _ => return Ok(Header::Wrong(Undecompressable::Header)),
        };
        if !agrees || flags & (VERSION | RESERVED) != VERSION_1 {
            return Ok(Header::Wrong(Undecompressable::Header));
        }
        if dictionary != 0 {
            return Ok(Header::Wrong(Undecompressable::Dictionary));
        }
        Ok(Header::Whole(Self { legacy: false, flags, block_bytes }, bytes))
    }

    /// Whether blocks do not refer to those before them.
    pub(super) const fn is_independent(&self) -> bool {
        self.flags & INDEPENDENT != 0
    }

    /// Whether each block ends in a checksum of what is stored of it.
    pub(super) const fn has_block_checksums(&self) -> bool {
        self.flags & BLOCK_CHECKSUMS != 0
    }

    /// Whether the frame ends in a checksum of what it holds.
    pub(super) const fn has_content_checksum(&self) -> bool {
        self.flags & CONTENT_CHECKSUM != 0
    }

    /// Most bytes of a block as it is stored.
    pub(super) const fn longest(&self) -> usize {
        // Where nothing is stored as it is, a block that cannot be made smaller grows a little.
        let growth = if self.legacy { self.block_bytes / 255 + 16 } else { 0 };
        self.block_bytes + growth
    }
}

/// The checksum of `bytes`.
pub(super) fn xxh32(bytes: &[u8]) -> u32 {
    let mut hash = XxHash32::with_seed(0);
    hash.write(bytes);
    sum(&hash)
}

/// The checksum of what `hash` has seen.
pub(super) fn sum(hash: &XxHash32) -> u32 {
    u32::try_from(hash.finish() & 0xffff_ffff).unwrap_or_default()
}

const VERSION: u8 = 0xc0;
const VERSION_1: u8 = 0x40;
const INDEPENDENT: u8 = 0x20;
const BLOCK_CHECKSUMS: u8 = 0x10;
const CONTENT_SIZE: u8 = 0x08;
const CONTENT_CHECKSUM: u8 = 0x04;
const RESERVED: u8 = 0x02;
const DICTIONARY: u8 = 0x01;
