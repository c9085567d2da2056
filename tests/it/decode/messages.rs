//! Which protocol and port belongs to which message.

use sagap::capture::LinkType;
use sagap::decode::{Encapsulation, Message, Options, Packet, Stop, Unrelated, decode, decode_with};
use sagap::wire::ike::{ExchangeType, PayloadType};

use crate::common::frames::*;
use crate::common::ike::sealed;

fn over_udp(src: u16, dst: u16, payload: &[u8]) -> Vec<u8> {
    ethernet(0x0800, &ipv4(17, &udp(src, dst, payload)))
}

fn decode_ethernet(bytes: &[u8]) -> Packet<'_> {
    decode(&frame(LinkType::ETHERNET, bytes))
}

#[test]
fn ike_comes_on_port_500_and_behind_the_marker() {
    let marked = [&[0; 4][..], &ike()].concat();
    for bytes in [
        over_udp(500, 500, &ike()),
        over_udp(61_234, 500, &ike()),
        over_udp(500, 61_234, &ike()),
        over_udp(4500, 61_234, &marked),
    ] {
        let packet = decode_ethernet(&bytes);
        let Some(Message::Ike(message)) = packet.message else { panic!("{packet:?}") };
        assert_eq!((message.header.initiator_spi.0, message.trailing), (0x0102_0304_0506_0708, 0));
        assert_eq!(packet.stop, None);
    }
}

#[test]
fn a_marker_on_port_500_is_stepped_over() {
    let message = sealed(ExchangeType::IKE_AUTH, 0x08, PayloadType::IDI, 300);
    let marked = [&[0; 4][..], &message].concat();
    for (src, dst) in [(500, 4500), (4500, 500), (500, 500), (61_234, 500)] {
        let bytes = over_udp(src, dst, &marked);
        let packet = decode_ethernet(&bytes);
        let Some(Message::Ike(found)) = packet.message else { panic!("{src} {dst} {packet:?}") };
        assert_eq!((found.bytes, packet.stop), (&message[..], None));
        // The first fragment shows it too.
        let bytes = ethernet(0x0800, &ipv4_fragment(1, 0, true, 17, &udp(src, dst, &marked)[..200]));
        let packet = decode_ethernet(&bytes);
        let Some(Stop::Fragment(fragment)) = packet.stop else { panic!("{src} {dst} {packet:?}") };
        assert_eq!(fragment.ike.map(|header| header.length), Some(300), "{src} {dst}");
    }
    // Four zero bytes and what may be anything else are no message.
    let mut other = marked;
    other[4 + 18] = 99;
    let bytes = over_udp(500, 4500, &other);
    assert!(decode_ethernet(&bytes).message.is_none());
}

#[test]
fn what_cannot_be_an_ike_header_is_malformed() {
    let cases = [(17, 0x30, "version"), (27, 27, "message length"), (24, 1, "message length")];
    for (at, value, what) in cases {
        let mut message = ike();
        message[at] = value;
        let bytes = over_udp(500, 500, &message);
        let packet = decode_ethernet(&bytes);
        let Some(Stop::Malformed(malformed)) = packet.stop else { panic!("{packet:?}") };
        assert_eq!((malformed.layer, malformed.what), ("ike", what));
        assert!(packet.message.is_none());
    }
    let bytes = over_udp(500, 500, &[0x55; 27]);
    assert!(matches!(decode_ethernet(&bytes).stop, Some(Stop::Malformed(_))));
}

#[test]
fn a_message_with_a_bad_payload_stands_beside_the_complaint() {
    let mut message = ike();
    message[31] = 9;
    let bytes = over_udp(500, 500, &message);
    let packet = decode_ethernet(&bytes);
    assert!(matches!(packet.message, Some(Message::Ike(_))), "{packet:?}");
    assert!(matches!(packet.stop, Some(Stop::Malformed(_))), "{packet:?}");
}

#[test]
fn an_address_translator_may_choose_a_gateway_protocols_port() {
    let marked = [&[0; 4][..], &ike()].concat();
    for chosen in [1985, 2029, 3222] {
        for (src, dst) in [(500, chosen), (chosen, 500), (848, chosen), (chosen, 848)] {
            let bytes = over_udp(src, dst, &ike());
            assert!(matches!(decode_ethernet(&bytes).message, Some(Message::Ike(_))), "{src} {dst}");
        }
        for (src, dst) in [(4500, chosen), (chosen, 4500)] {
            let bytes = over_udp(src, dst, &marked);
            assert!(matches!(decode_ethernet(&bytes).message, Some(Message::Ike(_))), "{src} {dst}");
            let bytes = over_udp(src, dst, &esp(1));
            assert!(matches!(decode_ethernet(&bytes).message, Some(Message::Esp { .. })), "{src} {dst}");
            let bytes = over_udp(src, dst, &[0xff]);
            assert_eq!(decode_ethernet(&bytes).message, Some(Message::NatKeepalive), "{src} {dst}");
        }
        let options = Options::new(vec![4501, 1985]);
        let bytes = over_udp(chosen, 4501, &ike());
        let packet = decode_with(&frame(LinkType::ETHERNET, &bytes), &options);
        assert!(matches!(packet.message, Some(Message::Ike(_))), "{chosen} {packet:?}");
    }
    // Between its own ports it is what it was, whatever ports are named.
    let bytes = over_udp(1985, 1985, &HELLO);
    let packet = decode_with(&frame(LinkType::ETHERNET, &bytes), &Options::new(vec![1985]));
    assert!(matches!(packet.message, Some(Message::Hsrp(_))), "{packet:?}");
}

#[test]
fn esp_says_how_it_travels() {
    let cases = [
        (ethernet(0x0800, &ipv4(50, &esp(1))), Encapsulation::Ip),
        (over_udp(4500, 4500, &esp(1)), Encapsulation::Udp),
    ];
    for (bytes, expected) in cases {
        let packet = decode_ethernet(&bytes);
        assert!(
            matches!(packet.message, Some(Message::Esp { encapsulation, .. }) if encapsulation == expected)
        );
    }
    let bytes = ethernet(0x0800, &ipv4(50, &[0; 16]));
    assert!(matches!(decode_ethernet(&bytes).stop, Some(Stop::Malformed(_))));
}

/// The same to 224.0.0.2.
fn to_routers(src: u16, dst: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = over_udp(src, dst, payload);
    bytes[30..34].copy_from_slice(&[224, 0, 0, 2]);
    bytes
}

#[test]
fn one_hsrp_port_alone_needs_a_certain_message_to_a_group() {
    let bytes = to_routers(53, 1985, &HELLO);
    assert!(matches!(decode_ethernet(&bytes).message, Some(Message::Hsrp(_))));
    let mut odd = HELLO;
    odd[1] = 0x77;
    let bytes = to_routers(53, 1985, &odd);
    assert_eq!(decode_ethernet(&bytes).stop, Some(Stop::Unrelated(Unrelated::Udp(53))));
    let bytes = over_udp(1985, 1985, &odd);
    assert!(matches!(decode_ethernet(&bytes).message, Some(Message::Hsrp(_))));
}

#[test]
fn what_a_client_sends_from_a_gateway_protocols_port_is_no_message_of_it() {
    // A STUN binding request reads as a coup of version 1, zeros as its hello.
    let stun = [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[0x5a; 12]].concat();
    let glbp = [&[1, 0, 0, 10, 0, 0][..], &SRC_MAC].concat();
    for (port, payload) in [(1985, &stun), (1985, &vec![0; 20]), (2029, &stun), (3222, &glbp)] {
        for (src, dst) in [(port, 40_000), (40_000, port)] {
            let datagram = udp(src, dst, payload);
            for bytes in [ethernet(0x0800, &ipv4(17, &datagram)), ethernet(0x86dd, &ipv6(17, &datagram))] {
                let packet = decode_ethernet(&bytes);
                assert_eq!(packet.stop, Some(Stop::Unrelated(Unrelated::Udp(port))), "{packet:?}");
                assert_eq!(packet.message, None);
            }
        }
    }
}

#[test]
fn each_group_of_a_gateway_protocol_is_one() {
    let glbp = [&[1, 0, 0, 10, 0, 0][..], &SRC_MAC].concat();
    for (port, payload, group) in [
        (1985, HELLO.to_vec(), [224, 0, 0, 2]),
        (1985, HELLO.to_vec(), [224, 0, 0, 102]),
        (3222, glbp, [224, 0, 0, 102]),
    ] {
        let mut bytes = over_udp(40_000, port, &payload);
        bytes[30..34].copy_from_slice(&group);
        let packet = decode_ethernet(&bytes);
        assert!(matches!(packet.message, Some(Message::Hsrp(_) | Message::Glbp(_))), "{port} {packet:?}");
    }
    let mut bytes = ethernet(0x86dd, &ipv6(17, &udp(40_000, 2029, &HELLO)));
    bytes[38..54].copy_from_slice(&[0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x66]);
    assert!(matches!(decode_ethernet(&bytes).message, Some(Message::Hsrp(_))));
}

#[test]
fn a_tcp_header_longer_than_its_segment_is_named() {
    for (offset, why) in [
        (0x40, Some("tcp data offset at byte 46 needs 20, has 16")),
        (0x70, None),
        (0x80, Some("tcp data offset at byte 46 needs 28, has 32")),
        (0xf0, Some("tcp data offset at byte 46 needs 28, has 60")),
    ] {
        let mut segment = tcp((40_000, 4500), (1, 2), 0x10, &[1, 2, 3, 4]);
        segment[12] = offset;
        let bytes = ethernet(0x0800, &ipv4(6, &segment));
        match (decode_ethernet(&bytes).stop, why) {
            (Some(Stop::Malformed(malformed)), Some(why)) => assert_eq!(malformed.to_string(), why),
            (Some(Stop::Segment(segment)), None) => assert_eq!(segment.wire_len, 0),
            (stop, why) => panic!("{stop:?} {why:?}"),
        }
        // Where the capture cut it, the segment is as long as it was.
        let cut = cut(&bytes, bytes.len() - 6);
        assert_eq!(matches!(decode(&cut).stop, Some(Stop::Segment(_))), why.is_none());
    }
}

#[test]
fn an_unreachable_names_the_packet_it_quotes() {
    let quote = ipv4(17, &udp(4500, 4500, &esp(1)));
    let bytes = ethernet(0x0800, &ipv4(1, &[&[3, 3, 0, 0, 0, 0, 0, 0][..], &quote].concat()));
    let packet = decode_ethernet(&bytes);
    let Some(Message::Unreachable(error)) = packet.message else { panic!("{packet:?}") };
    let quoted = error.quoted.unwrap();
    assert_eq!((quoted.ports, quoted.esp_spi), (Some((4500, 4500)), Some(0xc000_0001)));
}

#[test]
fn arp_for_another_network_is_unrelated() {
    let mut bytes = ethernet(0x0806, &arp());
    assert!(matches!(decode_ethernet(&bytes).message, Some(Message::Arp(_))));
    bytes[15] = 6;
    assert_eq!(decode_ethernet(&bytes).stop, Some(Stop::Unrelated(Unrelated::EtherType(0x0806))));
}
