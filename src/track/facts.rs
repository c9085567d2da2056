//! What is known of groups and tunnels at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use crate::observe::{At, Authentication, Segment};
use crate::time::Timestamp;
use crate::wire::mac::MacAddr;
use crate::wire::vrrp::Checksum;

use super::change::Stop;
use super::conflict::Conflict;
use super::endpoint::LeftVirtualAddress;
use super::gateway::{Group, LateHellos, Router, Watched};
use super::mismatch::Mismatch;
use super::nat::Nat;
use super::ownership::Ownership;
use super::subject::{Direction, GroupKey, Tunnel};
use super::tracker::Tracker;
use super::tunnel::TunnelState;
use super::visibility::Visibility;

/// What is known of one gateway group.
#[derive(Clone, Debug)]
pub struct GroupFacts {
    /// Which.
    pub key: GroupKey,
    /// Protocol versions seen, ascending.
    pub versions: Vec<u8>,
    /// Its virtual addresses, ascending.
    pub virtual_addresses: Vec<IpAddr>,
    /// Its first and last message.
    pub span: (At, At),
    /// Its routers, by address.
    pub routers: Vec<RouterFacts>,
    /// The router that owns it at the end, or owned it last.
    pub active: Option<IpAddr>,
    /// How often the active router changed.
    pub failovers: u64,
    /// Stretches in which two routers claimed the active role at once, in order of time; the first few.
    pub conflicts: Vec<Conflict>,
    /// What it went through beside that.
    pub watched: Watched,
    /// Stretches in which two routers differed in a setting, in order of time; the first few.
    pub mismatches: Vec<Mismatch>,
    /// Who owned it when, in order of time; the latest few.
    pub ownerships: Vec<Ownership>,
}

/// What is known of one router of a group.
#[derive(Clone, Debug)]
pub struct RouterFacts {
    /// Its interface address.
    pub address: IpAddr,
    /// Its state when it was last heard, lower case.
    pub state: &'static str,
    /// Its first message.
    pub first: At,
    /// Its last message.
    pub last: At,
    /// Its last message, where it was silent for its hold time by the end of its capture.
    pub silent_since: Option<At>,
    /// Its priority at the end; none where its protocol has none, or no hello was seen.
    pub priority: Option<u32>,
    /// Its priority when it was first heard.
    pub first_priority: Option<u32>,
    /// Hello and hold time at the end.
    pub timers: (Duration, Duration),
    /// Whether the captures show what it sends to one host alone.
    pub visibility: Visibility,
    /// How its last hello is authenticated.
    pub authentication: Authentication,
    /// The protocol version of its last hello; none where none was seen.
    pub version: Option<u8>,
    /// The virtual addresses that its last hello names, in wire order.
    pub virtual_addresses: Vec<IpAddr>,
    /// Its own MACs, as far as they are known.
    pub macs: Vec<MacAddr>,
    /// Over what the checksum of its last hello holds (two ways are in use for VRRP version 3 over IPv4); none in a
    /// protocol without one.
    pub checksum: Option<Checksum>,
    /// Its hellos that came late while it kept its role.
    pub late: Option<LateHellos>,
}

/// What is known of one tunnel.
#[derive(Clone, Debug)]
pub struct TunnelFacts {
    /// Which.
    pub tunnel: Tunnel,
    /// Where it was seen.
    pub segment: Segment,
    /// The gateway groups it is bound to.
    pub groups: Vec<GroupKey>,
    /// Its first and last packet.
    pub span: (At, At),
    /// IKE versions seen, ascending.
    pub ike_versions: Vec<u8>,
    /// Whether any packet, ESP or IKE, was seen from the gateway's side and from the peer.
    pub heard: (bool, bool),
    /// ESP packets from the gateway's side and from the peer.
    pub esp_packets: (u64, u64),
    /// The directions in which ESP had fallen silent by the end, each with its last packet.
    pub stopped: Vec<(Direction, At)>,
    /// Where ESP of the gateway's side stopped after a change of its settings, in order of time; the first few.
    pub stops: Vec<Stop>,
    /// Where its end left the virtual address for a router's own, the first time.
    pub left: Option<LeftVirtualAddress>,
    /// Products and capabilities that the gateway's side and the peer named in their vendor IDs.
    pub vendors: (BTreeSet<&'static str>, BTreeSet<&'static str>),
    /// Whether its end on the gateway's side is a virtual address of a group.
    pub ends_at_virtual_address: bool,
    /// What its NAT-detection hashes said of NAT, each with the message that said it first.
    pub nat: Vec<(Nat, At)>,
}

impl Tracker {
    /// The gateway groups seen, in order of their keys.
    pub fn group_facts(&self) -> Vec<GroupFacts> {
        // A segment's routers may be in several groups, and known from any of them.
        let mut macs: BTreeMap<Segment, BTreeSet<MacAddr>> = BTreeMap::new();
        for group in self.groups() {
            let known = group.routers.values().flat_map(|router| &router.macs);
            macs.entry(group.key.segment).or_default().extend(known);
        }
        let none = BTreeSet::new();
        self.groups()
            .map(|group| {
                let segment = group.key.segment;
                group_facts(group, self, macs.get(&segment).unwrap_or(&none))
            })
            .collect()
    }

    /// The tunnels seen, in order of first packet.
    pub fn tunnel_facts(&self) -> Vec<TunnelFacts> {
        let facts = |state| tunnel_facts(state, self.ends_at_virtual_address(state));
        self.tunnels().into_iter().map(facts).collect()
    }
}

fn group_facts(group: &Group, tracker: &Tracker, macs: &BTreeSet<MacAddr>) -> GroupFacts {
    let (segment, end) = (group.key.segment, tracker.end_of(group.key.segment));
    let routers = group
        .routers
        .iter()
        .map(|(&address, router)| router_facts((address, router), tracker.visibility(segment, address), end));
    GroupFacts {
        key: group.key,
        versions: group.versions.iter().copied().collect(),
        virtual_addresses: group.virtual_addresses.iter().copied().collect(),
        span: (group.first, group.last),
        routers: routers.collect(),
        active: group.owner,
        failovers: group.failovers,
        conflicts: group.conflicts.clone(),
        watched: group.watched(end, macs),
        mismatches: group.comparison.mismatches().to_vec(),
        ownerships: group.ownerships.told().to_vec(),
    }
}

fn router_facts((address, router): (IpAddr, &Router), visibility: Visibility, end: Timestamp) -> RouterFacts {
    let hello = router.hello.as_ref();
    RouterFacts {
        address,
        state: router.state,
        first: router.first,
        last: router.last,
        silent_since: Some(router.last).filter(|last| end.since(last.time) > router.hold()),
        priority: hello.and_then(|hello| hello.priority),
        first_priority: router.first_priority,
        timers: (router.hello_time(), router.hold()),
        visibility,
        authentication: hello.map_or(Authentication::NONE, |hello| hello.authentication.clone()),
        version: hello.map(|hello| hello.version),
        virtual_addresses: hello.map_or_else(Vec::new, |hello| hello.virtual_addresses.clone()),
        macs: router.macs.clone(),
        checksum: hello.and_then(|hello| hello.checksum),
        late: router.late,
    }
}

fn tunnel_facts(state: &TunnelState, ends_at_virtual_address: bool) -> TunnelFacts {
    let tunnel = state.tunnel();
    let packets = |src: IpAddr| {
        let flows = state.sas.iter().map(|sa| &sa.flow);
        flows.filter(|flow| flow.sa.src == src).map(|flow| flow.tally.packets).sum()
    };
    let vendors = |end: IpAddr| state.vendors.get(&end).cloned().unwrap_or_default();
    TunnelFacts {
        tunnel,
        segment: state.key.segment,
        groups: state.bindings.iter().map(|&(group, _)| group).collect(),
        span: (state.first, state.last),
        ike_versions: state.ike_versions.iter().copied().collect(),
        heard: (state.sent(tunnel.local), state.sent(tunnel.peer)),
        esp_packets: (packets(tunnel.local), packets(tunnel.peer)),
        stopped: stopped(state, tunnel),
        stops: state.stops.clone(),
        left: state.left.as_deref().copied(),
        vendors: (vendors(tunnel.local), vendors(tunnel.peer)),
        ends_at_virtual_address,
        nat: state.nat.seen.iter().map(|seen| (seen.nat, seen.first)).collect(),
    }
}

fn stopped(state: &TunnelState, tunnel: Tunnel) -> Vec<(Direction, At)> {
    let ends = [(Direction::Outbound, tunnel.local), (Direction::Inbound, tunnel.peer)];
    let last = |src| state.way(src).last.filter(|_| state.way(src).stopped).map(|(last, _)| last);
    ends.into_iter().filter_map(|(direction, src)| Some((direction, last(src)?))).collect()
}
