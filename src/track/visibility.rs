//! Whether the capture shows the frames of a router that go to one host alone.
//!
//! Hellos and ARP requests reach every port of a switch; what a router sends to one host, and what is sent to it, is
//! captured only where its port, or the other's, is mirrored. A router of which nothing but the former was captured may
//! have been silent, or be out of sight. ARP tells the two apart: who asks again and again had no answer, and who asks
//! once, for an address that is in use, had one. Where that answer is not in the capture, its port is not either.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use crate::observe::{ArpSighting, At, Segment};
use crate::time::Timestamp;
use crate::wire::arp;
use crate::wire::mac::MacAddr;

use super::gateway::Gateways;

/// Whether the capture shows the frames of a router that go to one host alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Visibility {
    /// There are such frames.
    Shown,
    /// There are none, and it is not known that there should be.
    #[default]
    Unknown,
    /// There are none, although this ARP request of the router or for its address had an answer.
    Hidden(At),
}

/// The routers of all segments: which of them are shown, and which ARP requests had answers that are not.
#[derive(Debug, Default)]
pub(super) struct Visible {
    shown: BTreeSet<(Segment, IpAddr)>,
    /// Requests without an answer so far, by who asked for what.
    asked: BTreeMap<(Segment, Ipv4Addr, Ipv4Addr), Asked>,
    /// Who sent ARP.
    alive: BTreeSet<(Segment, Ipv4Addr)>,
}

/// An ARP request without an answer so far.
#[derive(Clone, Copy, Debug)]
struct Asked {
    at: At,
    /// The routers that asked and were asked, where they are some.
    routers: [Option<IpAddr>; 2],
    /// Whether it was asked once more, so that there was no answer.
    again: bool,
}

impl Visible {
    /// A frame of `router` to one host was seen.
    pub(super) fn show(&mut self, segment: Segment, router: IpAddr) {
        if self.shown.len() < ROUTERS {
            self.shown.insert((segment, router));
        }
    }

    /// Takes an ARP message.
    pub(super) fn arp(&mut self, at: At, segment: Segment, arp: &ArpSighting, gateways: &Gateways) {
        let packet = &arp.packet;
        let (sender, target) = (packet.sender_ip, packet.target_ip);
        if sender.is_unspecified() {
            return;
        }
        if self.alive.len() < HOSTS {
            self.alive.insert((segment, sender));
        }
        let routers =
            [router(gateways, segment, sender, arp.src_mac), router(gateways, segment, target, None)];
        if let (Some(router), true) = (routers[0], is_to_one(arp)) {
            self.show(segment, router);
        }
        self.asked.remove(&(segment, target, sender));
        let asks_all = arp.dst_mac == Some(MacAddr::BROADCAST) && packet.operation == arp::REQUEST;
        if asks_all && !packet.is_gratuitous() && routers != [None, None] {
            let key = (segment, sender, target);
            if let Some(asked) = self.asked.get_mut(&key) {
                asked.again |= at.time.since(asked.at.time) <= AGAIN;
                asked.at = at;
            } else if self.asked.len() < HOSTS {
                self.asked.insert(key, Asked { at, routers, again: false });
            }
        }
    }

    /// What is known of a router by `now`.
    pub(super) fn of(&self, segment: Segment, router: IpAddr, now: Timestamp) -> Visibility {
        if self.shown.contains(&(segment, router)) {
            return Visibility::Shown;
        }
        let all = (segment, Ipv4Addr::UNSPECIFIED, Ipv4Addr::UNSPECIFIED)..=(segment, LAST, LAST);
        let hidden = self.asked.range(all).filter(|((_, _, target), asked)| {
            asked.routers.contains(&Some(router))
                && !asked.again
                && now.since(asked.at.time) >= PATIENCE
                && self.alive.contains(&(segment, *target))
        });
        hidden.map(|(_, asked)| asked.at).min().map_or(Visibility::Unknown, Visibility::Hidden)
    }
}

/// Whether a message goes to one host alone, also where the link layer does not say to whom.
fn is_to_one(arp: &ArpSighting) -> bool {
    let answers = arp.packet.operation == arp::REPLY && !arp.packet.is_gratuitous();
    arp.dst_mac.map_or(answers, |mac| !mac.is_multicast())
}

/// The router at an address: its own, or the virtual one that it owns.
fn router(gateways: &Gateways, segment: Segment, address: Ipv4Addr, mac: Option<MacAddr>) -> Option<IpAddr> {
    let address = IpAddr::V4(address);
    gateways.in_segment(segment).find_map(|group| {
        let own = group.routers.contains_key(&address).then_some(address);
        let by_mac = || mac.and_then(|mac| group.router_by_mac(mac));
        let owner = || group.owner.filter(|_| group.virtual_addresses.contains(&address));
        own.or_else(by_mac).or_else(owner)
    })
}

/// Within which time a host that had no answer asks again. Most do after a second or two; a router may wait for the next
/// packet, and IKE repeats itself after ten.
const AGAIN: Duration = Duration::from_secs(60);
/// How long after a request it is concluded that it had an answer, because it was not repeated.
const PATIENCE: Duration = Duration::from_secs(3);
/// How many routers are remembered.
const ROUTERS: usize = 0x4000;
/// How many hosts are remembered, and how many requests.
const HOSTS: usize = 0x1000;
const LAST: Ipv4Addr = Ipv4Addr::BROADCAST;
