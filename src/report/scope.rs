//! Which ARP packets and neighbour advertisements concern a gateway, told from the frames seen so far.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::decode::{Link, Message, Packet};
use crate::wire::{arp, hsrp, mac::MacAddr, neighbour};

/// The virtual addresses that the frames so far have named.
#[derive(Debug, Default)]
pub struct Scope {
    virtual_addresses: BTreeSet<IpAddr>,
}

impl Scope {
    /// Remembers the virtual addresses a packet names. Every packet must come by, in the order of the table's rows.
    pub fn observe(&mut self, packet: &Packet<'_>) {
        match &packet.message {
            Some(Message::Hsrp(hsrp)) => {
                let groups = hsrp.messages.iter().filter_map(|message| match message {
                    hsrp::Message::Group(group) => Some(&group.virtual_address),
                    hsrp::Message::Interface(_) => None,
                });
                groups.for_each(|&address| self.learn(address));
            }
            Some(Message::Vrrp(vrrp)) => vrrp.addresses.iter().for_each(|&address| self.learn(address)),
            Some(Message::Glbp(glbp)) => {
                glbp.hello.iter().for_each(|hello| self.learn(hello.virtual_address));
            }
            _ => {}
        }
    }

    fn learn(&mut self, address: IpAddr) {
        if !address.is_unspecified() && self.virtual_addresses.len() < LIMIT {
            self.virtual_addresses.insert(address);
        }
    }

    /// Whether an ARP packet announces its sender, concerns a virtual address, or comes from or goes to a virtual MAC.
    pub fn covers(&self, link: &Link, arp: &arp::Packet) -> bool {
        is_gratuitous(arp)
            || [arp.sender_ip, arp.target_ip].into_iter().any(|address| self.is_virtual(address.into()))
            || [Some(arp.sender_mac), Some(arp.target_mac)].into_iter().any(is_virtual_mac)
            || [link.src_mac, link.dst_mac].into_iter().any(is_virtual_mac)
    }

    /// The same for a neighbour advertisement.
    pub fn covers_neighbour(&self, link: &Link, said: &neighbour::Advertisement) -> bool {
        said.is_unsolicited()
            || self.is_virtual(said.target.into())
            || [said.target_mac, link.src_mac, link.dst_mac].into_iter().any(is_virtual_mac)
    }

    fn is_virtual(&self, address: IpAddr) -> bool {
        self.virtual_addresses.contains(&address)
    }
}

fn is_virtual_mac(mac: Option<MacAddr>) -> bool {
    mac.is_some_and(|mac| mac.virtual_mac().is_some())
}

/// Whether a request or reply announces its sender's own address.
pub(super) fn is_gratuitous(arp: &arp::Packet) -> bool {
    matches!(arp.operation, arp::REQUEST | arp::REPLY) && arp.is_gratuitous()
}

/// More groups than any capture has; beyond it a forged one could fill memory.
const LIMIT: usize = 65_536;

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTER: MacAddr = MacAddr([0xaa, 0xbb, 0xcc, 0, 1, 0]);

    fn request(sender_ip: [u8; 4], target_ip: [u8; 4]) -> arp::Packet {
        arp::Packet {
            operation: arp::REQUEST,
            sender_mac: ROUTER,
            sender_ip: sender_ip.into(),
            target_mac: MacAddr([0; 6]),
            target_ip: target_ip.into(),
        }
    }

    fn hello() -> Packet<'static> {
        let bytes = [0, 0, 16, 3, 10, 150, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1];
        let message = Some(Message::Hsrp(hsrp::Packet::parse(&bytes, 0).unwrap()));
        Packet { message, ..Packet::default() }
    }

    #[test]
    fn a_request_for_a_virtual_address_counts_from_its_first_hello_on() {
        let mut scope = Scope::default();
        let arp = request([192, 0, 2, 50], [192, 0, 2, 1]);
        assert!(!scope.covers(&Link::default(), &arp));
        scope.observe(&hello());
        assert!(scope.covers(&Link::default(), &arp));
        assert!(!scope.covers(&Link::default(), &request([192, 0, 2, 50], [192, 0, 2, 51])));
    }

    #[test]
    fn gratuitous_packets_and_virtual_macs_always_count() {
        let scope = Scope::default();
        assert!(scope.covers(&Link::default(), &request([192, 0, 2, 2], [192, 0, 2, 2])));
        let to_virtual = Link { dst_mac: Some(MacAddr([0, 0, 0x0c, 7, 0xac, 10])), ..Link::default() };
        assert!(scope.covers(&to_virtual, &request([192, 0, 2, 50], [192, 0, 2, 51])));
    }
}
