//! The filter in the kernel lets in what the decoders read, and little else.

use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use sagap::capture::socket::filter::{Instruction, Wanted, program};
use sagap::capture::{CaptureFile, Frame, LinkType, Source};
use sagap::decode::{Options, Stop, decode_with, wanted};
use sagap::wire::mac::MacAddr;

use crate::common::bpf::run;
use crate::common::frames::*;
use crate::common::{files_below, shared};
use crate::decode::glance::wrapped;

/// Types of hardware.
const ETHERNET: u32 = 1;
const LOOPBACK: u32 = 772;
const TUNNEL: u32 = 0xfffe;

fn passes(program: &[Instruction], bytes: &[u8]) -> bool {
    run(program, bytes, ETHERNET) > 0
}

/// Whether the decoders make anything of a frame.
fn is_read(frame: &Frame<'_>, options: &Options) -> bool {
    let packet = decode_with(frame, options);
    packet.message.is_some() || packet.stop.is_some_and(|stop| !matches!(stop, Stop::Unrelated(_)))
}

/// How many frames of a capture are read; each of them passes.
fn check(path: &Path, program: &[Instruction]) -> u32 {
    let options = Options::default();
    let Ok(mut file) = CaptureFile::open(path) else { return 0 };
    let mut read = 0;
    while let Ok(Some(frame)) = file.next_frame() {
        if frame.link_type == LinkType::ETHERNET && is_read(&frame, &options) {
            assert!(passes(program, frame.bytes), "{} frame {}", path.display(), frame.number);
            read += 1;
        }
    }
    read
}

#[test]
fn lets_in_each_frame_of_the_recordings_that_is_read() {
    let program = program(&wanted(&Options::default()));
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    let mut folders = vec![own];
    folders.extend(["lab", "public", "encap"].iter().filter_map(|name| shared(&format!("captures/{name}"))));
    for folder in folders {
        let read: u32 = files_below(&folder).iter().map(|path| check(path, &program)).sum();
        assert!(read > 50, "{read} frames of {}", folder.display());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lets_in_what_is_read_of_frames_that_were_changed(
        whole in wrapped(),
        changes in vec((any::<Index>(), any::<u8>()), 0..3),
        end in any::<Index>(),
        is_cut in any::<bool>(),
    ) {
        let bytes = changed(&whole, changes, end, is_cut);
        let options = Options::new(vec![40_001]);
        if is_read(&frame(LinkType::ETHERNET, &bytes), &options) {
            prop_assert!(passes(&program(&wanted(&options)), &bytes), "{:02x?}", bytes);
        }
    }
}

/// An Ethernet frame with so many VLAN tags.
fn tagged(tags: usize, kind: u16, payload: &[u8]) -> Vec<u8> {
    let (mut kind, mut payload) = (kind, payload.to_vec());
    for id in 0..tags {
        payload = tag(u16::try_from(id).unwrap(), kind, &payload);
        kind = 0x8100;
    }
    ethernet(kind, &payload)
}

#[test]
fn steps_over_vlan_tags() {
    let program = program(&wanted(&Options::default()));
    let web =
        [tcp((443, 50_000), (1, 2), 0x10, b"data that is of no use here"), udp(443, 50_000, &[0x5a; 40])];
    for tags in 0..=3 {
        for (protocol, payload) in [(6, &web[0]), (17, &web[1])] {
            assert!(!passes(&program, &tagged(tags, 0x0800, &ipv4(protocol, payload))), "{tags} tags");
            assert!(!passes(&program, &tagged(tags, 0x86dd, &ipv6(protocol, payload))), "{tags} tags");
        }
        assert!(passes(&program, &tagged(tags, 0x0800, &ipv4(17, &udp(1985, 1985, &HELLO)))));
        assert!(passes(&program, &tagged(tags, 0x0800, &ipv4(50, &esp(7)))));
        assert!(passes(&program, &tagged(tags, 0x86dd, &ipv6(17, &udp(50_000, 2029, &HELLO)))));
        assert!(!passes(&program, &tagged(tags, 0x88cc, &[0; 46])), "LLDP");
    }
    assert!(passes(&program, &tagged(4, 0x0800, &ipv4(6, &web[0]))), "deeper than it looks");
}

#[test]
fn lets_in_ike_on_any_port_and_on_ports_that_were_said() {
    let program = program(&wanted(&Options::new(vec![10_000])));
    let pass = |protocol, payload: &[u8]| passes(&program, &ethernet(0x0800, &ipv4(protocol, payload)));
    assert!(pass(17, &udp(50_001, 50_002, &ike())));
    assert!(pass(17, &udp(50_001, 50_002, &[&[0; 4][..], &ike()].concat())));
    assert!(pass(17, &udp(10_000, 50_002, &[1; 40])));
    assert!(pass(6, &tcp((10_000, 50_002), (1, 2), 0, &[])));
    assert!(pass(6, &tcp((50_001, 50_002), (1, 2), 0, b"IKETCP")));
    assert!(!pass(6, &tcp((50_001, 50_002), (1, 2), 0, b"IKETCQ")));
    assert!(!pass(17, &udp(50_001, 50_002, &[1; 40])));
}

#[test]
fn lets_in_fragments() {
    let program = program(&wanted(&Options::default()));
    for (position, more) in [(0, true), (1480, true), (2960, false)] {
        let payload = [0x5a; 40];
        for protocol in [6, 17, 50] {
            let v4 = ipv4_fragment(7, position, more, protocol, &payload);
            let v6 = ipv6_fragment(7, position, more, protocol, &payload);
            assert!(passes(&program, &ethernet(0x0800, &v4)) && passes(&program, &ethernet(0x86dd, &v6)));
        }
    }
}

#[test]
fn lets_in_what_passes_through_gateways() {
    let plain = ethernet(0x0800, &ipv4(6, &tcp((443, 50_000), (1, 2), 0x10, &[])));
    let between = |dst: [u8; 6], src: [u8; 6]| [&dst[..], &src, &plain[12..]].concat();
    let other = [0x02, 0, 0, 0, 0, 1];
    let learnt: Vec<MacAddr> = (1..=64).map(|number| MacAddr([0x02, 7, 0, number / 32, 9, number])).collect();
    let known = program(&Wanted { gateways: learnt.clone(), ..wanted(&Options::default()) });
    for &MacAddr(gateway) in &learnt {
        assert!(passes(&known, &between(gateway, other)) && passes(&known, &between(other, gateway)));
    }
    assert!(!passes(&known, &between(other, [0x02, 7, 0, 0, 9, 65])));
    assert!(!passes(&program(&wanted(&Options::default())), &between(learnt[0].0, other)));
    let many = (1..=65).map(|number| MacAddr([0x02, 7, 0, 0, 9, number])).collect();
    let all = program(&Wanted { gateways: many, ..wanted(&Options::default()) });
    assert!(passes(&all, &between(other, other)), "too many to tell");
}

proptest! {
    #[test]
    fn the_virtual_macs_are_those_that_are_known(
        range in 0_usize..6,
        changes in vec((0_usize..6, any::<u8>()), 0..3),
        is_source in any::<bool>(),
    ) {
        let mut mac = [
            [0x00, 0x00, 0x0c, 0x07, 0xac, 0x0a],
            [0x00, 0x00, 0x0c, 0x9f, 0xf1, 0x2c],
            [0x00, 0x05, 0x73, 0xa0, 0x00, 0x10],
            [0x00, 0x07, 0xb4, 0x03, 0xfc, 0x01],
            [0x00, 0x00, 0x5e, 0x00, 0x01, 0x0a],
            [0x00, 0x00, 0x5e, 0x00, 0x02, 0x0a],
        ][range];
        for (at, value) in changes {
            mac[at] = value;
        }
        let mut plain = ethernet(0x0800, &ipv4(6, &tcp((443, 50_000), (1, 2), 0x10, &[])));
        let at = if is_source { 6 } else { 0 };
        plain[..12].copy_from_slice(&[2; 12]);
        plain[at..at + 6].copy_from_slice(&mac);
        let program = program(&wanted(&Options::default()));
        prop_assert_eq!(passes(&program, &plain), MacAddr(mac).virtual_mac().is_some());
    }
}

#[test]
fn filters_where_there_is_an_ethernet_header_only() {
    let program = program(&wanted(&Options::default()));
    let plain = ethernet(0x0800, &ipv4(6, &tcp((443, 50_000), (1, 2), 0x10, &[])));
    assert_eq!(run(&program, &plain, ETHERNET), 0);
    assert_eq!(run(&program, &plain, LOOPBACK), 0);
    assert!(run(&program, &plain, TUNNEL) > 0);
}
