//! Damaged captures: nothing is lost beside the damage, and every file ends.

use std::io::{self, Cursor, Read};

use proptest::prelude::*;
use sagap::capture::{CaptureFile, DamageKind, Facts, Source};

use crate::common::craft::{Erf, MODIFIED, Order, Pcap, Pcapng, Snoop};
use crate::common::read::{Owned, read, sentences};

const T: u32 = 1_700_000_000;

/// The payload of frame `i`: no two are equal, and sizes differ.
fn payload(i: u32) -> Vec<u8> {
    (0..40 + i * 13 % 80).map(|k| (i * 31 + k * 7).to_le_bytes()[0] | 0x80).collect()
}

/// Eight frames, and where each record begins; the last entry is the file's length.
fn pcap(order: Order) -> (Vec<u8>, Vec<usize>) {
    records(Pcap::new(order))
}

/// The same in every container that is read.
fn containers() -> Vec<(Vec<u8>, Vec<usize>)> {
    let orders = [Order::Big, Order::Little];
    let modified = |order| records(Pcap::with(order, MODIFIED, 262_144, 1));
    let mut all: Vec<_> =
        orders.iter().flat_map(|&order| [pcap(order), modified(order), pcapng(order)]).collect();
    all.extend([snoop(), erf()]);
    all
}

fn snoop() -> (Vec<u8>, Vec<usize>) {
    let mut snoop = Snoop::new(4);
    let mut places = Vec::new();
    for i in 0..8 {
        places.push(snoop.bytes.len());
        snoop = snoop.record(T + i, i * 1_000, &payload(i));
    }
    places.push(snoop.bytes.len());
    (snoop.bytes, places)
}

fn erf() -> (Vec<u8>, Vec<usize>) {
    let mut erf = Erf::default();
    let mut places = Vec::new();
    for i in 0..8 {
        places.push(erf.bytes.len());
        erf = erf.ethernet(u64::from(T + i) * 1_000_000_000 + 1_000_000 * u64::from(i), &payload(i));
    }
    places.push(erf.bytes.len());
    (erf.bytes, places)
}

/// From which byte on a container is recognised, whatever follows.
fn recognised_by(places: &[usize]) -> usize {
    // ERF has no header, and is told by four records.
    if places[0] == 0 { places[4] } else { 12 }
}

fn records(mut pcap: Pcap) -> (Vec<u8>, Vec<usize>) {
    let mut places = Vec::new();
    for i in 0..8 {
        places.push(pcap.bytes.len());
        pcap = pcap.record(T + i, i * 1_000, &payload(i));
    }
    places.push(pcap.bytes.len());
    (pcap.bytes, places)
}

/// The same in a pcapng; the records begin with the section header and the interface.
fn pcapng(order: Order) -> (Vec<u8>, Vec<usize>) {
    let mut pcapng = Pcapng::with_interface(order);
    let mut places = Vec::new();
    for i in 0..8 {
        places.push(pcapng.bytes.len());
        let ticks = u64::from(T + i) * 1_000_000;
        pcapng = pcapng.enhanced(0, ticks, &payload(i), &[(1, b"comment")]);
    }
    places.push(pcapng.bytes.len());
    (pcapng.bytes, places)
}

/// Which of the eight payloads are among `frames`.
fn found(frames: &[Owned]) -> Vec<u32> {
    let payloads = (0..8).map(|i| (i, payload(i)));
    let among = |wanted: &[u8]| frames.iter().any(|frame| frame.bytes == wanted);
    payloads.filter(|(_, payload)| among(payload)).map(|(i, _)| i).collect()
}

fn only_note(facts: &Facts) -> (u64, DamageKind) {
    assert_eq!(facts.damage.total(), 1, "{:?}", sentences(facts));
    let damage = facts.damage.first()[0];
    (damage.offset, damage.kind)
}

#[test]
fn cut_at_every_byte() {
    for (bytes, places) in containers() {
        for cut in places[0]..=bytes.len() {
            let whole = places.iter().filter(|place| **place <= cut).count() - 1;
            let Ok((frames, facts)) = read(&bytes[..cut]) else {
                assert!(places[0] == 0 && cut < places[1] + 16, "cut at {cut}");
                continue;
            };
            assert_eq!(found(&frames), (0..8).take(whole).collect::<Vec<_>>(), "cut at {cut}");
            assert_eq!(frames.len(), whole);
            if places.contains(&cut) {
                assert_eq!(facts.damage.total(), 0, "cut at {cut}");
            } else {
                let (begin, left_over) = (places[whole] as u64, (cut - places[whole]) as u64);
                assert_eq!(only_note(&facts), (begin, DamageKind::CutOff { left_over }), "cut at {cut}");
            }
        }
    }
}

#[test]
fn cut_inside_the_headers() {
    let header = |cut| read(&pcap(Order::Little).0[..cut]).map(|_| ()).unwrap_err().to_string();
    assert_eq!(header(0), "test: the file is empty");
    assert_eq!(header(3), "test: this is not a capture: it begins with d4 c3 b2");
    assert_eq!(header(23), "test: the file ends at byte 23, inside its header");
    let bytes = pcapng(Order::Little).0;
    for cut in 0..48 {
        match read(&bytes[..cut]) {
            Err(error) => assert!(cut < 12, "{cut}: {error}"),
            Ok((frames, facts)) => {
                assert_eq!((frames.len(), facts.damage.total()), (0, u64::from(cut != 28)), "{cut}");
            }
        }
    }
}

#[test]
fn every_byte_flipped_costs_at_most_its_own_frame() {
    for (bytes, places) in containers() {
        for at in 0..bytes.len() {
            for mask in [0x01, 0x10, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] ^= mask;
                let Ok((frames, _)) = read(&bytes) else {
                    assert!(at < recognised_by(&places), "byte {at} only spoils a frame");
                    continue;
                };
                if at < places[0] {
                    continue;
                }
                let hit = u32::try_from(places.iter().filter(|place| **place <= at).count() - 1).unwrap();
                let found = found(&frames);
                let lost: Vec<_> = (0..8).filter(|i| !found.contains(i)).collect();
                assert!(lost.is_empty() || lost == [hit], "byte {at} ^ {mask:#x} lost {lost:?}");
            }
        }
    }
}

/// ERF has no header, and its first records tell it.
#[test]
fn an_erf_is_recognised_beside_a_damaged_record() {
    let (bytes, places) = erf();
    for hit in 0..4 {
        let mut bytes = bytes.clone();
        bytes[places[hit] + 8..places[hit] + 12].fill(0);
        let (frames, facts) = read(&bytes).unwrap();
        let lost: Vec<_> = (0..8).filter(|i| !found(&frames).contains(i)).collect();
        assert_eq!(lost, [u32::try_from(hit).unwrap()]);
        assert!(matches!(only_note(&facts).1, DamageKind::Skipped { to_the_end: false, .. }));
    }
}

#[test]
fn a_corrupt_length_is_mended_where_the_next_record_tells_it() {
    let (mut bytes, places) = pcap(Order::Little);
    bytes[places[2] + 8..places[2] + 12].fill(0xff);
    let (frames, facts) = read(&bytes).unwrap();
    assert_eq!(found(&frames), (0..8).collect::<Vec<_>>());
    assert_eq!(frames.len(), 8);
    let expected = format!("record length 4294967295 at byte {} cannot be; read as 66", places[2]);
    assert_eq!(sentences(&facts), [expected]);

    for from_end in [false, true] {
        let (mut bytes, places) = pcapng(Order::Big);
        let length = places[3] - places[2];
        let at = if from_end { length - 4 } else { 4 };
        bytes[places[2] + at] ^= 0x40;
        let (frames, facts) = read(&bytes).unwrap();
        assert_eq!(found(&frames), (0..8).collect::<Vec<_>>(), "length at {at}");
        let told = only_note(&facts).1;
        assert!(
            matches!(told, DamageKind::WrongLength { true_length, .. } if true_length as usize == length)
        );
    }
}

#[test]
fn a_record_that_cannot_be_read_is_skipped_to_the_next_one() {
    let (mut bytes, places) = pcap(Order::Big);
    bytes[places[2]..places[2] + 16].fill(0xff);
    let (frames, facts) = read(&bytes).unwrap();
    assert_eq!(found(&frames), [0, 1, 3, 4, 5, 6, 7]);
    let skipped = places[3] - places[2];
    let expected = format!(
        "record length 4294967295 at byte {} cannot be; {skipped} bytes skipped to the next record at {}",
        places[2], places[3]
    );
    assert_eq!(sentences(&facts), [expected]);
}

#[test]
fn a_length_that_is_too_long_loses_no_later_record() {
    let (mut bytes, places) = pcap(Order::Little);
    bytes[places[1] + 8] += 100;
    bytes[places[1] + 12] += 100;
    let (frames, facts) = read(&bytes).unwrap();
    assert_eq!(found(&frames), [0, 2, 3, 4, 5, 6, 7]);
    assert_eq!(frames.len(), 8, "the damaged one is read with the length it claims");
    let next = places[2] as u64;
    assert!(matches!(only_note(&facts), (_, DamageKind::Overlong { next: at, .. }) if at == next));
}

#[test]
fn odd_fields_are_told_and_their_frames_read() {
    let pcap = Pcap::with(Order::Little, 0xa1b2_c3d4, 10, 1)
        .record(T, 2_000_001, &[1; 10])
        .record(T, 0, &[2; 11])
        .raw_record([T, 0, 10, 9], &[3; 10])
        .record(T, 1_u32.wrapping_sub(1_000), &[4; 10]);
    let (frames, facts) = read(&pcap.bytes).unwrap();
    let second = i64::from(T) * 1_000_000_000;
    let nanos: Vec<_> = frames.iter().map(|frame| frame.nanos).collect();
    assert_eq!(nanos, [second + 2_000_001_000, second, second, second - 999_000]);
    assert_eq!(frames[2].wire_len, 10);
    assert_eq!(
        sentences(&facts),
        [
            "record at byte 24 has 2000001 as the part of its time below a second; carried into its seconds",
            "record at byte 50 holds 11 bytes, more than the snaplen 10",
            "record at byte 77 holds 10 bytes of a frame of 9",
            "record at byte 103 has 4294966297 as the part of its time below a second; carried into its seconds",
        ]
    );
}

#[test]
fn captures_one_behind_the_other_are_read_as_one() {
    for order in [Order::Big, Order::Little] {
        for magic in [0xa1b2_c3d4, 0xa1b2_3c4d, MODIFIED] {
            let (bytes, places) = records(Pcap::with(order, magic, 262_144, 1));
            let (head, tail) = bytes.split_at(places[4]);
            let (frames, facts) = read(&[head, &bytes[..24], tail].concat()).unwrap();
            assert_eq!((frames.len(), found(&frames).len()), (8, 8), "{magic:#x}");
            assert_eq!(only_note(&facts), (places[4] as u64, DamageKind::AnotherCapture));
            assert_eq!(facts.interfaces.len(), 1);
        }
    }
}

#[test]
fn a_file_that_ends_in_zeros_ends() {
    for (bytes, _) in containers() {
        let length = bytes.len() as u64;
        let (frames, facts) = read(&[bytes, vec![0; 2_000_000]].concat()).unwrap();
        assert_eq!(frames.len(), 8);
        let skipped = DamageKind::Skipped { claimed: 0, bytes: 2_000_000, to_the_end: true };
        assert_eq!(only_note(&facts), (length, skipped));
    }
}

#[test]
fn a_section_header_is_found_in_garbage_of_any_length() {
    for garbage in 1..40 {
        let pcapng = Pcapng::with_interface(Order::Big)
            .enhanced(0, 1, &payload(0), &[])
            .garbage(&vec![0x6e; garbage])
            .section(Order::Little)
            .interface(1, 0, &[])
            .enhanced(0, 1, &payload(1), &[]);
        let (frames, facts) = read(&pcapng.bytes).unwrap();
        assert_eq!(found(&frames), [0, 1], "{garbage} bytes");
        assert_eq!(frames[1].interface, 1);
        assert!(matches!(only_note(&facts).1, DamageKind::Skipped { to_the_end: false, .. }));
    }
}

#[test]
fn garbage_longer_than_any_buffer_is_passed() {
    let mut seed = 1_u32;
    let garbage: Vec<u8> = (0..2_000_000)
        .map(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed.to_be_bytes()[0]
        })
        .collect();
    for (bytes, places) in containers() {
        let (head, tail) = bytes.split_at(places[4]);
        let (frames, facts) = read(&[head, &garbage, tail].concat()).unwrap();
        assert_eq!(found(&frames), (0..8).collect::<Vec<_>>());
        assert!(facts.damage.total() > 0);
    }
}

/// A record whose payload is itself a capture, then damage: the search must not take the inner records for outer
/// ones.
#[test]
fn a_capture_carried_as_payload_is_not_mistaken_for_records() {
    let mut inner = Pcap::new(Order::Little);
    for i in 0..6 {
        inner = inner.record(T + i, 0, &payload(i));
    }
    let mut outer = Pcap::new(Order::Little).record(T, 0, &inner.bytes).garbage(&[0xff; 50]);
    for i in 0..4 {
        outer = outer.record(T + i, 5, &[0x77; 60]);
    }
    let (frames, facts) = read(&outer.bytes).unwrap();
    let lengths: Vec<_> = frames.iter().map(|frame| frame.bytes.len()).collect();
    assert_eq!(lengths, [inner.bytes.len(), 60, 60, 60, 60]);
    assert!(matches!(only_note(&facts).1, DamageKind::Skipped { bytes: 50, .. }));
}

/// Headers at every 16 bytes that all look right and lead nowhere: the worst case of the search.
#[test]
fn a_hostile_file_takes_linear_time() {
    let mut pcap = Pcap::new(Order::Little).record(T, 0, &[1; 20]);
    for i in 0..60_000_u32 {
        pcap = pcap.raw_record([T, i % 1_000_000, 262_144 - i % 7 * 16, 262_144], &[]);
    }
    let mut file = CaptureFile::read_from("test", Box::new(Cursor::new(pcap.bytes))).unwrap();
    let mut frames = 0_u32;
    while file.next_frame().unwrap().is_some() {
        frames += 1;
    }
    assert!(frames <= 60_001, "no place is read twice: {frames}");
    assert!(file.facts().damage.total() > 0);
}

/// Gives its bytes, then fails.
struct Failing(Cursor<Vec<u8>>);

impl Read for Failing {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.0.read(into)? {
            0 => Err(io::Error::other("the disk is gone")),
            read => Ok(read),
        }
    }
}

#[test]
fn what_was_read_before_an_error_is_given_and_the_error_once() {
    for (bytes, places) in containers() {
        let input = Cursor::new(bytes[..places[3] + 30].to_vec());
        let mut file = CaptureFile::read_from("x.pcap", Box::new(Failing(input))).unwrap();
        for _ in 0..3 {
            assert!(file.next_frame().unwrap().is_some());
        }
        let error = file.next_frame().unwrap_err().to_string();
        let place = places[3] + 30;
        assert_eq!(error, format!("x.pcap: cannot be read on at byte {place}: the disk is gone"));
        assert!(file.next_frame().unwrap().is_none());
        assert_eq!(file.into_facts().frames, 3);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Random bytes between two records of a capture: every record is read, whatever they are.
    #[test]
    fn garbage_between_records_loses_none(
        garbage in prop::collection::vec(any::<u8>(), 1..600),
        before in 0_usize..6,
    ) {
        for (bytes, places) in containers() {
            let before = if places[0] == 0 { before.max(4) } else { before };
            let (head, tail) = bytes.split_at(places[before]);
            let (frames, facts) = read(&[head, &garbage, tail].concat()).unwrap();
            prop_assert_eq!(found(&frames), (0..8).collect::<Vec<_>>());
            prop_assert!(facts.damage.total() > 0);
        }
    }

    /// Random bytes behind a right beginning: reading ends, and says what it made of them.
    #[test]
    fn random_bytes_end(noise in prop::collection::vec(any::<u8>(), 0..3_000)) {
        for (bytes, _) in containers() {
            let (frames, _) = read(&[bytes, noise.clone()].concat()).unwrap();
            prop_assert!(found(&frames).len() == 8);
        }
    }
}
