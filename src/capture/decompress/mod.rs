//! Compressed inputs, as the bytes that they hold; one file a format.
//!
//! What is decompressed is bounded by the caller, so that a small file cannot grow without end, and so is the memory it
//! takes, by [`MOST_MEMORY`] and a few blocks. Damage is passed: decompression goes on at the next place where the format
//! begins anew. In between is a gap, which looks like an end until it is passed, so that no record is read across it.

mod codec;
mod gzip;
mod lz4;
mod skippable;
mod source;
mod xz;
mod zstd;

use std::io::{self, Read};

use self::codec::{Codec, Fault, FaultKind, Step};
use self::source::Source;
use super::compression::Compression;
use super::damage::{DamageKind, DamageLog, Undecompressable};
use super::window::{Input, Window};

/// A compressed input, as the bytes that it holds.
pub(super) struct Decompressed {
    source: Source,
    codec: Box<dyn Codec>,
    compression: Compression,
    /// Most bytes that may be given.
    limit: u64,
    /// How many of them are left.
    left: u64,
    state: State,
    gaps: u32,
    damage: DamageLog,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Reading,
    /// Something could not be decompressed; more follows.
    Gap,
    Ended,
}

impl Decompressed {
    /// The bytes that `compressed` holds from its front on, at most `limit` of them.
    pub(super) fn new(compression: Compression, compressed: Window, limit: u64) -> Self {
        let codec: Box<dyn Codec> = match compression {
            Compression::Gzip => Box::new(gzip::Gzip::new()),
            Compression::Zstd => Box::new(zstd::Zstd::new()),
            Compression::Lz4 => Box::new(lz4::Lz4::new()),
            Compression::Xz => Box::new(xz::Xz::new()),
        };
        Self {
            source: Source::new(compressed),
            codec,
            compression,
            limit,
            left: limit,
            state: State::Reading,
            gaps: 0,
            damage: DamageLog::default(),
        }
    }

    /// Takes note of a fault, and goes to where decompression can go on.
    fn pass(&mut self, Fault { at, kind }: Fault) -> io::Result<()> {
        let compression = self.compression;
        if kind == FaultKind::Checksum {
            self.damage.note(at, DamageKind::CompressedChecksum { compression });
            return Ok(());
        }
        self.gaps += 1;
        let next = if self.gaps <= MOST_GAPS { self.codec.resync(&mut self.source)? } else { None };
        self.state = if next.is_some() { State::Gap } else { State::Ended };
        let why = match kind {
            FaultKind::Broken(why) => why,
            // A damaged length leads beyond the end as well as a file that was cut off.
            _ if next.is_some() => Undecompressable::Data,
            _ => {
                self.damage.note(at, DamageKind::CompressedCutOff { compression });
                return Ok(());
            }
        };
        if next.is_none() {
            self.source.skip(u64::MAX)?;
        }
        let next = next.unwrap_or(self.source.offset());
        let to_the_end = self.state == State::Ended;
        let (at, bytes) = (at.min(next), next.saturating_sub(at));
        self.damage.note(at, DamageKind::CompressedBroken { compression, why, bytes, to_the_end });
        Ok(())
    }

    /// Ends where the bound is reached, if more than that is there.
    fn end_at_bound(&mut self) -> io::Result<()> {
        match self.codec.decode(&mut self.source, &mut [0])? {
            Step::Given(_) => {
                let kind = DamageKind::DecompressionBound { limit: self.limit };
                self.damage.note(self.source.offset(), kind);
                self.state = State::Ended;
            }
            Step::Fault(fault) => self.pass(fault)?,
            Step::End => self.state = State::Ended,
        }
        Ok(())
    }
}

impl Read for Decompressed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.state == State::Reading && !into.is_empty() {
            if self.left == 0 {
                self.end_at_bound()?;
                continue;
            }
            let room = into.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
            let room = into.get_mut(..room).unwrap_or_default();
            match self.codec.decode(&mut self.source, room)? {
                Step::Given(bytes) => {
                    self.left = self.left.saturating_sub(bytes as u64);
                    return Ok(bytes);
                }
                Step::Fault(fault) => self.pass(fault)?,
                Step::End => self.state = State::Ended,
            }
        }
        Ok(0)
    }
}

impl Input for Decompressed {
    fn pass_gap(&mut self) -> bool {
        let passed = self.state == State::Gap;
        if passed {
            self.state = State::Reading;
        }
        passed
    }

    fn bytes_taken(&self) -> Option<u64> {
        Some(self.source.bytes_read())
    }

    fn take_damage(&mut self) -> DamageLog {
        std::mem::take(&mut self.damage)
    }
}

/// Most memory that compressed data may ask for to be decompressed: the dictionary of `xz -9`.
const MOST_MEMORY: u64 = 64 * 1024 * 1024;

/// How often decompression goes on behind a gap; more of them are made to waste time.
const MOST_GAPS: u32 = 1_000;
