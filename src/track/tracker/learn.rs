//! What IKE messages show beside negotiations: where an SA goes on, NAT, and how its ends behave.

use std::net::IpAddr;

use crate::observe::{At, IkeSighting};

use super::super::event::{Event, EventKind};
use super::super::ike::Told;
use super::super::tunnel::TunnelState;
use super::super::tunnel_key::TunnelKey;
use super::super::tunnels::{TunnelId, Tunnels};
use super::{Tracker, event};

impl Tracker {
    /// Follows an IKE SA that goes on between other addresses, or by another router.
    pub(super) fn follow_move(
        &mut self,
        key: TunnelKey,
        at: At,
        (message, sender): (&IkeSighting, Option<IpAddr>),
        told: &Told,
        out: &mut Vec<Event>,
    ) {
        // Most go on where they were.
        if told.taken_over_from.is_none() && told.moved_from.is_none() {
            return;
        }
        let spi = message.header.initiator_spi;
        let tunnel = |tunnels: &Tunnels, key| tunnels.get(key).map(TunnelState::tunnel);
        let Some(now) = tunnel(&self.tunnels, key) else { return };
        if let Some(from) = told.taken_over_from {
            out.push(event(at, now, sender, EventKind::IkeSaTakenOver { spi, from }));
            self.outages.taken_over(key, at, (from, sender));
        }
        let before = told.moved_from.and_then(|before| Some((before, tunnel(&self.tunnels, before)?)));
        let Some((before, old)) = before else { return };
        out.push(event(at, now, sender, EventKind::EndpointMoved { spi, before: old }));
        if let Some(state) = self.tunnels.get_mut(before) {
            state.moved = Some(Box::new((at, now)));
        }
        let Some(state) = self.tunnels.get_mut(key) else { return };
        state.moved = None;
        if key.has_end(old.local) {
            self.outages.moved((before, old.peer), (state, key.other(old.local)));
        }
    }

    /// Notes what a message shows of NAT, and of how its sender behaves.
    pub(super) fn learn(
        &mut self,
        id: TunnelId,
        at: At,
        (message, sender): (&IkeSighting, Option<IpAddr>),
        told: &Told,
        out: &mut Vec<Event>,
    ) {
        // Most messages have no hashes to compare.
        let has_hashes = message.nat_detection.is_some();
        let of_gateway = if has_hashes { self.gateway_of(id, message.src) } else { Vec::new() };
        let Some(state) = self.tunnels.numbered_mut(id) else { return };
        let (key, tunnel) = (state.key, state.tunnel());
        let news = state.nat.note(at, message, &of_gateway);
        out.extend(news.into_iter().map(|nat| event(at, tunnel, sender, EventKind::Nat(nat))));
        if let Some((prober, asked, certainty)) = told.probe {
            state.habits.get_or_default(prober).probe(asked.time, certainty);
        }
        if !told.repeats.is_empty() {
            state.habits.get_or_default(message.src).repeat(&told.repeats);
        }
        if let Some(learnt) = state.habits.get(&message.src) {
            self.outages.learn(key, message.src, learnt);
        }
        if let Some(own) = state.nat.own(message.src).filter(|own| own.at == at) {
            self.outages.own_hash(key, (message.src, sender), own);
        }
    }

    /// The addresses of the gateway group that an end of a tunnel belongs to, and of its routers; none where it is bound
    /// to none by its address.
    fn gateway_of(&self, id: TunnelId, end: IpAddr) -> Vec<IpAddr> {
        let bindings = self.tunnels.numbered(id).map(|state| state.bindings.as_slice()).unwrap_or_default();
        let groups = bindings.iter().filter_map(|&(group, _)| self.gateways.group(group));
        let of_group = groups.map(|group| group.virtual_addresses.iter().chain(group.routers.keys()));
        let mut own = of_group.filter(|addresses| addresses.clone().any(|address| *address == end));
        own.next().map(|addresses| addresses.copied().collect()).unwrap_or_default()
    }
}
