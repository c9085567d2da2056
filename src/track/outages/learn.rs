//! What outages learn of their tunnels beside ESP and negotiations.

use std::net::IpAddr;

use crate::observe::At;

use super::super::habits::Learnt;
use super::super::nat::OwnHash;
use super::super::open_outage::OpenOutage;
use super::super::outage::Outage;
use super::super::tunnel::TunnelState;
use super::super::tunnel_key::TunnelKey;
use super::Outages;

impl Outages {
    /// The peer of a tunnel has another address now: what it does there counts for the outages of the tunnel it had, and
    /// not for any of its own that the same failover began, where it was first seen after that.
    pub(in super::super) fn moved(
        &mut self,
        (before, peer): (TunnelKey, IpAddr),
        (state, address): (&TunnelState, IpAddr),
    ) {
        let now = state.key;
        for id in Self::of(&self.by_tunnel, before).to_vec() {
            let Some(open) = self.open.get_mut(&id).filter(|open| open.is_peer(peer)) else { continue };
            open.moved_to = Some(address);
            let (at, group) = (open.outage.failover.at, open.outage.failover.group);
            for other in Self::of(&self.by_tunnel, now).to_vec() {
                let is_double = |open: &OpenOutage| {
                    let failover = open.outage.failover;
                    other != id
                        && !open.window_over
                        && state.first >= at
                        && open.is_of(now)
                        && (failover.at, failover.group) == (at, group)
                };
                if self.open.get(&other).is_some_and(is_double) {
                    self.forget(other);
                }
            }
            let keys = self.open.get_mut(&id).map(|open| &mut open.keys);
            if let Some(keys) = keys.filter(|keys| !keys.contains(&now)) {
                keys.push(now);
                self.by_tunnel.entry(now).or_default().push(id);
            }
        }
    }

    /// A router goes on with an IKE SA of a tunnel that another one used before.
    pub(in super::super) fn taken_over(
        &mut self,
        key: TunnelKey,
        at: At,
        (from, to): (IpAddr, Option<IpAddr>),
    ) {
        for id in Self::of(&self.by_tunnel, key) {
            let Some(open) = self.open.get_mut(id) else { continue };
            let failover = open.outage.failover;
            if from == failover.from && to == Some(failover.to) {
                open.outage.after.ike_taken_over.get_or_insert(at);
            }
        }
    }

    /// Learns how an end repeats its requests, from an IKE message of its own.
    pub(in super::super) fn learn(&mut self, key: TunnelKey, from: IpAddr, learnt: &Learnt) {
        for id in Self::of(&self.by_tunnel, key) {
            let Some(open) = self.open.get_mut(id) else { continue };
            let Outage { tunnel, habits, .. } = &mut open.outage;
            let habits = if from == tunnel.peer { &mut habits.1 } else { &mut habits.0 };
            learnt.add_to(habits);
        }
    }

    /// Takes the comparison of the NAT-detection hash that an end sent; `sender` is the router behind it, as far as that is
    /// known.
    pub(in super::super) fn own_hash(
        &mut self,
        key: TunnelKey,
        (from, sender): (IpAddr, Option<IpAddr>),
        own: OwnHash,
    ) {
        for id in Self::of(&self.by_tunnel, key) {
            let Some(open) = self.open.get_mut(id) else { continue };
            if from != open.outage.tunnel.peer && sender != Some(open.outage.failover.from) {
                open.outage.after.own_hash = Some(own);
            }
        }
    }
}
