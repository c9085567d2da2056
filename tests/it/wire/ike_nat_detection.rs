//! Hashes of addresses and ports, reckoned with another program.

use std::net::IpAddr;

use sagap::wire::ike::{
    Body, ExchangeType, HashMatch, Message, NatDetection, Notify, NotifyType, Payload, PayloadType,
};

use crate::common::ike::{emit, header};

const REQUEST: u8 = 0x08;
/// SHA-1 over 192.0.2.1 port 500, the same with port 0, 198.51.100.9 port 500, and `2001:db8::1` port 4500.
const OURS: &str = "f62ead21e6a756c429b205b272e506bec103e0ea";
const OURS_PORT_0: &str = "7be608f6bc305a96bfa98475bab8110e445ff3f5";
const THEIRS: &str = "1da4d6a7bf4d90c86a74126c3ad94e07f10492d7";
const OURS_6: &str = "7f7c5aa4915eb030dac4b5f24f3465a8e60ca958";

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
}

/// The hashes of an `IKE_SA_INIT` with these notifies.
fn of_notifies(exchange: ExchangeType, hashes: &[(NotifyType, &str)]) -> Option<NatDetection> {
    let hashes: Vec<_> = hashes.iter().map(|(kind, hash)| (*kind, bytes(hash))).collect();
    let payloads: Vec<_> = hashes
        .iter()
        .map(|(kind, data)| {
            let body = Body::Notify(Notify { protocol: 0, spi: &[], kind: *kind, data });
            Payload { kind: PayloadType::NOTIFY, critical: false, body }
        })
        .collect();
    let (_, message) = emit(&header(2, exchange, REQUEST), &payloads);
    NatDetection::of(&Message::parse(&message, 0).expect("a message"))
}

/// The hashes of a main mode message with these payloads, each of this type.
fn of_payloads(kind: PayloadType, hashes: &[&str]) -> Option<NatDetection> {
    let hashes: Vec<_> = hashes.iter().map(|hash| bytes(hash)).collect();
    let payloads: Vec<_> =
        hashes.iter().map(|hash| Payload { kind, critical: false, body: Body::Other(hash) }).collect();
    let (_, message) = emit(&header(1, ExchangeType::IDENTITY_PROTECTION, 0), &payloads);
    NatDetection::of(&Message::parse(&message, 0).expect("a message"))
}

fn source(hashes: &NatDetection, address: &str, port: u16) -> Option<HashMatch> {
    hashes.source(address.parse::<IpAddr>().expect("an address"), port)
}

fn destination(hashes: &NatDetection, address: &str, port: u16) -> Option<HashMatch> {
    hashes.destination(address.parse::<IpAddr>().expect("an address"), port)
}

const SOURCE: NotifyType = NotifyType::NAT_DETECTION_SOURCE_IP;
const DESTINATION: NotifyType = NotifyType::NAT_DETECTION_DESTINATION_IP;

#[test]
fn version_2_names_source_and_destination() {
    let hashes =
        of_notifies(ExchangeType::IKE_SA_INIT, &[(SOURCE, OURS), (DESTINATION, THEIRS)]).expect("hashes");
    assert_eq!(source(&hashes, "192.0.2.1", 500), Some(HashMatch::Same));
    assert_eq!(source(&hashes, "192.0.2.1", 4500), Some(HashMatch::Other));
    assert_eq!(source(&hashes, "192.0.2.2", 500), Some(HashMatch::Other));
    assert_eq!(destination(&hashes, "198.51.100.9", 500), Some(HashMatch::Same));
    assert_eq!(destination(&hashes, "192.0.2.1", 500), Some(HashMatch::Other));
}

#[test]
fn any_of_several_sources_may_match_and_port_0_is_told() {
    let several = [(SOURCE, THEIRS), (SOURCE, OURS_6), (SOURCE, OURS)];
    let hashes = of_notifies(ExchangeType::IKE_SESSION_RESUME, &several).expect("hashes");
    assert_eq!(source(&hashes, "192.0.2.1", 500), Some(HashMatch::Same));
    assert_eq!(source(&hashes, "2001:db8::1", 4500), Some(HashMatch::Same));
    assert_eq!(destination(&hashes, "198.51.100.9", 500), None);
    let made_up = of_notifies(ExchangeType::IKE_SA_INIT, &[(SOURCE, OURS_PORT_0)]).expect("hashes");
    assert_eq!(source(&made_up, "192.0.2.1", 500), Some(HashMatch::PortZero));
}

#[test]
fn version_1_hashes_with_what_was_negotiated_the_destination_first() {
    let negotiated = [
        "53cff4b7f483548df735006816696238",
        OURS,
        "97108e86b8963651f49c80341179d03c6c81bca83a810a6d9ce4cbff4c559587",
        "602e1b1fcfe9a3388c1953eb401040585da92fad63039d113c9c57efa6474328dfa6ac139a52d43997bb55a82128fe51",
        "b9a910dd4f9157c99b791e9898bbf7dbeb24eeafcae02ff2366e59469b9b89ae44cac3d08822bbe8d5b9afe3725c124d\
         fc1153a275704c9370f20069ddb6b705",
    ];
    for hash in negotiated {
        for kind in [PayloadType::NAT_D, PayloadType::NAT_D_DRAFT] {
            let hashes = of_payloads(kind, &[hash, THEIRS]).expect("hashes");
            assert_eq!(destination(&hashes, "192.0.2.1", 500), Some(HashMatch::Same), "{hash}");
            assert_eq!(source(&hashes, "198.51.100.9", 500), Some(HashMatch::Same), "{hash}");
        }
    }
}

#[test]
fn what_is_of_an_unknown_kind_or_not_whole_tells_nothing() {
    // Tiger has 24 bytes; a hash that cannot be compared might be the one that matches.
    let tiger = "53cff4b7f483548df73500681669623853cff4b7f483548d";
    assert_eq!(of_payloads(PayloadType::NAT_D, &[tiger, OURS]), None);
    assert_eq!(of_payloads(PayloadType::NAT_D, &[]), None);
    assert_eq!(of_notifies(ExchangeType::IKE_SA_INIT, &[(SOURCE, OURS), (SOURCE, "f62e")]), None);
    assert_eq!(of_notifies(ExchangeType::INFORMATIONAL, &[(SOURCE, OURS)]), None);
    let hash = bytes(OURS);
    let payload = Payload { kind: PayloadType::NAT_D, critical: false, body: Body::Other(&hash) };
    let (_, message) = emit(&header(1, ExchangeType::IDENTITY_PROTECTION, 0), &[payload.clone(), payload]);
    let cut = Message::parse(&message[..message.len() - 4], 0).expect("a message");
    assert_eq!(NatDetection::of(&cut), None);
}
