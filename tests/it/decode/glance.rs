//! The short cut gives the packet that the whole decoder gives, or none.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use sagap::capture::{Frame, LinkType};
use sagap::decode::{decode_closely, glance};

use crate::common::frames::*;

fn ports() -> impl Strategy<Value = u16> {
    select(vec![53, 500, 1985, 2029, 4500, 40_000])
}

/// What IP may carry, well formed or not.
fn carried() -> impl Strategy<Value = (u8, Vec<u8>)> {
    let body = prop_oneof![
        vec(any::<u8>(), 0..40),
        Just(esp(7)),
        Just(ike()),
        Just(HELLO.to_vec()),
        Just([&[0; 4][..], &ike()].concat()),
        Just(vec![0xff]),
    ];
    let protocols = select(vec![0, 1, 6, 17, 43, 44, 47, 50, 51, 58, 60, 112]);
    prop_oneof![
        (protocols, body.clone()),
        (ports(), ports(), body.clone()).prop_map(|(src, dst, body)| (17, udp(src, dst, &body))),
        body.clone().prop_map(|body| (51, ah(50, &body))),
        (ports(), ports(), any::<u8>(), prop_oneof![body.clone(), Just(b"IKETCP".to_vec())])
            .prop_map(|(src, dst, flags, body)| (6, tcp((src, dst), (1, 2), flags, &body))),
        body.prop_map(|body| (60, option_header(50, &body))),
    ]
}

fn framed() -> impl Strategy<Value = Vec<u8>> {
    let kinds = select(vec![0x0800, 0x86dd, 0x0806, 0x88cc, 0x0026]);
    let tags = vec((select(vec![0x8100, 0x88a8, 0x9100]), 0_u16..4096), 0..6);
    (carried(), any::<bool>(), kinds, any::<bool>(), tags, 0_usize..30).prop_map(
        |((protocol, body), is_v6, kind, honest, tags, padding)| {
            let packet = if is_v6 { ipv6(protocol, &body) } else { ipv4(protocol, &body) };
            let announced = if is_v6 { 0x86dd } else { 0x0800 };
            let mut kind = if honest { announced } else { kind };
            let mut bytes = packet;
            bytes.extend(vec![0x77; padding]);
            for (outer, id) in tags {
                bytes = tag(id, kind, &bytes);
                kind = outer;
            }
            ethernet(kind, &bytes)
        },
    )
}

fn assert_agree(frame: &Frame<'_>) {
    if let Some(packet) = glance(frame) {
        assert_eq!(packet, decode_closely(frame), "{:02x?}", frame.bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agrees_on_crafted_frames(
        whole in framed(),
        changes in vec((any::<Index>(), any::<u8>()), 0..3),
        end in any::<Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = whole;
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let end = if is_cut { end.index(bytes.len()) } else { bytes.len() };
        assert_agree(&cut(&bytes, end));
        assert_agree(&frame(LinkType::ETHERNET, &bytes[..end]));
    }

    #[test]
    fn agrees_on_arbitrary_bytes(bytes in vec(any::<u8>(), 0..120)) {
        assert_agree(&frame(LinkType::ETHERNET, &bytes));
    }
}

#[test]
fn settles_esp_and_unrelated_frames() {
    for bytes in [
        ethernet(0x0800, &ipv4(50, &esp(7))),
        ethernet(0x8100, &tag(10, 0x86dd, &ipv6(17, &udp(4500, 4500, &esp(7))))),
        ethernet(0x0800, &ipv4(6, &[0; 20])),
        ethernet(0x0800, &ipv4(17, &udp(53, 40_000, &[0; 20]))),
        ethernet(0x88cc, &[0; 46]),
    ] {
        assert!(glance(&frame(LinkType::ETHERNET, &bytes)).is_some());
    }
}
