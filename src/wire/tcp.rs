//! TCP, as far as IKE and ESP in it need it (RFC 9293 §3.1, RFC 9329 §3).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |          Source Port          |       Destination Port        |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                        Sequence Number                        |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                    Acknowledgment Number                      |
//! +-------+-------+---------------+-------------------------------+
//! | Offset|Reservd|     Flags     |            Window             |
//! +-------+-------+---------------+-------------------------------+
//! |           Checksum            |         Urgent Pointer        |
//! +-------------------------------+-------------------------------+
//! |                           Options, data                       |
//! ```
//!
//! Window, checksum, urgent pointer and options are left out.

use super::bytes::{Malformed, Reader};

/// IP protocol number of TCP.
pub const PROTOCOL: u8 = 6;

/// What the initiator of a stream of IKE and ESP sends first (RFC 9329 §4).
pub const PREFIX: &[u8; 6] = b"IKETCP";

/// The header of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// Source port.
    pub src_port: u16,
    /// Destination port.
    pub dst_port: u16,
    /// Sequence number of the first byte of data, or of the SYN before it.
    pub sequence: u32,
    /// Sequence number of the byte that the sender expects next; meaningful with [`ACK`].
    pub acknowledgment: u32,
    /// Bytes of the header, options included: 20 to 60.
    pub length: usize,
    /// [`FIN`], [`SYN`], [`RST`], [`ACK`] and others.
    pub flags: u8,
}

impl Header {
    /// Bytes of a header without options.
    pub const LENGTH: usize = 20;

    /// Reads the header at the front of `bytes`, which begin `base` bytes into the frame.
    ///
    /// # Errors
    ///
    /// Fewer than 20 bytes, or an offset of less than that. Options need not be there.
    pub fn parse(bytes: &[u8], base: usize) -> Result<Self, Malformed> {
        let mut reader = Reader::new("tcp", bytes, base).part("header", Self::LENGTH)?;
        let (src_port, dst_port) = (reader.u16("source port")?, reader.u16("destination port")?);
        let (sequence, acknowledgment) =
            (reader.u32("sequence number")?, reader.u32("acknowledgment number")?);
        let short = Malformed { need: Self::LENGTH, ..reader.malformed("data offset", 0) };
        let length = usize::from(reader.u8("data offset")? >> 4) * 4;
        let flags = reader.u8("flags")?;
        if length < Self::LENGTH {
            return Err(Malformed { have: length, ..short });
        }
        Ok(Self { src_port, dst_port, sequence, acknowledgment, length, flags })
    }
}

/// Source and destination port of the segment that `bytes` begin with, where they are there.
#[inline]
pub fn ports(bytes: &[u8]) -> Option<(u16, u16)> {
    let &[s0, s1, d0, d1] = bytes.first_chunk::<4>()?;
    Some((u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1])))
}

/// The sender sends no more.
pub const FIN: u8 = 0x01;
/// The stream begins.
pub const SYN: u8 = 0x02;
/// The stream is broken off.
pub const RST: u8 = 0x04;
/// The acknowledgment number counts.
pub const ACK: u8 = 0x10;

#[cfg(test)]
mod tests {
    use super::*;

    const SEGMENT: [u8; 24] =
        [0x9c, 0x40, 0x11, 0x94, 0, 0, 0, 7, 0, 0, 1, 0, 0x60, 0x12, 0xff, 0xff, 0, 0, 0, 0, 1, 1, 1, 1];

    #[test]
    fn reads_the_header() {
        let header = Header::parse(&SEGMENT, 34).unwrap();
        assert_eq!((header.src_port, header.dst_port), (40_000, 4500));
        assert_eq!((header.sequence, header.acknowledgment), (7, 256));
        assert_eq!((header.length, header.flags), (24, SYN | ACK));
        assert_eq!(ports(&SEGMENT), Some((40_000, 4500)));
        assert_eq!(ports(&SEGMENT[..3]), None);
    }

    #[test]
    fn every_shorter_length_is_named() {
        for end in 0..Header::LENGTH {
            let malformed = Header::parse(&SEGMENT[..end], 34).unwrap_err();
            assert_eq!((malformed.what, malformed.need, malformed.have), ("header", 20, end));
        }
        assert!(Header::parse(&SEGMENT[..20], 34).is_ok());
    }

    #[test]
    fn an_offset_inside_the_header_is_named() {
        let mut bytes = SEGMENT;
        bytes[12] = 0x40;
        let malformed = Header::parse(&bytes, 34).unwrap_err();
        assert_eq!(malformed.to_string(), "tcp data offset at byte 46 needs 20, has 16");
    }
}
