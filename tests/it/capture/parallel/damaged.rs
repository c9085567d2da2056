//! Captures damaged at a seam, before it, behind it or anywhere.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::captures::{ALL, frames, packets};
use super::{Given, any_parallel, assert_same, read_in_order, shared_by, write};
use crate::common::craft::{Order, Pcap, Pcapng};
use crate::common::scratch;

/// What befalls the bytes of a file.
#[derive(Clone, Debug)]
enum Damage {
    /// One byte is another.
    Flipped(u8),
    /// As many bytes are all the same.
    Filled(u8, usize),
    /// As many bytes are missing.
    Lost(usize),
    /// Bytes of the file stand there once more.
    Repeated(usize),
    /// There are other bytes between.
    Garbage(Vec<u8>),
    /// The file ends.
    Cut,
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        6 => (1_u8..=255).prop_map(Damage::Flipped),
        1 => (prop_oneof![Just(0), Just(0xff)], 1_usize..5_000).prop_map(|(byte, count)| Damage::Filled(byte, count)),
        1 => (1_usize..2_000).prop_map(Damage::Lost),
        1 => (1_usize..2_000).prop_map(Damage::Repeated),
        1 => vec(any::<u8>(), 1..300).prop_map(Damage::Garbage),
        1 => Just(Damage::Cut),
    ]
}

/// Does that at a place behind the file's own header.
fn spoil(bytes: &mut Vec<u8>, at: usize, damage: Damage) {
    let at = at.clamp(28.min(bytes.len()), bytes.len());
    let to = |count: usize| at.saturating_add(count).min(bytes.len());
    match damage {
        Damage::Flipped(mask) => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= mask),
        Damage::Filled(byte, count) => {
            let to = to(count);
            bytes[at..to].fill(byte);
        }
        Damage::Lost(count) => drop(bytes.drain(at..to(count))),
        Damage::Repeated(count) => {
            let again = bytes[at..to(count)].to_vec();
            drop(bytes.splice(at..at, again));
        }
        Damage::Garbage(garbage) => drop(bytes.splice(at..at, garbage)),
        Damage::Cut => bytes.truncate(at),
    }
}

/// Where each record begins, the last entry being the file's length.
fn places(bytes: &[u8], first: usize, length: impl Fn(&[u8]) -> usize) -> Vec<usize> {
    let mut places = vec![first];
    while let Some(ahead) = bytes.get(places[places.len() - 1]..).filter(|ahead| !ahead.is_empty()) {
        places.push(places[places.len() - 1] + length(ahead));
    }
    places
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

/// Each byte of the headers beside a seam, in turn: records begin right at it, before it and behind it.
#[test]
fn a_header_damaged_beside_a_seam_is_read_as_in_order() {
    let folder = scratch("damaged_beside_a_seam");
    let pcap = frames(Pcap::new(Order::Little), 150).bytes;
    let pcapng = packets(Pcapng::with_interface(Order::Little), 150).bytes;
    let of_pcap = places(&pcap, 24, |ahead| 16 + u32_at(ahead, 8));
    let of_pcapng = places(&pcapng, 48, |ahead| u32_at(ahead, 4));
    for (bytes, places, header) in [(pcap, of_pcap, 16), (pcapng, of_pcapng, 28)] {
        assert_eq!(places.last(), Some(&bytes.len()));
        // Where one record is the first of a chunk.
        let chunk = places[40];
        let damaged = [
            places[39]..places[39] + header,
            places[40] - 4..places[40] + header,
            places[41]..places[41] + header,
        ];
        for at in damaged.into_iter().flatten() {
            for mask in [0x01, 0x10, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] ^= mask;
                // The file is long enough for chunks of that length where it is there several times.
                let tail = bytes[places[0]..].repeat(5);
                let path = write(&folder, "a.pcap", &[damaged, tail].concat());
                let in_order = read_in_order(&path);
                for chunk in [chunk - 1, chunk, chunk + 1] {
                    let parallel = shared_by(2, u32::try_from(chunk).unwrap());
                    assert_same(&path, &in_order, parallel, &format!("byte {at} ^ {mask:#x}"));
                }
            }
        }
    }
}

/// The file that a failure is about may be none any more.
fn read(bytes: &[u8], name: &str) -> (std::path::PathBuf, Given) {
    let path = write(&scratch(name), "a.pcap", bytes);
    let in_order = read_in_order(&path);
    (path, in_order)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damage_anywhere_is_told_as_in_order(
        which in any::<Index>(),
        damages in vec((any::<Index>(), damage()), 1..6),
        parallel in any_parallel(),
    ) {
        let (name, whole) = which.get(&ALL);
        let mut bytes = whole.clone();
        for (at, damage) in damages.clone() {
            let at = at.index(bytes.len());
            spoil(&mut bytes, at, damage);
        }
        let (path, in_order) = read(&bytes, "damage_anywhere");
        assert_same(&path, &in_order, parallel, &format!("{name}, {damages:?}"));
    }

    #[test]
    fn damage_beside_a_seam_is_told_as_in_order(
        which in any::<Index>(),
        damages in vec((any::<Index>(), -40_isize..40, damage()), 1..4),
        parallel in any_parallel(),
    ) {
        let (name, whole) = which.get(&ALL);
        let mut bytes = whole.clone();
        let chunk = parallel.chunk.get() as usize;
        for (seam, beside, damage) in damages.clone() {
            let seam = (1 + seam.index(bytes.len() / chunk + 1)) * chunk;
            spoil(&mut bytes, seam.saturating_add_signed(beside), damage);
        }
        let (path, in_order) = read(&bytes, "damage_beside_a_seam");
        assert_same(&path, &in_order, parallel, &format!("{name}, {damages:?}"));
    }
}
