//! IP packets from their fragments.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use sagap::decode::{Encapsulation, Pieces, Stop};
use sagap::time::Timestamp;
use sagap::wire::ike::{ExchangeType, PayloadType};

use super::{Pipe, What};
use crate::common::frames::*;
use crate::common::ike::sealed;
use crate::common::wrap::vxlan;

/// A fragment in its frame: id, position, whether more come, bytes.
fn fragment(is_v6: bool, id: u16, position: u32, more: bool, bytes: &[u8]) -> Vec<u8> {
    if is_v6 {
        ethernet(0x86dd, &ipv6_fragment(id.into(), position, more, 17, bytes))
    } else {
        ethernet(0x0800, &ipv4_fragment(id, position, more, 17, bytes))
    }
}

/// A datagram cut after each of these multiples of 8.
fn cut_up(is_v6: bool, id: u16, datagram: &[u8], cuts: &[usize]) -> Vec<Vec<u8>> {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut * 8).filter(|&end| end < datagram.len()).collect();
    ends.push(datagram.len());
    ends.sort_unstable();
    ends.dedup();
    let mut begin = 0;
    let mut frames = Vec::new();
    for end in ends {
        if end > begin {
            let position = u32::try_from(begin).unwrap();
            frames.push(fragment(is_v6, id, position, end < datagram.len(), &datagram[begin..end]));
            begin = end;
        }
    }
    frames
}

fn auth(length: u32) -> Vec<u8> {
    sealed(ExchangeType::IKE_AUTH, 0x08, PayloadType::IDI, length)
}

#[test]
fn two_fragments_give_the_datagram_on_the_frame_that_completes_it() {
    for is_v6 in [false, true] {
        let message = auth(1000);
        let frames = cut_up(is_v6, 7, &udp(500, 500, &message), &[50]);
        let pipe = Pipe::of([&frames[1], &ethernet(0x0800, &ipv4(50, &esp(9))), &frames[0]]);
        let [esp, ike] = &pipe.told[..] else { panic!("{:?}", pipe.told) };
        assert_eq!((esp.frame, esp.pieces), (2, Pieces::One));
        assert_eq!((ike.frame, ike.pieces), (3, Pieces::Fragments { count: 2, id: 7 }));
        assert_eq!(ike.what, What::Ike(message));
        assert_eq!(pipe.facts(), ["1 ip-packet from 2"]);
    }
}

#[test]
fn a_segment_is_told_by_its_vlans_and_its_virtual_network() {
    let frames = cut_up(false, 7, &udp(500, 500, &auth(1000)), &[50]);
    let of_vlan = |id: u16, frame: &[u8]| {
        let (addresses, rest) = frame.split_at(12);
        [addresses, &[0x81, 0x00], &id.to_be_bytes(), rest].concat()
    };
    let of_network = |id: u32, frame: &[u8]| ethernet(0x0800, &ipv4(17, &udp(4789, 4789, &vxlan(id, frame))));
    let whole = |first: Vec<u8>, second: Vec<u8>| Pipe::of([first, second]).messages().len();
    assert_eq!(whole(of_vlan(100, &frames[0]), of_vlan(200, &frames[1])), 0);
    assert_eq!(whole(of_vlan(0, &frames[0]), frames[1].clone()), 1);
    assert_eq!(whole(of_network(5000, &frames[0]), of_network(5001, &frames[1])), 0);
    assert_eq!(whole(of_network(5000, &frames[0]), of_network(5000, &frames[1])), 1);
}

#[test]
fn every_protocol_and_port_works() {
    let marked = udp(4500, 4500, &[&[0; 4][..], &auth(600)].concat());
    let in_udp = udp(4500, 4500, &[&esp(3)[..], &[1; 600]].concat());
    let bare = [&esp(4)[..], &[1; 600]].concat();
    let behind_ah = ah(50, &bare);
    let cases = [
        (17, marked, What::Ike(auth(600))),
        (17, in_udp, What::Esp(0xc000_0001, 3, 632, Encapsulation::Udp)),
        (50, bare.clone(), What::Esp(0xc000_0001, 4, 632, Encapsulation::Ip)),
        (51, behind_ah, What::Esp(0xc000_0001, 4, 632, Encapsulation::Ip)),
        (60, option_header(50, &bare), What::Esp(0xc000_0001, 4, 632, Encapsulation::Ip)),
    ];
    for (protocol, payload, expected) in cases {
        let (head, tail) = payload.split_at(400);
        let frames = [
            ethernet(0x86dd, &ipv6_fragment(1, 0, true, protocol, head)),
            // In IPv6 only the first fragment's next header counts.
            ethernet(0x86dd, &ipv6_fragment(1, 400, false, 59, tail)),
        ];
        assert_eq!(Pipe::of(frames).messages(), [&expected]);
        let frames = [
            ethernet(0x0800, &ipv4_fragment(1, 0, true, protocol, head)),
            ethernet(0x0800, &ipv4_fragment(1, 400, false, protocol, tail)),
        ];
        let is_ipv4 = protocol != 60;
        assert_eq!(Pipe::of(frames).messages().len(), usize::from(is_ipv4));
    }
}

#[test]
fn what_cannot_be_put_together_is_counted_with_its_reason() {
    type Piece = (u32, bool, usize);
    let cases: [(&str, &[Piece]); 11] = [
        ("missing", &[(0, true, 400)]),
        ("missing", &[(400, false, 10)]),
        ("missing", &[(0, true, 400), (408, false, 10)]),
        ("overlap", &[(0, true, 400), (392, false, 100)]),
        ("overlap", &[(0, true, 400), (0, true, 408), (400, false, 100)]),
        ("overlap", &[(400, false, 100), (480, true, 80), (0, true, 400)]),
        ("overlap", &[(400, false, 100), (600, false, 100), (0, true, 400)]),
        ("too-long", &[(0, true, 400), (65_528, false, 100)]),
        ("empty", &[(0, true, 400), (400, false, 0)]),
        ("uneven", &[(0, true, 401), (408, false, 100)]),
        ("uneven", &[(0, true, 1), (0, true, 1), (8, true, 3)]),
    ];
    for is_v6 in [false, true] {
        for (reason, pieces) in cases {
            let frames = pieces
                .iter()
                .map(|&(position, more, length)| fragment(is_v6, 5, position, more, &vec![0x11; length]));
            let pipe = Pipe::of(frames);
            assert!(pipe.messages().is_empty(), "{pieces:?}");
            assert_eq!(pipe.facts(), [format!("1 ip-packet {reason}, first in frame 1")], "{pieces:?}");
        }
    }
}

#[test]
fn a_bad_piece_beside_good_ones_loses_none_of_them() {
    let frames = cut_up(false, 5, &udp(500, 500, &auth(1000)), &[50]);
    let uneven = fragment(false, 5, 400, true, &[0; 9]);
    let pipe = Pipe::of([&frames[0], &uneven, &frames[1]]);
    assert_eq!(pipe.messages(), [&What::Ike(auth(1000))]);
    assert_eq!(pipe.facts(), ["1 ip-packet from 2", "1 ip-packet uneven, first in frame 1"]);
}

#[test]
fn more_pieces_than_are_kept_are_refused() {
    let pieces = (0..400_u32).map(|at| fragment(false, 5, at * 8, true, &[0; 8]));
    assert_eq!(Pipe::of(pieces).facts(), ["1 ip-packet too-many, first in frame 1"]);
}

#[test]
fn a_piece_cut_by_snaplen_keeps_the_length_it_had() {
    let esp = [&esp(4)[..], &[1; 1968]].concat();
    let mut pipe = Pipe::default();
    for (position, more, piece) in [(0, true, &esp[..1480]), (1480, false, &esp[1480..])] {
        let bytes = ethernet(0x0800, &ipv4_fragment(1, position, more, 50, piece));
        pipe.cut(&bytes, 64);
    }
    assert_eq!(pipe.messages(), [&What::Esp(0xc000_0001, 4, 2000, Encapsulation::Ip)]);
    let mut pipe = Pipe::default();
    for frame in cut_up(false, 1, &udp(500, 500, &auth(1000)), &[50]) {
        pipe.cut(&frame, 96);
    }
    assert_eq!(pipe.messages().len(), 1);
    assert!(matches!(pipe.stops[..], [Stop::Cut(_)]), "{:?}", pipe.stops);
}

#[test]
fn offsets_count_within_the_datagram() {
    let mut message = auth(1000);
    message[30..32].copy_from_slice(&[0, 1]);
    let pipe = Pipe::of(cut_up(false, 1, &udp(500, 500, &message), &[50]));
    let [Stop::Malformed(malformed)] = &pipe.stops[..] else { panic!("{:?}", pipe.stops) };
    assert_eq!(malformed.to_string(), "ike payload length at byte 38 needs 4, has 1");
}

#[test]
fn a_mirror_that_shows_all_twice_loses_and_adds_nothing() {
    let frames = cut_up(false, 1, &udp(500, 500, &auth(1000)), &[50]);
    let each = Pipe::of([&frames[0], &frames[0], &frames[1], &frames[1]]);
    assert_eq!(each.messages().len(), 1);
    assert_eq!(each.facts(), ["1 ip-packet from 2"]);
    let both = Pipe::of([&frames[0], &frames[1], &frames[0], &frames[1]]);
    assert_eq!(both.messages().len(), 2);
    assert_eq!(both.facts(), ["2 ip-packet from 4"]);
}

#[test]
fn fragments_of_different_places_are_kept_apart() {
    let frames = cut_up(false, 1, &udp(500, 500, &auth(1000)), &[50]);
    let mut pipe = Pipe::default();
    for (interface, frame) in [(0, &frames[0]), (1, &frames[1])] {
        pipe.at(Timestamp::from_nanos(0), interface, frame, frame.len());
    }
    assert_eq!(pipe.facts(), ["2 ip-packet missing, first in frame 1"]);
    let tagged = |frame: &[u8]| ethernet(0x8100, &tag(10, 0x0800, &frame[14..]));
    assert_eq!(Pipe::of([frames[0].clone(), tagged(&frames[1])]).messages().len(), 0);
    assert_eq!(Pipe::of([tagged(&frames[0]), tagged(&frames[1])]).messages().len(), 1);
}

#[test]
fn an_id_may_be_used_again_after_a_minute() {
    let frames = cut_up(false, 1, &udp(500, 500, &auth(1000)), &[50]);
    let mut pipe = Pipe::default();
    let seconds = |seconds| Timestamp::from_parts(seconds, 0);
    for (time, frame) in [(0, 0), (61, 1), (62, 0), (100, 0), (181, 0), (200, 1)] {
        let frame: &[u8] = &frames[frame];
        pipe.at(seconds(time), 0, frame, frame.len());
    }
    assert_eq!(pipe.told.iter().map(|told| told.frame).collect::<Vec<_>>(), [3, 6]);
    assert_eq!(pipe.facts(), ["2 ip-packet from 4", "2 ip-packet missing, first in frame 1"],);
}

#[test]
fn a_flood_of_first_fragments_makes_room_and_is_counted() {
    let flood = 40_000_u32;
    let mut pipe = Pipe::default();
    for id in 0..flood {
        pipe.whole(&ethernet(0x86dd, &ipv6_fragment(id, 0, true, 17, &[0; 1000])));
    }
    for frame in cut_up(true, 0xffff, &udp(500, 500, &auth(1000)), &[50]) {
        pipe.whole(&frame);
    }
    assert_eq!(pipe.messages(), [&What::Ike(auth(1000))]);
    let facts = pipe.facts();
    let [whole, missing, crowded] = &facts[..] else { panic!("{facts:?}") };
    assert_eq!(whole, "1 ip-packet from 2");
    let count = |line: &str| line.split(' ').next().unwrap().parse::<u32>().unwrap();
    assert!(crowded.ends_with("crowded, first in frame 1") && count(crowded) > flood / 2, "{facts:?}");
    assert_eq!(count(missing) + count(crowded), flood);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fragments_in_any_order_with_copies_give_the_datagram(
        length in 100_u32..4000,
        cuts in vec(1_usize..500, 1..12),
        is_v6 in any::<bool>(),
        copied in any::<Index>(),
        copies in 0_usize..4,
        seed in vec(any::<u64>(), 20),
    ) {
        let message = auth(length);
        let mut frames = cut_up(is_v6, 9, &udp(500, 500, &message), &cuts);
        prop_assume!(frames.len() > 1);
        let count = frames.len();
        // Copies of one piece never make up a second datagram.
        frames.extend(vec![copied.get(&frames).clone(); copies]);
        let mut order: Vec<(u64, Vec<u8>)> =
            frames.into_iter().enumerate().map(|(at, frame)| (seed[at % seed.len()], frame)).collect();
        order.sort();
        let pipe = Pipe::of(order.into_iter().map(|(_, frame)| frame));
        let expected = What::Ike(message);
        prop_assert_eq!(pipe.messages(), vec![&expected]);
        prop_assert_eq!(pipe.facts(), vec![format!("1 ip-packet from {count}")]);
    }

    #[test]
    fn an_overlap_anywhere_refuses_the_datagram(
        cut in 2_usize..60,
        back in any::<Index>(),
        later_first in any::<bool>(),
        is_v6 in any::<bool>(),
    ) {
        let datagram = udp(500, 500, &auth(600));
        let cut = cut * 8;
        let begin = cut - 8 * (1 + back.index(cut / 8 - 1));
        let mut changed = datagram[begin..].to_vec();
        changed[0] ^= 1;
        let mut frames = vec![
            fragment(is_v6, 3, 0, true, &datagram[..cut]),
            fragment(is_v6, 3, u32::try_from(begin).unwrap(), false, &changed),
        ];
        if later_first {
            frames.reverse();
        }
        let pipe = Pipe::of(frames);
        prop_assert!(pipe.messages().is_empty());
        prop_assert_eq!(pipe.facts(), vec!["1 ip-packet overlap, first in frame 1".to_owned()]);
    }
}
