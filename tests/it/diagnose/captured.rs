//! What a capture itself lacks: the rules that say so, and what becomes of verdicts that rest on something absent.

use std::fs;

use serde_json::Value;

use crate::common::craft::{Order, Pcapng};
use crate::common::read::{Owned, read};
use crate::common::sagap::{recordings, sagap};
use crate::common::scenario::{COUP, Host, PEER_2, R1, R2, RESIGN, Scenario, VIRTUAL, back, out, v2};
use crate::common::scratch;

use super::cases::Case;

/// The cases of the rules about captures.
pub(super) const CASES: &[Case] = &[
    Case {
        rule: "one-sided-capture",
        fires: || one_way().rules(),
        // The other end of one tunnel may be dead.
        silent: || {
            one_way()
                .flow(0.7, 99.0, out(R2).peer(PEER_2), 0xd, 1)
                .flow(0.8, 99.0, back().peer(PEER_2), 0xe, 1)
                .rules()
        },
    },
    Case {
        rule: "snaplen-too-short",
        fires: || rules(&cut("snaplen-fires", "hsrp_v1_ikev2_recovered.pcapng", 68)),
        // ESP and hellos are read from so many bytes, and there is no IKE.
        silent: || rules(&cut("snaplen-silent", "hsrp_v1_idle.pcapng", 68)),
    },
    Case {
        rule: "clock-runs-backwards",
        fires: || rules(&set_back("clock-fires", 1_100)),
        silent: || rules(&set_back("clock-silent", 900)),
    },
];

/// Two routers and a failover by a Coup at 37 s, to 100 s.
fn coup() -> Scenario {
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 36.9, R1, R2).hsrp(36.95, R2, COUP).hsrp(36.96, R1, RESIGN).pair(37.0, 100.0, R2, R1);
    scenario
}

/// The same where of the tunnel only the peer's packets were captured.
fn one_way() -> Scenario {
    let mut scenario = coup();
    scenario.flow(0.5, 100.0, back(), 0xb, 1);
    scenario
}

/// The same with ESP both ways until the failover, and a probe so that there is IKE.
fn silence() -> Scenario {
    let mut scenario = coup();
    scenario.both(0.5, 36.5, R1, (0xa, 0xb)).ike(1.2, back(), &v2::probe(1, 1));
    scenario
}

const PROVIDER: Host = Host { address: [192, 0, 2, 254], mac: [0xaa, 0xbb, 0xcc, 0, 9, 0] };

/// An ARP message, of operation 1 to all and else to one host.
fn arp(scenario: &mut Scenario, time: f64, operation: u8, from: Host, to: Host) {
    let (dst, target) = if operation == 1 { ([0xff; 6], [0; 6]) } else { (to.mac, to.mac) };
    let head = [&dst[..], &from.mac, &[0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, operation]].concat();
    scenario.push(time, [&head[..], &from.mac, &from.address, &target, &to.address].concat());
}

/// What is said of the failover's tunnel, without findings.
fn verdict(scenario: &Scenario) -> String {
    let said = scenario.sorted().run().said;
    said.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_router_whose_answer_is_missing_is_out_of_sight() {
    let mut scenario = silence();
    arp(&mut scenario, 5.0, 1, PROVIDER, Host { address: VIRTUAL, ..R1 });
    arp(&mut scenario, 5.001, 2, R1, PROVIDER);
    arp(&mut scenario, 38.0, 1, R2, PROVIDER);
    insta::assert_snapshot!(scenario.judgements(), @"
    37.000 failover to 192.0.2.3: coup
           192.0.2.1<>198.51.100.9 inconclusive 1.00; negotiation after 0ns, ESP after 0ns, outage 0ns
    97.000 verdict 192.0.2.1<>198.51.100.9 inconclusive 1.00
                x1.00 what 192.0.2.3 sends to one host, and is sent, is not in the capture: the answer to the ARP request in frame 106 is missing, and nobody asked again
    ");
    assert_eq!(scenario.rules(), ["one-sided-capture"]);
}

#[test]
fn a_router_that_asks_again_had_no_answer() {
    let mut scenario = silence();
    arp(&mut scenario, 5.0, 1, PROVIDER, Host { address: VIRTUAL, ..R1 });
    arp(&mut scenario, 38.0, 1, R2, PROVIDER);
    arp(&mut scenario, 39.0, 1, R2, PROVIDER);
    insta::assert_snapshot!(verdict(&scenario), @"
    192.0.2.1<>198.51.100.9 no-negotiation 0.50
                 x1.00 no negotiation was begun by either end in the 60.0 s after the failover
                 x1.00 the tunnel was wanted: ESP of 192.0.2.1 ran until 1.5 s before the failover (frame 97)
                 x1.00 the tunnel was wanted: ESP of 198.51.100.9 ran until 1.4 s before the failover (frame 98)
                 x0.50 no ESP, IKE or ICMP error of 198.51.100.9 was seen after the failover, nor anything that 192.0.2.3 sent to one host: its switch port may not be mirrored
    ");
}

#[test]
fn a_router_whose_answer_is_there_is_in_sight() {
    let mut scenario = silence();
    arp(&mut scenario, 38.0, 1, R2, PROVIDER);
    arp(&mut scenario, 38.001, 2, PROVIDER, R2);
    arp(&mut scenario, 40.0, 1, PROVIDER, Host { address: VIRTUAL, ..R2 });
    arp(&mut scenario, 40.001, 2, Host { address: VIRTUAL, ..R2 }, PROVIDER);
    insta::assert_snapshot!(verdict(&scenario), @"
    192.0.2.1<>198.51.100.9 no-negotiation 0.70
                 x1.00 no negotiation was begun by either end in the 60.0 s after the failover
                 x1.00 the tunnel was wanted: ESP of 192.0.2.1 ran until 1.5 s before the failover (frame 96)
                 x1.00 the tunnel was wanted: ESP of 198.51.100.9 ran until 1.4 s before the failover (frame 97)
                 x0.70 no ESP, IKE or ICMP error of 198.51.100.9 was seen after the failover
    ");
}

#[test]
fn an_address_that_nobody_has_needs_no_answer() {
    let mut scenario = silence();
    arp(&mut scenario, 38.0, 1, R2, PROVIDER);
    insta::assert_snapshot!(verdict(&scenario), @"
    192.0.2.1<>198.51.100.9 no-negotiation 0.50
                 x1.00 no negotiation was begun by either end in the 60.0 s after the failover
                 x1.00 the tunnel was wanted: ESP of 192.0.2.1 ran until 1.5 s before the failover (frame 96)
                 x1.00 the tunnel was wanted: ESP of 198.51.100.9 ran until 1.4 s before the failover (frame 97)
                 x0.50 no ESP, IKE or ICMP error of 198.51.100.9 was seen after the failover, nor anything that 192.0.2.3 sent to one host: its switch port may not be mirrored
    ");
}

#[test]
fn one_end_alone_reads_well() {
    insta::assert_snapshot!(one_way().judgements(), @"
     37.000 failover to 192.0.2.3: coup
            192.0.2.1<>198.51.100.9 no-negotiation 0.35; negotiation after 0ns, ESP after 0ns, outage 0ns
     97.000 verdict 192.0.2.1<>198.51.100.9 no-negotiation 0.35
                 x1.00 no negotiation was begun by either end in the 60.0 s after the failover
                 x1.00 the tunnel was wanted: ESP of 198.51.100.9 ran until 0.5 s before the failover (frame 63)
                 x1.00 the tunnel was wanted: 198.51.100.9 went on sending ESP, 60 packets from frame 68
                 x0.50 the capture shows packets of only one end of the tunnel
                 x0.70 the capture has no IKE at all, which a capture filter may leave out
    frame 66 critical failover-without-negotiation 0.35: no IPsec negotiation with 198.51.100.9 in the 62.5 s after 192.0.2.3 took over hsrp/10 from 192.0.2.2 (coup)
    frame 68 warning esp-on-dead-spi 0.35: 198.51.100.9 sent 63 ESP packets in 62.0 s on SPIs from before the failover, and 192.0.2.3 sent no ESP back
    frame 3 info one-sided-capture 0.80: of 192.0.2.1<>198.51.100.9 only packets from 198.51.100.9 were captured, none from 192.0.2.1
    ");
}

/// The frames of a recording.
fn frames(name: &str) -> Vec<Owned> {
    read(&fs::read(recordings().join(name)).unwrap()).unwrap().0
}

/// A pcapng with `snaplen` of these frames, and what `add` adds behind them.
fn pcapng(frames: &[Owned], snaplen: u32, add: impl FnOnce(Pcapng) -> Pcapng) -> Vec<u8> {
    let begin = Pcapng::new(Order::Little).interface(1, snaplen, &[(2, b"eth0"), (9, &[9])]);
    let whole = frames.iter().fold(begin, |file, frame| {
        let kept = frame.bytes.len().min(if snaplen == 0 { usize::MAX } else { snaplen as usize });
        let lengths = [u32::try_from(kept).unwrap(), frame.wire_len];
        file.raw_enhanced(0, frame.nanos.cast_unsigned(), lengths, &frame.bytes[..kept], &[])
    });
    add(whole).bytes
}

fn analyze(name: &str, bytes: &[u8]) -> Value {
    let folder = scratch(name);
    fs::write(folder.join("capture"), bytes).unwrap();
    sagap(&folder, &["analyze", "--format", "json", "capture"]).json()
}

/// The report on a recording whose frames are cut at this length.
fn cut(name: &str, recording: &str, snaplen: u32) -> Value {
    analyze(name, &pcapng(&frames(recording), snaplen, |file| file))
}

/// The report on a recording whose last frame is this much earlier than the one before.
fn set_back(name: &str, millis: i64) -> Value {
    let mut frames = frames("hsrp_v1_idle.pcapng");
    let last = frames.len() - 1;
    frames[last].nanos = frames[last - 1].nanos - millis * 1_000_000;
    analyze(name, &pcapng(&frames, 0, |file| file))
}

fn rules(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

/// Each finding's rule and summary, and then what the report says that it cannot show.
fn told(report: &Value) -> String {
    let findings = report["findings"].as_array().unwrap().iter();
    let findings = findings.map(|it| format!("{} {}: {}", it["rule"], it["frame"], it["summary"]));
    let limits = report["limits"].as_array().unwrap().iter().map(|it| format!("limit: {it}"));
    findings.chain(limits).collect::<Vec<_>>().join("\n")
}

/// The tunnel's verdict, confidence and reasons.
fn judged(report: &Value) -> String {
    let tunnel = &report["failovers"][0]["tunnels"][0];
    let reasons = tunnel["reasons"].as_array().unwrap().iter().map(ToString::to_string);
    let head = format!("{} {}", tunnel["verdict"], tunnel["confidence"]);
    std::iter::once(head).chain(reasons).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_cut_is_told_once() {
    insta::assert_snapshot!(told(&cut("cut_told_once", "hsrp_v1_ikev2_recovered.pcapng", 60)), @r#"
    "snaplen-too-short" 3: "74 hsrp messages, 8 ike messages, 16 ipv6 messages are cut short by the capture length, 60 bytes"
    limit: "no message of a gateway protocol could be read, so failovers cannot be seen from here"
    "#);
}

#[test]
fn a_clock_that_was_set_back_is_told_once() {
    insta::assert_snapshot!(told(&set_back("clock_told_once", 7_000)), @r#"
    "default-authentication" 100: "messages of hsrp/10 are authenticated by the default text: anyone on the segment can take the role over"
    "clock-runs-backwards" 137: "the clock runs backwards: 1 frame is up to 7.0 s earlier than a frame before"
    limit: "no IKE and no ESP was captured, so nothing can be said about tunnels"
    limit: "only 18.1 s follow the last failover; absence is confirmed after 180.0 s"
    "#);
}

#[test]
fn ike_that_cannot_be_read_was_there() {
    insta::assert_snapshot!(judged(&cut("ike_cut", "hsrp_v1_ikev2_no_negotiation.pcapng", 68)), @r#"
    "inconclusive" 1.0
    "none of 4 IKE messages can be read: the capture length cut them short"
    "#);
}

#[test]
fn frames_that_a_capture_lacks_may_be_those_that_are_missed() {
    let dropped = |name: &str, recording: &str| {
        let statistics = |file: Pcapng| file.statistics(0, &[(5, &Order::Little.u64(6))]);
        judged(&analyze(name, &pcapng(&frames(recording), 0, statistics)))
    };
    insta::assert_snapshot!(dropped("dropped_no_negotiation", "hsrp_v1_ikev2_no_negotiation.pcapng"), @r#"
    "no-negotiation" 0.17
    "no negotiation was begun by either end in the 28.6 s after the failover"
    "the tunnel was wanted: ESP of 192.0.2.1 ran until 2.5 s before the failover (frame 125)"
    "the tunnel was wanted: ESP of 198.51.100.9 ran until 2.5 s before the failover (frame 126)"
    "the capture ended 28.6 s into a window of 60.0 s"
    "no ESP, IKE or ICMP error of 198.51.100.9 was seen after the failover, nor anything that 192.0.2.3 sent to one host: its switch port may not be mirrored"
    "the capture lacks 6 frames that its interface saw"
    "#);
    insta::assert_snapshot!(dropped("dropped_recovered", "hsrp_v1_ikev2_recovered.pcapng"), @r#"
    "recovered" 1.0
    "ESP resumed 0.9 s after the failover (frame 146)"
    "#);
}

/// The report on the hellos, ARP and ESP of a recording, as a capture filter leaves them.
fn filtered(name: &str, recording: &str) -> Value {
    let is_kept = |frame: &Owned| {
        let udp = |port: [u8; 2]| frame.bytes[23] == 17 && frame.bytes[36..38] == port;
        let kind = &frame.bytes[12..14];
        kind == [8, 6] || kind == [8, 0] && (frame.bytes[23] == 50 || udp([7, 0xc1]))
    };
    let kept: Vec<Owned> = frames(recording).into_iter().filter(is_kept).collect();
    analyze(name, &pcapng(&kept, 0, |file| file))
}

#[test]
fn a_filter_without_ike_shows_no_absence_of_it() {
    let silent = filtered("filtered_silent", "hsrp_v1_ikev2_no_negotiation.pcapng");
    insta::assert_snapshot!(judged(&silent), @r#"
    "inconclusive" 1.0
    "the capture has no IKE at all and nothing of 198.51.100.9 after the failover: it looks as a capture filter leaves it"
    "#);
    let goes_on = filtered("filtered_goes_on", "hsrp_v1_ikev2_unanswered_port_unreachable.pcapng");
    insta::assert_snapshot!(judged(&goes_on), @r#"
    "no-negotiation" 0.5
    "no negotiation was begun by either end in the 42.9 s after the failover"
    "the tunnel was wanted: ESP of 192.0.2.1 ran until 2.6 s before the failover (frame 134)"
    "the tunnel was wanted: 198.51.100.9 went on sending ESP, 32 packets from frame 150"
    "the capture ended 42.9 s into a window of 60.0 s"
    "the capture has no IKE at all, which a capture filter may leave out"
    "#);
    let up = filtered("filtered_up", "hsrp_v1_ikev2_recovered.pcapng");
    insta::assert_snapshot!(judged(&up), @r#"
    "recovered" 0.8
    "ESP resumed 0.9 s after the failover (frame 111)"
    "the negotiation of the new SAs was not seen"
    "#);
}
