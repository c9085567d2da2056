//! What a packet of a tunnel shows, ESP or IKE: which tunnel it is, of which gateway, and who sent it.

use std::net::IpAddr;

use crate::observe::{At, Segment};
use crate::wire::mac::MacAddr;

use super::super::tunnel::TunnelState;
use super::super::tunnel_key::TunnelKey;
use super::super::tunnels::TunnelId;
use super::Tracker;

impl Tracker {
    /// Follows the tunnel of a packet from `src` with these MACs, and binds it to what is known of its gateway; who
    /// sent the packet, as far as that is known. None where there are too many tunnels.
    pub(super) fn packet(
        &mut self,
        (at, segment): (At, Segment),
        (src, dst): (IpAddr, IpAddr),
        (src_mac, dst_mac): (Option<MacAddr>, Option<MacAddr>),
    ) -> Option<(TunnelId, Option<IpAddr>)> {
        let key = TunnelKey::new(segment, src, dst);
        let id = self.tunnels.follow(self.now, key, at, src)?;
        let state = self.tunnels.numbered_mut(id)?;
        state.note_macs(src, (src_mac, dst_mac));
        let is_first = state.note_sender(at, src);
        if !state.is_bound(&self.gateways) {
            self.bind(id);
        }
        if is_first {
            self.left_virtual_address(key, at, src);
        }
        let state = self.tunnels.numbered_mut(id)?;
        if let Some(sender) = state.known_sender(src, src_mac, &self.gateways) {
            return Some((id, sender.router));
        }
        if let Some(mac) = src_mac {
            for &(group, _) in &state.bindings {
                self.gateways.learn_sender_mac(group, src, mac);
            }
        }
        let sender = self.sender(self.tunnels.numbered(id)?, src, src_mac);
        let state = self.tunnels.numbered_mut(id)?;
        state.note_known_sender(src, (src_mac, sender), &self.gateways);
        Some((id, sender))
    }

    /// Binds a tunnel to groups it is not bound to yet; one that comes up after a failover counts for it.
    pub(super) fn bind(&mut self, id: TunnelId) {
        let Some(state) = self.tunnels.numbered_mut(id) else { return };
        for group in state.bind(&self.gateways) {
            let recent = self.failovers.get(&group).copied();
            let recent = recent.filter(|failover| self.now.since(failover.at.time) <= self.options.window);
            if let Some(failover) = recent {
                self.begin_outage(id, &failover);
            }
        }
    }

    /// The router behind a packet of a tunnel: by its MAC, else by its address.
    fn sender(&self, state: &TunnelState, src: IpAddr, mac: Option<MacAddr>) -> Option<IpAddr> {
        let groups = || state.bindings.iter().filter_map(|&(group, _)| self.gateways.group(group));
        let by_mac = mac.and_then(|mac| groups().find_map(|group| group.router_by_mac(mac)));
        by_mac.or_else(|| groups().any(|group| group.routers.contains_key(&src)).then_some(src))
    }
}
