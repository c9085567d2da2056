//! Several captures, shared out at the same time: their frames come in the order of time.

use std::path::PathBuf;

use proptest::prelude::*;

use sagap::capture::{Captures, Parallel, Roster};

use super::captures::{ALL, NANOS, T, frames, packets, payload};
use super::{Given, THREADS, any_parallel, expanded, read_in_order, shared_by, write};
use crate::common::craft::{Order, Pcap, Pcapng};
use crate::common::read::Owned;
use crate::common::scratch;

/// All frames with the number of their capture, as the order of time has them: of several captures the one whose next
/// frame is the earliest gives it, the first of them where several are.
fn merged(captures: &[Given]) -> Vec<(u32, &Owned)> {
    let mut heads: Vec<_> = captures.iter().map(|given| given.frames.iter().peekable()).collect();
    let mut frames = Vec::new();
    loop {
        let next = heads.iter_mut().enumerate().filter_map(|(id, head)| Some((head.peek()?.nanos, id))).min();
        let Some((_, id)) = next else { return frames };
        frames.extend(heads[id].next().map(|frame| (u32::try_from(id).unwrap(), frame)));
    }
}

fn assert_merged(paths: &[PathBuf], in_order: &[Given], parallel: Parallel) {
    let expected = merged(in_order);
    let mut captures = Captures::skimmed(expanded(paths), parallel, &());
    let mut at = 0;
    while let Some(run) = captures.next_run() {
        assert!(run.count() > 0);
        for skimmed in run.frames_from(0) {
            let (id, frame) = expected[at];
            assert_eq!(
                (run.capture.0, &Owned::from(skimmed.frame())),
                (id, frame),
                "frame {at}, {parallel:?}"
            );
            at += 1;
        }
    }
    assert_eq!(at, expected.len(), "{parallel:?}");
    for (id, given) in captures.ids().zip(in_order) {
        assert_eq!(format!("{:#?}", captures.facts(id).unwrap()), given.facts, "{parallel:?}");
    }
    assert_eq!(captures.bytes_read(), captures.total_bytes());
}

/// One frame after the other, and blocks of frames, of files that are begun at different times.
fn files() -> Vec<Vec<u8>> {
    let woven = |first: u32, step: u32| {
        let pcap = Pcap::with(Order::Big, NANOS, 65_535, 1);
        (0..300).fold(pcap, |pcap, i| pcap.record(T + first + i * step / 8, i, &payload(i))).bytes
    };
    vec![
        woven(0, 1),
        woven(0, 1),
        woven(20, 7),
        packets(Pcapng::with_interface(Order::Little), 250).bytes,
        frames(Pcap::new(Order::Little), 300).bytes,
    ]
}

#[test]
fn several_captures_are_merged_whatever_their_chunks() {
    let folder = scratch("merged_captures");
    let write = |(at, bytes): (usize, Vec<u8>)| write(&folder, &format!("{at}.pcap"), &bytes);
    let paths: Vec<PathBuf> = files().into_iter().enumerate().map(write).collect();
    let in_order: Vec<Given> = paths.iter().map(|path| read_in_order(path)).collect();
    for threads in THREADS {
        for chunk in [64, 512, 4_096, super::IN_ORDER] {
            assert_merged(&paths, &in_order, shared_by(threads, chunk));
        }
    }
}

/// More captures than are read ahead at the same time.
#[test]
fn many_captures_are_merged_whatever_their_chunks() {
    let folder = scratch("merged_many");
    let bytes = frames(Pcap::new(Order::Big), 40).bytes;
    let paths: Vec<PathBuf> = (0..40).map(|at| write(&folder, &format!("{at:02}.pcap"), &bytes)).collect();
    let in_order: Vec<Given> = paths.iter().map(|path| read_in_order(path)).collect();
    for (threads, chunk) in [(1, 300), (2, 300), (7, 500), (2, super::IN_ORDER)] {
        assert_merged(&paths, &in_order, shared_by(threads, chunk));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_captures_are_merged_whatever_their_chunks(
        which in prop::sample::subsequence((0..ALL.len()).collect::<Vec<_>>(), 2..5),
        parallel in any_parallel(),
    ) {
        let folder = scratch("merged_any");
        let paths: Vec<PathBuf> =
            which.iter().map(|at| write(&folder, &format!("{at}.pcap"), &ALL[*at].1)).collect();
        let in_order: Vec<Given> = paths.iter().map(|path| read_in_order(path)).collect();
        assert_merged(&paths, &in_order, parallel);
    }
}
