//! What neighbours say about addresses: ARP, and the neighbour advertisements of IPv6.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::observe::{ArpSighting, At, NeighbourSighting, Segment};
use crate::wire::arp;
use crate::wire::mac::MacAddr;

use super::super::event::{Event, EventKind};
use super::super::host::Host;
use super::super::subject::GroupKey;
use super::{Gateways, event, keys_of};

/// The ARP messages or neighbour advertisements of a segment.
#[derive(Clone, Default)]
pub(super) struct Neighbours {
    /// The last one.
    pub(super) last: Option<At>,
    /// The groups that failed over since.
    pub(super) awaited_by: BTreeSet<GroupKey>,
}

/// Who says that an address is at a MAC.
#[derive(Clone, Copy)]
pub(super) struct Announcement {
    pub(super) address: IpAddr,
    pub(super) mac: Option<MacAddr>,
    pub(super) src_mac: Option<MacAddr>,
    /// Whether nobody asked.
    pub(super) is_unasked: bool,
    /// Whether it asks where another address is, and names its own beside.
    pub(super) is_question: bool,
}

impl Gateways {
    /// Takes an ARP message: announcements of virtual addresses, and the MACs of known routers.
    pub(in crate::track) fn arp(
        &mut self,
        at: At,
        segment: Segment,
        arp: &ArpSighting,
        out: &mut Vec<Event>,
    ) {
        let sender = IpAddr::V4(arp.packet.sender_ip);
        let announcement = Announcement {
            address: sender,
            mac: Some(arp.packet.sender_mac),
            src_mac: arp.src_mac,
            is_unasked: arp.packet.is_gratuitous(),
            is_question: arp.packet.operation == arp::REQUEST && !arp.packet.is_gratuitous(),
        };
        self.announced(at, segment, announcement, out);
    }

    /// Takes a neighbour advertisement, which is to IPv6 what ARP is to IPv4.
    pub(in crate::track) fn neighbour(
        &mut self,
        at: At,
        segment: Segment,
        neighbour: &NeighbourSighting,
        out: &mut Vec<Event>,
    ) {
        let advertisement = &neighbour.advertisement;
        let announcement = Announcement {
            address: IpAddr::V6(advertisement.target),
            mac: advertisement.target_mac,
            src_mac: neighbour.src_mac,
            is_unasked: advertisement.is_unsolicited(),
            is_question: false,
        };
        self.announced(at, segment, announcement, out);
    }

    /// Learns from an announcement the MACs of known routers, and the virtual addresses that a group's virtual MAC
    /// stands for; tells those of virtual addresses that nobody asked for.
    ///
    /// What answers a question teaches no virtual address: a router that answers for hosts elsewhere (proxy ARP) does
    /// it with the virtual MAC.
    fn announced(&mut self, at: At, segment: Segment, said: Announcement, out: &mut Vec<Event>) {
        let Announcement { address, mac, src_mac, is_unasked, .. } = said;
        // Where there is no group, nobody asks.
        let Some(neighbours) = self.neighbours.get_mut(&(segment, address.is_ipv6())) else { return };
        neighbours.last = Some(at);
        while let Some(key) = neighbours.awaited_by.pop_first() {
            if let Some(group) = self.groups.get_mut(&key) {
                group.hear_set_backs(self.set_backs);
                group.note_neighbours(at);
            }
        }
        let virtual_mac = mac.and_then(MacAddr::virtual_mac);
        // Any group may learn its address from its virtual MAC; else it is a matter of those that know the address.
        let keys: Vec<GroupKey> = if is_unasked && virtual_mac.is_some() {
            self.groups.range(keys_of(segment)).map(|(&key, _)| key).collect()
        } else {
            self.by_address.get(&Host { address, segment }).into_iter().flatten().copied().collect()
        };
        // Where a mirror strips VLAN tags several groups have one MAC: then it tells nothing of whose the address is.
        let of_mac = |key: &GroupKey| {
            key.name.forwarder == 0
                && key.name.protocol.can_present(&address)
                && virtual_mac.is_some_and(|mac| key.name.has_mac(mac))
        };
        let is_sure = keys.iter().filter(|key| of_mac(key)).take(2).count() == 1;
        for key in &keys {
            let Some(group) = self.groups.get_mut(key) else { continue };
            group.hear_set_backs(self.set_backs);
            let of_router = mac.filter(|_| group.routers.contains_key(&address));
            let mut learnt = of_router.is_some_and(|mac| group.learn_mac_at(address, mac));
            let is_group = key.name.forwarder == 0;
            if is_unasked && is_sure && of_mac(key) {
                learnt |= group.learn_address(address);
            }
            if learnt {
                self.generation += 1;
                self.revision += 1;
                self.by_address.entry(Host { address, segment }).or_default().insert(*key);
                if let Some(mac) = mac {
                    self.by_mac.entry((mac, segment)).or_default().insert(*key);
                }
            }
            let is_ours = group.virtual_addresses.contains(&address);
            if is_ours {
                group.watch_announcement(at, &said);
            }
            if is_unasked && is_group && is_ours {
                let router = src_mac.and_then(|mac| group.router_by_mac(mac)).or(group.owner);
                let kind = match (address, mac) {
                    (IpAddr::V4(_), Some(mac)) => EventKind::GratuitousArp { address, mac },
                    (_, mac) => EventKind::NeighbourAdvertisement { address, mac },
                };
                out.push(event(*key, at, at.time, router, None, kind));
            }
        }
    }
}
