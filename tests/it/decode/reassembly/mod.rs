//! What comes in pieces, put together.

mod datagrams;
mod ike_messages;
mod streams;

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use sagap::capture::{CaptureId, Frame, FrameNumber, LinkType, SeriesId};
use sagap::decode::{Encapsulation, Message, Options, Pieces, Reassembler, Reassembly, Stop, decode_with};
use sagap::time::Timestamp;
use sagap::wire::ike::ExchangeType;

use crate::common::frames::*;
use crate::common::ike::{emit_header, header};

/// Pieces of all kinds with fields of all kinds.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let data = || prop_oneof![vec(any::<u8>(), 0..60), Just(ike()), Just(esp(1)), Just(b"IKETCP".to_vec())];
    let few = || select(vec![0_u16, 1, 2, 3, 0x1fff]);
    let position = || select(vec![0_u32, 8, 16, 48, 65_528]);
    let cut = any::<bool>();
    let ip = (cut, few(), position(), any::<bool>(), select(vec![6, 17, 50, 44]), data()).prop_map(
        |(is_v6, id, position, more, protocol, data)| {
            if is_v6 {
                ethernet(0x86dd, &ipv6_fragment(id.into(), position, more, protocol, &data))
            } else {
                ethernet(0x0800, &ipv4_fragment(id, position, more, protocol, &data))
            }
        },
    );
    let ike = (few(), any::<bool>(), select(vec![53_u8, 132]), few(), few(), data()).prop_map(
        |(id, is_v2, kind, number, total, data)| {
            let mut header = header(if is_v2 { 2 } else { 1 }, ExchangeType::IKE_AUTH, 8);
            header.next_payload = kind;
            header.length = u32::try_from(36 + data.len()).expect("messages are small");
            let [number, total] = [number, total].map(u16::to_be_bytes);
            let middle =
                if is_v2 { [number, total].concat() } else { [&id.to_be_bytes(), &total[..]].concat() };
            let length = u16::try_from(8 + data.len()).expect("messages are small").to_be_bytes();
            let message = [&emit_header(&header)[..], &[0, 0], &length, &middle, &data].concat();
            ethernet(0x0800, &ipv4(17, &udp(500, 500, &message)))
        },
    );
    let numbers = || select(vec![0_u32, 6, 30, 40, 100, 0x7fff_ffff, 0x8000_0000, u32::MAX]);
    let ports = select(vec![(4500, 1), (1, 4500), (1, 2), (2, 1)]);
    let segment = (ports, numbers(), numbers(), any::<u8>(), data()).prop_map(
        |(ports, sequence, acknowledged, flags, data)| {
            ethernet(0x0800, &ipv4(6, &tcp(ports, (sequence, acknowledged), flags, &data)))
        },
    );
    prop_oneof![ip, ike, segment]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever comes in whatever order, cut short or not, at whatever time.
    #[test]
    fn no_pieces_break_it(
        pieces in vec((piece(), any::<bool>(), select(vec![0, 1, 2, 30, 90, -1, i64::MAX / 2_000_000_000])), 0..60),
    ) {
        let mut pipe = Pipe::default();
        for (bytes, is_cut, second) in pieces {
            let captured = if is_cut { bytes.len() * 3 / 4 } else { bytes.len() };
            pipe.at(Timestamp::from_parts(second, 0), 0, &bytes, captured);
        }
        pipe.facts();
    }
}

/// A message as the reassembler gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    frame: u64,
    pieces: Pieces,
    what: What,
}

/// The message itself, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Ike(Vec<u8>),
    Esp(u32, u32, u32, Encapsulation),
    Other(String),
}

/// Frames of one capture on their way through the reassembler.
#[derive(Default)]
struct Pipe {
    reassembler: Reassembler,
    options: Options,
    frames: u64,
    /// How many packets were given as the frames' own.
    plain: u64,
    told: Vec<Told>,
    stops: Vec<Stop>,
}

impl Pipe {
    fn of<B: AsRef<[u8]>>(frames: impl IntoIterator<Item = B>) -> Self {
        let mut pipe = Self::default();
        for bytes in frames {
            pipe.whole(bytes.as_ref());
        }
        pipe
    }

    /// A frame that was captured whole, a microsecond after the one before.
    fn whole(&mut self, bytes: &[u8]) {
        self.cut(bytes, bytes.len());
    }

    /// One of which the capture kept so many bytes.
    fn cut(&mut self, bytes: &[u8], captured: usize) {
        let micros = i64::try_from(self.frames).expect("few frames");
        self.at(Timestamp::from_nanos(micros * 1000), 0, bytes, captured);
    }

    fn at(&mut self, time: Timestamp, interface: u32, bytes: &[u8], captured: usize) {
        self.frames += 1;
        let frame = Frame {
            number: FrameNumber(self.frames),
            time,
            wire_len: u32::try_from(bytes.len()).expect("frames are small"),
            interface,
            link_type: LinkType::ETHERNET,
            bytes: &bytes[..captured],
        };
        let (plain, told, stops) = (&mut self.plain, &mut self.told, &mut self.stops);
        self.reassembler.packets(
            CaptureId(0),
            SeriesId(0),
            &frame,
            &decode_with(&frame, &self.options),
            &mut |packet| {
                *plain += u64::from(packet.pieces == Pieces::One);
                if packet.pieces != Pieces::One {
                    stops.extend(packet.stop.clone());
                }
                let what = match &packet.message {
                    Some(Message::Ike(message)) => What::Ike(message.bytes.to_vec()),
                    Some(Message::Esp { header, length, encapsulation }) => {
                        What::Esp(header.spi, header.sequence, *length, *encapsulation)
                    }
                    Some(other) => What::Other(format!("{other:?}")),
                    None => return,
                };
                told.push(Told { frame: frame.number.0, pieces: packet.pieces, what });
            },
        );
    }

    /// The messages, without their frames.
    fn messages(&self) -> Vec<&What> {
        self.told.iter().map(|told| &told.what).collect()
    }

    /// What became of the pieces: `1 missing (first in frame 3)`, `1 ip-packet from 2`.
    fn facts(self) -> Vec<String> {
        assert_eq!(self.plain, self.frames, "each frame's own packet is given once");
        let facts: BTreeMap<CaptureId, Reassembly> = self.reassembler.finish();
        let mut lines = Vec::new();
        for Reassembly { whole, unfinished } in facts.values() {
            for (what, (count, pieces)) in whole {
                lines.push(format!("{count} {} from {pieces}", what.name()));
            }
            for ((what, why), incomplete) in unfinished {
                let (count, first) = (incomplete.count, incomplete.first);
                lines.push(format!("{count} {} {}, first in frame {first}", what.name(), why.name()));
            }
        }
        lines
    }
}
