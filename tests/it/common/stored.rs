//! Frames of recordings, to be written anew.

use std::path::Path;

use sagap::capture::{CaptureFile, Source};

use super::craft::{Order, Pcap};

/// A frame as it was stored.
#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) nanos: i64,
    pub(crate) wire: u32,
    pub(crate) bytes: Vec<u8>,
}

impl Stored {
    /// All frames of a recording.
    pub(crate) fn all(path: &Path) -> Vec<Self> {
        let mut file = CaptureFile::open(path).unwrap();
        let mut frames = Vec::new();
        while let Some(frame) = file.next_frame().unwrap() {
            let bytes = frame.bytes.to_vec();
            frames.push(Self { nanos: frame.time.nanos(), wire: frame.wire_len, bytes });
        }
        frames
    }
}

/// A pcap with nanoseconds, of Ethernet.
pub(crate) fn write(frames: impl IntoIterator<Item = Stored>) -> Vec<u8> {
    frames.into_iter().fold(header(), |pcap, frame| record(pcap, &frame)).bytes
}

/// The same in pieces, cut before each of the frames at `seams`, with their names.
pub(crate) fn pieces(frames: &[Stored], seams: &[usize]) -> Vec<(String, Vec<u8>)> {
    let (mut begin, mut pieces) = (0, Vec::new());
    for &end in seams.iter().chain([&frames.len()]) {
        let name = format!("piece_{:03}.pcap", pieces.len());
        pieces.push((name, write(frames[begin..end].iter().cloned())));
        begin = end;
    }
    pieces
}

fn header() -> Pcap {
    Pcap::with(Order::Little, 0xa1b2_3c4d, 262_144, 1)
}

fn record(pcap: Pcap, frame: &Stored) -> Pcap {
    let part = |nanos: i64| u32::try_from(nanos).expect("between 1970 and 2106");
    let captured = u32::try_from(frame.bytes.len()).expect("frames are small");
    let (second, rest) = (part(frame.nanos / 1_000_000_000), part(frame.nanos % 1_000_000_000));
    pcap.raw_record([second, rest, captured, frame.wire], &frame.bytes)
}
