//! Ethernet frames with right lengths and checksums: IPv4 with UDP, TCP or ESP, HSRP version 1, ARP.

use std::net::Ipv4Addr;

/// The shortest frame that Ethernet carries, in bytes without the checksum.
pub(crate) const SHORTEST: usize = 60;
/// Bytes of the headers in front of an ESP payload: Ethernet, IPv4, SPI and sequence number.
pub(crate) const ESP_HEADERS: usize = 14 + 20 + 8;
/// Bytes of the headers in front of a UDP payload.
pub(crate) const UDP_HEADERS: usize = 14 + 20 + 8;
/// Bytes of the headers in front of a TCP payload.
pub(crate) const TCP_HEADERS: usize = 14 + 20 + 20;

const ESP: u8 = 50;
const TCP: u8 = 6;
const UDP: u8 = 17;
const HSRP_PORT: u16 = 1985;
const ALL_ROUTERS: (Mac, Ipv4Addr) = (Mac([0x01, 0, 0x5e, 0, 0, 0x02]), Ipv4Addr::new(224, 0, 0, 2));

/// A MAC address.
#[derive(Clone, Copy)]
pub(crate) struct Mac(pub(crate) [u8; 6]);

impl Mac {
    pub(crate) const BROADCAST: Self = Self([0xff; 6]);

    /// The virtual MAC of an HSRP version 1 group.
    pub(crate) fn of_group(group: u8) -> Self {
        Self([0, 0, 0x0c, 0x07, 0xac, group])
    }
}

/// Who sends a frame to whom.
#[derive(Clone, Copy)]
pub(crate) struct Ends {
    pub(crate) src_mac: Mac,
    pub(crate) dst_mac: Mac,
    pub(crate) src: Ipv4Addr,
    pub(crate) dst: Ipv4Addr,
}

/// What an HSRP version 1 message says.
#[derive(Clone, Copy)]
pub(crate) struct Hsrp {
    /// 0 hello, 1 coup, 2 resign.
    pub(crate) opcode: u8,
    /// 4 speak, 8 standby, 16 active.
    pub(crate) state: u8,
    pub(crate) priority: u8,
    pub(crate) group: u8,
    pub(crate) virtual_address: Ipv4Addr,
}

/// An HSRP version 1 message with the default timers and password.
pub(crate) fn hsrp(out: &mut Vec<u8>, src_mac: Mac, src: Ipv4Addr, message: Hsrp) {
    let ends = Ends { src_mac, dst_mac: ALL_ROUTERS.0, src, dst: ALL_ROUTERS.1 };
    let mut payload = [0, message.opcode, message.state, 3, 10, message.priority, message.group, 0].to_vec();
    payload.extend_from_slice(b"cisco\0\0\0");
    payload.extend_from_slice(&message.virtual_address.octets());
    ipv4(out, ends, UDP, 1, 0, |out| udp_payload(out, ends, HSRP_PORT, HSRP_PORT, &payload));
}

/// An ESP packet; `payload` stands for everything behind the sequence number.
pub(crate) fn esp(out: &mut Vec<u8>, ends: Ends, id: u16, spi: u32, sequence: u32, payload: &[u8]) {
    ipv4(out, ends, ESP, 64, id, |out| {
        out.extend_from_slice(&spi.to_be_bytes());
        out.extend_from_slice(&sequence.to_be_bytes());
        out.extend_from_slice(payload);
    });
}

/// A UDP datagram.
pub(crate) fn udp(out: &mut Vec<u8>, ends: Ends, id: u16, ports: (u16, u16), payload: &[u8]) {
    ipv4(out, ends, UDP, 64, id, |out| udp_payload(out, ends, ports.0, ports.1, payload));
}

/// A TCP segment with ACK and PSH set and a window of 65,535.
pub(crate) fn tcp(
    out: &mut Vec<u8>,
    ends: Ends,
    id: u16,
    ports: (u16, u16),
    numbers: (u32, u32),
    payload: &[u8],
) {
    ipv4(out, ends, TCP, 64, id, |out| {
        let start = out.len();
        out.extend_from_slice(&ports.0.to_be_bytes());
        out.extend_from_slice(&ports.1.to_be_bytes());
        out.extend_from_slice(&numbers.0.to_be_bytes());
        out.extend_from_slice(&numbers.1.to_be_bytes());
        out.extend_from_slice(&[0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
        out.extend_from_slice(payload);
        let sum = transport_checksum(&out[start..], ends, TCP);
        out[start + 16..start + 18].copy_from_slice(&sum.to_be_bytes());
    });
}

/// An ARP message; gratuitous when both addresses are the same. `operation`: 1 request, 2 reply.
pub(crate) fn arp(out: &mut Vec<u8>, operation: u8, ends: Ends) {
    out.clear();
    ethernet(out, ends, 0x0806);
    out.extend_from_slice(&[0, 1, 0x08, 0, 6, 4, 0, operation]);
    out.extend_from_slice(&ends.src_mac.0);
    out.extend_from_slice(&ends.src.octets());
    let target = if operation == 1 { [0; 6] } else { ends.dst_mac.0 };
    out.extend_from_slice(&target);
    out.extend_from_slice(&ends.dst.octets());
    pad(out);
}

/// Replaces `out` by an IPv4 frame whose payload `write` appends.
fn ipv4(out: &mut Vec<u8>, ends: Ends, protocol: u8, ttl: u8, id: u16, write: impl FnOnce(&mut Vec<u8>)) {
    out.clear();
    ethernet(out, ends, 0x0800);
    let start = out.len();
    out.extend_from_slice(&[0x45, 0, 0, 0]);
    out.extend_from_slice(&id.to_be_bytes());
    out.extend_from_slice(&[0x40, 0, ttl, protocol, 0, 0]);
    out.extend_from_slice(&ends.src.octets());
    out.extend_from_slice(&ends.dst.octets());
    write(out);
    let length = length_of(&out[start..]);
    out[start + 2..start + 4].copy_from_slice(&length.to_be_bytes());
    let checksum = fold(sum(&out[start..start + 20]));
    out[start + 10..start + 12].copy_from_slice(&checksum.to_be_bytes());
    pad(out);
}

fn ethernet(out: &mut Vec<u8>, ends: Ends, ether_type: u16) {
    out.extend_from_slice(&ends.dst_mac.0);
    out.extend_from_slice(&ends.src_mac.0);
    out.extend_from_slice(&ether_type.to_be_bytes());
}

fn udp_payload(out: &mut Vec<u8>, ends: Ends, src_port: u16, dst_port: u16, payload: &[u8]) {
    let start = out.len();
    out.extend_from_slice(&src_port.to_be_bytes());
    out.extend_from_slice(&dst_port.to_be_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
    let length = length_of(&out[start..]);
    out[start + 4..start + 6].copy_from_slice(&length.to_be_bytes());
    // A checksum of zero would say that there is none.
    let checksum = match transport_checksum(&out[start..], ends, UDP) {
        0 => 0xffff,
        checksum => checksum,
    };
    out[start + 6..start + 8].copy_from_slice(&checksum.to_be_bytes());
}

fn pad(out: &mut Vec<u8>) {
    if out.len() < SHORTEST {
        out.resize(SHORTEST, 0);
    }
}

/// Checksum of a UDP or TCP message with its pseudo-header, the checksum field being zero.
fn transport_checksum(message: &[u8], ends: Ends, protocol: u8) -> u16 {
    let length = u64::from(length_of(message));
    let header = sum(&ends.src.octets()) + sum(&ends.dst.octets()) + u64::from(protocol) + length;
    fold(header + sum(message))
}

/// Sum of the 16-bit words; an odd last byte counts as the high half of one.
fn sum(bytes: &[u8]) -> u64 {
    let words = bytes.chunks_exact(2);
    let odd = words.remainder().first().map_or(0, |byte| u64::from(*byte) << 8);
    odd + words.map(|word| u64::from(u16::from_be_bytes([word[0], word[1]]))).sum::<u64>()
}

/// The ones' complement of a sum folded to 16 bits.
fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).expect("folded to 16 bits above")
}

fn length_of(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).expect("a crafted packet is far below 64 KiB")
}
