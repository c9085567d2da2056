//! IKE exchanges: who began, what was sent again, what was answered, refused or completed.

mod informational;
mod moves;
mod sa;
mod v1;
mod v2;

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use foldhash::fast::RandomState;

use crate::observe::{At, IkeSighting, Segment};
use crate::wire::ike::{Certainty, NotifyType, Spi};

use super::event::EventKind;
use super::negotiation::Negotiation;
use super::tunnel_key::TunnelKey;
use moves::Homes;
use sa::IkeSa;

/// All IKE SAs, up or coming up.
#[derive(Clone)]
pub(super) struct IkeTracker {
    sas: HashMap<SaId, IkeSa, RandomState>,
    negotiations: u64,
    homes: Homes,
    /// How many SAs were forgotten because there were too many.
    pub(super) forgotten: u64,
}

/// What one IKE message gave.
#[derive(Default)]
pub(super) struct Told {
    /// Events, in order.
    pub(super) events: Vec<EventKind>,
    /// Negotiations it began or changed.
    pub(super) negotiations: Vec<Negotiation>,
    /// Whether it is a request outside any negotiation: a probe, a delete.
    pub(super) informational: bool,
    /// Whether it says that an SPI is unknown.
    pub(super) invalid_spi: bool,
    /// A probe of liveness that it is or answers: whose, which, and how sure that is.
    pub(super) probe: Option<(IpAddr, At, Certainty)>,
    /// The tunnel that its SA was seen in before, where that is another one now.
    pub(super) moved_from: Option<TunnelKey>,
    /// The router of the gateway's side that used its SA before, where that was another one.
    pub(super) taken_over_from: Option<IpAddr>,
    /// The gaps between the sendings of this request, where it was sent again for want of an answer.
    pub(super) repeats: Vec<Duration>,
}

/// The identity of an IKE SA: its initiator's SPI between two addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct SaId {
    tunnel: TunnelKey,
    spi: Spi,
    major: u8,
}

impl IkeTracker {
    /// No SAs yet.
    pub(super) fn new() -> Self {
        Self { sas: HashMap::default(), negotiations: 0, homes: Homes::new(), forgotten: 0 }
    }

    /// Takes one message, which `router` of the gateway's side sent, where it is from there and that is known.
    pub(super) fn message(
        &mut self,
        at: At,
        segment: Segment,
        message: &IkeSighting,
        router: Option<IpAddr>,
    ) -> Told {
        let major = message.header.major();
        let tunnel = TunnelKey::new(segment, message.src, message.dst);
        let mut told = Told { moved_from: self.moved_from(tunnel, message), ..Told::default() };
        let id = SaId { tunnel, spi: message.header.initiator_spi, major };
        if self.sas.len() >= SAS && !self.sas.contains_key(&id) {
            self.forget_oldest();
        }
        let ids = &mut self.negotiations;
        let sa = self.sas.entry(id).or_insert_with(|| IkeSa::new(at));
        let Some(arrival) = sa.note(at, message) else { return told };
        let (repeated, is_new) = (arrival.repeated, !arrival.repeated && !arrival.completed);
        match major {
            1 => v1::message(sa, ids, arrival, &mut told),
            2 => v2::message(sa, ids, arrival, &mut told),
            _ => {}
        }
        // What comes for the first time was not sent again yet.
        if !is_new {
            told.repeats = sa.repeats(message);
        }
        told.taken_over_from = self.taken_over_from(tunnel, message, router, repeated);
        for &(notify, spi) in &message.notifies {
            if matches!(notify, INVALID_SPI | INVALID_IKE_SPI) {
                told.invalid_spi = true;
                told.events.push(EventKind::InvalidSpi { spi: spi.filter(|_| notify == INVALID_SPI) });
            }
        }
        told
    }

    /// Makes room by forgetting the SAs that were silent longest.
    fn forget_oldest(&mut self) {
        let mut ages: Vec<At> = self.sas.values().map(|sa| sa.last).collect();
        let cut = ages.len() / 8;
        let (_, &mut oldest_kept, _) = ages.select_nth_unstable(cut);
        let before = self.sas.len();
        self.sas.retain(|_, sa| sa.last >= oldest_kept);
        self.forgotten += (before - self.sas.len()) as u64;
        let sas = &self.sas;
        self.homes.retain(|spi, tunnel| sas.contains_key(&SaId { tunnel, spi, major: 2 }));
    }
}

/// RFC 7296 §3.10.1 and RFC 2408 §3.14.1: the same number in both versions.
const INVALID_SPI: NotifyType = NotifyType(11);
/// `INVALID_IKE_SPI` in version 2, `INVALID-COOKIE` in version 1: the sender does not know the IKE SA. Nobody may
/// act on it (RFC 7296 §2.21.4), so it is no answer.
const INVALID_IKE_SPI: NotifyType = NotifyType(4);
/// How many IKE SAs are followed at once, half-open ones included.
const SAS: usize = 0x1_0000;
