//! What a report says of wrapped frames.

use serde_json::Value;

use crate::common::craft::{Order, Pcap};
use crate::common::frames::*;
use crate::common::sagap::{recordings, sagap_reading};
use crate::common::wrap::*;

/// A capture of these frames, a second apart.
fn capture(frames: &[Vec<u8>]) -> Vec<u8> {
    let file = Pcap::new(Order::Big);
    (1..).zip(frames).fold(file, |file, (second, frame)| file.record(second, 0, frame)).bytes
}

fn report(frames: &[Vec<u8>]) -> Value {
    sagap_reading(&recordings(), &["analyze", "--format", "json", "-"], capture(frames)).json()
}

fn hello() -> Vec<u8> {
    ethernet(0x0800, &ipv4(17, &udp(1985, 1985, &HELLO)))
}

fn in_gre(packet: &[u8]) -> Vec<u8> {
    outer(0x0800, &outer_ip(47, packet))
}

#[test]
fn the_ways_are_told_the_most_frequent_first() {
    let mut frames = vec![hello()];
    frames.extend(vec![outer(0x8100, &tag(7, 0x8847, &mpls(&[16], &hello()))); 2]);
    frames.extend(vec![in_gre(&erspan_2(&hello())); 3]);
    frames.push(to_port(4789, &vxlan(5000, &in_gre(&erspan_2(&hello())))));
    let text = sagap_reading(&recordings(), &["analyze", "-"], capture(&frames)).part("What was seen");
    insta::assert_snapshot!(text, @r"
    - (pcap): 728 bytes captured, 6.000 s from 1970-01-01 00:00:01.000 UTC to 00:00:07.000
      7 frames: 7 HSRP
      - wrapped in ERSPAN II, session 5, from 10.0.0.1 to 10.0.0.2: 3 frames
      - wrapped in MPLS pseudowire, label 16, in VLAN 7: 2 frames
      - wrapped in VXLAN > ERSPAN II, session 5, from 10.0.0.1 to 10.0.0.2: 1 frame
    ");
    let report = report(&frames);
    insta::assert_snapshot!(report["captures"][0]["paths"][0], @r#"{"destination":"10.0.0.2","frames":3,"path":"ERSPAN II, session 5, from 10.0.0.1 to 10.0.0.2","source":"10.0.0.1","vlans":[],"wrappings":["ERSPAN II"]}"#);
}

#[test]
fn more_ways_than_are_told_apart_are_counted_together() {
    let frames: Vec<_> = (1..=100).map(|vni| to_port(4789, &vxlan(vni, &hello()))).collect();
    let report = report(&frames);
    let capture = &report["captures"][0];
    assert_eq!(capture["paths"].as_array().map(Vec::len), Some(64));
    assert_eq!((&capture["frames_on_other_paths"], &capture["hsrp"]), (&36.into(), &100.into()));
}

#[test]
fn two_virtual_networks_are_two_segments() {
    let other = {
        let mut frame = hello();
        frame[6 + 5] = 9;
        frame[14 + 15] = 3;
        frame
    };
    let frames = [
        to_port(4789, &vxlan(5000, &hello())),
        to_port(6081, &geneve(6000, 0x6558, &[], &other)),
        to_port(4789, &vxlan(5000, &hello())),
    ];
    let report = report(&frames);
    let groups: Vec<_> = report["groups"].as_array().unwrap().iter().map(|group| &group["group"]).collect();
    assert_eq!(groups, ["hsrp/10@vni5000", "hsrp/10@vni6000"]);
    assert_eq!(report["groups"][1]["virtual_network"], "vni6000");
    assert_eq!(report["failovers"].as_array().map(Vec::len), Some(0));
    // Mirror sessions, labels and keys differ within one segment.
    let mirrored = [
        in_gre(&erspan_2(&hello())),
        in_gre(&erspan_3(&hello(), false)),
        outer(0x8847, &mpls(&[9], &hello())),
    ];
    assert_eq!(self::report(&mirrored)["groups"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_is_too_deep_or_lies_is_counted_by_name_and_costs_no_neighbour() {
    let nine = (0..9).fold(ipv4(50, &esp(7)), |packet, _| outer_ip(4, &packet));
    let (_, eleven) =
        (0..11).fold((0x0800, ipv4(50, &esp(7))), |(kind, bytes), id| (0x8100, tag(id, kind, &bytes)));
    let labels: Vec<u32> = (16..33).collect();
    let frames = [
        hello(),
        outer(0x0800, &nine),
        hello(),
        outer(0x8100, &eleven),
        hello(),
        outer(0x8847, &mpls(&labels, &hello())),
        hello(),
        outer(0x8864, &[0x11, 0, 0, 1, 0, 0, 0, 0x21]),
        hello(),
    ];
    let report = report(&frames);
    let capture = &report["captures"][0];
    assert_eq!(capture["hsrp"], 5);
    assert_eq!(capture["malformed"][0]["first_reason"], "ppp protocol at byte 20 needs 1, has 0");
    let names: Vec<_> =
        capture["too_deep"].as_array().unwrap().iter().map(|entry| &entry["protocol"]).collect();
    assert_eq!(names, ["more than 10 VLAN tags", "more than 16 MPLS labels", "more than 8 wrappings"]);
    let limits = report["limits"].to_string();
    assert!(limits.contains("-: 1 frame with more than 8 wrappings, which are not read further"), "{limits}");
}
