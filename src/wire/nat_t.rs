//! IKE and ESP in UDP port 4500 (RFC 3948).
//!
//! One port carries three things, told apart by how the datagram begins (RFC 3948 §2.2 to 2.4):
//!
//! ```text
//! +------+                      one byte, alone
//! | 0xff |                      NAT keepalive
//! +------+------+------+------+ - - - - - - - - - -
//! |  0x00  0x00   0x00   0x00 | IKE message          non-ESP marker
//! +------+------+------+------+ - - - - - - - - - -
//! |    SPI, anything but 0    | sequence number, …   ESP
//! +------+------+------+------+ - - - - - - - - - -
//! ```

use super::bytes::{Malformed, Reader};

/// The UDP port of IKE and ESP behind NAT.
pub const PORT: u16 = 4500;

/// Bytes of the non-ESP marker before an IKE message.
pub const MARKER_LEN: usize = 4;

/// What a datagram on port 4500 carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// One byte 0xff that keeps a NAT mapping open.
    Keepalive,
    /// An IKE message behind the four zero bytes of the marker.
    Ike,
    /// ESP, from the first byte on.
    Esp,
}

impl Content {
    /// Tells what `bytes`, a whole UDP payload that begins `base` bytes into the frame, carry.
    ///
    /// # Errors
    ///
    /// Fewer than four bytes that are no keepalive: neither a marker nor an SPI.
    pub fn classify(bytes: &[u8], base: usize) -> Result<Self, Malformed> {
        if bytes == [KEEPALIVE] {
            return Ok(Self::Keepalive);
        }
        match Reader::new("nat-t", bytes, base).u32("marker or SPI")? {
            0 => Ok(Self::Ike),
            _ => Ok(Self::Esp),
        }
    }
}

/// The one byte of a keepalive (RFC 3948 §2.3).
const KEEPALIVE: u8 = 0xff;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_three_contents_apart() {
        assert_eq!(Content::classify(&[0xff], 42), Ok(Content::Keepalive));
        assert_eq!(Content::classify(&[0, 0, 0, 0, 1], 42), Ok(Content::Ike));
        assert_eq!(Content::classify(&[0, 0, 0, 1], 42), Ok(Content::Esp));
        assert_eq!(Content::classify(&[0xff; 8], 42), Ok(Content::Esp));
    }

    #[test]
    fn fewer_than_four_bytes_are_neither() {
        for bytes in [&[][..], &[0], &[0xff, 0xff], &[0, 0, 0]] {
            let malformed = Content::classify(bytes, 42).unwrap_err();
            assert_eq!((malformed.offset, malformed.need, malformed.have), (42, 4, bytes.len()));
        }
    }
}
