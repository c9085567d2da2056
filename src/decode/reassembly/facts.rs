//! What was put together and what was not: counted, with the reason and the first frame.

use std::collections::BTreeMap;
use std::fmt;

use crate::capture::FrameNumber;

/// What was put together from the frames of one capture, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reassembly {
    /// What was put together: how many, and from how many pieces in all.
    pub whole: BTreeMap<Assembled, (u64, u64)>,
    /// What was not, and why.
    pub unfinished: BTreeMap<(Assembled, Unfinished), Incomplete>,
}

/// Things that were not put together for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incomplete {
    /// How many.
    pub count: u64,
    /// The first frame of the first of them.
    pub first: FrameNumber,
}

/// What is put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assembled {
    /// An IP packet, from its fragments.
    Datagram,
    /// An IKE message, from the fragments that IKE cut it into.
    IkeMessage,
    /// A message in a TCP stream, from its segments.
    Framed,
    /// One direction of a TCP stream.
    Stream,
}

/// Why something was not put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unfinished {
    /// Pieces of it never came.
    Missing,
    /// Pieces overlap, or contradict each other about where it ends. For IPv6 the standard refuses such a packet
    /// (RFC 5722 §4); what a host makes of such an IPv4 packet nobody else can know.
    Overlap,
    /// A piece reaches beyond 65,535 bytes.
    TooLong,
    /// A piece without bytes.
    Empty,
    /// A piece that is not the last and whose length is no multiple of 8 bytes.
    Uneven,
    /// A piece has a number that cannot be.
    BadNumber,
    /// It came in more pieces than are kept.
    TooMany,
    /// It had to give way to others: too much waited for its pieces.
    Crowded,
    /// What was not captured hides where the next message begins.
    LostTrack,
    /// Nowhere does it show where a message begins: it is no stream of IKE and ESP, or was under way already.
    NoBoundary,
}

impl Reassembly {
    /// Counts things that were put together, and the pieces that this took.
    pub(super) fn note_whole(&mut self, what: Assembled, things: usize, pieces: usize) {
        let (count, all) = self.whole.entry(what).or_default();
        *count += things as u64;
        *all += pieces as u64;
    }

    /// Counts something that was not put together; `first` is its first frame.
    pub(super) fn note_unfinished(&mut self, what: Assembled, why: Unfinished, first: FrameNumber) {
        let known = self.unfinished.entry((what, why)).or_insert(Incomplete { count: 0, first });
        known.count += 1;
        known.first = known.first.min(first);
    }
}

impl Assembled {
    /// `1 IP packet`, `2 IP packets`.
    pub fn counted(self, count: u64) -> String {
        let (one, many) = match self {
            Self::Datagram => ("IP packet", "IP packets"),
            Self::IkeMessage => ("IKE message", "IKE messages"),
            Self::Framed => ("message in TCP", "messages in TCP"),
            Self::Stream => ("direction of a TCP stream", "directions of TCP streams"),
        };
        format!("{count} {}", if count == 1 { one } else { many })
    }

    /// The name in kebab-case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Datagram => "ip-packet",
            Self::IkeMessage => "ike-message",
            Self::Framed => "tcp-message",
            Self::Stream => "tcp-stream",
        }
    }

    /// What its pieces are called.
    pub const fn pieces(self) -> &'static str {
        match self {
            Self::Datagram | Self::IkeMessage => "fragments",
            Self::Framed | Self::Stream => "segments",
        }
    }
}

impl Unfinished {
    /// The name in kebab-case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Overlap => "overlap",
            Self::TooLong => "too-long",
            Self::Empty => "empty",
            Self::Uneven => "uneven",
            Self::BadNumber => "bad-number",
            Self::TooMany => "too-many",
            Self::Crowded => "crowded",
            Self::LostTrack => "lost-track",
            Self::NoBoundary => "no-boundary",
        }
    }
}

impl fmt::Display for Unfinished {
    /// A clause: `pieces of it never came`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "pieces never came",
            Self::Overlap => "pieces overlap or contradict each other",
            Self::TooLong => "a piece reaches beyond 65,535 bytes",
            Self::Empty => "a piece is empty",
            Self::Uneven => "the length of a piece before the last is no multiple of 8",
            Self::BadNumber => "a piece has a number that cannot be",
            Self::TooMany => "there are too many pieces",
            Self::Crowded => "too much else waited for pieces",
            Self::LostTrack => "a gap hides where the next message begins",
            Self::NoBoundary => "no IKE message shows where messages begin",
        })
    }
}
