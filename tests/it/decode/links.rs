//! Link types: each leads to the message, ends with a reason wherever it is cut, and is named where it is not read.

use sagap::capture::LinkType;
use sagap::decode::{Message, Packet, Stop, Unrelated, Wrapping, decode, decode_closely};
use sagap::wire::mac::MacAddr;

use crate::common::frames::*;
use crate::common::wrap::*;

/// Frames of each link type that hold ESP with sequence number 7: how they begin, whether the sender's MAC shows, and
/// the VLANs.
fn frames() -> Vec<(LinkType, Vec<u8>, bool, &'static [u16])> {
    let (v4, v6) = (ipv4(50, &esp(7)), ipv6(50, &esp(7)));
    let whole = ethernet(0x0800, &v4);
    let mut tagged = whole.clone();
    tagged.splice(12..12, [0x2a, 0x0a, 0xe1, 0x23]);
    let mut untagged = whole.clone();
    untagged.splice(12..12, [0xda, 0xda, 0, 0, 0x40, 8, 0x01, 0x23]);
    let header = whole[..14].try_into().expect("14 bytes");
    let after = |bytes: &[u8], rest: &[u8]| [bytes, rest].concat();
    let plain = |link_type, bytes| (link_type, bytes, false, &[][..]);
    vec![
        (LinkType::ETHERNET, whole.clone(), true, &[]),
        (LinkType::ETHERNET, ethernet(0x8100, &tag(5, 0x0800, &v4)), true, &[5]),
        (LinkType::ETHERNET, isl(9, &ethernet(0x8100, &tag(5, 0x0800, &v4))), true, &[9, 5]),
        (LinkType::LINUX_SLL, sll(1, SRC_MAC, 0x0800, &v4), true, &[]),
        (LinkType::LINUX_SLL, sll(1, SRC_MAC, 0x8100, &tag(10, 0x86dd, &v6)), true, &[10]),
        (LinkType::LINUX_SLL, sll(1, SRC_MAC, 4, &length_and_snap(0, 0x0800, &v4)[2..]), true, &[]),
        (LinkType::LINUX_SLL, sll(512, SRC_MAC, 7, &ppp(0x57, &v6)), true, &[]),
        (LinkType::LINUX_SLL, sll(770, SRC_MAC, 0, &after(&[0x18, 0x41, 3, 0xcc], &v4)), true, &[]),
        (LinkType::LINUX_SLL, sll(778, SRC_MAC, 0x86dd, &v6), true, &[]),
        (LinkType::LINUX_SLL2, sll2(1, SRC_MAC, 0x86dd, &v6), true, &[]),
        (LinkType::LINUX_SLL2, sll2(778, SRC_MAC, 0x88be, &whole), true, &[]),
        plain(LinkType::RAW, v4.clone()),
        plain(LinkType::RAW_BSD, v6.clone()),
        plain(LinkType::RAW_OPENBSD, v4.clone()),
        plain(LinkType::IPV4, v4.clone()),
        plain(LinkType::IPV6, v6.clone()),
        plain(LinkType::NULL, after(&[2, 0, 0, 0], &v4)),
        plain(LinkType::NULL, after(&[0, 0, 0, 30], &v6)),
        plain(LinkType::NULL, after(&[0, 2, 0, 0], &v4)),
        plain(LinkType::NULL, after(&[0, 0, 2, 0], &v4)),
        plain(LinkType::NULL, after(&[0, 8, 0, 0], &v4)),
        plain(LinkType::NULL, after(&[0, 0, 8, 0], &v4)),
        plain(LinkType::NULL, after(&[0x0f, 0, 8, 0], &v4)),
        plain(LinkType::NULL, after(&[0xff, 3], &ppp(0x21, &v4))),
        plain(LinkType::LOOP, after(&[0, 0, 0, 2], &v4)),
        plain(LinkType::ENC, after(&[2, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0], &v4)),
        plain(LinkType::PFLOG, after(&[&[61, 2][..], &[0; 62]].concat(), &v4)),
        plain(LinkType::PPP, ppp(0x21, &v4)),
        plain(LinkType::PPP, after(&[0xff, 3], &ppp(0x57, &v6))),
        plain(LinkType::PPP, after(&[0x21], &v4)),
        plain(LinkType::PPP_HDLC, after(&[0xff, 3, 0x21], &v4)),
        plain(LinkType::PPP_HDLC, after(&[0x0f, 0, 8, 0], &v4)),
        plain(LinkType::PPP_PPPD, after(&[1, 3], &ppp(0x21, &v4))),
        plain(LinkType::PPP_WITH_DIR, after(&[0, 0xff, 3], &ppp(0x21, &v4))),
        plain(LinkType::PPP_ETHER, pppoe(9, &ppp(0x21, &v4))),
        plain(LinkType::C_HDLC, after(&[0x0f, 0, 0x86, 0xdd], &v6)),
        plain(LinkType::C_HDLC_WITH_DIR, after(&[1, 0x8f, 0, 8, 0], &v4)),
        (LinkType::C_HDLC, after(&[0x0f, 0, 0x65, 0x58], &whole), true, &[]),
        plain(LinkType::FRELAY, after(&[0x18, 0x41, 3, 0xcc], &v4)),
        plain(LinkType::FRELAY, after(&[0x18, 0x40, 0x41, 3, 0, 0x8e], &v6)),
        plain(LinkType::FRELAY, after(&[0x18, 0x40, 0x40, 0x41, 3, 0xcf], &ppp(0x21, &v4))),
        plain(LinkType::FRELAY, after(&[0x18, 0x41, 3, 0, 0x80], &snap(0, 0x0800, &v4))),
        plain(LinkType::FRELAY, after(&[0x18, 0x41, 8, 0], &v4)),
        (LinkType::FRELAY, after(&[0x18, 0x41, 3, 0, 0x80], &snap(0x80c2, 7, &whole)), true, &[]),
        plain(LinkType::FRELAY_WITH_DIR, after(&[1, 0x18, 0x41, 3, 0xcc], &v4)),
        plain(LinkType::ATM_RFC1483, length_and_snap(0, 0x0800, &v4)[2..].to_vec()),
        plain(LinkType::MPLS, mpls(&[16, 17], &v4)),
        (LinkType::NFLOG, nflog(2, 0x0800, &header, &v4, true), true, &[]),
        (LinkType::NFLOG, nflog(7, 0x86dd, &header, &v6, false), true, &[]),
        (LinkType::DSA_TAG_DSA, tagged.clone(), true, &[0x123]),
        (LinkType::DSA_TAG_EDSA, untagged, true, &[]),
        (LinkType::DSA_TAG_BRCM, after(&whole[..12], &after(&[0x40, 0, 0, 1, 8, 0], &v4)), true, &[]),
        (LinkType::DSA_TAG_BRCM_PREPEND, after(&[0x40, 0, 0, 1], &whole), true, &[]),
        (LinkType::PKTAP, pktap(1, &whole), true, &[]),
        plain(LinkType::USER2, pktap(0, &after(&[2, 0, 0, 0], &v4))),
    ]
}

fn sequence(packet: &Packet<'_>) -> Option<u32> {
    match packet.message {
        Some(Message::Esp { header, .. }) => Some(header.sequence),
        _ => None,
    }
}

#[test]
fn every_link_type_leads_to_the_message() {
    for (link_type, bytes, has_mac, vlans) in frames() {
        let packet = decode(&frame(link_type, &bytes));
        assert_eq!((sequence(&packet), &packet.stop), (Some(7), &None), "{link_type:?} {bytes:02x?}");
        assert_eq!(packet.link.src_mac, has_mac.then_some(MacAddr(SRC_MAC)), "{link_type:?}");
        assert_eq!(packet.link.vlans.ids().collect::<Vec<_>>(), vlans, "{link_type:?}");
    }
}

#[test]
fn a_frame_of_any_link_type_may_end_anywhere() {
    for (link_type, whole, ..) in frames() {
        // The last bytes are ESP's, of which the first eight are needed.
        for captured in 0..whole.len() - 24 {
            let cut = sagap::capture::Frame { bytes: &whole[..captured], ..frame(link_type, &whole) };
            let short = frame(link_type, &whole[..captured]);
            // So little of a packet tap under its private number is none.
            if link_type == LinkType::USER2 && captured < 12 {
                assert_eq!(decode_closely(&short).stop, Some(Stop::LinkType(149)));
                continue;
            }
            let place = format!("{link_type:?} {captured} of {whole:02x?}");
            let Some(Stop::Cut(missing)) = decode_closely(&cut).stop else { panic!("{place}") };
            let Some(Stop::Malformed(lacking)) = decode_closely(&short).stop else { panic!("{place}") };
            assert_eq!(missing, lacking, "{place}");
            assert!(
                missing.offset <= captured && missing.offset + missing.need > captured,
                "{place} {missing}"
            );
        }
    }
}

#[test]
fn what_a_link_layer_carries_else_is_named() {
    let after = |bytes: &[u8]| [bytes, &[0; 40]].concat();
    let cases = [
        (LinkType::NULL, vec![7, 0, 0, 0], Unrelated::AddressFamily(7)),
        (LinkType::NULL, vec![5, 0, 1, 0x0f], Unrelated::AddressFamily(0x0500_010f)),
        (LinkType::LOOP, vec![0, 0, 0, 7], Unrelated::AddressFamily(7)),
        (LinkType::NFLOG, nflog(3, 0, &[0; 14], &[0; 40], true), Unrelated::AddressFamily(3)),
        (LinkType::LINUX_SLL, sll(824, SRC_MAC, 0x0800, &[]), Unrelated::Hardware(824)),
        (LinkType::LINUX_SLL, sll(803, SRC_MAC, 0x0800, &[]), Unrelated::Hardware(803)),
        (LinkType::LINUX_SLL2, sll2(280, SRC_MAC, 12, &[]), Unrelated::LinuxProtocol(12)),
        (LinkType::LINUX_SLL2, sll2(1, SRC_MAC, 4, &[0x42, 0x42, 3]), Unrelated::Llc(0x42)),
        (LinkType::PPP, vec![0xff, 3, 0xc0, 0x21], Unrelated::Ppp(0xc021)),
        (LinkType::PPP, vec![0x3d], Unrelated::Ppp(0x3d)),
        (LinkType::C_HDLC, vec![0x8f, 0, 0x80, 0x35], Unrelated::CiscoHdlc(0x8035)),
        (LinkType::C_HDLC, vec![0x8f, 0, 0x88, 0xcc], Unrelated::EtherType(0x88cc)),
        (LinkType::FRELAY, vec![0, 1, 3, 8], Unrelated::FrameRelay(8)),
        (LinkType::FRELAY, vec![0, 1, 0x7f], Unrelated::FrameRelay(0)),
        (LinkType::ATM_RFC1483, vec![0xfe, 0xfe, 3, 0x83], Unrelated::Llc(0xfe)),
        (LinkType::PPP_ETHER, vec![0x11, 9, 0, 0], Unrelated::EtherType(0x8864)),
    ];
    for (link_type, bytes, kind) in cases {
        let bytes = after(&bytes);
        assert_eq!(decode(&frame(link_type, &bytes)).stop, Some(Stop::Unrelated(kind)), "{link_type:?}");
    }
}

#[test]
fn headers_that_contradict_themselves_are_named() {
    let cases = [
        (LinkType::FRELAY, vec![0x19, 0x41, 3, 0xcc], "frame relay end of address at byte 0 needs 1, has 0"),
        (
            LinkType::FRELAY,
            vec![0x18, 0x40, 0x40, 0x40, 3],
            "frame relay end of address at byte 0 needs 1, has 0",
        ),
        (LinkType::NFLOG, vec![2, 0, 0, 7, 3, 0, 9, 0, 0, 0], "nflog TLV length at byte 4 needs 4, has 3"),
        (LinkType::NFLOG, vec![2, 0, 0, 7, 0, 0, 0, 0, 0, 0], "nflog TLV length at byte 4 needs 4, has 0"),
        (LinkType::PFLOG, vec![19, 2, 0, 0, 0, 0, 0, 0], "pflog length at byte 0 needs 20, has 19"),
        (LinkType::RAW, vec![0x55; 40], "ip version at byte 0 needs 4, has 5"),
        (LinkType::PPP_ETHER, vec![0x21, 0, 0, 1, 0, 0], "pppoe version and type at byte 0 needs 17, has 33"),
        (LinkType::PPP_ETHER, vec![0x11, 0, 0, 1, 0, 0, 0, 0x21], "ppp protocol at byte 6 needs 1, has 0"),
    ];
    for (link_type, bytes, why) in cases {
        let Some(Stop::Malformed(malformed)) = decode(&frame(link_type, &bytes)).stop else {
            panic!("{why}")
        };
        assert_eq!(malformed.to_string(), why);
    }
}

#[test]
fn link_types_that_are_not_read_stop_by_number() {
    let unread = [7, 105, 127, 143, 192, 227, 240];
    for number in unread {
        assert_eq!(decode(&frame(LinkType(number), &[0; 60])).stop, Some(Stop::LinkType(number)));
    }
    // Private numbers, a packet tap in a packet tap, and one around what is not read.
    assert_eq!(decode(&frame(LinkType::USER2, &[0; 200])).stop, Some(Stop::LinkType(149)));
    let twice = pktap(258, &pktap(1, &ethernet(0x0800, &ipv4(50, &esp(7)))));
    assert_eq!(decode(&frame(LinkType::PKTAP, &twice)).stop, Some(Stop::LinkType(258)));
    assert_eq!(decode(&frame(LinkType::PKTAP, &pktap(127, &[0; 60]))).stop, Some(Stop::LinkType(127)));
}

#[test]
fn a_frame_without_wrappings_has_no_path() {
    for (link_type, bytes, ..) in frames() {
        let path = decode(&frame(link_type, &bytes)).path;
        let wrappings: Vec<_> = path.iter().flat_map(sagap::decode::Path::wrappings).collect();
        let expected: &[Wrapping] = match link_type {
            LinkType::PPP_ETHER => &[Wrapping::Pppoe],
            LinkType::MPLS => &[Wrapping::Mpls],
            LinkType::LINUX_SLL2 if bytes[..2] == [0x88, 0xbe] => &[Wrapping::Erspan1],
            LinkType::C_HDLC if bytes[2] == 0x65 => &[Wrapping::Bridged],
            LinkType::FRELAY if bytes[6..8] == [0x80, 0xc2] => &[Wrapping::Bridged],
            _ => &[],
        };
        assert_eq!(wrappings, expected, "{link_type:?}");
    }
}
