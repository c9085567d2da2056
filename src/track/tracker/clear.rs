//! Traffic in clear: what gateways forward, and what leaves after a tunnel fell silent.

use std::net::IpAddr;
use std::time::Duration;

use crate::observe::{At, ClearSlice, SCTP, Segment};
use crate::time::Timestamp;

use super::super::change::Change;
use super::super::event::{Event, EventKind};
use super::super::leak::{Leak, SilentTunnel, Trigger};
use super::super::leaks::{Noted, WatchedTunnel};
use super::super::outage::Failover;
use super::super::subject::{GroupKey, Subject};
use super::super::tunnel_key::TunnelKey;
use super::Tracker;

impl Tracker {
    /// Takes traffic in clear from a gateway or to one.
    pub(super) fn clear(&mut self, at: At, segment: Segment, slice: &ClearSlice, out: &mut Vec<Event>) {
        let ends = (slice.src, slice.dst);
        let groups = || self.gateways.in_segment(segment);
        let (is_empty, is_crowded) = (groups().next().is_none(), groups().nth(GROUPS).is_some());
        if is_empty {
            return;
        }
        let router = groups().take(GROUPS).find_map(|group| group.router_by_mac(slice.src_mac));
        if let Some(router) = router {
            self.visible.show(segment, router);
        }
        // What gateways and the ends of tunnels say for themselves is not forwarded.
        let is_own =
            groups().take(GROUPS).any(|group| group.has_address(&ends.0) || group.has_address(&ends.1));
        if is_own || self.tunnels.get(TunnelKey::new(segment, ends.0, ends.1)).is_some() {
            if slice.protocol == SCTP {
                self.gateways.sctp(at, segment, ends);
            }
            return;
        }
        let is_gateway = |mac| groups().take(GROUPS).any(|group| group.has_mac(mac));
        let enters = !is_gateway(slice.src_mac) && is_gateway(slice.dst_mac);
        let slice = ClearSlice { is_partial: slice.is_partial || is_crowded, ..*slice };
        self.clear.note(at, segment, &slice, enters);
        for (group, router) in self.leaks.on(segment) {
            let sender = self.gateways.group(group).and_then(|group| group.sender_by_mac(slice.src_mac));
            if sender == Some(router) {
                self.leaves(at, group, &slice, out);
            }
        }
    }

    /// Traffic in clear leaves the router that is watched.
    fn leaves(&mut self, at: At, group: GroupKey, slice: &ClearSlice, out: &mut Vec<Event>) {
        let Some(addresses) = self.clear.on(group.segment) else { return };
        let Some(Noted { tunnels, flow }) = self.leaks.clear(group, at, slice, addresses) else { return };
        for tunnel in &tunnels {
            let key = TunnelKey::new(group.segment, tunnel.local, tunnel.peer);
            self.outages.in_clear(key, at, slice.packets);
        }
        let Some(flow) = flow else { return };
        let only = tunnels.first().filter(|_| tunnels.len() == 1);
        out.push(Event {
            time: at.time,
            capture: at.capture,
            frame: Some(at.frame),
            subject: only.map_or(Subject::Group(group), |&tunnel| Subject::Tunnel(tunnel)),
            router: self.gateways.group(group).and_then(|group| group.owner),
            peer: only.map(|tunnel| tunnel.peer),
            kind: EventKind::ClearTraffic(flow),
        });
    }

    /// A group failed over: what its new router sends is watched.
    pub(super) fn watch_failover(&mut self, failover: Failover, out: &mut Vec<Event>) {
        let group = failover.group;
        let ended = self.leaks.end(group, failover.at.time, self.options.silence, &self.clear);
        Self::tell_leak(ended, failover.at.time, out);
        self.watch(group, failover.to, Trigger::Failover(failover), failover.reach);
    }

    /// The active router of a group changed settings: what it sends is watched.
    pub(super) fn reconfigured(&mut self, change: Change) {
        let Change { group, router, .. } = change;
        let active = self.gateways.group(group).and_then(|group| group.routers.get(&router));
        let reach = active.map(|active| active.hold() + active.hello_time() * 2);
        if let Some(reach) = reach.filter(|_| !self.leaks.watches(group)) {
            self.watch(group, router, Trigger::Change(change), reach);
        }
    }

    /// Watches what a router sends for as long as tunnels are judged. The tunnels in question sent ESP not longer than
    /// `reach` before.
    fn watch(&mut self, key: GroupKey, router: IpAddr, trigger: Trigger, reach: Duration) {
        let Some(group) = self.gateways.group(key) else { return };
        let begin = trigger.at().time;
        let since = begin.minus(reach);
        let in_segment = self.tunnels.in_segment(key.segment);
        let in_segment = in_segment.into_iter().filter_map(|id| self.tunnels.numbered(id));
        let lived = in_segment.filter_map(|state| {
            let &(_, local) = state.bindings.iter().find(|(bound, _)| *bound == key)?;
            let (last, _) = state.last_esp(local, since)?;
            let silent = SilentTunnel { tunnel: state.tunnel(), last, resumed: None };
            Some(WatchedTunnel { silent, next_hops: state.next_hops(local) })
        });
        let end = begin.max(self.now).plus(self.options.window);
        self.leaks.begin((key, group.first), router, trigger, lived, end);
    }

    /// A watch is over.
    pub(super) fn watched(&mut self, out: &mut Vec<Event>) {
        let silence = self.options.silence;
        let Some(deadline) = self.leaks.next_deadline() else { return };
        let leak = self.leaks.fire(self.now, silence, &self.clear);
        Self::tell_leak(leak, deadline, out);
    }

    /// The captures end, and all watches.
    pub(super) fn end_watches(&mut self, out: &mut Vec<Event>) {
        for group in self.leaks.groups() {
            let end = self.end_of(group.segment);
            let leak = self.leaks.end(group, end, self.options.silence, &self.clear);
            Self::tell_leak(leak, end, out);
        }
    }

    fn tell_leak(leak: Option<Leak>, time: Timestamp, out: &mut Vec<Event>) {
        out.extend(leak.map(|leak| Event {
            time,
            capture: leak.trigger.at().capture,
            frame: None,
            subject: Subject::Group(leak.group),
            router: Some(leak.router),
            peer: None,
            kind: EventKind::Leak(Box::new(leak)),
        }));
    }
}

/// Of how many groups of a segment the routers are told from others. With more of them nothing is said.
const GROUPS: usize = 64;
