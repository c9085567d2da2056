//! The ways to wrap the recording.

use crate::common::frames::{ipv6, option_header, udp};
use crate::common::wrap::*;

/// One way to wrap the recording.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) link_type: u16,
    pub(super) wrap: fn(&[u8]) -> Vec<u8>,
    pub(super) keeps: Keeps,
    /// Whether ARP can be carried.
    pub(super) arp: bool,
    /// What the `vlan` column says of every frame.
    pub(super) vlan: &'static str,
    /// What is added to the name of the group.
    pub(super) segment: &'static str,
}

/// Which MACs are left of each frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeps {
    Both,
    Source,
    Neither,
}

/// All of them.
pub(super) fn cases() -> impl Iterator<Item = Case> {
    let all = carrying_ethernet().into_iter().chain(carrying_packets()).chain(link_types());
    all.map(|(name, case)| Case { name, ..case })
}

fn carrying_ethernet() -> Vec<(&'static str, Case)> {
    vec![
        ("mpls-pseudowire", framed(|frame| outer(0x8847, &mpls(&[100, 16], frame)))),
        (
            "mpls-pseudowire-with-control-word",
            framed(|frame| outer(0x8847, &mpls(&[16], &[&[0; 4], frame].concat()))),
        ),
        ("mpls-pseudowire-in-ip", framed(|frame| outer(0x0800, &outer_ip(137, &mpls(&[16], frame))))),
        ("gre-bridged", framed(|frame| in_gre(0, 0x6558, &[], frame))),
        ("gre-bridged-with-direction", framed(|frame| in_gre(0x2000, 0x6558, &[2, 0, 0, 0], frame))),
        ("erspan-1", framed(|frame| in_gre(0, 0x88be, &[], frame))),
        ("erspan-2", framed(|frame| outer(0x0800, &outer_ip(47, &erspan_2(frame))))),
        ("erspan-3", framed(|frame| outer(0x0800, &outer_ip(47, &erspan_3(frame, false))))),
        ("erspan-3-with-platform", framed(|frame| outer(0x0800, &outer_ip(47, &erspan_3(frame, true))))),
        (
            "erspan-2-over-ipv6",
            framed(|frame| outer(0x86dd, &ipv6(60, &option_header(47, &erspan_2(frame))))),
        ),
        ("etherip", framed(|frame| outer(0x0800, &outer_ip(97, &[&[0x30, 0], frame].concat())))),
        ("ethernet-in-ipv6", framed(|frame| outer(0x86dd, &ipv6(143, frame)))),
        ("tzsp", framed(|frame| to_port(37_008, &tzsp(frame)))),
        ("isl", Case { vlan: "9", segment: "@vlan9", ..framed(|frame| isl(9, frame)) }),
        (
            "erspan-2-in-vlan",
            Case { vlan: "7", ..framed(|frame| in_vlan(7, &outer(0x0800, &outer_ip(47, &erspan_2(frame))))) },
        ),
        ("vlan", Case { vlan: "100", segment: "@vlan100", ..framed(|frame| in_vlan(100, frame)) }),
        (
            "two-vlans",
            Case {
                vlan: "100;20",
                segment: "@vlan100.20",
                ..framed(|frame| in_vlan(100, &in_vlan(20, frame)))
            },
        ),
        ("priority-tag", Case { vlan: "0", ..framed(|frame| in_vlan(0, frame)) }),
        (
            "backbone-bridge",
            Case {
                segment: "@isid70000",
                ..framed(|frame| outer(0x88e7, &[&[0x60, 1, 0x11, 0x70], frame].concat()))
            },
        ),
        (
            "nvgre",
            Case {
                segment: "@vsid5000",
                ..framed(|frame| in_gre(0x2000, 0x6558, &[0, 0x13, 0x88, 1], frame))
            },
        ),
        ("vxlan", Case { segment: "@vni5000", ..framed(|frame| to_port(4789, &vxlan(5000, frame))) }),
        (
            "vxlan-gpe",
            Case { segment: "@vni5000", ..framed(|frame| to_port(4790, &vxlan_gpe(5000, 3, frame))) },
        ),
        (
            "geneve",
            Case {
                segment: "@vni5000",
                ..framed(|frame| to_port(6081, &geneve(5000, 0x6558, &[1, 2, 0, 1, 9, 9, 9, 9], frame)))
            },
        ),
        (
            "vxlan-mirrored",
            Case {
                segment: "@vni5000",
                ..framed(|frame| outer(0x0800, &outer_ip(47, &erspan_2(&to_port(4789, &vxlan(5000, frame))))))
            },
        ),
        (
            "vlan-in-vxlan-in-vlan",
            Case {
                vlan: "7;100",
                segment: "@vni5000@vlan100",
                ..framed(|frame| in_vlan(7, &to_port(4789, &vxlan(5000, &in_vlan(100, frame)))))
            },
        ),
    ]
}

/// These keep the addresses of the frame, as a router that wraps its packets itself does, and leave ARP as it is.
fn carrying_packets() -> Vec<(&'static str, Case)> {
    vec![
        (
            "llc-snap",
            framed(|frame| [&frame[..12], &length_and_snap(0, kind_of(frame), &frame[14..])].concat()),
        ),
        ("metadata", framed(|frame| behind(frame, 0x8909, &[&[1, 1, 0, 1, 0, 9], &frame[12..]].concat()))),
        (
            "macsec-unencrypted",
            framed(|frame| behind(frame, 0x88e5, &[&[0, 0, 0, 0, 0, 1], &frame[12..], &[0xcc; 16]].concat())),
        ),
        ("pppoe", framed(|frame| behind(frame, 0x8864, &pppoe(17, &ppp_of(frame))))),
        ("mpls", framed(|frame| behind(frame, 0x8847, &mpls(&[100, 16], &frame[14..])))),
        ("mpls-in-udp", framed(|frame| in_packet(frame, 17, &udp(50_001, 6635, &mpls(&[16], &frame[14..]))))),
        (
            "gre",
            framed(|frame| {
                in_packet(
                    frame,
                    47,
                    &gre(0xb000, kind_of(frame), &[9, 9, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1], &frame[14..]),
                )
            }),
        ),
        ("pptp", framed(|frame| in_packet(frame, 47, &pptp(&ppp_of(frame))))),
        (
            "ip-in-ip",
            framed(|frame| in_packet(frame, if kind_of(frame) == 0x86dd { 41 } else { 4 }, &frame[14..])),
        ),
        ("l2tp", framed(|frame| in_packet(frame, 17, &udp(1701, 50_001, &l2tp(4, 9, &ppp_of(frame)))))),
        ("gtp", framed(|frame| in_packet(frame, 17, &udp(50_001, 2152, &gtp(77, true, &frame[14..]))))),
        (
            "geneve-of-packets",
            framed(|frame| {
                in_packet(frame, 17, &udp(50_001, 6081, &geneve(5000, kind_of(frame), &[], &frame[14..])))
            }),
        ),
        (
            "eight-deep",
            framed(|frame| {
                (0..7).fold(
                    in_packet(frame, if kind_of(frame) == 0x86dd { 41 } else { 4 }, &frame[14..]),
                    |whole, _| in_packet(&whole, 4, &whole[14..]),
                )
            }),
        ),
    ]
}

/// Link types. Those of serial lines and raw IP have no MACs and no ARP; a loopback names neither.
fn link_types() -> Vec<(&'static str, Case)> {
    let with_both = |link_type, wrap| Case { link_type, ..framed(wrap) };
    let source = |link_type, wrap| Case { link_type, keeps: Keeps::Source, ..framed(wrap) };
    let no_macs = |link_type, wrap| Case { link_type, keeps: Keeps::Neither, ..framed(wrap) };
    let neither = |link_type, wrap| Case { link_type, keeps: Keeps::Neither, arp: false, ..framed(wrap) };
    vec![
        ("link-null", neither(0, |frame| family(frame, u32::to_le_bytes))),
        ("link-loop", neither(108, |frame| family(frame, u32::to_be_bytes))),
        (
            "link-enc",
            neither(109, |frame| {
                [&family(&frame[..14], u32::to_be_bytes)[..], &[0; 8], &frame[14..]].concat()
            }),
        ),
        ("link-ppp", neither(9, |frame| [&[0xff, 3][..], &ppp_of(frame)].concat())),
        ("link-ppp-hdlc", neither(50, |frame| [&[0x8f, 0][..], &frame[12..]].concat())),
        ("link-ppp-ether", neither(51, |frame| pppoe(17, &ppp_of(frame)))),
        ("link-raw", neither(101, raw)),
        ("link-mpls", neither(219, |frame| mpls(&[16], &raw(frame)))),
        ("link-c-hdlc", no_macs(104, |frame| [&[0x0f, 0], &frame[12..]].concat())),
        (
            "link-frame-relay",
            no_macs(107, |frame| {
                [&[0x18, 0x41, 3, 0, 0x80][..], &snap(0, kind_of(frame), &frame[14..])].concat()
            }),
        ),
        ("link-frame-relay-of-cisco", no_macs(107, |frame| [&[0x18, 0x41], &frame[12..]].concat())),
        ("link-atm", no_macs(100, |frame| length_and_snap(0, kind_of(frame), &frame[14..])[2..].to_vec())),
        ("link-sll", source(113, |frame| sll(1, source_of(frame), kind_of(frame), &frame[14..]))),
        ("link-sll2", source(276, |frame| sll2(1, source_of(frame), kind_of(frame), &frame[14..]))),
        (
            "link-nflog",
            with_both(239, |frame| {
                nflog(7, kind_of(frame), frame[..14].try_into().unwrap(), &frame[14..], true)
            }),
        ),
        ("link-pktap", with_both(258, |frame| pktap(1, frame))),
        ("link-pktap-of-old", with_both(149, |frame| pktap(1, frame))),
        ("link-dsa", with_both(284, |frame| [&frame[..12], &[0x40, 8, 0, 1], &frame[12..]].concat())),
        (
            "link-edsa",
            with_both(285, |frame| [&frame[..12], &[0xda, 0xda, 0, 0, 0x40, 8, 0, 1], &frame[12..]].concat()),
        ),
        (
            "link-broadcom-tag",
            with_both(281, |frame| [&frame[..12], &[0x40, 0, 0, 1], &frame[12..]].concat()),
        ),
    ]
}

/// A wrapping on Ethernet.
fn framed(wrap: fn(&[u8]) -> Vec<u8>) -> Case {
    Case { name: "", link_type: 1, wrap, keeps: Keeps::Both, arp: true, vlan: "", segment: "" }
}

fn kind_of(frame: &[u8]) -> u16 {
    u16::from_be_bytes([frame[12], frame[13]])
}

fn source_of(frame: &[u8]) -> [u8; 6] {
    frame[6..12].try_into().unwrap()
}

fn is_ip(frame: &[u8]) -> bool {
    matches!(kind_of(frame), 0x0800 | 0x86dd)
}

/// The frame's addresses, and this behind them if it holds IP.
fn behind(frame: &[u8], kind: u16, payload: &[u8]) -> Vec<u8> {
    if !is_ip(frame) && kind != 0x8909 && kind != 0x88e5 {
        return frame.to_vec();
    }
    [&frame[..12], &kind.to_be_bytes(), payload].concat()
}

/// The same with an outer IP packet behind the addresses.
fn in_packet(frame: &[u8], protocol: u8, payload: &[u8]) -> Vec<u8> {
    behind(frame, 0x0800, &outer_ip(protocol, payload))
}

fn in_gre(flags: u16, protocol: u16, fields: &[u8], payload: &[u8]) -> Vec<u8> {
    outer(0x0800, &outer_ip(47, &gre(flags, protocol, fields, payload)))
}

fn in_vlan(id: u16, frame: &[u8]) -> Vec<u8> {
    [&frame[..12], &[0x81, 0], &id.to_be_bytes(), &frame[12..]].concat()
}

/// The frame's packet in PPP; something else in place of what is no IP.
fn ppp_of(frame: &[u8]) -> Vec<u8> {
    match kind_of(frame) {
        0x0800 => [&[0x21], &frame[14..]].concat(),
        0x86dd => ppp(0x57, &frame[14..]),
        _ => ppp(0xc021, &[9, 1, 0, 8, 0, 0, 0, 0]),
    }
}

fn pptp(ppp: &[u8]) -> Vec<u8> {
    let length = u16::try_from(ppp.len()).unwrap().to_be_bytes();
    gre(0x3001, 0x880b, &[&length[..], &[0, 3, 0, 0, 0, 1]].concat(), ppp)
}

/// The frame's packet alone; something else in place of what is no IP.
fn raw(frame: &[u8]) -> Vec<u8> {
    if is_ip(frame) { frame[14..].to_vec() } else { outer_ip(253, &[0; 20]) }
}

fn family(frame: &[u8], order: fn(u32) -> [u8; 4]) -> Vec<u8> {
    let family = match kind_of(frame) {
        0x0800 => 2,
        0x86dd => 30,
        _ => 7,
    };
    [&order(family)[..], &frame[14..]].concat()
}
