//! All that is written of a capture is the same, byte for byte, however it was shared out.

use std::fs;
use std::io;
use std::path::PathBuf;

use sagap::capture::{CaptureId, Frame, Parallel, Roster};
use sagap::decode::{self, Packet};
use sagap::report::{Report, TableFormat, TimelineEntry, TimelineTable, messages, to_json};
use sagap::run::{self, Options, Sink, Wanted};
use sagap::time::Timestamp;
use sagap::wire::ike::{ExchangeType, PayloadType};

use super::{IN_ORDER, THREADS, expanded, shared_by, write};
use crate::common::craft::{MODIFIED, Order, Pcap};
use crate::common::frames::{ethernet, ipv4_fragment, udp};
use crate::common::ike::sealed;
use crate::common::sagap::recordings;
use crate::common::scratch;
use crate::common::stored::{self, Stored};

/// What is written of captures: the report, and the tables of the timeline and of messages, with ESP and without.
#[derive(PartialEq, Eq)]
struct Written {
    report: String,
    timeline: String,
    messages: String,
    messages_without_esp: String,
}

/// As `analyze` and `export` write it.
fn written(paths: &[PathBuf], parallel: Parallel) -> Written {
    let mut timeline = Timeline { entries: Vec::new(), start: Timestamp::MAX };
    let (report, names) = ran(paths, parallel, &mut timeline);
    let report = to_json(&report).unwrap();
    let [messages, messages_without_esp] = [Wanted::Everything, Wanted::Messages].map(|wanted| {
        let mut beside = String::new();
        let messages =
            Messages::table(wanted, |sink| beside = to_json(&ran(paths, parallel, sink).0).unwrap());
        assert_eq!(report, beside, "frames that are skimmed and frames that are decoded");
        let alone = Messages::table(wanted, |sink| {
            let options = decode::Options::default();
            let mut captures = run::open(expanded(paths), parallel, &options);
            run::messages(&mut captures, &options, sink).expect("memory can be written");
        });
        assert_eq!(messages, alone, "messages beside all the rest, and alone");
        messages
    });
    Written { report, timeline: timeline.table(names), messages, messages_without_esp }
}

fn ran(paths: &[PathBuf], parallel: Parallel, sink: &mut dyn Sink) -> (Report, Vec<String>) {
    let mut captures = run::open(expanded(paths), parallel, &decode::Options::default());
    let report = run::run(&mut captures, &Options::default(), sink).expect("memory can be written");
    (report, captures.names())
}

struct Timeline {
    entries: Vec<TimelineEntry>,
    start: Timestamp,
}

impl Sink for Timeline {
    fn entry(&mut self, entry: TimelineEntry, start: Timestamp) -> io::Result<()> {
        self.start = start;
        self.entries.push(entry);
        Ok(())
    }
}

impl Timeline {
    fn table(&self, names: Vec<String>) -> String {
        let mut bytes = Vec::new();
        let mut table = TimelineTable::new(&mut bytes, TableFormat::Csv, names, self.start).unwrap();
        self.entries.iter().try_for_each(|entry| table.write(entry)).unwrap();
        table.finish().unwrap();
        String::from_utf8(bytes).expect("a table is UTF-8")
    }
}

struct Messages<'a> {
    writer: messages::Writer<&'a mut Vec<u8>>,
    wanted: Wanted,
}

impl Messages<'_> {
    /// The table that comes of a run.
    fn table(wanted: Wanted, run: impl FnOnce(&mut dyn Sink)) -> String {
        let mut bytes = Vec::new();
        let has_esp = wanted == Wanted::Everything;
        let writer = messages::Writer::new(&mut bytes, TableFormat::Csv, has_esp).unwrap();
        {
            let mut sink = Messages { writer, wanted };
            run(&mut sink);
            sink.writer.finish().unwrap();
        }
        String::from_utf8(bytes).expect("a table is UTF-8")
    }
}

impl Sink for Messages<'_> {
    fn wants(&self) -> Wanted {
        self.wanted
    }

    fn packet(
        &mut self,
        (_, name): (CaptureId, &str),
        frame: &Frame<'_>,
        packet: &Packet<'_>,
    ) -> io::Result<()> {
        self.writer.write(name, frame, packet)
    }
}

/// Asserts that the same is written with any number of threads, and chunks so small that there are many.
fn assert_same_output(paths: &[PathBuf]) -> Written {
    let in_order = written(paths, shared_by(1, IN_ORDER));
    let default = Parallel::default().chunk.get();
    for threads in THREADS {
        for chunk in [512, 4_096, 65_536, default] {
            let parallel = shared_by(threads, chunk);
            let shared = written(paths, parallel);
            assert!(shared.report == in_order.report, "the report on {paths:?}, {parallel:?}");
            assert!(shared.timeline == in_order.timeline, "the timeline of {paths:?}, {parallel:?}");
            assert!(shared == in_order, "the messages of {paths:?}, {parallel:?}");
        }
    }
    in_order
}

/// The project's own recordings.
fn paths() -> Vec<PathBuf> {
    let entries = fs::read_dir(recordings()).expect("captures/ is there");
    let paths = entries.map(|entry| entry.expect("captures/ is readable").path());
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "pcapng")).collect();
    paths.sort();
    paths
}

#[test]
fn every_recording_gives_the_same_output() {
    let paths = paths();
    assert!(paths.len() >= 29, "only {} recordings", paths.len());
    for path in paths {
        let written = assert_same_output(std::slice::from_ref(&path));
        assert!(written.messages.lines().count() > 20, "{} holds messages", path.display());
    }
}

#[test]
fn recordings_beside_each_other_give_the_same_output() {
    let paths = paths();
    let [first, .., last] = &paths[..] else { panic!("there are recordings") };
    assert_same_output(&[first.clone(), last.clone(), paths[paths.len() / 2].clone()]);
}

/// The frames of a recording in a pcap of every kind, in two pieces that overlap in time, and one behind the other.
#[test]
fn a_recording_written_anew_gives_the_same_output() {
    let folder = scratch("output_written_anew");
    let frames = Stored::all(&recordings().join("hsrp_v1_ikev2_no_negotiation.pcapng"));
    let of_kind = |order, magic| {
        let unit = if magic == 0xa1b2_3c4d { 1 } else { 1_000 };
        let pcap = Pcap::with(order, magic, 262_144, 1);
        let part = |nanos: i64| u32::try_from(nanos).expect("between 1970 and 2106");
        let whole = frames.iter().fold(pcap, |pcap, frame| {
            let (second, rest) = (frame.nanos / 1_000_000_000, frame.nanos % 1_000_000_000 / unit);
            pcap.record(part(second), part(rest), &frame.bytes)
        });
        whole.bytes
    };
    for order in [Order::Big, Order::Little] {
        for magic in [0xa1b2_c3d4, 0xa1b2_3c4d, MODIFIED] {
            let path = write(&folder, "kind.pcap", &of_kind(order, magic));
            let report = assert_same_output(&[path]).report;
            assert!(report.contains(r#""verdict": "no-negotiation""#), "{report}");
        }
    }
    let every_second = |from: usize| stored::write(frames.iter().skip(from).step_by(2).cloned());
    let woven = [write(&folder, "even.pcap", &every_second(0)), write(&folder, "odd.pcap", &every_second(1))];
    assert_same_output(&woven);
    let both = [of_kind(Order::Big, MODIFIED), of_kind(Order::Little, 0xa1b2_3c4d)].concat();
    assert_same_output(&[write(&folder, "both.pcap", &both)]);
}

/// Fragments of IKE messages, some of them right before a seam and the rest behind it, with other frames between.
#[test]
fn messages_whose_fragments_lie_on_both_sides_of_a_seam_give_the_same_output() {
    let folder = scratch("output_fragments");
    let mut pcap = Pcap::new(Order::Little);
    for i in 0..40_u16 {
        let message = sealed(ExchangeType::IKE_AUTH, 0x08, PayloadType(35), 3_000);
        let datagram = udp(500, 500, &message);
        let second = 1_700_000_000 + u32::from(i);
        for (at, piece) in datagram.chunks(536).enumerate() {
            let position = u32::try_from(at * 536).unwrap();
            let more = at * 536 + piece.len() < datagram.len();
            let fragment = ethernet(0x0800, &ipv4_fragment(i, position, more, 17, piece));
            pcap = pcap.record(second, position, &fragment).record(
                second,
                position,
                &ethernet(0x88cc, &[7; 50]),
            );
        }
    }
    let written = assert_same_output(&[write(&folder, "a.pcap", &pcap.bytes)]);
    assert_eq!(written.messages.lines().filter(|line| line.contains(",ike-auth,")).count(), 40);
}
