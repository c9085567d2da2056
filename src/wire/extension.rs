//! The headers between IP and its payload: IPv6 extension headers (RFC 8200 §4) and AH (RFC 4302).
//!
//! ```text
//! hop-by-hop (0), routing (43), destination options (60)   next, length in 8 bytes beyond the first 8
//! fragment (44)                                            next, 0, offset and M bit, identification
//! AH (51)                                                  next, length in 4 bytes beyond the first 8
//! ```
//!
//! ESP ends the chain, since what follows it is encrypted. IPv4 knows AH alone.

use super::bytes::{Malformed, Reader};

/// IP protocol number of AH.
pub const AH: u8 = 51;

/// Where a chain of headers leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain<'a> {
    /// The protocol after the headers that could be read.
    pub protocol: u8,
    /// Whether the payload is one fragment of several; the chain is not followed into it.
    pub fragment: bool,
    /// Whether AH was among the headers.
    pub authenticated: bool,
    /// What follows the headers.
    pub payload: &'a [u8],
    /// Where that begins, in bytes from the start of the frame.
    pub offset: usize,
    /// The header that could not be read, if any.
    pub malformed: Option<Malformed>,
}

impl<'a> Chain<'a> {
    /// Follows the headers of an IPv4 packet: `bytes` come after its header, `base` bytes into the frame.
    pub fn of_ipv4(protocol: u8, bytes: &'a [u8], base: usize) -> Self {
        Self::follow(protocol, Reader::new("ipv4", bytes, base), |protocol| protocol == AH)
    }

    /// Follows the headers of an IPv6 packet: `bytes` come after its header, `base` bytes into the frame.
    pub fn of_ipv6(protocol: u8, bytes: &'a [u8], base: usize) -> Self {
        let is_extension = |protocol| matches!(protocol, HOP_BY_HOP | ROUTING | FRAGMENT | AH | DESTINATION);
        Self::follow(protocol, Reader::new("ipv6", bytes, base), is_extension)
    }

    fn follow(protocol: u8, mut reader: Reader<'a>, is_extension: impl Fn(u8) -> bool) -> Self {
        let mut chain = Self {
            protocol,
            fragment: false,
            authenticated: false,
            payload: &[],
            offset: 0,
            malformed: None,
        };
        while is_extension(chain.protocol) && !chain.fragment && chain.malformed.is_none() {
            chain.malformed = chain.step(&mut reader).err();
        }
        chain.payload = reader.rest();
        chain.offset = reader.offset();
        chain
    }

    /// Reads one header; the reader stands where it stood when the header is not whole.
    fn step(&mut self, reader: &mut Reader<'a>) -> Result<(), Malformed> {
        let mut ahead = reader.clone();
        let (what, minimum) = if self.protocol == AH { ("AH", AH_MIN) } else { ("extension header", 8) };
        let (next, length) = (ahead.u8(what)?, ahead.u8(what)?);
        let size = match self.protocol {
            AH => (usize::from(length) + 2) * 4,
            FRAGMENT => 8,
            _ => (usize::from(length) + 1) * 8,
        };
        let header = reader.take(what, size.max(minimum))?;
        self.authenticated |= self.protocol == AH;
        if self.protocol == FRAGMENT {
            self.fragment = is_fragment(header);
        }
        self.protocol = next;
        Ok(())
    }
}

/// Whether a fragment header has an offset or announces more; an "atomic fragment" (RFC 6946) has neither.
fn is_fragment(header: &[u8]) -> bool {
    matches!(header, [_, _, high, low, ..] if u16::from_be_bytes([*high, *low]) & 0xfff9 != 0)
}

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const DESTINATION: u8 = 60;

/// AH without an integrity check value: its fixed fields.
const AH_MIN: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_ipv6_headers_and_ah_up_to_esp() {
        let mut bytes = vec![DESTINATION, 0, 0, 0, 0, 0, 0, 0, AH, 0, 0, 0, 0, 0, 0, 0];
        bytes.extend([50, 4]);
        bytes.extend([0; 22]);
        bytes.extend([1, 2, 3, 4]);
        let chain = Chain::of_ipv6(HOP_BY_HOP, &bytes, 54);
        assert_eq!((chain.protocol, chain.authenticated, chain.fragment), (50, true, false));
        assert_eq!((chain.payload, chain.offset), (&[1, 2, 3, 4][..], 94));
    }

    #[test]
    fn a_fragment_ends_the_chain_and_an_atomic_one_does_not() {
        let later = Chain::of_ipv6(FRAGMENT, &[AH, 0, 0, 0x08, 0, 0, 0, 1, 9, 9], 54);
        assert_eq!((later.protocol, later.fragment, later.payload), (AH, true, &[9, 9][..]));
        let atomic = Chain::of_ipv6(FRAGMENT, &[17, 0, 0, 0, 0, 0, 0, 1, 9, 9], 54);
        assert_eq!((atomic.protocol, atomic.fragment), (17, false));
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
