//! IPv4 without options, in one piece and right in an untagged Ethernet frame, as most of it is: ESP, and what this program
//! is not about. What is read of it here is what [`glimpse`](super::glimpse) shows of such a frame, for less.

use crate::wire::{esp, nat_t, tcp};

use super::glance::{Content, IPV4, UDP, udp};
use super::options::Options;
use super::packet::Unrelated;
use super::tcp::may_be_ours;

/// ESP in such a packet, as most frames of a VPN gateway are. Addresses stay where they are.
#[derive(Clone, Copy, Debug)]
pub struct PlainEsp {
    /// Sequence number.
    pub sequence: u32,
    /// Bytes of the ESP packet on the wire, its header included.
    pub length: u16,
    /// Identification of the IPv4 packet.
    pub identification: u16,
    /// TTL of the IPv4 packet.
    pub ttl: u8,
}

impl PlainEsp {
    /// Bytes of a frame that must be there.
    pub const NEEDS: usize = 42;
    /// The same where ESP is in UDP.
    pub const NEEDS_IN_UDP: usize = 50;
    /// Where source and destination address stand: 8 bytes. Behind them stands the SPI.
    pub const ADDRESSES: usize = 26;
    /// Where source and destination port of UDP stand: 4 bytes.
    pub const PORTS: usize = 34;
    /// Where the SPI stands where ESP is in UDP.
    pub const SPI_IN_UDP: usize = 42;

    /// That of a frame which begins so.
    #[inline]
    pub fn of(frame: &[u8; Self::NEEDS]) -> Option<Self> {
        let has_spi = word(frame, Self::ADDRESSES + 4) >> 32 != 0;
        (is_ipv4(frame) && has_spi && Self::is_of_flow(frame)).then(|| Self::read(frame))
    }

    /// That of a frame which begins so, where it is in UDP port 4500 (RFC 3948). Where the other port is one of another
    /// protocol, a glimpse leaves the frame to a closer look.
    #[inline]
    pub fn of_udp(frame: &[u8; Self::NEEDS_IN_UDP]) -> Option<Self> {
        let has_spi = word(frame, Self::SPI_IN_UDP) & 0xffff_ffff != 0;
        (is_ipv4(frame) && has_spi && Self::is_of_flow_in_udp(frame)).then(|| Self::read_in_udp(frame))
    }

    /// Whether a frame holds it, where the `EtherType` and the SPI are known to be those of one that does.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every frame")]
    pub fn is_of_flow(frame: &[u8; Self::NEEDS]) -> bool {
        let head = word(frame, IP);
        is_whole(head) && frame[PROTOCOL] == esp::PROTOCOL && total_of(head) >= IPV4_HEADER + ESP_HEADER
    }

    /// The same where it is in UDP.
    #[inline]
    pub fn is_of_flow_in_udp(frame: &[u8; Self::NEEDS_IN_UDP]) -> bool {
        let (head, udp) = (word(frame, IP), word(frame, Self::PORTS));
        let is_known = |port: u64| port & 0xffff == u64::from(nat_t::PORT.swap_bytes());
        let length = datagram_length(frame);
        is_whole(head)
            && frame[PROTOCOL] == UDP
            && (is_known(udp) || is_known(udp >> 16))
            && length >= UDP_HEADER + ESP_HEADER
            && total_of(head).checked_sub(IPV4_HEADER).is_some_and(|longest| length <= longest)
    }

    /// Reads it from a frame that holds it.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every frame")]
    pub fn read(frame: &[u8; Self::NEEDS]) -> Self {
        let length = total_of(word(frame, IP)).wrapping_sub(IPV4_HEADER);
        Self::with(frame, word(frame, Self::ADDRESSES + 8), length)
    }

    /// The same where it is in UDP.
    #[inline]
    pub fn read_in_udp(frame: &[u8; Self::NEEDS_IN_UDP]) -> Self {
        Self::with(frame, word(frame, Self::SPI_IN_UDP), datagram_length(frame).wrapping_sub(UDP_HEADER))
    }

    /// Of a frame, with the word of SPI and sequence number, and so many bytes of ESP.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every frame")]
    #[expect(clippy::cast_possible_truncation, reason = "fields of a word are taken")]
    fn with<const N: usize>(frame: &[u8; N], header: u64, length: u16) -> Self {
        let identification = ((word(frame, IP) >> 32) as u16).swap_bytes();
        let sequence = ((header >> 32) as u32).swap_bytes();
        Self { sequence, length, identification, ttl: frame.get(TTL).copied().unwrap_or_default() }
    }
}

/// What an Ethernet frame holds, where that is nothing this program is about and in such a packet.
#[inline]
pub fn plain_unrelated(frame: &[u8], options: &Options) -> Option<Unrelated> {
    let head: &[u8; PlainEsp::NEEDS] = frame.first_chunk()?;
    let ip = word(head, IP);
    if !is_ipv4(head) || !is_whole(ip) {
        return None;
    }
    let length = usize::from(total_of(ip).checked_sub(IPV4_HEADER)?);
    let payload = frame.get(IP + usize::from(IPV4_HEADER)..)?;
    let payload = payload.get(..length).unwrap_or(payload);
    match head[PROTOCOL] {
        tcp::PROTOCOL if !may_be_ours(payload, options) => Some(Unrelated::IpProtocol(tcp::PROTOCOL)),
        UDP => match udp(payload, length, options)? {
            (_, Content::Unrelated(kind)) => Some(kind),
            _ => None,
        },
        _ => None,
    }
}

/// Whether the `EtherType` of a frame is that of IPv4.
#[inline]
fn is_ipv4<const N: usize>(frame: &[u8; N]) -> bool {
    half_word(frame, IP - 2) == IPV4.swap_bytes()
}

/// Whether an IPv4 packet has no options, and neither an offset nor more fragments to come, by its first eight bytes.
#[inline(always)]
#[expect(clippy::inline_always, reason = "done for every frame")]
const fn is_whole(head: u64) -> bool {
    head & 0xff3f_0000_0000_00ff == 0x45
}

/// The total length of an IPv4 packet, by the same.
#[inline(always)]
#[expect(clippy::inline_always, reason = "done for every frame")]
#[expect(clippy::cast_possible_truncation, reason = "a field of a word is taken")]
const fn total_of(head: u64) -> u16 {
    ((head >> 16) as u16).swap_bytes()
}

/// Bytes of a UDP datagram, its header included.
#[inline]
fn datagram_length(frame: &[u8; PlainEsp::NEEDS_IN_UDP]) -> u16 {
    half_word(frame, PlainEsp::PORTS + 4).swap_bytes()
}

/// Eight bytes of a frame, the first one in the lowest bits.
#[inline]
fn word<const N: usize>(frame: &[u8; N], at: usize) -> u64 {
    frame.get(at..).and_then(<[u8]>::first_chunk).copied().map_or(0, u64::from_le_bytes)
}

/// Two bytes of a frame, the first one in the lower bits.
#[inline]
fn half_word<const N: usize>(frame: &[u8; N], at: usize) -> u16 {
    frame.get(at..).and_then(<[u8]>::first_chunk).copied().map_or(0, u16::from_le_bytes)
}

/// Where the IP header begins, and where TTL and protocol stand.
const IP: usize = 14;
const TTL: usize = 22;
const PROTOCOL: usize = 23;
const IPV4_HEADER: u16 = 20;
const UDP_HEADER: u16 = 8;
const ESP_HEADER: u16 = 8;
