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
        let mut reader = Reader::new("arp", bytes, base);
        let kinds = (reader.u16("hardware type")?, reader.u16("protocol type")?);
        let lengths = (reader.u8("hardware length")?, reader.u8("protocol length")?);
        if (kinds, lengths) != ((ETHERNET, IPV4), (6, 4)) {
            return Ok(None);
        }
        Ok(Some(Self {
            operation: reader.u16("operation")?,
            sender_mac: MacAddr(reader.array("sender hardware address")?),
            sender_ip: reader.array::<4>("sender protocol address")?.into(),
            target_mac: MacAddr(reader.array("target hardware address")?),
            target_ip: reader.array::<4>("target protocol address")?.into(),
        }))
    }

    /// Whether the sender announces its own address (RFC 5227 §1.1: sender and target address are equal).
    pub fn is_gratuitous(&self) -> bool {
        self.sender_ip == self.target_ip
    }
}

/// Hardware type of Ethernet.
const ETHERNET: u16 = 1;
/// Protocol type of IPv4.
const IPV4: u16 = 0x0800;

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
