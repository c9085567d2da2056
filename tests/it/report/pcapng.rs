//! Frames written as pcapng and read back.

use sagap::capture::LinkType;
use sagap::report::{PcapngFrame, PcapngInterface, PcapngWriter};
use sagap::time::Timestamp;

use crate::common::read::{Owned, read};

fn on(link_type: u32, name: &str, snaplen: u32) -> PcapngInterface {
    PcapngInterface { link_type: LinkType(link_type), name: name.to_owned(), snaplen }
}

fn frame(nanos: i64, wire_len: u32, bytes: &[u8]) -> PcapngFrame<'_> {
    PcapngFrame { time: Timestamp::from_nanos(nanos), wire_len, bytes }
}

#[test]
fn what_is_written_is_read_back() {
    let mut writer = PcapngWriter::new(Vec::new(), &["a\nb".to_owned()]).unwrap();
    let eth0 = writer.interface(on(1, "eth0", 96)).unwrap();
    writer.frame(eth0, frame(1_795_409_242_826_686_657, 1_500, &[7; 61]), &[]).unwrap();
    let cooked = writer.interface(on(276, "größe\x1b[2J", 0)).unwrap();
    assert_eq!(writer.interface(on(1, "eth0", 96)).unwrap(), eth0);
    let comments = ["sagap: one".to_owned(), "\u{202e}two".to_owned()];
    writer.frame(cooked, frame(-5, 1, &[1, 2, 3]), &comments).unwrap();
    writer.frame(eth0, frame(i64::MAX - 1, 4, &[]), &comments[..1]).unwrap();
    let bytes = writer.finish().unwrap();
    for text in ["a\\nb", concat!("sagap ", env!("CARGO_PKG_VERSION")), "sagap: one", "\\u{202e}two"] {
        assert!(bytes.windows(text.len()).any(|it| it == text.as_bytes()), "{text}");
    }
    let owned = |number, nanos, wire_len, interface, link_type, bytes: &[u8]| {
        let bytes = bytes.to_vec();
        Owned { number, nanos, wire_len, interface, link_type, bytes }
    };
    let (frames, facts) = read(&bytes).unwrap();
    let wanted = [
        owned(1, 1_795_409_242_826_686_657, 1_500, 0, 1, &[7; 61]),
        // No time before 1970, and no wire length below what is stored.
        owned(2, 0, 3, 1, 276, &[1, 2, 3]),
        owned(3, i64::MAX - 1, 4, 0, 1, &[]),
    ];
    assert_eq!(frames, wanted);
    assert_eq!(facts.damage.total(), 0, "{:?}", facts.damage);
    let interfaces = facts.interfaces.iter().map(|it| (it.name.as_deref(), it.snaplen));
    assert_eq!(interfaces.collect::<Vec<_>>(), [(Some("eth0"), 96), (Some("größe\\u{1b}[2J"), 0)]);
}

#[test]
fn every_link_type_of_pcapng_keeps_its_number() {
    let mut writer = PcapngWriter::new(Vec::new(), &[]).unwrap();
    for number in (0..400).chain([0xffff]) {
        writer.interface(on(number, "", 0)).unwrap();
    }
    let error = writer.interface(on(0x0001_0005, "", 0)).unwrap_err();
    assert_eq!(error.to_string(), "snoop data link 5 has no number in pcapng");
    let (_, facts) = read(&writer.finish().unwrap()).unwrap();
    assert_eq!(facts.link_types(), (0..400).chain([0xffff]).map(LinkType).collect::<Vec<_>>());
    assert!(facts.interfaces.iter().all(|it| it.name.is_none()));
}

#[test]
fn texts_longer_than_an_option_can_say_break_no_block() {
    let mut writer = PcapngWriter::new(Vec::new(), &["x".repeat(200_000)]).unwrap();
    let eth0 = writer.interface(on(1, &"n".repeat(100_000), 0)).unwrap();
    writer.frame(eth0, frame(1, 1, &[1]), &["y".repeat(100_000)]).unwrap();
    let (frames, facts) = read(&writer.finish().unwrap()).unwrap();
    assert_eq!((frames.len(), facts.damage.total()), (1, 0));
}
