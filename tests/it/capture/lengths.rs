//! One damaged length in a recording costs its record and no more, whatever the fractions of its times look like.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use crate::common::craft::{Order, Pcap};
use crate::common::read::{Owned, read, sentences};

/// A recording as a pcap, and where each record begins.
struct Recorded {
    name: String,
    frames: Vec<Owned>,
    bytes: Vec<u8>,
    places: Vec<usize>,
    order: Order,
}

fn recorded(name: &str, order: Order, magic: u32) -> Recorded {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures").join(name);
    let (mut frames, _) = read(&fs::read(path).unwrap()).unwrap();
    frames.truncate(MOST_FRAMES);
    let unit = if magic == MICROSECONDS { 1_000 } else { 1 };
    let (mut pcap, mut places) = (Pcap::with(order, magic, 262_144, 1), Vec::new());
    for frame in &mut frames {
        frame.nanos -= frame.nanos % unit;
        places.push(pcap.bytes.len());
        let seconds = u32::try_from(frame.nanos / 1_000_000_000).unwrap();
        let fraction = u32::try_from(frame.nanos % 1_000_000_000 / unit).unwrap();
        let captured = u32::try_from(frame.bytes.len()).unwrap();
        pcap = pcap.raw_record([seconds, fraction, captured, frame.wire_len], &frame.bytes);
    }
    Recorded { name: format!("{name} {order:?} {magic:x}"), frames, bytes: pcap.bytes, places, order }
}

impl Recorded {
    /// Sets the field at `at` of the header of record `i` to `value`, and reads.
    fn with(&self, i: usize, at: usize, value: u32) -> Vec<Owned> {
        let mut bytes = self.bytes.clone();
        let field = self.places[i] + at;
        bytes[field..field + 4].copy_from_slice(&self.order.u32(value));
        let (frames, facts) = read(&bytes).unwrap();
        let what = format!("{}: record {i}, field {at} as {value}: {:?}", self.name, sentences(&facts));

        let lost = self.lost(&frames);
        assert!(lost <= 2, "{lost} frames lost; {what}");
        let times = || self.frames.iter().map(|frame| frame.nanos);
        let range = times().min().unwrap()..=times().max().unwrap();
        let far = frames.iter().find(|frame| !range.contains(&frame.nanos));
        assert!(far.is_none(), "{far:?}; {what}");
        frames
    }

    /// How many frames are not among `frames`.
    fn lost(&self, frames: &[Owned]) -> usize {
        let mut wanted = HashMap::<_, usize>::new();
        for frame in &self.frames {
            *wanted.entry((frame.nanos, &frame.bytes)).or_default() += 1;
        }
        for frame in frames {
            wanted.entry((frame.nanos, &frame.bytes)).and_modify(|left| *left = left.saturating_sub(1));
        }
        wanted.values().sum()
    }
}

#[test]
fn a_damaged_length_costs_its_record_and_no_more() {
    for name in RECORDINGS {
        for order in [Order::Little, Order::Big] {
            for magic in [MICROSECONDS, NANOSECONDS] {
                let recorded = recorded(name, order, magic);
                for i in (0..recorded.frames.len()).step_by(STEP) {
                    for value in VALUES {
                        recorded.with(i, CAPTURED, value);
                        recorded.with(i, WIRE, value);
                    }
                }
            }
        }
    }
}

/// Chains that are shifted by four bytes begin behind these.
#[test]
fn a_captured_length_of_200_does_not_shift_what_follows() {
    let recorded = recorded("hsrp_v1_ikev2_no_negotiation.pcapng", Order::Little, MICROSECONDS);
    let frames = recorded.with(36, CAPTURED, 200);
    assert_eq!(frames, recorded.frames, "the length on the wire tells the true one");
}

const RECORDINGS: [&str; 5] = [
    "hsrp_v1_ikev2_no_negotiation.pcapng",
    "hsrp_v1_ikev2_recovered.pcapng",
    "vrrp_v3_ikev1_no_negotiation.pcapng",
    "glbp_ikev2_no_negotiation.pcapng",
    "hsrp_v2_ipv6_ikev2_no_negotiation.pcapng",
];

const VALUES: [u32; 6] = [0, 30, 200, 5_000, 70_000, u32::MAX];

/// Every third record is damaged, one at a time.
const STEP: usize = 3;

/// Frames of a recording that are taken.
const MOST_FRAMES: usize = 200;

const MICROSECONDS: u32 = 0xa1b2_c3d4;

const NANOSECONDS: u32 = 0xa1b2_3c4d;

/// Where the captured length stands in a record's header.
const CAPTURED: usize = 8;

/// Where the length on the wire stands.
const WIRE: usize = 12;
