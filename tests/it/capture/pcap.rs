//! pcap: what is written is read.

use std::io::{self, Read};

use crate::common::craft::{MODIFIED, Order, Pcap};
use crate::common::read::{Owned, read, read_from, sentences};

const T: u32 = 1_700_000_000;

#[test]
fn both_byte_orders_and_every_magic() {
    for order in [Order::Big, Order::Little] {
        for (magic, unit) in [(0xa1b2_c3d4, 1_000), (0xa1b2_3c4d, 1), (MODIFIED, 1_000)] {
            let pcap =
                Pcap::with(order, magic, 65_535, 113).record(T, 999_999, &[1, 2, 3]).record(T + 1, 0, &[]);
            let (frames, facts) = read(&pcap.bytes).unwrap();
            let first = Owned {
                number: 1,
                nanos: i64::from(T) * 1_000_000_000 + 999_999 * unit,
                wire_len: 3,
                interface: 0,
                link_type: 113,
                bytes: vec![1, 2, 3],
            };
            assert_eq!(frames[0], first);
            assert_eq!((frames[1].number, frames[1].bytes.len()), (2, 0));
            assert_eq!((facts.frames, facts.captured_bytes, facts.damage.total()), (2, 3, 0));
            assert_eq!(facts.bytes_read, pcap.bytes.len() as u64);
            assert_eq!(facts.first_time.unwrap().nanos(), frames[0].nanos);
            assert_eq!(facts.last_time.unwrap().nanos(), frames[1].nanos);
            assert_eq!(facts.interfaces[0].snaplen, 65_535);
        }
    }
}

#[test]
fn a_frame_cut_by_the_snaplen_keeps_its_wire_length() {
    let pcap = Pcap::with(Order::Little, 0xa1b2_c3d4, 4, 1).raw_record([T, 0, 4, 1514], &[9; 4]);
    let (frames, facts) = read(&pcap.bytes).unwrap();
    assert_eq!((frames[0].wire_len, frames[0].bytes.len(), facts.damage.total()), (1514, 4, 0));
}

#[test]
fn a_snaplen_of_zero_is_no_limit() {
    let pcap = Pcap::with(Order::Little, 0xa1b2_c3d4, 0, 1).record(T, 0, &[9; 60]);
    let (frames, facts) = read(&pcap.bytes).unwrap();
    assert_eq!((frames.len(), facts.damage.total()), (1, 0));
}

#[test]
fn frame_check_sequences_are_cut_off() {
    // 2 words of 16 bits; the same without the P bit, which says nothing; with a reserved bit set.
    for (network, fcs) in [(0x2400_0001, 4), (0x2000_0001, 0), (0x1600_0001, 2)] {
        for (order, magic) in [(Order::Big, 0xa1b2_c3d4), (Order::Little, MODIFIED)] {
            let pcap = Pcap::with(order, magic, 65_535, network)
                .record(T, 0, &[9; 64])
                .raw_record([T, 0, 60, 64], &[9; 60])
                .raw_record([T, 0, 62, 64], &[9; 62])
                .record(T, 0, &[9; 3]);
            let (frames, facts) = read(&pcap.bytes).unwrap();
            assert!(frames.iter().all(|frame| frame.link_type == 1));
            let lengths: Vec<_> = frames.iter().map(|frame| (frame.bytes.len(), frame.wire_len)).collect();
            let wire = 64 - fcs;
            let stored = |held: usize| held.min(wire as usize);
            let short = 3_u32.saturating_sub(fcs);
            let expected =
                [(stored(64), wire), (stored(60), wire), (stored(62), wire), (short as usize, short)];
            assert_eq!(lengths, expected, "{network:#x}");
            assert_eq!(facts.damage.total(), 0);
        }
    }
}

#[test]
fn frames_longer_than_the_window_are_read_whole() {
    let long = vec![0x5a; 3_000_000];
    let pcap = Pcap::with(Order::Little, 0xa1b2_c3d4, 4_000_000, 1).record(T, 0, &long).record(T, 1, &[1]);
    let (frames, facts) = read(&pcap.bytes).unwrap();
    assert_eq!((frames.len(), facts.damage.total()), (2, 0));
    assert_eq!((&frames[0].bytes, &frames[1].bytes), (&long, &vec![1]));
}

/// Gives what it has in pieces of every size from 1 to 40 bytes.
struct Pieces(Vec<u8>, usize, usize);

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.2 = self.2 % 40 + 1;
        let piece = (self.0.len() - self.1).min(self.2).min(into.len());
        into[..piece].copy_from_slice(&self.0[self.1..self.1 + piece]);
        self.1 += piece;
        Ok(piece)
    }
}

#[test]
fn what_is_read_does_not_depend_on_the_size_of_reads() {
    let mut pcap = Pcap::new(Order::Little);
    for i in 0..3_000_u32 {
        pcap = pcap.record(T + i, i, &vec![i.to_le_bytes()[0]; 1 + i as usize % 299]);
        if i % 500 == 499 {
            pcap = pcap.garbage(&[0xee; 77]);
        }
    }
    let whole = read(&pcap.bytes).unwrap();
    let pieces = read_from(Box::new(Pieces(pcap.bytes, 0, 0))).unwrap();
    assert_eq!(whole.0, pieces.0);
    assert_eq!(whole.1.damage, pieces.1.damage);
    assert_eq!(whole.0.len(), 3_000);
}

/// The second of two captures has its own byte order, fractions, link type and snaplen.
#[test]
fn a_capture_behind_another_is_read_as_its_own_header_says() {
    let kinds = |order| [0xa1b2_c3d4, 0xa1b2_3c4d, MODIFIED].map(|magic| (order, magic));
    let all = [kinds(Order::Big), kinds(Order::Little)].concat();
    for &(order, magic) in &all {
        for &(next_order, next_magic) in &all {
            let first = Pcap::with(order, magic, 65_535, 1);
            let empty = first.bytes.clone();
            let first = first.record(T, 7, &[1; 60]);
            let second = Pcap::with(next_order, next_magic, 96, 113).record(T, 9, &[2; 60]);
            let second = second.record(T - 100_000_000, 8, &[3; 60]);
            let at = first.bytes.len();
            let behind_none = read(&[&empty, &second.bytes[..]].concat()).unwrap().0;
            assert_eq!(behind_none.len(), 2);
            let (frames, facts) = read(&[first.bytes, second.bytes].concat()).unwrap();
            let read: Vec<_> = frames.iter().map(|frame| (frame.interface, frame.link_type)).collect();
            assert_eq!(
                read,
                [(0, 1), (1, 113), (1, 113)],
                "{order:?} {magic:#x} {next_order:?} {next_magic:#x}"
            );
            let unit = if next_magic == 0xa1b2_3c4d { 1 } else { 1_000 };
            assert_eq!(frames[1].nanos, i64::from(T) * 1_000_000_000 + 9 * unit);
            let told = format!("another capture begins at byte {at}; read by its header");
            assert_eq!(sentences(&facts), [told]);
            let snaplens: Vec<_> = facts.interfaces.iter().map(|interface| interface.snaplen).collect();
            assert_eq!(snaplens, [65_535, 96]);
        }
    }
}
