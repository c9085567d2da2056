//! What is damaged in a capture, where, and what was made of it.

use std::fmt;

/// One damaged place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Where it is: the first byte of the record or block, from the beginning of the input.
    pub offset: u64,
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
}

impl DamageKind {
    /// How many kinds there are.
    pub const COUNT: usize = 14;

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
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.offset;
        match self.kind {
            DamageKind::CutOff { left_over } => {
                let end = at.saturating_add(left_over);
                write!(f, "the file ends at byte {end} inside a record; {left_over} bytes were left over")
            }
            DamageKind::Skipped { claimed, bytes, to_the_end } => {
                write!(f, "record length {claimed} at byte {at} cannot be; {bytes} bytes skipped to the ")?;
                if to_the_end {
                    write!(f, "end of the file")
                } else {
                    write!(f, "next record at {}", at.saturating_add(bytes))
                }
            }
            DamageKind::WrongLength { claimed, true_length } => {
                write!(f, "record length {claimed} at byte {at} cannot be; read as {true_length}")
            }
            DamageKind::Overlong { claimed, next } => write!(
                f,
                "record length {claimed} at byte {at} is too long; the next record begins inside it at {next}"
            ),
            DamageKind::OverSnaplen { captured, snaplen } => {
                write!(f, "record at byte {at} holds {captured} bytes, more than the snaplen {snaplen}")
            }
            DamageKind::OverWireLength { captured, wire } => {
                write!(f, "record at byte {at} holds {captured} bytes of a frame of {wire}")
            }
            DamageKind::OverBlock { captured, held } => {
                write!(f, "block at byte {at} claims {captured} bytes of a frame and holds {held}")
            }
            DamageKind::Subsecond { fraction } => {
                write!(
                    f,
                    "record at byte {at} has {fraction} as the part of its time below a second; carried into its seconds"
                )
            }
            DamageKind::UnknownInterface { interface } => {
                write!(
                    f,
                    "block at byte {at} is of interface {interface}, which is not described; frame skipped"
                )
            }
            DamageKind::NotUtf8 => write!(f, "comment in the block at byte {at} is not UTF-8; not read"),
            DamageKind::Options => write!(f, "options of the block at byte {at} do not fit it"),
            DamageKind::Names => write!(f, "names in the block at byte {at} do not fit it"),
            DamageKind::ShortBlock { block } => {
                write!(f, "block of type {block:#x} at byte {at} is too short; skipped")
            }
            DamageKind::TooManyInterfaces => {
                write!(f, "block at byte {at} describes one interface too many; skipped")
            }
        }
    }
}

/// The damage of one capture: the first places of each kind in full, the rest by count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DamageLog {
    first: Vec<Damage>,
    counts: [u64; DamageKind::COUNT],
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

    /// Notes one more damaged place.
    #[cold]
    pub(super) fn note(&mut self, offset: u64, kind: DamageKind) {
        let Some(count) = self.counts.get_mut(kind.index()) else { return };
        *count += 1;
        if *count <= Self::KEPT_OF_A_KIND {
            self.first.push(Damage { offset, kind });
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
];
