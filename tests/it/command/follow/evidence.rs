//! Evidence saved and read back.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use sagap::capture::{CaptureId, Facts, Frame, FrameNumber, LinkType};
use sagap::command::follow::Evidence;
use sagap::diagnose::{Advice, Evidence as Cited, Finding, Severity};
use sagap::observe::At;
use sagap::time::Timestamp;
use sagap::track::{Subject, Tunnel};

use crate::common::read::{Owned, read};
use crate::common::{scratch, skipped};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_parts(1_795_409_200 + seconds, 826_686_657)
}

fn finding() -> Finding {
    let place = |capture, number, seconds| At {
        time: at(seconds),
        capture: CaptureId(capture),
        frame: FrameNumber(number),
    };
    let cited = |at, note: &str| Cited { at, note: note.to_owned() };
    let addresses = ["192.0.2.1", "fe80::9"].map(|text| text.parse().unwrap());
    Finding {
        rule: "failover-without-negotiation",
        severity: Severity::Critical,
        confidence: 0.9,
        at: place(0, 75, 75),
        subject: Some(Subject::Tunnel(Tunnel { local: addresses[0], peer: addresses[1] })),
        summary: "nobody\x1b[2J negotiated".to_owned(),
        evidence: vec![
            cited(place(0, 75, 75), "the failover"),
            cited(place(0, 75, 75), "the failover"),
            cited(place(1, 76, 76), "last ESP"),
            cited(place(5, 76, 76), "never kept"),
        ],
        reasons: Vec::new(),
        advice: Advice::default(),
        filter: String::new(),
    }
}

/// Two captures with a frame each second in turn, numbered as their second.
fn kept(dir: &Path, limit_bytes: usize) -> Evidence {
    let mut evidence = Evidence::new(dir.to_owned(), Evidence::BEFORE, limit_bytes);
    for number in 0..100_u8 {
        let capture = u32::from(number % 2 == 0);
        let frame = Frame {
            number: FrameNumber(u64::from(number)),
            time: at(i64::from(number)),
            wire_len: 1_500,
            interface: 0,
            link_type: LinkType::ETHERNET,
            bytes: &[number; 60],
        };
        evidence.keep(CaptureId(capture), ["eth0", "eth1"][capture as usize], &frame);
    }
    evidence
}

fn read_back(path: &Path) -> (Vec<Owned>, Facts) {
    read(&fs::read(path).unwrap()).unwrap()
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn what_a_finding_needs_is_saved_with_its_words() {
    let dir = scratch("evidence-saved").join("made/by/it");
    let saved = kept(&dir, Evidence::LIMIT_BYTES).save(&finding(), at(70), at(79)).unwrap();
    let name = "2026-11-23T044755Z_failover-without-negotiation_192.0.2.1-fe80-9.pcapng";
    assert_eq!((saved.path.clone(), saved.frames, saved.missing), (dir.join(name), 10, 0));
    assert_eq!(names(&dir), [name]);
    let (frames, facts) = read_back(&saved.path);
    let wanted: Vec<u8> = (70..80).collect();
    assert_eq!(frames.iter().map(|frame| frame.bytes[0]).collect::<Vec<_>>(), wanted);
    for frame in &frames {
        assert_eq!(frame.nanos, at(i64::from(frame.bytes[0])).nanos());
        assert_eq!((frame.wire_len, frame.bytes.len()), (1_500, 60));
        assert_eq!(frame.interface, u32::from(frame.bytes[0] % 2 == 1));
    }
    assert_eq!(facts.damage.total(), 0);
    let interfaces: Vec<_> = facts.interfaces.iter().filter_map(|it| it.name.as_deref()).collect();
    assert_eq!(interfaces, ["eth1", "eth0"]);
    let bytes = fs::read(&saved.path).unwrap();
    let rule = "sagap: failover-without-negotiation: ";
    assert!(has(&bytes, &format!("{rule}nobody\\u{{1b}}[2J negotiated")));
    assert_eq!(bytes.windows(12).filter(|window| window == b"the failover").count(), 1);
    assert!(has(&bytes, &format!("{rule}last ESP")));
    assert!(!has(&bytes, "never kept") && !has(&bytes, "missing"));
}

#[test]
fn no_file_is_written_over_and_no_link_followed() {
    let dir = scratch("evidence-names");
    let evidence = kept(&dir, Evidence::LIMIT_BYTES);
    let save = || evidence.save(&finding(), at(70), at(79)).unwrap().path;
    let first = save();
    let stem = first.file_stem().unwrap().to_str().unwrap().to_owned();
    for name in [format!("{stem}-2.pcapng"), format!("{stem}-3.pcapng.part")] {
        std::os::unix::fs::symlink(dir.join("elsewhere"), dir.join(name)).unwrap();
    }
    let second = save();
    assert_eq!(second, dir.join(format!("{stem}-4.pcapng")));
    assert!(!dir.join("elsewhere").exists());
    assert_eq!(fs::read(first).unwrap(), fs::read(second).unwrap());
}

#[test]
fn what_was_dropped_for_want_of_room_is_told_in_the_file() {
    let dir = scratch("evidence-lost");
    let saved = kept(&dir, 1 << 10).save(&finding(), at(40), at(79)).unwrap();
    assert_eq!((saved.frames, saved.missing), (0, 40));
    let bytes = fs::read(&saved.path).unwrap();
    assert!(has(&bytes, "sagap: 40 frames are missing here: no more than 1KiB were held"));
}

#[test]
fn what_fails_leaves_nothing() {
    let dir = scratch("evidence-fails");
    fs::write(dir.join("file"), "").unwrap();
    assert!(kept(&dir.join("file"), 1 << 10).save(&finding(), at(40), at(79)).is_err());
    let evidence = kept(&dir, 1 << 10);
    let first = evidence.save(&finding(), at(40), at(79)).unwrap().path;
    let stem = first.file_stem().unwrap().to_str().unwrap();
    for number in 2..=999 {
        fs::write(dir.join(format!("{stem}-{number}.pcapng")), "").unwrap();
    }
    let error = evidence.save(&finding(), at(40), at(79)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert_eq!(names(&dir).len(), 1_000);
}

#[test]
fn a_file_opens_in_wireshark() {
    let dir = scratch("evidence-wireshark");
    let saved = kept(&dir, Evidence::LIMIT_BYTES).save(&finding(), at(70), at(79)).unwrap();
    let fields = ["frame.comment", "frame.time_epoch", "frame.interface_name"].map(|field| ["-e", field]);
    let tshark = Command::new("tshark")
        .args(["-Y", "frame.comment", "-T", "fields"])
        .args(fields.as_flattened())
        .arg("-r")
        .arg(&saved.path)
        .output();
    let Ok(tshark) = tshark else { return skipped("tshark is not installed") };
    assert_eq!(
        String::from_utf8_lossy(&tshark.stdout),
        "sagap: failover-without-negotiation: the failover\t1795409275.826686657\teth0\n\
         sagap: failover-without-negotiation: last ESP\t1795409276.826686657\teth1\n",
        "{}",
        String::from_utf8_lossy(&tshark.stderr)
    );
}
