//! Encrypted messages read by exchange, direction, first payload and length.
//!
//! Lengths and readings are those of strongSwan 5.9, whose messages were decrypted to know what they are, with
//! AES-CBC-128 and SHA2-256; those of other suites are reckoned from the same payloads.

use sagap::wire::ike::keyless::read;
use sagap::wire::ike::{
    Attribute, Body, Certainty, Envelope, ExchangeType, Message, Payload, PayloadType, Proposal, Reading,
    Transform,
};

use crate::common::ike::{emit, emit_header, header, sealed};

const REQUEST: u8 = 0x08;
const RESPONSE: u8 = 0x20;

#[test]
fn version_2_by_first_payload_and_length() {
    use Certainty::{High, Medium, Sure};
    use ExchangeType as X;
    let asked = Reading::AuthRequest { without_child: false };
    let accepted = Reading::AuthAccepted { without_child: false };
    let childless = Reading::AuthAccepted { without_child: true };
    let cases = [
        (X::IKE_AUTH, REQUEST, 35, 288, asked, Sure),
        (X::IKE_AUTH, REQUEST, 48, 80, Reading::EapRound, Sure),
        (X::IKE_AUTH, REQUEST, 39, 96, asked, Sure),
        // IDr, AUTH, SA, TSi, TSr; with certificates; with IDr, AUTH and TS_UNACCEPTABLE.
        (X::IKE_AUTH, RESPONSE, 36, 224, accepted, High),
        (X::IKE_AUTH, RESPONSE, 36, 3472, accepted, High),
        (X::IKE_AUTH, RESPONSE, 36, 128, childless, High),
        // AUTHENTICATION_FAILED.
        (X::IKE_AUTH, RESPONSE, 41, 80, Reading::AuthRefused, High),
        (X::IKE_AUTH, RESPONSE, 41, 240, accepted, Medium),
        (X::IKE_AUTH, RESPONSE, 48, 128, Reading::EapRound, Sure),
        (X::CREATE_CHILD_SA, REQUEST, 33, 208, Reading::ChildRequest, Medium),
        (X::CREATE_CHILD_SA, REQUEST, 33, 432, Reading::ChildRequest, Medium),
        (X::CREATE_CHILD_SA, REQUEST, 41, 208, Reading::RekeyRequest, Medium),
        (X::CREATE_CHILD_SA, REQUEST, 40, 496, Reading::ChildRequest, Medium),
        (X::CREATE_CHILD_SA, RESPONSE, 33, 208, Reading::ChildAccepted, High),
        (X::CREATE_CHILD_SA, RESPONSE, 34, 496, Reading::ChildAccepted, High),
        (X::CREATE_CHILD_SA, RESPONSE, 41, 80, Reading::ChildRefused, High),
        (X::CREATE_CHILD_SA, RESPONSE, 41, 224, Reading::ChildAccepted, Medium),
        (X::INFORMATIONAL, REQUEST, 0, 80, Reading::Liveness, Sure),
        (X::INFORMATIONAL, RESPONSE, 0, 80, Reading::Acknowledgement, Sure),
        (X::INFORMATIONAL, REQUEST, 42, 80, Reading::Delete, Sure),
        (X::INFORMATIONAL, RESPONSE, 42, 80, Reading::Delete, Sure),
        (X::INFORMATIONAL, REQUEST, 41, 96, Reading::Notify, Sure),
        (X::INFORMATIONAL, REQUEST, 47, 96, Reading::Configuration, Sure),
    ];
    for (exchange, flags, first, length, reading, certainty) in cases {
        let bytes = sealed(exchange, flags, PayloadType(first), length);
        let message = Message::parse(&bytes, 0).unwrap();
        for envelope in [None, Some(aes_sha256())] {
            assert_eq!(
                read(&message, envelope),
                Some((reading, certainty)),
                "{exchange:?} {flags:#x} {first} {length} {envelope:?}"
            );
        }
    }
}

#[test]
fn a_known_suite_sharpens_the_bound_for_a_child() {
    // AES-GCM and SHA2-256: IDr, AUTH and a refusal are 60 bytes, and 117 with what encryption adds.
    let gcm = version_2(&[(1, 20), (2, 5)]);
    for (length, without_child, known) in [(117, true, true), (161, false, true), (185, false, false)] {
        let bytes = sealed(ExchangeType::IKE_AUTH, RESPONSE, PayloadType::IDR, length);
        let message = Message::parse(&bytes, 0).unwrap();
        let reading = |without_child| Some((Reading::AuthAccepted { without_child }, Certainty::High));
        assert_eq!(read(&message, None), reading(without_child), "{length}");
        assert_eq!(read(&message, Some(gcm)), reading(known), "{length}");
    }
}

#[test]
fn only_the_first_fragment_tells_and_no_fragment_is_too_short() {
    let read_fragment = |number| {
        let body = Body::EncryptedFragment { first: PayloadType::IDR, number, total: 3 };
        let payload = Payload { kind: PayloadType::SKF, critical: false, body };
        let (_, bytes) = emit(&header(2, ExchangeType::IKE_AUTH, RESPONSE), &[payload]);
        read(&Message::parse(&bytes, 0).unwrap(), None)
    };
    assert_eq!(read_fragment(1), Some((Reading::AuthAccepted { without_child: false }, Certainty::High)));
    assert_eq!(read_fragment(2), None);
}

#[test]
fn version_1_by_exchange_and_length() {
    use ExchangeType as X;
    let cases = [
        (X::IDENTITY_PROTECTION, 108, Reading::Identity, Certainty::High),
        (X::IDENTITY_PROTECTION, 92, Reading::Identity, Certainty::High),
        (X::QUICK_MODE, 188, Reading::QuickOffer, Certainty::High),
        (X::QUICK_MODE, 76, Reading::QuickConfirmation, Certainty::Medium),
        // NO_PROPOSAL_CHOSEN with the offer's SPI, or a delete of one ESP SA.
        (X::INFORMATIONAL_V1, 92, Reading::ChildDeleteOrError, Certainty::Medium),
        (X::INFORMATIONAL_V1, 124, Reading::NotifyOrDelete, Certainty::High),
        (X::INFORMATIONAL_V1, 108, Reading::LivenessOrDelete, Certainty::Medium),
        (X::TRANSACTION, 92, Reading::Configuration, Certainty::Sure),
    ];
    for (exchange, length, reading, certainty) in cases {
        assert_eq!(read_version_1(exchange, 1, length, Some(aes_sha256_v1())), Some((reading, certainty)));
    }
    let unknown = Some((Reading::NotifyOrDelete, Certainty::Medium));
    assert_eq!(read_version_1(X::INFORMATIONAL_V1, 1, 108, None), unknown);
}

#[test]
fn what_is_in_clear_or_unlisted_has_no_reading() {
    assert_eq!(read_version_1(ExchangeType::IDENTITY_PROTECTION, 0, 156, None), None);
    for exchange in [ExchangeType::IKE_SA_INIT, ExchangeType(43), ExchangeType(250)] {
        let bytes = sealed(exchange, REQUEST, PayloadType::NOTIFY, 80);
        assert_eq!(read(&Message::parse(&bytes, 0).unwrap(), None), None);
    }
}

fn read_version_1(
    exchange: ExchangeType,
    flags: u8,
    length: u32,
    envelope: Option<Envelope>,
) -> Option<(Reading, Certainty)> {
    let mut header = header(1, exchange, flags);
    header.length = length;
    let mut bytes = emit_header(&header);
    bytes.resize(usize::try_from(length).unwrap(), 0xaa);
    read(&Message::parse(&bytes, 0).unwrap(), envelope)
}

fn aes_sha256() -> Envelope {
    version_2(&[(1, 12), (2, 5), (3, 12)])
}

fn version_2(ids: &[(u8, u16)]) -> Envelope {
    let transform = |(kind, id): &(u8, u16)| Transform { kind: *kind, id: *id, attributes: vec![] };
    let transforms = ids.iter().map(transform).collect();
    Envelope::of(2, &Proposal { number: 1, protocol: 1, spi: &[], transforms }).unwrap()
}

fn aes_sha256_v1() -> Envelope {
    let attributes = vec![(1, Attribute::Short(7)), (2, Attribute::Short(4))];
    let transforms = vec![Transform { kind: 1, id: 1, attributes }];
    Envelope::of(1, &Proposal { number: 1, protocol: 1, spi: &[], transforms }).unwrap()
}
