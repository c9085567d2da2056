//! Link and IP layers: every way a message may be wrapped gives the same message.

use sagap::capture::LinkType;
use sagap::decode::{Ah, Fragment, Message, Packet, Stop, TooDeep, Unrelated, decode, decode_closely};
use sagap::wire::ah;
use sagap::wire::ike::{ExchangeType, Header, Spi};

use crate::common::frames::*;

fn decode_ethernet(bytes: &[u8]) -> Packet<'_> {
    decode(&frame(LinkType::ETHERNET, bytes))
}

fn sequence(packet: &Packet<'_>) -> Option<u32> {
    match packet.message {
        Some(Message::Esp { header, .. }) => Some(header.sequence),
        _ => None,
    }
}

#[test]
fn vlan_tags_up_to_ten_are_stepped_over() {
    let mut inner = ipv4(50, &esp(7));
    let (mut kind, mut ids) = (0x0800, Vec::new());
    for (id, outer) in (0..10).zip([0x8100, 0x9100, 0x88a8, 0x9200].into_iter().cycle()) {
        inner = tag(id, kind, &inner);
        (kind, ids) = (outer, [vec![id], ids].concat());
        let bytes = ethernet(kind, &inner);
        let packet = decode_ethernet(&bytes);
        assert_eq!(packet.link.vlans.ids().collect::<Vec<_>>(), ids);
        assert_eq!((sequence(&packet), packet.stop), (Some(7), None));
    }
    let eleven = ethernet(0x8100, &tag(5, kind, &inner));
    let packet = decode_ethernet(&eleven);
    assert_eq!(packet.link.vlans.len(), 10);
    assert_eq!(packet.stop, Some(Stop::TooDeep(TooDeep::Vlans)));
}

#[test]
fn what_is_not_ours_says_what_it_is() {
    let cases = [
        (ethernet(0x88cc, &[0; 46]), Unrelated::EtherType(0x88cc)),
        (ethernet(38, &[0x42, 0x42, 3, 0, 0]), Unrelated::Llc(0x42)),
        (ethernet(0x0800, &ipv4(6, &[0; 20])), Unrelated::IpProtocol(6)),
        (ethernet(0x0800, &ipv4(17, &udp(40_000, 53, &[0; 20]))), Unrelated::Udp(53)),
        (ethernet(0x0800, &ipv4(1, &[8, 0, 0, 0, 0, 0, 0, 0])), Unrelated::Icmp(4, 8)),
        (ethernet(0x86dd, &ipv6(58, &[135, 0, 0, 0, 0, 0, 0, 0])), Unrelated::Icmp(6, 135)),
        (ethernet(0x0800, &ipv4(58, &[1, 0, 0, 0, 0, 0, 0, 0])), Unrelated::IpProtocol(58)),
        (ethernet(0x0800, &ipv4(51, &ah(6, &[0; 20]))), Unrelated::IpProtocol(51)),
    ];
    for (bytes, kind) in cases {
        assert_eq!(decode_ethernet(&bytes).stop, Some(Stop::Unrelated(kind)));
    }
}

#[test]
fn ah_is_kept_beside_what_it_protects() {
    let header = ah::Header { spi: 0x1000, sequence: 1 };
    let protected = esp(7);
    let inner = ah(50, &protected);
    // Around it: a hop-by-hop header, which is no part of AH.
    let bytes = ethernet(0x86dd, &ipv6(0, &option_header(51, &inner)));
    let found = decode_ethernet(&bytes);
    let network = found.network.unwrap();
    let length = u32::try_from(inner.len()).unwrap();
    assert_eq!(found.ah, Some(Ah { header, src: network.src, dst: network.dst, length }));
    assert!(matches!(found.message, Some(Message::Esp { length: 32, .. })));
    // Its fixed fields are enough, and its length is that on the wire.
    for captured in 0..bytes.len() {
        let found = decode(&cut(&bytes, captured));
        assert_eq!(found.ah.is_some(), captured >= 14 + 40 + 8 + 12, "{captured}");
        assert!(found.ah.is_none_or(|ah| (ah.header, ah.length) == (header, length)));
    }
}

#[test]
fn of_two_ah_the_outermost_is_kept() {
    let inner = ah_with(ah::Header { spi: 2, sequence: 2 }, 3, 17, &udp(5000, 5001, &[1]));
    let outer = ah::Header { spi: 0, sequence: 9 };
    let bytes = ethernet(0x0800, &ipv4(51, &ah_with(outer, 4, 51, &inner)));
    let found = decode_ethernet(&bytes);
    assert_eq!(found.ah.map(|ah| (ah.header, ah.length)), Some((outer, 28 + 24 + 9)));
    assert_eq!(found.stop, Some(Stop::Unrelated(Unrelated::IpProtocol(51))));
}

#[test]
fn esp_is_found_behind_extension_headers_and_ah() {
    let behind = option_header(43, &option_header(60, &option_header(51, &ah(50, &esp(7)))));
    let bytes = ethernet(0x86dd, &ipv6(0, &behind));
    let packet = decode_ethernet(&bytes);
    assert_eq!(packet.network.unwrap().protocol, 50);
    assert!(matches!(packet.message, Some(Message::Esp { length: 32, .. })), "{packet:?}");
    let bytes = ethernet(0x0800, &ipv4(51, &ah(50, &esp(7))));
    assert!(matches!(decode_ethernet(&bytes).message, Some(Message::Esp { length: 32, .. })));
}

#[test]
fn padding_behind_the_packet_is_not_payload() {
    let mut keepalive = ethernet(0x0800, &ipv4(17, &udp(4500, 4500, &[0xff])));
    keepalive.resize(60, 0);
    assert_eq!(decode_ethernet(&keepalive).message, Some(Message::NatKeepalive));
    let mut hello = ethernet(0x0800, &ipv4(17, &udp(1985, 1985, &HELLO)));
    hello.resize(80, 0x55);
    let packet = decode_ethernet(&hello);
    assert!(matches!(packet.message, Some(Message::Hsrp(_))) && packet.stop.is_none(), "{packet:?}");
}

#[test]
fn lengths_that_lie_do_not_stop_the_decoder() {
    let whole = ethernet(0x0800, &ipv4(17, &udp(4500, 4500, &esp(7))));
    for (at, value) in [(16, [0, 0]), (38, [0, 0]), (38, [0xff, 0xff])] {
        let mut bytes = whole.clone();
        bytes[at..at + 2].copy_from_slice(&value);
        let packet = decode_ethernet(&bytes);
        assert!(matches!(packet.message, Some(Message::Esp { length: 32, .. })), "{at} {value:?} {packet:?}");
    }
}

#[test]
fn lengths_less_than_their_own_header_are_named() {
    let whole = ethernet(0x0800, &ipv4(17, &udp(4500, 4500, &esp(7))));
    for (at, lengths, what, need) in [(16, 1..20, "ipv4 total length", 20), (38, 1..8, "udp length", 8)] {
        for length in lengths {
            let mut bytes = whole.clone();
            bytes[at + 1] = length;
            bytes[at] = 0;
            let packet = decode_ethernet(&bytes);
            let Some(Stop::Malformed(malformed)) = &packet.stop else { panic!("{packet:?}") };
            let why = format!("{what} at byte {at} needs {need}, has {length}");
            assert_eq!((malformed.to_string(), &packet.message), (why, &None));
            assert!(packet.network.is_some());
        }
    }
    // The header has options, and they count.
    let mut bytes = ethernet(0x0800, &ipv4(50, &[&[1; 4][..], &esp(7)].concat()));
    bytes[14] = 0x46;
    assert_eq!(sequence(&decode_ethernet(&bytes)), Some(7));
    bytes[16..18].copy_from_slice(&[0, 23]);
    let Some(Stop::Malformed(malformed)) = decode_ethernet(&bytes).stop else { panic!("{bytes:02x?}") };
    assert_eq!(malformed.to_string(), "ipv4 total length at byte 16 needs 24, has 23");
}

#[test]
fn a_frame_cut_by_snaplen_keeps_the_length_it_had_on_the_wire() {
    let whole = ethernet(0x0800, &ipv4(17, &udp(4500, 4500, &esp(7))));
    assert!(matches!(decode(&cut(&whole, 50)).message, Some(Message::Esp { length: 32, .. })));
    let packet = decode(&cut(&whole, 49));
    let Some(Stop::Cut(malformed)) = packet.stop else { panic!("{packet:?}") };
    assert_eq!(malformed.to_string(), "esp sequence number at byte 46 needs 4, has 3");
    assert!(packet.message.is_none());
}

#[test]
fn one_captured_byte_of_a_longer_datagram_is_no_keepalive() {
    let bytes = ethernet(0x0800, &ipv4(17, &udp(4500, 4500, &[0xff, 1, 2, 3, 0, 0, 0, 1])));
    let packet = decode(&cut(&bytes, 43));
    assert!(matches!(packet.stop, Some(Stop::Cut(_))) && packet.message.is_none(), "{packet:?}");
}

#[test]
fn a_fragment_says_where_it_belongs_and_gives_no_message() {
    let datagram = udp(500, 500, &ike());
    for (position, more) in [(0, true), (16, false)] {
        let v4 = ethernet(0x0800, &ipv4_fragment(0x1234, position, more, 17, &datagram));
        let v6 = ethernet(0x86dd, &ipv6_fragment(0x1234, position, more, 17, &datagram));
        for (bytes, start) in [(v4, 34), (v6, 62)] {
            let packet = decode_ethernet(&bytes);
            let wire_len = datagram.len();
            let ike = packet.ports.and(Some(init_header()));
            assert_eq!(ike.is_some(), position == 0);
            let expected = Fragment { id: 0x1234, position, more, start, captured: wire_len, wire_len, ike };
            assert_eq!(packet.stop, Some(Stop::Fragment(expected)));
            let network = packet.network.unwrap();
            assert!(network.fragment && network.protocol == 17 && packet.message.is_none());
            let packet = decode(&cut(&bytes, bytes.len() - 4));
            let expected = Fragment { captured: wire_len - 4, ..expected };
            assert_eq!(packet.stop, Some(Stop::Fragment(expected)));
        }
    }
}

/// The header of [`ike()`].
fn init_header() -> Header {
    Header {
        initiator_spi: Spi(0x0102_0304_0506_0708),
        responder_spi: Spi(0),
        next_payload: 40,
        version: 0x20,
        exchange: ExchangeType::IKE_SA_INIT,
        flags: 8,
        message_id: 0,
        length: 32,
    }
}

#[test]
fn a_first_fragment_shows_the_ike_header() {
    let marked = [&[0; 4][..], &ike()].concat();
    let mut odd = ike();
    odd[17] = 0x30;
    let cases = [
        (udp(500, 61_234, &ike()), true),
        (udp(61_234, 4500, &marked), true),
        (udp(4500, 4500, &esp(1)), false),
        (udp(500, 500, &odd), false),
        (udp(500, 500, &ike()[..27]), false),
        (udp(53, 61_234, &ike()), false),
    ];
    for (datagram, shows) in cases {
        let bytes = ethernet(0x0800, &ipv4_fragment(7, 0, true, 17, &datagram));
        let packet = decode_ethernet(&bytes);
        let Some(Stop::Fragment(fragment)) = packet.stop else { panic!("{packet:?}") };
        assert_eq!(fragment.ike, shows.then(init_header), "{datagram:02x?}");
        assert!(packet.ports.is_some());
    }
}

#[test]
fn a_frame_may_end_anywhere() {
    let frames = [
        ethernet(0x0800, &ipv4(17, &udp(1985, 1985, &HELLO))),
        ethernet(0x8100, &tag(10, 0x86dd, &ipv6(0, &option_header(17, &udp(500, 500, &ike()))))),
        ethernet(0x0800, &ipv4(17, &udp(4500, 4500, &[&[0; 4][..], &ike()].concat()))),
        ethernet(0x0806, &arp()),
    ];
    for whole in &frames {
        for captured in 0..whole.len() {
            let packet = decode_closely(&cut(whole, captured));
            assert!(matches!(packet.stop, Some(Stop::Cut(_))), "{captured}: {packet:?}");
            let packet = decode_closely(&frame(LinkType::ETHERNET, &whole[..captured]));
            assert!(matches!(packet.stop, Some(Stop::Malformed(_))), "{captured}: {packet:?}");
        }
        assert_eq!(decode_ethernet(whole).stop, None);
    }
}
