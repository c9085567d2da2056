//! CARP, the Common Address Redundancy Protocol of OpenBSD, also in FreeBSD, NetBSD and their appliances.
//!
//! IP protocol 112 like VRRP, and to the same groups 224.0.0.18 and `ff02::12` (or to a peer's address), TTL 255. There
//! is no RFC; the layout is that of `struct carp_header` in OpenBSD's `netinet/ip_carp.h`. Only the master sends. It
//! names neither the virtual addresses nor a priority: the one that advertises most often is master.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! | Vers=2| Type=1|Virtual host id|    Advskew    | Auth length=7 |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |   Demotion    |  Advbase, s   |           Checksum            |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                       Counter (64 bits)                       |
//! +                                                               +
//! |                                                               |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                    HMAC-SHA1 (160 bits)                       |
//! ```
//!
//! The authentication code is left out: nothing can be checked without the key.

use super::bytes::{Malformed, Reader};
use super::checksum::Sum;
use super::vrrp::Checksum;

/// The one version there is.
pub const VERSION: u8 = 2;

/// How every message is authenticated.
pub const AUTHENTICATION: &str = "hmac-sha1";

/// What the master of a virtual host says of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Advertisement {
    /// Virtual host id: 1 to 255.
    pub vhid: u8,
    /// Skew of the interval in 1/256 s: 0 to 254; the higher, the less it wants to be master.
    pub advskew: u8,
    /// Base of the interval in seconds; 0 leaves the skew alone.
    pub advbase_s: u8,
    /// Demotion counter of the sender; always 0 from FreeBSD, which has padding there.
    pub demotion: u8,
    /// Counter against replay; another one in each message.
    pub counter: u64,
    /// Whether the checksum is right; never with a pseudo-header, not even over IPv6.
    pub checksum: Checksum,
    /// What stopped the decoder, if anything did.
    pub malformed: Option<Malformed>,
}

/// Whether an IP payload of protocol 112 is CARP and no VRRP: `bytes` are what was captured of it, `wire_len` is its
/// length on the wire in bytes.
///
/// Both begin with 0x21. CARP then has 7 where VRRP counts addresses, and is 36 bytes long, where VRRP with seven
/// addresses has 44: such a message is VRRP only if it leaves out the authentication data, as some senders do. Then
/// its type of authentication is one without data, and its addresses lie in one network, so that they share their
/// first byte, which is not 0. In CARP these seven bytes are of a counter and of an authentication code: they agree by
/// chance in one message of some 2^48.
pub fn is_carp(bytes: &[u8], wire_len: usize) -> bool {
    match bytes {
        [FIRST, _, _, AUTH_LENGTH, kind, _, _, _, rest @ ..] if wire_len == LENGTH => {
            !(matches!(*kind, 0 | 2) && share_first_byte(rest))
        }
        _ => false,
    }
}

/// Whether four-byte addresses begin with the same byte other than 0; of none or one that was captured this is not
/// known, and not so.
fn share_first_byte(addresses: &[u8]) -> bool {
    let mut first = addresses.iter().step_by(4);
    match (first.next(), first.next()) {
        (Some(one), Some(two)) => *one != 0 && one == two && first.all(|byte| byte == one),
        _ => false,
    }
}

impl Advertisement {
    /// Reads `bytes`, an IP payload that begins `base` bytes into the frame and that [`is_carp`] accepts.
    ///
    /// An authentication code that is cut costs nothing: `malformed` names it.
    ///
    /// # Errors
    ///
    /// Fewer than the 16 bytes up to the counter, another version or type, another length of the authentication.
    pub fn parse(bytes: &[u8], base: usize) -> Result<Self, Malformed> {
        let mut reader = Reader::new("carp", bytes, base);
        expect(&mut reader, "version and type", FIRST)?;
        let vhid = reader.u8("virtual host id")?;
        let advskew = reader.u8("advskew")?;
        expect(&mut reader, "authentication length", AUTH_LENGTH)?;
        let demotion = reader.u8("demotion counter")?;
        let advbase_s = reader.u8("advbase")?;
        reader.u16("checksum")?;
        let counter = reader.u64("counter")?;
        let checksum = match bytes.get(..LENGTH) {
            Some(message) if Sum::default().then(message).is_right() => Checksum::Plain,
            Some(_) => Checksum::Wrong,
            None => Checksum::Unchecked,
        };
        let malformed = reader.take("authentication code", 20).err();
        Ok(Self { vhid, advskew, advbase_s, demotion, counter, checksum, malformed })
    }

    /// How long the sender waits between two advertisements, in milliseconds: `advbase` seconds and `advskew` 1/256 s;
    /// 1/256 s where both are 0 (`carp_setrun` of OpenBSD), so that it is never 0.
    pub fn interval_ms(&self) -> u32 {
        let skew = if self.advbase_s == 0 { self.advskew.max(1) } else { self.advskew };
        u32::from(self.advbase_s) * 1000 + u32::from(skew) * 1000 / 256
    }
}

/// Reads a byte that has one value alone.
fn expect(reader: &mut Reader<'_>, what: &'static str, value: u8) -> Result<(), Malformed> {
    let offset = reader.offset();
    let have = reader.u8(what)?;
    let wrong = Malformed { layer: "carp", what, offset, need: value.into(), have: have.into() };
    if have == value { Ok(()) } else { Err(wrong) }
}

/// Version 2, type 1 (advertisement).
const FIRST: u8 = 0x21;
/// Length of counter and authentication code in words of 32 bits.
const AUTH_LENGTH: u8 = 7;
/// Length of a message in bytes.
const LENGTH: usize = 36;

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: [u8; 36] = [
        0x21, 10, 100, 7, 0, 1, 0xc8, 0x0e, 0, 0, 0, 0, 0, 0, 0x12, 0x34, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5,
        0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf, 0xb0, 0xb1, 0xb2, 0xb3,
    ];

    /// VRRP with seven addresses, which leaves out the authentication data.
    fn vrrp() -> Vec<u8> {
        let mut bytes = vec![0x21, 10, 100, 7, 0, 1, 0, 0];
        bytes.extend((1..=7).flat_map(|host| [192, host, 2, host]));
        bytes
    }

    #[test]
    fn reads_an_advertisement() {
        let expected = Advertisement {
            vhid: 10,
            advskew: 100,
            advbase_s: 1,
            demotion: 0,
            counter: 0x1234,
            checksum: Checksum::Plain,
            malformed: None,
        };
        let found = Advertisement::parse(&BYTES, 34).unwrap();
        assert_eq!(found.interval_ms(), 1390);
        assert_eq!(found, expected);
    }

    #[test]
    fn a_base_of_zero_leaves_the_skew() {
        let mut bytes = BYTES;
        bytes[5] = 0;
        let found = Advertisement::parse(&bytes, 34).unwrap();
        assert_eq!((found.interval_ms(), found.checksum), (390, Checksum::Wrong));
        // A skew of 0 too leaves the shortest interval there is.
        for (base, skew, interval_ms) in [(0, 0, 3), (0, 1, 3), (1, 0, 1000)] {
            (bytes[5], bytes[2]) = (base, skew);
            assert_eq!(Advertisement::parse(&bytes, 34).unwrap().interval_ms(), interval_ms);
        }
    }

    #[test]
    fn every_shorter_length_lacks_the_code_or_is_no_message() {
        for len in 0..BYTES.len() {
            let found = Advertisement::parse(&BYTES[..len], 34);
            if len < 16 {
                assert!(found.is_err(), "{len}");
                continue;
            }
            let found = found.unwrap();
            assert_eq!((found.counter, found.checksum), (0x1234, Checksum::Unchecked));
            let complaint = format!("carp authentication code at byte 50 needs 20, has {}", len - 16);
            assert_eq!(found.malformed.unwrap().to_string(), complaint);
        }
    }

    #[test]
    fn other_values_where_there_is_one_alone_are_named() {
        for (at, value, complaint) in [
            (0, 0x31, "carp version and type at byte 34 needs 33, has 49"),
            (3, 6, "carp authentication length at byte 37 needs 7, has 6"),
        ] {
            let mut bytes = BYTES;
            bytes[at] = value;
            assert_eq!(Advertisement::parse(&bytes, 34).unwrap_err().to_string(), complaint);
            assert!(!is_carp(&bytes, 36));
        }
    }

    #[test]
    fn tells_carp_from_vrrp() {
        assert!(is_carp(&BYTES, 36));
        assert!(!is_carp(&vrrp(), 36));
        // With authentication data VRRP is longer.
        assert!(!is_carp(&[&vrrp()[..], &[0; 8]].concat(), 44));
        // A type of authentication that needs data, an address elsewhere, addresses of this network.
        for (at, value) in [(4, 1), (32, 10), (4, 254)] {
            let mut bytes = vrrp();
            bytes[at] = value;
            assert!(is_carp(&bytes, 36), "{at}");
        }
        let mut zeroes = vrrp();
        zeroes[8..].fill(0);
        assert!(is_carp(&zeroes, 36));
    }

    #[test]
    fn tells_them_apart_where_the_end_was_not_captured() {
        for len in 8..36 {
            assert!(is_carp(&BYTES[..len], 36), "{len}");
            assert_eq!(is_carp(&vrrp()[..len], 36), len < 13, "{len}");
        }
        assert!((0..8).all(|len| !is_carp(&BYTES[..len], 36)));
    }
}
