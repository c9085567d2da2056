//! snoop: what is written is read.

use sagap::capture::{DamageKind, Format, LinkType};

use crate::common::craft::Snoop;
use crate::common::read::{Owned, read, sentences};

const T: u32 = 1_700_000_000;

#[test]
fn frames_times_and_padding() {
    let snoop = Snoop::new(4)
        .record(T, 999_999, &[1, 2, 3])
        .raw_record([1514, 4, 28, 0, T + 1, 0], &[9; 4])
        // Surveyor leaves much more behind a frame than padding.
        .raw_record([4, 4, 24 + 4 + 40, 0, T + 2, 0], &[8; 44])
        .record(T + 3, 0, &[]);
    let (frames, facts) = read(&snoop.bytes).unwrap();
    let first = Owned {
        number: 1,
        nanos: i64::from(T) * 1_000_000_000 + 999_999_000,
        wire_len: 3,
        interface: 0,
        link_type: 1,
        bytes: vec![1, 2, 3],
    };
    assert_eq!(frames[0], first);
    let lengths: Vec<_> = frames.iter().map(|frame| (frame.wire_len, frame.bytes.len())).collect();
    assert_eq!(lengths, [(3, 3), (1514, 4), (4, 4), (0, 0)]);
    assert_eq!((facts.format, facts.damage.total()), (Some(Format::Snoop), 0));
    assert_eq!((facts.missing_frames(), facts.first_loss), (None, None));
}

#[test]
fn data_links_have_their_link_types_or_keep_their_own_number() {
    let told = |data_link| {
        let frames = read(&Snoop::new(data_link).record(T, 0, &[1]).bytes).unwrap().0;
        LinkType(frames[0].link_type).to_string()
    };
    assert_eq!([0, 4, 2, 8].map(told), ["link type 1", "link type 1", "link type 6", "link type 10"]);
    assert_eq!(told(5), "snoop data link 5");
    assert_eq!(told(u32::MAX), "snoop data link 16711679");
}

#[test]
fn cumulative_drops_are_frames_that_are_missing() {
    let record = |snoop: Snoop, (i, drops): (u32, u32)| {
        snoop.raw_record([4, 4, 28, drops, T + i, 0], &[i.to_be_bytes()[3]; 4])
    };
    let facts = |drops: &[u32]| {
        let snoop = (1..).zip(drops.iter().copied()).fold(Snoop::new(4), record);
        read(&snoop.bytes).unwrap().1
    };
    let told = facts(&[0, 0, 3, 3, 10]);
    assert_eq!((told.missing_frames(), told.first_loss.map(|(frame, _)| frame.0)), (Some(10), Some(3)));
    // A counter that falls is none; one that wraps goes on.
    let told = facts(&[5, 2, 5, 6]);
    assert_eq!((told.missing_frames(), told.first_loss.map(|(frame, _)| frame.0)), (Some(6), Some(1)));
}

#[test]
fn lengths_that_cannot_be_are_named_and_lose_nothing_beside() {
    for record in [0, 24, 27, 28 + 65, 4_000_000_000] {
        let snoop = Snoop::new(4)
            .record(T, 0, &[1; 40])
            .raw_record([4, 4, record, 0, T + 1, 0], &[2; 4])
            .record(T + 2, 0, &[3; 40])
            .record(T + 3, 0, &[4; 40]);
        let (frames, facts) = read(&snoop.bytes).unwrap();
        assert_eq!(frames.len(), 4, "{record}");
        assert_eq!(sentences(&facts), [format!("record length {record} at byte 80 cannot be; read as 28")]);
    }
    let snoop = Snoop::new(4).record(T, 0, &[1; 40]).raw_record([0; 6], &[]);
    let facts = read(&snoop.bytes).unwrap().1;
    let kinds: Vec<_> = facts.damage.first().iter().map(|damage| damage.kind).collect();
    assert_eq!(kinds, [DamageKind::Skipped { claimed: 0, bytes: 24, to_the_end: true }]);
}

#[test]
fn a_header_that_is_cut_is_named() {
    for cut in 8..16 {
        let told = read(&Snoop::new(4).bytes[..cut]).map(|_| ()).unwrap_err().to_string();
        let expected = if cut < 8 { "" } else { "inside its header" };
        assert!(told.ends_with(expected), "{cut}: {told}");
    }
    assert_eq!(read(&Snoop::new(4).bytes).unwrap().0.len(), 0);
}
