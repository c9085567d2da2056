//! Traffic that has nothing to do with an incident, in between: other hosts' ARP, DNS, TCP and UDP, a gateway group of
//! another VLAN, and ESP of another site.

use crate::common::frames::{tcp, udp};
use crate::common::read::Owned;

const SECOND: i64 = 1_000_000_000;
const HOSTS: [([u8; 4], [u8; 6]); 4] = [
    ([172, 20, 7, 11], [2, 0, 0, 0, 0x77, 11]),
    ([172, 20, 7, 12], [2, 0, 0, 0, 0x77, 12]),
    ([203, 0, 113, 50], [2, 0, 0, 0, 0x77, 50]),
    ([203, 0, 113, 60], [2, 0, 0, 0, 0x77, 60]),
];
/// The VLAN of the other gateway group.
const VLAN: u16 = 99;

/// The frames with others in between, from the first to the last.
pub(super) fn among_others(frames: &[Owned]) -> Vec<Owned> {
    let times = || frames.iter().map(|frame| frame.nanos);
    let (Some(first), Some(last)) = (times().min(), times().max()) else { return Vec::new() };
    let mut all = frames.to_vec();
    let mut add = |every: i64, make: &dyn Fn(u32) -> Vec<u8>| {
        let mut time = first + every / 3;
        let mut number = 1;
        while time < last {
            all.push(frame(time, make(number)));
            time += every;
            number += 1;
        }
    };
    add(7 * SECOND / 10, &|number| esp(2, 3, 0x1001_0001, number));
    add(9 * SECOND / 10, &|number| esp(3, 2, 0x1001_0002, number));
    add(13 * SECOND / 10, &|number| ip(0, 1, 6, &tcp((443, 50_123), (number * 100, 77), 0x18, &[0x17; 100])));
    add(17 * SECOND / 10, &|_| ip(0, 1, 17, &udp(53, 40_053, b"\x12\x34\x81\x80\0\x01\0\x01")));
    add(19 * SECOND / 10, &|number| {
        ip(1, 0, 17, &udp(5004, 5004, &[&number.to_be_bytes()[..], &[0x80; 60]].concat()))
    });
    add(5 * SECOND, &|number| if number % 2 == 1 { arp(0, 1, 1) } else { arp(1, 0, 2) });
    add(3 * SECOND, &|_| hello(0, 16));
    add(3 * SECOND + 1, &|_| hello(1, 8));
    all.sort_by_key(|frame| frame.nanos);
    all
}

fn frame(nanos: i64, bytes: Vec<u8>) -> Owned {
    let wire_len = u32::try_from(bytes.len()).expect("frames are small");
    Owned { number: 0, nanos, wire_len, interface: 0, link_type: 1, bytes }
}

fn ip(src: usize, dst: usize, protocol: u8, payload: &[u8]) -> Vec<u8> {
    let head = [&HOSTS[dst].1[..], &HOSTS[src].1, &[0x08, 0]].concat();
    [head, packet(HOSTS[src].0, HOSTS[dst].0, protocol, payload)].concat()
}

fn packet(src: [u8; 4], dst: [u8; 4], protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(20 + payload.len()).expect("packets are small").to_be_bytes();
    let head = [0x45, 0, length[0], length[1], 0x77, 1, 0, 0, 64, protocol, 0, 0];
    [&head[..], &src, &dst, payload].concat()
}

fn esp(src: usize, dst: usize, spi: u32, sequence: u32) -> Vec<u8> {
    let payload = [&spi.to_be_bytes()[..], &sequence.to_be_bytes(), &[0x5a; 64]].concat();
    ip(src, dst, 50, &payload)
}

fn arp(src: usize, dst: usize, operation: u8) -> Vec<u8> {
    let ((sender, mac), (target, asked)) = (HOSTS[src], HOSTS[dst]);
    let (to, known) = if operation == 1 { ([0xff; 6], [0; 6]) } else { (asked, asked) };
    let head = [&to[..], &mac, &[0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, operation]].concat();
    [&head[..], &mac, &sender, &known, &target].concat()
}

/// A hello of HSRP group 77 in a VLAN of its own, in this state.
fn hello(router: usize, state: u8) -> Vec<u8> {
    let (address, mac) = HOSTS[router];
    let mac = if state == 16 { [0, 0, 0x0c, 7, 0xac, 77] } else { mac };
    let message = [0, 0, state, 3, 10, 100, 77, 0, b'c', b'i', b's', b'c', b'o', 0, 0, 0, 172, 20, 7, 1];
    let head = [&[1, 0, 0x5e, 0, 0, 2][..], &mac, &[0x81, 0], &VLAN.to_be_bytes(), &[0x08, 0]].concat();
    [head, packet(address, [224, 0, 0, 2], 17, &udp(1985, 1985, &message))].concat()
}
