//! The headers between IP and its payload: IPv6 extension headers (RFC 8200 §4) and AH (RFC 4302).
//!
//! ```text
//! hop-by-hop (0), routing (43), destination options (60)   next, length in 8 bytes beyond the first 8
//! fragment (44)                                            next, 0, offset and M bit, identification
//! AH (51)                                                  next, length in 4 bytes beyond the first 8
//! ```
//!
//! ESP ends the chain, since what follows it is encrypted. IPv4 knows AH alone.

use super::ah;
use super::bytes::{Malformed, Reader};

/// Where a chain of headers leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain<'a> {
    /// The protocol after the headers that could be read.
    pub protocol: u8,
    /// The fragment header, where the payload is one fragment of several; the chain is not followed into it.
    pub fragment: Option<Fragment>,
    /// The outermost AH among the headers; also where its integrity check value is not whole.
    pub ah: Option<ah::Header>,
    /// Where that AH begins, in bytes from the start of the frame; 0 without one.
    pub ah_offset: usize,
    /// What follows the headers.
    pub payload: &'a [u8],
    /// Where that begins, in bytes from the start of the frame.
    pub offset: usize,
    /// The header that could not be read, if any.
    pub malformed: Option<Malformed>,
}

/// What a fragment header says (RFC 8200 §4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// So many bytes of the fragmented part come before this fragment: a multiple of 8.
    pub position: u16,
    /// Whether more fragments follow.
    pub more: bool,
    /// Equal for the fragments of one packet.
    pub id: u32,
}

impl<'a> Chain<'a> {
    /// Follows the headers of an IPv4 packet: `bytes` come after its header, `base` bytes into the frame.
    pub fn of_ipv4(protocol: u8, bytes: &'a [u8], base: usize) -> Self {
        Self::follow(protocol, Reader::new("ipv4", bytes, base), |protocol| protocol == ah::PROTOCOL)
    }

    /// Follows the headers of an IPv6 packet: `bytes` come after its header, `base` bytes into the frame.
    pub fn of_ipv6(protocol: u8, bytes: &'a [u8], base: usize) -> Self {
        let is_extension =
            |protocol| matches!(protocol, HOP_BY_HOP | ROUTING | FRAGMENT | ah::PROTOCOL | DESTINATION);
        Self::follow(protocol, Reader::new("ipv6", bytes, base), is_extension)
    }

    fn follow(protocol: u8, mut reader: Reader<'a>, is_extension: impl Fn(u8) -> bool) -> Self {
        let mut chain = Self {
            protocol,
            fragment: None,
            ah: None,
            ah_offset: 0,
            payload: &[],
            offset: 0,
            malformed: None,
        };
        while is_extension(chain.protocol) && chain.fragment.is_none() && chain.malformed.is_none() {
            chain.malformed = chain.step(&mut reader).err();
        }
        chain.payload = reader.rest();
        chain.offset = reader.offset();
        chain
    }

    /// Reads one header; the reader stands where it stood when the header is not whole.
    fn step(&mut self, reader: &mut Reader<'a>) -> Result<(), Malformed> {
        let mut ahead = reader.clone();
        let is_ah = self.protocol == ah::PROTOCOL;
        if is_ah && self.ah.is_none() {
            self.ah = ah::Header::parse(reader.rest(), reader.offset()).ok();
            self.ah_offset = reader.offset();
        }
        let what = if is_ah { "AH" } else { "extension header" };
        let next = ahead.u8(what)?;
        let length_field = ahead.clone();
        let length = ahead.u8(what)?;
        let size = match self.protocol {
            ah::PROTOCOL => (usize::from(length) + 2) * 4,
            FRAGMENT => 8,
            _ => (usize::from(length) + 1) * 8,
        };
        if is_ah && size < AH_MIN {
            return Err(Malformed { have: size, ..length_field.malformed("AH length", AH_MIN) });
        }
        let header = reader.take(what, size)?;
        if self.protocol == FRAGMENT {
            self.fragment = fragment(header);
        }
        self.protocol = next;
        Ok(())
    }
}

/// What a fragment header of 8 bytes says; `None` for an "atomic fragment" (RFC 6946), which is the whole packet.
fn fragment(header: &[u8]) -> Option<Fragment> {
    let &[_, _, high, low, a, b, c, d] = header else { return None };
    let field = u16::from_be_bytes([high, low]);
    let (position, more) = (field & 0xfff8, field & 1 != 0);
    (position != 0 || more).then_some(Fragment { position, more, id: u32::from_be_bytes([a, b, c, d]) })
}

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const DESTINATION: u8 = 60;

/// AH without an integrity check value: its fixed fields (RFC 4302 §2.2). How long the value is, the algorithm alone says.
const AH_MIN: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    /// AH before `next` with a 12-byte integrity check value.
    fn ah(next: u8, spi: u8) -> Vec<u8> {
        [&[next, 4, 0, 0, 0, 0, 0, spi, 0, 0, 0, 9][..], &[0xee; 12]].concat()
    }

    #[test]
    fn follows_ipv6_headers_and_ah_up_to_esp() {
        let mut bytes = vec![DESTINATION, 0, 0, 0, 0, 0, 0, 0, ah::PROTOCOL, 0, 0, 0, 0, 0, 0, 0];
        bytes.extend(ah(50, 7));
        bytes.extend([1, 2, 3, 4]);
        let chain = Chain::of_ipv6(HOP_BY_HOP, &bytes, 54);
        assert_eq!((chain.protocol, chain.fragment), (50, None));
        assert_eq!((chain.ah, chain.ah_offset), (Some(ah::Header { spi: 7, sequence: 9 }), 70));
        assert_eq!((chain.payload, chain.offset), (&[1, 2, 3, 4][..], 94));
    }

    #[test]
    fn of_two_ah_the_outermost_is_kept() {
        let chain_bytes = [ah(ah::PROTOCOL, 1), ah(17, 2)].concat();
        let chain = Chain::of_ipv4(ah::PROTOCOL, &chain_bytes, 34);
        assert_eq!((chain.ah.map(|ah| ah.spi), chain.ah_offset), (Some(1), 34));
        assert_eq!((chain.protocol, chain.offset), (17, 82));
    }

    #[test]
    fn an_ah_that_is_cut_keeps_its_fixed_fields() {
        let bytes = ah(17, 1);
        for len in 0..bytes.len() {
            let chain = Chain::of_ipv4(ah::PROTOCOL, &bytes[..len], 34);
            assert_eq!(chain.ah.is_some(), len >= 12, "{len}");
            assert_eq!((chain.protocol, chain.offset), (ah::PROTOCOL, 34));
            assert!(chain.malformed.is_some());
        }
    }

    #[test]
    fn an_ah_shorter_than_its_fixed_fields_is_named() {
        let bytes = [ah(50, 7), vec![0xc0, 0, 0, 1, 0, 0, 0, 9]].concat();
        let (mut short, mut fixed) = (bytes.clone(), bytes);
        // One without an integrity check value is whole.
        (short[1], fixed[1]) = (0, 1);
        for is_v4 in [true, false] {
            let follow = if is_v4 { Chain::of_ipv4 } else { Chain::of_ipv6 };
            let chain = follow(ah::PROTOCOL, &short, 34);
            assert_eq!((chain.protocol, chain.offset), (ah::PROTOCOL, 34));
            assert_eq!((chain.ah, chain.ah_offset), (Some(ah::Header { spi: 7, sequence: 9 }), 34));
            let why = chain.malformed.unwrap().to_string();
            assert!(why.ends_with(" AH length at byte 35 needs 12, has 8"), "{why}");
            let chain = follow(ah::PROTOCOL, &fixed, 34);
            assert_eq!((chain.protocol, chain.offset, chain.malformed), (50, 46, None));
        }
    }

    #[test]
    fn a_fragment_ends_the_chain_and_an_atomic_one_does_not() {
        let later = Chain::of_ipv6(FRAGMENT, &[ah::PROTOCOL, 0, 0, 0x08, 0, 0, 0, 1, 9, 9], 54);
        assert_eq!((later.protocol, later.payload), (ah::PROTOCOL, &[9, 9][..]));
        assert_eq!(later.fragment, Some(Fragment { position: 0x08, more: false, id: 1 }));
        let atomic = Chain::of_ipv6(FRAGMENT, &[17, 0, 0, 0, 0, 0, 0, 1, 9, 9], 54);
        assert_eq!((atomic.protocol, atomic.fragment), (17, None));
    }

    #[test]
    fn a_header_that_is_not_whole_is_named() {
        let chain = Chain::of_ipv6(ROUTING, &[17, 3, 0, 0, 0, 0, 0, 0], 54);
        assert_eq!(chain.protocol, ROUTING);
        assert_eq!(chain.malformed.unwrap().to_string(), "ipv6 extension header at byte 54 needs 32, has 8");
    }

    #[test]
    fn ipv4_knows_ah_alone() {
        assert_eq!(Chain::of_ipv4(ROUTING, &[17, 0, 0, 0, 0, 0, 0, 0], 34).protocol, ROUTING);
    }
}
