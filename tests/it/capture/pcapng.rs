//! pcapng: what is written is read.

use sagap::capture::Counters;

use crate::common::craft::{Order, Pcapng};
use crate::common::read::{read, sentences};

const SECOND: i64 = 1_000_000_000;
const ORDERS: [Order; 2] = [Order::Big, Order::Little];

#[test]
fn every_kind_of_packet_block() {
    for order in ORDERS {
        let pcapng = Pcapng::with_interface(order)
            .simple(5, &[1, 2, 3, 4, 5])
            .enhanced(0, 7_000_001, &[1, 2, 3], &[(2, &[1, 0, 0, 0])])
            .old_packet(0, 8_000_000, &[9])
            .simple(5, &[1, 2, 3, 4, 5]);
        let (frames, facts) = read(&pcapng.bytes).unwrap();
        let read: Vec<_> = frames.iter().map(|f| (f.number, f.nanos, f.bytes.len())).collect();
        let times = [0, 7 * SECOND + 1_000, 8 * SECOND, 8 * SECOND];
        assert_eq!(read, [(1, times[0], 5), (2, times[1], 3), (3, times[2], 1), (4, times[3], 5)]);
        assert_eq!((facts.untimed_frames, facts.damage.total()), (2, 0));
    }
}

#[test]
fn a_simple_packet_is_cut_by_the_first_interfaces_snaplen() {
    let pcapng = Pcapng::new(Order::Little).interface(1, 3, &[]).simple(100, &[1, 2, 3]);
    let frame = read(&pcapng.bytes).unwrap().0.remove(0);
    assert_eq!((frame.bytes, frame.wire_len), (vec![1, 2, 3], 100));
}

#[test]
fn resolutions_and_offsets_of_each_interface() {
    for order in ORDERS {
        let ten_less = order.u64((-10_i64).cast_unsigned());
        let pcapng = Pcapng::new(order)
            .interface(1, 0, &[(9, &[9])])
            .interface(1, 0, &[(9, &[0x80 + 4]), (14, &order.u64(100))])
            .interface(1, 0, &[(14, &ten_less)])
            .enhanced(0, 1_700_000_000_123_456_789, &[1], &[])
            .enhanced(1, 24, &[1], &[])
            .enhanced(2, 11_000_000, &[1], &[]);
        let nanos: Vec<_> = read(&pcapng.bytes).unwrap().0.iter().map(|frame| frame.nanos).collect();
        assert_eq!(nanos, [1_700_000_000_123_456_789, 101 * SECOND + SECOND / 2, SECOND]);
    }
}

#[test]
fn sections_each_in_its_own_byte_order_count_interfaces_on() {
    let pcapng = Pcapng::new(Order::Big)
        .interface(1, 0, &[(2, b"eth0")])
        .interface(113, 96, &[(2, b"any")])
        .enhanced(1, 1_000_000, &[1], &[])
        .section(Order::Little)
        .interface(101, 0, &[(2, b"tun\xff")])
        .enhanced(0, 2_000_000, &[2], &[])
        .section(Order::Big)
        .interface(1, 0, &[])
        .enhanced(0, 3_000_000, &[3], &[]);
    let (frames, facts) = read(&pcapng.bytes).unwrap();
    let read: Vec<_> = frames.iter().map(|f| (f.number, f.interface, f.link_type, f.nanos)).collect();
    assert_eq!(read, [(1, 1, 113, SECOND), (2, 2, 101, 2 * SECOND), (3, 3, 1, 3 * SECOND)]);
    let names: Vec<_> = facts.interfaces.iter().map(|interface| interface.name.as_deref()).collect();
    assert_eq!(names, [Some("eth0"), Some("any"), Some("tun\u{fffd}"), None]);
    assert_eq!(facts.link_types().iter().map(|link| link.0).collect::<Vec<_>>(), [1, 101, 113]);
}

#[test]
fn unknown_and_custom_blocks_are_skipped_and_drops_kept() {
    for order in ORDERS {
        let pcapng = Pcapng::with_interface(order)
            .block(0x0bad, &[1; 8])
            .block(0x4000_0bad, &[])
            .block(0x7777, &vec![0xff; 200_000])
            .block(4, &[0; 4])
            .enhanced(0, 1, &[1], &[])
            .statistics(0, &[(5, &order.u64(3))])
            .statistics(0, &[(4, &order.u64(99)), (5, &order.u64(12))]);
        let (frames, facts) = read(&pcapng.bytes).unwrap();
        assert_eq!((frames.len(), facts.missing_frames(), facts.damage.total()), (1, Some(12), 0));
    }
    assert_eq!(read(&Pcapng::with_interface(Order::Big).bytes).unwrap().1.missing_frames(), None);
}

#[test]
fn what_interfaces_count_is_kept_by_interface() {
    for order in ORDERS {
        let pcapng = Pcapng::with_interface(order)
            .interface(113, 0, &[])
            .enhanced(0, 1_000_000, &[1], &[(4, &order.u64(0))])
            .enhanced(1, 2_000_000, &[1], &[(2, &[0; 4]), (4, &order.u64(3))])
            .enhanced(1, 3_000_000, &[1], &[(4, &order.u64(2))])
            .statistics(0, &[(4, &order.u64(90)), (5, &order.u64(1)), (7, &order.u64(1))])
            .statistics(0, &[(4, &order.u64(99)), (5, &order.u64(4)), (7, &order.u64(2))])
            .section(order)
            .interface(1, 0, &[])
            .statistics(0, &[(5, &order.u64(0))]);
        let facts = read(&pcapng.bytes).unwrap().1;
        let counters: Vec<_> = facts.interfaces.iter().map(|interface| interface.counters).collect();
        let first = Counters {
            received: Some(99),
            dropped: Some(4),
            dropped_by_system: Some(2),
            missing_between: None,
        };
        let second = Counters { missing_between: Some(5), ..Counters::default() };
        let third = Counters { dropped: Some(0), ..Counters::default() };
        assert_eq!(counters, [first, second, third]);
        let missing: Vec<_> = counters.iter().map(Counters::missing_frames).collect();
        assert_eq!(missing, [Some(6), Some(5), Some(0)]);
        assert_eq!(facts.missing_frames(), Some(11));
        assert_eq!(facts.first_loss.map(|(frame, time)| (frame.0, time.nanos())), Some((2, 2 * SECOND)));
    }
}

#[test]
fn drops_of_the_obsolete_packet_block_count_unless_unknown() {
    let unknown = Pcapng::with_interface(Order::Big).enhanced(0, 1, &[1], &[]);
    let mut unknown = unknown.old_packet(0, 2, &[1]).bytes;
    let at = unknown.len() - 32 - 4 + 12 - 2;
    let known = read(&unknown).unwrap().1;
    assert_eq!((known.missing_frames(), known.first_loss.map(|(frame, _)| frame.0)), (Some(7), Some(2)));
    unknown[at..at + 2].fill(0xff);
    let unknown = read(&unknown).unwrap().1;
    assert_eq!((unknown.missing_frames(), unknown.first_loss, unknown.damage.total()), (None, None, 0));
}

#[test]
fn statistics_cite_the_last_frame_before_them() {
    let order = Order::Little;
    let pcapng = Pcapng::with_interface(order).statistics(0, &[(5, &order.u64(1))]);
    assert_eq!(read(&pcapng.bytes).unwrap().1.first_loss, None);
    let pcapng = pcapng.enhanced(0, 5_000_000, &[1], &[]).enhanced(0, 6_000_000, &[1], &[]);
    let facts = read(&pcapng.statistics(0, &[(5, &order.u64(9))]).bytes).unwrap().1;
    assert_eq!(facts.first_loss.map(|(frame, time)| (frame.0, time.nanos())), Some((2, 6 * SECOND)));
}

#[test]
fn names_and_secrets_are_told_and_no_key_is_kept() {
    for order in ORDERS {
        let names = [
            &order.u16(1)[..],
            &order.u16(7),
            &[192, 0, 2, 1],
            b"gw\0\0",
            &order.u16(2),
            &order.u16(19),
            &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9],
            b"v6\0\0",
            &[0; 4],
        ]
        .concat();
        let secrets = |kind: u32| [order.u32(kind), order.u32(4), *b"key!"].concat();
        let pcapng = Pcapng::with_interface(order)
            .block(10, &secrets(0x544c_534b))
            .block(10, &secrets(0x544c_534b))
            .block(10, &secrets(7))
            .block(10, &[])
            .block(4, &names)
            .block(4, &names[..8])
            .enhanced(0, 1, &[1], &[]);
        let (frames, facts) = read(&pcapng.bytes).unwrap();
        assert_eq!(frames.len(), 1);
        let names: Vec<_> = facts.names.iter().map(|(address, name)| format!("{address}={name}")).collect();
        assert_eq!(names, ["192.0.2.1=gw", "2001:db8::9=v6"]);
        let secrets: Vec<_> = facts.secrets.iter().map(|(kind, blocks)| format!("{kind} {blocks}")).collect();
        assert_eq!(secrets, ["kind 0x00000007 1", "TLS 2"]);
        let counts: Vec<_> = facts.damage.counts().collect();
        assert_eq!(counts, [("names do not fit", 1), ("block too short", 1)]);
        assert!(!format!("{facts:?}").contains("key!"));
    }
    let many = (0..30)
        .fold(Pcapng::with_interface(Order::Big), |pcapng, kind| pcapng.block(10, &Order::Big.u32(kind + 1)));
    let secrets = read(&many.bytes).unwrap().1.secrets;
    assert_eq!((secrets.len(), secrets.values().sum::<u64>()), (17, 30));
}

#[test]
fn bad_options_and_fields_harm_nothing_else() {
    let pcapng = Pcapng::with_interface(Order::Little)
        .enhanced(0, 1, &[1], &[(1, b"caf\xe9")])
        .enhanced(7, 2, &[2], &[])
        .raw_enhanced(0, 3, [900, 900], &[3; 4], &[])
        .raw_enhanced(0, 4, [4, 2], &[4; 4], &[])
        .enhanced(0, 5, &[5], &[]);
    let (frames, facts) = read(&pcapng.bytes).unwrap();
    let read: Vec<_> = frames.iter().map(|f| (f.number, f.bytes.len())).collect();
    assert_eq!(read, [(1, 1), (3, 4), (4, 4), (5, 1)], "frames count on where one is skipped");
    assert_eq!(
        sentences(&facts),
        [
            "comment in the block at byte 48 is not UTF-8; not read",
            "block at byte 96 is of interface 7, which is not described; frame skipped",
            "block at byte 132 claims 900 bytes of a frame and holds 4",
            "record at byte 168 holds 4 bytes of a frame of 2",
        ]
    );
}

#[test]
fn a_snaplen_that_is_too_small_is_told_and_frames_are_read() {
    let pcapng = Pcapng::new(Order::Big).interface(1, 2, &[]).enhanced(0, 1, &[1; 60], &[]);
    let (frames, facts) = read(&pcapng.bytes).unwrap();
    assert_eq!(frames[0].bytes.len(), 60);
    assert_eq!(sentences(&facts), ["record at byte 48 holds 60 bytes, more than the snaplen 2"]);
}

#[test]
fn a_file_of_nothing_but_interfaces_takes_bounded_memory() {
    let mut pcapng = Pcapng::new(Order::Little);
    for _ in 0..70_000 {
        pcapng = pcapng.interface(1, 0, &[]);
    }
    let (frames, facts) = read(&pcapng.enhanced(0, 1, &[1], &[]).bytes).unwrap();
    assert_eq!((frames.len(), facts.interfaces.len()), (1, 65_536));
    assert_eq!(facts.damage.counts().collect::<Vec<_>>(), [("too many interfaces", 70_000 - 65_536)]);
    assert_eq!(facts.damage.first().len(), 20);
}

#[test]
fn times_out_of_range_are_told() {
    let options: [&[(u16, &[u8])]; 3] =
        [&[(9, &[0])], &[(9, &[0x80])], &[(14, &(i64::MAX / 1_000).to_le_bytes())]];
    for options in options {
        let pcapng = Pcapng::new(Order::Little)
            .interface(1, 0, options)
            .enhanced(0, 1_700_000_000_000_000, &[1; 60], &[])
            .enhanced(0, 1_700_000_000_000_001, &[2; 60], &[]);
        let (frames, facts) = read(&pcapng.bytes).unwrap();
        assert!(frames.iter().all(|frame| frame.nanos == i64::MAX), "{options:?}");
        assert_eq!(facts.damage.counts().collect::<Vec<_>>(), [("time out of range", 2)], "{options:?}");
        let told = sentences(&facts);
        assert!(told[0].starts_with("time in the block at byte "), "{told:?}");
        assert!(told[0].ends_with(" is out of range; clamped"), "{told:?}");
    }
}
