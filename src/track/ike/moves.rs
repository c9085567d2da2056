//! IKE SAs that go on elsewhere: from another address (MOBIKE, RFC 4555; a NAT that maps anew), or by another router.

use std::collections::HashMap;
use std::net::IpAddr;

use foldhash::fast::RandomState;

use crate::observe::{IkeSighting, Segment};
use crate::wire::ike::Spi;

use super::super::tunnel_key::TunnelKey;
use super::{IkeTracker, SaId};

/// Which tunnel an IKE SA that is up was last seen in.
#[derive(Clone, Debug)]
pub(super) struct Homes {
    by_spis: HashMap<(Segment, Spi, Spi), TunnelKey, RandomState>,
}

impl Homes {
    /// None known yet.
    pub(super) fn new() -> Self {
        Self { by_spis: HashMap::default() }
    }

    /// Forgets the SAs that are not `known` any more.
    pub(super) fn retain(&mut self, known: impl Fn(Spi, TunnelKey) -> bool) {
        self.by_spis.retain(|&(_, initiator, _), tunnel| known(initiator, *tunnel));
    }
}

impl IkeTracker {
    /// The tunnel that the SA of a message was seen in before, where that is another one with one end the same. Only what
    /// is encrypted counts, outside the exchanges that set an SA up: SPIs alone are anybody's.
    pub(super) fn moved_from(&mut self, tunnel: TunnelKey, message: &IkeSighting) -> Option<TunnelKey> {
        let header = &message.header;
        if header.major() != 2 || message.sealed.is_none() {
            return None;
        }
        let spis = (tunnel.segment, header.initiator_spi, header.responder_spi);
        let before = self.homes.by_spis.insert(spis, tunnel).filter(|&before| before != tunnel)?;
        let is_new = !self.sas.contains_key(&SaId { tunnel, spi: header.initiator_spi, major: 2 });
        let old = self.sas.get(&SaId { tunnel: before, spi: header.initiator_spi, major: 2 });
        // A capture on a NAT shows each message twice, with either address.
        let is_copy = old.is_some_and(|sa| sa.has_bytes_of(message));
        let is_up = matches!(header.exchange.0, CREATE_CHILD_SA | INFORMATIONAL);
        (is_up && is_new && !is_copy && before.shares_an_end_with(tunnel)).then_some(before)
    }

    /// The router that used the SA of a message before, where that was another one than its sender `router`, both on the
    /// gateway's side. Whoever sends what is encrypted has the SA; what was sent before another may just forward.
    pub(super) fn taken_over_from(
        &mut self,
        tunnel: TunnelKey,
        message: &IkeSighting,
        router: Option<IpAddr>,
        repeated: bool,
    ) -> Option<IpAddr> {
        let router = router?;
        let id = SaId { tunnel, spi: message.header.initiator_spi, major: message.header.major() };
        let sa = self.sas.get_mut(&id).filter(|_| message.sealed.is_some() && !repeated)?;
        sa.router.replace(router).filter(|before| *before != router)
    }
}

const CREATE_CHILD_SA: u8 = 36;
const INFORMATIONAL: u8 = 37;
