//! Gateway groups: who owns each virtual address, since when and why.

mod cause;
mod comparison;
mod config;
mod group;
mod late;
mod renumbered;
mod router;
mod watch;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::observe::{ArpSighting, At, GroupName, HelloRun, NeighbourSighting, Segment};
use crate::time::Timestamp;
use crate::wire::arp;
use crate::wire::mac::MacAddr;

use super::change::Change;
use super::event::{Event, EventKind};
use super::options::Options;
use super::outage::{Failover, StateCopy};
use super::subject::{GroupKey, Subject};
use super::timer::Timers;
use group::Told;

pub(super) use group::Group;
pub(super) use router::Router;

pub use late::LateHellos;
pub use watch::{Claimant, Coups, Flapping, Move, Stranger, Unattended, Watched};

/// All gateway groups.
pub(super) struct Gateways {
    options: Options,
    groups: BTreeMap<GroupKey, Group>,
    /// Groups whose routers speak SCTP with each other, in order of its first packet; the first few.
    state_copies: Vec<(GroupKey, StateCopy)>,
    holds: Timers<(GroupKey, IpAddr)>,
    generation: u64,
    /// Messages of groups and of routers that are not followed because there are too many.
    pub(super) refused: (u64, u64),
}

/// What became of the active role of a group.
pub(super) enum Turn {
    /// It went to another router.
    FailedOver(Failover),
    /// The router that was just heard claims it beside the one that owns it.
    Contested(GroupKey),
    /// The router that owns it changed settings.
    Reconfigured(Change),
}

impl Gateways {
    /// No groups yet.
    pub(super) const fn new(options: Options) -> Self {
        Self {
            options,
            groups: BTreeMap::new(),
            state_copies: Vec::new(),
            holds: Timers::new(),
            generation: 0,
            refused: (0, 0),
        }
    }

    /// Takes a run of hellos, a coup or a resign. What becomes of the role is told in `turns` too.
    pub(super) fn message(
        &mut self,
        now: Timestamp,
        (at, segment): (At, Segment),
        run: &HelloRun,
        out: &mut Vec<Event>,
        turns: &mut Vec<Turn>,
    ) {
        let key = self.key_of(segment, run);
        if !self.groups.contains_key(&key) {
            if self.groups.len() >= GROUPS {
                self.refused.0 += 1;
                return;
            }
            self.groups.insert(key, Group::new(key, at, &self.options));
            let kind = EventKind::GroupSeen { virtual_addresses: run.message.virtual_addresses.clone() };
            out.push(event(key, at, at.time, Some(run.router), None, kind));
        }
        let Some(group) = self.groups.get_mut(&key) else { return };
        let extent = group.extent();
        let mut told = Vec::new();
        let is_new = !group.routers.contains_key(&run.router);
        if !group.message(at, run, &mut told) {
            self.refused.1 += 1;
        }
        self.generation += u64::from(group.extent() != extent);
        if let Some(router) = group.routers.get(&run.router) {
            if router.claim.is_some() {
                // A message that comes late counts as heard now.
                self.holds.set((key, run.router), run.last.time.max(now).plus(router.hold()));
            } else {
                self.holds.clear((key, run.router));
            }
        }
        for Told { at: time, router, peer, kind } in told {
            let kind = match kind {
                // Hosts keep the virtual address and the MAC: the group itself did not fail over.
                EventKind::Failover(failover) if key.name.forwarder != 0 => {
                    EventKind::ForwarderMoved(failover)
                }
                EventKind::Failover(failover) => {
                    turns.push(Turn::FailedOver(failover));
                    EventKind::Failover(failover)
                }
                EventKind::ActiveConflict => {
                    turns.push(Turn::Contested(key));
                    EventKind::ActiveConflict
                }
                other => other,
            };
            out.push(event(key, at, time, Some(router), peer, kind));
        }
        if is_new {
            self.note_renumbered(key, at, run, out);
        }
        let change = self.groups.get(&key).and_then(|group| group.changes.back());
        turns.extend(change.filter(|change| change.at == at).cloned().map(Turn::Reconfigured));
    }

    /// The group that a message belongs to: the one its router is in already, else the one of its virtual address.
    /// Routers with different virtual addresses do not compete, whatever their group's number.
    fn key_of(&self, segment: Segment, run: &HelloRun) -> GroupKey {
        let key = |instance| GroupKey { segment, name: run.message.group, instance };
        let addresses = &run.message.virtual_addresses;
        let groups = || self.groups.range(key(0)..=key(u8::MAX)).map(|(_, group)| group);
        let own = groups().find(|group| group.routers.contains_key(&run.router));
        let same = || {
            groups().find(|group| addresses.iter().any(|address| group.virtual_addresses.contains(address)))
        };
        let unknown = || groups().find(|group| addresses.is_empty() || group.virtual_addresses.is_empty());
        match own.or_else(same).or_else(unknown) {
            Some(group) => group.key,
            None => key(u8::try_from(groups().count()).unwrap_or(u8::MAX)),
        }
    }

    /// Takes an ARP message: announcements of virtual addresses, and the MACs of known routers.
    pub(super) fn arp(&mut self, at: At, segment: Segment, arp: &ArpSighting, out: &mut Vec<Event>) {
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
    pub(super) fn neighbour(
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
        let virtual_mac = mac.and_then(MacAddr::virtual_mac);
        // Where a mirror strips VLAN tags several groups have one MAC: then it tells nothing of whose the address is.
        let of_mac = |key: &GroupKey| {
            key.name.forwarder == 0
                && key.name.protocol.can_present(&address)
                && virtual_mac.is_some_and(|mac| key.name.has_mac(mac))
        };
        let is_sure = self.groups.range(keys_of(segment)).filter(|(key, _)| of_mac(key)).take(2).count() == 1;
        for (key, group) in self.groups.range_mut(keys_of(segment)) {
            let extent = group.extent();
            if let Some(mac) = mac.filter(|_| group.routers.contains_key(&address)) {
                group.learn_mac_at(address, mac);
            }
            let is_group = key.name.forwarder == 0;
            if is_unasked && is_sure && of_mac(key) {
                group.learn_address(address);
            }
            group.watch_announcement(at, &said);
            self.generation += u64::from(group.extent() != extent);
            if is_unasked && is_group && group.virtual_addresses.contains(&address) {
                let router = src_mac.and_then(|mac| group.router_by_mac(mac)).or(group.owner);
                let kind = match (address, mac) {
                    (IpAddr::V4(_), Some(mac)) => EventKind::GratuitousArp { address, mac },
                    (_, mac) => EventKind::NeighbourAdvertisement { address, mac },
                };
                out.push(event(*key, at, at.time, router, None, kind));
            }
        }
    }

    /// The next deadline.
    pub(super) fn next_deadline(&mut self) -> Option<Timestamp> {
        self.holds.next()
    }

    /// Fires the next deadline, where it is before `now`.
    pub(super) fn fire(&mut self, now: Timestamp, out: &mut Vec<Event>) {
        let Some((deadline, (key, router))) = self.holds.fire(now) else { return };
        let mut told = Vec::new();
        let Some(group) = self.groups.get_mut(&key) else { return };
        group.hold_expired(deadline, router, &mut told);
        for Told { at: time, router, peer, kind } in told {
            let mut event = event(key, group.last, time, Some(router), peer, kind);
            event.frame = None;
            out.push(event);
        }
    }

    /// The clock was set back by this much.
    pub(super) fn set_back(&mut self, by: Duration) {
        self.holds.set_back(by);
        for group in self.groups.values_mut() {
            group.watch.set_back();
            group.comparison.begin_anew();
            group.ownerships.begin_anew();
        }
    }

    /// Another number whenever something was learnt that can bind a tunnel to a group.
    pub(super) const fn generation(&self) -> u64 {
        self.generation
    }

    /// All groups, in order of their keys.
    pub(super) fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    /// The groups of a segment.
    pub(super) fn in_segment(&self, segment: Segment) -> impl Iterator<Item = &Group> {
        self.groups.range(keys_of(segment)).map(|(_, group)| group)
    }

    /// One group.
    pub(super) fn group(&self, key: GroupKey) -> Option<&Group> {
        self.groups.get(&key)
    }

    /// Forgets the changes of a group's settings.
    pub(super) fn forget_changes(&mut self, key: GroupKey) {
        if let Some(group) = self.groups.get_mut(&key) {
            group.changes.clear();
        }
    }

    /// Notes SCTP between two addresses of a segment, where both are routers of one group.
    pub(super) fn sctp(&mut self, at: At, segment: Segment, routers: (IpAddr, IpAddr)) {
        let are_both =
            |group: &&Group| [routers.0, routers.1].iter().all(|it| group.routers.contains_key(it));
        let groups = self.in_segment(segment).filter(are_both).map(|group| group.key);
        let copies: Vec<_> = groups.take(STATE_COPIES).collect();
        for group in copies {
            let is_known = self.state_copies.iter().any(|(known, _)| *known == group);
            if !is_known && self.state_copies.len() < STATE_COPIES {
                self.state_copies.push((group, StateCopy { first: at, routers }));
            }
        }
    }

    /// The state copy of a group, as far as SCTP between its routers shows one; else the only one there is, which may be
    /// between their addresses on another segment.
    pub(super) fn state_copy(&self, group: GroupKey) -> Option<StateCopy> {
        let own = self.state_copies.iter().find(|(known, _)| *known == group);
        let only = || self.state_copies.first().filter(|_| self.state_copies.len() == 1);
        own.or_else(only).map(|&(_, copy)| copy)
    }

    /// Learns that whoever sends from `address` in the group `key` has this MAC.
    pub(super) fn learn_sender_mac(&mut self, key: GroupKey, address: IpAddr, mac: MacAddr) {
        if let Some(group) = self.groups.get_mut(&key).filter(|group| group.router_by_mac(mac).is_none()) {
            self.generation += u64::from(group.learn_mac_at(address, mac));
        }
    }
}

/// Who says that an address is at a MAC.
#[derive(Clone, Copy)]
struct Announcement {
    address: IpAddr,
    mac: Option<MacAddr>,
    src_mac: Option<MacAddr>,
    /// Whether nobody asked.
    is_unasked: bool,
    /// Whether it asks where another address is, and names its own beside.
    is_question: bool,
}

/// The keys of all groups that `segment` can have.
pub(super) fn keys_of(segment: Segment) -> RangeInclusive<GroupKey> {
    let key = |name, instance| GroupKey { segment, name, instance };
    key(GroupName::FIRST, u8::MIN)..=key(GroupName::LAST, u8::MAX)
}

impl Group {
    /// Learns that whoever holds `address` has this MAC; whether it is a new one. A virtual address is held by the group's
    /// owner, also where it is one router's own (priority 255 of VRRP) and that is gone.
    fn learn_mac_at(&mut self, address: IpAddr, mac: MacAddr) -> bool {
        let is_virtual = self.virtual_addresses.contains(&address);
        let holder = if is_virtual { self.owner } else { Some(address) };
        let known = is_virtual && self.router_by_mac(mac).is_some();
        let router = holder.and_then(|holder| self.routers.get_mut(&holder));
        router.filter(|_| !known).is_some_and(|router| router.learn_mac(mac))
    }

    /// Whether a MAC is the group's virtual one or a router's own.
    #[inline]
    pub(super) fn has_mac(&self, mac: MacAddr) -> bool {
        self.is_virtual_mac(mac) || self.router_by_mac(mac).is_some()
    }

    /// The router that sends with this MAC: the one whose own it is, or the active one where it is the group's.
    pub(super) fn sender_by_mac(&self, mac: MacAddr) -> Option<IpAddr> {
        self.router_by_mac(mac).or_else(|| self.owner.filter(|_| self.is_virtual_mac(mac)))
    }

    /// Whether an address is a virtual one or a router's own.
    pub(super) fn has_address(&self, address: &IpAddr) -> bool {
        self.virtual_addresses.contains(address) || self.routers.contains_key(address)
    }

    fn is_virtual_mac(&self, mac: MacAddr) -> bool {
        mac.virtual_mac().is_some_and(|mac| self.key.name.has_mac(mac))
    }

    /// The router that has this MAC for its own.
    pub(super) fn router_by_mac(&self, mac: MacAddr) -> Option<IpAddr> {
        self.routers.iter().find(|(_, router)| router.macs.contains(&mac)).map(|(&address, _)| address)
    }
}

fn event(
    key: GroupKey,
    at: At,
    time: Timestamp,
    router: Option<IpAddr>,
    peer: Option<IpAddr>,
    kind: EventKind,
) -> Event {
    let (capture, frame) = (at.capture, Some(at.frame));
    Event { time, capture, frame, subject: Subject::Group(key), router, peer, kind }
}

/// Of how many groups a state copy is remembered.
const STATE_COPIES: usize = 64;
/// How many groups are followed at once; more are a forgery.
const GROUPS: usize = 8192;
