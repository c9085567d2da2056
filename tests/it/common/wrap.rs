//! Wrappings and link layers, each function putting its header around what it is given.
//!
//! Outer Ethernet goes from 02:00:00:00:0f:01 to :02, outer IP from 10.0.0.1 to 10.0.0.2.

use super::frames::udp;

/// An outer Ethernet frame.
pub(crate) fn outer(kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0x0f, 2, 2, 0, 0, 0, 0x0f, 1];
    bytes.extend(kind.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// An outer IPv4 packet, without Ethernet.
pub(crate) fn outer_ip(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(20 + payload.len()).expect("packets are small").to_be_bytes();
    let mut bytes = vec![0x45, 0, length[0], length[1], 0x77, 0x77, 0, 0, 60, protocol, 0, 0];
    bytes.extend([10, 0, 0, 1, 10, 0, 0, 2]);
    bytes.extend(payload);
    bytes
}

/// An outer datagram to this port, in Ethernet.
pub(crate) fn to_port(port: u16, payload: &[u8]) -> Vec<u8> {
    outer(0x0800, &outer_ip(17, &udp(50_001, port, payload)))
}

/// What an IEEE 802.3 frame holds behind its addresses: length, LLC, SNAP.
pub(crate) fn length_and_snap(organisation: u32, protocol: u16, payload: &[u8]) -> Vec<u8> {
    let llc = [&[0xaa, 0xaa, 0x03][..], &snap(organisation, protocol, payload)].concat();
    with_length(&llc)
}

/// A length and what it measures.
pub(crate) fn with_length(payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).expect("frames are small").to_be_bytes();
    [&length[..], payload].concat()
}

/// SNAP without LLC.
pub(crate) fn snap(organisation: u32, protocol: u16, payload: &[u8]) -> Vec<u8> {
    let [_, organisation @ ..] = organisation.to_be_bytes();
    [&organisation[..], &protocol.to_be_bytes(), payload].concat()
}

/// A `PPPoE` session's header around PPP.
pub(crate) fn pppoe(session: u16, ppp: &[u8]) -> Vec<u8> {
    [&[0x11, 0][..], &session.to_be_bytes(), &with_length(ppp)].concat()
}

/// A PPP frame of this protocol, written in full.
pub(crate) fn ppp(protocol: u16, payload: &[u8]) -> Vec<u8> {
    [&protocol.to_be_bytes()[..], payload].concat()
}

/// A label stack, outermost first.
pub(crate) fn mpls(labels: &[u32], payload: &[u8]) -> Vec<u8> {
    let bottom = labels.len() - 1;
    let entry = |(depth, label): (usize, &u32)| label << 12 | u32::from(depth == bottom) << 8 | 63;
    let mut bytes: Vec<u8> = labels.iter().enumerate().map(entry).flat_map(u32::to_be_bytes).collect();
    bytes.extend(payload);
    bytes
}

/// GRE with these flags and what they announce between the protocol and the payload.
pub(crate) fn gre(flags: u16, protocol: u16, fields: &[u8], payload: &[u8]) -> Vec<u8> {
    [&flags.to_be_bytes()[..], &protocol.to_be_bytes(), fields, payload].concat()
}

/// ERSPAN type II in GRE with a sequence number: VLAN 77, session 5.
pub(crate) fn erspan_2(frame: &[u8]) -> Vec<u8> {
    let header = [0x10, 77, 0x18, 5, 0, 0, 0, 1];
    gre(0x1000, 0x88be, &[0, 0, 0, 9], &[&header[..], frame].concat())
}

/// ERSPAN type III in GRE with a sequence number: session 6; with a platform header or without.
pub(crate) fn erspan_3(frame: &[u8], platform_header: bool) -> Vec<u8> {
    let mut header = vec![0x20, 77, 0, 6, 0x12, 0x34, 0x56, 0x78, 0, 0, 0, u8::from(platform_header)];
    header.extend(vec![0x5f; if platform_header { 8 } else { 0 }]);
    gre(0x1000, 0x22eb, &[0, 0, 0, 9], &[&header[..], frame].concat())
}

/// A VXLAN header, as behind UDP.
pub(crate) fn vxlan(network: u32, frame: &[u8]) -> Vec<u8> {
    [&[8, 0, 0, 0][..], &(network << 8).to_be_bytes(), frame].concat()
}

/// A VXLAN-GPE header that announces `next`.
pub(crate) fn vxlan_gpe(network: u32, next: u8, payload: &[u8]) -> Vec<u8> {
    [&[0x0c, 0, 0, next][..], &(network << 8).to_be_bytes(), payload].concat()
}

/// A Geneve header with options, of whole words.
pub(crate) fn geneve(network: u32, protocol: u16, options: &[u8], payload: &[u8]) -> Vec<u8> {
    let words = u8::try_from(options.len() / 4).expect("few options");
    let head = [&[words, 0][..], &protocol.to_be_bytes(), &(network << 8).to_be_bytes()].concat();
    [&head[..], options, payload].concat()
}

/// An L2TP data message with every optional field, around PPP.
pub(crate) fn l2tp(tunnel: u16, session: u16, ppp: &[u8]) -> Vec<u8> {
    let length = u16::try_from(16 + ppp.len()).expect("frames are small");
    let fields = [0x4a02, length, tunnel, session, 1, 2, 2, 0xffff].map(u16::to_be_bytes).concat();
    [&fields[..], ppp].concat()
}

/// GTP-U user data; with sequence number and one extension or without.
pub(crate) fn gtp(endpoint: u32, optional: bool, packet: &[u8]) -> Vec<u8> {
    let fields: &[u8] = if optional { &[0, 1, 0, 0x85, 1, 0x10, 9, 0] } else { &[] };
    let flags = if optional { 0x36 } else { 0x30 };
    let body = [fields, packet].concat();
    let length = u16::try_from(body.len()).expect("packets are small").to_be_bytes();
    [&[flags, 255][..], &length, &endpoint.to_be_bytes(), &body].concat()
}

/// TZSP with padding and a tag.
pub(crate) fn tzsp(frame: &[u8]) -> Vec<u8> {
    [&[1, 0, 0, 1, 0, 10, 1, 0xc4, 1][..], frame].concat()
}

/// A frame on a Cisco inter-switch link, without the checksum behind it.
pub(crate) fn isl(vlan: u16, frame: &[u8]) -> Vec<u8> {
    let length = u16::try_from(frame.len() + 16).expect("frames are small").to_be_bytes();
    let head =
        [&[1, 0, 0x0c, 0, 0, 0, 0, 0, 0x0c, 9, 9, 9][..], &length, &[0xaa, 0xaa, 3, 0, 0, 0x0c]].concat();
    [&head[..], &(vlan << 1).to_be_bytes(), &[0, 3, 0, 0], frame].concat()
}

/// A Linux cooked header of version 1.
pub(crate) fn sll(hardware: u16, source: [u8; 6], protocol: u16, payload: &[u8]) -> Vec<u8> {
    let head = [0, hardware, 6].map(u16::to_be_bytes).concat();
    [&head[..], &source, &[0, 0], &protocol.to_be_bytes(), payload].concat()
}

/// A Linux cooked header of version 2.
pub(crate) fn sll2(hardware: u16, source: [u8; 6], protocol: u16, payload: &[u8]) -> Vec<u8> {
    let head = [protocol, 0, 0, 2, hardware].map(u16::to_be_bytes).concat();
    [&head[..], &[0, 6], &source, &[0, 0], payload].concat()
}

/// A netfilter log of this family and protocol, in little-endian or big-endian order, with the whole Ethernet header.
pub(crate) fn nflog(family: u8, kind: u16, ethernet: &[u8; 14], payload: &[u8], little: bool) -> Vec<u8> {
    let order = |value: u16| if little { value.to_le_bytes() } else { value.to_be_bytes() };
    let tlv = |kind: u16, value: &[u8]| {
        let length = u16::try_from(4 + value.len()).expect("values are small");
        let mut tlv = [&order(length)[..], &order(kind), value].concat();
        tlv.resize(tlv.len().next_multiple_of(4), 0);
        tlv
    };
    let mut bytes = vec![family, 0, 0, 7];
    bytes.extend(tlv(1, &[&kind.to_be_bytes()[..], &[1, 0]].concat()));
    bytes.extend(tlv(10, b"log: \0"));
    bytes.extend(tlv(8, &[&[0, 6, 0, 0][..], &ethernet[6..12], &[0, 0]].concat()));
    bytes.extend(tlv(16, ethernet));
    bytes.extend(tlv(9, payload));
    bytes
}

/// Apple's packet tap around a frame of this link type.
pub(crate) fn pktap(link_type: u32, frame: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = [108_u32, 1, link_type].into_iter().flat_map(u32::to_le_bytes).collect();
    bytes.resize(108, 0x20);
    bytes.extend(frame);
    bytes
}
