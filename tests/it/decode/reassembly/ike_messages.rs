//! IKE messages from the fragments that IKE cut them into.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use sagap::capture::LinkType;
use sagap::decode::{Message, Pieces, Stop, decode};
use sagap::time::Timestamp;
use sagap::wire::ike::{Body, ExchangeType, Header, Payload, PayloadType};

use super::{Pipe, What};
use crate::common::frames::*;
use crate::common::ike::{cut_1, cut_2, emit, header};

/// Main mode's message 5, encrypted, of this length.
fn main_5(length: usize) -> Vec<u8> {
    let header = Header {
        next_payload: 5,
        message_id: 0,
        length: u32::try_from(length).unwrap(),
        ..header(1, ExchangeType::IDENTITY_PROTECTION, 1)
    };
    let mut bytes = crate::common::ike::emit_header(&header);
    bytes.extend((0_u8..=250).cycle().take(length - 28));
    bytes
}

fn framed(message: &[u8]) -> Vec<u8> {
    ethernet(0x0800, &ipv4(17, &udp(500, 500, message)))
}

fn framed_all(messages: &[Vec<u8>]) -> Vec<Vec<u8>> {
    messages.iter().map(|message| framed(message)).collect()
}

/// A single piece of version 1.
fn piece_1(id: u16, number: u8, last: bool, data: &[u8]) -> Vec<u8> {
    let body = Body::Fragment { id, number, last, data };
    let payload = Payload { kind: PayloadType::FRAGMENT_V1, critical: false, body };
    emit(&Header { message_id: 0, ..header(1, ExchangeType::IDENTITY_PROTECTION, 0) }, &[payload]).1
}

/// A single piece of version 2.
fn piece_2(number: u16, total: u16) -> Vec<u8> {
    let body = Body::EncryptedFragment { first: PayloadType::IDI, number, total };
    let payload = Payload { kind: PayloadType::SKF, critical: false, body };
    emit(&header(2, ExchangeType::IKE_AUTH, 8), &[payload]).1
}

/// The messages that were put together.
fn wholes(pipe: &Pipe) -> Vec<(u64, Pieces, &What)> {
    let wholes = pipe.told.iter().filter(|told| told.pieces != Pieces::One);
    wholes.map(|told| (told.frame, told.pieces, &told.what)).collect()
}

#[test]
fn the_last_piece_of_version_1_gives_the_message_inside() {
    let message = main_5(1000);
    let frames = framed_all(&cut_1(&message, 1, 400));
    let pipe = Pipe::of([&frames[2], &frames[0], &frames[1]]);
    assert_eq!(pipe.told.len(), 4, "each piece is a message of its own too");
    assert_eq!(wholes(&pipe), [(3, Pieces::IkeFragments(3), &What::Ike(message))]);
    assert_eq!(pipe.facts(), ["1 ike-message from 3"]);
}

#[test]
fn the_last_piece_of_version_2_gives_what_can_be_said_of_the_whole() {
    let header = header(2, ExchangeType::IKE_AUTH, 8);
    let pieces = cut_2(&header, PayloadType::IDI, 3);
    let pipe = Pipe::of(framed_all(&pieces));
    assert_eq!(wholes(&pipe), [(3, Pieces::IkeFragments(3), &What::Ike(pieces.concat()))]);
    assert_eq!(pipe.facts(), ["1 ike-message from 3"]);
    let alone = Pipe::of(framed_all(&cut_2(&header, PayloadType::IDI, 1)));
    assert_eq!((alone.told.len(), alone.told[0].pieces), (1, Pieces::One));
    assert_eq!(alone.facts(), [""; 0]);
}

#[test]
fn what_cannot_be_put_together_is_counted_with_its_reason() {
    let cases: [(&str, Vec<Vec<u8>>); 7] = [
        ("missing", vec![piece_1(1, 1, false, &[1; 40])]),
        ("missing", vec![piece_2(2, 2)]),
        ("bad-number", vec![piece_1(1, 0, false, &[1; 40])]),
        ("bad-number", vec![piece_1(1, 2, true, &[1; 40]), piece_1(1, 3, false, &[2; 40])]),
        ("overlap", vec![piece_1(1, 3, false, &[1; 40]), piece_1(1, 2, true, &[2; 40])]),
        ("empty", vec![piece_1(1, 1, false, &[])]),
        ("too-many", vec![piece_2(1, 300), piece_2(2, 300)]),
    ];
    for (reason, pieces) in cases {
        let pipe = Pipe::of(framed_all(&pieces));
        assert_eq!(wholes(&pipe), []);
        assert_eq!(pipe.facts(), [format!("1 ike-message {reason}, first in frame 1")], "{pieces:02x?}");
    }
    let long = (1..=60).map(|number| piece_1(1, number, false, &[number; 1400])).collect::<Vec<_>>();
    assert_eq!(Pipe::of(framed_all(&long)).facts(), ["1 ike-message too-long, first in frame 1"]);
}

#[test]
fn a_piece_of_version_2_that_cannot_be_one_does_not_wait() {
    let refused = |messages: &[Vec<u8>]| {
        let frames = framed_all(messages);
        let packet = decode(&frame(LinkType::ETHERNET, &frames[0]));
        let (Some(Message::Ike(_)), Some(Stop::Malformed(malformed))) = (&packet.message, &packet.stop)
        else {
            panic!("{packet:?}")
        };
        (malformed.to_string(), Pipe::of(&frames).facts())
    };
    for (number, total, why) in [
        (0, 2, "ike fragment number at byte 74 needs 1, has 0"),
        (3, 2, "ike fragment number at byte 74 needs 2, has 3"),
        (1, 0, "ike total fragments at byte 76 needs 1, has 0"),
        (0, 0, "ike total fragments at byte 76 needs 1, has 0"),
    ] {
        let (found, facts) = refused(&[piece_2(number, total), piece_2(2, 3)]);
        assert_eq!(found, why);
        assert_eq!(facts, ["1 ike-message missing, first in frame 2"], "{number} {total}");
    }
    let mut empty = piece_2(1, 2);
    empty.truncate(28 + 8);
    (empty[27], empty[31]) = (28 + 8, 8);
    let why = "ike encrypted fragment at byte 78 needs 1, has 0";
    assert_eq!(refused(&[empty]), (why.to_owned(), vec![]));
    // What the capture cut there is a piece.
    let mut pipe = Pipe::default();
    for number in [1, 2] {
        pipe.cut(&framed(&piece_2(number, 2)), 14 + 20 + 8 + 28 + 8);
    }
    assert_eq!(pipe.facts(), ["1 ike-message from 2"]);
}

#[test]
fn an_id_that_never_changes_is_no_contradiction() {
    let (one, other) = (main_5(1000), main_5(900));
    let mut other_bytes = other.clone();
    other_bytes[40..].fill(7);
    let frames = [cut_1(&one, 1, 400), cut_1(&other_bytes, 1, 400)].concat();
    let both = Pipe::of(framed_all(&frames));
    assert_eq!(wholes(&both).len(), 2);
    // One of which a piece was lost gives way to the next.
    let frames = [&frames[..2], &frames[3..]].concat();
    let second = Pipe::of(framed_all(&frames));
    assert_eq!(wholes(&second), [(5, Pieces::IkeFragments(3), &What::Ike(other_bytes))]);
    assert_eq!(second.facts(), ["1 ike-message from 3", "1 ike-message missing, first in frame 1"]);
}

#[test]
fn what_is_sent_again_fills_in_what_was_lost() {
    let frames = framed_all(&cut_1(&main_5(1000), 1, 400));
    let pipe = Pipe::of([&frames[0], &frames[2], &frames[0], &frames[1], &frames[2]]);
    assert_eq!(wholes(&pipe), [(4, Pieces::IkeFragments(3), &What::Ike(main_5(1000)))]);
    assert_eq!(pipe.facts(), ["1 ike-message from 3"]);
}

#[test]
fn a_message_cut_anew_into_more_pieces_counts_once() {
    let header = header(2, ExchangeType::IKE_AUTH, 8);
    let (two, three) = (cut_2(&header, PayloadType::IDI, 2), cut_2(&header, PayloadType::IDI, 3));
    let frames = [&two[0], &three[0], &two[1], &three[1], &three[2]].map(|piece| framed(piece));
    let pipe = Pipe::of(frames);
    assert_eq!(wholes(&pipe), [(5, Pieces::IkeFragments(3), &What::Ike(three.concat()))]);
    assert_eq!(pipe.facts(), ["1 ike-message from 3"]);
}

#[test]
fn messages_are_kept_apart() {
    let request = header(2, ExchangeType::IKE_AUTH, 8);
    for other in [
        Header { flags: 0x20, ..request },
        Header { message_id: 2, ..request },
        Header { exchange: ExchangeType::CREATE_CHILD_SA, ..request },
    ] {
        let (one, other) = (cut_2(&request, PayloadType::IDI, 2), cut_2(&other, PayloadType::IDI, 2));
        let pipe = Pipe::of([framed(&one[0]), framed(&other[1])]);
        assert_eq!(pipe.facts(), ["2 ike-message missing, first in frame 1"]);
    }
}

#[test]
fn a_mirror_that_shows_each_piece_twice_adds_nothing() {
    let frames = framed_all(&cut_1(&main_5(1000), 1, 400));
    let pipe = Pipe::of(frames.iter().flat_map(|frame| [frame, frame]));
    assert_eq!(wholes(&pipe).len(), 1);
    assert_eq!(pipe.facts(), ["1 ike-message from 3"]);
}

#[test]
fn a_piece_cut_by_snaplen_leaves_what_is_before_it() {
    let mut pipe = Pipe::default();
    for frame in framed_all(&cut_1(&main_5(1000), 1, 400)) {
        pipe.cut(&frame, 200);
    }
    let [(3, Pieces::IkeFragments(3), What::Ike(bytes))] = wholes(&pipe)[..] else {
        panic!("{:?}", pipe.told)
    };
    assert_eq!(bytes[..], main_5(1000)[..200 - 14 - 20 - 8 - 28 - 8]);
    assert!(pipe.stops.iter().any(|stop| matches!(stop, Stop::Cut(_))), "{:?}", pipe.stops);
}

#[test]
fn pieces_in_ip_fragments_and_pieces_of_pieces_end() {
    // A message that is a piece of which the whole is a piece again, and so on.
    let mut message = main_5(600);
    for _ in 0..8 {
        message = piece_1(1, 1, true, &message);
    }
    let datagram = udp(500, 500, &message);
    let frames = [(0, true, &datagram[..400]), (400, false, &datagram[400..])]
        .map(|(position, more, bytes)| ethernet(0x0800, &ipv4_fragment(1, position, more, 17, bytes)));
    let pipe = Pipe::of(frames);
    assert!((2..=5).contains(&wholes(&pipe).len()), "{:?}", pipe.told);
}

#[test]
fn pieces_wait_for_a_minute() {
    let frames = framed_all(&cut_1(&main_5(700), 1, 400));
    let mut pipe = Pipe::default();
    for (second, frame) in [(0, &frames[0]), (61, &frames[1]), (100, &frames[0])] {
        pipe.at(Timestamp::from_parts(second, 0), 0, frame, frame.len());
    }
    assert_eq!(wholes(&pipe).len(), 1);
    assert_eq!(pipe.facts(), ["1 ike-message from 2", "1 ike-message missing, first in frame 1"]);
}

#[test]
fn a_flood_of_first_pieces_makes_room_and_is_counted() {
    let mut pipe = Pipe::default();
    for spi in 0..5000_u64 {
        let mut piece = piece_1(1, 1, false, &[0; 1200]);
        piece[..8].copy_from_slice(&spi.to_be_bytes());
        pipe.whole(&framed(&piece));
    }
    for frame in framed_all(&cut_1(&main_5(1000), 2, 400)) {
        pipe.whole(&frame);
    }
    assert_eq!(wholes(&pipe).len(), 1);
    let facts = pipe.facts();
    let count = |line: &str| line.split(' ').next().unwrap().parse::<u32>().unwrap();
    let crowded = facts.iter().find(|line| line.contains("crowded")).map(|line| count(line));
    assert!(crowded.is_some_and(|count| count > 3900), "{facts:?}");
    assert_eq!(facts[1..].iter().map(|line| count(line)).sum::<u32>(), 5000);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_in_any_order_with_copies_give_the_message(
        length in 100_usize..4000,
        size in 20_usize..1400,
        swaps in vec((any::<Index>(), any::<Index>()), 0..12),
        copied in any::<Index>(),
        copies in 0_usize..4,
    ) {
        let message = main_5(length);
        let mut pieces = cut_1(&message, 5, size);
        prop_assume!(pieces.len() > 1);
        let count = pieces.len();
        pieces.extend(vec![copied.get(&pieces).clone(); copies]);
        for (one, other) in swaps {
            let (one, other) = (one.index(pieces.len()), other.index(pieces.len()));
            pieces.swap(one, other);
        }
        let pipe = Pipe::of(framed_all(&pieces));
        let expected = What::Ike(message);
        let wholes: Vec<_> = wholes(&pipe).into_iter().map(|(_, _, what)| what.clone()).collect();
        prop_assert_eq!(wholes, vec![expected]);
        prop_assert_eq!(pipe.facts(), vec![format!("1 ike-message from {count}")]);
    }
}
