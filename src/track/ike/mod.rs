//! IKE exchanges: who began, what was sent again, what was answered, refused or completed.

mod informational;
mod sa;
mod v1;
mod v2;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use crate::observe::{At, IkeSighting, Segment};
use crate::wire::ike::{Certainty, NotifyType, Spi};

use super::event::EventKind;
use super::negotiation::Negotiation;
use super::tunnel::TunnelKey;
use sa::IkeSa;

/// All IKE SAs, up or coming up.
pub(super) struct IkeTracker {
    sas: BTreeMap<SaId, IkeSa>,
    negotiations: u64,
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
    /// The gaps between the sendings of this request, where it was sent again for want of an answer.
    pub(super) repeats: Vec<Duration>,
}

/// The identity of an IKE SA: its initiator's SPI between two addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SaId {
    tunnel: TunnelKey,
    spi: Spi,
    major: u8,
}

impl IkeTracker {
    /// No SAs yet.
    pub(super) const fn new() -> Self {
        Self { sas: BTreeMap::new(), negotiations: 0, forgotten: 0 }
    }

    /// Takes one message.
    pub(super) fn message(&mut self, at: At, segment: Segment, message: &IkeSighting) -> Told {
        let mut told = Told::default();
        let major = message.header.major();
        let tunnel = TunnelKey::new(segment, message.src, message.dst);
        let id = SaId { tunnel, spi: message.header.initiator_spi, major };
        if !self.sas.contains_key(&id) && self.sas.len() >= SAS {
            self.forget_oldest();
        }
        let ids = &mut self.negotiations;
        let sa = self.sas.entry(id).or_insert_with(|| IkeSa::new(at));
        let Some(arrival) = sa.note(at, message) else { return told };
        match major {
            1 => v1::message(sa, ids, arrival, &mut told),
            2 => v2::message(sa, ids, arrival, &mut told),
            _ => {}
        }
        told.repeats = sa.repeats(message);
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
    }
}

/// RFC 7296 §3.10.1 and RFC 2408 §3.14.1: the same number in both versions.
const INVALID_SPI: NotifyType = NotifyType(11);
/// `INVALID_IKE_SPI` in version 2, `INVALID-COOKIE` in version 1: the sender does not know the IKE SA. Nobody may
/// act on it (RFC 7296 §2.21.4), so it is no answer.
const INVALID_IKE_SPI: NotifyType = NotifyType(4);
/// How many IKE SAs are followed at once, half-open ones included.
const SAS: usize = 0x1_0000;
