//! Whole captures whose records lie across seams.

use proptest::prelude::*;
use proptest::sample::Index;

use super::captures::{ALL, T, frames, packets, payload};
use super::{THREADS, any_parallel, assert_same, read_in_order, read_shared, shared_by, write};
use crate::common::craft::{Order, Pcap, Pcapng};
use crate::common::scratch;

#[test]
fn every_capture_is_the_same_whatever_its_chunks() {
    let folder = scratch("seams_every_capture");
    for (at, (name, bytes)) in ALL.iter().enumerate() {
        let path = write(&folder, &format!("{at}.pcap"), bytes);
        let in_order = read_in_order(&path);
        assert!(in_order.frames.len() > 50, "{name} has {} frames", in_order.frames.len());
        for chunk in [64, 512, 1_000, 4_096] {
            for threads in THREADS {
                assert_same(&path, &in_order, shared_by(threads, chunk), name);
            }
        }
    }
}

/// Reading in order would give the same; this tells that it is not that which was compared.
#[test]
fn where_nothing_is_odd_all_but_the_end_is_read_in_chunks() {
    let folder = scratch("seams_in_chunks");
    let plain = [
        ("a.pcap", frames(Pcap::new(Order::Big), 2_000).bytes),
        ("b.pcapng", packets(Pcapng::with_interface(Order::Little), 2_000).bytes),
    ];
    for (name, bytes) in plain {
        let path = write(&folder, name, &bytes);
        for threads in THREADS {
            let (given, counted) = read_shared(&path, shared_by(threads, 4_096));
            let chunks = u32::try_from(bytes.len() / 4_096).unwrap();
            // What is ahead when the first interface is described is begun once more.
            let most = chunks + 4 + 2 * u32::try_from(threads).unwrap();
            assert_eq!(given.frames.len(), 2_000);
            assert!((chunks - 1..=most).contains(&counted.begun), "{name}: {counted:?}, {chunks} chunks");
            assert!(counted.glanced >= 1_850, "{name}: {counted:?}");
        }
        let (given, counted) = read_shared(&path, shared_by(2, super::IN_ORDER));
        assert_eq!((given.frames.len(), counted.glanced), (2_000, 0), "{name}");
    }
}

/// Records longer than what is read on for by whoever digests a chunk.
#[test]
fn records_of_a_megabyte_are_the_same_whatever_their_chunks() {
    let folder = scratch("seams_megabytes");
    let long: Vec<u8> = (0..15_000).flat_map(payload).take(600_000).collect();
    let pcap = Pcap::with(Order::Little, 0xa1b2_c3d4, 1 << 20, 1);
    let pcap = frames(pcap, 500).record(T, 0, &long).record(T, 1, &vec![0; 1 << 20]);
    let pcap = frames(pcap, 500).record(T, 0, &long[..500_000]);
    let path = write(&folder, "a.pcap", &frames(pcap, 5_000).bytes);
    let in_order = read_in_order(&path);
    for (threads, chunk) in [(1, 10_000), (2, 65_536), (7, 100_000), (2, 256 * 1024)] {
        assert_same(&path, &in_order, shared_by(threads, chunk), "records of a megabyte");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_capture_is_the_same_whatever_its_chunks(which in any::<Index>(), parallel in any_parallel()) {
        let (name, bytes) = which.get(&ALL);
        let path = write(&scratch("seams_any_capture"), "a.pcap", bytes);
        assert_same(&path, &read_in_order(&path), parallel, name);
    }
}
