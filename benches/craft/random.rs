//! A small source of repeatable randomness: xorshift64*, not for secrets.

/// Numbers that depend on the seed alone.
pub(crate) struct Random(u64);

impl Random {
    /// Any seed is good.
    pub(crate) fn new(seed: u64) -> Self {
        // The state of a xorshift must not be zero; the odd factor spreads neighbouring seeds.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number from 0 to `end` - 1. `end` is at least 1 and at most 2^32.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let product = (self.bits() >> 32) * end as u64;
        usize::try_from(product >> 32).unwrap_or(0)
    }

    /// 16 random bits.
    pub(crate) fn short(&mut self) -> u16 {
        let [a, b, ..] = self.bits().to_be_bytes();
        u16::from_be_bytes([a, b])
    }

    /// `length` random bytes.
    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = (0..length.div_ceil(8)).flat_map(|_| self.bits().to_be_bytes()).collect();
        bytes.truncate(length);
        bytes
    }
}
