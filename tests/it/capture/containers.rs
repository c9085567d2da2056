//! The same frames in every container give the same frames, and the same report.

use std::fs;

use sagap::capture::{CaptureFile, Source};
use serde_json::Value;

use crate::common::craft::{Erf, MODIFIED, Order, Pcap, Pcapng, Snoop};
use crate::common::read::{Owned, read};
use crate::common::sagap::{recordings, sagap};
use crate::common::scratch;

/// The frames of a recording, their times in whole microseconds, which every container can hold.
fn frames(recording: &str) -> Vec<Owned> {
    let mut file = CaptureFile::open(&recordings().join(recording)).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = file.next_frame().unwrap() {
        let frame = Owned::from(frame);
        frames.push(Owned { nanos: frame.nanos / 1_000 * 1_000, ..frame });
    }
    frames
}

/// Those frames in every container, each with its name.
fn containers(frames: &[Owned]) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for order in [Order::Big, Order::Little] {
        for (name, magic, unit) in
            [("micros", 0xa1b2_c3d4, 1_000), ("nanos", 0xa1b2_3c4d, 1), ("modified", MODIFIED, 1_000)]
        {
            all.push((format!("{name}-{order:?}"), pcap(order, magic, unit, frames)));
        }
        all.push((format!("pcapng-{order:?}"), pcapng(order, frames)));
    }
    all.push(("snoop".to_owned(), snoop(frames)));
    all.push(("erf".to_owned(), erf(frames)));
    all
}

fn pcap(order: Order, magic: u32, unit: u64, frames: &[Owned]) -> Vec<u8> {
    let pcap = Pcap::with(order, magic, 262_144, 1);
    let record = |pcap: Pcap, frame: &Owned| {
        let (second, nanos) = seconds(frame);
        pcap.raw_record([second, short(nanos / unit), stored(frame), frame.wire_len], &frame.bytes)
    };
    frames.iter().fold(pcap, record).bytes
}

fn pcapng(order: Order, frames: &[Owned]) -> Vec<u8> {
    let record = |pcapng: Pcapng, frame: &Owned| {
        let micros = frame.nanos.cast_unsigned() / 1_000;
        pcapng.raw_enhanced(0, micros, [stored(frame), frame.wire_len], &frame.bytes, &[])
    };
    frames.iter().fold(Pcapng::with_interface(order), record).bytes
}

fn snoop(frames: &[Owned]) -> Vec<u8> {
    let record = |snoop: Snoop, frame: &Owned| {
        let (second, nanos) = seconds(frame);
        let length = 24 + stored(frame);
        snoop.raw_record(
            [frame.wire_len, stored(frame), length, 0, second, short(nanos / 1_000)],
            &frame.bytes,
        )
    };
    frames.iter().fold(Snoop::new(4), record).bytes
}

fn erf(frames: &[Owned]) -> Vec<u8> {
    let record = |erf: Erf, frame: &Owned| erf.ethernet(frame.nanos.cast_unsigned(), &frame.bytes);
    frames.iter().fold(Erf::default(), record).bytes
}

fn seconds(frame: &Owned) -> (u32, u64) {
    let nanos = frame.nanos.cast_unsigned();
    (short(nanos / 1_000_000_000), nanos % 1_000_000_000)
}

fn stored(frame: &Owned) -> u32 {
    u32::try_from(frame.bytes.len()).expect("frames are small")
}

fn short(number: u64) -> u32 {
    u32::try_from(number).expect("between 1970 and 2106")
}

#[test]
fn every_container_gives_the_same_frames() {
    let frames = frames("hsrp_v1_ikev2_no_negotiation.pcapng");
    assert!(frames.iter().all(|frame| frame.bytes.len() == frame.wire_len as usize), "none is cut");
    for (name, bytes) in containers(&frames) {
        let (read, facts) = read(&bytes).unwrap();
        assert_eq!(read, frames, "{name}");
        assert_eq!(facts.damage.total(), 0, "{name}");
    }
}

#[test]
fn every_container_gives_the_same_report() {
    for recording in ["hsrp_v1_ikev2_no_negotiation.pcapng", "hsrp_v1_ikev1_rejected_psk.pcapng"] {
        let folder = scratch(&format!("same_report_{recording}"));
        let mut reports: Vec<(String, Value)> = Vec::new();
        for (name, bytes) in containers(&frames(recording)) {
            fs::write(folder.join("capture"), bytes).unwrap();
            let ran = sagap(&folder, &["analyze", "--format", "json", "capture"]);
            let mut report = ran.json();
            report["captures"][0].as_object_mut().unwrap().remove("format");
            reports.push((format!("{name} of {recording}, exit code {}", ran.code), report));
        }
        for (name, report) in &reports {
            assert_eq!(*report, reports[0].1, "{name}");
        }
        assert!(!reports[0].1["failovers"].as_array().unwrap().is_empty());
    }
}
