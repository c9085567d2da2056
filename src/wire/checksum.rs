//! The Internet checksum (RFC 1071), with the pseudo-header that covers the addresses of the IP layer.
//!
//! It is the ones' complement of the ones' complement sum of all 16-bit words; the sum over a message whose checksum
//! is right, that field included, has all bits set. An odd last byte counts as if a zero byte followed it.
//!
//! Pseudo-header of IPv6 (RFC 8200 §8.1); that of IPv4 has 4-byte addresses and a 16-bit length, which adds up to the
//! same:
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                   Source address (128 bits)                   |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                Destination address (128 bits)                 |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                 Length of the message in bytes                |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                      zero                     |   Protocol    |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use std::net::IpAddr;

/// A sum over parts that follow one another, as if they were one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// The sum of the words so far, its carries not yet added.
    words: u64,
    /// Whether the next byte is the low half of a word.
    odd: bool,
}

impl Sum {
    /// The sum over the pseudo-header of a message that is `length` bytes long.
    pub fn of_pseudo_header(src: IpAddr, dst: IpAddr, protocol: u8, length: u32) -> Self {
        let sum = [src, dst].into_iter().fold(Self::default(), |sum, address| match address {
            IpAddr::V4(address) => sum.then(&address.octets()),
            IpAddr::V6(address) => sum.then(&address.octets()),
        });
        sum.then(&length.to_be_bytes()).then(&[0, 0, 0, protocol])
    }

    /// This sum with `bytes` after what it covers. Takes time in proportion to them.
    #[must_use]
    pub fn then(mut self, bytes: &[u8]) -> Self {
        for &byte in bytes {
            let value = u64::from(byte);
            // 2^48 bytes would not make it overflow.
            self.words = self.words.saturating_add(if self.odd { value } else { value << 8 });
            self.odd = !self.odd;
        }
        self
    }

    /// The checksum of a message whose checksum field was summed as 0.
    pub const fn checksum(self) -> u16 {
        !self.folded()
    }

    /// Whether the checksum among the summed bytes is right.
    pub const fn is_right(self) -> bool {
        self.folded() == 0xffff
    }

    /// The sum with its carries added until 16 bits are left.
    const fn folded(self) -> u16 {
        let mut words = self.words;
        while words >> 16 != 0 {
            words = (words & 0xffff) + (words >> 16);
        }
        let [.., high, low] = words.to_be_bytes();
        u16::from_be_bytes([high, low])
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;

    #[test]
    fn adds_up_the_example_of_rfc_1071() {
        // RFC 1071 §3.
        let sum = Sum::default().then(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]);
        assert_eq!(sum.folded(), 0xddf2);
        assert_eq!(sum.checksum(), 0x220d);
        assert!(sum.then(&0x220d_u16.to_be_bytes()).is_right());
        assert!(!sum.then(&0x220e_u16.to_be_bytes()).is_right());
    }

    #[test]
    fn parts_add_up_as_one_wherever_they_are_cut() {
        let bytes: Vec<u8> = (0..=255).rev().collect();
        let whole = Sum::default().then(&bytes);
        for cut in 0..bytes.len() {
            assert_eq!(Sum::default().then(&bytes[..cut]).then(&bytes[cut..]), whole, "{cut}");
        }
    }

    #[test]
    fn an_odd_last_byte_is_the_high_half() {
        assert_eq!(Sum::default().then(&[0x12, 0x34, 0x56]).folded(), 0x1234 + 0x5600);
    }

    #[test]
    fn a_pseudo_header_of_ipv4_is_that_of_udp() {
        // RFC 768: addresses, a zero byte, the protocol, 16 bits of length.
        let header = [192, 0, 2, 1, 198, 51, 100, 9, 0, 17, 0, 40];
        let sum = Sum::of_pseudo_header([192, 0, 2, 1].into(), [198, 51, 100, 9].into(), 17, 40);
        assert_eq!(sum.folded(), Sum::default().then(&header).folded());
    }

    #[test]
    fn a_pseudo_header_of_ipv6_covers_every_byte_of_the_addresses() {
        let (src, dst) = (Ipv6Addr::LOCALHOST, "ff02::12".parse::<Ipv6Addr>().unwrap());
        let sum = Sum::of_pseudo_header(src.into(), dst.into(), 112, 0x0001_0008);
        assert_eq!(sum.folded(), 1 + 0xff02 + 0x12 + 1 + 8 + 112);
    }
}
