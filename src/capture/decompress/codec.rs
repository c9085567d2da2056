//! What decompression asks of a format.

use std::io;

use super::source::Source;
use crate::capture::damage::Undecompressable;

/// Undoes one compression.
pub(super) trait Codec: Send {
    /// Decompresses on, to the front of `out`, which is not empty.
    fn decode(&mut self, source: &mut Source, out: &mut [u8]) -> io::Result<Step>;

    /// Looks for the next place where the format begins anew, after a fault that is no wrong checksum, and gets ready to
    /// decode on from there. Where that is in the input; `None` where there is none.
    fn resync(&mut self, source: &mut Source) -> io::Result<Option<u64>>;
}

/// What became of one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// So many bytes were given, at least one.
    Given(usize),
    /// Something is wrong. All that could be decompressed before it was given.
    Fault(Fault),
    /// The input is at its end, as it should be.
    End,
}

/// Something wrong with the compressed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Where, in the compressed input.
    pub(super) at: u64,
    /// What.
    pub(super) kind: FaultKind,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FaultKind {
    /// The input ends too early.
    CutOff,
    /// A checksum does not match what was given. Decoding goes on behind it.
    Checksum,
    /// It cannot be decompressed.
    Broken(Undecompressable),
}

impl Step {
    pub(super) const fn cut_off(at: u64) -> Self {
        Self::Fault(Fault { at, kind: FaultKind::CutOff })
    }

    pub(super) const fn checksum(at: u64) -> Self {
        Self::Fault(Fault { at, kind: FaultKind::Checksum })
    }

    pub(super) const fn broken(at: u64, why: Undecompressable) -> Self {
        Self::Fault(Fault { at, kind: FaultKind::Broken(why) })
    }
}

/// Copies as much of `bytes` to the front of `out` as it holds; how much that is.
pub(super) fn give(bytes: &[u8], out: &mut [u8]) -> usize {
    let given = bytes.len().min(out.len());
    if let (Some(from), Some(to)) = (bytes.get(..given), out.get_mut(..given)) {
        to.copy_from_slice(from);
    }
    given
}
