//! IKE, and the errors about it.

use crate::observe::{At, IkeSighting, Segment, UnreachableSighting};

use super::super::event::{Event, EventKind};
use super::super::outages::Sign;
use super::super::tunnel_key::TunnelKey;
use super::{Tracker, event};

impl Tracker {
    /// Takes an IKE message.
    pub(super) fn ike(&mut self, at: At, segment: Segment, message: &IkeSighting, out: &mut Vec<Event>) {
        self.ike_captured.insert(segment.series);
        let packet =
            self.packet((at, segment), (message.src, message.dst), (message.src_mac, message.dst_mac));
        let Some((id, sender)) = packet else { return };
        if let Some(router) = sender {
            self.visible.show(segment, router);
        }
        let Some(state) = self.tunnels.numbered_mut(id) else { return };
        state.ike(at, message);
        let (key, tunnel) = (state.key, state.tunnel());
        self.outages.vendors(key, message.src, &message.vendors);
        let router = sender.filter(|_| message.src == tunnel.local);
        let mut told = self.ike.message(at, segment, message, router);
        self.follow_move(key, at, (message, sender), &told, out);
        out.extend(told.events.drain(..).map(|kind| event(at, tunnel, sender, kind)));
        let mut outages = Vec::new();
        for negotiation in &told.negotiations {
            let Some(state) = self.tunnels.numbered_mut(id) else { continue };
            let last = state.way(tunnel.local).last.map(|(last, _)| last);
            state.attempts.note(negotiation, last);
            self.outages.negotiation(key, at, negotiation, sender, &mut outages);
        }
        self.learn(id, at, (message, sender), &told, out);
        if told.informational {
            self.outages.sign(key, at, Sign::Informational, message.src);
        }
        if told.invalid_spi {
            self.outages.sign(key, at, Sign::InvalidSpi, message.src);
        }
        self.tell_outages(outages, out);
    }

    /// Takes an ICMP error.
    pub(super) fn unreachable(
        &mut self,
        at: At,
        segment: Segment,
        error: &UnreachableSighting,
        out: &mut Vec<Event>,
    ) {
        let key = TunnelKey::new(segment, error.quoted.src, error.quoted.dst);
        let Some(state) = self.tunnels.get(key) else { return };
        let kind = EventKind::Unreachable { version: error.version, code: error.code };
        out.push(event(at, state.tunnel(), None, kind));
        self.outages.sign(key, at, Sign::Unreachable, error.src);
    }
}
