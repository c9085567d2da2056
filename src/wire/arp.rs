//! ARP for IPv4 over Ethernet (RFC 826).
//!
//! `EtherType` 0x0806. Hardware and protocol types and their address lengths are checked before any address is read:
//! ARP for other networks has its addresses elsewhere.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |       Hardware type = 1       |    Protocol type = 0x0800     |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! | Hw length = 6 |Pro length = 4 |           Operation           |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |             Sender hardware address (48 bits)                 |
//! +                               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                               |    Sender protocol address    |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |              …                |    Target hardware address    |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               +
//! |                           (48 bits)                           |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                    Target protocol address                    |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use std::net::Ipv4Addr;

use super::bytes::{Malformed, Reader};
use super::mac::MacAddr;

/// Operation of a request.
pub const REQUEST: u16 = 1;
/// Operation of a reply.
pub const REPLY: u16 = 2;

/// An ARP request or reply, or one with another operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Packet {
    /// 1 request, 2 reply.
    pub operation: u16,
    /// Sender's hardware address.
    pub sender_mac: MacAddr,
    /// Sender's protocol address.
    pub sender_ip: Ipv4Addr,
    /// Target's hardware address.
    pub target_mac: MacAddr,
    /// Target's protocol address.
    pub target_ip: Ipv4Addr,
}

impl Packet {
    /// Reads `bytes`, which begin `base` bytes into the frame; padding behind the packet is not looked at.
    ///
    /// `None` where the packet is ARP for something else than IPv4 over Ethernet.
    ///
    /// # Errors
    ///
    /// Fewer bytes than the 28 of the packet.
    pub fn parse(bytes: &[u8], base: usize) -> Result<Option<Self>, Malformed> {
        bytes.first_chunk().map_or_else(|| Self::parse_short(bytes, base), |packet| Ok(Self::of(packet)))
    }

    /// Reads a whole packet.
    fn of(packet: &[u8; LENGTH]) -> Option<Self> {
        let rest = packet.strip_prefix(&FOR_IPV4_OVER_ETHERNET)?;
        let (&operation, rest) = rest.split_first_chunk()?;
        let (&sender_mac, rest) = rest.split_first_chunk()?;
        let (&sender_ip, rest) = rest.split_first_chunk::<4>()?;
        let (&target_mac, rest) = rest.split_first_chunk()?;
        let &target_ip = rest.first_chunk::<4>()?;
        Some(Self {
            operation: u16::from_be_bytes(operation),
            sender_mac: MacAddr(sender_mac),
            sender_ip: sender_ip.into(),
            target_mac: MacAddr(target_mac),
            target_ip: target_ip.into(),
        })
    }

    /// Reads fewer bytes than the packet has, of which only what they are for is of interest.
    #[cold]
    fn parse_short(bytes: &[u8], base: usize) -> Result<Option<Self>, Malformed> {
        let mut reader = Reader::new("arp", bytes, base);
        for (field, length) in TYPES {
            reader.take(field, length)?;
        }
        if bytes.starts_with(&FOR_IPV4_OVER_ETHERNET) {
            for (field, length) in CONTENTS {
                reader.take(field, length)?;
            }
        }
        Ok(None)
    }

    /// Whether the sender announces its own address (RFC 5227 §1.1: sender and target address are equal).
    pub fn is_gratuitous(&self) -> bool {
        self.sender_ip == self.target_ip
    }
}

/// Bytes of a packet.
const LENGTH: usize = 28;
/// Hardware and protocol type and their address lengths: Ethernet is 1, IPv4 0x0800.
const FOR_IPV4_OVER_ETHERNET: [u8; 6] = [0, 1, 8, 0, 6, 4];
/// The fields that tell what a packet is for, with their lengths.
const TYPES: [(&str, usize); 4] =
    [("hardware type", 2), ("protocol type", 2), ("hardware length", 1), ("protocol length", 1)];
/// The other fields, with their lengths.
const CONTENTS: [(&str, usize); 5] = [
    ("operation", 2),
    ("sender hardware address", 6),
    ("sender protocol address", 4),
    ("target hardware address", 6),
    ("target protocol address", 4),
];

#[cfg(test)]
mod tests {
    use super::*;

    const REPLY_FOR_VIRTUAL: [u8; 28] = [
        0, 1, 8, 0, 6, 4, 0, 2, 0, 0, 0x0c, 7, 0xac, 0x0a, 192, 0, 2, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        192, 0, 2, 1,
    ];

    #[test]
    fn reads_a_gratuitous_reply() {
        let packet = Packet::parse(&REPLY_FOR_VIRTUAL, 14).unwrap().unwrap();
        assert_eq!(packet.operation, REPLY);
        assert_eq!(packet.sender_mac, MacAddr([0, 0, 0x0c, 7, 0xac, 0x0a]));
        assert_eq!(packet.sender_ip, Ipv4Addr::new(192, 0, 2, 1));
        assert_eq!(packet.target_mac, MacAddr::BROADCAST);
        assert!(packet.is_gratuitous());
    }

    #[test]
    fn every_shorter_length_is_malformed() {
        for len in 0..REPLY_FOR_VIRTUAL.len() {
            assert!(Packet::parse(&REPLY_FOR_VIRTUAL[..len], 14).is_err(), "{len}");
        }
    }

    #[test]
    fn other_networks_are_not_read() {
        for (at, value) in [(1, 6), (2, 0x86), (4, 8), (5, 16)] {
            let mut other = REPLY_FOR_VIRTUAL;
            other[at] = value;
            assert_eq!(Packet::parse(&other, 14), Ok(None));
        }
    }
}
