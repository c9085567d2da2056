//! VRRP, the Virtual Router Redundancy Protocol: version 2 (RFC 3768, RFC 2338) and version 3 (RFC 5798, RFC 9568).
//!
//! IP protocol 112, to 224.0.0.18 or `ff02::12` (or to a peer's address), TTL 255. Only the master sends. CARP
//! has the same number and looks like version 2: ask [`carp::is_carp`](super::carp::is_carp) first.
//!
//! Version 2 (RFC 3768 §5.1):
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! | Vers=2| Type=1| Virtual Rtr ID|   Priority    | Count IP addrs|
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |   Auth type   |  Interval, s  |           Checksum            |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |             IP addresses, as many as counted                  |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                 Authentication data (8 bytes)                 |
//! +                                                               +
//! |                                                               |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
//!
//! Version 3 (RFC 9568 §5.1) ends with the addresses, and its second word is:
//!
//! ```text
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |Reserve| Max interval, 1/100 s |           Checksum            |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
//!
//! Authentication data are looked at only where they hold a text: some senders leave them out without one. Cisco's MD5
//! authentication (type 254) appends a TLV like that of HSRP; it is left out, since nothing can be checked without the
//! key.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::bytes::{Malformed, Reader};
use super::checksum::Sum;

/// IP protocol number of VRRP, and of CARP.
pub const PROTOCOL: u8 = 112;

/// What the master of a virtual router says of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Advertisement {
    /// 2 or 3.
    pub version: u8,
    /// Virtual router id: 1 to 255 (RFC 9568 §5.2.3).
    pub vrid: u8,
    /// 0 the master stops, 1 to 254 a backup router, 255 the owner of the addresses (RFC 9568 §5.2.4).
    pub priority: u8,
    /// Advertisement interval in milliseconds (on the wire seconds in version 2, hundredths of them in version 3).
    pub interval_ms: u32,
    /// The virtual addresses in wire order, those that were captured; all of the family of the IP layer.
    pub addresses: Vec<IpAddr>,
    /// How the message is authenticated; always `None` in version 3, which has no such field.
    pub authentication: Authentication,
    /// Whether the checksum is right, and over what.
    pub checksum: Checksum,
    /// What stopped the decoder, if anything did.
    pub malformed: Option<Malformed>,
}

/// How a message is authenticated (RFC 2338 §5.3.6). Text is kept for comparing, and never shown.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Authentication {
    /// 0: nothing.
    None,
    /// 1: eight bytes of clear text, NUL-padded.
    Text([u8; 8]),
    /// 2: by an IP authentication header before the message; obsolete.
    Header,
    /// 254: Cisco's MD5.
    Md5,
    /// A type that neither RFC 2338 nor Wireshark names.
    Unknown(u8),
}

/// Whether a checksum is right. Over IPv4 version 3 is sent in two ways: over the message alone, as RFC 9568 §5.2.8
/// says, and with a pseudo-header, as RFC 5798 §5.2.8 was read by many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Checksum {
    /// Right over the message alone.
    Plain,
    /// Right with the pseudo-header before the message.
    PseudoHeader,
    /// Wrong in each way the message may be summed.
    Wrong,
    /// Not every byte of the message was captured.
    Unchecked,
}

impl Advertisement {
    /// Reads `bytes`, what was captured of an IP payload from `src` to `dst` that begins `base` bytes into the frame
    /// and was `wire_len` bytes long.
    ///
    /// Of a list of addresses that reaches beyond `bytes` those before stand, with `malformed` set; of a text that
    /// authenticates, the bytes that are missing are 0.
    ///
    /// # Errors
    ///
    /// Fewer than the eight bytes before the addresses, a version other than 2 and 3, a type other than 1.
    pub fn parse(
        bytes: &[u8],
        base: usize,
        src: IpAddr,
        dst: IpAddr,
        wire_len: usize,
    ) -> Result<Self, Malformed> {
        let mut reader = Reader::new("vrrp", bytes, base);
        let version = version(reader.u8("version and type")?, base)?;
        let vrid = reader.u8("virtual router id")?;
        let priority = reader.u8("priority")?;
        let count = reader.u8("address count")?;
        let [first, second] = reader.array("interval")?;
        reader.u16("checksum")?;
        let interval_ms = match version {
            2 => u32::from(second) * 1000,
            _ => u32::from(u16::from_be_bytes([first & 0x0f, second])) * 10,
        };
        let mut found = Self {
            version,
            vrid,
            priority,
            interval_ms,
            addresses: Vec::new(),
            authentication: if version == 2 { first.into() } else { Authentication::None },
            checksum: Checksum::of(version, bytes, src, dst, wire_len),
            malformed: None,
        };
        let addresses = found.read_addresses(&mut reader, count, src.is_ipv4());
        found.malformed = addresses.and_then(|()| found.read_text(&mut reader)).err();
        Ok(found)
    }

    /// Reads as many of `count` addresses as there are.
    fn read_addresses(&mut self, reader: &mut Reader<'_>, count: u8, is_ipv4: bool) -> Result<(), Malformed> {
        let size = if is_ipv4 { 4 } else { 16 };
        let whole = reader.clone().take("address list", usize::from(count) * size).map(|_| ());
        let fitting = usize::from(count).min(reader.remaining() / size);
        for _ in 0..fitting {
            self.addresses.push(if is_ipv4 {
                Ipv4Addr::from(reader.array::<4>("address")?).into()
            } else {
                Ipv6Addr::from(reader.array::<16>("address")?).into()
            });
        }
        whole
    }

    /// Reads the text that authenticates, or as much of it as there is.
    fn read_text(&mut self, reader: &mut Reader<'_>) -> Result<(), Malformed> {
        let Authentication::Text(text) = &mut self.authentication else { return Ok(()) };
        text.iter_mut().zip(reader.rest()).for_each(|(to, from)| *to = *from);
        reader.take("authentication data", text.len()).map(|_| ())
    }
}

/// The version that a first byte names (RFC 9568 §5.2.1, §5.2.2).
fn version(byte: u8, offset: usize) -> Result<u8, Malformed> {
    let (version, kind) = (byte >> 4, byte & 0x0f);
    let refuse = |what, need: u8, have: u8| {
        Err(Malformed { layer: "vrrp", what, offset, need: need.into(), have: have.into() })
    };
    match (version, kind) {
        (2 | 3, ADVERTISEMENT) => Ok(version),
        (2 | 3, _) => refuse("type", ADVERTISEMENT, kind),
        _ => refuse("version", version.clamp(2, 3), version),
    }
}

impl Checksum {
    /// Checks a message of `version` that `bytes` begin, against each sum that its version and family may have.
    fn of(version: u8, bytes: &[u8], src: IpAddr, dst: IpAddr, wire_len: usize) -> Self {
        let (true, Ok(length)) = (bytes.len() >= wire_len, u32::try_from(bytes.len())) else {
            return Self::Unchecked;
        };
        let is_plain = || Sum::default().then(bytes).is_right();
        let has_pseudo_header = || Sum::of_pseudo_header(src, dst, PROTOCOL, length).then(bytes).is_right();
        if src.is_ipv4() && is_plain() {
            Self::Plain
        } else if !(src.is_ipv4() && version == 2) && has_pseudo_header() {
            Self::PseudoHeader
        } else {
            Self::Wrong
        }
    }

    /// Its name in lower case: `plain`, `pseudo-header`, `wrong`, `unchecked`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::PseudoHeader => "pseudo-header",
            Self::Wrong => "wrong",
            Self::Unchecked => "unchecked",
        }
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<u8> for Authentication {
    /// What a type number names; a text is not read yet.
    fn from(number: u8) -> Self {
        match number {
            0 => Self::None,
            1 => Self::Text([0; 8]),
            2 => Self::Header,
            254 => Self::Md5,
            other => Self::Unknown(other),
        }
    }
}

impl Authentication {
    /// Its kind: `none`, `text`, `ah`, `md5` or `unknown`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Text(_) => "text",
            Self::Header => "ah",
            Self::Md5 => "md5",
            Self::Unknown(_) => "unknown",
        }
    }
}

impl fmt::Debug for Authentication {
    /// Names the kind and never the text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Text(_) => f.write_str("Text(..)"),
            Self::Header => f.write_str("Header"),
            Self::Md5 => f.write_str("Md5"),
            Self::Unknown(number) => write!(f, "Unknown({number})"),
        }
    }
}

/// The one type there is (RFC 9568 §5.2.2).
const ADVERTISEMENT: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    const SRC: [u8; 4] = [192, 0, 2, 2];
    const DST: [u8; 4] = [224, 0, 0, 18];

    /// One address and a text, as keepalived sends it.
    const V2: [u8; 20] =
        [0x21, 10, 110, 1, 1, 1, 0x0a, 0xac, 192, 0, 2, 1, b'l', b'a', b'b', b'p', b'a', b's', b's', 0];

    /// One address, interval 0.5 s, summed with the pseudo-header, as keepalived sends it.
    const V3: [u8; 12] = [0x31, 10, 110, 1, 0, 50, 0xfc, 0x2e, 192, 0, 2, 1];

    /// Three addresses without authentication data.
    const LIST: [u8; 20] = [0x21, 10, 110, 3, 0, 1, 0, 0, 192, 0, 2, 1, 192, 0, 2, 5, 192, 0, 2, 9];

    fn parse(bytes: &[u8], wire_len: usize) -> Result<Advertisement, Malformed> {
        Advertisement::parse(bytes, 34, SRC.into(), DST.into(), wire_len)
    }

    /// `bytes` with this checksum.
    fn summed(bytes: &[u8], checksum: u16) -> Vec<u8> {
        [&bytes[..6], &checksum.to_be_bytes(), &bytes[8..]].concat()
    }

    #[test]
    fn reads_version_2() {
        let expected = Advertisement {
            version: 2,
            vrid: 10,
            priority: 110,
            interval_ms: 1000,
            addresses: vec![[192, 0, 2, 1].into()],
            authentication: Authentication::Text(*b"labpass\0"),
            checksum: Checksum::Plain,
            malformed: None,
        };
        assert_eq!(parse(&V2, 20), Ok(expected));
    }

    #[test]
    fn reads_version_3() {
        let expected = Advertisement {
            version: 3,
            vrid: 10,
            priority: 110,
            interval_ms: 500,
            addresses: vec![[192, 0, 2, 1].into()],
            authentication: Authentication::None,
            checksum: Checksum::PseudoHeader,
            malformed: None,
        };
        assert_eq!(parse(&V3, 12), Ok(expected));
    }

    #[test]
    fn the_reserved_bits_are_no_part_of_the_interval() {
        let mut bytes = V3;
        bytes[4..6].fill(0xff);
        assert_eq!(parse(&bytes, 12).unwrap().interval_ms, 40_950);
    }

    #[test]
    fn reads_version_3_of_ipv6() {
        let mut bytes = vec![0x31, 1, 100, 1, 0, 100, 0, 0];
        let (src, dst) = ("fe80::1".parse::<Ipv6Addr>().unwrap(), "ff02::12".parse::<Ipv6Addr>().unwrap());
        let address = "fe80::5e:2".parse::<Ipv6Addr>().unwrap();
        bytes.extend(address.octets());
        let sum = Sum::of_pseudo_header(src.into(), dst.into(), PROTOCOL, 24).then(&bytes);
        let parse =
            |bytes: &[u8]| Advertisement::parse(bytes, 54, src.into(), dst.into(), bytes.len()).unwrap();
        let found = parse(&summed(&bytes, sum.checksum()));
        assert_eq!((found.addresses, found.interval_ms), (vec![address.into()], 1000));
        assert_eq!(found.checksum, Checksum::PseudoHeader);
        // Over IPv6 the pseudo-header is no matter of opinion.
        let plain = Sum::default().then(&bytes).checksum();
        assert_eq!(parse(&summed(&bytes, plain)).checksum, Checksum::Wrong);
    }

    #[test]
    fn the_checksum_says_what_it_covers() {
        let plain = Sum::default().then(&summed(&V3, 0)).checksum();
        assert_eq!(parse(&summed(&V3, plain), 12).unwrap().checksum, Checksum::Plain);
        assert_eq!(parse(&summed(&V3, plain ^ 1), 12).unwrap().checksum, Checksum::Wrong);
        assert_eq!(parse(&V3, 13).unwrap().checksum, Checksum::Unchecked);
        // Version 2 knows no pseudo-header.
        let header = Sum::of_pseudo_header(SRC.into(), DST.into(), PROTOCOL, 20).then(&summed(&V2, 0));
        assert_eq!(parse(&summed(&V2, header.checksum()), 20).unwrap().checksum, Checksum::Wrong);
    }

    #[test]
    fn authentication_data_are_needed_for_a_text_alone() {
        for (number, name, missing) in [
            (0, "none", false),
            (1, "text", true),
            (2, "ah", false),
            (254, "md5", false),
            (9, "unknown", false),
        ] {
            let mut bytes = LIST;
            bytes[4] = number;
            let found = parse(&bytes, 20).unwrap();
            assert_eq!((found.authentication.name(), found.malformed.is_some()), (name, missing));
        }
    }

    #[test]
    fn a_text_is_never_shown() {
        let shown = format!("{:?}", parse(&V2, 20).unwrap());
        assert!(shown.contains("authentication: Text(..)"), "{shown}");
    }

    #[test]
    fn a_cut_list_keeps_the_addresses_before() {
        for len in 8..LIST.len() {
            let found = parse(&LIST[..len], 28).unwrap();
            assert_eq!(found.addresses.len(), (len - 8) / 4, "{len}");
            let complaint = format!("vrrp address list at byte 42 needs 12, has {}", len - 8);
            assert_eq!(found.malformed.unwrap().to_string(), complaint);
            assert_eq!(found.checksum, Checksum::Unchecked);
        }
        assert!((0..8).all(|len| parse(&LIST[..len], 28).is_err()));
    }

    #[test]
    fn a_cut_text_keeps_its_bytes() {
        for len in 12..V2.len() {
            let found = parse(&V2[..len], 20).unwrap();
            let mut text = *b"labpass\0";
            text[len - 12..].fill(0);
            assert_eq!((found.addresses.len(), found.authentication), (1, Authentication::Text(text)));
            let complaint = format!("vrrp authentication data at byte 46 needs 8, has {}", len - 12);
            assert_eq!(found.malformed.unwrap().to_string(), complaint);
        }
    }

    #[test]
    fn other_versions_and_types_are_named() {
        let complaint = |first| parse(&[first, 0, 0, 0, 0, 0, 0, 0], 8).unwrap_err().to_string();
        assert_eq!(complaint(0x11), "vrrp version at byte 34 needs 2, has 1");
        assert_eq!(complaint(0x72), "vrrp version at byte 34 needs 3, has 7");
        assert_eq!(complaint(0x32), "vrrp type at byte 34 needs 1, has 2");
    }
}
