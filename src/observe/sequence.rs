//! Which sequence numbers of an SA were seen: repeats, and numbers extended over wraps.

use crate::capture::{CaptureId, FrameNumber};
use crate::time::Timestamp;

use super::place::At;

/// The last [`SPAN`] sequence numbers of one SA.
#[derive(Clone)]
pub(super) struct SequenceWindow {
    highest: u64,
    /// When the SA was last seen.
    last: At,
    is_begun: bool,
    seen: [u64; WORDS],
}

impl SequenceWindow {
    /// A window that begins at `first`.
    pub(super) const fn new(first: u32) -> Self {
        // One wrap in hand, so that a number from before a wrap never lies below zero.
        Self { highest: (1 << 32) + first as u64, last: NEVER, is_begun: false, seen: [0; WORDS] }
    }

    /// Notes one packet: its number extended over wraps, and whether it was seen before.
    ///
    /// A number below the window counts as new: it is the sender that began again, not a repeat that is known.
    pub(super) fn note(&mut self, sequence: u32, at: At) -> (u64, bool) {
        let first = !std::mem::replace(&mut self.is_begun, true);
        self.last = at;
        let extended = self.extend(sequence);
        if extended > self.highest {
            self.forget(extended);
            self.highest = extended;
        } else if !first && self.highest - extended >= SPAN {
            return (extended, false);
        }
        let (word, bit) = place(extended);
        let Some(word) = self.seen.get_mut(word) else { return (extended, false) };
        let repeated = *word & bit != 0;
        *word |= bit;
        (extended, repeated)
    }

    /// Notes one packet where its number is one more than the highest so far: that number, extended over wraps. It was not
    /// seen before. None where it is another, or the first.
    #[inline]
    pub(super) fn note_next(&mut self, sequence: u32, at: At) -> Option<u64> {
        let next = self.highest.wrapping_add(1);
        if !self.is_begun || u64::from(sequence) != next & 0xffff_ffff {
            return None;
        }
        self.last = at;
        self.highest = next;
        let (word, bit) = place(next);
        // Whether the bit is set from the number that is forgotten now makes no difference.
        if let Some(word) = self.seen.get_mut(word) {
            *word |= bit;
        }
        Some(next)
    }

    /// When the SA was last seen.
    pub(super) const fn last(&self) -> At {
        self.last
    }

    /// The number above 32 bits that is nearest to the highest one, where a wrap makes sense at all.
    fn extend(&self, sequence: u32) -> u64 {
        let epoch = self.highest & !0xffff_ffff;
        let low = self.highest & 0xffff_ffff;
        let sequence = u64::from(sequence);
        // RFC 4303 appendix A: a number far below the highest just before the end of the range has wrapped.
        if low > 0xf000_0000 && sequence < 0x1000_0000 {
            epoch + (1 << 32) + sequence
        } else if low < 0x1000_0000 && sequence > 0xf000_0000 && epoch > 1 << 32 {
            epoch - (1 << 32) + sequence
        } else {
            epoch + sequence
        }
    }

    /// Clears the places of the numbers between the highest and `to`, which come round again.
    fn forget(&mut self, to: u64) {
        if to - self.highest >= SPAN {
            self.seen = [0; WORDS];
            return;
        }
        for number in self.highest + 1..=to {
            let (word, bit) = place(number);
            if let Some(word) = self.seen.get_mut(word) {
                *word &= !bit;
            }
        }
    }
}

/// Before all times.
const NEVER: At = At { time: Timestamp::MIN, capture: CaptureId(0), frame: FrameNumber(0) };

/// Where a number's bit stands.
const fn place(number: u64) -> (usize, u64) {
    ((number / 64) as usize % WORDS, 1 << (number % 64))
}

/// How many numbers the window holds.
const SPAN: u64 = 64 * WORDS as u64;
const WORDS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn repeats(sequences: &[u32]) -> Vec<bool> {
        let at = At { time: Timestamp::from_nanos(0), capture: CaptureId(0), frame: FrameNumber(1) };
        let mut window = SequenceWindow::new(sequences[0]);
        sequences.iter().map(|&sequence| window.note(sequence, at).1).collect()
    }

    #[test]
    fn tells_repeats_from_late_packets() {
        assert_eq!(repeats(&[5, 6, 8, 7, 7, 5]), [false, false, false, false, true, true]);
    }

    #[test]
    fn a_number_that_comes_round_is_not_a_repeat() {
        assert_eq!(repeats(&[1, 1025, 2049, 1025]), [false, false, false, false]);
        assert_eq!(repeats(&[1, 2, 1026, 1026]), [false, false, false, true]);
    }

    #[test]
    fn a_wrap_goes_on_upwards() {
        let at = At { time: Timestamp::from_nanos(0), capture: CaptureId(0), frame: FrameNumber(1) };
        let mut window = SequenceWindow::new(0xffff_fffe);
        let numbers: Vec<u64> = [0xffff_fffe, 0xffff_ffff, 0, 1, 0xffff_ffff]
            .map(|sequence| window.note(sequence, at).0 - (1 << 32))
            .to_vec();
        assert_eq!(numbers, [0xffff_fffe, 0xffff_ffff, 0x1_0000_0000, 0x1_0000_0001, 0xffff_ffff]);
    }
}
