//! What can be read of an LZ4 block that is cut short or damaged: all up to there.
//!
//! ```text
//!  0                                        1
//! | literals (4 bits), match length (4) | more of the first, literals, offset 2, more of the second |   a sequence
//! ```
//!
//! A count of 15 goes on in bytes that are added, up to the first that is not 255. A match is at least 4 bytes, copied
//! from `offset` bytes before. A block ends in literals. Source: "LZ4 Block Format Description".

/// Decodes as much of `block` as can be read to the front of `out`; `before` is what the block may refer to. How many
/// bytes that are.
pub(super) fn salvage(block: &[u8], out: &mut [u8], before: &[u8]) -> usize {
    let mut decoder = Decoder { block, out, filled: 0, before };
    while decoder.sequence().is_some() {}
    decoder.filled
}

struct Decoder<'a> {
    /// What is not decoded.
    block: &'a [u8],
    out: &'a mut [u8],
    filled: usize,
    before: &'a [u8],
}

impl Decoder<'_> {
    /// Decodes the next sequence; `None` where it is the last one, or cannot be read to its end.
    fn sequence(&mut self) -> Option<()> {
        let token = self.byte()?;
        let literals = self.count(token >> 4)?;
        for _ in 0..literals {
            let literal = self.byte()?;
            self.put(literal)?;
        }
        let offset = usize::from(u16::from_le_bytes([self.byte()?, self.byte()?]));
        let length = self.count(token & 0x0f)? + SHORTEST_MATCH;
        if offset == 0 {
            return None;
        }
        for _ in 0..length {
            let copied = match self.filled.checked_sub(offset) {
                Some(at) => *self.out.get(at)?,
                None => *self.before.get((self.before.len() + self.filled).checked_sub(offset)?)?,
            };
            self.put(copied)?;
        }
        Some(())
    }

    /// A count that begins with these four bits.
    fn count(&mut self, begun: u8) -> Option<usize> {
        let mut count = usize::from(begun);
        let mut more = begun == 15;
        while more {
            let byte = self.byte()?;
            count += usize::from(byte);
            more = byte == 255;
        }
        Some(count)
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.block.split_first()?;
        self.block = rest;
        Some(*first)
    }

    fn put(&mut self, byte: u8) -> Option<()> {
        *self.out.get_mut(self.filled)? = byte;
        self.filled += 1;
        Some(())
    }
}

const SHORTEST_MATCH: usize = 4;

#[cfg(test)]
mod tests {
    use lz4_flex::block::compress_with_dict;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_whole_block_is_read_whole_and_a_part_gives_a_beginning(
            words in prop::collection::vec(0_u8..4, 0..600),
            before in prop::collection::vec(0_u8..4, 0..200),
        ) {
            let block = compress_with_dict(&words, &before);
            let mut out = vec![0; words.len()];
            prop_assert_eq!(salvage(&block, &mut out, &before), words.len());
            prop_assert_eq!(&out, &words);
            for cut in 0..block.len() {
                let filled = salvage(&block[..cut], &mut out, &before);
                prop_assert_eq!(&out[..filled], &words[..filled]);
            }
        }

        #[test]
        fn no_bytes_break_it(block in prop::collection::vec(any::<u8>(), 0..200), room in 0_usize..300) {
            let mut out = vec![0; room];
            prop_assert!(salvage(&block, &mut out, &[7; 20]) <= room);
        }
    }
}
