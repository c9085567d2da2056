//! What passes for what it is: by `EtherType`, IP protocol and port.

use crate::wire::tcp;

use super::Wanted;
use super::assembler::{
    ADD, ADD_INDEX, AND, Assembler, FROM_INDEX, LOAD_BYTE_BEHIND, LOAD_HALF_BEHIND, LOAD_MEMORY,
    LOAD_WORD_BEHIND, SET_INDEX, SHIFT_LEFT, SHIFT_RIGHT, STORE, TO_INDEX, Test,
};

/// Lets pass what the decoders read. What does not pass goes on behind this.
///
/// The index register is how many bytes of VLAN tags, and later of the IP header, come before: so offsets count from
/// the start of an untagged frame, and later of one with no IP header.
pub(super) fn accept(program: &mut Assembler, wanted: &Wanted) {
    program.push(SET_INDEX, 0);
    program.accept_unless_long(HEADER);
    for _ in 0..TAGS {
        program.push(LOAD_HALF_BEHIND, TYPE);
        program.when(&VLANS.map(Test::Is), |program| {
            program.push(FROM_INDEX, 0);
            program.push(ADD, TAG);
            program.push(TO_INDEX, 0);
            program.accept_unless_long(HEADER);
        });
    }
    program.push(LOAD_HALF_BEHIND, TYPE);
    // A length: LLC.
    program.accept_unless(&[Test::AtLeast(LEAST_TYPE)]);
    program.accept_among(wanted.ether_types.iter().map(|&kind| kind.into()).chain(VLANS));
    program.push(STORE, KIND);
    program.when(&[Test::Is(IPV4)], |program| ipv4(program, wanted));
    program.push(LOAD_MEMORY, KIND);
    program.when(&[Test::Is(IPV6)], |program| ipv6(program, wanted));
}

fn ipv4(program: &mut Assembler, wanted: &Wanted) {
    program.accept_unless_long(HEADER + 20);
    program.push(LOAD_BYTE_BEHIND, HEADER);
    program.push(SHIFT_RIGHT, 4);
    program.accept_unless(&[Test::Is(4)]);
    program.push(LOAD_HALF_BEHIND, HEADER + 6);
    program.push(AND, OFFSET_OR_MORE);
    // Fragments pass together, or what is put together of them would look as if it were incomplete.
    program.accept_unless(&[Test::Is(0)]);
    program.push(LOAD_BYTE_BEHIND, HEADER + 9);
    program.push(STORE, PROTOCOL);
    program.push(LOAD_HALF_BEHIND, HEADER + 2);
    program.push(STORE, LENGTH);
    program.push(LOAD_BYTE_BEHIND, HEADER);
    program.push(AND, 0x0f);
    program.accept_unless(&[Test::AtLeast(5)]);
    program.push(SHIFT_LEFT, 2);
    program.push(STORE, IP_HEADER);
    program.push(ADD_INDEX, 0);
    program.push(STORE, TRANSPORT);
    // A length that leaves no room for a transport header: 0 is what segmentation offload leaves.
    program.push(LOAD_MEMORY, IP_HEADER);
    program.push(ADD, UDP_HEADER);
    program.push(TO_INDEX, 0);
    program.push(LOAD_MEMORY, LENGTH);
    program.when(&[Test::AtLeast(1)], |program| program.accept_unless(&[Test::AtLeastIndex]));
    program.push(LOAD_MEMORY, TRANSPORT);
    program.push(TO_INDEX, 0);
    transport(program, wanted);
}

fn ipv6(program: &mut Assembler, wanted: &Wanted) {
    program.accept_unless_long(HEADER + 40);
    program.push(LOAD_BYTE_BEHIND, HEADER);
    program.push(SHIFT_RIGHT, 4);
    program.accept_unless(&[Test::Is(6)]);
    program.push(LOAD_HALF_BEHIND, HEADER + 4);
    program.when(&[Test::AtLeast(1)], |program| program.accept_unless(&[Test::AtLeast(UDP_HEADER)]));
    program.push(LOAD_BYTE_BEHIND, HEADER + 6);
    program.push(STORE, PROTOCOL);
    program.push(FROM_INDEX, 0);
    program.push(ADD, 40);
    program.push(TO_INDEX, 0);
    transport(program, wanted);
}

/// What IP carries. Extension headers pass like every protocol that is neither UDP nor TCP.
fn transport(program: &mut Assembler, wanted: &Wanted) {
    program.push(LOAD_MEMORY, PROTOCOL);
    program.accept_unless(&[Test::Is(UDP), Test::Is(TCP)]);
    program.when(&[Test::Is(UDP)], |program| udp(program, &wanted.udp_ports));
    program.push(LOAD_MEMORY, PROTOCOL);
    program.when(&[Test::Is(TCP)], |program| segment(program, &wanted.tcp_ports));
}

fn udp(program: &mut Assembler, ports: &[u16]) {
    program.accept_unless_long(HEADER + 4);
    among_ports(program, ports);
    // IKE shows on any port, with the marker before it or without.
    for marker in [0, MARKER] {
        let message = HEADER + UDP_HEADER + marker;
        program.when_long(message + IKE_HEADER, |program| {
            program.push(LOAD_BYTE_BEHIND, message + 17);
            program.when(&IKE_VERSIONS.map(Test::Is), |program| {
                // No datagram has a message that needs the upper half of its length.
                program.push(LOAD_HALF_BEHIND, message + 24);
                program.accept_among([0]);
            });
        });
    }
}

fn segment(program: &mut Assembler, ports: &[u16]) {
    program.when_long(HEADER + TCP_HEADER, |program| {
        among_ports(program, ports);
        program.push(LOAD_BYTE_BEHIND, HEADER + 12);
        program.push(SHIFT_RIGHT, 4);
        program.push(SHIFT_LEFT, 2);
        program.push(ADD_INDEX, 0);
        program.push(TO_INDEX, 0);
        let [p0, p1, p2, p3, p4, p5] = *tcp::PREFIX;
        program.when_long(HEADER + 6, |program| {
            program.push(LOAD_WORD_BEHIND, HEADER);
            program.when(&[Test::Is(u32::from_be_bytes([p0, p1, p2, p3]))], |program| {
                program.push(LOAD_HALF_BEHIND, HEADER + 4);
                program.accept_among([u16::from_be_bytes([p4, p5]).into()]);
            });
        });
    });
}

fn among_ports(program: &mut Assembler, ports: &[u16]) {
    for side in [0, 2] {
        program.push(LOAD_HALF_BEHIND, HEADER + side);
        program.accept_among(ports.iter().map(|&port| port.into()));
    }
}

/// Where the type stands in an untagged Ethernet header, and bytes of that.
const TYPE: u32 = 12;
const HEADER: u32 = 14;
/// Bytes of a VLAN tag, and how many are stepped over.
const TAG: u32 = 4;
const TAGS: usize = 3;
/// The least `EtherType`: lower values are lengths.
const LEAST_TYPE: u32 = 0x0600;

const IPV4: u32 = 0x0800;
const IPV6: u32 = 0x86dd;
/// 802.1Q, 802.1ad, and what came before it.
const VLANS: [u32; 4] = [0x8100, 0x88a8, 0x9100, 0x9200];

const TCP: u32 = tcp::PROTOCOL as u32;
const UDP: u32 = 17;
const UDP_HEADER: u32 = 8;
const TCP_HEADER: u32 = 20;
/// The bits of IPv4 that say that a packet is a fragment.
const OFFSET_OR_MORE: u32 = 0x3fff;
const IKE_HEADER: u32 = 28;
const IKE_VERSIONS: [u32; 2] = [0x10, 0x20];
/// Bytes of the marker before IKE (RFC 3948 §2.2).
const MARKER: u32 = 4;

/// Words of memory.
const KIND: u32 = 0;
const PROTOCOL: u32 = 1;
const LENGTH: u32 = 2;
const IP_HEADER: u32 = 3;
const TRANSPORT: u32 = 4;
