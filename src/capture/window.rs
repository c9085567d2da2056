//! The bytes of an input that are in memory: one buffer, filled by `read`, consumed from the front.
//!
//! It begins at 256 KiB (larger is slower, smaller costs calls) and doubles only when more than half of it holds
//! bytes that were really read, so a length that a damaged file claims never allocates memory by itself.

use std::io::{self, ErrorKind, Read};

use super::damage::DamageLog;
use super::reading::Positioned;

/// Where the bytes of a window come from.
pub(super) trait Input: Read + Send {
    /// Goes on behind a gap, where the end that was read was only that; `false` where it was the end of all.
    fn pass_gap(&mut self) -> bool {
        false
    }

    /// Goes to a place of the file, where it can be read at any.
    fn go_to(&mut self, _offset: u64) {}

    /// The file, where it can be read at any place.
    fn positioned(&self) -> Option<Positioned> {
        None
    }

    /// Bytes read of the file, where they are not those that are given.
    fn bytes_taken(&self) -> Option<u64> {
        None
    }

    /// What was damaged in the file, where it is not the bytes given; once.
    fn take_damage(&mut self) -> DamageLog {
        DamageLog::default()
    }
}

/// A file or pipe as it is.
struct Plain(Box<dyn Read + Send>);

impl Read for Plain {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl Input for Plain {}

/// A window over an input, from the first byte that is not consumed to the last that was read.
pub(super) struct Window {
    input: Box<dyn Input>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    offset: u64,
    ended: bool,
    /// How often the input was read.
    reads: u64,
}

impl Window {
    /// A window at the beginning of `input`; nothing is read yet.
    pub(super) fn new(input: Box<dyn Read + Send>) -> Self {
        Self::over(Box::new(Plain(input)), INITIAL_BYTES)
    }

    /// The same over a file that can be read at any place.
    pub(super) fn positioned(file: Positioned) -> Self {
        Self::over(Box::new(file), INITIAL_BYTES)
    }

    /// The same for a look at the beginning alone.
    pub(super) fn peeking(input: Box<dyn Read + Send>) -> Self {
        Self::over(Box::new(Plain(input)), PEEKING_BYTES)
    }

    /// The same over what this one is over, by another way of reading it.
    pub(super) fn through(self, way: impl FnOnce(Self) -> Box<dyn Input>) -> Self {
        let bytes = self.buffer.len();
        Self::over(way(self), bytes)
    }

    fn over(input: Box<dyn Input>, bytes: usize) -> Self {
        Self { input, buffer: vec![0; bytes], start: 0, end: 0, offset: 0, ended: false, reads: 0 }
    }

    /// The bytes in memory.
    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// How many zeros stand from `at` on, of the bytes in memory; 0 where they are less than 32, which is soon told.
    #[inline]
    pub(super) fn zeros(&self, at: usize) -> usize {
        let rest = self.bytes().get(at..).unwrap_or_default();
        if rest.first_chunk() == Some(&[0; 32]) {
            rest.iter().take_while(|byte| **byte == 0).count()
        } else {
            0
        }
    }

    /// Where [`Self::bytes`] begin in the input.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// How many bytes were read of the file so far; of a compressed one its own.
    pub(super) fn bytes_read(&self) -> u64 {
        self.input.bytes_taken().unwrap_or(self.reached())
    }

    /// Where [`Self::bytes`] end in the input.
    pub(super) const fn reached(&self) -> u64 {
        self.offset + (self.end - self.start) as u64
    }

    /// How often the input was read so far.
    pub(super) const fn reads(&self) -> u64 {
        self.reads
    }

    /// The file it is over, where that can be read at any place.
    pub(super) fn file(&self) -> Option<Positioned> {
        self.input.positioned()
    }

    /// Goes to a place of such a file.
    pub(super) fn go_to(&mut self, offset: u64) {
        self.input.go_to(offset);
        (self.start, self.end, self.offset, self.ended) = (0, 0, offset, false);
    }

    /// Goes on behind a gap in the input, when the bytes before it are used up; `false` at the end of all.
    pub(super) fn pass_gap(&mut self) -> bool {
        let passed = self.ended && self.input.pass_gap();
        if passed {
            self.consume(usize::MAX);
            self.ended = false;
        }
        passed
    }

    /// What was damaged in the file, where it is not the bytes of this window; once.
    pub(super) fn take_damage(&mut self) -> DamageLog {
        self.input.take_damage()
    }

    /// Moves the window past its first `n` bytes, at most to its end.
    #[inline]
    pub(super) fn consume(&mut self, n: usize) {
        let n = n.min(self.end - self.start);
        self.start += n;
        self.offset += n as u64;
    }

    /// Reads until the window holds `n` bytes; `false` where the input ends before that.
    ///
    /// Interrupted reads are repeated. Cost per byte is constant on average, whatever `n` is.
    #[inline]
    pub(super) fn reach(&mut self, n: usize) -> io::Result<bool> {
        if self.end - self.start >= n {
            return Ok(true);
        }
        self.read_on(n)
    }

    #[cold]
    fn read_on(&mut self, n: usize) -> io::Result<bool> {
        while self.end - self.start < n && !self.ended {
            self.make_room();
            let room = self.buffer.get_mut(self.end..).unwrap_or_default();
            self.reads += 1;
            match self.input.read(room) {
                Ok(0) => self.ended = true,
                Ok(read) => self.end = (self.end + read).min(self.buffer.len()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.end - self.start >= n)
    }

    /// Leaves at least half of the buffer free when it is full.
    fn make_room(&mut self) {
        if self.end < self.buffer.len() {
            return;
        }
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end > self.buffer.len() / 2 {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
    }
}

const INITIAL_BYTES: usize = 256 * 1024;

const PEEKING_BYTES: usize = 4 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time, and an interruption before each.
    struct Dripping(u8, bool);

    impl Read for Dripping {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(ErrorKind::Interrupted.into());
            }
            if self.0 == 200 {
                return Ok(0);
            }
            into[0] = self.0;
            self.0 += 1;
            Ok(1)
        }
    }

    #[test]
    fn interrupted_and_short_reads_lose_nothing() {
        let mut window = Window::new(Box::new(Dripping(0, false)));
        assert!(window.reach(100).unwrap());
        window.consume(50);
        assert!(!window.reach(151).unwrap());
        assert_eq!((window.offset(), window.bytes_read()), (50, 200));
        assert_eq!(window.bytes(), (50..200).collect::<Vec<u8>>());
    }

    #[test]
    fn a_long_reach_grows_no_further_than_what_was_read() {
        let mut window = Window::new(Box::new(io::repeat(7).take(300_000)));
        assert!(!window.reach(usize::MAX).unwrap());
        assert_eq!(window.bytes().len(), 300_000);
        assert!(window.buffer.len() <= 1024 * 1024);
    }
}
