//! Input that is not as it should be: what is told of it, and how the run ends.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::common::compress::gzip;
use crate::common::craft::{Order, Pcap, Pcapng};
use crate::common::frames::{HELLO, ethernet, ipv4, udp};
use crate::common::sagap::{Ran, recordings, sagap};
use crate::common::{scratch, skipped};

const T: u32 = 1_700_000_000;

/// An HSRP hello in an Ethernet frame.
fn hello() -> Vec<u8> {
    ethernet(0x0800, &ipv4(17, &udp(1985, 1985, &HELLO)))
}

/// So many hellos, one a second.
fn hellos(count: u32) -> Pcap {
    (0..count).fold(Pcap::new(Order::Little), |pcap, i| pcap.record(T + i, 0, &hello()))
}

/// The same in a pcapng.
fn pcapng_hellos(count: u32) -> Pcapng {
    (0..count).fold(Pcapng::with_interface(Order::Little), |pcapng, i| {
        pcapng.enhanced(0, u64::from(T + i) * 1_000_000, &hello(), &[])
    })
}

/// The report on a capture that is `bytes`: how the run ended, and what was seen.
fn told(test: &str, bytes: &[u8]) -> String {
    let folder = scratch(test);
    fs::write(folder.join("a.pcap"), bytes).unwrap();
    let ran = sagap(&folder, &["analyze", "a.pcap"]);
    format!("{}\n{}\n", ran.ending(), ran.part("What was seen"))
}

/// How a run ended that could not be done: no result, one line and a hint.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let ran = sagap(folder, arguments);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?}");
    assert_eq!(ran.stderr.lines().count(), 2, "{arguments:?}: {}", ran.stderr);
    format!("$ sagap {}\n{}", arguments.join(" "), ran.ending())
}

#[test]
fn what_cannot_be_read_is_named_with_the_reason_and_a_hint() {
    let folder = scratch("what_cannot_be_read_is_named");
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).unwrap();
    write("notes.txt", b"not a capture");
    write("empty.pcap", b"");
    write("header.pcap", &hellos(0).bytes[..20]);
    write("a.pcap.gz", &[0x1f, 0x8b, 8, 0]);
    write("a.pcap.bz2", b"BZh91AY&SY");
    write("twice.gz", &gzip(&gzip(&hellos(1).bytes)));
    write("a.cap", b"GMBU\0\x02\x01\0\x01\0\x02\0");
    fs::create_dir(folder.join("docs")).unwrap();
    write("docs/readme.txt", b"not a capture");
    let cases = [
        "notes.txt",
        "empty.pcap",
        "header.pcap",
        "a.pcap.gz",
        "a.pcap.bz2",
        "twice.gz",
        "a.cap",
        "docs",
        "missing.pcap",
        "missing/a.pcap",
    ];
    let told: Vec<String> = cases.iter().map(|case| refused(&folder, &["analyze", case])).collect();
    insta::assert_snapshot!(told.join("\n"));
    for case in cases {
        let analyze = sagap(&folder, &["analyze", "--format", "json", case]);
        let export = sagap(&folder, &["export", case]);
        assert_eq!(analyze, export, "every command tells it in the same way");
    }
}

#[test]
fn a_capture_that_may_not_be_read_is_named() {
    let folder = scratch("a_capture_that_may_not_be_read");
    let path = folder.join("secret.pcap");
    fs::write(&path, hellos(1).bytes).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if File::open(&path).is_ok() {
        return skipped("this user may read every file");
    }
    insta::assert_snapshot!(refused(&folder, &["analyze", "secret.pcap"]), @"
    $ sagap analyze secret.pcap
    exit code 2
    error: secret.pcap: permission denied
    hint: run as a user who may read it, or copy it first
    ");
}

#[test]
fn cut_off_in_the_middle_of_a_record() {
    let whole = hellos(3).bytes;
    insta::assert_snapshot!(told("cut_off_pcap", &whole[..whole.len() - 10]));
    let whole = pcapng_hellos(3).bytes;
    insta::assert_snapshot!(
        "cut_off_in_the_middle_of_a_block",
        told("cut_off_pcapng", &whole[..whole.len() - 10])
    );
}

#[test]
fn a_capture_cut_off_in_its_outage_keeps_its_verdict_and_exit_code() {
    let folder = scratch("a_capture_cut_off_in_its_outage");
    let bytes = fs::read(recordings().join("hsrp_v1_ikev2_no_negotiation.pcapng")).unwrap();
    fs::write(folder.join("cut.pcapng"), &bytes[..bytes.len() - 50]).unwrap();
    let ran = sagap(&folder, &["analyze", "--format", "json", "cut.pcapng"]);
    let report = ran.json();
    assert_eq!(ran.ending(), "exit code 1\n");
    assert_eq!(report["failovers"][0]["verdict"], "no-negotiation");
    let damage = report["captures"][0]["damage"][0].as_str().unwrap();
    let end = bytes.len() - 50;
    assert!(damage.starts_with(&format!("the file ends at byte {end} inside a record; ")), "{damage}");
}

#[test]
fn a_corrupt_record_length() {
    let mut bytes = hellos(4).bytes;
    let second = 24 + 16 + hello().len();
    bytes[second + 8..second + 12].fill(0xff);
    insta::assert_snapshot!(told("a_corrupt_record_length", &bytes));
    // The wire's length lies too, so that nothing tells the true one.
    bytes[second + 12..second + 16].fill(0xff);
    insta::assert_snapshot!("a_record_without_any_good_length", told("a_corrupt_record_header", &bytes));
}

#[test]
fn more_bytes_than_the_snaplen() {
    let pcap = Pcap::with(Order::Big, 0xa1b2_c3d4, 40, 1).record(T, 0, &hello()).record(T + 1, 0, &hello());
    insta::assert_snapshot!(told("more_bytes_than_the_snaplen", &pcap.bytes));
}

#[test]
fn a_million_microseconds() {
    let pcap = hellos(1).record(T + 1, 1_000_000, &hello()).record(T + 3, 0, &hello());
    insta::assert_snapshot!(told("a_million_microseconds", &pcap.bytes));
}

#[test]
fn an_interface_that_is_not_described() {
    let pcapng = pcapng_hellos(1).enhanced(7, u64::from(T) * 1_000_000, &hello(), &[]);
    insta::assert_snapshot!(told("an_interface_that_is_not_described", &pcapng.bytes));
}

#[test]
fn a_comment_that_is_not_utf_8() {
    let comment: &[(u16, &[u8])] = &[(1, b"caf\xe9")];
    let pcapng = pcapng_hellos(1).enhanced(0, u64::from(T + 1) * 1_000_000, &hello(), comment);
    insta::assert_snapshot!(told("a_comment_that_is_not_utf_8", &pcapng.bytes));
}

#[test]
fn frames_cut_by_the_snaplen() {
    let whole = u32::try_from(hello().len()).unwrap();
    let cut = |pcap: Pcap, second: u32, kept: usize| {
        let lengths = [T + second, 0, u32::try_from(kept).unwrap(), whole];
        pcap.raw_record(lengths, &hello()[..kept])
    };
    let pcap = cut(cut(cut(hellos(1), 1, 50), 2, 38), 3, 10);
    insta::assert_snapshot!(told("frames_cut_by_the_snaplen", &pcap.bytes));
}

#[test]
fn an_unknown_link_type() {
    let radio =
        Pcap::with(Order::Little, 0xa1b2_c3d4, 0, 127).record(T, 0, &[0; 60]).record(T + 1, 0, &[0; 60]);
    insta::assert_snapshot!(told("an_unknown_link_type", &radio.bytes));
}

#[test]
fn unknown_protocols() {
    let pcap = hellos(1)
        .record(T + 1, 0, &ethernet(0x88cc, &[0; 46]))
        .record(T + 2, 0, &ethernet(0x1234, &[0; 46]))
        .record(T + 3, 0, &ethernet(0x0800, &ipv4(253, &[0; 26])))
        .record(T + 4, 0, &ethernet(0x0800, &ipv4(6, &[0; 26])));
    insta::assert_snapshot!(told("unknown_protocols", &pcap.bytes));
}

#[test]
fn times_that_run_backwards() {
    let pcap =
        hellos(4).record(T + 2, 500_000, &hello()).record(T - 60, 0, &hello()).record(T + 4, 0, &hello());
    insta::assert_snapshot!(told("times_that_run_backwards", &pcap.bytes));
}

#[test]
fn a_capture_without_gateways_and_ipsec_says_what_it_holds() {
    let folder = scratch("a_capture_without_gateways_and_ipsec");
    let dns = ethernet(0x0800, &ipv4(17, &udp(40_000, 53, &[0; 30])));
    let pcap = Pcap::new(Order::Little).record(T, 0, &dns).record(T + 1, 0, &dns).record(
        T + 2,
        0,
        &ethernet(0x0800, &ipv4(6, &[0; 26])),
    );
    fs::write(folder.join("office.pcap"), pcap.bytes).unwrap();
    fs::write(folder.join("nothing.pcap"), hellos(0).bytes).unwrap();
    let told = |name: &str| {
        let Ran { code, stdout, stderr } = sagap(&folder, &["analyze", name]);
        format!("$ sagap analyze {name}\nexit code {code}\n{stderr}{stdout}")
    };
    insta::assert_snapshot!([told("office.pcap"), told("nothing.pcap")].join("\n"));
}

#[test]
fn one_unreadable_file_among_several() {
    let folder = scratch("one_unreadable_file_among_several");
    fs::copy(recordings().join("hsrp_v1_idle.pcapng"), folder.join("idle.pcapng")).unwrap();
    fs::write(folder.join("empty.pcap"), b"").unwrap();
    let ran = sagap(&folder, &["analyze", "missing.pcap", "idle.pcapng", "empty.pcap"]);
    let seen = ran.part("What was seen");
    insta::assert_snapshot!(format!("{}\n{seen}\n", ran.ending()));
    let report = sagap(&folder, &["analyze", "--format", "json", "empty.pcap", "idle.pcapng"]);
    assert_eq!((report.code, report.json()["failovers"].as_array().unwrap().len()), (2, 1));
    let export = sagap(&folder, &["export", "empty.pcap", "idle.pcapng"]);
    assert_eq!(export.code, 2);
    let alone = sagap(&folder, &["export", "idle.pcapng"]);
    assert_eq!((alone.code, alone.stdout), (0, export.stdout));
}

#[test]
fn none_of_several_files_can_be_read() {
    let folder = scratch("none_of_several_files");
    fs::write(folder.join("empty.pcap"), b"").unwrap();
    let ran = sagap(&folder, &["analyze", "missing.pcap", "empty.pcap"]);
    assert_eq!(ran.stdout, "");
    insta::assert_snapshot!(ran.ending());
}

#[test]
fn a_name_cannot_act_on_the_terminal() {
    let folder = scratch("a_name_cannot_act");
    let ran = sagap(&folder, &["analyze", "\u{1b}[2Jmissing\n.pcap"]);
    insta::assert_snapshot!(ran.ending());
}
