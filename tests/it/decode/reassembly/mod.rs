//! What comes in pieces, put together.

mod datagrams;
mod streams;

use std::collections::BTreeMap;

use sagap::capture::{CaptureId, Frame, FrameNumber, LinkType, SeriesId};
use sagap::decode::{Encapsulation, Message, Options, Pieces, Reassembler, Reassembly, Stop, decode_with};
use sagap::time::Timestamp;

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
