//! What became of one attempt to set up an IKE SA or a child SA.

use std::fmt;
use std::net::IpAddr;

use crate::decode::Pieces;
use crate::observe::{At, IkeSighting};
use crate::wire::ike::{Certainty, NotifyType, Spi};

/// Number of a negotiation in its run, in order of its first message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NegotiationId(pub u64);

/// One attempt to set up an IKE SA or a child SA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiation {
    /// Its number.
    pub id: NegotiationId,
    /// What is being set up.
    pub purpose: Purpose,
    /// IKE version, 1 or 2.
    pub version: u8,
    /// Who began.
    pub initiator: IpAddr,
    /// Who is asked.
    pub responder: IpAddr,
    /// Initiator's SPI of the IKE SA.
    pub spi: Spi,
    /// Its first message.
    pub started: At,
    /// What that was.
    pub began: &'static str,
    /// Its last message so far.
    pub last: At,
    /// The message it has come to: the last new one, or the one that is waited for.
    pub stage: &'static str,
    /// The message that waits for an answer, if one does.
    pub waiting: Option<Waiting>,
    /// The last of its messages that came in pieces.
    pub in_pieces: Option<InPieces>,
    /// The first proposal of its first message, in words.
    pub proposal: Option<String>,
    /// How it ended, if it did.
    pub outcome: Outcome,
    /// How sure that is, as far as it was read without keys.
    pub certainty: Certainty,
    /// Whether it was asked to set up an IKE SA alone, and did.
    pub childless: bool,
    /// Its messages, the first few.
    pub frames: Vec<At>,
    /// Whether messages of the initiator and of the responder were seen.
    pub heard: (bool, bool),
}

/// What a negotiation sets up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// An IKE SA (in version 2 with its first child SA).
    IkeSa,
    /// A further child SA, a rekeying, or quick mode.
    ChildSa,
}

/// A message that waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Who sent it.
    pub from: IpAddr,
    /// When it was first sent.
    pub since: At,
    /// How often it was sent.
    pub times: u32,
}

/// A message that comes in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InPieces {
    /// Which message.
    pub stage: &'static str,
    /// Who sent it.
    pub from: IpAddr,
    /// Where it was first seen.
    pub at: At,
    /// What it was put together from.
    pub pieces: Pieces,
    /// Whether all of its pieces were ever seen.
    pub whole: bool,
}

/// How a negotiation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Not yet.
    Pending,
    /// It succeeded, as far as can be seen without keys.
    Completed(At),
    /// It was refused.
    Refused(Refusal),
    /// The initiator was sent to another gateway (RFC 5685).
    Redirected(At),
}

/// A refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The message that says so.
    pub at: At,
    /// Who refused.
    pub by: IpAddr,
    /// What was refused.
    pub what: Purpose,
    /// The notify, where it is in clear.
    pub notify: Option<NotifyType>,
    /// IKE version, for the notify's name.
    pub version: u8,
    /// The message it answers.
    pub stage: &'static str,
    /// How it was recognised where no notify is in clear.
    pub how: &'static str,
    /// How sure the reading is.
    pub certainty: Certainty,
}

impl Negotiation {
    /// Notes a message that is one of its own, at `stage`, and came in pieces, or did so before.
    pub(super) fn note_pieces(&mut self, stage: &'static str, at: At, message: &IkeSighting) {
        let known = self.in_pieces.as_mut().filter(|it| (it.stage, it.from) == (stage, message.src));
        match (known, message.pieces) {
            (Some(_), Pieces::One | Pieces::Segments) => self.in_pieces = None,
            (Some(known), pieces) if !message.part => (known.pieces, known.whole) = (pieces, true),
            (Some(_), _) | (None, Pieces::One | Pieces::Segments) => {}
            (None, pieces) => {
                let whole = !message.part;
                self.in_pieces = Some(InPieces { stage, from: message.src, at, pieces, whole });
            }
        }
    }

    /// Whether the message it has come to, sent by `from`, was seen before, and not all of its pieces.
    pub(super) fn has_part_of(&self, from: IpAddr) -> bool {
        self.in_pieces.is_some_and(|it| (it.stage, it.from) == (self.stage, from))
    }

    /// The answer to the message that waits for one, where not all of its pieces were seen.
    pub fn answered_in_part(&self) -> Option<InPieces> {
        let waiting = self.waiting?;
        self.in_pieces.filter(|it| it.from != waiting.from && !it.whole)
    }

    /// Whether a message from `address` was seen.
    pub fn heard_from(&self, address: IpAddr) -> bool {
        (self.heard.0 && self.initiator == address) || (self.heard.1 && self.responder == address)
    }

    /// Whether a message from another than `address` was seen.
    pub fn heard_other_than(&self, address: IpAddr) -> bool {
        (self.heard.0 && self.initiator != address) || (self.heard.1 && self.responder != address)
    }
}

impl fmt::Display for Negotiation {
    /// `IKEv2 IKE_SA_INIT by 192.0.2.1; SPI 1c610b64c2317539; AES-CBC-256/…`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IKEv{} {} by {}; SPI {}", self.version, self.began, self.initiator, self.spi)?;
        match &self.proposal {
            Some(proposal) if proposal.chars().count() > PROPOSAL => {
                let shown: String = proposal.chars().take(PROPOSAL).collect();
                write!(f, "; {shown}…")
            }
            Some(proposal) => write!(f, "; {proposal}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Refusal {
    /// `NO_PROPOSAL_CHOSEN in answer to IKE_SA_INIT`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.notify {
            Some(notify) => write!(f, "{}", notify.label(self.version))?,
            None => f.write_str(self.how)?,
        }
        write!(f, " in answer to {}", self.stage)
    }
}

/// How much of a proposal is shown: some initiators offer dozens of suites.
const PROPOSAL: usize = 100;
