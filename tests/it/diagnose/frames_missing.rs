//! `frames-missing`: a capture that says itself what it lacks, in each container that can say so, and in none.

use std::fs;

use sagap::capture::{CaptureFile, Source};
use serde_json::Value;

use crate::common::craft::{Erf, Order, Pcap, Pcapng, Snoop};
use crate::common::read::Owned;
use crate::common::sagap::{Ran, recordings, sagap};
use crate::common::scratch;

/// The frames of a recording without any finding but that its group has the default text, which is another one here.
fn idle() -> Vec<Owned> {
    let mut file = CaptureFile::open(&recordings().join("hsrp_v1_idle.pcapng")).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = file.next_frame().unwrap() {
        let mut frame = Owned::from(frame);
        if let Some(place) = frame.bytes.windows(8).position(|bytes| bytes == b"cisco\0\0\0") {
            frame.bytes[place..place + 8].copy_from_slice(b"geheim\0\0");
        }
        frames.push(frame);
    }
    frames
}

/// Those frames in a pcapng, with `add` behind them.
fn pcapng(add: impl FnOnce(Pcapng) -> Pcapng) -> Vec<u8> {
    let begin = Pcapng::new(Order::Little).interface(1, 0, &[(2, b"eth0"), (9, &[9])]);
    let whole = idle()
        .iter()
        .fold(begin, |pcapng, frame| pcapng.enhanced(0, frame.nanos.cast_unsigned(), &frame.bytes, &[]));
    add(whole).bytes
}

fn analyze(name: &str, format: &str, bytes: &[u8]) -> Ran {
    let folder = scratch(name);
    fs::write(folder.join("capture"), bytes).unwrap();
    sagap(&folder, &["analyze", "--format", format, "capture"])
}

/// The findings of a report, each with its frame and summary; `analyze` must end with 0 for all of them.
fn findings(name: &str, bytes: &[u8]) -> Vec<(String, u64, String)> {
    let ran = analyze(name, "json", bytes);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let report = ran.json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let told = report["findings"].as_array().unwrap().iter().map(|finding| {
        assert!(finding["subject"].is_null());
        (text(&finding["rule"]), finding["frame"].as_u64().unwrap(), text(&finding["summary"]))
    });
    told.collect()
}

fn finding(frame: u64, missing: &str) -> Vec<(String, u64, String)> {
    let summary = format!("the capture lacks {missing} that its interface saw");
    vec![("frames-missing".to_owned(), frame, summary)]
}

/// The rules that find something in a capture that counts its losses.
pub(super) fn of_a_capture_that_says_so() -> Vec<String> {
    let bytes = pcapng(|pcapng| pcapng.statistics(0, &[(5, &Order::Little.u64(6))]));
    findings("frames-missing-case", &bytes).into_iter().map(|(rule, ..)| rule).collect()
}

#[test]
fn statistics_of_a_pcapng() {
    let order = Order::Little;
    let bytes = pcapng(|pcapng| {
        pcapng.statistics(0, &[(4, &order.u64(144)), (5, &order.u64(6)), (7, &order.u64(1))])
    });
    assert_eq!(findings("missing_statistics", &bytes), finding(137, "7 frames"));
    insta::assert_snapshot!(analyze("missing_statistics", "text", &bytes).part("Findings"), @r#"
    1. info  frames-missing  capture  confidence 1.00
       The capture lacks 7 frames that its interface saw.
       Frames:
         137  05:14:16.804  the last one before the counters
       What it means:
         What is missing may be just what a verdict did not find: a negotiation, a hello, ESP of one direction. Whatever the report says was not seen may have been there.
       Confirm:
         - which frames and how many the capturing system lost
               capinfos FILE
       Remedy, in this order:
         1. capture again with a filter, a larger buffer and on a faster disk
                FHRP='arp or icmp6 or proto 112 or udp port 1985 or 2029 or 3222'
                IPSEC='proto 50 or udp port 500 or 4500 or icmp or proto 44 or ip[6:2] & 0x1fff != 0'
                tcpdump -i IFACE -B 65536 -s 0 -w FILE "$FHRP or $IPSEC or (vlan and ($FHRP or $IPSEC))"
       Wireshark filter:
         frame.number == 137
       Confidence 1.00, because:
         - interface eth0 counts 6 frames dropped by the interface and 1 frame dropped by the system of 144 received
    "#);
    let report = analyze("missing_statistics", "json", &bytes).json();
    insta::assert_snapshot!(report["captures"][0]["interfaces"], @r#"
    [{"dropped":6,"dropped_by_system":1,"interface":0,"missing_between":null,"name":"eth0","received":144}]
    "#);
    assert!(!report["limits"].to_string().contains("dropped"), "it is said once");
    let table =
        sagap(&scratch("missing_none"), &["export", "--table", "findings", "../missing_statistics/capture"]);
    insta::assert_snapshot!(table.stdout, @r"
    time,capture,frame,rule,severity,confidence,subject,summary
    2026-11-23T05:14:16.804830398Z,../missing_statistics/capture,137,frames-missing,info,1.00,,the capture lacks 7 frames that its interface saw
    ");
}

#[test]
fn drops_of_single_packets() {
    let order = Order::Little;
    let last = 1_795_410_857_000_000_000;
    let bytes = pcapng(|pcapng| pcapng.enhanced(0, last, &[0; 60], &[(4, &order.u64(1))]));
    assert_eq!(findings("missing_between", &bytes), finding(138, "1 frame"));
    let snoop = Snoop::new(4).raw_record([60, 60, 84, 0, 10, 0], &[0; 60]);
    let snoop = snoop.raw_record([60, 60, 84, 3, 11, 0], &[0; 60]).bytes;
    assert_eq!(findings("missing_snoop", &snoop), finding(2, "3 frames"));
    let erf = Erf::default().ethernet(10_000_000_000, &[0; 60]);
    let erf = erf.raw_record(11_000_000_000, [2, 4], [12, 60], &[0; 62]).bytes;
    assert_eq!(findings("missing_erf", &erf), finding(2, "12 frames"));
}

#[test]
fn counters_of_nothing_are_no_finding() {
    let order = Order::Little;
    let zeros = pcapng(|pcapng| pcapng.statistics(0, &[(4, &order.u64(137)), (5, &order.u64(0))]));
    assert_eq!(findings("missing_zeros", &zeros), []);
    assert_eq!(findings("missing_silent", &pcapng(|pcapng| pcapng)), []);
    assert_eq!(findings("missing_pcap", &Pcap::new(order).record(1, 0, &[0; 60]).bytes), []);
    // Without a frame there is nothing to cite.
    let empty = Pcapng::with_interface(order).statistics(0, &[(5, &order.u64(9))]).bytes;
    assert_eq!(findings("missing_empty", &empty), []);
}

#[test]
fn names_and_secrets_are_told_where_they_help() {
    let order = Order::Little;
    let record = |address: [u8; 4], name: &str| {
        let value = [&address[..], name.as_bytes(), &[0]].concat();
        let length = u16::try_from(value.len()).unwrap();
        let mut record = [&order.u16(1)[..], &order.u16(length), &value].concat();
        record.resize(record.len().next_multiple_of(4), 0);
        record
    };
    let names = [
        record([192, 0, 2, 1], "gateway.example"),
        record([192, 0, 2, 2], "r1\u{1b}[2J"),
        record([203, 0, 113, 77], "nobody.example"),
    ];
    let bytes = pcapng(|pcapng| {
        pcapng.block(4, &names.concat()).block(10, &[order.u32(0x544c_534b), order.u32(0)].concat())
    });
    let seen = analyze("names_and_secrets", "text", &bytes).part("What was seen");
    insta::assert_snapshot!(seen, @r"
    capture (pcapng): 9.1 kB captured, 60.6 s from 2026-11-23 05:13:16.151 UTC to 05:14:16.804
      137 frames: 98 HSRP, 6 ARP, 16 ICMPv6 multicast listener report, 13 ICMPv6 router solicitation, 4 ICMPv6 neighbour solicitation
      - carries secrets to decrypt with, which are not used: TLS
      - names in the capture: 192.0.2.1 gateway.example, 192.0.2.2 r1\u{1b}[2J
    ");
    let report = analyze("names_and_secrets", "json", &bytes).json();
    assert_eq!(report["captures"][0]["names"].as_array().map(Vec::len), Some(3));
    assert_eq!(report["captures"][0]["secrets"][0]["kind"], "TLS");
}
