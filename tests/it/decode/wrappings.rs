//! Wrappings: the inner message is kept with the innermost layers, the way it came beside it.

use std::net::IpAddr;

use sagap::capture::{Frame, LinkType};
use sagap::decode::{Message, Packet, Stop, Unrelated, VirtualNetwork, decode, decode_closely};
use sagap::wire::mac::MacAddr;

use crate::common::frames::*;
use crate::common::wrap::*;

/// What is inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    /// An IP packet: the outer link layer is the innermost.
    Ip,
    /// An Ethernet frame of its own.
    Ethernet,
}

use Inside::{Ethernet, Ip};

/// A frame that holds ESP with sequence number 7 in a wrapping.
#[derive(Clone)]
struct Wrapped {
    bytes: Vec<u8>,
    inside: Inside,
    path: &'static str,
    network: Option<VirtualNetwork>,
}

/// Every wrapping, each with its options.
fn wrapped() -> Vec<Wrapped> {
    [in_ethernet(), in_gre(), in_udp_and_ip()].concat()
}

fn of(bytes: Vec<u8>, inside: Inside, path: &'static str) -> Wrapped {
    Wrapped { bytes, inside, path, network: None }
}

fn on(network: VirtualNetwork, bytes: Vec<u8>, path: &'static str) -> Wrapped {
    Wrapped { bytes, inside: Ethernet, path, network: Some(network) }
}

/// The packets and the frame, tagged with VLAN 20, that are wrapped.
fn inner() -> [Vec<u8>; 3] {
    let v4 = ipv4(50, &esp(7));
    let whole = ethernet(0x8100, &tag(20, 0x0800, &v4));
    [v4, ipv6(50, &esp(7)), whole]
}

fn in_ethernet() -> Vec<Wrapped> {
    let [v4, v6, whole] = inner();
    let with_control_word = [&[0; 4][..], &whole].concat();
    let i_tag = [&[0x60, 1, 0x11, 0x70][..], &whole].concat();
    vec![
        of(outer(0x8864, &pppoe(17, &ppp(0x21, &v4))), Ip, "PPPoE, session 17"),
        of(outer(0x8864, &pppoe(17, &[&[0x57][..], &v6].concat())), Ip, "PPPoE, session 17"),
        of(outer(0x8847, &mpls(&[16], &v4)), Ip, "MPLS, label 16"),
        of(outer(0x8848, &mpls(&[100, 3, 2], &v6)), Ip, "MPLS, label 2"),
        of(outer(0x8847, &mpls(&[100, 0], &v4)), Ip, "MPLS, label 0"),
        of(outer(0x8847, &mpls(&[100, 200], &whole)), Ethernet, "MPLS pseudowire, label 200"),
        of(outer(0x8847, &mpls(&[200], &with_control_word)), Ethernet, "MPLS pseudowire, label 200"),
        of(to_port(6635, &mpls(&[33], &v4)), Ip, "MPLS, label 33, from 10.0.0.1 to 10.0.0.2"),
        of(
            outer(0x0800, &outer_ip(137, &mpls(&[33], &whole))),
            Ethernet,
            "MPLS pseudowire, label 33, from 10.0.0.1 to 10.0.0.2",
        ),
        on(VirtualNetwork::ServiceInstance(70_000), outer(0x88e7, &i_tag), "802.1ah, I-SID 70000"),
        of(
            outer(0x8100, &tag(7, 0x8847, &mpls(&[99], &whole))),
            Ethernet,
            "MPLS pseudowire, label 99, in VLAN 7",
        ),
    ]
}

fn in_gre() -> Vec<Wrapped> {
    let [v4, v6, whole] = inner();
    let in_gre = |packet: Vec<u8>| outer(0x0800, &outer_ip(47, &packet));
    let gre_v4 = |flags, fields: &[u8]| in_gre(gre(flags, 0x0800, fields, &v4));
    vec![
        of(gre_v4(0, &[]), Ip, "GRE, from 10.0.0.1 to 10.0.0.2"),
        of(
            gre_v4(0xb000, &[9, 9, 0, 0, 0, 0, 0, 7, 1, 1, 1, 1]),
            Ip,
            "GRE, key 7, from 10.0.0.1 to 10.0.0.2",
        ),
        of(
            gre_v4(0x4000, &[9, 9, 0, 0, 8, 0, 0, 4, 10, 0, 0, 9, 0, 0, 0, 0]),
            Ip,
            "GRE, from 10.0.0.1 to 10.0.0.2",
        ),
        of(in_gre(gre(0, 0x86dd, &[], &v6)), Ip, "GRE, from 10.0.0.1 to 10.0.0.2"),
        of(
            in_gre(gre(0, 0x8847, &[], &mpls(&[5], &v4))),
            Ip,
            "GRE > MPLS, label 5, from 10.0.0.1 to 10.0.0.2",
        ),
        of(in_gre(gre(0, 0x6558, &[], &whole)), Ethernet, "GRE, from 10.0.0.1 to 10.0.0.2"),
        of(
            in_gre(gre(0x2000, 0x6558, &[2, 0, 0, 0], &whole)),
            Ethernet,
            "GRE, key 33554432, from 10.0.0.1 to 10.0.0.2",
        ),
        on(
            VirtualNetwork::Vsid(5000),
            in_gre(gre(0x2000, 0x6558, &[0, 0x13, 0x88, 9], &whole)),
            "NVGRE, VSID 5000, from 10.0.0.1 to 10.0.0.2",
        ),
        of(in_gre(gre(0, 0x8909, &[8, 0, 1, 1, 0, 1, 0, 5], &v4)), Ip, "GRE, from 10.0.0.1 to 10.0.0.2"),
        of(in_gre(gre(0, 0x883e, &[], &v4)), Ip, "WCCP, from 10.0.0.1 to 10.0.0.2"),
        of(in_gre(gre(0, 0x883e, &[1, 0, 0, 7], &v4)), Ip, "WCCP, from 10.0.0.1 to 10.0.0.2"),
        of(
            in_gre(gre(
                0x3081,
                0x880b,
                &[0, 56, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2],
                &[&[0xff, 3][..], &ppp(0x21, &v4)].concat(),
            )),
            Ip,
            "PPTP, call 3, from 10.0.0.1 to 10.0.0.2",
        ),
        of(in_gre(gre(0, 0x88be, &[], &whole)), Ethernet, "ERSPAN I, from 10.0.0.1 to 10.0.0.2"),
        of(in_gre(erspan_2(&whole)), Ethernet, "ERSPAN II, session 5, from 10.0.0.1 to 10.0.0.2"),
        of(in_gre(erspan_3(&whole, false)), Ethernet, "ERSPAN III, session 6, from 10.0.0.1 to 10.0.0.2"),
        of(in_gre(erspan_3(&whole, true)), Ethernet, "ERSPAN III, session 6, from 10.0.0.1 to 10.0.0.2"),
    ]
}

fn in_udp_and_ip() -> Vec<Wrapped> {
    let [v4, v6, whole] = inner();
    let in_ip = |protocol, payload: &[u8]| outer(0x0800, &outer_ip(protocol, payload));
    let vni = VirtualNetwork::Vni(5000);
    vec![
        on(vni, to_port(4789, &vxlan(5000, &whole)), "VXLAN, VNI 5000, from 10.0.0.1 to 10.0.0.2"),
        on(vni, to_port(8472, &vxlan(5000, &whole)), "VXLAN, VNI 5000, from 10.0.0.1 to 10.0.0.2"),
        on(
            vni,
            to_port(4789, &[&[0x88, 0x08, 0, 9][..], &vxlan(5000, &whole)[4..]].concat()),
            "VXLAN, VNI 5000, from 10.0.0.1 to 10.0.0.2",
        ),
        on(vni, to_port(4790, &vxlan_gpe(5000, 3, &whole)), "VXLAN-GPE, VNI 5000, from 10.0.0.1 to 10.0.0.2"),
        of(to_port(4790, &vxlan_gpe(5000, 1, &v4)), Ip, "VXLAN-GPE, VNI 5000, from 10.0.0.1 to 10.0.0.2"),
        of(to_port(4790, &vxlan_gpe(5000, 2, &v6)), Ip, "VXLAN-GPE, VNI 5000, from 10.0.0.1 to 10.0.0.2"),
        on(
            vni,
            to_port(6081, &geneve(5000, 0x6558, &[], &whole)),
            "Geneve, VNI 5000, from 10.0.0.1 to 10.0.0.2",
        ),
        on(
            vni,
            to_port(6081, &geneve(5000, 0x6558, &[1, 2, 0x80, 1, 9, 9, 9, 9], &whole)),
            "Geneve, VNI 5000, from 10.0.0.1 to 10.0.0.2",
        ),
        of(to_port(6081, &geneve(5000, 0x86dd, &[], &v6)), Ip, "Geneve, VNI 5000, from 10.0.0.1 to 10.0.0.2"),
        of(in_ip(4, &v4), Ip, "IP in IP, from 10.0.0.1 to 10.0.0.2"),
        of(in_ip(41, &v6), Ip, "IP in IP, from 10.0.0.1 to 10.0.0.2"),
        of(in_ip(94, &v6), Ip, "IP in IP, from 10.0.0.1 to 10.0.0.2"),
        of(in_ip(97, &[&[0x30, 0][..], &whole].concat()), Ethernet, "EtherIP, from 10.0.0.1 to 10.0.0.2"),
        of(in_ip(143, &whole), Ethernet, "EtherIP, from 10.0.0.1 to 10.0.0.2"),
        of(
            to_port(1701, &l2tp(4, 9, &[&[0xff, 3][..], &ppp(0x21, &v4)].concat())),
            Ip,
            "L2TP, tunnel 4 session 9, from 10.0.0.1 to 10.0.0.2",
        ),
        of(
            to_port(1701, &[&[0, 2, 0, 4, 0, 9][..], &ppp(0x57, &v6)].concat()),
            Ip,
            "L2TP, tunnel 4 session 9, from 10.0.0.1 to 10.0.0.2",
        ),
        of(to_port(37_008, &tzsp(&whole)), Ethernet, "TZSP, from 10.0.0.1 to 10.0.0.2"),
        of(to_port(2152, &gtp(77, false, &v4)), Ip, "GTP-U, TEID 77, from 10.0.0.1 to 10.0.0.2"),
        of(to_port(2152, &gtp(77, true, &v6)), Ip, "GTP-U, TEID 77, from 10.0.0.1 to 10.0.0.2"),
    ]
}

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
fn the_inner_message_and_the_way_it_came_are_both_kept() {
    for Wrapped { bytes, inside, path, network } in wrapped() {
        let packet = decode_ethernet(&bytes);
        assert_eq!((sequence(&packet), &packet.stop), (Some(7), &None), "{path} {bytes:02x?}");
        assert_eq!(packet.path.expect("it is wrapped").to_string(), path);
        let (mac, vlans): (_, &[u16]) = match inside {
            Ip => ([2, 0, 0, 0, 0x0f, 1], &[]),
            Ethernet => (SRC_MAC, &[20]),
        };
        assert_eq!(packet.link.src_mac, Some(MacAddr(mac)), "{path}");
        assert_eq!(packet.link.vlans.ids().collect::<Vec<_>>(), vlans, "{path}");
        assert_eq!(packet.link.network, network, "{path}");
        let inner = packet.network.expect("ESP is in IP");
        let sources: [IpAddr; 2] = [[192, 0, 2, 2].into(), "2001:db8::2".parse().unwrap()];
        assert!(sources.contains(&inner.src) && inner.protocol == 50, "{path} {inner:?}");
        assert_eq!(packet.ports, None, "{path}");
    }
}

#[test]
fn a_wrapped_frame_may_end_anywhere() {
    for Wrapped { bytes: whole, path, .. } in wrapped() {
        for captured in 0..whole.len() - 24 {
            let cut = cut(&whole, captured);
            let place = format!("{path} {captured} of {whole:02x?}");
            let packet = decode_closely(&cut);
            let Some(Stop::Cut(missing)) = packet.stop else { panic!("{place} {packet:?}") };
            assert!(
                missing.offset <= captured && missing.offset + missing.need > captured,
                "{place} {missing}"
            );
            let packet = decode_closely(&Frame { wire_len: u32::try_from(captured).unwrap(), ..cut });
            match packet.stop {
                Some(Stop::Malformed(lacking)) => assert_eq!(missing, lacking, "{place}"),
                // So little behind a label is not Ethernet, and may be anything.
                Some(Stop::Unrelated(Unrelated::Mpls(_))) if path.contains("pseudowire") => {}
                stop => panic!("{place} {stop:?}"),
            }
        }
    }
}

#[test]
fn arp_comes_through_what_carries_ethernet() {
    let hello = ethernet(0x0806, &arp());
    let cases = [
        to_port(4789, &vxlan(1, &hello)),
        outer(0x0800, &outer_ip(47, &erspan_2(&hello))),
        outer(0x8847, &mpls(&[16], &hello)),
        outer(0x0800, &outer_ip(47, &gre(0, 0x0806, &[], &arp()))),
    ];
    for bytes in cases {
        let packet = decode_ethernet(&bytes);
        assert!(matches!(packet.message, Some(Message::Arp(_))), "{packet:?}");
        assert_eq!((packet.network, packet.ports, packet.stop), (None, None, None));
    }
}

#[test]
fn ip_is_read_in_llc_and_snap_and_behind_other_tags() {
    let v4 = ipv4(50, &esp(7));
    let cases = [
        length_and_snap(0, 0x0800, &v4),
        length_and_snap(0xf8, 0x0800, &v4),
        length_and_snap(0x0c, 0x0800, &v4),
        [&length_and_snap(0, 0x0800, &v4)[..], &[0x55; 9]].concat(),
        with_length(&[&[6, 6, 3][..], &v4].concat()),
        [&[0x81, 0][..], &tag(5, 0, &[])[..2], &length_and_snap(0, 0x0800, &v4)].concat(),
        [&[0x89, 0x09, 1, 1, 0, 1, 0, 9, 8, 0][..], &v4].concat(),
        [&[0x89, 0x26, 0, 1, 0, 2, 8, 0][..], &v4].concat(),
        [&[0x89, 0x3f, 0, 1, 0, 2, 0, 0, 8, 0][..], &v4].concat(),
        [&[0x88, 0x0b][..], &ppp(0x21, &v4)].concat(),
        // MACsec that protects without encrypting, with a channel identifier and without.
        [&[0x88, 0xe5, 0, 0, 0, 0, 0, 1, 8, 0][..], &v4, &[0xcc; 16]].concat(),
        [&[0x88, 0xe5, 0x22, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 8, 0][..], &v4, &[0xcc; 16]].concat(),
    ];
    for rest in cases {
        let bytes = [&DST_MAC[..], &SRC_MAC, &rest].concat();
        let packet = decode_ethernet(&bytes);
        assert_eq!((sequence(&packet), &packet.stop, packet.path), (Some(7), &None, None), "{rest:02x?}");
        for captured in 14..bytes.len() - rest.len() + 2 {
            assert!(matches!(decode_closely(&cut(&bytes, captured)).stop, Some(Stop::Cut(_))), "{rest:02x?}");
        }
    }
    let cases = [
        (with_length(&[0x42, 0x42, 3]), Unrelated::Llc(0x42)),
        (with_length(&[0xff, 0xff, 0, 40]), Unrelated::Llc(0xff)),
        (with_length(&[0xaa, 0xaa, 0x7f, 0, 0, 0, 8, 0]), Unrelated::Llc(0xaa)),
        (length_and_snap(0x0c, 0x2000, &[]), Unrelated::Snap(0x0c, 0x2000)),
        (length_and_snap(0, 0x0026, &[]), Unrelated::Snap(0, 0x0026)),
        (vec![0x05, 0xdd, 0xaa, 0xaa, 3], Unrelated::EtherType(0x05dd)),
        (vec![0x88, 0xe5, 0x2c, 0, 0, 0, 0, 1], Unrelated::EtherType(0x88e5)),
        (vec![0x88, 0xe5, 0x24, 0, 0, 0, 0, 1], Unrelated::EtherType(0x88e5)),
        (vec![0x88, 0x63, 0x11, 9, 0, 0, 0, 0], Unrelated::EtherType(0x8863)),
    ];
    for (rest, kind) in cases {
        let bytes = [&DST_MAC[..], &SRC_MAC, &rest].concat();
        assert_eq!(decode_ethernet(&bytes).stop, Some(Stop::Unrelated(kind)));
    }
}
