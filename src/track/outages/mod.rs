//! The outages under way: each failover with each tunnel bound to it, until nothing more can be learnt.

mod learn;

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::time::Duration;

use foldhash::fast::RandomState;

use crate::capture::SeriesId;
use crate::observe::{At, EspSlice, FragmentSighting, Segment};
use crate::time::Timestamp;

use super::habits::Habits;
use super::loose::Loose;
use super::negotiation::Negotiation;
use super::open_outage::{Known, Noted, OpenOutage};
use super::options::Options;
use super::outage::{After, Before, Closed, Coverage, Failover, Flow, Outage, OutageId, StateCopy};
use super::subject::{GroupKey, Tunnel};
use super::timer::Timers;
use super::tunnel::TunnelState;
use super::tunnel_key::TunnelKey;

/// The outages under way.
#[derive(Clone)]
pub(super) struct Outages {
    options: Options,
    open: BTreeMap<OutageId, OpenOutage>,
    by_tunnel: HashMap<TunnelKey, Vec<OutageId>, RandomState>,
    windows: Timers<OutageId>,
    next: u64,
    /// ESP slices on SPIs beyond those told apart.
    pub(super) refused: u64,
    /// Outages that were not begun because too many are under way.
    pub(super) not_begun: u64,
}

impl Outages {
    /// No outages yet.
    pub(super) fn new(options: Options) -> Self {
        Self {
            options,
            open: BTreeMap::new(),
            by_tunnel: HashMap::default(),
            windows: Timers::new(),
            next: 0,
            refused: 0,
            not_begun: 0,
        }
    }

    /// Begins an outage of a tunnel, whose end on the gateway's side is `local`, a virtual address or not. `aliases`
    /// are the tunnels from members' own addresses to the same peer.
    pub(super) fn begin(
        &mut self,
        now: Timestamp,
        failover: Failover,
        (local, ends_at_virtual_address): (IpAddr, bool),
        state: &TunnelState,
        aliases: &[&TunnelState],
        state_copy: Option<StateCopy>,
    ) {
        if self.open.len() >= OPEN {
            self.not_begun += 1;
            return;
        }
        self.next += 1;
        let id = OutageId(self.next);
        let owner = ends_at_virtual_address.then_some(failover.to);
        let known = aliases
            .iter()
            .chain([&state])
            .flat_map(|tunnel| tunnel.sas.iter().map(move |sa| (sa.flow.sa, Known::of(sa, tunnel, owner))));
        let known = known.collect();
        let tunnel = Tunnel { local, peer: state.key.other(local) };
        let before = Before { state_copy, ..self.before(&failover, local, state, aliases) };
        let until = failover.at.time;
        let (after, coverage) = (After::default(), Coverage::default());
        let vendors = |end: IpAddr| state.vendors.get(&end).cloned().unwrap_or_default();
        let habits = |end| state.habits.get(&end).map_or_else(Habits::default, |it| it.before(until));
        let habits = (habits(local), habits(tunnel.peer));
        let outage = Outage {
            id,
            failover,
            tunnel,
            ends_at_virtual_address,
            vendors: (vendors(local), vendors(tunnel.peer)),
            before,
            after,
            coverage,
            habits,
            until,
            closed: None,
        };
        let keys: Vec<_> = aliases.iter().chain([&state]).map(|tunnel| tunnel.key).collect();
        for &key in &keys {
            self.by_tunnel.entry(key).or_default().push(id);
        }
        let end = failover.at.time.plus(self.options.window);
        // One that came too late to be put in order is watched from now on.
        let end = if end < now { now.plus(self.options.window) } else { end };
        self.windows.set(id, end);
        let loose = Loose::default();
        let open = OpenOutage { outage, keys, moved_to: None, known, loose, window_over: false };
        self.open.insert(id, open);
    }

    /// Whether the outage of a tunnel after this failover has begun: one of its own, to which others may count.
    pub(super) fn is_under_way(&self, failover: &Failover, key: TunnelKey) -> bool {
        let is_its_own = |open: &OpenOutage| {
            let known = open.outage.failover;
            (known.at, known.group) == (failover.at, failover.group) && open.is_of(key)
        };
        Self::of(&self.by_tunnel, key).iter().filter_map(|id| self.open.get(id)).any(is_its_own)
    }

    /// Lets a tunnel that was first seen after the failover count for an outage to the same peer; whether there is one.
    pub(super) fn adopt(&mut self, failover: &Failover, key: TunnelKey, peer: IpAddr) -> bool {
        let found = self.open.iter_mut().find(|(_, open)| {
            open.outage.failover.at == failover.at
                && open.outage.failover.group == failover.group
                && open.outage.tunnel.peer == peer
        });
        let Some((&id, open)) = found else { return false };
        if !open.keys.contains(&key) {
            open.keys.push(key);
            self.by_tunnel.entry(key).or_default().push(id);
        }
        true
    }

    /// Takes ESP of a tunnel; `sender` is the router that sent it, as far as that is known.
    pub(super) fn esp(
        &mut self,
        key: TunnelKey,
        at: At,
        slice: &EspSlice,
        sender: Option<IpAddr>,
        out: &mut Vec<Outage>,
    ) {
        if self.open.is_empty() {
            return;
        }
        let jump = self.options.stateful_jump;
        for id in Self::of(&self.by_tunnel, key) {
            let Some(open) = self.open.get_mut(id) else { continue };
            match open.esp(at, slice, sender, jump) {
                Noted::New if open.window_over => out.push(open.snapshot(at.time)),
                Noted::New | Noted::Known => {}
                Noted::Refused => self.refused += 1,
            }
        }
    }

    /// Takes a negotiation that began or changed; `sender` is the router that sent its last message, as far as that
    /// is known.
    pub(super) fn negotiation(
        &mut self,
        key: TunnelKey,
        at: At,
        negotiation: &Negotiation,
        sender: Option<IpAddr>,
        out: &mut Vec<Outage>,
    ) {
        for id in Self::of(&self.by_tunnel, key) {
            let Some(open) = self.open.get_mut(id) else { continue };
            if sender == Some(open.outage.failover.from) {
                open.forget_negotiation(negotiation);
                continue;
            }
            let end = open.outage.failover.at.time.plus(self.options.window);
            // One that began later changes no verdict before its SAs carry ESP.
            if open.negotiation(negotiation) && open.window_over && negotiation.started.time <= end {
                out.push(open.snapshot(at.time));
            }
        }
    }

    /// Takes the vendor IDs of an end.
    pub(super) fn vendors(&mut self, key: TunnelKey, from: IpAddr, vendors: &[&'static str]) {
        if vendors.is_empty() {
            return;
        }
        for id in Self::of(&self.by_tunnel, key) {
            let Some(open) = self.open.get_mut(id) else { continue };
            let (gateway, peer) = &mut open.outage.vendors;
            let end = if from == open.outage.tunnel.peer { peer } else { gateway };
            end.extend(vendors);
        }
    }

    /// Takes a sign of the peer's that is no negotiation, a notice of an unknown SPI, or an ICMP error.
    pub(super) fn sign(&mut self, key: TunnelKey, at: At, sign: Sign, from: IpAddr) {
        for id in Self::of(&self.by_tunnel, key) {
            let Some(open) = self.open.get_mut(id) else { continue };
            let is_peer = open.is_peer(from);
            let after = &mut open.outage.after;
            let count = match sign {
                Sign::Informational if is_peer => &mut after.peer_informational,
                Sign::Informational => continue,
                Sign::InvalidSpi => &mut after.invalid_spi,
                Sign::Unreachable => &mut after.unreachable,
                Sign::FragmentsLost => &mut after.fragments_lost,
            };
            count.get_or_insert((0, at)).0 += 1;
        }
    }

    /// Takes packets in clear that may be traffic of a tunnel.
    pub(super) fn in_clear(&mut self, key: TunnelKey, at: At, packets: u64) {
        for id in Self::of(&self.by_tunnel, key) {
            if let Some(open) = self.open.get_mut(id) {
                open.outage.after.in_clear.get_or_insert((0, at)).0 += packets;
            }
        }
    }

    /// A router claims the role of a group beside the one that took it over.
    pub(super) fn contested(&mut self, group: GroupKey, at: At, router: IpAddr) {
        for open in self.open.values_mut() {
            let failover = open.outage.failover;
            if failover.group == group && failover.from == router {
                open.outage.after.contested.get_or_insert(at);
            }
        }
    }

    /// Takes a fragment of a UDP datagram.
    pub(super) fn fragment(&mut self, at: At, segment: Segment, fragment: FragmentSighting) {
        for id in Self::of(&self.by_tunnel, TunnelKey::new(segment, fragment.src, fragment.dst)) {
            if let Some(open) = self.open.get_mut(id) {
                open.loose.add(at, fragment);
            }
        }
    }

    /// All fragments of a UDP datagram have come.
    pub(super) fn joined(&mut self, segment: Segment, whole: FragmentSighting) {
        for id in Self::of(&self.by_tunnel, TunnelKey::new(segment, whole.src, whole.dst)) {
            if let Some(open) = self.open.get_mut(id) {
                open.loose.join(whole);
            }
        }
    }

    /// The clock was set back by this much.
    pub(super) fn set_back(&mut self, by: Duration) {
        self.windows.set_back(by);
    }

    /// Whether surely nothing is due before `now`.
    pub(super) fn rests_until(&self, now: Timestamp) -> bool {
        self.windows.rests_until(now)
    }

    /// The next deadline.
    pub(super) fn next_deadline(&mut self) -> Option<Timestamp> {
        self.windows.next()
    }

    /// Fires the next deadline, where it is before `now`: a window is over.
    ///
    /// `heard` is how far each series of captures has come: another capture's frames show no silence in this one.
    pub(super) fn fire(
        &mut self,
        now: Timestamp,
        heard: &BTreeMap<SeriesId, Timestamp>,
        out: &mut Vec<Outage>,
    ) {
        let Some((deadline, id)) = self.windows.fire(now) else { return };
        let Some(open) = self.open.get_mut(&id) else { return };
        open.window_over = true;
        let last = open.heard(heard).unwrap_or(deadline);
        // A gateway that is alive is heard at least once in its hold time.
        let goes_on = deadline.since(last) <= open.outage.failover.reach;
        out.push(open.snapshot(if goes_on { deadline } else { last }));
    }

    /// Ends the outages of a group because it failed over again.
    pub(super) fn end_group(&mut self, next: &Failover, out: &mut Vec<Outage>) {
        let ended: Vec<OutageId> = self
            .open
            .iter()
            .filter(|(_, open)| open.outage.failover.group == next.group)
            .map(|(&id, _)| id)
            .collect();
        for id in ended {
            self.end(id, next.at.time, Closed::NextFailover, out);
        }
    }

    /// Ends all outages because their captures ended, each series when it was `heard` last.
    pub(super) fn end_all(&mut self, heard: &BTreeMap<SeriesId, Timestamp>, out: &mut Vec<Outage>) {
        while let Some((&id, open)) = self.open.first_key_value() {
            let end = open.heard(heard).unwrap_or(open.outage.until);
            self.end(id, end, Closed::CaptureEnd, out);
        }
    }

    fn end(&mut self, id: OutageId, now: Timestamp, why: Closed, out: &mut Vec<Outage>) {
        let Some(mut open) = self.forget(id) else { return };
        open.outage.closed = Some(why);
        out.push(open.snapshot(now));
    }

    /// Follows an outage no longer.
    fn forget(&mut self, id: OutageId) -> Option<OpenOutage> {
        self.windows.clear(id);
        let open = self.open.remove(&id)?;
        for key in &open.keys {
            if let Some(ids) = self.by_tunnel.get_mut(key) {
                ids.retain(|&other| other != id);
                if ids.is_empty() {
                    self.by_tunnel.remove(key);
                }
            }
        }
        Some(open)
    }

    /// The outages a tunnel counts for, one for each group it is bound to.
    fn of(by_tunnel: &HashMap<TunnelKey, Vec<OutageId>, RandomState>, key: TunnelKey) -> &[OutageId] {
        by_tunnel.get(&key).map(Vec::as_slice).unwrap_or_default()
    }

    fn before(
        &self,
        failover: &Failover,
        local: IpAddr,
        state: &TunnelState,
        aliases: &[&TunnelState],
    ) -> Before {
        let t_f = failover.at.time;
        let since = t_f.minus(self.options.window);
        let flow = |outbound: bool| {
            let last_esp = |tunnel: &&TunnelState| {
                let peer = state.key.other(local);
                let src = if outbound { tunnel.key.other(peer) } else { peer };
                let (last, spi) = tunnel.last_esp(src, since)?;
                Some((last, spi, tunnel.sender_of(src, spi)))
            };
            let (last, spi, router) = aliases.iter().chain([&state]).filter_map(last_esp).max()?;
            Some(Flow { last, spi, router, ran_until_failover: t_f.since(last.time) <= failover.reach })
        };
        Before {
            outbound: flow(true),
            inbound: flow(false),
            ike: aliases
                .iter()
                .chain([&state])
                .filter_map(|tunnel| tunnel.last_ike)
                .max()
                .filter(|at| at.time >= since),
            ever: if state.first < failover.at {
                (state.sent(local), state.sent(state.key.other(local)))
            } else {
                (false, false)
            },
            ike_version: state.ike_versions.last().copied(),
            proposal: state
                .attempts
                .accepted
                .as_ref()
                .filter(|(by, _)| *by == local)
                .map(|(_, it)| it.clone()),
            state_copy: None,
            own_hash: state.nat.own(local).filter(|own| own.at < failover.at),
            moved: state.moved_before(failover.at),
        }
    }
}

/// A sign that is neither ESP nor a negotiation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// A probe or a delete.
    Informational,
    /// A notice that an SPI is unknown.
    InvalidSpi,
    /// A destination-unreachable error.
    Unreachable,
    /// An error that says that fragments never arrived.
    FragmentsLost,
}

/// How many outages may be under way at once.
const OPEN: usize = 0x6000;
