//! AH, the IP Authentication Header (RFC 4302).
//!
//! IP protocol 51, between the IP header and what it protects, which stays readable: the chain of headers goes on
//! behind it (see [`extension`](super::extension)).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  Next header  |    Length     |           Reserved            |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                Security Parameters Index (SPI)                |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                        Sequence Number                        |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |              Integrity check value (variable)                 |
//! ```
//!
//! The integrity check value is left out: nothing can be checked without the key.

use super::bytes::{Malformed, Reader};

/// IP protocol number of AH.
pub const PROTOCOL: u8 = 51;

/// What AH says of its SA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// Security parameters index; kept as seen, also 0, which must not appear on the wire (RFC 4302 §2.4).
    pub spi: u32,
    /// Sequence number, its low 32 bits (RFC 4302 §2.5).
    pub sequence: u32,
}

impl Header {
    /// Reads the fixed fields from the front of `bytes`, which begin at the next header, `base` bytes into the frame.
    ///
    /// # Errors
    ///
    /// Fewer than the twelve bytes of the fixed fields.
    pub fn parse(bytes: &[u8], base: usize) -> Result<Self, Malformed> {
        let mut reader = Reader::new("ah", bytes, base);
        reader.take("next header and length", 4)?;
        Ok(Self { spi: reader.u32("SPI")?, sequence: reader.u32("sequence number")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: [u8; 12] = [50, 4, 0, 0, 0xc1, 2, 3, 4, 0, 0, 1, 0];

    #[test]
    fn reads_spi_and_sequence() {
        assert_eq!(Header::parse(&BYTES, 34), Ok(Header { spi: 0xc102_0304, sequence: 256 }));
    }

    #[test]
    fn every_shorter_length_is_malformed() {
        assert!((0..12).all(|len| Header::parse(&BYTES[..len], 34).is_err()));
        let cut = Header::parse(&BYTES[..11], 34).unwrap_err();
        assert_eq!(cut.to_string(), "ah sequence number at byte 42 needs 4, has 3");
    }

    #[test]
    fn spi_zero_is_kept() {
        assert_eq!(Header::parse(&[0; 12], 34), Ok(Header { spi: 0, sequence: 0 }));
    }
}
