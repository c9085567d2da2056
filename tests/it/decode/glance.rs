//! The short cut gives the packet that the whole decoder gives, or none.

use std::net::IpAddr;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use sagap::capture::{Frame, LinkType};
use sagap::decode::{
    Content, Encapsulation, Options, PlainEsp, decode_closely_with, glance, glance_with, glimpse,
    plain_unrelated,
};

use crate::common::frames::*;
use crate::common::wrap::*;

fn ports() -> impl Strategy<Value = u16> {
    select(vec![53, 500, 1701, 1985, 2029, 2152, 4500, 4789, 4790, 6081, 6635, 8472, 37_008, 40_000])
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
    let protocols = select(vec![0, 1, 4, 6, 17, 41, 43, 44, 47, 50, 51, 58, 60, 94, 97, 112, 115, 137, 143]);
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
    let kinds = select(vec![
        0x0800, 0x86dd, 0x0806, 0x88cc, 0x0026, 0x05dd, 0x880b, 0x8847, 0x8863, 0x8864, 0x88e5, 0x88e7,
        0x8909, 0x8926, 0x893f,
    ]);
    let tags = vec((select(vec![0x8100, 0x88a8, 0x9100, 0x9200]), 0_u16..4096), 0..6);
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

/// Frames in up to three wrappings, some of them in none.
pub(crate) fn wrapped() -> impl Strategy<Value = Vec<u8>> {
    (framed(), vec(0_usize..WRAPPINGS.len(), 0..4)).prop_map(|(frame, wrappings)| {
        wrappings.into_iter().fold(frame, |frame, which| WRAPPINGS[which](&frame))
    })
}

/// What may be put around a frame.
type Wrap = fn(&[u8]) -> Vec<u8>;

const WRAPPINGS: [Wrap; 16] = [
    |frame| outer(0x8847, &mpls(&[16, 17], frame)),
    |frame| outer(0x8847, &mpls(&[16], &frame[14..])),
    |frame| outer(0x8864, &pppoe(1, &ppp(0x21, &frame[14..]))),
    |frame| [&outer(0, &[])[..12], &length_and_snap(0, 0x0800, &frame[14..])].concat(),
    |frame| outer(0x0800, &outer_ip(47, &erspan_2(frame))),
    |frame| outer(0x0800, &outer_ip(47, &erspan_3(frame, true))),
    |frame| outer(0x0800, &outer_ip(47, &gre(0x2000, 0x6558, &[0, 1, 2, 3], frame))),
    |frame| outer(0x0800, &outer_ip(4, &frame[14..])),
    |frame| outer(0x86dd, &ipv6(97, &[&[0x30, 0][..], frame].concat())),
    |frame| to_port(4789, &vxlan(7, frame)),
    |frame| to_port(4790, &vxlan_gpe(7, 3, frame)),
    |frame| to_port(6081, &geneve(7, 0x6558, &[1, 2, 3, 0], frame)),
    |frame| to_port(1701, &l2tp(1, 2, &ppp(0x21, &frame[14..]))),
    |frame| to_port(2152, &gtp(7, true, &frame[14..])),
    |frame| to_port(37_008, &tzsp(frame)),
    |frame| isl(9, frame),
];

fn assert_agree(frame: &Frame<'_>) {
    for options in [Options::default(), Options::new(vec![53, 40_000])] {
        if let Some(packet) = glance_with(frame, &options) {
            assert_eq!(packet, decode_closely_with(frame, &options), "{:02x?}", frame.bytes);
        }
    }
    assert_eq!(glance(frame), glance_with(frame, &Options::default()));
    if frame.link_type == LinkType::ETHERNET {
        assert_plain(frame);
    }
}

/// What is read of plain frames at once is what the short cut shows of them.
fn assert_plain(frame: &Frame<'_>) {
    if let Some(plain) = frame.bytes.first_chunk().and_then(PlainEsp::of) {
        assert_plain_esp(&plain, frame, (Encapsulation::Ip, PlainEsp::ADDRESSES + 8));
    }
    // Another port may be one of something else, which is read closely.
    let ports = frame.bytes.get(PlainEsp::PORTS..PlainEsp::PORTS + 4).unwrap_or_default();
    let is_usual =
        ports.chunks(2).all(|port| [4500, 40_000].map(u16::to_be_bytes).iter().any(|usual| usual == port));
    if let Some(plain) = frame.bytes.first_chunk().and_then(PlainEsp::of_udp).filter(|_| is_usual) {
        assert_plain_esp(&plain, frame, (Encapsulation::Udp, PlainEsp::SPI_IN_UDP));
    }
    for options in [Options::default(), Options::new(vec![53, 40_000])] {
        if let Some(kind) = plain_unrelated(frame.bytes, &options) {
            let settled = glimpse(frame.bytes, frame.link_type, &options).map(|glimpse| glimpse.content);
            assert!(matches!(settled, Some(Content::Unrelated(other)) if other == kind), "{settled:?}");
        }
    }
}

/// The same of ESP, whose SPI stands there.
fn assert_plain_esp(plain: &PlainEsp, frame: &Frame<'_>, (expected, spi_at): (Encapsulation, usize)) {
    let glimpse = glimpse(frame.bytes, frame.link_type, &Options::default()).expect("plain ESP is settled");
    let Content::Esp { header, encapsulation, length } = glimpse.content else {
        panic!("no ESP: {glimpse:?}")
    };
    assert_eq!(encapsulation, expected);
    let network = glimpse.network.expect("it is in IPv4");
    let shown = (header.sequence, length, network.identification, network.ttl, glimpse.vlan);
    assert_eq!((plain.sequence, plain.length, Some(plain.identification), plain.ttl, None), shown);
    let head = frame.bytes.get(PlainEsp::ADDRESSES..).unwrap_or_default();
    let stands = (
        IpAddr::from(*head.first_chunk::<4>().unwrap()),
        IpAddr::from(*head[4..].first_chunk::<4>().unwrap()),
    );
    let spi = frame.bytes.get(spi_at..).and_then(<[u8]>::first_chunk).copied();
    assert_eq!((stands, spi), ((network.src, network.dst), Some(header.spi.to_be_bytes())));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agrees_on_frames_that_were_changed(
        whole in wrapped(),
        changes in vec((any::<Index>(), any::<u8>()), 0..3),
        end in any::<Index>(),
        is_cut in any::<bool>(),
    ) {
        let bytes = changed(&whole, changes.clone(), end, is_cut);
        let uncut = changed(&whole, changes, end, false);
        assert_agree(&cut(&uncut, bytes.len()));
        assert_agree(&frame(LinkType::ETHERNET, &bytes));
    }

    /// Few fields of a frame tell whether it is plain ESP, and what they say is read at once.
    #[test]
    fn agrees_on_esp_that_was_changed(
        changes in vec((12_usize..44, any::<u8>()), 0..3),
        (flags, spi) in (select(vec![0_u8, 0x20, 0x40, 0x80]), select(vec![0_u8, 7])),
        length in 0_usize..40,
        captured in 30_usize..80,
    ) {
        let mut whole = ethernet(0x0800, &ipv4(50, &vec![7; length]));
        whole.resize(80, 9);
        whole[20] = flags;
        whole[34..38].fill(spi);
        for (at, value) in changes {
            whole[at] = value;
        }
        assert_agree(&cut(&whole, captured));
    }

    /// The same where it is in UDP.
    #[test]
    fn agrees_on_esp_in_udp_that_was_changed(
        changes in vec((12_usize..52, any::<u8>()), 0..3),
        (flags, spi) in (select(vec![0_u8, 0x20, 0x40, 0x80]), select(vec![0_u8, 7])),
        ports in (select(vec![4500, 4789, 40_000]), select(vec![500, 4500, 40_000])),
        length in 0_usize..40,
        captured in 30_usize..90,
    ) {
        let mut whole = ethernet(0x0800, &ipv4(17, &udp(ports.0, ports.1, &vec![7; length])));
        whole.resize(90, 9);
        whole[20] = flags;
        whole[42..46].fill(spi);
        for (at, value) in changes {
            whole[at] = value;
        }
        assert_agree(&cut(&whole, captured));
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

#[test]
fn leaves_wrapped_frames_to_a_closer_look() {
    let hello = ethernet(0x0800, &ipv4(17, &udp(1985, 1985, &HELLO)));
    for wrap in WRAPPINGS {
        let bytes = wrap(&hello);
        assert!(glance(&frame(LinkType::ETHERNET, &bytes)).is_none(), "{bytes:02x?}");
    }
}
