//! The checks of xz: of headers, and of what blocks hold.

use flate2::Crc;

/// The check of what a block holds.
pub(super) enum Check {
    /// None, or one that is passed over: its bytes.
    None(usize),
    Crc32(Crc),
    Crc64(u64),
}

impl Check {
    /// The check by its number, 0 to 15.
    pub(super) fn new(number: u8) -> Self {
        match number {
            0 => Self::None(0),
            1 => Self::Crc32(Crc::new()),
            4 => Self::Crc64(u64::MAX),
            2 | 3 => Self::None(4),
            5 | 6 => Self::None(8),
            7..=9 => Self::None(16),
            10..=12 => Self::None(32),
            _ => Self::None(64),
        }
    }

    /// Bytes of it.
    pub(super) const fn bytes(&self) -> usize {
        match self {
            Self::None(bytes) => *bytes,
            Self::Crc32(_) => 4,
            Self::Crc64(_) => 8,
        }
    }

    /// A block begins.
    pub(super) fn begin(&mut self) {
        match self {
            Self::None(_) => {}
            Self::Crc32(crc) => crc.reset(),
            Self::Crc64(crc) => *crc = u64::MAX,
        }
    }

    /// The block holds these bytes, too.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        match self {
            Self::None(_) => {}
            Self::Crc32(crc) => crc.update(bytes),
            Self::Crc64(crc) => *crc = bytes.iter().fold(*crc, |crc, byte| next(crc, *byte)),
        }
    }

    /// Whether it is `told`.
    pub(super) fn matches(&self, told: &[u8]) -> bool {
        match self {
            Self::None(_) => true,
            Self::Crc32(crc) => told == crc.sum().to_le_bytes(),
            Self::Crc64(crc) => told == (!crc).to_le_bytes(),
        }
    }
}

/// The CRC-32 of `bytes`.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn next(crc: u64, byte: u8) -> u64 {
    let [low, ..] = crc.to_le_bytes();
    TABLE.get(usize::from(low ^ byte)).copied().unwrap_or_default() ^ (crc >> 8)
}

/// What each byte adds to a CRC-64, with the polynomial of ECMA-182 the other way around.
static TABLE: [u64; 256] = table();

const fn table() -> [u64; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xc96c_5795_d787_0f42 } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_checks() {
        let told = |number: u8, told: &[u8]| {
            let mut check = Check::new(number);
            check.add(b"1234");
            check.begin();
            check.add(b"12345");
            check.add(b"6789");
            check.matches(told)
        };
        assert!(told(1, &0xcbf4_3926_u32.to_le_bytes()));
        assert!(told(4, &0x995d_c9bb_df19_39fa_u64.to_le_bytes()));
        assert!(!told(4, &[0; 8]));
        assert!(told(10, &[0; 32]));
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
