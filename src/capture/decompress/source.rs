//! The compressed bytes: a window, of which what was decoded last stays for a while.
//!
//! A damaged length may lead a decoder past the beginning of the next member before it shows, so that the search for
//! that must go back.

use std::io;

use crate::capture::window::Window;

/// The compressed bytes of an input, from the first that is not decoded on.
pub(super) struct Source {
    window: Window,
    /// Where the first byte that is not decoded stands in the window.
    at: usize,
}

impl Source {
    pub(super) const fn new(window: Window) -> Self {
        Self { window, at: 0 }
    }

    /// The bytes in memory that are not decoded.
    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.window.bytes().get(self.at..).unwrap_or_default()
    }

    /// Where [`Self::bytes`] begin in the input.
    pub(super) const fn offset(&self) -> u64 {
        self.window.offset() + self.at as u64
    }

    /// Where they end in it.
    pub(super) const fn end(&self) -> u64 {
        self.window.reached()
    }

    /// Bytes read of the input so far.
    pub(super) fn bytes_read(&self) -> u64 {
        self.window.bytes_read()
    }

    /// Reads until `n` bytes are there; `false` where the input ends before that.
    #[inline]
    pub(super) fn reach(&mut self, n: usize) -> io::Result<bool> {
        self.window.reach(self.at.saturating_add(n))
    }

    /// The first `N` bytes, where there are so many.
    pub(super) fn front<const N: usize>(&mut self) -> io::Result<Option<[u8; N]>> {
        self.reach(N)?;
        Ok(self.bytes().first_chunk().copied())
    }

    /// Goes past the first `n` bytes, at most to the last in memory.
    pub(super) fn advance(&mut self, n: usize) {
        self.at += n.min(self.bytes().len());
        if self.at >= 2 * KEPT {
            self.window.consume(self.at - KEPT);
            self.at = KEPT;
        }
    }

    /// Goes past `n` bytes; how many of them there are.
    pub(super) fn skip(&mut self, n: u64) -> io::Result<u64> {
        let mut left = n;
        while left > 0 && self.reach(1)? {
            let step = usize::try_from(left).unwrap_or(usize::MAX).min(self.bytes().len());
            self.advance(step);
            left -= step as u64;
        }
        Ok(n - left)
    }

    /// Goes to `offset`, back as far as the bytes are still there, or on as far as they are there already.
    pub(super) fn go_to(&mut self, offset: u64) {
        let bytes = |from: u64, to: u64| usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
        self.at = self.at.saturating_sub(bytes(offset, self.offset()));
        self.advance(bytes(self.offset(), offset));
    }
}

/// How many decoded bytes stay at least: no format has a block that leads further astray before it shows.
const KEPT: usize = 128 * 1024;

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn what_was_decoded_stays_for_a_while() {
        let bytes: Vec<u8> = (0..1_000_000_u32).map(|i| i.to_le_bytes()[0]).collect();
        let mut source = Source::new(Window::new(Box::new(Cursor::new(bytes))));
        for _ in 0..500 {
            assert!(source.reach(1_000).unwrap());
            source.advance(1_000);
        }
        assert_eq!(source.offset(), 500_000);
        source.go_to(500_000 - KEPT as u64);
        assert_eq!(source.offset(), 500_000 - KEPT as u64);
        assert_eq!(source.bytes()[0], (500_000_u32 - 131_072).to_le_bytes()[0]);
        source.go_to(0);
        let from = source.offset();
        assert!(from > 0, "memory is bounded");
        assert_eq!(source.skip(2_000_000).unwrap(), 1_000_000 - from);
        assert_eq!((source.offset(), source.front::<1>().unwrap()), (1_000_000, None));
    }
}
