//! Other addresses: every IP address and MAC that stands for one host is another one, wherever it is told, and the
//! checksums over them are as right or wrong as before.
//!
//! The new addresses have the order of the old ones, by which some protocols break ties. Groups of hosts, addresses of
//! the link alone and virtual MACs keep their ranges, which mean something.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::common::read::Owned;

/// What an address becomes.
pub(super) fn address(old: IpAddr) -> IpAddr {
    match old {
        IpAddr::V4(old) => IpAddr::V4(v4(old)),
        IpAddr::V6(old) => IpAddr::V6(v6(old)),
    }
}

fn v4(old: Ipv4Addr) -> Ipv4Addr {
    let stays = old.is_multicast() || old.is_broadcast() || old.is_unspecified();
    if stays { old } else { Ipv4Addr::from_bits(old.to_bits() + 0x0503_0100) }
}

fn v6(old: Ipv6Addr) -> Ipv6Addr {
    let stays = old.is_multicast() || old.is_unspecified();
    let step = if old.is_unicast_link_local() { 0x0101_0000 } else { 7 << 80 };
    if stays { old } else { Ipv6Addr::from_bits(old.to_bits() + step) }
}

fn mac(old: [u8; 6]) -> [u8; 6] {
    let stays = old[0] & 1 == 1 || sagap::wire::mac::MacAddr(old).virtual_mac().is_some() || old == [0; 6];
    let [first, second, third, rest @ ..] = old;
    if stays { old } else { [first, second ^ 0x44, third ^ 0x11, rest[0], rest[1], rest[2]] }
}

/// The frames with other addresses.
pub(super) fn renumbered(frames: &[Owned]) -> Vec<Owned> {
    let mut hosts = Hosts::default();
    for frame in frames {
        hosts.learn(&frame.bytes);
    }
    let renumber = |frame: &Owned| Owned { bytes: hosts.renumber(&frame.bytes), ..frame.clone() };
    frames.iter().map(renumber).collect()
}

/// The addresses that stand in the headers of a recording, and what becomes of each, as bytes.
#[derive(Default)]
struct Hosts(BTreeMap<Vec<u8>, Vec<u8>>);

/// Where the parts of a frame begin.
#[derive(Clone, Copy)]
struct Parts {
    kind: u16,
    /// Of the network layer.
    network: usize,
    /// Of what that carries.
    payload: usize,
    /// IP protocol; 0 where it is a later fragment, or not IP.
    protocol: u8,
}

const ARP: u16 = 0x0806;
const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
const ICMP: u8 = 1;
const UDP: u8 = 17;
const ICMPV6: u8 = 58;
const VRRP: u8 = 112;

impl Hosts {
    fn learn(&mut self, frame: &[u8]) {
        let parts = Parts::of(frame);
        self.learn_mac(&frame[..6]);
        self.learn_mac(&frame[6..12]);
        let bytes = &frame[parts.network..];
        match parts.kind {
            ARP => [14, 24].iter().for_each(|&at| self.learn_ip(&bytes[at..at + 4])),
            IPV4 => [12, 16].iter().for_each(|&at| self.learn_ip(&bytes[at..at + 4])),
            IPV6 => [8, 24].iter().for_each(|&at| self.learn_ip(&bytes[at..at + 16])),
            _ => {}
        }
    }

    fn learn_mac(&mut self, bytes: &[u8]) {
        let old: [u8; 6] = bytes.try_into().expect("six bytes");
        self.add(&old, &mac(old));
    }

    fn learn_ip(&mut self, bytes: &[u8]) {
        if let Ok(old) = <[u8; 4]>::try_from(bytes) {
            self.add(&old, &v4(old.into()).octets());
        } else if let Ok(old) = <[u8; 16]>::try_from(bytes) {
            self.add(&old, &v6(old.into()).octets());
        }
    }

    fn add(&mut self, old: &[u8], new: &[u8]) {
        if old != new {
            self.0.insert(old.to_vec(), new.to_vec());
        }
    }

    fn renumber(&self, frame: &[u8]) -> Vec<u8> {
        let parts = Parts::of(frame);
        let Parts { network, payload, protocol, .. } = parts;
        // What is encrypted, or of no interest, has no address in it, but may have the same bytes.
        let end = if parts.tells_addresses(frame) { frame.len() } else { payload };
        let mut new = frame.to_vec();
        let mut at = 0;
        while at < end {
            let found = [16, 6, 4].into_iter().find_map(|length| {
                let old = frame.get(at..at + length).filter(|_| at + length <= end)?;
                self.0.get(old)
            });
            if let Some(found) = found {
                new[at..at + found.len()].copy_from_slice(found);
            }
            at += found.map_or(1, Vec::len);
        }
        if parts.kind == IPV4 {
            adjust(&mut new, network + 10, &[(frame, network, payload)]);
        }
        let (addresses, rest) = ((frame, network, payload), (frame, payload, frame.len()));
        match protocol {
            UDP => adjust(&mut new, payload + 6, &[addresses, rest]),
            ICMPV6 => adjust(&mut new, payload + 2, &[addresses, rest]),
            ICMP => adjust(&mut new, payload + 2, &[rest]),
            // Version 3 covers the addresses too (RFC 9568 §5.2.8).
            VRRP if frame[payload] >> 4 == 3 => adjust(&mut new, payload + 6, &[addresses, rest]),
            VRRP => adjust(&mut new, payload + 6, &[rest]),
            _ => {}
        }
        new
    }
}

impl Parts {
    fn of(frame: &[u8]) -> Self {
        let word = |at: usize| u16::from_be_bytes([frame[at], frame[at + 1]]);
        let network = if word(12) == 0x8100 { 18 } else { 14 };
        let kind = word(network - 2);
        let (payload, protocol) = match kind {
            IPV4 => {
                let is_first = word(network + 6).trailing_zeros() >= 13;
                let length = usize::from(frame[network] & 0x0f) * 4;
                (network + length, if is_first { frame[network + 9] } else { 0 })
            }
            IPV6 => {
                // Behind a hop-by-hop header in those of multicast listeners.
                let skipped = if frame[network + 6] == 0 { 8 } else { 0 };
                let next = if skipped == 0 { frame[network + 6] } else { frame[network + 40] };
                (network + 40 + skipped, next)
            }
            _ => (network, 0),
        };
        Self { kind, network, payload, protocol }
    }

    /// Whether its payload tells addresses in clear.
    fn tells_addresses(self, frame: &[u8]) -> bool {
        let port = |at: usize| u16::from_be_bytes([frame[self.payload + at], frame[self.payload + at + 1]]);
        match self.protocol {
            UDP => [1985, 2029, 3222].contains(&port(2)),
            ICMP | ICMPV6 | VRRP => true,
            _ => self.kind == ARP,
        }
    }
}

/// Changes the checksum at `field` by what changed in these parts of the old frame (RFC 1624), so that it stays as right
/// or wrong as it was. None is 0 in UDP.
fn adjust(new: &mut [u8], field: usize, parts: &[(&[u8], usize, usize)]) {
    let Some(&[high, low]) = new.get(field..field + 2).and_then(<[u8]>::first_chunk) else { return };
    let checksum = u16::from_be_bytes([high, low]);
    if checksum == 0 {
        return;
    }
    let mut sum = u32::from(!checksum);
    for &(old, from, to) in parts {
        for at in (from..to).step_by(2).filter(|&at| at != field) {
            let word =
                |bytes: &[u8]| u16::from_be_bytes([bytes[at], bytes.get(at + 1).copied().unwrap_or(0)]);
            sum += u32::from(!word(old)) + u32::from(word(new));
            sum = (sum & 0xffff) + (sum >> 16);
        }
    }
    sum = (sum & 0xffff) + (sum >> 16);
    let checksum = !u16::try_from(sum & 0xffff).expect("sixteen bits");
    new[field..field + 2].copy_from_slice(&checksum.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_checksum_stays_right() {
        let header = [0x45, 0, 0, 40, 0, 0, 0x40, 0, 0xff, 112, 0xd9, 0x0a, 192, 0, 2, 2, 224, 0, 0, 18];
        let frame = [&[1, 0, 0x5e, 0, 0, 18, 0, 0, 0x5e, 0, 1, 10, 8, 0][..], &header].concat();
        let sum = |bytes: &[u8]| {
            let words = bytes.chunks(2).map(|word| u32::from(word[0]) << 8 | u32::from(word[1]));
            words.fold(0, |sum, word| (sum + word) % 0xffff)
        };
        let right = {
            let mut frame = frame.clone();
            let missing = 0xffff - sum(&[&header[..10], &[0, 0], &header[12..]].concat());
            frame[24..26].copy_from_slice(&u16::try_from(missing).unwrap().to_be_bytes());
            frame
        };
        let mut hosts = Hosts::default();
        hosts.learn_ip(&[192, 0, 2, 2]);
        let new = hosts.renumber(&[&right[..], &[0; 20]].concat());
        assert_eq!(new[26..30], [197, 3, 3, 2]);
        assert_eq!(sum(&new[14..34]), 0);
    }
}
