//! What is damaged in a capture, where, and what was made of it.

use std::fmt;

use super::compression::Compression;
use super::size::Bytes;

/// One damaged place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Where it is: the first byte of the record or block, from the beginning of the input. For damage of the
    /// compression itself that is the compressed input; for other damage of a compressed input it is what that holds.
    pub offset: u64,
    /// Whether the offset counts decompressed bytes.
    pub decompressed: bool,
    /// What it is.
    pub kind: DamageKind,
}

/// What is damaged, and what was made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DamageKind {
    /// The input ends inside a record or block.
    CutOff {
        /// Bytes of it that are there.
        left_over: u64,
    },
    /// No record or block can be read here; the bytes up to the next one were skipped.
    Skipped {
        /// The length it claims.
        claimed: u32,
        /// Bytes skipped.
        bytes: u64,
        /// Whether no further record follows them.
        to_the_end: bool,
    },
    /// A length cannot be, yet the place of the next record or block tells the true one. It was read with that.
    WrongLength {
        /// The length it claims.
        claimed: u32,
        /// The length it was read with.
        true_length: u32,
    },
    /// The next record begins inside this one, which was read with the length it claims.
    Overlong {
        /// The length it claims.
        claimed: u32,
        /// Where the next record begins.
        next: u64,
    },
    /// More bytes are stored of a frame than the capture's snaplen. The frame was read.
    OverSnaplen {
        /// Bytes stored.
        captured: u32,
        /// The snaplen.
        snaplen: u32,
    },
    /// More bytes are stored of a frame than it had on the wire. The frame was read.
    OverWireLength {
        /// Bytes stored.
        captured: u32,
        /// Bytes on the wire.
        wire: u32,
    },
    /// More bytes of a frame are claimed than its block holds. What the block holds was read.
    OverBlock {
        /// Bytes claimed.
        captured: u32,
        /// Bytes the block holds.
        held: u32,
    },
    /// The part of a time below the second is a second or more. It was carried into the seconds.
    Subsecond {
        /// It, in units of the capture.
        fraction: u32,
    },
    /// A frame of an interface that was not described. It was counted and not read.
    UnknownInterface {
        /// The interface it names, within its section.
        interface: u32,
    },
    /// A comment is not UTF-8. It was not read; its frame was.
    NotUtf8,
    /// Options that do not fit their block. Those before were read.
    Options,
    /// Names that do not fit their block. Those before were read.
    Names,
    /// A block too short for what it is. It was skipped.
    ShortBlock {
        /// Its type.
        block: u32,
    },
    /// More interfaces than can be told apart in one section. It was skipped.
    TooManyInterfaces,
    /// The compressed input ends inside what it holds. All before it was decompressed and read.
    CompressedCutOff {
        /// How it is compressed.
        compression: Compression,
    },
    /// Compressed bytes that cannot be decompressed. They were skipped.
    CompressedBroken {
        /// How they are compressed.
        compression: Compression,
        /// Why.
        why: Undecompressable,
        /// Compressed bytes skipped.
        bytes: u64,
        /// Whether nothing more that can be decompressed follows them.
        to_the_end: bool,
    },
    /// The checksum of what was decompressed does not match it. It was read.
    CompressedChecksum {
        /// How it was compressed.
        compression: Compression,
    },
    /// The input holds more than may be decompressed of it. What comes before the bound was read.
    DecompressionBound {
        /// The bound in bytes.
        limit: u64,
    },
    /// Bytes behind a place that could not be decompressed and before the next whole record or block. They were skipped.
    BehindGap {
        /// How many.
        bytes: u64,
    },
    /// The file header of another capture stands where a record is expected. What follows was read as it says.
    AnotherCapture,
    /// A time by its interface's clock is before 1677 or after 2262. It was read as the first or last there is.
    TimeOutOfRange,
}

/// Why compressed bytes cannot be decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undecompressable {
    /// They do not begin as the compression does.
    Foreign,
    /// Their header says what cannot be.
    Header,
    /// What follows the header cannot be.
    Data,
    /// They need more memory than is given to them.
    Memory {
        /// Bytes that they need.
        needed: u64,
        /// Bytes that they may have.
        allowed: u64,
    },
    /// They need a dictionary that they do not hold.
    Dictionary,
    /// They went through a filter that is not undone here.
    Filter {
        /// Its number.
        id: u64,
    },
}

impl DamageKind {
    /// How many kinds there are.
    pub const COUNT: usize = 21;

    /// The kind alone, as a few words for a count of them.
    pub const fn name(self) -> &'static str {
        NAMES[self.index()]
    }

    const fn index(self) -> usize {
        match self {
            Self::CutOff { .. } => 0,
            Self::Skipped { .. } => 1,
            Self::WrongLength { .. } => 2,
            Self::Overlong { .. } => 3,
            Self::OverSnaplen { .. } => 4,
            Self::OverWireLength { .. } => 5,
            Self::OverBlock { .. } => 6,
            Self::Subsecond { .. } => 7,
            Self::UnknownInterface { .. } => 8,
            Self::NotUtf8 => 9,
            Self::Options => 10,
            Self::Names => 11,
            Self::ShortBlock { .. } => 12,
            Self::TooManyInterfaces => 13,
            Self::CompressedCutOff { .. } => 14,
            Self::CompressedBroken { .. } => 15,
            Self::CompressedChecksum { .. } => 16,
            Self::DecompressionBound { .. } => 17,
            Self::BehindGap { .. } => 18,
            Self::AnotherCapture => 19,
            Self::TimeOutOfRange => 20,
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = Place(*self);
        let before = |bytes: u64| self.offset.saturating_add(bytes);
        match self.kind {
            DamageKind::CutOff { left_over } => {
                let what = if self.decompressed { "what was decompressed" } else { "the file" };
                let end = before(left_over);
                write!(f, "{what} ends at byte {end} inside a record; {left_over} bytes were left over")
            }
            DamageKind::Skipped { claimed, bytes, to_the_end: true } => {
                write!(
                    f,
                    "record length {claimed} at {at} cannot be; {bytes} bytes skipped to the end of the file"
                )
            }
            DamageKind::Skipped { claimed, bytes, to_the_end: false } => {
                let next = before(bytes);
                write!(f, "record length {claimed} at {at} cannot be; ")?;
                write!(f, "{bytes} bytes skipped to the next record at {next}")
            }
            DamageKind::WrongLength { claimed, true_length } => {
                write!(f, "record length {claimed} at {at} cannot be; read as {true_length}")
            }
            DamageKind::Overlong { claimed, next } => write!(
                f,
                "record length {claimed} at {at} is too long; the next record begins inside it at {next}"
            ),
            DamageKind::OverSnaplen { captured, snaplen } => {
                write!(f, "record at {at} holds {captured} bytes, more than the snaplen {snaplen}")
            }
            DamageKind::OverWireLength { captured, wire } => {
                write!(f, "record at {at} holds {captured} bytes of a frame of {wire}")
            }
            DamageKind::OverBlock { captured, held } => {
                write!(f, "block at {at} claims {captured} bytes of a frame and holds {held}")
            }
            DamageKind::Subsecond { fraction } => write!(
                f,
                "record at {at} has {fraction} as the part of its time below a second; carried into its seconds"
            ),
            DamageKind::UnknownInterface { interface } => {
                write!(f, "block at {at} is of interface {interface}, which is not described; frame skipped")
            }
            DamageKind::NotUtf8 => write!(f, "comment in the block at {at} is not UTF-8; not read"),
            DamageKind::Options => write!(f, "options of the block at {at} do not fit it"),
            DamageKind::Names => write!(f, "names in the block at {at} do not fit it"),
            DamageKind::ShortBlock { block } => {
                write!(f, "block of type {block:#x} at {at} is too short; skipped")
            }
            DamageKind::TooManyInterfaces => {
                write!(f, "block at {at} describes one interface too many; skipped")
            }
            DamageKind::CompressedCutOff { compression } => {
                write!(f, "the {compression} data end early, at {at} of the compressed file; ")?;
                write!(f, "what they hold up to there was read")
            }
            DamageKind::CompressedBroken { compression, why, bytes, to_the_end } => {
                write!(f, "{at} of the compressed file: {}; ", why.of(compression))?;
                if to_the_end {
                    write!(f, "{bytes} bytes skipped to its end")
                } else {
                    let next = before(bytes);
                    write!(f, "{bytes} bytes skipped to {next}, where {compression} data begin again")
                }
            }
            DamageKind::CompressedChecksum { compression } => {
                write!(
                    f,
                    "the {compression} data that end at {at} of the compressed file do not match their "
                )?;
                write!(f, "checksum: something in them is wrong; they were read")
            }
            DamageKind::DecompressionBound { limit } => {
                write!(f, "decompression stopped at {at} of the compressed file, after {} ", Bytes(limit))?;
                write!(f, "(--max-decompressed); what follows was not read")
            }
            DamageKind::BehindGap { bytes } => {
                write!(
                    f,
                    "{bytes} bytes at {at}, behind what could not be decompressed, are of no whole record"
                )
            }
            DamageKind::AnotherCapture => write!(f, "another capture begins at {at}; read by its header"),
            DamageKind::TimeOutOfRange => write!(f, "time in the block at {at} is out of range; clamped"),
        }
    }
}

impl Undecompressable {
    /// Why, as a clause.
    pub(super) const fn of(self, compression: Compression) -> Why {
        Why(self, compression)
    }
}

/// Why bytes of this compression cannot be decompressed.
pub(super) struct Why(Undecompressable, Compression);

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(why, compression) = self;
        match *why {
            Undecompressable::Foreign => write!(f, "what stands there is not {compression}"),
            Undecompressable::Header => write!(f, "a damaged {compression} header"),
            Undecompressable::Data => write!(f, "damaged {compression} data"),
            Undecompressable::Memory { needed, allowed } => write!(
                f,
                "{compression} data that need {} of memory, more than the {} they may have",
                Bytes(needed),
                Bytes(allowed)
            ),
            Undecompressable::Dictionary => {
                write!(f, "{compression} data that need a dictionary from elsewhere")
            }
            Undecompressable::Filter { id } => {
                write!(f, "{compression} data behind filter {id:#x}, which is not undone here")
            }
        }
    }
}

/// Where damage is: `byte 24`, `decompressed byte 24`.
struct Place(Damage);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Damage { offset, decompressed, .. } = self.0;
        if decompressed { write!(f, "decompressed byte {offset}") } else { write!(f, "byte {offset}") }
    }
}

/// The damage of one capture: the first places of each kind in full, the rest by count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DamageLog {
    first: Vec<Damage>,
    counts: [u64; DamageKind::COUNT],
    /// Whether offsets count decompressed bytes.
    decompressed: bool,
}

impl DamageLog {
    /// How many places of each kind are kept in full, so that a fault of every record hides no other.
    pub const KEPT_OF_A_KIND: u64 = 20;

    /// The first places of each kind, in file order; at most [`Self::KEPT_OF_A_KIND`] of each.
    pub fn first(&self) -> &[Damage] {
        &self.first
    }

    /// How many damaged places there are.
    pub fn total(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The kinds that occur, each by [`DamageKind::name`] with its count, in the order of [`DamageKind`].
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        NAMES.into_iter().zip(self.counts).filter(|(_, count)| *count > 0)
    }

    /// A log of what was decompressed.
    pub(super) fn of_decompressed() -> Self {
        Self { decompressed: true, ..Self::default() }
    }

    /// Adds what `other` has behind what is there.
    pub(super) fn append(&mut self, other: Self) {
        self.first.extend(other.first);
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count = count.saturating_add(more);
        }
    }

    /// Notes one more damaged place.
    #[cold]
    pub(super) fn note(&mut self, offset: u64, kind: DamageKind) {
        let Some(count) = self.counts.get_mut(kind.index()) else { return };
        *count += 1;
        if *count <= Self::KEPT_OF_A_KIND {
            self.first.push(Damage { offset, decompressed: self.decompressed, kind });
        }
    }
}

const NAMES: [&str; DamageKind::COUNT] = [
    "ends inside a record",
    "unreadable bytes skipped",
    "wrong record length mended",
    "record too long",
    "more bytes than the snaplen",
    "more bytes than on the wire",
    "more bytes than the block holds",
    "time with a whole second too much",
    "frame of an unknown interface skipped",
    "comment not UTF-8",
    "options do not fit",
    "names do not fit",
    "block too short",
    "too many interfaces",
    "compressed data end early",
    "compressed data skipped",
    "checksum of compressed data wrong",
    "decompression stopped at its bound",
    "bytes skipped behind compressed data that were",
    "another capture behind the first",
    "time out of range",
];
