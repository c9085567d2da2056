//! What an encrypted message is, read without keys.
//!
//! Version 2 leaves the type of the first encrypted payload in clear, in SK's own header (RFC 7296 §3.14); with the
//! exchange, the direction and the length it tells an acceptance from a refusal. Version 1 leaves only exchange,
//! message id and length; there a refusal shows in the sequence of messages: an Informational from the
//! responder where main mode's sixth or quick mode's second message is due.
//!
//! Lengths are compared with the smallest message that could hold what is asked about, built from the smallest
//! payloads the standards allow. The bounds therefore err to one side: a message called too short is.

use std::fmt;

use super::Message;
use super::envelope::Envelope;
use super::exchange::ExchangeType;
use super::header::Header;
use super::payload::Body;
use super::payload_type::PayloadType;

/// What an encrypted message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reading {
    /// Version 2: an empty request, which asks only for a sign of life.
    Liveness,
    /// Version 2: an empty response. After [`Reading::Delete`] it confirms the end of the IKE SA; the end of a
    /// child SA is confirmed by a delete of its other direction (RFC 7296 §1.4.1).
    Acknowledgement,
    /// Version 2: a delete comes first.
    Delete,
    /// Version 2: a notify comes first: an error, an address change, a redirect, a message id synchronisation.
    Notify,
    /// Version 2: configuration. Version 1: configuration or extended authentication.
    Configuration,
    /// Version 2: an identity and its proof are sent. Also the proof that ends EAP.
    AuthRequest {
        /// The message begins with the identity and is too short to ask for a child SA. `false` says nothing.
        without_child: bool,
    },
    /// Version 2: the responder proved its identity. With EAP this is not yet the end.
    AuthAccepted {
        /// The message is too short to hold a child SA: that was refused, or not asked for. `false` says
        /// nothing.
        without_child: bool,
    },
    /// Version 2: the IKE SA is refused.
    AuthRefused,
    /// Version 2: one round of EAP.
    EapRound,
    /// Version 2: a new child SA is asked for, or a new IKE SA in place of this one.
    ChildRequest,
    /// Version 2: a child SA in place of another is asked for.
    RekeyRequest,
    /// Version 2: the child SA or new IKE SA is accepted.
    ChildAccepted,
    /// Version 2: the child SA or new IKE SA is refused; for now, where another group or a later try is asked for.
    ChildRefused,
    /// Version 1: identity and proof, main mode's messages 5 and 6 or aggressive mode's message 3.
    Identity,
    /// Version 1: quick mode with a security association, its message 1 or 2.
    QuickOffer,
    /// Version 1: quick mode without one, its message 3 or 4.
    QuickConfirmation,
    /// Version 1: an Informational; most often an error, or the end of an SA.
    NotifyOrDelete,
    /// Version 1: an Informational too short for a sign of life or the end of the IKE SA: the end of child SAs, or an
    /// error about one.
    ChildDeleteOrError,
    /// Version 1: an Informational as long as a sign of life (R-U-THERE, RFC 3706), its answer, or the end of the
    /// IKE SA.
    LivenessOrDelete,
}

/// How sure a reading is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// Usual, with known exceptions.
    Medium,
    /// No implementation known to do otherwise.
    High,
    /// The standard leaves nothing else.
    Sure,
}

impl fmt::Display for Certainty {
    /// `medium`, `high`, `sure`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Medium => "medium",
            Self::High => "high",
            Self::Sure => "sure",
        })
    }
}

/// What an encrypted message leaves in clear beside its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sealed {
    /// Version 2: the first encrypted payload.
    first: PayloadType,
    /// Length of the whole message. What was cut into several is longer than any bound asked about.
    length: u32,
}

/// Reads an encrypted message; `None` for one in clear, of an exchange not listed, or that tells nothing.
///
/// `envelope` is that of the IKE SA, where its negotiation was seen. Without it version 2 reckons with
/// [`Envelope::SMALLEST`], and version 1 cannot tell one Informational from another.
pub fn read(message: &Message<'_>, envelope: Option<Envelope>) -> Option<(Reading, Certainty)> {
    Sealed::of(message)?.read(&message.header, envelope)
}

impl Sealed {
    /// What `message` leaves in clear; `None` where it is not encrypted. Of fragments only the first names the payload.
    pub fn of(message: &Message<'_>) -> Option<Self> {
        let length = message.header.length;
        if message.header.is_encrypted() {
            return Some(Self { first: PayloadType::NONE, length });
        }
        if message.header.major() != 2 {
            return None;
        }
        match message.payloads.last()?.body {
            Body::Encrypted { first } | Body::EncryptedFragment { first, number: 1, total: 1 } => {
                Some(Self { first, length })
            }
            Body::EncryptedFragment { first, number: 1, .. } => Some(Self { first, length: u32::MAX }),
            _ => None,
        }
    }

    /// Reads the message with this header, as [`read`] does.
    pub fn read(self, header: &Header, envelope: Option<Envelope>) -> Option<(Reading, Certainty)> {
        match header.major() {
            1 => read_version_1(header, envelope),
            2 => read_version_2(header, self.first, self.length, envelope.unwrap_or(Envelope::SMALLEST)),
            _ => None,
        }
    }
}

fn read_version_2(
    header: &Header,
    first: PayloadType,
    length: u32,
    envelope: Envelope,
) -> Option<(Reading, Certainty)> {
    let response = header.is_response()?;
    match (header.exchange, response) {
        (ExchangeType::INFORMATIONAL, _) => read_informational(first, response),
        (ExchangeType::IKE_AUTH, false) => Some(read_auth_request(first, length, envelope)),
        (ExchangeType::IKE_AUTH, true) => read_auth_response(first, length, envelope),
        (ExchangeType::CREATE_CHILD_SA, false) => read_child_request(first),
        (ExchangeType::CREATE_CHILD_SA, true) => read_child_response(first, length, envelope),
        _ => None,
    }
}

fn read_informational(first: PayloadType, response: bool) -> Option<(Reading, Certainty)> {
    let reading = match first {
        PayloadType::NONE if response => Reading::Acknowledgement,
        PayloadType::NONE => Reading::Liveness,
        PayloadType::DELETE => Reading::Delete,
        PayloadType::NOTIFY => Reading::Notify,
        PayloadType::CONFIGURATION => Reading::Configuration,
        _ => return None,
    };
    Some((reading, Certainty::Sure))
}

/// Whoever wants EAP asks for the child SA beside its identity, and sends no proof yet.
fn read_auth_request(first: PayloadType, length: u32, envelope: Envelope) -> (Reading, Certainty) {
    let without_child = length < envelope.sealed(SMALLEST_IDENTITY + SMALLEST_CHILD);
    match first {
        PayloadType::EAP => (Reading::EapRound, Certainty::Sure),
        PayloadType::IDI => (Reading::AuthRequest { without_child }, Certainty::Sure),
        PayloadType::AUTH => (Reading::AuthRequest { without_child: false }, Certainty::Sure),
        _ => (Reading::AuthRequest { without_child: false }, Certainty::Medium),
    }
}

/// The identity first, or AUTH after EAP, accepts. A notify first refuses, unless the message is long enough for
/// more: some send notifies before the identity.
fn read_auth_response(first: PayloadType, length: u32, envelope: Envelope) -> Option<(Reading, Certainty)> {
    let proof = GENERIC + 4 + envelope.hash().min(SMALLEST_SIGNATURE);
    let accepted = |before: u32| Reading::AuthAccepted {
        without_child: length < envelope.sealed(before + proof + SMALLEST_CHILD),
    };
    Some(match first {
        PayloadType::IDR => (accepted(SMALLEST_IDENTITY), Certainty::High),
        PayloadType::AUTH => (accepted(0), Certainty::High),
        PayloadType::EAP => (Reading::EapRound, Certainty::Sure),
        PayloadType::NOTIFY if length < envelope.sealed(NOTIFY + SMALLEST_IDENTITY + proof) => {
            (Reading::AuthRefused, Certainty::High)
        }
        PayloadType::NOTIFY
            if length < envelope.sealed(NOTIFY + SMALLEST_IDENTITY + proof + SMALLEST_CHILD) =>
        {
            (Reading::AuthRefused, Certainty::Medium)
        }
        PayloadType::NOTIFY => (Reading::AuthAccepted { without_child: false }, Certainty::Medium),
        _ => return None,
    })
}

/// The order of payloads is free (RFC 7296 §2.5), and a few implementations begin with KE or the nonce.
fn read_child_request(first: PayloadType) -> Option<(Reading, Certainty)> {
    match first {
        PayloadType::SA | PayloadType::KE | PayloadType::NONCE => {
            Some((Reading::ChildRequest, Certainty::Medium))
        }
        PayloadType::NOTIFY => Some((Reading::RekeyRequest, Certainty::Medium)),
        _ => None,
    }
}

fn read_child_response(first: PayloadType, length: u32, envelope: Envelope) -> Option<(Reading, Certainty)> {
    match first {
        PayloadType::SA | PayloadType::KE | PayloadType::NONCE => {
            Some((Reading::ChildAccepted, Certainty::High))
        }
        PayloadType::NOTIFY if length < envelope.sealed(NOTIFY + SMALLEST_NONCE + SMALLEST_CHILD) => {
            Some((Reading::ChildRefused, Certainty::High))
        }
        PayloadType::NOTIFY => Some((Reading::ChildAccepted, Certainty::Medium)),
        _ => None,
    }
}

fn read_version_1(header: &Header, envelope: Option<Envelope>) -> Option<(Reading, Certainty)> {
    let length = header.length;
    Some(match header.exchange {
        ExchangeType::IDENTITY_PROTECTION | ExchangeType::AGGRESSIVE => (Reading::Identity, Certainty::High),
        ExchangeType::TRANSACTION => (Reading::Configuration, Certainty::Sure),
        ExchangeType::QUICK_MODE if length <= LONGEST_CONFIRMATION => {
            (Reading::QuickConfirmation, Certainty::Medium)
        }
        ExchangeType::QUICK_MODE => (Reading::QuickOffer, Certainty::High),
        ExchangeType::INFORMATIONAL_V1 => {
            envelope.map_or((Reading::NotifyOrDelete, Certainty::Medium), |it| {
                let probe = it.sealed_version_1(GENERIC + it.hash() + R_U_THERE);
                match length {
                    length if length < probe.0 => (Reading::ChildDeleteOrError, Certainty::Medium),
                    length if length <= probe.1 => (Reading::LivenessOrDelete, Certainty::Medium),
                    _ => (Reading::NotifyOrDelete, Certainty::High),
                }
            })
        }
        _ => return None,
    })
}

/// A generic payload header.
const GENERIC: u32 = 4;
/// A notify without SPI and data (RFC 7296 §3.10).
const NOTIFY: u32 = GENERIC + 4;
/// An identity without content: `ID_NULL` (RFC 7619 §2.2). An address has 4 bytes more.
const SMALLEST_IDENTITY: u32 = GENERIC + 4;
/// AUTH holds the PRF's output, or a signature, the smallest of which is that of DSS: two 20-byte integers.
const SMALLEST_SIGNATURE: u32 = 40;
/// A nonce of 16 bytes (RFC 7296 §3.9).
const SMALLEST_NONCE: u32 = GENERIC + 16;
/// SA with one proposal, a 4-byte SPI, and the two transforms ESP and AH must have (RFC 7296 §3.3.3), both without
/// attributes; two traffic selector payloads with one IPv4 selector each.
const SMALLEST_CHILD: u32 = (GENERIC + 8 + 4 + 2 * 8) + 2 * (GENERIC + 4 + 16);
/// R-U-THERE with its domain, both cookies as SPI, and a sequence number (RFC 3706 §5.2).
const R_U_THERE: u32 = GENERIC + 8 + 16 + 4;
/// Quick mode's third message holds a hash and nothing else: at most 68 bytes with SHA2-512, padded to 80. The first
/// two hold a security association, a nonce and mostly two identities: 64 bytes and more beside the hash.
const LONGEST_CONFIRMATION: u32 = 28 + 80;
