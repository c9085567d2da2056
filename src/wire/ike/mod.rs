//! IKE, versions 1 and 2: the ISAKMP header and the chain of payloads (RFC 2408 §3, RFC 7296 §3).
//!
//! UDP ports 500 and 848, and 4500 after four zero bytes (RFC 3948). Read as far as it can be without keys: all of
//! main mode's first four messages and of `IKE_SA_INIT`, and of an encrypted message what stays in clear.

pub mod delete;
pub mod envelope;
pub mod exchange;
pub mod fingerprint;
pub mod header;
pub mod keyless;
pub mod nat_detection;
pub mod notify;
pub mod notify_type;
pub mod payload;
pub mod payload_type;
pub mod piece;
pub mod sa;
pub mod suite;
pub mod unmistakable;
pub mod vendor_id;

pub use delete::Delete;
pub use envelope::Envelope;
pub use exchange::ExchangeType;
pub use fingerprint::fingerprint;
pub use header::{Header, Spi};
pub use keyless::{Certainty, Reading, Sealed};
pub use nat_detection::{HashMatch, NatDetection};
pub use notify::Notify;
pub use notify_type::NotifyType;
pub use payload::{Body, Payload};
pub use payload_type::{Label, PayloadType};
pub use piece::Piece;
pub use sa::{Attribute, Proposal, Transform};
pub use unmistakable::{is_unmistakable, may_be_ike, may_begin_ike};

use super::bytes::{Malformed, Reader};

/// The UDP port of IKE.
pub const PORT: u16 = 500;
/// The UDP port of group keys: GDOI (RFC 6407) in version 1, G-IKEv2 (RFC 9838) in version 2.
pub const GROUP_PORT: u16 = 848;

/// One IKE message, read as far as it can be read without keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// The 28-byte header.
    pub header: Header,
    /// The payloads in clear, in wire order; an encrypted one is the last.
    pub payloads: Vec<Payload<'a>>,
    /// The message as it stood in the datagram, as far as captured: for telling a retransmission.
    pub bytes: &'a [u8],
    /// Bytes in the datagram after the message's own length.
    pub trailing: usize,
    /// What stopped the decoder, if anything did.
    pub malformed: Option<Malformed>,
}

impl<'a> Message<'a> {
    /// Reads the message at the start of `bytes`, a UDP payload without the non-ESP marker that begins `base`
    /// bytes into the frame.
    ///
    /// Fails only where not even the header is there. Whatever else is wrong stands in `malformed`, beside
    /// what was read before it. No payloads, and nothing malformed: an encrypted message of version 1, or a
    /// major version other than 1 and 2. The cost is linear in the length of `bytes`.
    pub fn parse(bytes: &'a [u8], base: usize) -> Result<Self, Malformed> {
        let mut reader = Reader::new("ike", bytes, base);
        let header = Header::read(&mut reader)?;
        let claimed = usize::try_from(header.length).unwrap_or(usize::MAX);
        let complaint = check_length(claimed, bytes.len(), base);
        // A message shorter than its own header ends nowhere in particular: all of it is kept, nothing is read.
        let end = if claimed < Header::LENGTH { bytes.len() } else { claimed.min(bytes.len()) };
        let message = bytes.get(..end).unwrap_or_default();
        let (payloads, inner) = if claimed < Header::LENGTH || !has_clear_payloads(&header) {
            (Vec::new(), None)
        } else {
            let mut chain = reader.part("payloads", end.saturating_sub(Header::LENGTH))?;
            payload::read_chain(header.major(), header.first_payload(), &mut chain)
        };
        let trailing = bytes.len() - message.len();
        Ok(Self { header, payloads, bytes: message, trailing, malformed: complaint.or(inner) })
    }

    /// The first security association's proposals, in wire order; empty where none can be read.
    pub fn proposals(&self) -> &[Proposal<'a>] {
        let found = self.payloads.iter().find_map(|payload| match &payload.body {
            Body::SecurityAssociation(proposals) => Some(proposals.as_slice()),
            _ => None,
        });
        found.unwrap_or_default()
    }

    /// The notifications that can be read, in wire order.
    pub fn notifies(&self) -> impl Iterator<Item = &Notify<'a>> {
        self.payloads.iter().filter_map(|payload| match &payload.body {
            Body::Notify(notify) => Some(notify),
            _ => None,
        })
    }
}

/// The complaint about a length that is less than a header, or more than there is.
fn check_length(claimed: usize, have: usize, base: usize) -> Option<Malformed> {
    let layer = "ike";
    if claimed < Header::LENGTH {
        let offset = base + LENGTH_FIELD;
        Some(Malformed { layer, what: "message length", offset, need: Header::LENGTH, have: claimed })
    } else if claimed > have {
        Some(Malformed { layer, what: "message", offset: base, need: claimed, have })
    } else {
        None
    }
}

/// Whether there are payloads to read without keys.
///
/// A fragment of version 1 is in clear whatever its flags say: the flags are those of the message it is part of.
const fn has_clear_payloads(header: &Header) -> bool {
    match header.major() {
        1 => !header.is_encrypted() || header.next_payload == PayloadType::FRAGMENT_V1.0,
        major => major == 2,
    }
}

/// Where the length stands in the header.
const LENGTH_FIELD: usize = 24;
