//! Gateway groups: who owns each virtual address, since when and why.

mod cause;
mod comparison;
mod config;
mod group;
mod late;
mod neighbours;
mod renumbered;
mod router;
mod watch;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use foldhash::fast::RandomState;

use crate::observe::{At, GroupName, HelloRun, Segment};
use crate::time::Timestamp;
use crate::wire::mac::MacAddr;

use super::change::Change;
use super::event::{Event, EventKind};
use super::host::Host;
use super::options::Options;
use super::outage::{Failover, StateCopy};
use super::subject::{GroupKey, Subject};
use super::timer::Timers;
use group::Told;
use neighbours::Neighbours;

pub(super) use group::Group;
pub(super) use router::Router;

pub use late::LateHellos;
pub use watch::{Claimant, Coups, Flapping, Move, Stranger, Unattended, Watched};

/// All gateway groups.
#[derive(Clone)]
pub(super) struct Gateways {
    options: Options,
    groups: BTreeMap<GroupKey, Group>,
    /// Groups whose routers speak SCTP with each other, in order of its first packet; the first few.
    state_copies: Vec<(GroupKey, StateCopy)>,
    /// The groups that ever had an address, or a router with a MAC: every packet asks for them.
    by_address: HashMap<Host, BTreeSet<GroupKey>, RandomState>,
    by_mac: HashMap<(MacAddr, Segment), BTreeSet<GroupKey>, RandomState>,
    /// What the neighbours of each segment that has groups say, IPv4 and IPv6 apart.
    neighbours: BTreeMap<(Segment, bool), Neighbours>,
    holds: Timers<(GroupKey, IpAddr)>,
    generation: u64,
    revision: u64,
    /// How often the clock was set back: each group hears of it when something next comes to it.
    set_backs: u64,
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
    pub(super) fn new(options: Options) -> Self {
        Self {
            options,
            groups: BTreeMap::new(),
            state_copies: Vec::new(),
            by_address: HashMap::default(),
            by_mac: HashMap::default(),
            neighbours: BTreeMap::new(),
            holds: Timers::new(),
            generation: 0,
            revision: 0,
            set_backs: 0,
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
            self.groups.insert(key, Group::new(key, at, self.set_backs, &self.options));
            let kind = EventKind::GroupSeen { virtual_addresses: run.message.virtual_addresses.clone() };
            out.push(event(key, at, at.time, Some(run.router), None, kind));
        }
        let Some(group) = self.groups.get_mut(&key) else { return };
        group.hear_set_backs(self.set_backs);
        let neighbours = self.neighbours.entry((segment, key.name.protocol.is_ipv6())).or_default();
        group.hear_neighbours(neighbours.last);
        let (extent, standing) = (group.extent(), group.standing());
        let mut told = Vec::new();
        let is_new = !group.routers.contains_key(&run.router);
        if !group.message(at, run, &mut told) {
            self.refused.1 += 1;
        }
        self.revision += u64::from(group.standing() != standing);
        if group.extent() != extent {
            self.generation += 1;
            for &address in run.message.virtual_addresses.iter().chain([&run.router]) {
                self.by_address.entry(Host { address, segment }).or_default().insert(key);
            }
            for mac in run.message.identifier.into_iter().chain(run.src_mac) {
                self.by_mac.entry((mac, segment)).or_default().insert(key);
            }
        }
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
                    neighbours.awaited_by.insert(key);
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

    /// Whether surely nothing is due before `now`.
    pub(super) fn rests_until(&self, now: Timestamp) -> bool {
        self.holds.rests_until(now)
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
        let standing = group.standing();
        group.hold_expired(deadline, router, &mut told);
        self.revision += u64::from(group.standing() != standing);
        for Told { at: time, router, peer, kind } in told {
            let mut event = event(key, group.last, time, Some(router), peer, kind);
            event.frame = None;
            out.push(event);
        }
    }

    /// The clock was set back by this much.
    pub(super) fn set_back(&mut self, by: Duration) {
        self.holds.set_back(by);
        self.set_backs += 1;
    }

    /// Nothing more comes.
    pub(super) fn finish(&mut self) {
        for group in self.groups.values_mut() {
            group.hear_set_backs(self.set_backs);
        }
    }

    /// Another number whenever something was learnt that can bind a tunnel to a group.
    pub(super) const fn generation(&self) -> u64 {
        self.generation
    }

    /// Another number whenever something changed that tells who sends a packet: what groups there are, who owns them, and
    /// which addresses and MACs they have.
    pub(super) const fn revision(&self) -> u64 {
        self.revision
    }

    /// All groups, in order of their keys.
    pub(super) fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    /// The groups of a segment.
    pub(super) fn in_segment(&self, segment: Segment) -> impl Iterator<Item = &Group> {
        self.groups.range(keys_of(segment)).map(|(_, group)| group)
    }

    /// The router that sends from an address of a segment with this MAC, where that is known: whose address or MAC it is,
    /// or who owns it, if it is a virtual one.
    pub(super) fn router_at(&self, host: Host, mac: Option<MacAddr>) -> Option<IpAddr> {
        let Host { address, segment } = host;
        let by_mac = mac.and_then(|mac| self.by_mac.get(&(mac, segment)));
        let by_address = self.by_address.get(&host);
        if by_address.is_none() && by_mac.is_none() {
            return None;
        }
        // The first one that knows it, whichever way that is found.
        in_either(by_address, by_mac).filter_map(|key| self.groups.get(key)).find_map(|group| {
            let own = group.routers.contains_key(&address).then_some(address);
            let by_mac = || mac.and_then(|mac| group.router_by_mac(mac));
            let owner = || group.owner.filter(|_| group.virtual_addresses.contains(&address));
            own.or_else(by_mac).or_else(owner)
        })
    }

    /// The groups of a segment that know one of these addresses, in order of their keys.
    pub(super) fn knowing(&self, segment: Segment, addresses: [IpAddr; 2]) -> impl Iterator<Item = &Group> {
        let [one, other] = addresses.map(|address| self.by_address.get(&Host { address, segment }));
        in_either(one, other).filter_map(|key| self.groups.get(key))
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
        let knowing = |address| self.by_address.get(&Host { address, segment });
        let (Some(one), Some(other)) = (knowing(routers.0), knowing(routers.1)) else { return };
        let are_both = |key: &&GroupKey| {
            let group = self.groups.get(key);
            group.is_some_and(|it| it.routers.contains_key(&routers.0) && it.routers.contains_key(&routers.1))
        };
        let copies: Vec<GroupKey> =
            one.intersection(other).filter(are_both).take(STATE_COPIES).copied().collect();
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
        let group = self.groups.get_mut(&key).filter(|group| group.router_by_mac(mac).is_none());
        if group.is_some_and(|group| group.learn_mac_at(address, mac)) {
            self.generation += 1;
            self.revision += 1;
            self.by_mac.entry((mac, key.segment)).or_default().insert(key);
        }
    }
}

/// The keys of one set or the other, in their order.
fn in_either<'a>(
    one: Option<&'a BTreeSet<GroupKey>>,
    other: Option<&'a BTreeSet<GroupKey>>,
) -> impl Iterator<Item = &'a GroupKey> {
    static NONE: BTreeSet<GroupKey> = BTreeSet::new();
    one.unwrap_or(&NONE).union(other.unwrap_or(&NONE))
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
