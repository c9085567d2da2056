//! Which of its addresses a router sends from: the virtual one, or its own.

use std::net::IpAddr;

use crate::observe::At;

use super::super::endpoint::LeftVirtualAddress;
use super::super::tunnel::TunnelState;
use super::super::tunnel_key::TunnelKey;
use super::Tracker;

impl Tracker {
    /// Notes that `router` sends for the first time from its own address, where a tunnel to the same peer ended at the
    /// virtual address until lately.
    pub(super) fn left_virtual_address(&mut self, key: TunnelKey, at: At, router: IpAddr) {
        let Some(state) = self.tunnels.get(key) else { return };
        let peer = key.other(router);
        let groups = state.bindings.iter().filter_map(|&(group, _)| self.gateways.group(group));
        let own = groups.filter(|group| {
            group.routers.contains_key(&router) && !group.virtual_addresses.contains(&router)
        });
        let ends = own.flat_map(|group| group.virtual_addresses.iter().map(|&address| (group.key, address)));
        let ends: Vec<_> = ends.collect();
        for (group, address) in ends {
            let key = TunnelKey::new(key.segment, address, peer);
            let Some(state) = self.tunnels.get_mut(key).filter(|state| state.left.is_none()) else {
                continue;
            };
            let recent = |last: &At| *last < at && at.time.since(last.time) <= self.options.change_window;
            if let Some(last) = state.last_sent(address).filter(recent) {
                state.left = Some(Box::new(LeftVirtualAddress {
                    group,
                    router,
                    at,
                    last,
                    returned: None,
                    answered: false,
                    works: false,
                }));
            }
        }
    }

    /// Finds out what came of tunnels that left their virtual address. Where one works from the other, ESP has not stopped.
    pub(super) fn settle_endpoints(&mut self) {
        let settled = |state: &TunnelState| {
            let left = state.left.as_ref()?;
            let peer = state.tunnel().peer;
            let moved = self.tunnels.get(TunnelKey::new(state.key.segment, left.router, peer))?;
            let flows = |src| moved.last_esp(src, left.at.time).is_some();
            let answered = moved.last_sent(peer).is_some_and(|at| at > left.at);
            Some((state.key, answered, flows(left.router) && flows(peer)))
        };
        let settled: Vec<(TunnelKey, bool, bool)> = self.tunnels.all().filter_map(settled).collect();
        for (key, answered, works) in settled {
            if let Some(left) = self.tunnels.get_mut(key).and_then(|state| state.left.as_mut()) {
                (left.answered, left.works) = (answered, works);
            }
        }
    }
}
