//! Crafted captures whose records lie across seams in every way.

use std::sync::LazyLock;

use crate::common::craft::{MODIFIED, Order, Pcap, Pcapng};

/// A name and the bytes of each.
pub(super) static ALL: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(all);

fn all() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for order in [Order::Big, Order::Little] {
        for magic in [MICROS, NANOS, MODIFIED] {
            let head = || Pcap::with(order, magic, 262_144, 1);
            let name = |what: &str| format!("{what} in a pcap {order:?} {magic:#x}");
            all.push((name("frames"), frames(head(), 300).bytes));
            all.push((name("a capture"), carried(head(), order).bytes));
            all.push((name("empty records"), empty(head()).bytes));
            all.push((name("times"), times(head()).bytes));
            all.push((name("giants"), giants(head()).bytes));
            all.push((name("chains"), chains(head(), order, 16 + usize::from(magic == MODIFIED) * 8).bytes));
        }
        all.push((format!("captures one behind the other, {order:?}"), one_behind_the_other(order)));
        all.push((format!("short frames, {order:?}"), short(order).bytes));
        all.push((
            format!("packets in a pcapng {order:?}"),
            packets(Pcapng::with_interface(order), 300).bytes,
        ));
        all.push((format!("blocks in a pcapng {order:?}"), blocks_carried(order).bytes));
        all.push((format!("interfaces in a pcapng {order:?}"), interfaces(order).bytes));
        all.push((format!("sections in a pcapng {order:?}"), sections(order).bytes));
        all.push((format!("other blocks in a pcapng {order:?}"), other_blocks(order).bytes));
        all.push((format!("giants in a pcapng {order:?}"), giant_packets(order).bytes));
    }
    all
}

/// The payload of frame `i`: noise of 1 to 120 bytes.
pub(super) fn payload(i: u32) -> Vec<u8> {
    (0..=i * 37 % 120).map(|k| (i * 31 + k * 7 + i * k).to_le_bytes()[0]).collect()
}

pub(super) fn frames(pcap: Pcap, count: u32) -> Pcap {
    (0..count).fold(pcap, |pcap, i| pcap.record(T + i / 8, i % 1_000 * 1_000, &payload(i)))
}

/// Frames that carry several records, whole ones that are near in time, among others.
fn carried(pcap: Pcap, order: Order) -> Pcap {
    (0..60).fold(pcap, |pcap, i| {
        let inner = frames(Pcap::new(order), i % 20);
        let behind_its_header = &inner.bytes[24..];
        let whole = if i % 3 == 0 { &inner.bytes[..] } else { behind_its_header };
        pcap.record(T + i, 7, whole).record(T + i, 8, &payload(i))
    })
}

/// Frames that are filled with records, each of which leads to the next and the last one to the record behind the frame.
fn chains(pcap: Pcap, order: Order, header_bytes: usize) -> Pcap {
    (0..40).fold(pcap, |pcap, i: u32| {
        let links = 1 + i as usize % 30;
        let length = u32::try_from(header_bytes).expect("it is small").max(16) + i % 5;
        let head: Vec<u8> =
            [T + i, i, length, length].into_iter().flat_map(|field| order.u32(field)).collect();
        let mut link = head;
        link.resize(header_bytes + length as usize, 0x11);
        pcap.record(T + i, 1, &link.repeat(links)).record(T + i, 2, &payload(i))
    })
}

/// Records without a byte captured of a frame, some with none on the wire.
fn empty(pcap: Pcap) -> Pcap {
    (0..200).fold(pcap, |pcap, i| {
        let wire = if i % 4 == 0 { 0 } else { 60 };
        let pcap = pcap.raw_record([T + i, 3, 0, wire], &[]);
        if i % 3 == 0 { pcap.record(T + i, 4, &payload(i)) } else { pcap }
    })
}

/// Times that run backwards, and that jump by more than thirty days: for one frame, for two, and for good.
fn times(pcap: Pcap) -> Pcap {
    (0..300).fold(pcap, |pcap, i| {
        let seconds = match i {
            40 => 5,
            80 | 81 => T + 40 * DAY,
            120.. if i % 50 == 7 => T - 50 * DAY,
            150.. => T + 100 * DAY - i,
            _ => T + i - i % 7 * 2,
        };
        pcap.record(seconds, i, &payload(i))
    })
}

/// Records longer than several chunks: of noise, of zeros, of records.
fn giants(pcap: Pcap) -> Pcap {
    let noise: Vec<u8> = (0..300).flat_map(payload).collect();
    let records = frames(Pcap::new(Order::Little), 100).bytes;
    (0..6).fold(pcap, |pcap, i| {
        let pcap = frames(pcap, 5 + i).record(T + i, 0, &noise).record(T + i, 1, &payload(i));
        pcap.record(T + i, 2, &vec![0; 5_000]).record(T + i, 3, &records).record(T + i, 4, &records)
    })
}

/// Pcaps that differ in order, unit, link type and time, and one that is the same as before.
fn one_behind_the_other(order: Order) -> Vec<u8> {
    let other = if order == Order::Big { Order::Little } else { Order::Big };
    let far = Pcap::with(order, NANOS, 262_144, 101);
    let far = (0..100).fold(far, |pcap, i| pcap.record(77 + i, i, &payload(i)));
    [
        frames(Pcap::new(order), 90).bytes,
        frames(Pcap::with(order, NANOS, 65_535, 1), 80).bytes,
        frames(Pcap::with(other, MODIFIED, 65_535, 113), 70).bytes,
        far.bytes,
        frames(Pcap::new(order), 3).bytes,
        frames(Pcap::new(order), 90).bytes,
    ]
    .concat()
}

/// Frames cut by the snaplen, with a frame check sequence that the wire length counts; some are longer than the snaplen,
/// longer than on the wire, or have too large a fraction of a second.
fn short(order: Order) -> Pcap {
    (0..300_u32).fold(Pcap::with(order, MICROS, 96, 0x2400_0001), |pcap, i| {
        let length = 60 + i % 37;
        let frame = vec![i.to_le_bytes()[0] | 1; length as usize];
        match i % 90 {
            20 => pcap.raw_record([T, 1_000_000 + i, length, length], &frame),
            40 => pcap.raw_record([T, 5, length, length - 1], &frame),
            60 => pcap.raw_record([T, 5, 120, 120], &[3; 120]),
            _ => pcap.raw_record([T, i, length, 1_500], &frame),
        }
    })
}

pub(super) fn packets(pcapng: Pcapng, count: u32) -> Pcapng {
    (0..count).fold(pcapng, |pcapng, i| {
        let options: &[(u16, &[u8])] =
            if i % 3 == 0 { &[(1, b"a comment"), (2, &[1, 0, 0, 0])] } else { &[] };
        pcapng.enhanced(0, ticks(i), &payload(i), options)
    })
}

/// Packets that carry blocks: packets, descriptions of interfaces, sections.
fn blocks_carried(order: Order) -> Pcapng {
    (0..60).fold(Pcapng::with_interface(order), |pcapng, i| {
        let inner = packets(Pcapng::with_interface(order), i % 25);
        let carried = if i % 3 == 0 { &inner.bytes[..] } else { &inner.bytes[48..] };
        pcapng.enhanced(0, ticks(i), carried, &[]).enhanced(0, ticks(i), &payload(i), &[])
    })
}

/// Interfaces that are described in the middle, with clocks, link types and snaplens of their own.
fn interfaces(order: Order) -> Pcapng {
    (0..12_u32).fold(packets(Pcapng::with_interface(order), 20), |pcapng, i| {
        let resolution = [6 + i.to_le_bytes()[0] % 4];
        let link = if i % 2 == 0 { 1 } else { 101 };
        let pcapng = pcapng.interface(link, i % 3 * 50, &[(2, b"eth"), (9, &resolution)]);
        // A packet of an interface that is not described yet is none.
        (0..25).fold(pcapng, |pcapng, k| pcapng.enhanced(k % (i + 3), ticks(i * 25 + k), &payload(k), &[]))
    })
}

/// Sections in either order, whose first interfaces differ in clock and link type.
fn sections(order: Order) -> Pcapng {
    (0..10_u8).fold(packets(Pcapng::with_interface(order), 30), |pcapng, i| {
        let order = if i % 3 == 1 { Order::Big } else { Order::Little };
        // Packets of a section that describes no interface are none.
        let pcapng = if i % 2 == 0 { packets(pcapng.section(order), 20) } else { pcapng };
        let pcapng = pcapng.section(order).interface(u16::from(i % 2) * 100 + 1, 0, &[(9, &[3 + i])]);
        packets(pcapng, 5 + 11 * u32::from(i))
    })
}

/// Statistics, names, secrets, blocks of no known kind, packets of other kinds, and packets with options of which
/// something is noted.
fn other_blocks(order: Order) -> Pcapng {
    let name = [&order.u16(1)[..], &order.u16(9), &[192, 0, 2, 7], b"host\0", &[0; 3], &[0; 4]].concat();
    let secrets = [order.u32(0x544c_534b), order.u32(0)].concat();
    (0..300).fold(Pcapng::new(order).interface(1, 130, &[]), |pcapng, i| {
        let pcapng = pcapng.enhanced(0, ticks(i), &payload(i), &[]);
        let (drops, frame) = (order.u64(u64::from(i % 2)), payload(i));
        match i % 40 {
            3 => pcapng.statistics(0, &[(4, &order.u64(i.into())), (5, &order.u64(u64::from(i / 120)))]),
            7 => pcapng.block(4, &name),
            11 => pcapng.block(10, &secrets),
            13 => pcapng.block(0x0bad_0bad, &frame[..frame.len() / 4 * 4]),
            17 => pcapng.enhanced(0, ticks(i), &frame, &[(4, &drops)]),
            19 => pcapng.enhanced(0, ticks(i), &frame, &[(1, b"\xff\xfe")]),
            23 => pcapng.simple(u32::try_from(frame.len()).expect("it is small"), &frame),
            25 => pcapng.simple(900, &[5; 200]),
            27 => pcapng.old_packet(0, ticks(i), &frame),
            29 => pcapng.raw_enhanced(0, ticks(i), [140, 140], &[1; 140], &[]),
            31 => pcapng.raw_enhanced(0, ticks(i), [60, 59], &[1; 60], &[]),
            33 => pcapng.raw_enhanced(0, ticks(i), [90, 90], &[1; 60], &[]),
            35 => pcapng.raw_enhanced(0, u64::MAX, [60, 60], &[1; 60], &[]),
            37 => pcapng.enhanced(9, ticks(i), &frame, &[]),
            39 => pcapng.raw_enhanced(0, ticks(i), [0, 60], &[], &[]),
            _ => pcapng,
        }
    })
}

fn giant_packets(order: Order) -> Pcapng {
    let noise: Vec<u8> = (0..200).flat_map(payload).collect();
    let inner = packets(Pcapng::with_interface(order), 60).bytes;
    (0..6).fold(Pcapng::with_interface(order), |pcapng, i| {
        let pcapng = packets(pcapng, 4 + i).enhanced(0, ticks(i), &noise, &[]);
        pcapng.enhanced(0, ticks(i), &inner, &[]).enhanced(
            0,
            ticks(i),
            &vec![0; 6_000],
            &[(1, &noise[..3_000])],
        )
    })
}

/// Microseconds, which come late now and then.
fn ticks(i: u32) -> u64 {
    u64::from(T + i - i % 11) * 1_000_000
}

pub(super) const T: u32 = 1_700_000_000;
pub(super) const NANOS: u32 = 0xa1b2_3c4d;
const MICROS: u32 = 0xa1b2_c3d4;
const DAY: u32 = 86_400;
