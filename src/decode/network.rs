//! The IP layer: addresses, and the payload within the bounds that its own length sets.
//!
//! A length that exceeds what was captured, or is 0 as segmentation offload leaves it, does not stop the decoder: then
//! the payload is what there is.

use std::net::IpAddr;

use etherparse::err::{ipv4, ipv6};
use etherparse::{LaxIpv4Slice, LaxIpv6Slice};

use crate::wire::bytes::Malformed;
use crate::wire::extension::Chain;

use super::packet::{Ah, Fragment, Network, Packet, Stop};

/// What an IP packet carries.
pub(super) struct Payload<'a> {
    /// Its addresses and protocol.
    pub(super) network: Network,
    /// Whether AH comes before it.
    pub(super) authenticated: bool,
    /// Its captured bytes, without padding behind the packet.
    pub(super) bytes: &'a [u8],
    /// Where it begins, in bytes from the start of the frame.
    pub(super) base: usize,
    /// Its length on the wire in bytes.
    pub(super) wire_len: usize,
}

/// Reads an IPv4 packet that begins `base` bytes into the frame, in what ends at `end` on the wire; network and AH of
/// `packet` are filled as soon as they are known.
pub(super) fn ipv4<'a>(
    end: usize,
    bytes: &'a [u8],
    base: usize,
    packet: &mut Packet<'_>,
) -> Result<Payload<'a>, Stop> {
    let (slice, _) =
        LaxIpv4Slice::from_slice(bytes).map_err(|error| Stop::Malformed(bad_ipv4(error, base)))?;
    let header = slice.header();
    let header_len = header.slice().len();
    let mut found = Network {
        src: IpAddr::V4(header.source_addr()),
        dst: IpAddr::V4(header.destination_addr()),
        protocol: header.protocol().0,
        ttl: header.ttl(),
        identification: Some(header.identification()),
        fragment: header.is_fragmenting_payload(),
    };
    packet.network = Some(found);
    let claimed = payload_length(header.total_len().into(), header_len, base)?;
    let (bytes, wire_len) = bound(end, bytes, base, header_len, claimed);
    if found.fragment {
        return Err(Stop::Fragment(Fragment {
            id: header.identification().into(),
            position: header.fragments_offset().byte_offset().into(),
            more: header.more_fragments(),
            start: base + header_len,
            captured: bytes.len(),
            wire_len,
            ike: None,
        }));
    }
    let chain = Chain::of_ipv4(found.protocol, bytes, base + header_len);
    found.protocol = chain.protocol;
    packet.network = Some(found);
    payload(found, chain, base + header_len, wire_len, &mut packet.ah)
}

/// Reads an IPv6 packet that begins `base` bytes into the frame, in what ends at `end` on the wire; network and AH of
/// `packet` are filled as soon as they are known.
pub(super) fn ipv6<'a>(
    end: usize,
    bytes: &'a [u8],
    base: usize,
    packet: &mut Packet<'_>,
) -> Result<Payload<'a>, Stop> {
    let (slice, _) =
        LaxIpv6Slice::from_slice(bytes).map_err(|error| Stop::Malformed(bad_ipv6(error, base)))?;
    let header = slice.header();
    let header_len = header.header_len();
    // Length 0 is a jumbogram or was left to the network card.
    let claimed = Some(usize::from(header.payload_length())).filter(|&length| length != 0);
    let (bytes, wire_len) = bound(end, bytes, base, header_len, claimed);
    // The lax slice follows extension headers even into a later fragment, hence an own walk.
    let chain = Chain::of_ipv6(header.next_header().0, bytes, base + header_len);
    let found = Network {
        src: IpAddr::V6(header.source_addr()),
        dst: IpAddr::V6(header.destination_addr()),
        protocol: chain.protocol,
        ttl: header.hop_limit(),
        identification: None,
        fragment: chain.fragment.is_some(),
    };
    packet.network = Some(found);
    if let Some(fragment) = chain.fragment {
        return Err(Stop::Fragment(Fragment {
            id: fragment.id,
            position: fragment.position.into(),
            more: fragment.more,
            start: chain.offset,
            captured: chain.payload.len(),
            wire_len: wire_len.saturating_sub(chain.offset.saturating_sub(base + header_len)),
            ike: None,
        }));
    }
    payload(found, chain, base + header_len, wire_len, &mut packet.ah)
}

/// What an IP packet carries whose payload was put together from fragments: `bytes` of the `wire_len` there were.
/// Offsets count from its first byte. `network` is that of a fragment, and becomes that of the whole.
pub(super) fn whole<'a>(
    bytes: &'a [u8],
    wire_len: usize,
    network: &mut Network,
    outermost: &mut Option<Ah>,
) -> Result<Payload<'a>, Stop> {
    let chain = match network.src {
        IpAddr::V4(_) => Chain::of_ipv4(network.protocol, bytes, 0),
        IpAddr::V6(_) => Chain::of_ipv6(network.protocol, bytes, 0),
    };
    (network.protocol, network.fragment) = (chain.protocol, false);
    payload(*network, chain, 0, wire_len, outermost)
}

/// What the total length of an IPv4 packet leaves behind a header of `header_len` bytes; `None` where it is 0, as what is
/// left to the network card has it.
fn payload_length(total: usize, header_len: usize, base: usize) -> Result<Option<usize>, Malformed> {
    let offset = base + TOTAL_LENGTH;
    let short = Malformed { layer: "ipv4", what: "total length", offset, need: header_len, have: total };
    if total == 0 { Ok(None) } else { total.checked_sub(header_len).ok_or(short).map(Some) }
}

/// What follows an IP header of `header_len` bytes: the captured bytes, and how many there were on the wire.
///
/// `claimed` is the header's own word for that; without one everything up to `end` counts.
fn bound(end: usize, bytes: &[u8], base: usize, header_len: usize, claimed: Option<usize>) -> (&[u8], usize) {
    let rest = bytes.get(header_len..).unwrap_or_default();
    let to_end = end.saturating_sub(base + header_len);
    let wire_len = claimed.unwrap_or(to_end.max(rest.len()));
    (rest.get(..wire_len).unwrap_or(rest), wire_len)
}

/// What the chain leads to, unless a header of it was not whole. Keeps the AH in it, inside no other.
fn payload<'a>(
    network: Network,
    chain: Chain<'a>,
    chain_start: usize,
    wire_len: usize,
    outermost: &mut Option<Ah>,
) -> Result<Payload<'a>, Stop> {
    let left_at = |offset: usize| wire_len.saturating_sub(offset.saturating_sub(chain_start));
    if let Some(header) = chain.ah {
        let length = u32::try_from(left_at(chain.ah_offset)).unwrap_or(u32::MAX);
        outermost.get_or_insert(Ah { header, src: network.src, dst: network.dst, length });
    }
    match chain.malformed {
        Some(malformed) => Err(Stop::Malformed(malformed)),
        None => Ok(Payload {
            network,
            authenticated: chain.ah.is_some(),
            bytes: chain.payload,
            base: chain.offset,
            wire_len: left_at(chain.offset),
        }),
    }
}

fn bad_ipv4(error: ipv4::HeaderSliceError, base: usize) -> Malformed {
    use ipv4::{HeaderError, HeaderSliceError};
    let (what, need, have) = match error {
        HeaderSliceError::Len(error) => ("header", error.required_len, error.len),
        HeaderSliceError::Content(HeaderError::UnexpectedVersion { version_number }) => {
            ("version", 4, version_number.into())
        }
        HeaderSliceError::Content(HeaderError::HeaderLengthSmallerThanHeader { ihl }) => {
            ("header length", 20, usize::from(ihl) * 4)
        }
    };
    Malformed { layer: "ipv4", what, offset: base, need, have }
}

fn bad_ipv6(error: ipv6::HeaderSliceError, base: usize) -> Malformed {
    use ipv6::{HeaderError, HeaderSliceError};
    let (what, need, have) = match error {
        HeaderSliceError::Len(error) => ("header", error.required_len, error.len),
        HeaderSliceError::Content(HeaderError::UnexpectedVersion { version_number }) => {
            ("version", 6, version_number.into())
        }
    };
    Malformed { layer: "ipv6", what, offset: base, need, have }
}

/// Where the total length stands in an IPv4 header.
const TOTAL_LENGTH: usize = 2;
