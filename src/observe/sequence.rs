//! Which sequence numbers of an SA were seen: repeats, and numbers extended over wraps.

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
        Self { highest: (1 << 32) + first as u64, last: At::EARLIEST, is_begun: false, seen: [0; WORDS] }
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

    /// Notes packets with the numbers that follow the highest one, so many, of which none was seen before; the last one is
    /// at this place. The highest number then, extended over wraps.
    pub(super) fn note_following(&mut self, packets: u64, last: At) -> u64 {
        self.last = last;
        let first = self.highest + 1;
        self.highest += packets;
        let mut number = first.max(self.highest.saturating_sub(SPAN - 1));
        // Whether a bit is set from the number that is forgotten now makes no difference.
        while number <= self.highest {
            let (word, bit) = place(number);
            let of_word = (64 - number % 64).min(self.highest - number + 1);
            if let Some(word) = self.seen.get_mut(word) {
                *word |= (u64::MAX >> (64 - of_word)).wrapping_mul(bit);
            }
            number += of_word;
        }
        self.highest
    }

    /// Whether this number, extended over wraps, is the highest so far.
    pub(super) const fn is_highest(&self, extended: u64) -> bool {
        extended == self.highest
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
    use crate::capture::{CaptureId, FrameNumber};
    use crate::time::Timestamp;

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
    fn numbers_that_follow_are_noted_as_one_by_one() {
        let at = At { time: Timestamp::from_nanos(0), capture: CaptureId(0), frame: FrameNumber(1) };
        for first in (0..130).chain([0xffff_fffe]) {
            for packets in (1..70).chain([127, 128, 129, 1023, 1024, 1025, 2048]) {
                let mut windows = [0, 1].map(|_| SequenceWindow::new(first));
                for window in &mut windows {
                    window.note(first, at);
                }
                let [one, other] = &mut windows;
                let highest = one.note_following(u64::from(packets), at);
                let all: Vec<u64> =
                    (1..=packets).map(|packet| other.note(first.wrapping_add(packet), at).0).collect();
                assert_eq!(Some(&highest), all.last());
                let held = highest.saturating_sub(SPAN - 1).max(all[0] - 1)..=highest;
                let is_seen = |window: &SequenceWindow, number| {
                    let (word, bit) = place(number);
                    window.seen[word] & bit != 0
                };
                for number in held {
                    assert_eq!(is_seen(one, number), is_seen(other, number), "{number} of {packets}");
                }
            }
        }
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
