//! What both versions of IKE share: an SA, its negotiations, and the bookkeeping of one message.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use crate::capture::SeriesId;
use crate::observe::{At, IkeSighting};
use crate::wire::ike::Spi;

use super::super::event::EventKind;
use super::super::negotiation::{Negotiation, NegotiationId, Outcome, Purpose, Refusal, Waiting};
use super::Told;

/// One message with its place in the capture and in its SA.
#[derive(Clone, Copy)]
pub(super) struct Arrival<'a> {
    pub(super) at: At,
    pub(super) message: &'a IkeSighting,
    /// Whether the same message was seen before.
    pub(super) repeated: bool,
}

/// One IKE SA, up or coming up.
#[derive(Debug)]
pub(super) struct IkeSa {
    /// Its last message.
    pub(super) last: At,
    /// Negotiations by exchange, the last few.
    pub(super) negotiations: BTreeMap<ExchangeKey, Negotiation>,
    /// Messages already seen: sender and fingerprint, the last few.
    recent: VecDeque<Seen>,
}

/// A message already seen.
#[derive(Debug)]
struct Seen {
    from: IpAddr,
    fingerprint: u64,
    series: SeriesId,
}

/// Which exchange of an SA: the initial one, or a later one by its message id and whether the SA's initiator began it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ExchangeKey {
    /// Phase 1, or `IKE_SA_INIT` and `IKE_AUTH`.
    Initial,
    /// Quick mode or `CREATE_CHILD_SA`.
    Child(u32, bool),
}

impl IkeSa {
    /// An SA of which one message was seen.
    pub(super) const fn new(at: At) -> Self {
        Self { last: at, negotiations: BTreeMap::new(), recent: VecDeque::new() }
    }

    /// Notes a message; nothing for a copy of one that another capture of the segment shows too.
    pub(super) fn note<'a>(&mut self, at: At, message: &'a IkeSighting) -> Option<Arrival<'a>> {
        self.last = self.last.max(at);
        let same = |seen: &&Seen| seen.from == message.src && seen.fingerprint == message.fingerprint;
        let seen = self.recent.iter().find(same);
        if seen.is_some_and(|seen| seen.series != message.series) {
            return None;
        }
        let repeated = seen.is_some();
        if !repeated {
            if self.recent.len() >= RECENT {
                self.recent.pop_front();
            }
            let (from, fingerprint, series) = (message.src, message.fingerprint, message.series);
            self.recent.push_back(Seen { from, fingerprint, series });
        }
        Some(Arrival { at, message, repeated })
    }

    /// Begins a negotiation with a message that waits for its answer, or that is itself the answer to one not seen.
    pub(super) fn begin(
        &mut self,
        ids: &mut u64,
        (key, stage): (ExchangeKey, &'static str),
        answered: bool,
        Arrival { at, message, .. }: Arrival<'_>,
        told: &mut Told,
    ) {
        *ids += 1;
        let negotiation = Negotiation {
            id: NegotiationId(*ids),
            purpose: match key {
                ExchangeKey::Initial => Purpose::IkeSa,
                ExchangeKey::Child(..) => Purpose::ChildSa,
            },
            version: message.header.major(),
            initiator: if answered { message.dst } else { message.src },
            responder: if answered { message.src } else { message.dst },
            spi: message.header.initiator_spi,
            started: at,
            began: stage,
            last: at,
            stage,
            waiting: (!answered).then_some(Waiting { from: message.src, since: at, times: 1 }),
            proposal: message.proposal.clone(),
            outcome: Outcome::Pending,
            frames: vec![at],
            heard: (!answered, answered),
        };
        told.events.push(EventKind::NegotiationStarted(Box::new(negotiation.clone())));
        told.negotiations.push(negotiation.clone());
        if self.negotiations.len() >= NEGOTIATIONS {
            let oldest = self.negotiations.iter().min_by_key(|(_, negotiation)| negotiation.last);
            if let Some(oldest) = oldest.map(|(&key, _)| key) {
                self.negotiations.remove(&oldest);
            }
        }
        self.negotiations.insert(key, negotiation);
    }
}

/// A message that belongs to a negotiation under way.
pub(super) struct Step<'a> {
    pub(super) negotiation: &'a mut Negotiation,
    pub(super) at: At,
    pub(super) from: IpAddr,
    pub(super) spi: Spi,
    pub(super) told: &'a mut Told,
}

impl Step<'_> {
    /// The message is sent again.
    pub(super) fn repeat(self) {
        let Some(waiting) = self.negotiation.waiting.as_mut().filter(|waiting| waiting.from == self.from)
        else {
            return;
        };
        // The same message within a tenth of a second is another copy of one packet, not another attempt.
        if self.at.time.since(self.negotiation.last.time) < COPY {
            return;
        }
        waiting.times += 1;
        let (stage, times) = (self.negotiation.stage, waiting.times);
        self.told.events.push(EventKind::NegotiationRetransmitted { stage, times, spi: self.spi });
        self.changed();
    }

    /// A new message that waits for an answer. What seemed complete before was only one round of several (EAP).
    pub(super) fn wait(self, stage: &'static str) {
        if matches!(self.negotiation.outcome, Outcome::Completed(_)) {
            self.negotiation.outcome = Outcome::Pending;
        }
        self.negotiation.stage = stage;
        self.negotiation.waiting = Some(Waiting { from: self.from, since: self.at, times: 1 });
        self.changed();
    }

    /// The message sends the initiator to another gateway.
    pub(super) fn redirect(self) {
        self.negotiation.waiting = None;
        self.negotiation.outcome = Outcome::Redirected(self.at);
        self.told.events.push(EventKind::NegotiationRedirected { spi: self.spi });
        self.changed();
    }

    /// An answer that leaves the next message to the other side.
    pub(super) fn answer(self) {
        self.negotiation.waiting = None;
        self.changed();
    }

    /// The message completes the negotiation.
    pub(super) fn complete(self, stage: &'static str) {
        self.negotiation.waiting = None;
        self.negotiation.stage = stage;
        if !matches!(self.negotiation.outcome, Outcome::Completed(_)) {
            self.negotiation.outcome = Outcome::Completed(self.at);
            self.told.events.push(EventKind::NegotiationCompleted { stage, spi: self.spi });
        }
        self.changed();
    }

    /// The message refuses what was asked for.
    pub(super) fn refuse(self, refusal: Refusal) {
        self.negotiation.waiting = None;
        if !matches!(self.negotiation.outcome, Outcome::Completed(_)) {
            self.negotiation.outcome = Outcome::Refused(refusal);
            self.told.events.push(EventKind::NegotiationRefused { refusal, spi: self.spi });
        }
        self.changed();
    }

    fn changed(self) {
        self.negotiation.last = self.at;
        let by_initiator = self.from == self.negotiation.initiator;
        self.negotiation.heard.0 |= by_initiator;
        self.negotiation.heard.1 |= !by_initiator;
        if self.negotiation.frames.len() < FRAMES {
            self.negotiation.frames.push(self.at);
        }
        self.told.negotiations.push(self.negotiation.clone());
    }
}

/// How many messages of an SA are remembered for telling a retransmission.
const RECENT: usize = 32;
/// How many negotiations of an SA are remembered.
const NEGOTIATIONS: usize = 16;
/// How many frames of a negotiation are remembered.
const FRAMES: usize = 16;
/// No implementation repeats a message this soon; a mirror or a second path does.
const COPY: Duration = Duration::from_millis(100);
