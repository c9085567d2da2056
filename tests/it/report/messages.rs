//! The `messages` table: rows of crafted frames, whole.

use sagap::capture::{Frame, FrameNumber, LinkType};
use sagap::decode::decode;
use sagap::report::messages::Writer;
use sagap::report::row::Format;
use sagap::time::Timestamp;

use crate::common::frames::*;

const HEADER: &str = "capture,frame,time,vlan,src_mac,dst_mac,src,dst,protocol,version,message,group,state,\
priority,hello_ms,hold_ms,virtual_addresses,authentication,initiator_spi,responder_spi,exchange,message_id,\
response,payloads,notifies,spi,sequence,malformed";

/// The table of these Ethernet frames, numbered from 1, a millisecond apart, without its header line.
fn table(format: Format, esp: bool, frames: &[Frame<'_>]) -> Vec<String> {
    let mut output = Vec::new();
    let mut writer = Writer::new(&mut output, format, esp).expect("memory can be written to");
    for (number, frame) in (1..).zip(frames) {
        let time = Timestamp::from_parts(1_795_409_242, number * 1_000_000);
        let frame = Frame { number: FrameNumber(number.unsigned_abs()), time, ..*frame };
        writer.write("a.pcap", &frame, &decode(&frame)).expect("memory can be written to");
    }
    writer.finish().expect("memory can be written to");
    let text = String::from_utf8(output).expect("tables are UTF-8");
    let mut lines = text.lines().map(str::to_owned);
    if format == Format::Csv {
        assert_eq!(lines.next().as_deref(), Some(HEADER));
    }
    lines.collect()
}

/// The rows without what crafted frames have in common: capture, time, MACs.
fn rows(esp: bool, frames: &[Vec<u8>]) -> Vec<String> {
    let frames: Vec<_> = frames.iter().map(|bytes| frame(LinkType::ETHERNET, bytes)).collect();
    let short = |line: String| {
        let cells: Vec<_> = line.split(',').collect();
        [&cells[1..2], &cells[3..4], &cells[6..]].concat().join(",")
    };
    table(Format::Csv, esp, &frames).into_iter().map(short).collect()
}

fn over_udp(port: u16, payload: &[u8]) -> Vec<u8> {
    ethernet(0x0800, &ipv4(17, &udp(port, port, payload)))
}

/// An HSRP version 2 group state of the standby router.
fn group_state(group: u8) -> Vec<u8> {
    let mut bytes = vec![1, 40, 2, 0, 5, 4, 0, group, 0xaa, 0xbb, 0xcc, 0, 2, 0];
    for word in [90_u32, 250, 750] {
        bytes.extend(word.to_be_bytes());
    }
    bytes.extend([192, 0, 2, group]);
    bytes.extend([0; 12]);
    bytes
}

#[test]
fn a_version_1_hello_fills_its_cells() {
    let bytes = over_udp(1985, &HELLO);
    let expected = "a.pcap,1,2026-11-23T04:47:22.001000000Z,,aa:bb:cc:00:01:00,01:00:5e:00:00:02,192.0.2.2,198.51.100.9,\
hsrp,1,hello,10,active,150,3000,10000,192.0.2.1,text,,,,,,,,,,";
    assert_eq!(table(Format::Csv, false, &[frame(LinkType::ETHERNET, &bytes)]), [expected]);
}

#[test]
fn one_packet_gives_a_row_for_each_group_and_interface() {
    let md5 = [&[4, 28, 1, 0, 0, 0, 192, 0, 2, 3, 0, 0, 0, 1][..], &[0xab; 16]].concat();
    let payload = [&group_state(7)[..], &md5, &[2, 4, 0, 0, 0, 2], &group_state(8), &[3, 2, 0, 0]].concat();
    let bytes = ethernet(0x8100, &tag(100, 0x0800, &ipv4(17, &udp(1985, 1985, &payload))));
    let row = |cells| {
        let malformed = "hsrp text authentication at byte 168 needs 8, has 2";
        format!("1,100,192.0.2.2,198.51.100.9,hsrp,2,{cells},,,,,,,,,,\"{malformed}\"")
    };
    assert_eq!(
        rows(false, &[bytes]),
        [
            row("hello,7,standby,90,250,750,192.0.2.7,md5"),
            row("advertise,,,,,,,"),
            row("hello,8,standby,90,250,750,192.0.2.8,none"),
        ]
    );
}

#[test]
fn an_advertise_has_a_state_and_no_group() {
    let advertise = [0, 3, 0, 1, 0, 14, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0];
    assert_eq!(
        rows(false, &[over_udp(1985, &advertise)]),
        ["1,,192.0.2.2,198.51.100.9,hsrp,1,advertise,,passive,,,,,,,,,,,,,,,"]
    );
}

#[test]
fn ike_rows_name_payloads_and_notifies() {
    let mut refusal = ike();
    refusal[16] = 41;
    refusal[19] = 0x20;
    refusal[27] = 36;
    refusal.truncate(28);
    refusal.extend([0, 0, 0, 8, 0, 0, 0, 14]);
    assert_eq!(
        rows(false, &[over_udp(500, &ike()), over_udp(500, &refusal), over_udp(4500, &[0xff])]),
        [
            "1,,192.0.2.2,198.51.100.9,ike,2,ike-sa-init,,,,,,,,0102030405060708,0000000000000000,34,00000000,false,\
Ni(40),,,,",
            "2,,192.0.2.2,198.51.100.9,ike,2,ike-sa-init,,,,,,,,0102030405060708,0000000000000000,34,00000000,true,\
N(41),NO_PROPOSAL_CHOSEN(14),,,",
            "3,,192.0.2.2,198.51.100.9,ike,,nat-keepalive,,,,,,,,,,,,,,,,,",
        ]
    );
}

#[test]
fn esp_has_rows_on_request_alone() {
    let bytes = ethernet(0x86dd, &ipv6(50, &esp(4_294_967_295)));
    let frames = [bytes];
    assert!(rows(false, &frames).is_empty());
    let expected = "1,,2001:db8::2,2001:db8::9,esp,,,,,,,,,,,,,,,,,c0000001,4294967295,";
    assert_eq!(rows(true, &frames), [expected]);
}

#[test]
fn ah_has_a_row_beside_that_of_what_it_protects_on_request_alone() {
    let hello = ethernet(0x0800, &ipv4(51, &ah(17, &udp(1985, 1985, &HELLO))));
    let row = "1,,192.0.2.2,198.51.100.9,hsrp,1,hello,10,active,150,3000,10000,192.0.2.1,text,,,,,,,,,,";
    let of_ah = |frame| format!("{frame},,192.0.2.2,198.51.100.9,ah,,,,,,,,,,,,,,,,,00001000,1,");
    let around_esp = ethernet(0x0800, &ipv4(51, &ah(50, &esp(7))));
    let of_esp = "2,,192.0.2.2,198.51.100.9,esp,,,,,,,,,,,,,,,,,c0000001,7,";
    let around_tcp = ethernet(0x0800, &ipv4(51, &ah(6, &[0; 20])));
    let frames = [hello, around_esp, around_tcp];
    assert_eq!(rows(false, &frames), [row]);
    assert_eq!(rows(true, &frames), [&of_ah(1), row, &of_ah(2), of_esp, &of_ah(3)]);
}

#[test]
fn an_ah_that_was_cut_says_so_and_what_it_protects_says_its_own() {
    let bytes = ethernet(0x0800, &ipv4(51, &ah(17, &udp(500, 500, &ike()))));
    let table = table(Format::Csv, true, &[cut(&bytes, 50), cut(&bytes, 80)]);
    let ends = |row: &str, end: &str| assert!(row.ends_with(end), "{table:?}");
    ends(&table[0], ",00001000,1,\"ipv4 AH at byte 34 needs 24, has 16\"");
    ends(&table[1], ",00001000,1,");
    ends(&table[2], "\"ike header at byte 66 needs 28, has 14\"");
}

#[test]
fn arp_has_rows_where_it_concerns_a_gateway() {
    let gratuitous = [arp()[..24].to_vec(), vec![192, 0, 2, 2]].concat();
    let frames = [
        ethernet(0x0806, &arp()),
        over_udp(1985, &HELLO),
        ethernet(0x0806, &arp()),
        ethernet(0x0806, &gratuitous),
    ];
    let rows = rows(false, &frames);
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert_eq!(rows[1], "3,,192.0.2.2,192.0.2.1,arp,,request,,,,,,,,,,,,,,,,,");
    assert_eq!(rows[2], "4,,192.0.2.2,192.0.2.2,arp,,gratuitous,,,,,,,,,,,,,,,,,");
}

#[test]
fn icmp_has_rows_where_ipsec_is_refused() {
    let refused = |quote: &[u8]| ethernet(0x0800, &ipv4(1, &[&[3, 3, 0, 0, 0, 0, 0, 0], quote].concat()));
    let frames = [
        refused(&ipv4(17, &udp(40_000, 53, &[0; 8]))),
        refused(&ipv4(17, &udp(500, 500, &[0; 8]))),
        refused(&ipv4(50, &esp(1))),
        refused(&[0x45, 0]),
    ];
    assert_eq!(
        rows(false, &frames),
        [
            "2,,192.0.2.2,198.51.100.9,icmp,,unreachable,,,,,,,,,,,,,,,,,",
            "3,,192.0.2.2,198.51.100.9,icmp,,unreachable,,,,,,,,,,,,,,,c0000001,,",
            "4,,192.0.2.2,198.51.100.9,icmp,,unreachable,,,,,,,,,,,,,,,,,",
        ]
    );
}

#[test]
fn a_message_that_was_cut_off_has_a_row_and_one_that_is_none_has_not() {
    let whole = over_udp(500, &ike());
    let junk = over_udp(500, &[0x55; 40]);
    let rows = table(Format::Csv, false, &[cut(&whole, 60), frame(LinkType::ETHERNET, &junk)]);
    assert_eq!(rows.len(), 1, "{rows:?}");
    let malformed = ",ike,,,,,,,,,,,,,,,,,,,\"ike header at byte 42 needs 28, has 18\"";
    assert!(rows[0].ends_with(malformed), "{rows:?}");
}

#[test]
fn json_has_the_same_keys_with_numbers_lists_and_null() {
    let bytes = ethernet(0x8100, &tag(100, 0x0800, &ipv4(17, &udp(500, 500, &ike()))));
    let rows = table(Format::Ndjson, false, &[frame(LinkType::ETHERNET, &bytes)]);
    let expected = r#"{"capture":"a.pcap","frame":1,"time":"2026-11-23T04:47:22.001000000Z","vlan":[100],"src_mac":"aa:bb:cc:00:01:00","dst_mac":"01:00:5e:00:00:02","src":"192.0.2.2","dst":"198.51.100.9","protocol":"ike","version":2,"message":"ike-sa-init","group":null,"state":null,"priority":null,"hello_ms":null,"hold_ms":null,"virtual_addresses":null,"authentication":null,"initiator_spi":"0102030405060708","responder_spi":"0000000000000000","exchange":34,"message_id":"00000000","response":false,"payloads":["Ni(40)"],"notifies":null,"spi":null,"sequence":null,"malformed":null}"#;
    assert_eq!(rows, [expected]);
    let keys = HEADER.split(',').map(|name| rows[0].find(&format!("\"{name}\":")));
    assert!(keys.is_sorted_by(|earlier, later| earlier.is_some() && earlier < later));
}
