//! Where wrappings end: what cannot be one, what holds something else, lengths that lie, and how deep is followed.

use std::net::IpAddr;

use sagap::capture::LinkType;
use sagap::decode::{
    Message, Packet, Path, Stop, TooDeep, TunnelId, Unrelated, VirtualNetwork, Wrapping, decode,
};
use sagap::wire::mac::MacAddr;

use crate::common::frames::*;
use crate::common::wrap::*;

fn sequence(packet: &Packet<'_>) -> Option<u32> {
    match packet.message {
        Some(Message::Esp { header, .. }) => Some(header.sequence),
        _ => None,
    }
}

fn decode_ethernet(bytes: &[u8]) -> Packet<'_> {
    decode(&frame(LinkType::ETHERNET, bytes))
}

#[test]
fn a_datagram_that_cannot_be_a_tunnel_is_one_of_its_port() {
    let whole = ethernet(0x0800, &ipv4(50, &esp(7)));
    let with = |mut bytes: Vec<u8>, at: usize, value: u8| {
        bytes[at] = value;
        bytes
    };
    let answer = [&[0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1][..], &[3; 40]].concat();
    let cases = [
        (4789, with(vxlan(5000, &whole), 0, 0)),
        (4789, with(vxlan(5000, &whole), 1, 1)),
        (4789, with(vxlan(5000, &whole), 7, 1)),
        (4789, vec![8, 0, 0, 0, 0, 0, 1]),
        (8472, answer.clone()),
        (4790, vxlan_gpe(5000, 4, &whole)),
        (6081, with(geneve(5000, 0x6558, &[], &whole), 0, 0x40)),
        (6081, with(geneve(5000, 0x6558, &[], &whole), 0, 0x3f)),
        (6081, geneve(5000, 0x88cc, &[], &whole)),
        (6081, vec![0; 7]),
        (2152, with(gtp(1, false, &ipv4(50, &esp(7))), 0, 0x50)),
        (2152, with(gtp(1, false, &ipv4(50, &esp(7))), 1, 1)),
        (2152, with(gtp(1, false, &ipv4(50, &esp(7))), 2, 9)),
        (2152, gtp(1, false, &[0x99; 30])),
        (2152, answer.clone()),
        (37_008, with(tzsp(&whole), 0, 2)),
        (37_008, with(tzsp(&whole), 3, 18)),
        (1701, vec![0xc8, 2, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0]),
        (1701, vec![0, 3, 0, 0, 0, 0, 0, 1, 0xff, 3, 0, 0x21]),
        (1701, vec![0x40, 2, 0xff, 0xff, 0, 4, 0, 9, 0, 0x21]),
    ];
    for (port, payload) in cases {
        let bytes = to_port(port, &payload);
        let packet = decode_ethernet(&bytes);
        assert_eq!(packet.stop, Some(Stop::Unrelated(Unrelated::Udp(port))), "{payload:02x?}");
        assert_eq!((packet.path, packet.ports), (None, Some((50_001, port))));
        assert_eq!(packet.network.unwrap().src, IpAddr::from([10, 0, 0, 1]));
    }
    // A port of ours on either side goes before a tunnel's, which an address translator may have chosen.
    let bytes = ethernet(0x0800, &ipv4(17, &udp(4500, 4789, &esp(7))));
    assert_eq!(sequence(&decode_ethernet(&bytes)), Some(7));
}

#[test]
fn wrappings_that_hold_something_else_say_what() {
    let in_gre = |packet: &[u8]| outer(0x0800, &outer_ip(47, packet));
    let cases = [
        (in_gre(&gre(0, 0, &[], &[])), Unrelated::Gre(0)),
        (in_gre(&gre(0, 0x0800, &[], &[])), Unrelated::Gre(0x0800)),
        (in_gre(&gre(0, 0x2000, &[], &[1; 20])), Unrelated::Gre(0x2000)),
        (in_gre(&gre(2, 0x0800, &[], &[0x45; 20])), Unrelated::Gre(0x0800)),
        (in_gre(&gre(0x2081, 0x880b, &[0, 0, 0, 3, 0, 0, 0, 2], &[])), Unrelated::Gre(0x880b)),
        (in_gre(&gre(0x1000, 0x88be, &[0, 0, 0, 1], &[0x70; 30])), Unrelated::Gre(0x88be)),
        (
            in_gre(&gre(0x1000, 0x22eb, &[0, 0, 0, 1], &[&[0x20; 10][..], &[0x0c, 0], &[0; 20]].concat())),
            Unrelated::Gre(0x22eb),
        ),
        (outer(0x8847, &mpls(&[13], &[0x10, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])), Unrelated::Mpls(13)),
        (outer(0x8847, &mpls(&[99], &[0; 30])), Unrelated::Mpls(99)),
        (outer(0x8847, &mpls(&[99], &[0x99; 30])), Unrelated::Mpls(99)),
        (outer(0x8847, &mpls(&[99], &[0x99; 3])), Unrelated::Mpls(99)),
        (outer(0x8864, &pppoe(1, &ppp(0xc021, &[1, 1]))), Unrelated::Ppp(0xc021)),
        (outer(0x8864, &pppoe(1, &ppp(0x003d, &[1, 1]))), Unrelated::Ppp(0x003d)),
        (to_port(4789, &vxlan(9, &ethernet(0x88cc, &[0; 40]))), Unrelated::EtherType(0x88cc)),
        (outer(0x0800, &outer_ip(115, &[0; 40])), Unrelated::IpProtocol(115)),
    ];
    for (bytes, kind) in cases {
        assert_eq!(decode_ethernet(&bytes).stop, Some(Stop::Unrelated(kind)), "{bytes:02x?}");
    }
}

#[test]
fn ethernet_behind_labels_is_told_from_ip_and_from_a_control_word() {
    let v4 = ipv4(50, &esp(7));
    let frame_to = |mac: [u8; 6]| {
        let mut bytes = ethernet(0x0800, &v4);
        bytes[..6].copy_from_slice(&mac);
        bytes
    };
    // Addresses whose first bits look like IP, like a control word, and like an associated channel.
    for mac in [
        [0x44, 0xaa, 0, 0x50, 1, 2],
        [0x60, 0, 0, 0, 0, 8],
        [0, 0, 0x0c, 7, 0xac, 10],
        [1, 0, 0x5e, 0, 0, 2],
        [0x10, 0, 0, 0, 0, 1],
    ] {
        let bytes = outer(0x8847, &mpls(&[16], &frame_to(mac)));
        let packet = decode_ethernet(&bytes);
        assert_eq!(packet.link.dst_mac, Some(MacAddr(mac)));
        assert_eq!(sequence(&packet), Some(7), "{mac:02x?} {packet:?}");
        let behind = [&[0, 0, 0, 0][..], &frame_to(mac)].concat();
        let bytes = outer(0x8847, &mpls(&[16], &behind));
        let packet = decode_ethernet(&bytes);
        assert_eq!((packet.link.dst_mac, sequence(&packet)), (Some(MacAddr(mac)), Some(7)));
    }
    // A source address that reads as a VLAN's EtherType makes no frame of an IP packet with a right checksum.
    let mut packet = v4.clone();
    packet[12..14].copy_from_slice(&[0x81, 0]);
    let sum: u32 = packet[..20].chunks(2).map(|word| u32::from(u16::from_be_bytes([word[0], word[1]]))).sum();
    let checksum = !u16::try_from((sum & 0xffff) + (sum >> 16)).unwrap();
    packet[10..12].copy_from_slice(&checksum.to_be_bytes());
    assert_eq!(sequence(&decode_ethernet(&outer(0x8847, &mpls(&[16], &packet)))), Some(7));
}

#[test]
fn lengths_of_zero_and_lengths_that_lie_are_named() {
    let v4 = ipv4(50, &esp(7));
    let zero_extension = {
        let mut bytes = gtp(77, true, &v4);
        bytes[12] = 0;
        bytes
    };
    let l2tp_of = |length| to_port(1701, &[0x40, 2, 0, length, 0, 4, 0, 9, 0, 0x21]);
    let cases = [
        (outer(0x8864, &[0x11, 0, 0, 1, 0, 0, 0, 0x21]), "ppp protocol at byte 20 needs 1, has 0"),
        (outer(0x8864, &[0x12, 0, 0, 1, 0, 0]), "pppoe version and type at byte 14 needs 17, has 18"),
        (outer(0x0800, &outer_ip(97, &[0x40; 40])), "etherip version at byte 34 needs 3, has 4"),
        (to_port(2152, &zero_extension), "gtp extension length at byte 54 needs 1, has 0"),
        (l2tp_of(0), "l2tp length at byte 44 needs 9, has 0"),
        (l2tp_of(1), "l2tp length at byte 44 needs 9, has 1"),
        (l2tp_of(8), "l2tp length at byte 44 needs 9, has 8"),
        (l2tp_of(9), "ppp protocol at byte 51 needs 1, has 0"),
        (
            to_port(1701, &[0x48, 2, 0, 10, 0, 4, 0, 9, 0, 1, 0, 2, 0, 0x21]),
            "l2tp length at byte 44 needs 13, has 10",
        ),
        (to_port(1701, &[0, 2, 0, 4, 0, 9]), "ppp protocol at byte 48 needs 1, has 0"),
        (
            outer(0x0800, &outer_ip(47, &gre(0x3001, 0x880b, &[0, 0, 0, 3, 0, 0, 0, 1], &ppp(0x21, &v4)))),
            "gre payload length at byte 38 needs 1, has 0",
        ),
        (to_port(1701, &[2, 2, 0, 4, 0, 9, 0xff, 0, 1]), "l2tp offset padding at byte 50 needs 65280, has 1"),
        (outer(0, &[]), "llc DSAP at byte 14 needs 1, has 0"),
        (
            outer(0x0800, &outer_ip(47, &gre(0x4000, 0x0800, &[0, 0, 0, 0, 8, 0, 0, 200, 1], &[]))),
            "gre route at byte 46 needs 200, has 1",
        ),
        (to_port(4789, &vxlan(5, &[])), "ethernet header at byte 50 needs 14, has 0"),
        (outer(0x0800, &outer_ip(4, &[])), "ipv4 header at byte 34 needs 20, has 0"),
    ];
    for (bytes, why) in cases {
        let packet = decode_ethernet(&bytes);
        let Some(Stop::Malformed(malformed)) = packet.stop else { panic!("{why}: {packet:?}") };
        assert_eq!(malformed.to_string(), why);
    }
    // A length that is too great gives way to what there is.
    let mut bytes = outer(0x8864, &pppoe(1, &ppp(0x21, &v4)));
    bytes[18] = 0xff;
    assert_eq!(sequence(&decode_ethernet(&bytes)), Some(7));
}

#[test]
fn a_mirrored_frame_that_its_switch_cut_is_cut() {
    let hello = ethernet(0x0800, &ipv4(17, &udp(1985, 1985, &HELLO)));
    let mut packet = erspan_2(&hello[..50]);
    // The bit in the ERSPAN header that says so.
    packet[8 + 2] |= 0x04;
    let bytes = outer(0x0800, &outer_ip(47, &packet));
    let decoded = decode_ethernet(&bytes);
    let Some(Stop::Cut(malformed)) = decoded.stop else { panic!("{decoded:?}") };
    assert_eq!((malformed.layer, malformed.offset + malformed.need > bytes.len()), ("hsrp", true));
}

#[test]
fn eight_wrappings_are_followed_and_no_ninth() {
    let mut inner = ipv4(50, &esp(7));
    for _ in 0..Path::MAX {
        inner = outer_ip(4, &inner);
    }
    let bytes = outer(0x0800, &inner);
    let packet = decode_ethernet(&bytes);
    assert_eq!((sequence(&packet), &packet.stop), (Some(7), &None));
    assert_eq!(packet.path.unwrap().wrappings().collect::<Vec<_>>(), [Wrapping::IpInIp; 8]);
    let bytes = outer(0x0800, &outer_ip(4, &inner));
    let packet = decode_ethernet(&bytes);
    assert_eq!(packet.stop, Some(Stop::TooDeep(TooDeep::Wrappings)));
    assert_eq!((packet.path.unwrap().wrappings().count(), packet.message), (8, None));
    // However deep they go on.
    for _ in 0..2000 {
        inner = outer_ip(4, &inner);
    }
    let bytes = outer(0x0800, &inner);
    assert_eq!(decode_ethernet(&bytes).stop, Some(Stop::TooDeep(TooDeep::Wrappings)));
}

#[test]
fn labels_and_tags_have_their_bounds() {
    let labels: Vec<u32> = (100..).take(Path::MAX_LABELS).collect();
    let bytes = outer(0x8847, &mpls(&labels, &ipv4(50, &esp(7))));
    assert_eq!(decode_ethernet(&bytes).path.unwrap().id(), Some(TunnelId::MplsLabel(115)));
    let bytes = outer(0x8847, &mpls(&[&labels[..], &[5]].concat(), &ipv4(50, &esp(7))));
    assert_eq!(decode_ethernet(&bytes).stop, Some(Stop::TooDeep(TooDeep::Labels)));
    // Of all outer link layers together no more than ten tags are kept.
    let six = |kind, payload: &[u8]| {
        let tagged =
            (0..6).fold((kind, payload.to_vec()), |(kind, payload), id| (0x8100, tag(id, kind, &payload)));
        ethernet(tagged.0, &tagged.1)
    };
    let innermost = six(0x0800, &ipv4(50, &esp(7)));
    let once = six(0x8847, &mpls(&[16], &innermost));
    let packet = decode_ethernet(&once);
    assert_eq!(
        (sequence(&packet), packet.path.unwrap().vlans().len(), packet.link.vlans.len()),
        (Some(7), 6, 6)
    );
    let twice = six(0x8847, &mpls(&[16], &once));
    assert_eq!(decode_ethernet(&twice).stop, Some(Stop::TooDeep(TooDeep::Vlans)));
}

#[test]
fn the_virtual_network_is_that_of_the_innermost_link_layer() {
    let whole = ethernet(0x0800, &ipv4(50, &esp(7)));
    let mirrored = outer(0x0800, &outer_ip(47, &erspan_2(&to_port(4789, &vxlan(5000, &whole)))));
    let packet = decode_ethernet(&mirrored);
    assert_eq!(packet.link.network, Some(VirtualNetwork::Vni(5000)));
    assert_eq!(packet.path.unwrap().to_string(), "ERSPAN II > VXLAN, VNI 5000, from 10.0.0.1 to 10.0.0.2");
    // Routed on through it, the packet is still on that network; mirrored over it, the mirrored one is not.
    let routed =
        to_port(4789, &vxlan(5000, &ethernet(0x0800, &ipv4(47, &gre(0, 0x0800, &[], &ipv4(50, &esp(7)))))));
    assert_eq!(decode_ethernet(&routed).link.network, Some(VirtualNetwork::Vni(5000)));
    let over = to_port(4789, &vxlan(5000, &ethernet(0x0800, &ipv4(47, &erspan_2(&whole)))));
    assert_eq!(decode_ethernet(&over).link.network, None);
}

#[test]
fn what_an_error_quotes_stays_unread() {
    let quoted = outer_ip(47, &gre(0, 0x0800, &[], &ipv4(17, &udp(1985, 1985, &HELLO))));
    let bytes = outer(0x0800, &outer_ip(1, &[&[3, 1, 0, 0, 0, 0, 0, 0][..], &quoted].concat()));
    let packet = decode_ethernet(&bytes);
    assert!(matches!(packet.message, Some(Message::Unreachable(_))) && packet.path.is_none());
}
