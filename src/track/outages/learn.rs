//! What outages learn of their tunnels beside ESP and negotiations.

use std::net::IpAddr;

use super::super::habits::Learnt;
use super::super::nat::OwnHash;
use super::super::outage::Outage;
use super::super::tunnel::TunnelKey;
use super::Outages;

impl Outages {
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
