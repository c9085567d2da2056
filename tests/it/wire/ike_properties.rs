//! IKE messages: what holds for all of them.

use proptest::prelude::*;
use sagap::wire::ike::{
    Attribute, Body, Delete, ExchangeType, Header, Message, Notify, NotifyType, Payload, PayloadType,
    Proposal, Transform, fingerprint, keyless, vendor_id,
};

use crate::common::ike::{emit, emit_header, header};

proptest! {
    #[test]
    fn what_was_written_is_read((major, payloads) in chain(), flags in 0u8..=0xff) {
        // The E flag of version 1 would hide the payloads.
        let header = header(major, ExchangeType(34), if major == 1 { flags & !1 } else { flags });
        let (expected, bytes) = emit(&header, &payloads);
        let message = Message::parse(&bytes, 42).unwrap();
        prop_assert_eq!(message.malformed, None);
        prop_assert_eq!(message.header, expected);
        prop_assert_eq!(message.payloads, payloads);
        prop_assert_eq!((message.bytes, message.trailing), (bytes.as_slice(), 0));
    }

    #[test]
    fn any_bytes_are_read_within_bounds(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        check_bounds(&bytes);
    }

    #[test]
    fn any_chain_is_read_within_bounds(
        major in 1u8..4,
        first in any::<u8>(),
        words in prop::collection::vec(word(), 0..200),
    ) {
        let mut bytes = emit_header(&Header {
            next_payload: first,
            length: u32::try_from(28 + 4 * words.len()).unwrap(),
            ..header(major, ExchangeType(34), 0)
        });
        bytes.extend(words.concat());
        check_bounds(&bytes);
    }

    #[test]
    fn one_wrong_byte_is_read_within_bounds((major, payloads) in chain(), at in any::<prop::sample::Index>(), value in any::<u8>()) {
        let (_, mut bytes) = emit(&header(major, ExchangeType(34), 0), &payloads);
        let at = at.index(bytes.len());
        bytes[at] = value;
        check_bounds(&bytes);
    }
}

/// Parses; what comes out is no more than the bytes could hold, and everything that reads it on returns.
fn check_bounds(bytes: &[u8]) {
    let Ok(message) = Message::parse(bytes, 42) else {
        assert!(bytes.len() < Header::LENGTH);
        return;
    };
    assert!(message.bytes.len() + message.trailing == bytes.len());
    assert!(message.payloads.len() <= bytes.len() / 4);
    let parts: usize = message.payloads.iter().map(|payload| count(&payload.body)).sum();
    assert!(parts <= bytes.len());
    let major = message.header.major();
    for proposal in message.proposals() {
        assert!(proposal.suite(major).to_string().len() <= 64 * bytes.len());
    }
    for payload in &message.payloads {
        if let Body::VendorId(bytes) = payload.body {
            vendor_id::name(bytes);
            assert!(vendor_id::text(bytes).is_ascii());
        }
    }
    keyless::read(&message, None);
    fingerprint(message.bytes);
}

fn count(body: &Body<'_>) -> usize {
    match body {
        Body::SecurityAssociation(proposals) => {
            let transforms = proposals.iter().flat_map(|proposal| &proposal.transforms);
            proposals.len() + transforms.map(|transform| 1 + transform.attributes.len()).sum::<usize>()
        }
        Body::Delete(delete) => delete.spis.len(),
        _ => 0,
    }
}

/// Four bytes that are often a plausible payload header.
fn word() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any::<[u8; 4]>().prop_map(Vec::from),
        (prop_oneof![0u8..23, 33u8..54, Just(132)], 0u8..40)
            .prop_map(|(next, length)| vec![next, 0, 0, length]),
        Just(vec![0, 0, 0, 1]),
    ]
}

/// A version, and payloads it knows: an encrypted one only at the end.
fn chain() -> impl Strategy<Value = (u8, Vec<Payload<'static>>)> {
    (1u8..=2).prop_flat_map(|major| {
        let last = prop::option::of(payload(sealed().prop_map(|(kind, body)| (PayloadType(kind), body))));
        let clear = prop::collection::vec(payload(clear(major)), 0..6);
        (clear, last).prop_map(move |(mut payloads, last)| {
            payloads.extend(last.filter(|_| major == 2));
            (major, payloads)
        })
    })
}

fn payload(
    body: impl Strategy<Value = (PayloadType, Body<'static>)>,
) -> impl Strategy<Value = Payload<'static>> {
    (body, any::<bool>()).prop_map(|((kind, body), critical)| Payload { kind, critical, body })
}

fn sealed() -> impl Strategy<Value = (u8, Body<'static>)> {
    prop_oneof![
        any::<u8>().prop_map(|first| (46, Body::Encrypted { first: PayloadType(first) })),
        (any::<u8>(), 1..=u16::MAX, 1..=u16::MAX).prop_map(|(first, one, other)| {
            let (number, total) = (one.min(other), one.max(other));
            (53, Body::EncryptedFragment { first: PayloadType(first), number, total })
        }),
    ]
}

fn clear(major: u8) -> impl Strategy<Value = (PayloadType, Body<'static>)> {
    let [sa, ke, notify, delete, vendor, other] =
        if major == 1 { [1, 4, 11, 12, 13, 8] } else { [33, 34, 41, 42, 43, 40] };
    let group = any::<u16>().prop_map(move |group| (major == 2).then_some(group));
    prop_oneof![
        proposals(major).prop_map(move |list| (PayloadType(sa), Body::SecurityAssociation(list))),
        group.prop_map(move |group| (PayloadType(ke), Body::KeyExchange { group })),
        (any::<u8>(), slice(0..20), any::<u16>(), slice(0..40)).prop_map(
            move |(protocol, spi, kind, data)| {
                (PayloadType(notify), Body::Notify(Notify { protocol, spi, kind: NotifyType(kind), data }))
            }
        ),
        deletes().prop_map(move |body| (PayloadType(delete), Body::Delete(body))),
        slice(0..40).prop_map(move |bytes| (PayloadType(vendor), Body::VendorId(bytes))),
        slice(0..40).prop_map(move |bytes| (PayloadType(other), Body::Other(bytes))),
        // A number that neither version names.
        slice(0..40).prop_map(|bytes| (PayloadType(200), Body::Other(bytes))),
    ]
}

fn deletes() -> impl Strategy<Value = Delete<'static>> {
    let spis = prop_oneof![Just(4usize), Just(8), Just(16)]
        .prop_flat_map(|size| prop::collection::vec(slice(size..size + 1), 0..6));
    (any::<u8>(), spis).prop_map(|(protocol, spis)| Delete { protocol, spis })
}

fn proposals(major: u8) -> impl Strategy<Value = Vec<Proposal<'static>>> {
    let transforms = prop::collection::vec(transform(major), 0..5);
    let proposal = (any::<u8>(), any::<u8>(), slice(0..9), transforms)
        .prop_map(|(number, protocol, spi, transforms)| Proposal { number, protocol, spi, transforms });
    prop::collection::vec(proposal, 0..4)
}

fn transform(major: u8) -> impl Strategy<Value = Transform<'static>> {
    // Version 1 has one byte for the id.
    let id = any::<u16>().prop_map(move |id| if major == 1 { id & 0xff } else { id });
    let value = prop_oneof![any::<u16>().prop_map(Attribute::Short), slice(0..12).prop_map(Attribute::Long),];
    let attributes = prop::collection::vec((0u16..0x8000, value), 0..4);
    (any::<u8>(), id, attributes).prop_map(|(kind, id, attributes)| Transform { kind, id, attributes })
}

/// Bytes of a length in `lengths`, from a fixed stock so that they live as long as the test.
fn slice(lengths: std::ops::Range<usize>) -> impl Strategy<Value = &'static [u8]> {
    (0usize..200, lengths).prop_map(|(start, length)| &STOCK[start..start + length])
}

static STOCK: [u8; 256] = stock();

const fn stock() -> [u8; 256] {
    let mut stock = [0; 256];
    let mut byte = 13u8;
    let mut i = 0;
    while i < stock.len() {
        // The step is odd, so every byte value occurs once.
        stock[i] = byte;
        byte = byte.wrapping_add(167);
        i += 1;
    }
    stock
}
