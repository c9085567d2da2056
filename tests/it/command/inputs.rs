//! Where captures come from: files, pipes, directories, pieces of one capture, several places.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::thread;

use sagap::cli;
use sagap::command::{self, Exit, Terminal};
use serde_json::Value;

use crate::common::sagap::{Ran, recordings, sagap, sagap_reading};
use crate::common::scratch;
use crate::common::stored::{Stored, pieces, write};

const SEED: &str = "hsrp_v1_ikev2_no_negotiation.pcapng";
const FLAPPING: &str = "hsrp_v1_ikev2_flapping.pcapng";

#[test]
fn standard_input_is_read_like_the_file() {
    let bytes = fs::read(recordings().join(SEED)).unwrap();
    let file = sagap(&recordings(), &["analyze", SEED]);
    let pipe = sagap_reading(&recordings(), &["analyze", "-"], bytes);
    assert_eq!(pipe, Ran { stdout: file.stdout.replace(SEED, "-"), ..file });
    let pcap = as_pcap(SEED);
    let alone = scratch("standard_input_is_read_like_the_file");
    fs::write(alone.join("a.pcap"), &pcap).unwrap();
    let file = sagap(&alone, &["export", "--table", "messages", "--esp", "a.pcap"]);
    let pipe = sagap_reading(&alone, &["export", "--table", "messages", "--esp", "-"], pcap);
    assert_eq!(pipe, Ran { stdout: file.stdout.replace("a.pcap,", "-,"), ..file });
}

#[test]
fn standard_input_that_is_no_capture_is_named() {
    let folder = recordings();
    let cases = [
        sagap(&folder, &["analyze", "-"]),
        sagap_reading(&folder, &["analyze", "-"], b"hello, world".to_vec()),
    ];
    let told: Vec<String> = cases.iter().map(Ran::ending).collect();
    insta::assert_snapshot!(format!(
        "{}\n{}",
        told.join("\n"),
        sagap(&folder, &["analyze", "-", "-"]).ending()
    ));
}

#[test]
fn a_capture_cannot_be_typed() {
    let terminal = Terminal { input: true, ..Terminal::default() };
    let invocation = cli::parse(["sagap", "analyze", "-"].map(Into::into)).expect("nothing is wrong with it");
    let (mut out, mut err) = (Vec::new(), Vec::new());
    assert_eq!(command::perform(&invocation, terminal, &mut out, &mut err), Exit::Failed);
    insta::assert_snapshot!(String::from_utf8(err).unwrap(), @"
    error: -: standard input is a terminal
    hint: pipe a capture into it (tcpdump -w - | sagap analyze -)
    ");
}

#[test]
fn a_fifo_is_read_to_its_end() {
    let folder = scratch("a_fifo_is_read_to_its_end");
    let made = Command::new("mkfifo").arg(folder.join("ring.fifo")).status();
    assert!(made.expect("mkfifo is there").success());
    let fifo = folder.join("ring.fifo");
    let writer = thread::spawn(move || {
        let bytes = fs::read(recordings().join(SEED)).unwrap();
        let mut fifo = OpenOptions::new().write(true).open(fifo).unwrap();
        // Odd lengths, so that records come in parts.
        bytes.chunks(1_000).try_for_each(|part| fifo.write_all(part)).unwrap();
    });
    let ran = sagap(&folder, &["analyze", "ring.fifo"]);
    writer.join().unwrap();
    let file = sagap(&recordings(), &["analyze", SEED]);
    assert_eq!(ran, Ran { stdout: file.stdout.replace(SEED, "ring.fifo"), ..file });
}

#[test]
fn pieces_of_a_capture_give_the_report_of_the_whole() {
    for recording in [SEED, FLAPPING, "hsrp_v1_ikev1_rejected_psk.pcapng", "hsrp_v1_ikev2_stateful.pcapng"] {
        let folder = scratch(&format!("pieces_of_{recording}"));
        fs::write(folder.join("whole.pcap"), as_pcap(recording)).unwrap();
        let whole = sagap(&folder, &["analyze", "--format", "json", "whole.pcap"]);
        let original = sagap(&recordings(), &["analyze", "--format", "json", recording]);
        assert_eq!(facts(&whole), facts(&original), "{recording}: pcap is read as pcapng");
        let timeline = timeline(&folder, &["whole.pcap".to_owned()]);
        for length in [7, 50, 129, 130, 300] {
            let names = split(&folder, recording, length);
            let arguments =
                [vec!["analyze".to_owned(), "--format".to_owned(), "json".to_owned()], names.clone()];
            let ran = sagap(&folder, &arguments.concat());
            assert_eq!(ran.ending(), whole.ending(), "{recording} in pieces of {length}");
            assert_eq!(facts(&ran), facts(&whole), "{recording} in pieces of {length}");
            assert_eq!(self::timeline(&folder, &names), timeline, "{recording} in pieces of {length}");
        }
    }
}

#[test]
fn a_directory_of_pieces_is_one_capture_in_any_order() {
    let folder = scratch("a_directory_of_pieces");
    let ring = folder.join("ring");
    fs::create_dir(&ring).unwrap();
    let names = split(&ring, SEED, 40);
    fs::write(ring.join("README"), "not a capture").unwrap();
    let directory = sagap(&folder, &["analyze", "--format", "json", "ring"]);
    let mut backwards: Vec<String> = names.iter().map(|name| format!("ring/{name}")).collect();
    backwards.extend(["json", "--format", "analyze"].map(str::to_owned));
    backwards.reverse();
    let backwards = sagap(&folder, &backwards);
    let file = sagap(&recordings(), &["analyze", "--format", "json", SEED]);
    assert_eq!((directory.code, facts(&directory)), (1, facts(&file)));
    assert_eq!(facts(&backwards), facts(&file));
    assert_eq!(directory.json()["captures"][0]["name"], "ring/piece_000.pcap");
    assert_eq!(directory.json()["captures"].as_array().unwrap().len(), names.len());
}

#[test]
fn an_unreadable_piece_is_named_and_the_others_are_still_one() {
    let folder = scratch("an_unreadable_piece");
    let mut names = split(&folder, SEED, 60);
    fs::write(folder.join("piece_003.pcap"), b"torn").unwrap();
    names.push("piece_003.pcap".to_owned());
    let ran = sagap(
        &folder,
        &[vec!["analyze".to_owned(), "--format".to_owned(), "json".to_owned()], names].concat(),
    );
    let file = sagap(&recordings(), &["analyze", "--format", "json", SEED]);
    assert_eq!(facts(&ran), facts(&file));
    insta::assert_snapshot!(ran.ending(), @"
    exit code 2
    error: piece_003.pcap: this is not a capture: it begins with 74 6f 72 6e
    hint: pass a pcap, pcapng, snoop or ERF file
    ");
}

#[test]
fn the_peers_side_beside_it_changes_no_verdict() {
    let folder = scratch("the_peers_side_beside_it");
    // What the peer's side sees: the tunnel's packets between other routers, and no gateway.
    let frames: Vec<Stored> = stored(SEED)
        .into_iter()
        .filter(|frame| frame.bytes[12..14] == [8, 0] && frame.bytes[23] != 17 || is_ike(frame))
        .collect();
    assert!(frames.len() > 30);
    let frames = frames.into_iter().map(|mut frame| {
        frame.bytes[..12].copy_from_slice(&[0x02, 0, 0, 0, 9, 1, 0x02, 0, 0, 0, 9, 2]);
        Stored { nanos: frame.nanos + 300_000, ..frame }
    });
    fs::write(folder.join("peer.pcap"), write(frames)).unwrap();
    fs::copy(recordings().join(SEED), folder.join("outside.pcapng")).unwrap();
    let both = sagap(&folder, &["analyze", "--format", "json", "peer.pcap", "outside.pcapng"]);
    let alone = sagap(&recordings(), &["analyze", "--format", "json", SEED]);
    assert_eq!(both.ending(), alone.ending());
    let (both, alone) = (both.json(), alone.json());
    assert_eq!(nameless(&both["failovers"]), nameless(&alone["failovers"]));
    assert_eq!(nameless(&both["findings"]), nameless(&alone["findings"]));
    assert_eq!(both["failovers"][0]["capture"], "outside.pcapng");
}

#[test]
fn two_ports_of_one_segment_are_judged_as_one() {
    let folder = scratch("two_ports_of_one_segment");
    // Each port carries what is sent to all, and the packets of its own router.
    let router = |frame: &Stored, last: u8| {
        let own = [0xaa, 0xbb, 0xcc, 0, last, 0];
        frame.bytes[0] & 1 == 1 || frame.bytes[..6] == own || frame.bytes[6..12] == own
    };
    for last in [1, 2] {
        let port = stored(SEED).into_iter().filter(|frame| router(frame, last));
        fs::write(folder.join(format!("r{last}.pcap")), write(port)).unwrap();
    }
    let ports = sagap(&folder, &["analyze", "--format", "json", "r2.pcap", "r1.pcap"]).json();
    // What `mergecap` makes of them, hellos twice, is judged like the whole segment.
    let mut joined: Vec<Stored> = stored(SEED);
    joined.extend(stored(SEED).into_iter().filter(|frame| frame.bytes[0] & 1 == 1));
    joined.sort_by_key(|frame| frame.nanos);
    fs::write(folder.join("joined.pcap"), write(joined)).unwrap();
    let report = sagap(&folder, &["analyze", "--format", "json", "joined.pcap"]).json();
    let whole = sagap(&recordings(), &["analyze", "--format", "json", SEED]).json();
    assert_eq!(nameless(&report["failovers"]), nameless(&whole["failovers"]));
    let verdict = |report: &Value| {
        let failover = &report["failovers"][0];
        (report["failovers"].as_array().map(Vec::len), failover["verdict"].clone(), failover["time"].clone())
    };
    assert_eq!(verdict(&ports), verdict(&whole));
}

fn is_ike(frame: &Stored) -> bool {
    frame.bytes.get(23) == Some(&17) && frame.bytes.get(36..38) == Some(&500_u16.to_be_bytes())
}

/// The frames of one of the project's recordings.
fn stored(recording: &str) -> Vec<Stored> {
    Stored::all(&recordings().join(recording))
}

fn as_pcap(recording: &str) -> Vec<u8> {
    write(stored(recording))
}

/// Writes a recording as pieces of `length` frames each; their names.
fn split(folder: &Path, recording: &str, length: usize) -> Vec<String> {
    let frames = stored(recording);
    let seams: Vec<usize> = (length..frames.len()).step_by(length).collect();
    let pieces = pieces(&frames, &seams).into_iter().map(|(name, bytes)| {
        fs::write(folder.join(&name), bytes).unwrap();
        name
    });
    pieces.collect()
}

/// What a report says but for its captures: without names and numbers of frames.
fn facts(ran: &Ran) -> Value {
    let mut report = ran.json();
    report.as_object_mut().unwrap().remove("captures");
    nameless(&report)
}

fn nameless(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .filter(|(key, _)| !matches!(key.as_str(), "capture" | "frame"))
            .map(|(key, value)| (key.clone(), nameless(value)))
            .collect(),
        Value::Array(values) => values.iter().map(nameless).collect(),
        Value::String(text) => Value::String(frameless(text)),
        other => other.clone(),
    }
}

/// A text without the numbers of its frames.
fn frameless(text: &str) -> String {
    let mut parts = text.split_inclusive("frame");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let number = part.find(|c: char| c.is_ascii_digit());
        let near = number.filter(|at| part[..*at].len() <= ".number >= ".len());
        let cut = near.map_or(part, |at| part[at..].trim_start_matches(|c: char| c.is_ascii_digit()));
        kept.push_str(cut);
    }
    kept
}

/// The timeline's rows without the capture, the frame and the numbers of frames in their details.
fn timeline(folder: &Path, names: &[String]) -> Vec<Vec<String>> {
    let ran = sagap(folder, &[vec!["export".to_owned()], names.to_vec()].concat());
    let mut reader = csv::Reader::from_reader(ran.stdout.as_bytes());
    let rows = reader.records().map(|row| {
        let cells = row.unwrap();
        let cells = cells.iter().enumerate().filter(|(column, _)| !matches!(column, 2 | 3));
        cells.map(|(_, cell)| frameless(cell)).collect()
    });
    rows.collect()
}
