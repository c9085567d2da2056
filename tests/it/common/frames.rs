//! Frames put together layer by layer, each function wrapping what it is given.

use proptest::sample::Index;
use sagap::capture::{Frame, FrameNumber, LinkType};
use sagap::time::Timestamp;
use sagap::wire::ah;

/// A whole frame of this link type.
pub(crate) fn frame(link_type: LinkType, bytes: &[u8]) -> Frame<'_> {
    let wire_len = u32::try_from(bytes.len()).expect("frames are small");
    let (number, time) = (FrameNumber(1), Timestamp::from_nanos(0));
    Frame { number, time, wire_len, interface: 0, link_type, bytes }
}

/// The first `captured` bytes of an Ethernet frame.
pub(crate) fn cut(bytes: &[u8], captured: usize) -> Frame<'_> {
    Frame { bytes: &bytes[..captured], ..frame(LinkType::ETHERNET, bytes) }
}

pub(crate) const SRC_MAC: [u8; 6] = [0xaa, 0xbb, 0xcc, 0, 1, 0];
pub(crate) const DST_MAC: [u8; 6] = [1, 0, 0x5e, 0, 0, 2];

pub(crate) fn ethernet(kind: u16, payload: &[u8]) -> Vec<u8> {
    [&DST_MAC[..], &SRC_MAC, &kind.to_be_bytes(), payload].concat()
}

/// What follows an `EtherType` that announces a VLAN tag.
pub(crate) fn tag(id: u16, kind: u16, payload: &[u8]) -> Vec<u8> {
    [&(id | 0x6000).to_be_bytes()[..], &kind.to_be_bytes(), payload].concat()
}

/// IPv4 from 192.0.2.2 to 198.51.100.9.
pub(crate) fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(20 + payload.len()).expect("packets are small").to_be_bytes();
    let mut bytes = vec![0x45, 0, length[0], length[1], 0x12, 0x34, 0, 0, 64, protocol, 0, 0];
    bytes.extend([192, 0, 2, 2, 198, 51, 100, 9]);
    bytes.extend(payload);
    bytes
}

/// IPv6 from `2001:db8::2` to `2001:db8::9`.
pub(crate) fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).expect("packets are small").to_be_bytes();
    let mut bytes = vec![0x60, 0, 0, 0, length[0], length[1], next, 64];
    for last in [2, 9] {
        bytes.extend([0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
    }
    bytes.extend(payload);
    bytes
}

/// A fragment of an IPv4 packet between the same two: `payload` belongs at `position`.
pub(crate) fn ipv4_fragment(id: u16, position: u32, more: bool, protocol: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = ipv4(protocol, payload);
    let field = u16::try_from(position / 8).expect("a packet has 64 KiB") | if more { 0x2000 } else { 0 };
    bytes[4..6].copy_from_slice(&id.to_be_bytes());
    bytes[6..8].copy_from_slice(&field.to_be_bytes());
    bytes
}

/// A fragment of an IPv6 packet between the same two.
pub(crate) fn ipv6_fragment(id: u32, position: u32, more: bool, next: u8, payload: &[u8]) -> Vec<u8> {
    let field = u16::try_from(position).expect("a packet has 64 KiB") | u16::from(more);
    let header = [&[next, 0][..], &field.to_be_bytes(), &id.to_be_bytes()].concat();
    ipv6(44, &[&header[..], payload].concat())
}

/// A hop-by-hop, routing or destination options header of eight bytes.
pub(crate) fn option_header(next: u8, payload: &[u8]) -> Vec<u8> {
    [&[next, 0, 1, 4, 0, 0, 0, 0], payload].concat()
}

/// AH with SPI 0x1000, sequence number 1 and a 12-byte integrity check value.
pub(crate) fn ah(next: u8, payload: &[u8]) -> Vec<u8> {
    ah_with(ah::Header { spi: 0x1000, sequence: 1 }, 3, next, payload)
}

/// AH whose integrity check value has this many words of 32 bits.
pub(crate) fn ah_with(header: ah::Header, icv_words: u8, next: u8, payload: &[u8]) -> Vec<u8> {
    let fixed = [&[next, icv_words + 1, 0, 0][..], &header.spi.to_be_bytes(), &header.sequence.to_be_bytes()];
    [&fixed.concat()[..], &vec![0xee; usize::from(icv_words) * 4], payload].concat()
}

pub(crate) fn udp(src: u16, dst: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + payload.len()).expect("datagrams are small");
    let head = [src, dst, length, 0].map(u16::to_be_bytes).concat();
    [&head[..], payload].concat()
}

/// A TCP segment with this sequence and acknowledgment number and these flags.
pub(crate) fn tcp(ports: (u16, u16), numbers: (u32, u32), flags: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = [ports.0.to_be_bytes(), ports.1.to_be_bytes()].concat();
    bytes.extend([numbers.0.to_be_bytes(), numbers.1.to_be_bytes()].concat());
    bytes.extend([0x60, flags, 0xff, 0xff, 0, 0, 0, 0, 1, 1, 1, 1]);
    bytes.extend(payload);
    bytes
}

/// ESP with SPI 0xc0000001, this sequence number, and 24 bytes more.
pub(crate) fn esp(sequence: u32) -> Vec<u8> {
    [&[0xc0, 0, 0, 1][..], &sequence.to_be_bytes(), &[0x5a; 24]].concat()
}

/// An `IKE_SA_INIT` request with an empty nonce payload.
pub(crate) fn ike() -> Vec<u8> {
    let mut bytes = vec![1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 40, 0x20, 34, 8];
    bytes.extend([0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0, 4]);
    bytes
}

/// An HSRP version 1 hello of the active router of group 10.
pub(crate) const HELLO: [u8; 20] =
    [0, 0, 16, 3, 10, 150, 10, 0, b'g', b'e', b'h', b'e', b'i', b'm', 0, 0, 192, 0, 2, 1];

/// A request of 192.0.2.2 for 192.0.2.1.
pub(crate) fn arp() -> Vec<u8> {
    let mut bytes = vec![0, 1, 8, 0, 6, 4, 0, 1];
    bytes.extend(SRC_MAC);
    bytes.extend([192, 0, 2, 2, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1]);
    bytes
}

/// Bytes of which some are changed, and that end early where they are cut.
pub(crate) fn changed(whole: &[u8], changes: Vec<(Index, u8)>, end: Index, is_cut: bool) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for (at, value) in changes {
        let at = at.index(bytes.len());
        bytes[at] = value;
    }
    if is_cut {
        bytes.truncate(end.index(bytes.len()));
    }
    bytes
}
