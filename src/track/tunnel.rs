//! Tunnels: pairs of IPsec endpoints, their SAs, and the gateway groups they are bound to.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use crate::observe::{At, EspSlice, IkeSighting, SLICE};
use crate::time::Timestamp;
use crate::wire::mac::MacAddr;

use super::change::Stop;
use super::endpoint::LeftVirtualAddress;
use super::flat_map::FlatMap;
use super::gateway::{Gateways, Group};
use super::habits::Learnt;
use super::nat::NatLog;
use super::rhythm::Rhythm;
use super::sas::Sas;
use super::stops::Attempts;
use super::subject::{Direction, GroupKey, Tunnel};
use super::tunnel_key::TunnelKey;

/// What is known of one tunnel. What few tunnels have is boxed.
#[derive(Clone, Debug)]
pub(super) struct TunnelState {
    pub(super) key: TunnelKey,
    pub(super) first: At,
    pub(super) last: At,
    /// The source of its first packet, which stands first until its gateway is known.
    first_src: IpAddr,
    /// The end on the gateway's side, once it is known.
    local: Option<IpAddr>,
    /// The groups it is bound to, with its end on their side.
    pub(super) bindings: Vec<(GroupKey, IpAddr)>,
    /// What was known of the gateways when it was bound; none where its own MACs changed since.
    bound_at: Option<u64>,
    pub(super) sas: Sas,
    pub(super) last_ike: Option<At>,
    pub(super) ike_versions: BTreeSet<u8>,
    /// Vendor IDs by who sent them.
    pub(super) vendors: BTreeMap<IpAddr, BTreeSet<&'static str>>,
    /// How its ends behave, by their addresses.
    pub(super) habits: FlatMap<IpAddr, Learnt>,
    /// What its messages said of NAT.
    pub(super) nat: NatLog,
    /// Where its IKE SA goes on between other addresses, and since when.
    pub(super) moved: Option<Box<(At, Tunnel)>>,
    /// MACs its packets came from and went to, by their source address; in order.
    macs: Vec<(IpAddr, Leg, MacAddr)>,
    /// The last packet of each direction: from the low address, from the high one.
    last_sent: [Option<At>; 2],
    /// Where its end left the virtual address, the first time.
    pub(super) left: Option<Box<LeftVirtualAddress>>,
    /// The state of each direction: from the low address, from the high one.
    pub(super) ways: [Way; 2],
    /// Its negotiations, as far as they bear on ESP that stopped.
    pub(super) attempts: Attempts,
    /// Where ESP of the gateway's side stopped after a change of its settings, in order of time; the first few.
    pub(super) stops: Vec<Stop>,
}

/// One direction of a tunnel, mostly its ESP.
#[derive(Clone, Debug, Default)]
pub(super) struct Way {
    /// The last packet and its SPI.
    pub(super) last: Option<(At, u32)>,
    /// Whether a silence was told.
    pub(super) stopped: bool,
    /// How often it fell silent: thin traffic is given longer each time.
    pub(super) silences: u32,
    /// How long it is silent by itself.
    pub(super) rhythm: Rhythm,
    /// Where the SA used last stands.
    sa: usize,
    /// The MACs its last packet came from and went to.
    macs: Option<Macs>,
    sender: Option<Sender>,
}

/// The MACs a packet came from and went to, where they are known.
type Macs = (Option<MacAddr>, Option<MacAddr>);

/// The router that sends from a MAC, as far as that is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sender {
    mac: Option<MacAddr>,
    pub(super) router: Option<IpAddr>,
    /// What was known of the gateways then.
    revision: u64,
}

/// Which end of a frame a MAC stands at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Leg {
    From,
    To,
}

impl Way {
    /// Notes a slice that begins at `at`, and how long the silence before it was: 0 before the first. Slices of one second
    /// overlap, so its last packet may be earlier than one known.
    pub(super) fn note(&mut self, at: At, slice: &EspSlice) -> Duration {
        let silence = self.last.map_or(Duration::ZERO, |(last, _)| at.time.since(last.time));
        self.rhythm.note(at.time, silence, slice.tally.packets);
        let overlaps = self
            .last
            .is_some_and(|(known, _)| known > slice.last && known.time.since(slice.last.time) <= SLICE);
        if !overlaps {
            self.last = Some((slice.last, slice.sa.spi));
        }
        silence
    }
}

impl TunnelState {
    /// A tunnel whose first packet was just seen.
    pub(super) fn new(key: TunnelKey, at: At, src: IpAddr) -> Self {
        Self {
            key,
            first: at,
            last: at,
            first_src: src,
            local: None,
            bindings: Vec::new(),
            bound_at: None,
            sas: Sas::default(),
            last_ike: None,
            ike_versions: BTreeSet::new(),
            vendors: BTreeMap::new(),
            habits: FlatMap::new(),
            nat: NatLog::default(),
            moved: None,
            macs: Vec::new(),
            last_sent: [None; 2],
            left: None,
            ways: [Way::default(), Way::default()],
            attempts: Attempts::default(),
            stops: Vec::new(),
        }
    }

    /// The tunnel, the gateway's side first as far as that is known.
    pub(super) fn tunnel(&self) -> Tunnel {
        let local = self.local.unwrap_or(self.first_src);
        Tunnel { local, peer: self.key.other(local) }
    }

    /// Which way a packet from `src` goes.
    pub(super) fn direction(&self, src: IpAddr) -> Direction {
        if src == self.tunnel().local { Direction::Outbound } else { Direction::Inbound }
    }

    /// The state of the direction of packets from `src`.
    pub(super) fn way(&self, src: IpAddr) -> &Way {
        &self.ways[self.key.end(src)]
    }

    /// The same, to be changed.
    pub(super) fn way_mut(&mut self, src: IpAddr) -> &mut Way {
        &mut self.ways[self.key.end(src)]
    }

    /// Notes ESP sent by `router`, where that is known; whether its SPI is new, and whether its router is.
    pub(super) fn esp(&mut self, at: At, slice: &EspSlice, router: Option<IpAddr>) -> (bool, bool) {
        self.last = self.last.max(slice.last);
        let src = slice.sa.src;
        let known = self.sas.place(&slice.sa, self.way(src).sa);
        let place = known.unwrap_or_else(|| self.sas.add(at, slice, router));
        self.way_mut(src).sa = place;
        let Some(sa) = self.sas.at_mut(place).filter(|_| known.is_some()) else { return (true, true) };
        sa.flow.add(slice);
        (false, std::mem::replace(&mut sa.router, router) != router)
    }

    /// Notes an IKE message.
    pub(super) fn ike(&mut self, at: At, message: &IkeSighting) {
        self.last = self.last.max(at);
        self.last_ike = Some(at);
        self.ike_versions.insert(message.header.major());
        if !message.vendors.is_empty() {
            self.vendors.entry(message.src).or_default().extend(&message.vendors);
        }
    }

    /// Whether packets of one end alone were seen.
    pub(super) fn is_one_sided(&self) -> bool {
        self.last_sent.contains(&None)
    }

    /// Whether ESP was seen before `at`.
    pub(super) fn carried_esp_before(&self, at: At) -> bool {
        self.sas.iter().any(|sa| sa.flow.first < at)
    }

    /// Whether any packet was seen from `src`.
    pub(super) fn sent(&self, src: IpAddr) -> bool {
        self.last_sent(src).is_some()
    }

    /// When a packet from `src` was last seen.
    pub(super) fn last_sent(&self, src: IpAddr) -> Option<At> {
        self.last_sent[self.key.end(src)]
    }

    /// Notes a packet from `src`; whether it is the first from there.
    pub(super) fn note_sender(&mut self, at: At, src: IpAddr) -> bool {
        if let Some(left) = self.left.as_mut().filter(|left| left.returned.is_none() && at > left.at)
            && self.local == Some(src)
        {
            left.returned = Some(at);
        }
        self.last_sent[self.key.end(src)].replace(at).is_none()
    }

    /// Notes the MACs of a packet from `src`.
    pub(super) fn note_macs(&mut self, src: IpAddr, macs: Macs) {
        if self.way_mut(src).macs.replace(macs) == Some(macs) {
            return;
        }
        for (leg, mac) in [(Leg::From, macs.0), (Leg::To, macs.1)] {
            let Some(mac) = mac.filter(|_| self.macs.len() < MACS) else { continue };
            if let Err(place) = self.macs.binary_search(&(src, leg, mac)) {
                self.macs.insert(place, (src, leg, mac));
                self.bound_at = None;
            }
        }
    }

    /// The router that sends from `src` with this MAC, as far as that is known, where that was asked for the last packet
    /// too and the gateways are what they were then.
    pub(super) fn known_sender(
        &self,
        src: IpAddr,
        mac: Option<MacAddr>,
        gateways: &Gateways,
    ) -> Option<Sender> {
        let sender = self.way(src).sender;
        let is_same = |sender: &Sender| sender.mac == mac && sender.revision == gateways.revision();
        sender.filter(is_same)
    }

    /// Notes the router that sends from `src` with this MAC.
    pub(super) fn note_known_sender(
        &mut self,
        src: IpAddr,
        (mac, router): (Option<MacAddr>, Option<IpAddr>),
        gateways: &Gateways,
    ) {
        self.way_mut(src).sender = Some(Sender { mac, router, revision: gateways.revision() });
    }

    /// The MACs that packets from `src` went to.
    pub(super) fn next_hops(&self, src: IpAddr) -> Vec<MacAddr> {
        let to = self.macs.iter().filter(|(from, leg, _)| *from == src && *leg == Leg::To);
        to.map(|&(_, _, mac)| mac).collect()
    }

    /// Whether the tunnel is bound to all groups known now.
    #[inline]
    pub(super) fn is_bound(&self, gateways: &Gateways) -> bool {
        self.bound_at == Some(gateways.generation())
    }

    /// Binds the tunnel to the groups known now; those it was not bound to before.
    pub(super) fn bind(&mut self, gateways: &Gateways) -> Vec<GroupKey> {
        if self.is_bound(gateways) {
            return Vec::new();
        }
        self.bound_at = Some(gateways.generation());
        for way in &mut self.ways {
            way.sender = None;
        }
        let bindings = self.find_bindings(gateways);
        let before = std::mem::replace(&mut self.bindings, bindings);
        self.local = self.bindings.first().map(|&(_, local)| local).or(self.local);
        let groups = self.bindings.iter().map(|&(group, _)| group);
        // Both are in order of their keys.
        let is_new = |group: &GroupKey| before.binary_search_by_key(group, |&(bound, _)| bound).is_err();
        groups.filter(is_new).collect()
    }

    /// Whether the tunnel is bound to a group.
    pub(super) fn is_bound_to(&self, group: GroupKey) -> bool {
        self.bindings.binary_search_by_key(&group, |&(bound, _)| bound).is_ok()
    }

    /// The end on the side of `group`, where the tunnel is bound to it by address: the virtual address, else a
    /// member's own.
    fn local_by_address(&self, group: &Group) -> Option<IpAddr> {
        let ends = [self.key.low, self.key.high];
        let virtual_end = ends.into_iter().find(|end| group.virtual_addresses.contains(end));
        virtual_end.or_else(|| ends.into_iter().find(|end| group.routers.contains_key(end)))
    }

    /// The end on the side of `group`, where the tunnel enters or leaves through the group's virtual MAC or a
    /// member's own.
    fn local_by_mac(&self, group: &Group) -> Option<IpAddr> {
        // A router has one MAC for both families, and so has a CARP group; each family has its own next hop.
        if !group.key.name.protocol.can_present(&self.key.low) {
            return None;
        }
        self.macs.iter().find(|&&(_, _, mac)| group.has_mac(mac)).map(|&(src, leg, _)| match leg {
            Leg::From => src,
            Leg::To => self.key.other(src),
        })
    }

    /// The groups the tunnel is bound to, with its end on their side. An address binds stronger than a MAC.
    fn find_bindings(&self, gateways: &Gateways) -> Vec<(GroupKey, IpAddr)> {
        let bound = |group: &Group, local: fn(&Self, &Group) -> Option<IpAddr>| {
            let local = local(self, group).filter(|_| group.key.name.forwarder == 0);
            local.map(|local| (group.key, local))
        };
        let segment = self.key.segment;
        let by_address = gateways.knowing(segment, [self.key.low, self.key.high]);
        let by_address = by_address.filter_map(|group| bound(group, Self::local_by_address));
        let by_address: Vec<_> = by_address.collect();
        if !by_address.is_empty() {
            return by_address;
        }
        gateways.in_segment(segment).filter_map(|group| bound(group, Self::local_by_mac)).collect()
    }

    /// The router that last used an SPI of the direction from `src`, where that is known.
    pub(super) fn sender_of(&self, src: IpAddr, spi: u32) -> Option<IpAddr> {
        let of_spi = self.sas.iter().filter(|sa| (sa.flow.sa.src, sa.flow.sa.spi) == (src, spi));
        of_spi.max_by_key(|sa| (sa.flow.last, sa.flow.sa))?.router
    }

    /// Where it went on before `time`, where nothing more was heard of it here since.
    pub(super) fn moved_before(&self, time: At) -> Option<(At, Tunnel)> {
        let moved = self.moved.as_deref().copied();
        moved.filter(|(at, _)| *at < time && self.last.time.since(at.time) <= STRAY)
    }

    /// The last ESP of the direction from `src`, where it is not before `since`.
    pub(super) fn last_esp(&self, src: IpAddr, since: Timestamp) -> Option<(At, u32)> {
        self.way(src).last.filter(|(at, _)| at.time >= since)
    }
}

/// How late packets may come after their sender has moved.
const STRAY: Duration = Duration::from_secs(2);
/// How many MACs of one tunnel are kept.
const MACS: usize = 32;
