//! A packet in clear from a gateway or to one, before it is folded.

use std::hash::{Hash, Hasher};
use std::net::IpAddr;

use crate::decode::{Network, Packet, Stop, Unrelated};
use crate::wire::mac::MacAddr;
use crate::wire::{ah, esp, icmp};

use super::place::{Segment, hash_ends};

/// A packet in clear.
pub(super) struct ClearPacket {
    pub(super) conversation: Conversation,
    pub(super) ports: Option<(u16, u16)>,
    pub(super) identification: Option<u16>,
}

/// What the packets of one conversation share.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Conversation {
    pub(super) src: IpAddr,
    pub(super) dst: IpAddr,
    pub(super) protocol: u8,
    pub(super) src_mac: MacAddr,
    pub(super) dst_mac: MacAddr,
    pub(super) segment: Segment,
}

impl ClearPacket {
    /// That of a packet between these MACs that may be traffic which a gateway forwards: of no protocol of ours, and of
    /// none that its sender speaks for itself alone.
    pub(super) fn of(
        segment: Segment,
        packet: &Packet<'_>,
        (src_mac, dst_mac): (MacAddr, MacAddr),
    ) -> Option<Self> {
        let Network { src, dst, protocol, identification, .. } = packet.network?;
        let is_protected = packet.ah.is_some() || matches!(protocol, esp::PROTOCOL | ah::PROTOCOL);
        let tells = match packet.stop {
            Some(Stop::Unrelated(Unrelated::Icmp(version, kind))) => !icmp::is_of_routers(version, kind),
            Some(Stop::Unrelated(_) | Stop::Fragment(_)) => packet.message.is_none(),
            _ => false,
        };
        if is_protected || !tells || !is_forwarded(src) || !is_forwarded(dst) {
            return None;
        }
        let conversation = Conversation { src, dst, protocol, src_mac, dst_mac, segment };
        Some(Self { conversation, ports: packet.ports, identification })
    }
}

impl Conversation {
    /// Whether it is told however many there are: between private addresses, or SCTP, which routers copy their state
    /// with.
    pub(super) const fn is_remembered(&self) -> bool {
        self.protocol == SCTP || (is_private(self.src) && is_private(self.dst))
    }
}

impl Hash for Conversation {
    /// Feeds all of it, in whole words: this hash is taken for every packet.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { src, dst, protocol, src_mac, dst_mac, segment } = *self;
        hash_ends(src, dst, state);
        (src_mac, dst_mac).hash(state);
        segment.hash(state);
        state.write_u64(protocol.into());
    }
}

/// Whether no public network routes an address: RFC 1918, RFC 4193.
pub(super) const fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

/// Whether routers forward packets from or to an address: it is one host's, and not of the link alone.
const fn is_forwarded(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(it) => {
            !(it.is_unspecified()
                || it.is_loopback()
                || it.is_link_local()
                || it.is_multicast()
                || it.is_broadcast())
        }
        IpAddr::V6(it) => {
            !(it.is_unspecified() || it.is_loopback() || it.is_unicast_link_local() || it.is_multicast())
        }
    }
}

/// IP protocol number of SCTP.
pub const SCTP: u8 = 132;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::SeriesId;
    use crate::decode::Link;

    #[test]
    fn what_stays_on_the_link_or_is_sent_by_routers_themselves_is_none() {
        let of = |src: &str, dst: &str, stop| {
            let network = Network {
                src: src.parse().unwrap(),
                dst: dst.parse().unwrap(),
                protocol: 1,
                ttl: 1,
                identification: None,
                fragment: false,
            };
            let packet = Packet { network: Some(network), stop: Some(stop), ..Packet::default() };
            let segment = Segment::of(SeriesId(0), 0, &Link::default());
            ClearPacket::of(segment, &packet, (MacAddr([2; 6]), MacAddr([4; 6]))).is_some()
        };
        let echo = Stop::Unrelated(Unrelated::Icmp(4, 8));
        assert!(of("10.1.0.10", "10.2.0.10", echo.clone()));
        assert!(!of("10.1.0.10", "224.0.0.5", echo.clone()));
        assert!(!of("fe80::1", "fd00::1", echo));
        assert!(!of("10.1.0.2", "10.2.0.10", Stop::Unrelated(Unrelated::Icmp(4, 11))));
        assert!(!of("10.1.0.2", "10.2.0.10", Stop::LinkType(1)));
    }
}
