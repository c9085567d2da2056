//! The stage itself: observations in, events out. It holds the clock of the trackers, which is the capture's.

mod clear;
mod endpoint;
mod esp;
mod ike;
mod learn;
mod packet;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use crate::capture::SeriesId;
use crate::observe::{At, Kind, Observation, Segment};
use crate::time::Timestamp;

use super::clear_addresses::ClearAddresses;
use super::event::{Event, EventKind};
use super::flow::FlowFacts;
use super::gateway::{Gateways, Group, Turn};
use super::ike::IkeTracker;
use super::leaks::Leaks;
use super::options::Options;
use super::outage::{Closed, Coverage, Failover, Outage};
use super::outages::{Outages, Sign};
use super::overflow::Overflow;
use super::subject::{GroupKey, Subject, Tunnel};
use super::timer::Timers;
use super::tunnel::TunnelState;
use super::tunnel_key::TunnelKey;
use super::tunnels::{TunnelId, Tunnels};
use super::visibility::{Visibility, Visible};

/// Observations in, events out, in order of time.
#[derive(Clone)]
pub struct Tracker {
    options: Options,
    now: Timestamp,
    /// How far each series of captures has come.
    heard: BTreeMap<SeriesId, Timestamp>,
    gateways: Gateways,
    tunnels: Tunnels,
    ike: IkeTracker,
    silences: Timers<WayId>,
    outages: Outages,
    clear: ClearAddresses,
    leaks: Leaks,
    failovers: BTreeMap<GroupKey, Failover>,
    visible: Visible,
    /// The series of captures whose segments have shown IKE.
    ike_captured: BTreeSet<SeriesId>,
}

/// One direction of a tunnel: which, and whether it is the one from the high address.
type WayId = (TunnelId, bool);

impl Tracker {
    /// Nothing seen yet.
    pub fn new(options: Options) -> Self {
        Self {
            outages: Outages::new(options.clone()),
            gateways: Gateways::new(options.clone()),
            options,
            now: Timestamp::MIN,
            heard: BTreeMap::new(),
            tunnels: Tunnels::new(),
            ike: IkeTracker::new(),
            silences: Timers::new(),
            clear: ClearAddresses::default(),
            leaks: Leaks::new(),
            failovers: BTreeMap::new(),
            visible: Visible::default(),
            ike_captured: BTreeSet::new(),
        }
    }

    /// Takes an observation. Deadlines before it fire first.
    pub fn observe(&mut self, observation: &Observation, out: &mut Vec<Event>) {
        let Observation { at, segment, kind } = observation;
        if !matches!(kind, Kind::ClockSetBack(_)) {
            self.advance(at.time, out);
            self.hear(segment.series, at.time);
        }
        match kind {
            Kind::Gateway(run) => {
                let mut turns = Vec::new();
                self.gateways.message(self.now, (*at, *segment), run, out, &mut turns);
                for turn in turns {
                    match turn {
                        Turn::FailedOver(failover) => self.failed_over(failover, out),
                        Turn::Contested(group) => self.outages.contested(group, *at, run.router),
                        Turn::Reconfigured(change) => self.reconfigured(change),
                    }
                }
            }
            Kind::HsrpInterface(_) => {}
            Kind::Arp(arp) => {
                self.gateways.arp(*at, *segment, arp, out);
                self.visible.arp(*at, *segment, arp, &self.gateways);
            }
            Kind::Neighbour(neighbour) => self.gateways.neighbour(*at, *segment, neighbour, out),
            Kind::Ike(message) => self.ike(*at, *segment, message, out),
            Kind::Esp(slice) => self.esp(*at, *segment, slice, out),
            Kind::Clear(slice) => self.clear(*at, *segment, slice, out),
            Kind::Unreachable(error) => self.unreachable(*at, *segment, error, out),
            Kind::FragmentsLost(lost) => {
                let key = TunnelKey::new(*segment, lost.quoted.src, lost.quoted.dst);
                self.outages.sign(key, *at, Sign::FragmentsLost, lost.src);
            }
            Kind::Fragment(fragment) => self.outages.fragment(*at, *segment, *fragment),
            Kind::Joined(whole) => self.outages.joined(*segment, *whole),
            Kind::ClockSetBack(by) => self.set_back(*by),
        }
    }

    /// Lets capture time come to `now`: what was due before it happens. An earlier time changes nothing: only
    /// [`Kind::ClockSetBack`] sets the clock back.
    pub fn advance(&mut self, now: Timestamp, out: &mut Vec<Event>) {
        self.now = self.now.max(now);
        let now = self.now;
        while !self.rests_until(now) {
            let Some(next) = self.next_deadline().filter(|&next| next < now) else { return };
            if self.gateways.next_deadline() == Some(next) {
                self.gateways.fire(now, out);
            } else if self.silences.next() == Some(next) {
                self.fell_silent(out);
            } else if self.leaks.next_deadline() == Some(next) {
                self.watched(out);
            } else {
                let mut outages = Vec::new();
                self.outages.fire(now, &self.heard, &mut outages);
                self.tell_outages(outages, out);
            }
        }
    }

    /// Whether surely nothing is due before `now`: asked for every observation, and mostly so.
    fn rests_until(&self, now: Timestamp) -> bool {
        self.gateways.rests_until(now)
            && self.silences.rests_until(now)
            && self.outages.rests_until(now)
            && self.leaks.rests_until(now)
    }

    /// When something is due next that happens though nothing comes.
    pub fn next_deadline(&mut self) -> Option<Timestamp> {
        let gateways = self.gateways.next_deadline();
        let tunnels = [self.silences.next(), self.outages.next_deadline(), self.leaks.next_deadline()];
        tunnels.into_iter().chain([gateways]).flatten().min()
    }

    /// Somebody has watched a series of captures until `until`, and what came was handed in. Changes nothing where no
    /// frame of the series was seen.
    pub fn heard_until(&mut self, series: SeriesId, until: Timestamp) {
        if let Some(heard) = self.heard.get_mut(&series) {
            *heard = until.max(*heard);
        }
    }

    /// The capture's clock was set back by this much.
    fn set_back(&mut self, by: Duration) {
        self.now = self.now.minus(by);
        self.tunnels.set_back();
        for heard in self.heard.values_mut() {
            *heard = heard.minus(by);
        }
        self.gateways.set_back(by);
        self.silences.set_back(by);
        self.outages.set_back(by);
        self.clear.set_back();
        self.leaks.set_back();
    }

    /// The captures end, each series at its own time in `ends`: what is under way is told as far as it has come.
    pub fn finish(&mut self, ends: &BTreeMap<SeriesId, Timestamp>, out: &mut Vec<Event>) {
        for (&series, &end) in ends {
            self.hear(series, end);
        }
        let last = self.heard.values().copied().max().unwrap_or(self.now);
        self.advance(last, out);
        self.gateways.finish();
        for tunnel in self.tunnels.all_mut() {
            tunnel.bind(&self.gateways);
        }
        self.settle_endpoints();
        for tunnel in self.tunnels.all_mut() {
            let end = self.heard.get(&tunnel.key.segment.series).copied().unwrap_or(self.now);
            tunnel.stop_cut_off(end, Duration::ZERO, &self.gateways, &self.options);
        }
        self.end_watches(out);
        let mut outages = Vec::new();
        self.outages.end_all(&self.heard, &mut outages);
        self.tell_outages(outages, out);
    }

    /// Notes how far a series of captures has come.
    fn hear(&mut self, series: SeriesId, time: Timestamp) {
        let heard = self.heard.entry(series).or_insert(time);
        *heard = time.max(*heard);
    }

    /// How far the captures of a segment have come.
    pub(super) fn end_of(&self, segment: Segment) -> Timestamp {
        self.heard.get(&segment.series).copied().unwrap_or(self.now)
    }

    /// The flows of all SAs, in order of first packet.
    pub fn flows(&self) -> Vec<FlowFacts> {
        self.tunnels.flows()
    }

    /// The gateway groups, in order of their keys.
    pub(super) fn groups(&self) -> impl Iterator<Item = &Group> {
        self.gateways.groups()
    }

    /// The tunnels, in order of first packet.
    pub(super) fn tunnels(&self) -> Vec<&TunnelState> {
        self.tunnels.by_first_packet()
    }

    /// Whether the gateway's end of a tunnel is a virtual address.
    pub(super) fn ends_at_virtual_address(&self, state: &TunnelState) -> bool {
        let groups = || state.bindings.iter().filter_map(|&(group, _)| self.gateways.group(group));
        groups().any(|group| group.virtual_addresses.contains(&state.tunnel().local))
    }

    /// What was left out because there was too much of it.
    pub const fn overflow(&self) -> Overflow {
        let (groups, routers) = self.gateways.refused;
        Overflow {
            groups,
            routers,
            tunnels: self.tunnels.refused,
            forgotten_tunnels: self.tunnels.forgotten,
            outages: self.outages.not_begun,
            sas: self.tunnels.sas_forgotten,
            ike_sas: self.ike.forgotten,
            in_clear: self.clear.refused,
            spis: self.outages.refused,
        }
    }

    fn failed_over(&mut self, failover: Failover, out: &mut Vec<Event>) {
        let mut ended = Vec::new();
        self.outages.end_group(&failover, &mut ended);
        self.tell_outages(ended, out);
        self.failovers.insert(failover.group, failover);
        for id in self.tunnels.in_segment(failover.group.segment) {
            self.bind(id);
            let state = self.tunnels.numbered_mut(id).filter(|state| state.is_bound_to(failover.group));
            if let Some(state) = state {
                let (until, reach) = (failover.at.time, failover.reach);
                state.stop_cut_off(until, reach, &self.gateways, &self.options);
            }
            self.begin_outage(id, &failover);
        }
        self.watch_failover(failover, out);
        // What follows is the failover's.
        self.gateways.forget_changes(failover.group);
    }

    /// Begins the outage of a tunnel where it is bound to the group that failed over. What a member does with its
    /// own address counts for the virtual address's tunnel to the same peer, unless that address had a tunnel of its own
    /// beside it before: what goes on there says nothing of the other.
    fn begin_outage(&mut self, id: TunnelId, failover: &Failover) {
        let Some(state) = self.tunnels.numbered(id) else { return };
        let key = state.key;
        let bound = state.bindings.iter().find(|(group, _)| *group == failover.group);
        let (Some(&(_, local)), Some(group)) = (bound, self.gateways.group(failover.group)) else { return };
        if self.outages.is_under_way(failover, key) {
            return;
        }
        let peer = key.other(local);
        let others = |addresses: &mut dyn Iterator<Item = &IpAddr>| -> Vec<TunnelKey> {
            addresses
                .map(|&address| TunnelKey::new(key.segment, address, peer))
                .filter(|other| *other != key && self.tunnels.get(*other).is_some())
                .collect()
        };
        let is_member = group.routers.contains_key(&local) && !group.virtual_addresses.contains(&local);
        let is_beside = |tunnel: &TunnelState| tunnel.carried_esp_before(failover.at);
        if is_member && !others(&mut group.virtual_addresses.iter()).is_empty() {
            if !is_beside(state) {
                self.outages.adopt(failover, key, peer);
            }
            return;
        }
        let Failover { from, to, at, .. } = *failover;
        // The tunnel of a third router's own address has nothing to do with it. One that the new active router sets up
        // afterwards stands for the old one's.
        let is_third = is_member && local != from && local != to;
        let is_later = is_member && local == to && state.first >= at;
        if is_third || (is_later && self.outages.adopt(failover, key, peer)) {
            return;
        }
        let members = match is_member {
            false => others(&mut group.routers.keys()),
            true if local == from => others(&mut [to].iter()),
            true => Vec::new(),
        };
        let members: Vec<&TunnelState> = members
            .iter()
            .filter_map(|&member| self.tunnels.get(member))
            .filter(|&member| is_member || !is_beside(member))
            .collect();
        let local = (local, group.virtual_addresses.contains(&local));
        let state_copy = self.gateways.state_copy(failover.group);
        self.outages.begin(self.now, *failover, local, state, &members, state_copy);
    }

    fn tell_outages(&self, mut outages: Vec<Outage>, out: &mut Vec<Event>) {
        if outages.is_empty() {
            return;
        }
        for outage in &mut outages {
            let group = self.gateways.group(outage.failover.group);
            let (now, before) = group.map_or((0, 0), |group| group.claims);
            let is_over = outage.closed == Some(Closed::NextFailover);
            outage.after.claims = if is_over { before } else { now };
            outage.coverage = self.coverage(outage);
        }
        out.extend(outages.into_iter().map(|outage| Event {
            time: outage.until,
            capture: outage.failover.at.capture,
            frame: None,
            subject: Subject::Tunnel(outage.tunnel),
            router: Some(outage.failover.to),
            peer: Some(outage.tunnel.peer),
            kind: EventKind::Outage(Box::new(outage)),
        }));
    }

    /// What the captures can show of an outage, as far as that is known now.
    fn coverage(&self, outage: &Outage) -> Coverage {
        let segment = outage.failover.group.segment;
        Coverage {
            ike: self.ike_captured.contains(&segment.series),
            router: self.visibility(segment, outage.failover.to),
        }
    }

    /// Whether the captures show what a router sends to one host alone.
    pub(super) fn visibility(&self, segment: Segment, router: IpAddr) -> Visibility {
        self.visible.of(segment, router, self.end_of(segment))
    }
}

fn event(at: At, tunnel: Tunnel, router: Option<IpAddr>, kind: EventKind) -> Event {
    Event {
        time: at.time,
        capture: at.capture,
        frame: Some(at.frame),
        subject: Subject::Tunnel(tunnel),
        router,
        peer: Some(tunnel.peer),
        kind,
    }
}
