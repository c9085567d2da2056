//! The IKE header (RFC 2408 §3.1, RFC 7296 §3.1).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +---------------------------------------------------------------+
//! |                  initiator SPI (64 bits)                      |
//! +---------------------------------------------------------------+
//! |                  responder SPI (64 bits)                      |
//! +---------------+-------+-------+---------------+---------------+
//! | next payload  | major | minor | exchange type |     flags     |
//! +---------------+-------+-------+---------------+---------------+
//! |                          message id                           |
//! +---------------------------------------------------------------+
//! |                            length                             |
//! +---------------------------------------------------------------+
//! ```

use std::fmt;

use super::exchange::ExchangeType;
use super::payload_type::PayloadType;
use crate::wire::bytes::{Malformed, Reader};

/// An IKE SPI (a cookie, in version 1). Zero where it is not chosen yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spi(pub u64);

impl fmt::Display for Spi {
    /// Sixteen lower-case hex digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The 28 bytes every IKE message begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// Initiator's SPI.
    pub initiator_spi: Spi,
    /// Responder's SPI; zero in the first message.
    pub responder_spi: Spi,
    /// Type of the first payload.
    pub next_payload: u8,
    /// Major version in the high four bits, minor in the low.
    pub version: u8,
    /// Exchange type.
    pub exchange: ExchangeType,
    /// Version 1: E=1, C=2, A=4. Version 2: I=0x08, V=0x10, R=0x20.
    pub flags: u8,
    /// Message id.
    pub message_id: u32,
    /// Length of the whole message in bytes, this header included.
    pub length: u32,
}

impl Header {
    /// Bytes of a header.
    pub const LENGTH: usize = 28;

    /// Major version: 1 or 2, as far as this decoder knows.
    pub const fn major(&self) -> u8 {
        self.version >> 4
    }

    /// Minor version: 0 in every version there is.
    pub const fn minor(&self) -> u8 {
        self.version & 0x0f
    }

    /// Whether the message answers another; `None` in any version but 2, whose headers do not say.
    pub const fn is_response(&self) -> Option<bool> {
        self.version_2_flag(RESPONSE)
    }

    /// Whether the sender is the one who began the IKE SA, in requests and responses alike; `None` in any
    /// version but 2, whose headers do not say.
    pub const fn is_from_initiator(&self) -> Option<bool> {
        self.version_2_flag(INITIATOR)
    }

    /// Whether all payloads are encrypted, so that not one can be read: version 1 with its E flag.
    ///
    /// Version 2 keeps the header and the SK payload's own header in clear, and has no such flag.
    pub const fn is_encrypted(&self) -> bool {
        self.major() == 1 && self.flags & ENCRYPTION != 0
    }

    /// The first payload's type.
    pub const fn first_payload(&self) -> PayloadType {
        PayloadType(self.next_payload)
    }

    /// Reads the header, or says how many of its 28 bytes there are.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut part = reader.part("header", Self::LENGTH)?;
        Ok(Self {
            initiator_spi: Spi(part.u64("initiator SPI")?),
            responder_spi: Spi(part.u64("responder SPI")?),
            next_payload: part.u8("next payload")?,
            version: part.u8("version")?,
            exchange: ExchangeType(part.u8("exchange type")?),
            flags: part.u8("flags")?,
            message_id: part.u32("message id")?,
            length: part.u32("length")?,
        })
    }

    const fn version_2_flag(&self, flag: u8) -> Option<bool> {
        if self.major() == 2 { Some(self.flags & flag != 0) } else { None }
    }
}

/// Version 1, E: the payloads are encrypted.
const ENCRYPTION: u8 = 0x01;
/// Version 2, I: the sender began the IKE SA.
const INITIATOR: u8 = 0x08;
/// Version 2, R: the message is a response.
const RESPONSE: u8 = 0x20;

#[cfg(test)]
mod tests {
    use super::*;

    fn header(version: u8, flags: u8) -> Header {
        Header {
            initiator_spi: Spi(1),
            responder_spi: Spi(2),
            next_payload: 33,
            version,
            exchange: ExchangeType(34),
            flags,
            message_id: 0,
            length: 28,
        }
    }

    #[test]
    fn flags_mean_what_their_version_says() {
        let read = |h: Header| (h.is_response(), h.is_from_initiator(), h.is_encrypted());
        assert_eq!(read(header(0x20, 0x08)), (Some(false), Some(true), false));
        assert_eq!(read(header(0x20, 0x20)), (Some(true), Some(false), false));
        assert_eq!(read(header(0x20, 0x01)), (Some(false), Some(false), false));
        assert_eq!(read(header(0x10, 0x29)), (None, None, true));
        assert_eq!(read(header(0x10, 0x28)), (None, None, false));
        assert_eq!(read(header(0x30, 0x29)), (None, None, false));
    }

    #[test]
    fn version_is_two_half_bytes() {
        let header = header(0x2f, 0);
        assert_eq!((header.major(), header.minor()), (2, 15));
        assert_eq!(header.initiator_spi.to_string(), "0000000000000001");
    }
}
