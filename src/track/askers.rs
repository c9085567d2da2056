//! Which hosts that ARP names are routers: what was found of those it named last.

use std::hash::BuildHasher;
use std::net::IpAddr;

use foldhash::fast::FixedState;

use crate::wire::mac::MacAddr;

use super::gateway::Gateways;
use super::host::Host;

/// What was found of the hosts that ARP named last. Most are no routers, and are named again and again.
#[derive(Clone, Debug)]
pub(super) struct Askers {
    /// One place for each host, by the low bits of its hash; a later one takes the place of an earlier one.
    found: Box<[Option<Found>]>,
}

#[derive(Clone, Copy, Debug)]
struct Found {
    host: Host,
    mac: Option<MacAddr>,
    /// What was known of the gateways then.
    revision: u64,
    router: Option<IpAddr>,
}

impl Askers {
    /// The router that sends from an address with this MAC, where that is known: what
    /// [`router_at`](Gateways::router_at) tells. And whether the same was asked before; not always known.
    pub(super) fn router_at(
        &mut self,
        gateways: &Gateways,
        host: Host,
        mac: Option<MacAddr>,
    ) -> (Option<IpAddr>, bool) {
        // Who is named with its MAC as the sender is named without as the target.
        let hash = FixedState::with_seed(SEED).hash_one(host) ^ u64::from(mac.is_some());
        let place = usize::try_from(hash % PLACES).unwrap_or_default();
        let revision = gateways.revision();
        if let Some(Some(known)) = self.found.get(place)
            && (known.revision, known.mac, known.host) == (revision, mac, host)
        {
            return (known.router, true);
        }
        let router = gateways.router_at(host, mac);
        if let Some(found) = self.found.get_mut(place) {
            *found = Some(Found { host, mac, revision, router });
        }
        (router, false)
    }
}

impl Default for Askers {
    fn default() -> Self {
        Self { found: (0..PLACES).map(|_| None).collect() }
    }
}

/// How many hosts are remembered at most.
const PLACES: u64 = 0x400;
const SEED: u64 = 0x6173_6b65;
