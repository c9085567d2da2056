//! ESP, the Encapsulating Security Payload (RFC 4303).
//!
//! IP protocol 50, or UDP port 4500 (see [`nat_t`](super::nat_t)). Without keys only the first eight bytes can be
//! read; padding, next header and integrity check value lie inside or behind the encrypted part.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                Security Parameters Index (SPI)                |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                        Sequence Number                        |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |              IV, encrypted part, integrity check value        |
//! ```

use super::bytes::{Malformed, Reader};

/// IP protocol number of ESP.
pub const PROTOCOL: u8 = 50;

/// What ESP shows without keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// Security parameters index, never 0 (RFC 4303 §2.1).
    pub spi: u32,
    /// Sequence number, its low 32 bits (RFC 4303 §2.2).
    pub sequence: u32,
}

impl Header {
    /// Reads the header from the front of `bytes`, which begin `base` bytes into the frame.
    ///
    /// # Errors
    ///
    /// Fewer than eight bytes, or SPI 0, which must not appear on the wire.
    pub fn parse(bytes: &[u8], base: usize) -> Result<Self, Malformed> {
        let mut reader = Reader::new("esp", bytes, base);
        let nonzero = Malformed { layer: "esp", what: "SPI", offset: base, need: 1, have: 0 };
        let spi = reader.u32("SPI")?;
        if spi == 0 {
            return Err(nonzero);
        }
        Ok(Self { spi, sequence: reader.u32("sequence number")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_spi_and_sequence() {
        let bytes = [0xc1, 0x02, 0x03, 0x04, 0, 0, 1, 0, 0xff];
        assert_eq!(Header::parse(&bytes, 34), Ok(Header { spi: 0xc102_0304, sequence: 256 }));
    }

    #[test]
    fn seven_bytes_lack_the_sequence_number() {
        let cut = Header::parse(&[1, 2, 3, 4, 5, 6, 7], 34).unwrap_err();
        assert_eq!(cut.to_string(), "esp sequence number at byte 38 needs 4, has 3");
    }

    #[test]
    fn spi_zero_is_not_esp() {
        assert!(Header::parse(&[0; 16], 34).is_err());
    }
}
