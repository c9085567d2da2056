//! The chain of payloads and what each holds (RFC 2408 §3.2 to 3.16, RFC 7296 §3.2 to 3.16).
//!
//! Left out on purpose: what is inside certificates, identities, traffic selectors and configuration, which is
//! encrypted in all but a few messages; they are kept as bytes.

use super::delete::{self, Delete};
use super::notify::{self, Notify};
use super::payload_type::PayloadType;
use super::sa::{self, Proposal};
use crate::wire::bytes::{Malformed, Reader};

/// How many payloads of one message are read.
pub const MAX_PAYLOADS: usize = 256;

/// One payload of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload<'a> {
    /// Its type.
    pub kind: PayloadType,
    /// The critical bit (version 2).
    pub critical: bool,
    /// What it holds.
    pub body: Body<'a>,
}

/// What a payload holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// Security association: the proposals in wire order.
    SecurityAssociation(Vec<Proposal<'a>>),
    /// Key exchange; the group is named in version 2 only.
    KeyExchange {
        /// Diffie-Hellman group.
        group: Option<u16>,
    },
    /// Notify.
    Notify(Notify<'a>),
    /// Delete.
    Delete(Delete<'a>),
    /// Vendor ID, its bytes.
    VendorId(&'a [u8]),
    /// SK: encrypted and authenticated; `first` is the clear "next payload", the first payload inside.
    Encrypted {
        /// First payload inside.
        first: PayloadType,
    },
    /// SKF: a fragment of the encrypted part (RFC 7383).
    EncryptedFragment {
        /// First payload inside; meaningful in fragment 1 only.
        first: PayloadType,
        /// Number, from 1.
        number: u16,
        /// How many there are.
        total: u16,
    },
    /// Version 1 fragment (payload 132).
    Fragment {
        /// Which message.
        id: u16,
        /// Number, from 1.
        number: u8,
        /// Whether it is the last.
        last: bool,
        /// A slice of the whole message, its header included.
        data: &'a [u8],
    },
    /// Any other payload: its bytes after the generic header.
    Other(&'a [u8]),
}

/// Reads the chain whose first payload has type `first` from all of `reader`.
///
/// Payloads come out in wire order. What stopped the walk, or made one payload's inside unreadable, comes beside
/// them, the first of several. A payload that claims more bytes than there are is kept with those there are.
pub(super) fn read_chain<'a>(
    major: u8,
    first: PayloadType,
    reader: &mut Reader<'a>,
) -> (Vec<Payload<'a>>, Option<Malformed>) {
    let mut payloads = Vec::new();
    let mut malformed = None;
    let mut kind = first;
    while kind != PayloadType::NONE {
        if payloads.len() == MAX_PAYLOADS {
            malformed.get_or_insert(Malformed {
                need: MAX_PAYLOADS + 1,
                have: MAX_PAYLOADS,
                ..reader.malformed("payload limit", 0)
            });
            break;
        }
        let (part, complaint) = match read_generic_header(reader) {
            Ok(read) => read,
            Err(complaint) => {
                malformed.get_or_insert(complaint);
                break;
            }
        };
        let cut = complaint.is_some();
        let (body, inner) = read_body(major, kind, &part);
        let encrypted = major == 2 && matches!(kind, PayloadType::SK | PayloadType::SKF);
        payloads.push(Payload { kind, critical: part.critical, body });
        if malformed.is_none() {
            malformed = complaint.or(inner);
        }
        // An encrypted payload is the last; its "next payload" is inside it (RFC 7296 §3.14).
        if cut || encrypted {
            break;
        }
        kind = part.next;
    }
    (payloads, malformed)
}

/// A payload's generic header, and a reader over what follows it.
struct Part<'a> {
    next: PayloadType,
    critical: bool,
    body: Reader<'a>,
    /// How long it says that what follows is.
    claimed: usize,
}

/// Reads a generic header; the complaint beside it says that the payload is longer than what is left.
fn read_generic_header<'a>(reader: &mut Reader<'a>) -> Result<(Part<'a>, Option<Malformed>), Malformed> {
    let start = reader.clone();
    let mut header = reader.part("payload header", GENERIC_HEADER)?;
    let next = PayloadType(header.u8("next payload")?);
    let critical = header.u8("critical bit")? & CRITICAL != 0;
    let length_field = header.offset();
    let length = usize::from(header.u16("payload length")?);
    let Some(claimed) = length.checked_sub(GENERIC_HEADER) else {
        return Err(Malformed {
            offset: length_field,
            need: GENERIC_HEADER,
            have: length,
            ..start.malformed("payload length", 0)
        });
    };
    let complaint = (claimed > reader.remaining()).then(|| start.malformed("payload", length));
    let body = reader.part("payload", claimed.min(reader.remaining()))?;
    Ok((Part { next, critical, body, claimed }, complaint))
}

/// Reads what a payload holds; as bytes, with the reason beside them, where it cannot be read.
fn read_body<'a>(major: u8, kind: PayloadType, part: &Part<'a>) -> (Body<'a>, Option<Malformed>) {
    let mut reader = part.body.clone();
    let read = match (major, kind.0) {
        (1, 1) | (2, 33) => {
            let (proposals, complaint) = sa::read(major, &mut reader);
            let body = proposals.map_or(Body::Other(part.body.rest()), Body::SecurityAssociation);
            return (body, complaint);
        }
        (1, 4) => Ok(Body::KeyExchange { group: None }),
        (2, 34) => reader.u16("key exchange group").map(|group| Body::KeyExchange { group: Some(group) }),
        (1, 11) | (2, 41) => notify::read(major, &mut reader).map(Body::Notify),
        (1, 12) | (2, 42) => delete::read(major, &mut reader).map(Body::Delete),
        (1, 13) | (2, 43) => Ok(Body::VendorId(reader.rest())),
        (1, 132) => read_fragment(&mut reader),
        (2, 46) => Ok(Body::Encrypted { first: part.next }),
        (2, 53) => read_encrypted_fragment(part),
        _ => Ok(Body::Other(reader.rest())),
    };
    match read {
        Ok(body) => (body, None),
        Err(complaint) => (Body::Other(part.body.rest()), Some(complaint)),
    }
}

/// Cisco and Microsoft: fragment id, number, flags.
fn read_fragment<'a>(reader: &mut Reader<'a>) -> Result<Body<'a>, Malformed> {
    Ok(Body::Fragment {
        id: reader.u16("fragment id")?,
        number: reader.u8("fragment number")?,
        last: reader.u8("fragment flags")? & LAST_FRAGMENT != 0,
        data: reader.rest(),
    })
}

/// RFC 7383 §2.5: fragment number and total fragments, neither of them 0 and the number no more than the total; then what
/// is encrypted, which is never empty.
fn read_encrypted_fragment<'a>(part: &Part<'a>) -> Result<Body<'a>, Malformed> {
    let mut reader = part.body.clone();
    let at_number = reader.clone();
    let number = reader.u16("fragment number")?;
    let at_total = reader.clone();
    let total = reader.u16("total fragments")?;
    let refuse = |at: Reader<'_>, what, need: u16, have: u16| {
        Err(Malformed { have: have.into(), ..at.malformed(what, need.into()) })
    };
    if total == 0 {
        return refuse(at_total, "total fragments", 1, total);
    }
    if number == 0 {
        return refuse(at_number, "fragment number", 1, number);
    }
    if number > total {
        return refuse(at_number, "fragment number", total, number);
    }
    // Where the capture cut it, something was there.
    if part.claimed == reader.consumed() {
        return Err(reader.malformed("encrypted fragment", 1));
    }
    Ok(Body::EncryptedFragment { first: part.next, number, total })
}

const GENERIC_HEADER: usize = 4;
const CRITICAL: u8 = 0x80;
const LAST_FRAGMENT: u8 = 0x01;
