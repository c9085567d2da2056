//! One IP packet being put together from its fragments (RFC 791 §3.2, RFC 8200 §4.5, RFC 5722).

use crate::decode::packet::Fragment;

use super::facts::Unfinished;

/// The pieces of one packet that have come so far.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    /// In order of their positions, without overlap.
    parts: Vec<Part>,
    /// How long the packet's payload is, once its last piece has come.
    total: Option<u32>,
    /// How many bytes on the wire the parts add up to.
    covered: u32,
    /// How much memory the parts take, in bytes.
    size: usize,
}

#[derive(Debug)]
struct Part {
    position: u32,
    /// How long it was on the wire.
    wire_len: u32,
    more: bool,
    /// What was captured of it.
    bytes: Vec<u8>,
}

/// What became of a piece that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fitted {
    /// It is new.
    New,
    /// It was there already: a mirror port shows packets twice.
    Repeated,
}

impl Assembly {
    /// Puts a piece in its place; `bytes` are those captured of it.
    ///
    /// # Errors
    ///
    /// Why the piece does not fit; the parts are then as they were.
    pub(super) fn fit(&mut self, fragment: &Fragment, bytes: &[u8]) -> Result<Fitted, Unfinished> {
        let wire_len = u32::try_from(fragment.wire_len).unwrap_or(u32::MAX);
        let position = fragment.position;
        let end = position.saturating_add(wire_len);
        if wire_len == 0 {
            return Err(Unfinished::Empty);
        }
        if end > LONGEST {
            return Err(Unfinished::TooLong);
        }
        if fragment.more && wire_len % 8 != 0 {
            return Err(Unfinished::Uneven);
        }
        let place = self.parts.partition_point(|part| part.position < position);
        if let Some(known) = self.parts.get_mut(place).filter(|part| part.position == position) {
            let gained = known.repeat(wire_len, fragment.more, bytes)?;
            self.size += gained;
            return Ok(Fitted::Repeated);
        }
        let before = place.checked_sub(1).and_then(|place| self.parts.get(place));
        let overlaps = before.is_some_and(|before| before.end() > position)
            || self.parts.get(place).is_some_and(|after| end > after.position);
        let contradicts = match (fragment.more, self.total) {
            (true, Some(total)) => end >= total,
            (true, None) => false,
            (false, Some(_)) => true,
            (false, None) => place < self.parts.len(),
        };
        if overlaps || contradicts {
            return Err(Unfinished::Overlap);
        }
        if self.parts.len() >= PIECES {
            return Err(Unfinished::TooMany);
        }
        if !fragment.more {
            self.total = Some(end);
        }
        self.covered += wire_len;
        self.size += bytes.len() + size_of::<Part>();
        self.parts.insert(place, Part { position, wire_len, more: fragment.more, bytes: bytes.to_vec() });
        Ok(Fitted::New)
    }

    /// Whether nothing is missing.
    pub(super) fn is_whole(&self) -> bool {
        self.total == Some(self.covered)
    }

    /// How many pieces have come.
    pub(super) fn len(&self) -> usize {
        self.parts.len()
    }

    /// How much memory it takes, in bytes.
    pub(super) const fn size(&self) -> usize {
        self.size
    }

    /// The payload from its begin to its end, or to the first byte that was not captured, and its length on the wire.
    pub(super) fn joined(&self) -> (Vec<u8>, usize) {
        let mut bytes = Vec::with_capacity(self.covered as usize);
        for part in &self.parts {
            bytes.extend(&part.bytes);
            if part.bytes.len() < part.wire_len as usize {
                break;
            }
        }
        (bytes, self.covered as usize)
    }

    /// What tells its pieces from those of another packet.
    pub(super) fn prints(&self) -> Vec<Print> {
        self.parts.iter().map(|part| Print::new(part.position, part.wire_len, &part.bytes)).collect()
    }
}

impl Part {
    const fn end(&self) -> u32 {
        self.position + self.wire_len
    }

    /// A piece at the same position: the same again, or a contradiction. Gives how many bytes more of it were captured.
    fn repeat(&mut self, wire_len: u32, more: bool, bytes: &[u8]) -> Result<usize, Unfinished> {
        let common = self.bytes.len().min(bytes.len());
        if (self.wire_len, self.more) != (wire_len, more) || self.bytes.get(..common) != bytes.get(..common) {
            return Err(Unfinished::Overlap);
        }
        let gained = bytes.len() - common;
        if gained > 0 {
            self.bytes = bytes.to_vec();
        }
        Ok(gained)
    }
}

/// A piece by its place and its first bytes: enough to know it again shortly afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Print {
    position: u32,
    wire_len: u32,
    head: [u8; 16],
}

impl Print {
    /// The print of a piece.
    pub(super) fn of(fragment: &Fragment, bytes: &[u8]) -> Self {
        Self::new(fragment.position, u32::try_from(fragment.wire_len).unwrap_or(u32::MAX), bytes)
    }

    fn new(position: u32, wire_len: u32, bytes: &[u8]) -> Self {
        let mut head = [0; 16];
        head.iter_mut().zip(bytes).for_each(|(print, byte)| *print = *byte);
        Self { position, wire_len, head }
    }
}

/// No IP packet is longer.
const LONGEST: u32 = 65_535;
/// How many pieces of one packet are kept. The longest packet has 120 where each carries the 548 bytes that every
/// IPv4 network lets through (RFC 791 §3.1 knows 576 with the header).
const PIECES: usize = 256;
