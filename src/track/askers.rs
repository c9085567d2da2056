//! Which hosts that ARP names are routers: what was found of those it named last.

use std::net::IpAddr;

use crate::wire::mac::MacAddr;

use super::gateway::Gateways;
use super::host::Host;

/// What was found of the hosts that ARP named last. Most are no routers, and are named again and again.
#[derive(Clone, Debug)]
pub(super) struct Askers {
    /// One place for each host, by its address; a later one takes the place of an earlier one.
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
        let place = place(host.address, mac.is_some());
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

/// Where what was found of a host stands. Who is named with its MAC as the sender is named without as the target.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the highest bits are taken")]
fn place(address: IpAddr, has_mac: bool) -> usize {
    let number = match address {
        IpAddr::V4(address) => u64::from(address.to_bits()),
        IpAddr::V6(address) => (address.to_bits() >> 64) as u64 ^ address.to_bits() as u64,
    };
    ((number << 1 | u64::from(has_mac)).wrapping_mul(SPREAD) >> (u64::BITS - PLACES.ilog2())) as usize
}

/// How many hosts are remembered at most: a power of two.
const PLACES: usize = 0x400;
/// Digits of the golden ratio: numbers that follow each other come to lie far apart.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
