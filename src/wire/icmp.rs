//! ICMP and `ICMPv6` destination unreachable and fragment reassembly time exceeded, with the header they quote (RFC 792,
//! RFC 4443 §3.1, §3.3).
//!
//! ICMP types 3 and 11 are IP protocol 1, `ICMPv6` types 1 and 3 protocol 58. Routers quote at least eight bytes behind the IP
//! header of the packet they complain about (RFC 792), many quote more (RFC 1812 §4.3.2.3).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |     Type      |     Code      |           Checksum            |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                      unused, next-hop MTU                     |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |             The packet complained about, its first bytes      |
//! ```

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::bytes::{Malformed, Reader};
use super::extension::Chain;
use super::{esp, nat_t};

/// Type of destination unreachable in ICMP (RFC 792).
pub const UNREACHABLE_V4: u8 = 3;
/// Type of destination unreachable in `ICMPv6` (RFC 4443 §3.1).
pub const UNREACHABLE_V6: u8 = 1;

/// Type of time exceeded in ICMP (RFC 792).
pub const TIME_EXCEEDED_V4: u8 = 11;
/// Type of time exceeded in `ICMPv6` (RFC 4443 §3.3).
pub const TIME_EXCEEDED_V6: u8 = 3;

/// Whether routers send messages of a type by themselves, about packets they forward: errors and redirects (RFC 792,
/// RFC 4443 §2.1, RFC 4861 §4.5).
pub const fn is_of_routers(version: u8, kind: u8) -> bool {
    if version == 4 { matches!(kind, 3 | 4 | 5 | 11 | 12) } else { kind < 128 || kind == 137 }
}

/// A destination-unreachable error.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unreachable {
    /// 4 or 6: whose code numbers `code` follows.
    pub version: u8,
    /// ICMP: 1 host, 2 protocol, 3 port, 13 prohibited, …; `ICMPv6`: 1 prohibited, 4 port, …
    pub code: u8,
    /// What could be read of the packet it complains about.
    pub quoted: Option<Quoted>,
}

/// A fragment-reassembly-time-exceeded error: its sender has the first fragment of a packet, and waited for others in
/// vain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReassemblyTimeout {
    /// What could be read of the packet.
    pub quoted: Option<Quoted>,
}

/// The packet an error complains about, as far as it is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Quoted {
    /// Its source.
    pub src: IpAddr,
    /// Its destination.
    pub dst: IpAddr,
    /// Its IP protocol (after IPv6 extension headers).
    pub protocol: u8,
    /// Its ports, where it is UDP.
    pub ports: Option<(u16, u16)>,
    /// Its SPI, where it is ESP (by protocol 50 or in UDP port 4500).
    pub esp_spi: Option<u32>,
}

impl Unreachable {
    /// Reads an error of IP version `version` from `bytes`, which begin at its type, `base` bytes into the frame.
    ///
    /// # Errors
    ///
    /// Fewer bytes than the eight of its header. A quote that cannot be read is no error: `quoted` is `None`.
    pub fn parse(version: u8, bytes: &[u8], base: usize) -> Result<Self, Malformed> {
        let mut reader = Reader::new("icmp", bytes, base);
        reader.u8("type")?;
        let code = reader.u8("code")?;
        reader.take("header", 6)?;
        Ok(Self { version, code, quoted: Quoted::parse(reader.rest(), reader.offset()) })
    }
}

impl ReassemblyTimeout {
    /// Reads a time-exceeded error of either version from `bytes`, which begin at its type, `base` bytes into the frame;
    /// `None` where another time was exceeded.
    ///
    /// # Errors
    ///
    /// Fewer bytes than the eight of its header. A quote that cannot be read is no error: `quoted` is `None`.
    pub fn parse(bytes: &[u8], base: usize) -> Result<Option<Self>, Malformed> {
        let mut reader = Reader::new("icmp", bytes, base);
        reader.u8("type")?;
        let code = reader.u8("code")?;
        reader.take("header", 6)?;
        let quoted = || Quoted::parse(reader.rest(), reader.offset());
        Ok((code == REASSEMBLY).then(|| Self { quoted: quoted() }))
    }
}

impl Quoted {
    /// Reads the quoted packet as far as it goes; `None` where not even its IP header is whole.
    fn parse(bytes: &[u8], base: usize) -> Option<Self> {
        let reader = Reader::new("icmp quote", bytes, base);
        match bytes.first()? >> 4 {
            4 => Self::of_ipv4(reader).ok(),
            6 => Self::of_ipv6(reader).ok(),
            _ => None,
        }
    }

    fn of_ipv4(mut reader: Reader<'_>) -> Result<Self, Malformed> {
        let header_len = usize::from(reader.u8("IHL")? & 0x0f) * 4;
        reader.take("length and identification", 5)?;
        let offset = reader.u16("fragment offset")? & 0x1fff;
        reader.u8("TTL")?;
        let protocol = reader.u8("protocol")?;
        reader.take("checksum", 2)?;
        let src = Ipv4Addr::from(reader.array::<4>("source")?);
        let dst = Ipv4Addr::from(reader.array::<4>("destination")?);
        let options = header_len.checked_sub(reader.consumed());
        let chain = match options.map(|options| reader.take("options", options)) {
            Some(Ok(_)) if offset == 0 => Some(Chain::of_ipv4(protocol, reader.rest(), reader.offset())),
            _ => None,
        };
        Ok(Self::with_payload(src.into(), dst.into(), protocol, chain))
    }

    fn of_ipv6(mut reader: Reader<'_>) -> Result<Self, Malformed> {
        reader.take("version and length", 6)?;
        let protocol = reader.u8("next header")?;
        reader.u8("hop limit")?;
        let src = Ipv6Addr::from(reader.array::<16>("source")?);
        let dst = Ipv6Addr::from(reader.array::<16>("destination")?);
        let chain = Chain::of_ipv6(protocol, reader.rest(), reader.offset());
        Ok(Self::with_payload(src.into(), dst.into(), protocol, Some(chain)))
    }

    fn with_payload(src: IpAddr, dst: IpAddr, protocol: u8, chain: Option<Chain<'_>>) -> Self {
        let bare = Self { src, dst, protocol, ports: None, esp_spi: None };
        let Some(chain) = chain else { return bare };
        let quoted = Self { protocol: chain.protocol, ..bare };
        if chain.fragment.is_some_and(|fragment| fragment.position != 0) || chain.malformed.is_some() {
            return quoted;
        }
        match chain.protocol {
            UDP => Self { ports: ports(chain.payload), esp_spi: udp_spi(chain.payload), ..quoted },
            esp::PROTOCOL => Self { esp_spi: spi(chain.payload), ..quoted },
            _ => quoted,
        }
    }
}

/// Source and destination port at the front of a UDP header.
fn ports(udp: &[u8]) -> Option<(u16, u16)> {
    match *udp {
        [a, b, c, d, ..] => Some((u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]))),
        _ => None,
    }
}

/// The SPI of ESP in a UDP datagram, where it is on port 4500 and its payload is quoted.
fn udp_spi(udp: &[u8]) -> Option<u32> {
    let (src, dst) = ports(udp)?;
    if src != nat_t::PORT && dst != nat_t::PORT {
        return None;
    }
    spi(udp.get(UDP_HEADER..)?)
}

/// The SPI that ESP begins with: the first four bytes unless all are 0.
fn spi(esp: &[u8]) -> Option<u32> {
    esp.first_chunk::<4>().map(|bytes| u32::from_be_bytes(*bytes)).filter(|&spi| spi != 0)
}

const UDP: u8 = 17;
const UDP_HEADER: usize = 8;

/// Code of time exceeded: that of reassembly, in both versions.
const REASSEMBLY: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    /// Port unreachable, quoting a UDP datagram from 192.0.2.1:4500 to 198.51.100.9:4500.
    fn quoting(payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![3, 3, 0, 0, 0, 0, 0, 0];
        bytes.extend([0x45, 0, 0, 100, 0, 1, 0, 0, 64, UDP, 0, 0, 192, 0, 2, 1, 198, 51, 100, 9]);
        bytes.extend([0x11, 0x94, 0x11, 0x94, 0, 80, 0, 0]);
        bytes.extend(payload);
        bytes
    }

    #[test]
    fn reads_the_quoted_ports_and_spi() {
        let error = Unreachable::parse(4, &quoting(&[0xca, 0xfe, 0, 1]), 34).unwrap();
        let quoted = error.quoted.unwrap();
        assert_eq!((error.version, error.code), (4, 3));
        assert_eq!(quoted.dst, IpAddr::from([198, 51, 100, 9]));
        assert_eq!(
            (quoted.protocol, quoted.ports, quoted.esp_spi),
            (UDP, Some((4500, 4500)), Some(0xcafe_0001))
        );
    }

    #[test]
    fn the_non_esp_marker_is_no_spi() {
        let error = Unreachable::parse(4, &quoting(&[0, 0, 0, 0, 1, 2, 3, 4]), 34).unwrap();
        assert_eq!(error.quoted.unwrap().esp_spi, None);
    }

    #[test]
    fn reads_esp_behind_ipv6_extension_headers() {
        let mut bytes = vec![1, 4, 0, 0, 0, 0, 0, 0, 0x60, 0, 0, 0, 0, 16, 60, 64];
        bytes.extend(Ipv6Addr::LOCALHOST.octets());
        bytes.extend(Ipv6Addr::LOCALHOST.octets());
        bytes.extend([esp::PROTOCOL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34]);
        let quoted = Unreachable::parse(6, &bytes, 54).unwrap().quoted.unwrap();
        assert_eq!((quoted.protocol, quoted.esp_spi), (esp::PROTOCOL, Some(0x1234)));
    }

    #[test]
    fn reads_what_waited_for_fragments_in_vain() {
        let mut bytes = quoting(&[0, 0, 0, 0]);
        bytes[..2].copy_from_slice(&[TIME_EXCEEDED_V4, 1]);
        let quoted = ReassemblyTimeout::parse(&bytes, 34).unwrap().unwrap().quoted.unwrap();
        assert_eq!((quoted.src, quoted.ports), (IpAddr::from([192, 0, 2, 1]), Some((4500, 4500))));
        bytes[1] = 0;
        assert_eq!(ReassemblyTimeout::parse(&bytes, 34), Ok(None));
        assert!(ReassemblyTimeout::parse(&bytes[..7], 34).is_err());
    }

    #[test]
    fn reads_the_first_fragment_of_an_ipv6_packet_and_no_later_one() {
        let mut bytes = vec![TIME_EXCEEDED_V6, 1, 0, 0, 0, 0, 0, 0, 0x60, 0, 0, 0, 0, 16, 44, 64];
        bytes.extend([Ipv6Addr::LOCALHOST.octets(), Ipv6Addr::LOCALHOST.octets()].concat());
        bytes.extend([UDP, 0, 0, 1, 0, 0, 0, 9, 1, 0xf4, 1, 0xf4]);
        let quoted = ReassemblyTimeout::parse(&bytes, 54).unwrap().unwrap().quoted.unwrap();
        assert_eq!(quoted.ports, Some((500, 500)));
        bytes[51] = 9;
        let quoted = ReassemblyTimeout::parse(&bytes, 54).unwrap().unwrap().quoted.unwrap();
        assert_eq!((quoted.protocol, quoted.ports), (UDP, None));
    }

    #[test]
    fn a_shorter_quote_says_less_and_never_fails() {
        let whole = quoting(&[0xca, 0xfe, 0, 1]);
        for len in 8..whole.len() {
            let error = Unreachable::parse(4, &whole[..len], 34).unwrap();
            assert_eq!(error.quoted.is_some(), len >= 28, "{len}");
            assert_eq!(error.quoted.and_then(|quoted| quoted.ports).is_some(), len >= 32, "{len}");
        }
        assert!(Unreachable::parse(4, &whole[..7], 34).is_err());
    }
}
