//! IKE and ESP in TCP.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use sagap::decode::{Encapsulation, Options, Pieces, Reassembler, Stop};
use sagap::time::Timestamp;
use sagap::wire::ike::{ExchangeType, PayloadType};
use sagap::wire::tcp::{ACK, FIN, RST, SYN};

use super::{Pipe, What};
use crate::common::frames::*;
use crate::common::ike::sealed;

/// One end of a stream as it sends: its address is told by the direction, since [`ipv4`] knows one way alone.
struct End {
    ports: (u16, u16),
    back: bool,
    next: u32,
}

impl End {
    /// The initiator, from a port of its own to `port`, with its first byte of data at 1001.
    fn client(port: u16) -> Self {
        Self { ports: (40_000, port), back: false, next: 1001 }
    }

    /// The responder, with its first byte of data near the end of all sequence numbers.
    fn server(port: u16) -> Self {
        Self { ports: (port, 40_000), back: true, next: 0xffff_ff00 }
    }

    /// A frame with this segment.
    fn at(&self, sequence: u32, acknowledged: u32, flags: u8, data: &[u8]) -> Vec<u8> {
        let mut packet = ipv4(6, &tcp(self.ports, (sequence, acknowledged), flags, data));
        if self.back {
            let (src, dst) = ([198, 51, 100, 9], [192, 0, 2, 2]);
            packet[12..20].copy_from_slice(&[src, dst].concat());
        }
        ethernet(0x0800, &packet)
    }

    /// The SYN, or its answer.
    fn syn(&self) -> Vec<u8> {
        self.at(self.next.wrapping_sub(1), 0, if self.back { SYN | ACK } else { SYN }, &[])
    }

    /// The next bytes of the stream, to which the other end has sent all up to `acknowledged`.
    fn send(&mut self, acknowledged: u32, data: &[u8]) -> Vec<u8> {
        let frame = self.at(self.next, acknowledged, ACK, data);
        self.next = self.next.wrapping_add(u32::try_from(data.len()).unwrap());
        frame
    }
}

fn framed(body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap();
    [&length.to_be_bytes(), body].concat()
}

fn marked(message: &[u8]) -> Vec<u8> {
    framed(&[&[0; 4], message].concat())
}

fn auth(length: u32) -> Vec<u8> {
    sealed(ExchangeType::IKE_AUTH, 0x08, PayloadType::IDI, length)
}

fn esp_of(sequence: u32) -> What {
    What::Esp(0xc000_0001, sequence, 32, Encapsulation::Tcp)
}

/// What an initiator sends: two IKE messages, ESP between and behind them, a keepalive.
fn conversation() -> (Vec<u8>, Vec<What>) {
    let bytes = [
        b"IKETCP".to_vec(),
        marked(&ike()),
        framed(&esp(1)),
        marked(&auth(700)),
        framed(&[0xff]),
        framed(&esp(2)),
        framed(&esp(3)),
    ];
    let told = vec![
        What::Ike(ike()),
        esp_of(1),
        What::Ike(auth(700)),
        What::Other("NatKeepalive".to_owned()),
        esp_of(2),
        esp_of(3),
    ];
    (bytes.concat(), told)
}

#[test]
fn both_directions_are_read_on_the_port_and_on_any_that_opens_with_the_prefix() {
    for port in [4500, 443] {
        let (mut client, mut server) = (End::client(port), End::server(port));
        let frames = vec![
            client.syn(),
            server.syn(),
            client.send(server.next, b"IKETCP"),
            client.send(server.next, &marked(&auth(400))),
            server.send(client.next, &marked(&ike())),
            server.send(client.next, &[framed(&esp(1)), framed(&esp(2))].concat()),
        ];
        let pipe = Pipe::of(&frames);
        let frames: Vec<_> = pipe.told.iter().map(|told| (told.frame, told.pieces)).collect();
        assert_eq!(frames, [4, 5, 6, 6].map(|frame| (frame, Pieces::Segments)), "{port}");
        assert_eq!(pipe.messages(), [&What::Ike(auth(400)), &What::Ike(ike()), &esp_of(1), &esp_of(2)],);
        assert_eq!(pipe.facts(), ["4 tcp-message from 4"]);
    }
}

#[test]
fn a_port_that_is_named_counts_for_tcp_too() {
    let mut client = End::client(4501);
    let frames =
        [client.syn(), client.send(0, b"IKE"), client.send(0, b"TCP"), client.send(0, &framed(&esp(1)))];
    assert_eq!(Pipe::of(&frames).messages().len(), 0);
    let options = Options::new(vec![4501]);
    let mut pipe = Pipe { reassembler: Reassembler::new(options.clone()), options, ..Pipe::default() };
    for frame in &frames {
        pipe.whole(frame);
    }
    assert_eq!(pipe.messages(), [&esp_of(1)]);
}

#[test]
fn a_stream_cut_anywhere_gives_the_same_messages() {
    let (bytes, expected) = conversation();
    for cut in 1..bytes.len() {
        let mut client = End::client(4500);
        let (head, tail) = bytes.split_at(cut);
        let pipe = Pipe::of([client.syn(), client.send(0, head), client.send(0, tail)]);
        assert_eq!(pipe.messages(), expected.iter().collect::<Vec<_>>(), "{cut}");
    }
    let mut client = End::client(4500);
    let each = bytes.iter().map(|byte| client.send(0, &[*byte])).collect::<Vec<_>>();
    let pipe = Pipe::of([End::client(4500).syn()].into_iter().chain(each));
    assert_eq!(pipe.messages(), expected.iter().collect::<Vec<_>>());
}

#[test]
fn a_capture_that_begins_later_waits_for_a_message_that_nothing_else_could_be() {
    let mut client = End::client(4500);
    let whole = marked(&auth(700));
    let (head, tail) = whole.split_at(300);
    let frames = [
        client.send(0, &framed(&esp(1))[9..]),
        client.send(0, &framed(&esp(2))),
        client.send(0, &[&framed(&esp(3)), head].concat()),
        client.send(0, &[tail, &framed(&esp(4))].concat()),
        client.send(0, &framed(&esp(5))),
    ];
    let pipe = Pipe::of(frames);
    assert_eq!(pipe.messages(), [&What::Ike(auth(700)), &esp_of(4), &esp_of(5)]);
    assert_eq!(pipe.facts(), ["3 tcp-message from 2"]);
}

#[test]
fn what_snaplen_cut_is_passed_over() {
    let mut client = End::client(4500);
    let long = framed(&[&esp(7)[..], &[1; 1368]].concat());
    let frames = [
        client.syn(),
        client.send(0, b"IKETCP"),
        client.send(0, &long),
        client.send(0, &[marked(&auth(700)), long.clone()].concat()),
        client.send(0, &framed(&esp(8))),
        client.send(0, &marked(&auth(200))),
    ];
    let mut pipe = Pipe::default();
    for frame in &frames {
        pipe.cut(frame, frame.len().min(128));
    }
    let long = What::Esp(0xc000_0001, 7, 1400, Encapsulation::Tcp);
    // The second of the longer ones begins where nothing was captured: the next boundary must show by itself.
    assert!(matches!(pipe.messages()[..], [first, What::Ike(_)] if *first == long), "{:?}", pipe.told);
    assert!(matches!(pipe.stops[..], [Stop::Cut(_)]), "{:?}", pipe.stops);
    assert_eq!(pipe.facts(), ["2 tcp-message from 5", "1 tcp-message lost-track, first in frame 4"],);
}

#[test]
fn a_segment_that_was_never_captured_costs_no_more_than_it_must() {
    let (mut client, mut server) = (End::client(4500), End::server(4500));
    let message = marked(&auth(3000));
    let frames = [
        client.syn(),
        server.syn(),
        client.send(server.next, b"IKETCP"),
        client.send(server.next, &message[..1000]),
        client.send(server.next, &message[1000..2000]),
        client.send(server.next, &message[2000..]),
        server.send(client.next, &[]),
        client.send(server.next, &framed(&esp(1))),
    ];
    let lost = 4;
    let seen = frames.iter().enumerate().filter(|(at, _)| *at != lost).map(|(_, frame)| frame);
    let pipe = Pipe::of(seen);
    // The other end says that all has arrived, so the gap will not be filled.
    assert!(matches!(pipe.messages()[..], [What::Ike(ike), esp] if ike.len() == 994 && *esp == esp_of(1)));
    assert!(matches!(pipe.stops[..], [Stop::Cut(_)]), "{:?}", pipe.stops);
}

#[test]
fn a_gap_that_hides_a_boundary_waits_for_the_next_that_shows() {
    let mut client = End::client(4500);
    let frames = [
        client.syn(),
        client.send(0, &[&b"IKETCP"[..], &framed(&esp(1))].concat()),
        client.send(0, &[framed(&esp(2)), framed(&esp(3))].concat()),
        client.send(0, &framed(&esp(4))),
        client.send(0, &[framed(&esp(5)), marked(&auth(100)), framed(&esp(6))].concat()),
    ];
    let mut pipe = Pipe::default();
    for (second, frame) in [(0, 0), (1, 1), (2, 3), (9, 4)] {
        let frame: &[u8] = &frames[frame];
        pipe.at(Timestamp::from_parts(second, 0), 0, frame, frame.len());
    }
    assert_eq!(pipe.messages(), [&esp_of(1), &What::Ike(auth(100)), &esp_of(6)]);
    assert_eq!(pipe.facts(), ["3 tcp-message from 3", "1 tcp-message lost-track, first in frame 4"],);
}

#[test]
fn a_length_that_cannot_be_is_named_and_what_follows_is_searched() {
    for length in [0_u16, 1] {
        let mut client = End::client(4500);
        let bad =
            [&b"IKETCP"[..], &length.to_be_bytes(), &framed(&esp(1)), &marked(&auth(100)), &framed(&esp(2))];
        let pipe = Pipe::of([client.syn(), client.send(0, &bad.concat())]);
        let [Stop::Malformed(malformed)] = &pipe.stops[..] else { panic!("{:?}", pipe.stops) };
        assert_eq!(malformed.to_string(), format!("tcp message length at byte 0 needs 2, has {length}"));
        assert_eq!(pipe.messages(), [&What::Ike(auth(100)), &esp_of(2)]);
    }
    let mut client = End::client(4500);
    let pipe =
        Pipe::of([client.syn(), client.send(0, &[&b"IKETCP"[..], &[0, 2], &framed(&esp(2))].concat())]);
    let [Stop::Malformed(malformed)] = &pipe.stops[..] else { panic!("{:?}", pipe.stops) };
    assert_eq!(malformed.to_string(), "nat-t marker or SPI at byte 2 needs 4, has 0");
    assert_eq!(pipe.messages(), [&esp_of(2)]);
}

#[test]
fn a_stream_that_goes_astray_again_and_again_is_followed_each_time() {
    let message = marked(&sealed(ExchangeType::INFORMATIONAL, 0x20, PayloadType::NONE, 32));
    // What follows a boundary must look like a message too.
    let cycle = [&[0, 0][..], &message, &message].concat();
    let mut client = End::client(4500);
    let pipe = Pipe::of([client.syn(), client.send(0, &[&b"IKETCP"[..], &cycle.repeat(750)].concat())]);
    assert_eq!((pipe.messages().len(), pipe.stops.len()), (1500, 750));
}

#[test]
fn another_protocol_on_the_port_gives_no_message() {
    let (mut client, mut server) = (End::client(4500), End::server(4500));
    let frames = [
        client.syn(),
        server.syn(),
        client.send(server.next, b"GET / HTTP/1.1\r\n\r\n"),
        server.send(client.next, &framed(&esp(1))),
    ];
    let pipe = Pipe::of(frames);
    assert_eq!(pipe.messages().len(), 0);
    assert_eq!(pipe.facts(), ["2 tcp-stream no-boundary, first in frame 3"]);
}

#[test]
fn streams_end_and_begin_anew() {
    let message = marked(&auth(300));
    for last in [FIN | ACK, RST] {
        let mut client = End::client(4500);
        let mut frames = vec![client.syn(), client.send(0, b"IKETCP"), client.send(0, &message[..100])];
        frames.push(client.at(client.next, 0, last, &[]));
        let mut again = End { next: 77_001, ..End::client(4500) };
        frames.extend([again.syn(), again.send(0, b"IKETCP"), again.send(0, &message)]);
        let pipe = Pipe::of(frames);
        assert_eq!(pipe.messages(), [&What::Ike(auth(300))]);
        assert_eq!(pipe.facts(), ["1 tcp-message from 4", "1 tcp-message missing, first in frame 3"],);
    }
}

#[test]
fn a_flood_of_streams_makes_room_and_leaves_those_that_are_in_use() {
    let (mut client, mut pipe) = (End::client(4500), Pipe::default());
    pipe.whole(&client.syn());
    pipe.whole(&client.send(0, b"IKETCP"));
    for number in 0..20_000_u32 {
        let port = u16::try_from(1024 + number % 40_000).unwrap();
        let other = End { ports: (port, 4500), back: true, next: number };
        pipe.whole(&other.at(number, 0, ACK, &[0x55; 900]));
        if number % 1000 == 0 {
            pipe.whole(&client.send(0, &framed(&esp(number))));
        }
    }
    assert_eq!(pipe.messages().len(), 20);
    let facts = pipe.facts();
    assert_eq!(facts[0], "20 tcp-message from 21");
    assert!(facts[1].starts_with("20000 tcp-stream no-boundary"), "{facts:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn segments_in_any_order_repeated_and_overlapping_give_the_messages(
        cuts in vec(any::<Index>(), 0..12),
        swaps in vec(any::<Index>(), 0..6),
        again in vec((any::<Index>(), any::<Index>()), 0..6),
        start in any::<u32>(),
    ) {
        let (bytes, expected) = conversation();
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
        ends.extend([0, bytes.len()]);
        ends.sort_unstable();
        ends.dedup();
        let mut ranges: Vec<(usize, usize)> = ends.windows(2).map(|pair| (pair[0], pair[1])).collect();
        // Any part of the stream may be sent again at any time after a first segment.
        for (from, to) in again {
            let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
            ranges.push((from.min(to), from.max(to) + 1));
        }
        for swap in swaps {
            let at = swap.index(ranges.len());
            if at > 0 {
                ranges.swap(at - 1, at);
            }
        }
        let client = End { next: start, ..End::client(4500) };
        let frames = ranges.iter().map(|&(from, to)| {
            client.at(start.wrapping_add(u32::try_from(from).unwrap()), 0, ACK, &bytes[from..to])
        });
        let pipe = Pipe::of([client.syn()].into_iter().chain(frames));
        prop_assert_eq!(pipe.messages(), expected.iter().collect::<Vec<_>>());
    }

    /// Nor in streams that begin before the capture.
    #[test]
    fn random_bytes_on_the_port_are_never_messages(
        pieces in vec(vec(any::<u8>(), 0..400), 1..8),
        markers in vec(any::<Index>(), 0..20),
        begun in any::<bool>(),
    ) {
        let mut bytes = pieces.concat();
        for marker in markers {
            if bytes.len() > 60 {
                let at = marker.index(bytes.len() - 56);
                let length = u16::try_from(bytes.len() - at).unwrap();
                bytes[at..at + 2].copy_from_slice(&length.to_be_bytes());
                bytes[at + 2..at + 6].fill(0);
            }
        }
        let mut client = End::client(4500);
        let mut frames = if begun { vec![] } else { vec![client.syn()] };
        let mut rest = &bytes[..];
        for piece in &pieces {
            let (now, later) = rest.split_at(piece.len());
            frames.push(client.send(0, now));
            rest = later;
        }
        prop_assert!(Pipe::of(frames).messages().is_empty());
    }
}
