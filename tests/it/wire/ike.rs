//! IKE messages: known bytes, cut bytes, and bytes made to mislead.

use sagap::wire::bytes::Malformed;
use sagap::wire::ike::payload::MAX_PAYLOADS;
use sagap::wire::ike::sa::MAX_PARTS;
use sagap::wire::ike::{
    Attribute, Body, Delete, ExchangeType, Header, Message, Notify, NotifyType, Payload, PayloadType, Spi,
    vendor_id,
};

use crate::common::ike::{emit_header, header};

#[test]
fn reads_main_mode() {
    let bytes = unhex(MAIN_MODE_1);
    let message = Message::parse(&bytes, 42).unwrap();
    assert_eq!(message.header.initiator_spi, Spi(0xa47d_ef74_48c3_90e7));
    assert_eq!((message.header.major(), message.header.is_response()), (1, None));
    assert_eq!(labels(&message), "SA(1);VID(13);VID(13);VID(13);VID(13)");
    assert_eq!(message.proposals()[0].suite(1).to_string(), "AES-CBC-128/SHA2-256/PSK/MODP2048");
    let transform = &message.proposals()[0].transforms[0];
    assert_eq!((transform.kind, transform.id), (1, 1));
    assert_eq!(transform.attributes.last(), Some(&(12, Attribute::Short(14460))));
    assert_eq!(vendors(&message), ["XAUTH", "DPD", "NAT-T (RFC 3947)", "NAT-T (draft 02\\n)"]);
    assert_whole(&message, &bytes);
}

#[test]
fn reads_ike_sa_init() {
    let bytes = unhex(IKE_SA_INIT);
    let message = Message::parse(&bytes, 42).unwrap();
    assert_eq!((message.header.is_response(), message.header.is_from_initiator()), (Some(false), Some(true)));
    assert_eq!(labels(&message), "SA(33);KE(34);Ni(40);N(41);N(41);N(41);N(41)");
    assert_eq!(message.proposals()[0].suite(2).to_string(), "AES-CBC-128/SHA2-256-128/PRF-SHA2-256/MODP2048");
    assert_eq!(message.payloads[1].body, Body::KeyExchange { group: Some(14) });
    let notifies: Vec<_> = message.notifies().map(|it| it.kind.label(2).to_string()).collect();
    assert_eq!(
        notifies,
        [
            "NAT_DETECTION_SOURCE_IP(16388)",
            "NAT_DETECTION_DESTINATION_IP(16389)",
            "SIGNATURE_HASH_ALGORITHMS(16431)",
            "REDIRECT_SUPPORTED(16406)"
        ]
    );
    assert_whole(&message, &bytes);
}

#[test]
fn reads_refusals_in_clear() {
    let bytes = unhex(REFUSAL);
    let message = Message::parse(&bytes, 42).unwrap();
    assert_eq!(message.header.is_response(), Some(true));
    let no_proposal = Notify { protocol: 0, spi: &[], kind: NotifyType::NO_PROPOSAL_CHOSEN, data: &[] };
    assert_eq!(message.notifies().collect::<Vec<_>>(), [&no_proposal]);
    assert_whole(&message, &bytes);

    let bytes = unhex(INVALID_SPI);
    let message = Message::parse(&bytes, 42).unwrap();
    let spi = &[0xc6, 0x73, 0x28, 0x7b];
    let invalid_spi = Notify { protocol: 3, spi, kind: NotifyType::INVALID_SPI, data: &[] };
    assert_eq!(message.notifies().collect::<Vec<_>>(), [&invalid_spi]);
    assert_whole(&message, &bytes);
}

#[test]
fn an_encrypted_message_shows_what_is_in_clear() {
    let encrypted_v1 =
        message_bytes(&Header { next_payload: 8, ..header(1, ExchangeType::QUICK_MODE, 1) }, &[0xaa; 48]);
    let message = Message::parse(&encrypted_v1, 0).unwrap();
    assert!(message.payloads.is_empty());
    assert_whole(&message, &encrypted_v1);

    // An IDr inside; what follows would be a chain without end if it were read.
    let sk = [36, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let sealed = message_bytes(&Header { next_payload: 46, ..header(2, ExchangeType::IKE_AUTH, 0x20) }, &sk);
    let message = Message::parse(&sealed, 0).unwrap();
    assert_eq!(message.payloads.len(), 1);
    assert_eq!(message.payloads[0].body, Body::Encrypted { first: PayloadType::IDR });
    assert_whole(&message, &sealed);
}

#[test]
fn a_fragment_of_version_1_is_read_whatever_the_flags() {
    let fragment = [0, 0, 0, 12, 0, 7, 2, 1, 0xaa, 0xaa, 0xaa, 0xaa];
    for flags in [0, 1] {
        let header = Header { next_payload: 132, ..header(1, ExchangeType::IDENTITY_PROTECTION, flags) };
        let bytes = message_bytes(&header, &fragment);
        let message = Message::parse(&bytes, 0).unwrap();
        assert_eq!(
            message.payloads[0].body,
            Body::Fragment { id: 7, number: 2, last: true, data: &[0xaa; 4] }
        );
        assert_whole(&message, &bytes);
    }
}

#[test]
fn an_unknown_version_keeps_its_header_alone() {
    let header = Header { next_payload: 33, ..header(3, ExchangeType::IKE_SA_INIT, 0) };
    let bytes = message_bytes(&header, &[0, 0, 0, 8, 0, 0, 0, 1]);
    let message = Message::parse(&bytes, 0).unwrap();
    assert_eq!((message.header.major(), message.payloads.len()), (3, 0));
    assert_whole(&message, &bytes);
}

#[test]
fn every_shorter_capture_keeps_the_payloads_before_the_cut() {
    for (hex, base) in [(MAIN_MODE_1, 0), (IKE_SA_INIT, 42), (REFUSAL, 46)] {
        let bytes = unhex(hex);
        let whole = Message::parse(&bytes, base).unwrap();
        for have in 0..bytes.len() {
            let cut = Message::parse(&bytes[..have], base);
            if have < Header::LENGTH {
                assert_eq!(cut, Err(malformed("header", base, Header::LENGTH, have)));
                continue;
            }
            let cut = cut.unwrap();
            assert_eq!(cut.malformed, Some(malformed("message", base, bytes.len(), have)));
            let before = starts(&bytes).iter().filter(|(start, length)| start + length <= have).count();
            assert_eq!(cut.payloads[..before], whole.payloads[..before], "cut at {have}");
            assert!(cut.payloads.len() <= before + 1, "cut at {have}");
        }
    }
}

#[test]
fn every_shorter_message_says_which_payload_was_cut() {
    for hex in [MAIN_MODE_1, IKE_SA_INIT, REFUSAL] {
        let bytes = unhex(hex);
        for have in Header::LENGTH..bytes.len() {
            let mut short = bytes[..have].to_vec();
            short[24..28].copy_from_slice(&u32::try_from(have).unwrap().to_be_bytes());
            let (start, length) =
                starts(&bytes).into_iter().find(|(start, length)| start + length > have).unwrap();
            let left = have - start;
            let expected = if left < 4 {
                malformed("payload header", 100 + start, 4, left)
            } else {
                malformed("payload", 100 + start, length, left)
            };
            assert_eq!(Message::parse(&short, 100).unwrap().malformed, Some(expected), "cut at {have}");
        }
    }
}

#[test]
fn a_length_that_cannot_be_is_named() {
    for length in 0..28 {
        let bytes = message_with_length(length, 36);
        let message = Message::parse(&bytes, 42).unwrap();
        assert_eq!(
            message.malformed,
            Some(malformed("message length", 66, 28, usize::try_from(length).unwrap()))
        );
        assert_eq!((message.payloads.len(), message.trailing, message.bytes.len()), (0, 0, 36));
    }
    for length in [37, 65_536, u32::MAX] {
        let bytes = message_with_length(length, 36);
        let message = Message::parse(&bytes, 42).unwrap();
        assert_eq!(message.malformed, Some(malformed("message", 42, usize::try_from(length).unwrap(), 36)));
        assert_eq!(message.payloads.len(), 1);
    }
}

#[test]
fn bytes_after_the_message_are_counted_and_not_read() {
    let mut bytes = unhex(REFUSAL);
    bytes.extend([0xff; 5]);
    let message = Message::parse(&bytes, 0).unwrap();
    assert_eq!((message.trailing, message.bytes), (5, &bytes[..36]));
    assert_eq!(message.malformed, None);
}

#[test]
fn a_payload_shorter_than_its_header_ends_the_walk() {
    for length in 0..4 {
        let chain = [41, 0, 0, 8, 0, 0, 64, 4, 41, 0, 0, length, 0, 0, 64, 5];
        let bytes =
            message_bytes(&Header { next_payload: 41, ..header(2, ExchangeType::INFORMATIONAL, 0) }, &chain);
        let message = Message::parse(&bytes, 0).unwrap();
        assert_eq!(message.payloads.len(), 1);
        assert_eq!(message.malformed, Some(malformed("payload length", 38, 4, usize::from(length))));
    }
}

#[test]
fn a_bad_payload_does_not_hide_the_next() {
    // A notify whose SPI is longer than the payload, then a sound one.
    let chain = [41, 0, 0, 8, 3, 200, 0, 11, 0, 0, 0, 8, 0, 0, 0, 14];
    let bytes =
        message_bytes(&Header { next_payload: 41, ..header(2, ExchangeType::INFORMATIONAL, 0) }, &chain);
    let message = Message::parse(&bytes, 0).unwrap();
    assert_eq!(message.payloads[0].body, Body::Other(&[3, 200, 0, 11]));
    assert_eq!(message.notifies().map(|it| it.kind.0).collect::<Vec<_>>(), [14]);
    assert_eq!(message.malformed, Some(malformed("notify SPI", 36, 200, 0)));
}

#[test]
fn a_chain_of_sixteen_thousand_payloads_stops_at_the_limit() {
    let chain: Vec<u8> = [43, 0, 0, 4].repeat(16_000);
    let bytes =
        message_bytes(&Header { next_payload: 43, ..header(2, ExchangeType::IKE_SA_INIT, 8) }, &chain);
    let message = Message::parse(&bytes, 0).unwrap();
    assert_eq!(message.payloads.len(), MAX_PAYLOADS);
    let at = Header::LENGTH + 4 * MAX_PAYLOADS;
    assert_eq!(message.malformed, Some(malformed("payload limit", at, MAX_PAYLOADS + 1, MAX_PAYLOADS)));
}

#[test]
fn exactly_the_limit_is_no_complaint() {
    let mut chain: Vec<u8> = [43, 0, 0, 4].repeat(MAX_PAYLOADS);
    let last = chain.len() - 4;
    chain[last] = 0;
    let bytes =
        message_bytes(&Header { next_payload: 43, ..header(2, ExchangeType::IKE_SA_INIT, 8) }, &chain);
    assert_whole(&Message::parse(&bytes, 0).unwrap(), &bytes);
}

#[test]
fn a_delete_of_spis_without_size_names_none() {
    for (major, kind, body) in [(2, 42, vec![3, 0, 0xff, 0xff]), (1, 12, vec![0, 0, 0, 1, 3, 0, 0xff, 0xff])]
    {
        let bytes = one_payload(major, kind, &body);
        let message = Message::parse(&bytes, 0).unwrap();
        assert_eq!(message.payloads[0].body, Body::Delete(Delete { protocol: 3, spis: vec![] }));
        assert_whole(&message, &bytes);
    }
}

#[test]
fn a_delete_of_more_spis_than_there_are_is_malformed() {
    let bytes = one_payload(2, 42, &[3, 4, 0xff, 0xff, 1, 2, 3, 4]);
    let message = Message::parse(&bytes, 0).unwrap();
    assert_eq!(message.malformed, Some(malformed("delete SPIs", 36, 4 * 65_535, 4)));
}

#[test]
fn proposals_of_no_length_stop_the_list() {
    let body = [2, 0, 0, 0].repeat(1000);
    let bytes = one_payload(2, 33, &body);
    let message = Message::parse(&bytes, 0).unwrap();
    assert_eq!(message.proposals(), []);
    assert_eq!(message.malformed, Some(malformed("proposal or transform length", 34, 4, 0)));
}

#[test]
fn proposals_and_transforms_stop_at_their_limit() {
    let proposals = [2, 0, 0, 8, 1, 1, 0, 0].repeat(2000);
    let bytes = one_payload(2, 33, &proposals);
    let message = Message::parse(&bytes, 0).unwrap();
    assert_eq!(message.proposals().len(), MAX_PARTS);
    assert_eq!(message.malformed.unwrap().what, "proposal or transform limit");

    let mut transforms = vec![0, 0, 0x3e, 0x88, 1, 1, 0, 255];
    transforms.extend([3, 0, 0, 8, 1, 0, 0, 12].repeat(2000));
    let bytes = one_payload(2, 33, &transforms);
    let message = Message::parse(&bytes, 0).unwrap();
    assert_eq!(message.proposals()[0].transforms.len(), MAX_PARTS);
    assert_eq!(message.malformed.unwrap().what, "proposal or transform limit");
}

#[test]
fn a_bad_transform_leaves_those_before_it() {
    let body = [
        [0, 0, 0, 24, 1, 1, 0, 2].as_slice(),
        &[3, 0, 0, 8, 1, 0, 0, 12],
        // Claims 40 bytes of the 8 that are left.
        &[0, 0, 0, 40, 2, 0, 0, 5],
    ];
    let bytes = one_payload(2, 33, &body.concat());
    let message = Message::parse(&bytes, 0).unwrap();
    assert_eq!(message.proposals()[0].suite(2).to_string(), "AES-CBC");
    assert_eq!(message.malformed, Some(malformed("proposal or transform", 48, 40, 8)));
}

#[test]
fn a_security_association_of_another_domain_is_kept_as_bytes() {
    // GDOI (2) in version 1 has a layout of its own.
    let body = [0, 0, 0, 2, 0, 0, 0, 1, 0xaa, 0xaa, 0xaa, 0xaa];
    let bytes = one_payload(1, 1, &body);
    let message = Message::parse(&bytes, 0).unwrap();
    assert_eq!(
        message.payloads[0],
        Payload { kind: PayloadType(1), critical: false, body: Body::Other(&body) }
    );
    assert_whole(&message, &bytes);
}

fn assert_whole(message: &Message<'_>, bytes: &[u8]) {
    assert_eq!((&message.malformed, message.trailing, message.bytes), (&None, 0, bytes));
}

fn labels(message: &Message<'_>) -> String {
    let header = &message.header;
    let response = header.is_response().unwrap_or_default();
    let labels: Vec<_> =
        message.payloads.iter().map(|it| it.kind.label(header.major(), response).to_string()).collect();
    labels.join(";")
}

fn vendors(message: &Message<'_>) -> Vec<&'static str> {
    let ids = message.payloads.iter().filter_map(|it| match it.body {
        Body::VendorId(bytes) => Some(bytes),
        _ => None,
    });
    ids.map(|bytes| vendor_id::name(bytes).unwrap()).collect()
}

/// Start and length of each payload of a sound message.
fn starts(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut starts = vec![];
    let mut at = Header::LENGTH;
    while at < bytes.len() {
        let length = usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
        starts.push((at, length));
        at += length;
    }
    starts
}

fn malformed(what: &'static str, offset: usize, need: usize, have: usize) -> Malformed {
    Malformed { layer: "ike", what, offset, need, have }
}

fn one_payload(major: u8, kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 4).unwrap().to_be_bytes();
    let chain = [&[0, 0], length.as_slice(), body].concat();
    message_bytes(&Header { next_payload: kind, ..header(major, ExchangeType(0), 0) }, &chain)
}

fn message_bytes(header: &Header, chain: &[u8]) -> Vec<u8> {
    let length = u32::try_from(Header::LENGTH + chain.len()).unwrap();
    let mut bytes = emit_header(&Header { length, ..*header });
    bytes.extend(chain);
    bytes
}

/// A message of `have` bytes, one notify, that claims `length`.
fn message_with_length(length: u32, have: usize) -> Vec<u8> {
    let header = Header { next_payload: 41, length, ..header(2, ExchangeType::INFORMATIONAL, 0) };
    let mut bytes = emit_header(&header);
    bytes.extend([0, 0, 0, 8, 0, 0, 0, 14]);
    bytes.resize(have, 0);
    bytes
}

fn unhex(hex: &str) -> Vec<u8> {
    let digits: Vec<_> = hex.chars().map(|digit| digit.to_digit(16).unwrap()).collect();
    digits.chunks_exact(2).map(|pair| u8::try_from(pair[0] << 4 | pair[1]).unwrap()).collect()
}

/// Main mode's first message, strongSwan 5.9.
const MAIN_MODE_1: &str = "\
    a47def7448c390e7000000000000000001100200000000000000009c0d00003800000001000000010000002c01010001\
    000000240101000080010007800e0080800200048004000e80030001800b0001800c387c0d00000c09002689dfd6b712\
    0d000014afcad71368a1f1c96b8696fc775701000d0000144a131c81070358455c5728f20e95452f0000001490cb8091\
    3ebb696e086381b5ec427b1f";

/// An `IKE_SA_INIT` request, strongSwan 5.9.
const IKE_SA_INIT: &str = "\
    c570ddf25c35304d00000000000000002120220800000000000001c8220000300000002c010100040300000c0100000c\
    800e0080030000080300000c0300000802000005000000080400000e28000108000e0000dd6abf3ee6e79cab2bcbc405\
    b3a006b1da8189fe9e93cf974b7931391b0582ffae33727d30bc58f4cfc58bdb47103477341ce037cc9d5458c58260b9\
    b1be16ae5aaa6365a816b0960580b44cd1841a0900c8232dbbfd6e8577b94fffb046b015e35d847c0dea73e76c24b9fe\
    d438c01d6731e46044d448bcf0aabb39e5288ecf9dc5bfab1fcd7aacf1e5616ca08338191089e28b0b50372961f0e997\
    0b2c901998436e85603bdf1f791e17ab61353a16687f8162717fc68797b31102383238cc3c4cfb885f22653459fff5cb\
    512a52e580d2fe0b6631b66af1dbc068bc4672082253d3db4bda3f58473a4e66d4c2dc323c072fe10015cb6fa1e6fe01\
    a932ab672900002459a0e9f4100e5c4ea8bfe50a400877baba52cd7b0ce7d7331a876f44afd1a4122900001c00004004\
    ab1dfb959fcd98f6db88a174710a8734b7161ff42900001c00004005f20e6b27766cdee121c2cf6a0bcf8edb23179de5\
    290000100000402f00020003000400050000000800004016";

/// An `IKE_SA_INIT` response with a notify alone, strongSwan 5.9.
const REFUSAL: &str = "\
    d3e80564d5b512ae0000000000000000292022200000000000000024000000080000000e";

/// An unprotected Informational about an unknown SPI.
const INVALID_SPI: &str = "\
    595ac4d30c1a9ac700000000000000000b1005007c9dc28a0000002c00000010000000010304000bc673287b";
