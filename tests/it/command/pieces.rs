//! Messages that come in pieces, or where none is expected: crafted captures through the whole command.

use std::fs;

use crate::common::craft::{Order, Pcap};
use crate::common::frames::*;
use crate::common::ike::{cut_1, cut_2, emit, header, sealed};
use crate::common::sagap::{Ran, sagap};
use crate::common::scratch;

use sagap::wire::ike::{Body, ExchangeType, Header, Payload, PayloadType};

/// Runs the command on a capture of these frames, a second apart.
fn ran(name: &str, frames: &[Vec<u8>], arguments: &[&str]) -> Ran {
    let folder = scratch(name);
    let mut capture = Pcap::new(Order::Little);
    for (second, frame) in (1_700_000_000..).zip(frames) {
        capture = capture.record(second, 0, frame);
    }
    fs::write(folder.join("a.pcap"), capture.bytes).expect("the folder was just made");
    sagap(&folder, &[arguments, &["a.pcap"]].concat())
}

/// The messages table of these frames, ESP included: the columns that differ.
fn messages(name: &str, frames: &[Vec<u8>], ports: &[&str]) -> String {
    let arguments = [&["export", "--table", "messages", "--esp"], ports].concat();
    let ran = ran(name, frames, &arguments);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    let mut reader = csv::Reader::from_reader(ran.stdout.as_bytes());
    let header = reader.headers().expect("a table has a header").clone();
    let wanted = [
        "frame",
        "src",
        "protocol",
        "version",
        "message",
        "message_id",
        "payloads",
        "spi",
        "sequence",
        "malformed",
    ];
    let columns: Vec<usize> =
        wanted.iter().map(|name| header.iter().position(|it| it == *name).expect("a column")).collect();
    let mut lines = vec![wanted.join(",")];
    for row in reader.records() {
        let row = row.expect("the table is CSV");
        lines.push(columns.iter().map(|&column| &row[column]).collect::<Vec<_>>().join(","));
    }
    lines.join("\n")
}

fn auth() -> Vec<u8> {
    sealed(ExchangeType::IKE_AUTH, 0x08, PayloadType::IDI, 1000)
}

/// An `IKE_AUTH` in two IP fragments.
fn fragments(id: u16) -> [Vec<u8>; 2] {
    let datagram = udp(500, 500, &auth());
    [
        ethernet(0x0800, &ipv4_fragment(id, 0, true, 17, &datagram[..400])),
        ethernet(0x0800, &ipv4_fragment(id, 400, false, 17, &datagram[400..])),
    ]
}

#[test]
fn ip_fragments_give_one_row_and_the_report_tells_what_they_came_to() {
    let [first, last] = fragments(1);
    let [lone, _] = fragments(2);
    let overlap = ethernet(0x0800, &ipv4_fragment(3, 0, true, 17, &[0; 80]));
    let other = ethernet(0x0800, &ipv4_fragment(3, 72, false, 17, &[0; 80]));
    let frames = [last, first, lone, overlap, other];
    insta::assert_snapshot!(messages("ip_fragments", &frames, &[]), @"
    frame,src,protocol,version,message,message_id,payloads,spi,sequence,malformed
    2,192.0.2.2,ike,2,ike-auth,00000001,SK(46),,,
    ");
    let report = ran("ip_fragments_report", &frames, &["analyze"]);
    assert_eq!(report.ending(), "exit code 0\n");
    insta::assert_snapshot!(report.part("What was seen"), @"
    a.pcap (pcap): 1.7 kB captured, 4.000 s from 2023-11-14 22:13:20.000 UTC to 22:13:24.000
      5 frames: 1 IKE, 5 IP fragments
      - 1 IP packet put together from 2 fragments
      - 1 IP packet not put together, first in frame 3: pieces never came
      - 1 IP packet not put together, first in frame 4: pieces overlap or contradict each other
    ");
    insta::assert_snapshot!(report.part("What this cannot show"), @r"
    - no message of a gateway protocol was captured, so failovers cannot be seen from here
    - no ESP was captured, so whether traffic flows cannot be seen
    - a.pcap: 1 IP packet could not be put together, first in frame 3: pieces never came
    - a.pcap: 1 IP packet could not be put together, first in frame 4: pieces overlap or contradict each other
    ");
}

#[test]
fn ike_fragments_keep_a_row_each_and_version_1_has_one_for_the_whole() {
    let over = |message: &Vec<u8>| ethernet(0x0800, &ipv4(17, &udp(500, 500, message)));
    let main = version_1(ExchangeType::IDENTITY_PROTECTION, 600);
    let mut frames: Vec<_> = cut_1(&main, 1, 300).iter().map(over).collect();
    frames.extend(cut_2(&header(2, ExchangeType::IKE_AUTH, 8), PayloadType::IDI, 2).iter().map(over));
    frames.push(over(&cut_2(&header(2, ExchangeType::IKE_AUTH, 0x20), PayloadType::IDR, 2)[0]));
    insta::assert_snapshot!(messages("ike_fragments", &frames, &[]), @"
    frame,src,protocol,version,message,message_id,payloads,spi,sequence,malformed
    1,192.0.2.2,ike,1,fragment,00000000,FRAG(132),,,
    2,192.0.2.2,ike,1,fragment,00000000,FRAG(132),,,
    2,192.0.2.2,ike,1,identity-protection,00000000,VID(13),,,
    3,192.0.2.2,ike,2,ike-auth,00000001,SKF(53),,,
    4,192.0.2.2,ike,2,ike-auth,00000001,SKF(53),,,
    5,192.0.2.2,ike,2,ike-auth,00000001,SKF(53),,,
    ");
    let report = ran("ike_fragments_report", &frames, &["analyze"]);
    insta::assert_snapshot!(report.part("What was seen"), @"
    a.pcap (pcap): 1.1 kB captured, 4.000 s from 2023-11-14 22:13:20.000 UTC to 22:13:24.000
      5 frames: 7 IKE
      - 2 IKE messages put together from 4 fragments
      - 1 IKE message not put together, first in frame 5: pieces never came
    ");
}

/// A message of version 1 in clear, with one vendor ID.
fn version_1(exchange: ExchangeType, length: usize) -> Vec<u8> {
    let id = vec![7; length - 32];
    let payload = Payload { kind: PayloadType(13), critical: false, body: Body::VendorId(&id) };
    emit(&Header { message_id: 0, ..header(1, exchange, 0) }, &[payload]).1
}

/// A segment of a stream of the two, from the initiator.
fn segment(sequence: u32, flags: u8, data: &[u8]) -> Vec<u8> {
    ethernet(0x0800, &ipv4(6, &tcp((40_000, 4500), (sequence, 0), flags, data)))
}

#[test]
fn tcp_gives_a_row_for_each_message_on_the_frame_that_completes_it() {
    let message = [&[0; 4][..], &auth()].concat();
    let sized = |body: &[u8]| [&u16::try_from(body.len() + 2).unwrap().to_be_bytes(), body].concat();
    let stream = [b"IKETCP".to_vec(), sized(&message), sized(&esp(1)), sized(&esp(3)), vec![0, 1]].concat();
    let mut frames = vec![segment(99, 2, &[])];
    for (begin, data) in (100..).step_by(600).zip(stream.chunks(600)) {
        frames.push(segment(begin, 0x10, data));
    }
    insta::assert_snapshot!(messages("tcp", &frames, &[]), @"
    frame,src,protocol,version,message,message_id,payloads,spi,sequence,malformed
    3,192.0.2.2,ike,2,ike-auth,00000001,SK(46),,,
    3,192.0.2.2,esp,,,,,c0000001,1,
    3,192.0.2.2,esp,,,,,c0000001,3,
    ");
    let flows = ran("tcp_flows", &frames, &["export", "--table", "flows"]);
    insta::assert_snapshot!(flows.stdout, @"
    capture,protocol,src,dst,spi,encapsulation,first_time,last_time,first_frame,last_frame,packets,bytes,first_sequence,last_sequence,missing,repeated,src_macs
    a.pcap,esp,192.0.2.2,198.51.100.9,c0000001,tcp,2023-11-14T22:13:22.000000000Z,2023-11-14T22:13:22.000000000Z,3,3,2,64,1,3,1,0,aa:bb:cc:00:01:00
    ");
    let report = ran("tcp_report", &frames, &["analyze"]);
    insta::assert_snapshot!(report.part("What was seen"), @"
    a.pcap (pcap): 1.2 kB captured, 2.000 s from 2023-11-14 22:13:20.000 UTC to 22:13:22.000
      3 frames: 1 IKE, 2 ESP, 3 TCP (IP protocol 6)
      - 1 tcp message malformed, first in frame 3: tcp message length at byte 0 needs 2, has 1
      - 3 messages in TCP put together from 2 segments
    ");
}

#[test]
fn a_port_is_read_when_it_is_named_or_when_there_is_no_doubt() {
    let over = |payload: &[u8]| ethernet(0x0800, &ipv4(17, &udp(40_000, 4501, payload)));
    let frames = [over(&auth()), over(&ike()), over(&[&[0; 4], &ike()[..]].concat()), over(&esp(9))];
    insta::assert_snapshot!(messages("no_port", &frames, &[]), @"
    frame,src,protocol,version,message,message_id,payloads,spi,sequence,malformed
    1,192.0.2.2,ike,2,ike-auth,00000001,SK(46),,,
    ");
    insta::assert_snapshot!(messages("a_port", &frames, &["--ike-port", "4501", "--ike-port", "7"]), @"
    frame,src,protocol,version,message,message_id,payloads,spi,sequence,malformed
    1,192.0.2.2,ike,2,ike-auth,00000001,SK(46),,,
    2,192.0.2.2,ike,2,ike-sa-init,00000000,Ni(40),,,
    3,192.0.2.2,ike,2,ike-sa-init,00000000,Ni(40),,,
    4,192.0.2.2,esp,,,,,c0000001,9,
    ");
    let group =
        ethernet(0x0800, &ipv4(17, &udp(848, 848, &sealed(ExchangeType(40), 8, PayloadType::IDI, 200))));
    insta::assert_snapshot!(messages("group_port", &[group], &[]), @"
    frame,src,protocol,version,message,message_id,payloads,spi,sequence,malformed
    1,192.0.2.2,ike,2,gsa-registration,00000001,SK(46),,,
    ");
}
