//! What both versions of IKE share: an SA, its negotiations, and the bookkeeping of one message.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use crate::capture::SeriesId;
use crate::decode::Pieces;
use crate::observe::{At, IkeSighting};
use crate::time::Timestamp;
use crate::wire::ike::{Certainty, Envelope, Header, Reading, Spi};

use super::super::event::EventKind;
use super::super::flat_map::FlatMap;
use super::super::negotiation::{Negotiation, NegotiationId, Outcome, Purpose, Refusal, Waiting};
use super::Told;
use super::informational::OpenProbe;

/// One message with its place in the capture and in its SA.
#[derive(Clone, Copy)]
pub(super) struct Arrival<'a> {
    pub(super) at: At,
    pub(super) message: &'a IkeSighting,
    /// Whether the same message was seen before.
    pub(super) repeated: bool,
    /// Whether its first piece was told before: it counts no second time.
    pub(super) completed: bool,
    /// What it is, where it is encrypted, and how sure that is.
    pub(super) reading: Option<(Reading, Certainty)>,
}

/// One IKE SA, up or coming up.
#[derive(Clone, Debug)]
pub(super) struct IkeSa {
    /// Its last message.
    pub(super) last: At,
    /// Negotiations by exchange, the last few.
    pub(super) negotiations: FlatMap<ExchangeKey, Negotiation>,
    /// An Informational of version 1 that may be a probe and waits for its answer.
    pub(super) open_probe: Option<OpenProbe>,
    /// The router of the gateway's side that used it last, where that is known.
    pub(super) router: Option<IpAddr>,
    /// Whether the responder can do without a child SA, and whether none was asked for (RFC 6023).
    pub(super) childless: (bool, bool),
    /// How large its messages are, once the responder has chosen a suite.
    envelope: Option<Envelope>,
    /// Messages already seen: sender and fingerprint, the last few.
    recent: VecDeque<Seen>,
}

/// A message already seen.
#[derive(Clone, Debug)]
struct Seen {
    from: IpAddr,
    header: Header,
    /// None while only its first piece was seen.
    fingerprint: Option<u64>,
    /// Whether its first piece was told, and it was not whole since.
    open: bool,
    series: SeriesId,
    /// When it was sent last.
    sent: Timestamp,
    /// The gaps between its sendings, the first few.
    gaps: Vec<Duration>,
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
        Self {
            last: at,
            negotiations: FlatMap::new(),
            open_probe: None,
            router: None,
            childless: (false, false),
            envelope: None,
            recent: VecDeque::new(),
        }
    }

    /// Notes a message; nothing for a copy of one that another capture of the segment shows too.
    pub(super) fn note<'a>(&mut self, at: At, message: &'a IkeSighting) -> Option<Arrival<'a>> {
        self.last = self.last.max(at);
        self.envelope = self.envelope.or(message.envelope);
        let reading = message.sealed.and_then(|sealed| sealed.read(&message.header, self.envelope));
        if let Some(seen) = self.recent.iter_mut().find(|seen| seen.is(message)) {
            if seen.series != message.series && (seen.fingerprint.is_some() || message.part) {
                return None;
            }
            let (repeated, completed) = seen.again(at, message);
            return Some(Arrival { at, message, repeated, completed, reading });
        }
        if self.recent.len() >= RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(Seen {
            from: message.src,
            header: lasting(message),
            fingerprint: (!message.part).then_some(message.fingerprint),
            open: message.part,
            series: message.series,
            sent: at.time,
            gaps: Vec::new(),
        });
        Some(Arrival { at, message, repeated: false, completed: false, reading })
    }

    /// Whether a message with the same bytes was seen.
    pub(super) fn has_bytes_of(&self, message: &IkeSighting) -> bool {
        !message.part && self.recent.iter().any(|seen| seen.fingerprint == Some(message.fingerprint))
    }

    /// The gaps between the sendings of `message`, where it is a request that was sent again for want of an answer.
    pub(super) fn repeats(&self, message: &IkeSighting) -> Vec<Duration> {
        let waits = |negotiation: &Negotiation| {
            let waiting = negotiation.waiting.filter(|waiting| waiting.from == message.src);
            // A responder of version 1 that sends its message again may just answer the initiator's repetition.
            negotiation.initiator == message.src && waiting.is_some_and(|waiting| waiting.times > 1)
        };
        let is_request = match message.header.is_response() {
            Some(is_response) => !is_response,
            None => self.negotiations.values().any(waits),
        };
        if !is_request {
            return Vec::new();
        }
        let seen = self.recent.iter().find(|seen| seen.is(message));
        seen.map_or_else(Vec::new, |seen| seen.gaps.clone())
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
        let mut negotiation = Negotiation {
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
            in_pieces: None,
            waiting: (!answered).then_some(Waiting { from: message.src, since: at, times: 1 }),
            proposal: message.proposal.clone(),
            outcome: Outcome::Pending,
            certainty: Certainty::Sure,
            childless: false,
            frames: vec![at],
            heard: (!answered, answered),
        };
        negotiation.note_pieces(stage, at, message);
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

impl Seen {
    /// Whether `message` is this one, as far as can be told.
    #[inline]
    fn is(&self, message: &IkeSighting) -> bool {
        let is_same = match self.fingerprint {
            Some(fingerprint) if !message.part && !is_recut(message) => fingerprint == message.fingerprint,
            _ => self.header == lasting(message),
        };
        self.from == message.src && is_same
    }

    /// Takes it once more: whether it was sent again, and whether it is the whole of what began with its first piece.
    fn again(&mut self, at: At, message: &IkeSighting) -> (bool, bool) {
        let repeated = self.fingerprint.is_some() || message.part;
        let completed = self.open && !message.part;
        self.open = message.part;
        if !message.part {
            self.fingerprint = Some(message.fingerprint);
        }
        let gap = at.time.since(self.sent);
        if repeated && gap >= COPY && self.gaps.len() < GAPS {
            self.gaps.push(gap);
        }
        self.sent = self.sent.max(at.time);
        (repeated, completed)
    }
}

/// A message's header, without what the cutting of it changes.
fn lasting(message: &IkeSighting) -> Header {
    Header { length: if is_recut(message) { 0 } else { message.header.length }, ..message.header }
}

/// Whether a message may come in other pieces when it is sent again (RFC 7383 §2.5.2).
const fn is_recut(message: &IkeSighting) -> bool {
    matches!(message.pieces, Pieces::IkeFragments(_)) && message.header.major() == 2
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

    /// The rest of a message came, which counted with its first piece.
    pub(super) fn complete_message(self, message: &IkeSighting) {
        if self.negotiation.proposal.is_none() && self.negotiation.began == self.negotiation.stage {
            self.negotiation.proposal.clone_from(&message.proposal);
        }
        self.changed();
    }

    /// The first piece of a message that, once it is whole, will answer, complete or refuse.
    pub(super) fn begin_message(self) {
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
    pub(super) fn complete(self, stage: &'static str, certainty: Certainty) {
        self.negotiation.waiting = None;
        self.negotiation.stage = stage;
        if !matches!(self.negotiation.outcome, Outcome::Completed(_)) {
            self.negotiation.outcome = Outcome::Completed(self.at);
            self.negotiation.certainty = certainty;
            self.told.events.push(EventKind::NegotiationCompleted { stage, spi: self.spi, certainty });
        }
        self.changed();
    }

    /// The message refuses what was asked for.
    pub(super) fn refuse(self, refusal: Refusal) {
        self.negotiation.waiting = None;
        if !matches!(self.negotiation.outcome, Outcome::Completed(_)) {
            self.negotiation.outcome = Outcome::Refused(refusal);
            self.negotiation.certainty = refusal.certainty;
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
/// How many gaps between the sendings of one message are remembered.
const GAPS: usize = 12;
/// How many negotiations of an SA are remembered.
const NEGOTIATIONS: usize = 16;
/// How many frames of a negotiation are remembered.
const FRAMES: usize = 16;
/// No implementation repeats a message this soon; a mirror or a second path does.
const COPY: Duration = Duration::from_millis(100);
