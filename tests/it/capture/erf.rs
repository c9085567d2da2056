//! ERF: what is written is read, and nothing else is taken for it.

use proptest::prelude::*;
use sagap::capture::{Format, LinkType};

use crate::common::craft::Erf;
use crate::common::frames;
use crate::common::read::{Owned, read, sentences};

const T: u64 = 1_700_000_000_000_000_000;
const SECOND: u64 = 1_000_000_000;

/// Four plain frames, by which the format is recognised, and what `add` puts behind them.
fn behind_four(add: impl FnOnce(Erf) -> Erf) -> Vec<u8> {
    let four = (0..4).fold(Erf::default(), |erf, i| erf.ethernet(T + i * SECOND, &[9; 40]));
    add(four).bytes
}

/// What the frames behind the four are: interface, link type, wire length, bytes.
fn read_behind(add: impl FnOnce(Erf) -> Erf) -> Vec<(u32, String, u32, Vec<u8>)> {
    let (frames, _) = read(&behind_four(add)).unwrap();
    let told =
        |frame: Owned| (frame.interface, LinkType(frame.link_type).to_string(), frame.wire_len, frame.bytes);
    frames.into_iter().skip(4).map(told).collect()
}

#[test]
fn frames_times_and_interfaces() {
    let erf = Erf::default()
        .ethernet(T + 123_456_789, &[1, 2, 3])
        .raw_record(T + 999_999_999, [2, 0x05], [0, 1514], &[0, 0, 7, 7])
        .raw_record(T + SECOND - 1, [2, 0x07], [0, 2], &[0, 0, 8, 8]);
    let (frames, facts) = read(&erf.bytes).unwrap();
    let times: Vec<_> = frames.iter().map(|frame| frame.nanos.cast_unsigned() - T).collect();
    assert_eq!(times, [123_456_789, 999_999_999, 999_999_999]);
    let told: Vec<_> = frames.iter().map(|f| (f.number, f.interface, f.wire_len, f.bytes.clone())).collect();
    // What stands behind a frame that was cut is padding, and nothing tells it from the frame.
    let cut = vec![7, 7, 0, 0, 0, 0];
    assert_eq!(told, [(1, 0, 3, vec![1, 2, 3]), (2, 1, 1514, cut), (3, 3, 2, vec![8, 8])]);
    assert_eq!((facts.format, facts.interfaces.len()), (Some(Format::Erf), 4));
    assert_eq!(facts.damage.total(), 0);
}

#[test]
fn every_type_that_can_be_read_and_the_others_by_number() {
    let frame = |kind: u8, rest: &[u8]| {
        let read = read_behind(|erf| erf.raw_record(T + 4 * SECOND, [kind, 4], [0, 20], rest));
        assert_eq!(read.len(), 1, "{kind}");
        (read[0].1.clone(), read[0].3.len())
    };
    for kind in [2, 11, 16, 20] {
        assert_eq!(frame(kind, &[1; 22]), ("link type 1".to_owned(), 20));
    }
    for kind in [1, 10, 15, 19] {
        assert_eq!(frame(kind, &[[0xff, 3].as_slice(), &[0; 18]].concat()).0, "link type 9");
        assert_eq!(frame(kind, &[[0x0f, 0].as_slice(), &[0; 18]].concat()).0, "link type 104");
        assert_eq!(
            frame(kind, &[[0x18, 0x41].as_slice(), &[0; 18]].concat()).0,
            "ERF record type ".to_owned() + &kind.to_string()
        );
    }
    assert_eq!(frame(22, &[0x45; 20]), ("link type 228".to_owned(), 20));
    assert_eq!(frame(23, &[0x60; 20]), ("link type 229".to_owned(), 20));
    assert_eq!(frame(27, &[0; 20]), ("ERF record type 27".to_owned(), 20));
    assert_eq!(frame(5, &[0; 24]), ("ERF record type 5".to_owned(), 20));
}

#[test]
fn extension_headers_are_passed_over_and_padding_records_hold_no_frame() {
    let extended =
        [&[0x84, 1, 1, 1, 1, 1, 1, 1][..], &[0x05, 0, 0, 0, 0, 0, 0, 0], &[0, 0, 6, 6, 6]].concat();
    let read = read_behind(|erf| {
        erf.raw_record(T + 4 * SECOND, [0x82, 4], [0, 3], &extended)
            .raw_record(0, [48, 0], [0, 0], &[0; 100])
            .ethernet(T + 5 * SECOND, &[5; 30])
    });
    let told: Vec<_> = read.into_iter().map(|(_, _, wire, bytes)| (wire, bytes)).collect();
    assert_eq!(told, [(3, vec![6; 3]), (30, vec![5; 30])]);
}

#[test]
fn extension_headers_without_end_are_named() {
    let endless = behind_four(|erf| {
        erf.raw_record(T + 4 * SECOND, [0x82, 4], [0, 60], &[0xff; 64]).ethernet(T + 5 * SECOND, &[5; 30])
    });
    let (frames, facts) = read(&endless).unwrap();
    let lengths: Vec<_> = frames.iter().map(|frame| frame.bytes.len()).collect();
    assert_eq!(lengths, [40, 40, 40, 40, 0, 30]);
    assert_eq!(sentences(&facts), ["block of type 0x2 at byte 256 is too short; skipped"]);
}

#[test]
fn loss_counters_are_frames_that_are_missing_and_colours_are_not() {
    let bytes = behind_four(|erf| {
        erf.raw_record(T + 4 * SECOND, [11, 4], [500, 20], &[1; 22])
            .raw_record(T + 5 * SECOND, [2, 5], [7, 20], &[1; 22])
            .raw_record(T + 6 * SECOND, [2, 4], [2, 20], &[1; 22])
    });
    let facts = read(&bytes).unwrap().1;
    assert_eq!((facts.missing_frames(), facts.first_loss.map(|(frame, _)| frame.0)), (Some(9), Some(6)));
    let of_each: Vec<_> = facts.interfaces.iter().map(|it| it.counters.missing_between).collect();
    assert_eq!(of_each, [Some(2), Some(7)]);
}

#[test]
fn lengths_that_cannot_be_are_named_and_lose_nothing_beside() {
    for length in [0_u16, 1, 15, 16 + 2 + 40 + 33] {
        let mut bytes = behind_four(|erf| (4..8).fold(erf, |erf, i| erf.ethernet(T + i * SECOND, &[9; 40])));
        bytes[4 * 64 + 10..4 * 64 + 12].copy_from_slice(&length.to_be_bytes());
        let (frames, facts) = read(&bytes).unwrap();
        assert_eq!(frames.len(), 8, "{length}");
        assert_eq!(sentences(&facts), [format!("record length {length} at byte 256 cannot be; read as 64")]);
    }
}

#[test]
fn a_short_capture_is_recognised_when_its_records_fill_it() {
    let one = Erf::default().ethernet(T, &[1; 40]).bytes;
    assert_eq!(read(&one).unwrap().0.len(), 1);
    assert!(read(&one[..60]).is_err());
    assert!(read(&[&one[..], &[0; 8]].concat()).is_err());
    let two = Erf { bytes: one }.ethernet(T + SECOND, &[2; 40]).bytes;
    assert_eq!(read(&two[..100]).unwrap().0.len(), 1);
}

#[test]
fn records_that_do_not_follow_each_other_in_time_are_no_erf() {
    let year = 366 * 86_400 * SECOND;
    for next in [T + year, T - 2 * SECOND] {
        let erf = Erf::default().ethernet(T, &[1; 40]).ethernet(next, &[2; 40]);
        let error = read(&erf.bytes).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("is not a capture"), "{error}");
    }
}

#[test]
fn other_files_are_not_taken_for_erf() {
    let text = include_str!("erf.rs").as_bytes();
    let packet = frames::ethernet(0x0800, &frames::ipv4(17, &frames::udp(500, 500, &[0; 40])));
    for bytes in [text, &packet, &[0; 4_000], &[0x30; 4_000], &[0xff; 4_000]] {
        assert!(read(bytes).is_err(), "{:02x?}", &bytes[..8]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn random_bytes_are_not_taken_for_erf(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(read(&bytes).is_err());
    }
}
