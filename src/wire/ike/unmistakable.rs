//! Telling IKE by its bytes alone, on ports that are not its own.
//!
//! Everything that the standards fix is held against the bytes: version, exchange, flags, message id, SPIs, a length that
//! is the datagram's to the byte, and a chain of payloads of known types that ends exactly there (RFC 2408 §3.1, §4;
//! RFC 2409 §5; RFC 7296 §1.2, §2.2, §3.1). What passes is IKE; what does not may be all the same.

use super::exchange::ExchangeType;
use super::header::{Header, Spi};
use super::payload_type::PayloadType;
use super::{LENGTH_FIELD, Message};
use crate::wire::bytes::Reader;

/// Whether `bytes`, a whole datagram or message without a marker, are an IKE message and nothing else could be.
///
/// The cost is linear in their length, and next to nothing for what is not IKE.
pub fn is_unmistakable(bytes: &[u8]) -> bool {
    if !may_be_ike(bytes) {
        return false;
    }
    let Ok(message) = Message::parse(bytes, 0) else { return false };
    let header = &message.header;
    if message.malformed.is_some() || message.trailing != 0 || header.initiator_spi == Spi(0) {
        return false;
    }
    match header.version {
        VERSION_1 => is_version_1(header, bytes),
        VERSION_2 => is_version_2(header, bytes),
        _ => false,
    }
}

/// Whether version and length of `bytes` are those of an IKE message: a first look, which one datagram in billions
/// passes by chance.
#[inline]
pub fn may_be_ike(bytes: &[u8]) -> bool {
    may_begin_ike(bytes, bytes.len())
}

/// The same for the first bytes of what is `length` bytes long.
#[inline]
pub fn may_begin_ike(bytes: &[u8], length: usize) -> bool {
    let version = bytes.get(VERSION_FIELD);
    let claimed = bytes.get(LENGTH_FIELD..).and_then(<[u8]>::first_chunk::<4>);
    matches!(version, Some(&(VERSION_1 | VERSION_2)))
        && claimed.is_some_and(|claimed| u32::from_be_bytes(*claimed) as usize == length)
}

fn is_version_1(header: &Header, bytes: &[u8]) -> bool {
    let phase_1 = matches!(header.exchange.0, 1 | 2 | 4);
    let between_two = header.responder_spi != Spi(0);
    if header.flags & !VERSION_1_FLAGS != 0 || (phase_1 != (header.message_id == 0)) {
        return false;
    }
    if header.is_encrypted() && header.next_payload != PayloadType::FRAGMENT_V1.0 {
        let sealed = bytes.len().saturating_sub(Header::LENGTH);
        let first_is_fit = match header.exchange {
            ExchangeType::IDENTITY_PROTECTION | ExchangeType::AGGRESSIVE => {
                matches!(header.next_payload, ID | CERTIFICATE | HASH | SIGNATURE)
            }
            ExchangeType::INFORMATIONAL_V1
            | ExchangeType::TRANSACTION
            | ExchangeType::QUICK_MODE
            | NEW_GROUP => header.next_payload == HASH,
            _ => false,
        };
        return first_is_fit && between_two && sealed > 0 && sealed.is_multiple_of(SMALLEST_BLOCK);
    }
    let Some(kinds) = kinds(header, bytes) else { return false };
    match kinds.first() {
        Some(&PayloadType::FRAGMENT_V1) => kinds.len() == 1,
        Some(_) if phase_1 => between_two || kinds.contains(&PayloadType(SA_V1)),
        Some(&PayloadType(NOTIFY_V1 | DELETE_V1)) => header.exchange == ExchangeType::INFORMATIONAL_V1,
        _ => false,
    }
}

fn is_version_2(header: &Header, bytes: &[u8]) -> bool {
    if header.flags & !VERSION_2_FLAGS != 0 {
        return false;
    }
    let Some(kinds) = kinds(header, bytes) else { return false };
    let has = |wanted: &[PayloadType]| wanted.iter().all(|kind| kinds.contains(kind));
    let initial = header.message_id == 0
        && header.is_response() != header.is_from_initiator()
        && (header.is_response() == Some(true) || header.responder_spi == Spi(0));
    match header.exchange {
        ExchangeType::IKE_SA_INIT => {
            let clear = |kind: &PayloadType| matches!(*kind, PayloadType::NOTIFY | VENDOR_ID);
            let is_short = header.is_response() == Some(true) && kinds.iter().all(clear);
            initial && (is_short || has(&[PayloadType::SA, PayloadType::KE, PayloadType::NONCE]))
        }
        ExchangeType::IKE_SESSION_RESUME => initial && has(&[PayloadType::NOTIFY, PayloadType::NONCE]),
        exchange => {
            let is_sealed = matches!(kinds[..], [PayloadType::SK | PayloadType::SKF]);
            let is_numbered = exchange != ExchangeType::IKE_AUTH || header.message_id > 0;
            let is_known = (ExchangeType::IKE_AUTH.0..=IKE_FOLLOWUP_KE).contains(&exchange.0);
            is_known && is_sealed && is_numbered && header.responder_spi != Spi(0)
        }
    }
}

/// The types of the payloads in clear, which must be known ones, and fill the message to its last byte.
fn kinds(header: &Header, bytes: &[u8]) -> Option<Vec<PayloadType>> {
    let mut reader = Reader::new("ike", bytes.get(Header::LENGTH..)?, 0);
    let critical = if header.major() == 1 { 0 } else { CRITICAL };
    let mut kinds = Vec::new();
    let mut kind = header.first_payload();
    while kind != PayloadType::NONE {
        kind.name(header.major(), false)?;
        let next = PayloadType(reader.u8("next payload").ok()?);
        if reader.u8("reserved").ok()? & !critical != 0 || kinds.len() >= PAYLOADS {
            return None;
        }
        let length = usize::from(reader.u16("payload length").ok()?);
        reader.take("payload", length.checked_sub(GENERIC_HEADER)?).ok()?;
        kinds.push(kind);
        let is_sealed = header.major() == 2 && matches!(kind, PayloadType::SK | PayloadType::SKF);
        kind = if is_sealed { PayloadType::NONE } else { next };
    }
    (reader.is_empty() && !kinds.is_empty()).then_some(kinds)
}

const VERSION_FIELD: usize = 17;
/// Major version 1, minor 0.
const VERSION_1: u8 = 0x10;
/// Major version 2, minor 0.
const VERSION_2: u8 = 0x20;
/// Encryption, commit and authentication only.
const VERSION_1_FLAGS: u8 = 0x07;
/// Initiator and response. Nobody can speak a higher version, since there is none.
const VERSION_2_FLAGS: u8 = 0x28;
const CRITICAL: u8 = 0x80;
const GENERIC_HEADER: usize = 4;
/// No message in clear has as many payloads.
const PAYLOADS: usize = 64;
/// The smallest block of a cipher of version 1, in bytes.
const SMALLEST_BLOCK: usize = 8;

const SA_V1: u8 = 1;
const ID: u8 = 5;
const CERTIFICATE: u8 = 6;
const HASH: u8 = 8;
const SIGNATURE: u8 = 9;
const NOTIFY_V1: u8 = 11;
const DELETE_V1: u8 = 12;
const NEW_GROUP: ExchangeType = ExchangeType(33);
const VENDOR_ID: PayloadType = PayloadType(43);
const IKE_FOLLOWUP_KE: u8 = 44;
