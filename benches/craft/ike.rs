//! `IKEv2` messages as they look without keys: readable `IKE_SA_INIT`, encrypted payloads of random bytes.

use super::random::Random;

/// UDP port of IKE.
pub(crate) const PORT: u16 = 500;

const SA_INIT: u8 = 34;
const AUTH: u8 = 35;
const INFORMATIONAL: u8 = 37;

const PAYLOAD_SA: u8 = 33;
const PAYLOAD_KE: u8 = 34;
const PAYLOAD_ID_INITIATOR: u8 = 35;
const PAYLOAD_ID_RESPONDER: u8 = 36;
const PAYLOAD_NONCE: u8 = 40;
const PAYLOAD_SK: u8 = 46;

const FROM_INITIATOR: u8 = 0x08;
const RESPONSE: u8 = 0x20;

/// One proposal: AES-CBC-256, HMAC-SHA2-256, HMAC-SHA2-256-128, 2048-bit MODP.
const PROPOSAL: &[u8] = &[
    0, 0, 0, 44, 1, 1, 0, 4, // last proposal, number 1, IKE, no SPI, four transforms
    3, 0, 0, 12, 1, 0, 0, 12, 0x80, 14, 1, 0, // encryption with a key length of 256
    3, 0, 0, 8, 2, 0, 0, 5, // PRF
    3, 0, 0, 8, 3, 0, 0, 12, // integrity
    0, 0, 0, 8, 4, 0, 0, 14, // key exchange
];

/// The two SPIs of an IKE SA.
#[derive(Clone, Copy)]
pub(crate) struct Spis {
    pub(crate) initiator: u64,
    pub(crate) responder: u64,
}

/// `IKE_SA_INIT`; the request has a responder SPI of zero.
pub(crate) fn sa_init(spis: Spis, response: bool, random: &mut Random) -> Vec<u8> {
    let spis = if response { spis } else { Spis { responder: 0, ..spis } };
    let mut message = header(spis, PAYLOAD_SA, SA_INIT, flags(!response, response), 0);
    payload(&mut message, PAYLOAD_KE, PROPOSAL);
    let mut key_exchange = vec![0, 14, 0, 0];
    key_exchange.extend(random.bytes(256));
    payload(&mut message, PAYLOAD_NONCE, &key_exchange);
    payload(&mut message, 0, &random.bytes(32));
    with_length(message)
}

/// `IKE_AUTH` whose first inner payload is an identity, as in an exchange that succeeds.
pub(crate) fn auth(spis: Spis, response: bool, random: &mut Random) -> Vec<u8> {
    let inner = if response { PAYLOAD_ID_RESPONDER } else { PAYLOAD_ID_INITIATOR };
    encrypted(spis, AUTH, flags(!response, response), 1, (inner, 224), random)
}

/// An empty INFORMATIONAL, which is a liveness check; the responder of the IKE SA asks. The same arguments give
/// the same bytes, as a retransmission has.
pub(crate) fn liveness(spis: Spis, message_id: u32, response: bool) -> Vec<u8> {
    let mut random = Random::new(spis.initiator ^ u64::from(message_id) << 1 ^ u64::from(response));
    encrypted(spis, INFORMATIONAL, flags(response, response), message_id, (0, 48), &mut random)
}

fn encrypted(
    spis: Spis,
    exchange: u8,
    flags: u8,
    message_id: u32,
    (inner, length): (u8, usize),
    random: &mut Random,
) -> Vec<u8> {
    let mut message = header(spis, PAYLOAD_SK, exchange, flags, message_id);
    payload(&mut message, inner, &random.bytes(length));
    with_length(message)
}

fn flags(from_initiator: bool, response: bool) -> u8 {
    (if from_initiator { FROM_INITIATOR } else { 0 }) | (if response { RESPONSE } else { 0 })
}

/// The header with a length of zero, to be set by [`with_length`].
fn header(spis: Spis, first_payload: u8, exchange: u8, flags: u8, message_id: u32) -> Vec<u8> {
    let mut header = Vec::with_capacity(512);
    header.extend_from_slice(&spis.initiator.to_be_bytes());
    header.extend_from_slice(&spis.responder.to_be_bytes());
    header.extend_from_slice(&[first_payload, 0x20, exchange, flags]);
    header.extend_from_slice(&message_id.to_be_bytes());
    header.extend_from_slice(&[0; 4]);
    header
}

/// Appends a payload with its generic header.
fn payload(message: &mut Vec<u8>, next: u8, body: &[u8]) {
    let length = u16::try_from(body.len() + 4).expect("crafted payloads are short");
    message.extend_from_slice(&[next, 0]);
    message.extend_from_slice(&length.to_be_bytes());
    message.extend_from_slice(body);
}

fn with_length(mut message: Vec<u8>) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("crafted messages are short");
    message[24..28].copy_from_slice(&length.to_be_bytes());
    message
}
