//! Neighbour advertisements (RFC 4861 §4.4).
//!
//! `ICMPv6` (IP protocol 58) type 136, hop limit 255. To `ff02::1` where nobody asked for it: so a router tells a link
//! that it took over an address.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  Type = 136   |   Code = 0    |           Checksum            |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |R|S|O|                       Reserved                          |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                   Target address (128 bits)                   |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  Options: type, length in 8 bytes with these two, value       |
//! ```
//!
//! Of the options only the target's link-layer address (type 2) is kept.

use std::net::Ipv6Addr;

use super::bytes::{Malformed, Reader};
use super::mac::MacAddr;

/// `ICMPv6` type of a neighbour advertisement.
pub const TYPE: u8 = 136;

/// A neighbour advertisement.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Advertisement {
    /// R: the sender is a router.
    pub router: bool,
    /// S: it answers a solicitation.
    pub solicited: bool,
    /// O: it overrides what caches hold.
    pub overrides: bool,
    /// The address it is about.
    pub target: Ipv6Addr,
    /// The target's link-layer address, where there is one of six bytes.
    pub target_mac: Option<MacAddr>,
    /// What stopped the decoder, if anything did.
    pub malformed: Option<Malformed>,
}

impl Advertisement {
    /// Reads an advertisement from `bytes`, which begin at its type, `base` bytes into the frame.
    ///
    /// Options that cannot be read leave what comes before them, with `malformed` set.
    ///
    /// # Errors
    ///
    /// Fewer than the 24 bytes before the options.
    pub fn parse(bytes: &[u8], base: usize) -> Result<Self, Malformed> {
        let mut reader = Reader::new("nd", bytes, base);
        reader.take("type, code and checksum", 4)?;
        let flags = reader.u32("flags")?;
        let target = reader.array::<16>("target address")?.into();
        let mut found = Self {
            router: flags & ROUTER != 0,
            solicited: flags & SOLICITED != 0,
            overrides: flags & OVERRIDE != 0,
            target,
            target_mac: None,
            malformed: None,
        };
        found.malformed = found.read_options(&mut reader).err();
        Ok(found)
    }

    /// Whether nobody asked for it.
    pub const fn is_unsolicited(&self) -> bool {
        !self.solicited
    }

    fn read_options(&mut self, reader: &mut Reader<'_>) -> Result<(), Malformed> {
        while !reader.is_empty() {
            let kind = reader.u8("option type")?;
            let offset = reader.offset();
            let length = usize::from(reader.u8("option length")?) * 8;
            // A length of 0 is refused, as RFC 4861 §4.6 wants: no option would come after it.
            let value = length.checked_sub(OPTION_HEADER).ok_or(Malformed {
                layer: "nd",
                what: "option length",
                offset,
                need: 1,
                have: 0,
            })?;
            let value = reader.take("option", value)?;
            if kind == TARGET_ADDRESS
                && let Ok(mac) = value.try_into()
            {
                self.target_mac.get_or_insert(MacAddr(mac));
            }
        }
        Ok(())
    }
}

const ROUTER: u32 = 0x8000_0000;
const SOLICITED: u32 = 0x4000_0000;
const OVERRIDE: u32 = 0x2000_0000;

/// Length of an option's type and length, which its length counts.
const OPTION_HEADER: usize = 2;
/// Type of the option with the target's link-layer address (RFC 4861 §4.6.1).
const TARGET_ADDRESS: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    const MAC: [u8; 6] = [0, 5, 0x73, 0xa0, 1, 0x2c];

    /// Announces `fe80::5:73ff:fea0:12c`, with these options.
    fn advertisement(flags: u8, options: &[u8]) -> Vec<u8> {
        let mut bytes = vec![TYPE, 0, 0, 0, flags, 0, 0, 0];
        bytes.extend(target().octets());
        bytes.extend(options);
        bytes
    }

    fn target() -> Ipv6Addr {
        Ipv6Addr::new(0xfe80, 0, 0, 0, 5, 0x73ff, 0xfea0, 0x012c)
    }

    fn target_option() -> Vec<u8> {
        [&[2, 1], &MAC[..]].concat()
    }

    fn parse(bytes: &[u8]) -> Advertisement {
        Advertisement::parse(bytes, 54).unwrap()
    }

    #[test]
    fn reads_an_announcement() {
        let expected = Advertisement {
            router: true,
            solicited: false,
            overrides: true,
            target: target(),
            target_mac: Some(MacAddr(MAC)),
            malformed: None,
        };
        let found = parse(&advertisement(0xa0, &target_option()));
        assert!(found.is_unsolicited());
        assert_eq!(found, expected);
    }

    #[test]
    fn each_flag_has_its_bit() {
        let flags = |byte| {
            let found = parse(&advertisement(byte, &[]));
            (found.router, found.solicited, found.overrides)
        };
        assert_eq!(
            [0x80, 0x40, 0x20, 0x1f].map(flags),
            [(true, false, false), (false, true, false), (false, false, true), (false, false, false),]
        );
        assert!(!parse(&advertisement(0x40, &[])).is_unsolicited());
    }

    #[test]
    fn other_options_are_stepped_over() {
        let nonce = [14, 1, 1, 2, 3, 4, 5, 6];
        // A link-layer address of another length is none of Ethernet.
        let long = [&[2, 3][..], &[9; 22]].concat();
        let found = parse(&advertisement(0, &[&nonce[..], &long, &target_option(), &nonce].concat()));
        assert_eq!((found.target_mac, found.malformed), (Some(MacAddr(MAC)), None));
    }

    #[test]
    fn an_option_of_length_zero_ends_the_options() {
        let found = parse(&advertisement(0, &[&[14, 0, 0, 0, 0, 0, 0, 0], &target_option()[..]].concat()));
        assert_eq!(found.target_mac, None);
        assert_eq!(found.malformed.unwrap().to_string(), "nd option length at byte 79 needs 1, has 0");
    }

    #[test]
    fn every_shorter_length_lacks_the_option_or_is_no_message() {
        let bytes = advertisement(0x20, &target_option());
        for len in 0..bytes.len() {
            let found = Advertisement::parse(&bytes[..len], 54);
            if len < 24 {
                assert!(found.is_err(), "{len}");
                continue;
            }
            let found = found.unwrap();
            assert_eq!((found.target, found.target_mac), (target(), None));
            assert_eq!(found.malformed.is_some(), len > 24, "{len}");
        }
    }
}
