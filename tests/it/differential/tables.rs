//! Both sides' tables, read into the same words.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chrono::DateTime;
use sagap::capture::{CaptureFile, CaptureId, SeriesId, Source};
use sagap::decode::{Reassembler, decode};
use sagap::report::messages::Writer;
use sagap::report::row::Format;

use super::reading::Reading;

/// The columns that are compared as they are.
const AS_IS: [&str; 18] = [
    "vlan",
    "src",
    "dst",
    "version",
    "message",
    "group",
    "state",
    "priority",
    "hello_ms",
    "hold_ms",
    "virtual_addresses",
    "authentication",
    "initiator_spi",
    "responder_spi",
    "exchange",
    "message_id",
    "response",
    "spi",
];

/// The rows of the `messages` table that tshark's reading covers; none for a file that is no capture.
pub(super) fn sagap(path: &Path) -> Vec<Reading> {
    let mut table = Vec::new();
    let Ok(mut file) = CaptureFile::open(path) else { return Vec::new() };
    let mut writer = Writer::new(&mut table, Format::Csv, true).expect("memory can be written to");
    let mut reassembler = Reassembler::default();
    while let Ok(Some(frame)) = file.next_frame() {
        reassembler.packets(CaptureId(0), SeriesId(0), &frame, &decode(&frame), &mut |packet| {
            writer.write("-", &frame, packet).expect("memory can be written to");
        });
    }
    writer.finish().expect("memory can be written to");
    let mut readings: Vec<_> = csv::Reader::from_reader(table.as_slice())
        .deserialize::<BTreeMap<String, String>>()
        .map(|row| row.expect("the table is CSV"))
        .filter(|row| {
            row["protocol"] != "icmp" && (row["protocol"] != "arp" || row["message"] == "gratuitous")
        })
        .map(|row| of_row(&row))
        .collect();
    // tshark lists the groups of a packet apart from its interface states.
    readings.sort_by_key(|reading| (reading.frame, reading.cells["message"] == "advertise"));
    readings
}

fn of_row(row: &BTreeMap<String, String>) -> Reading {
    let time = DateTime::parse_from_rfc3339(&row["time"]).expect("times are RFC 3339");
    let mut reading = Reading::new(row["frame"].parse().expect("frames are numbers"), &row["protocol"])
        .with("time", time.timestamp_nanos_opt().expect("times fit").to_string())
        .with("payloads", numbers(&row["payloads"]))
        .with("notifies", numbers(&row["notifies"]))
        .with("sequence", row["sequence"].as_str());
    for column in AS_IS {
        reading = reading.with(column, row[column].as_str());
    }
    if row["protocol"] == "ike" && row["message"] != "nat-keepalive" {
        reading.cells.remove("message");
        reading.cells.insert("message", "ike".to_owned());
    }
    reading
}

/// `SA(33);KE(34)` as `33;34`.
fn numbers(list: &str) -> String {
    let number = |name: &str| name.trim_end_matches(')').rsplit('(').next().unwrap_or_default().to_owned();
    list.split(';').map(number).collect::<Vec<_>>().join(";")
}

/// tshark's reading of a capture, from the file that keeps it.
pub(super) fn tshark(path: &Path) -> Vec<Reading> {
    let text = fs::read_to_string(path).expect("there is a reading of each capture");
    text.lines().skip(1).flat_map(of_line).collect()
}

/// What one line says: a frame's messages, those quoted in ICMP errors left out.
fn of_line(line: &str) -> Vec<Reading> {
    let columns: Vec<_> = line.split('\t').collect();
    let &[frame, epoch, protocols, context, src, dst, _, _, vlan, fields] = columns.as_slice() else {
        panic!("not ten columns: {line}");
    };
    // AH alone may be around ICMP; all else that stands in such a line is quoted.
    let (around, quoting) =
        context.split_once(":icmp").map_or((context, false), |(around, _)| (around, true));
    if quoting && !around.split(':').any(|layer| layer == "ah") {
        return Vec::new();
    }
    let frame = frame.parse().expect("frames are numbers");
    let fields: BTreeMap<_, _> = fields.split(' ').filter_map(|field| field.split_once('=')).collect();
    let mut readings = Vec::new();
    for protocol in protocols.split('+') {
        match protocol {
            "hsrp1" => readings.push(hsrp_1(frame, &fields)),
            "hsrp2" => readings.extend(hsrp_2(frame, &fields)),
            "ikev1" | "ikev2" | "isakmp?" => readings.push(ike(frame, &fields)),
            "vrrp" => readings.push(vrrp(frame, &fields)),
            "carp" => readings.push(carp(frame, &fields)),
            "glbp" => readings.push(glbp(frame, &fields)),
            "natka" => readings.push(Reading::new(frame, "ike").with("message", "nat-keepalive")),
            "esp" => readings.push(esp(frame, &fields)),
            "ah" => readings.push(ah(frame, &fields)),
            "garp" => readings.push(gratuitous(frame, &fields)),
            _ => {}
        }
    }
    for reading in &mut readings {
        reading.cells.insert("time", nanos(epoch));
        reading.cells.insert("vlan", vlan.replace(',', ";"));
        // The IP layer that carries AH is around the one it protects.
        let of_layer = if reading.protocol == "ah" { outermost } else { innermost };
        if reading.protocol != "arp" {
            reading.cells.insert("src", of_layer(src));
            reading.cells.insert("dst", of_layer(dst));
        }
    }
    readings
}

/// `1335133616.936995000` in nanoseconds.
fn nanos(epoch: &str) -> String {
    let (seconds, fraction) = epoch.split_once('.').expect("times have a fraction");
    format!("{seconds}{fraction}").parse::<i64>().expect("times are numbers").to_string()
}

fn innermost(addresses: &str) -> String {
    addresses.rsplit([';', ',']).next().unwrap_or_default().to_owned()
}

fn outermost(addresses: &str) -> String {
    addresses.split([';', ',']).next().unwrap_or_default().to_owned()
}

type Fields<'a> = BTreeMap<&'a str, &'a str>;

fn hsrp_1(frame: u64, fields: &Fields<'_>) -> Reading {
    let reading = Reading::new(frame, "hsrp").with("version", "1");
    if fields["hsrp.opcode"] == "3" {
        let state = named(fields["hsrp.adv.state"], &[(1, "dormant"), (2, "passive"), (3, "active")]);
        return reading.with("message", "advertise").with("state", state).with("group", "");
    }
    let authentication = match (fields.get("hsrp2.md5_auth_tlv"), fields.get("hsrp.auth_data")) {
        (Some(_), _) => "md5",
        (None, Some(text)) if !text.is_empty() => "text",
        _ => "none",
    };
    reading
        .with("message", named(fields["hsrp.opcode"], &OPCODES))
        .with("state", named(fields["hsrp.state"], &STATES_1))
        .with("hello_ms", format!("{}000", fields["hsrp.hellotime"]))
        .with("hold_ms", format!("{}000", fields["hsrp.holdtime"]))
        .with("priority", fields["hsrp.priority"])
        .with("group", fields["hsrp.group"])
        .with("virtual_addresses", fields["hsrp.virt_ip"])
        .with("authentication", authentication)
}

fn hsrp_2(frame: u64, fields: &Fields<'_>) -> Vec<Reading> {
    let list = |name: &str| fields.get(name).map_or(Vec::new(), |values| values.split(',').collect());
    let groups = list("hsrp2.group");
    let authentication = if fields.contains_key("hsrp2.md5_auth_tlv") { "md5" } else { "none" };
    let group = |at: usize| {
        let value = |name: &str| list(name).get(at).copied().unwrap_or_default().to_owned();
        Reading::new(frame, "hsrp")
            .with("version", value("hsrp2.version"))
            .with("message", named(&value("hsrp2.opcode"), &OPCODES))
            .with("state", named(&value("hsrp2.state"), &STATES_2))
            .with("group", value("hsrp2.group"))
            .with("priority", value("hsrp2.priority"))
            .with("hello_ms", value("hsrp2.hellotime"))
            .with("hold_ms", value("hsrp2.holdtime"))
            .with("virtual_addresses", value("hsrp2.virt_ip"))
            .with("authentication", authentication)
    };
    let interface = |_| {
        Reading::new(frame, "hsrp")
            .with("version", "2")
            .with("message", "advertise")
            .with("state", "")
            .with("group", "")
    };
    let interfaces = list("hsrp2.interface_state_tlv").len();
    (0..groups.len()).map(group).chain((0..interfaces).map(interface)).collect()
}

fn vrrp(frame: u64, fields: &Fields<'_>) -> Reading {
    let version = fields["vrrp.version"];
    let interval = match fields.get("vrrp.short_adver_int") {
        Some(hundredths) => format!("{hundredths}0"),
        None => format!("{}000", fields["vrrp.adver_int"]),
    };
    let authentication = match fields.get("vrrp.auth_type").copied() {
        None | Some("0") => "none",
        Some("1") => "text",
        Some("2") => "ah",
        Some("254") => "md5",
        Some(_) => "unknown",
    };
    let addresses = fields.get("vrrp.ip_addr").or_else(|| fields.get("vrrp.ipv6_addr"));
    Reading::new(frame, "vrrp")
        .with("version", version)
        .with("message", named(fields["vrrp.type"], &[(1, "advertisement")]))
        .with("group", fields["vrrp.virt_rtr_id"])
        .with("state", "")
        .with("priority", fields["vrrp.prio"])
        .with("hello_ms", interval)
        .with("hold_ms", "")
        .with("virtual_addresses", addresses.copied().unwrap_or_default().replace(',', ";"))
        .with("authentication", authentication)
}

/// tshark 4.0 shows what it takes for CARP with the words of VRRP, the skew as priority.
fn carp(frame: u64, fields: &Fields<'_>) -> Reading {
    Reading::new(frame, "carp").with("message", "advertisement").with("group", fields["vrrp.virt_rtr_id"])
}

fn glbp(frame: u64, fields: &Fields<'_>) -> Reading {
    let value = |name: &str| fields.get(name).copied().unwrap_or_default();
    let authentication = match value("glbp.auth.authtype") {
        "" | "0" => "none",
        "1" => "text",
        "2" | "3" => "md5",
        _ => "unknown",
    };
    let address = fields.get("glbp.hello.virtualipv4").or_else(|| fields.get("glbp.hello.virtualipv6"));
    let state = match value("glbp.hello.vgstate") {
        "" => String::new(),
        number => named(number, &[(4, "listen"), (8, "speak"), (16, "standby"), (32, "active")]),
    };
    Reading::new(frame, "glbp")
        .with("version", value("glbp.version"))
        .with("message", "hello")
        .with("group", value("glbp.group"))
        .with("state", state)
        .with("priority", value("glbp.hello.priority"))
        .with("hello_ms", value("glbp.hello.helloint"))
        .with("hold_ms", value("glbp.hello.holdint"))
        .with("virtual_addresses", address.copied().unwrap_or_default())
        .with("authentication", authentication)
}

fn ike(frame: u64, fields: &Fields<'_>) -> Reading {
    let number = |name: &str| u32::from_str_radix(fields[name].trim_start_matches("0x"), 16).expect("hex");
    let version = number("isakmp.version") >> 4;
    let response = match version {
        2 => (number("isakmp.flags") & 0x20 != 0).to_string(),
        _ => String::new(),
    };
    // Proposals (2) and transforms (3) stand in the same list as the payloads that hold them, and are never payloads
    // of the message itself.
    let payloads = fields.get("isakmp.typepayload").copied().unwrap_or_default().split(',');
    let payloads: Vec<_> = payloads.filter(|kind| !matches!(*kind, "2" | "3")).collect();
    Reading::new(frame, "ike")
        .with("message", "ike")
        .with("version", version.to_string())
        .with("initiator_spi", fields["isakmp.ispi"])
        .with("responder_spi", fields["isakmp.rspi"])
        .with("exchange", fields["isakmp.exchangetype"])
        .with("message_id", fields["isakmp.messageid"].trim_start_matches("0x"))
        .with("response", response)
        .with("payloads", payloads.join(";"))
        .with("notifies", fields.get("isakmp.notify.msgtype").copied().unwrap_or_default().replace(',', ";"))
}

fn ah(frame: u64, fields: &Fields<'_>) -> Reading {
    let spi = fields["ah.spi"].trim_start_matches("0x");
    Reading::new(frame, "ah").with("spi", spi).with("sequence", fields["ah.sequence"])
}

fn esp(frame: u64, fields: &Fields<'_>) -> Reading {
    let reading = Reading::new(frame, "esp");
    match (fields.get("esp.spi"), fields.get("esp.sequence")) {
        (Some(spi), Some(sequence)) => {
            reading.with("spi", spi.trim_start_matches("0x")).with("sequence", *sequence)
        }
        // Too little was captured for a header.
        _ => reading.with("spi", "").with("sequence", ""),
    }
}

fn gratuitous(frame: u64, fields: &Fields<'_>) -> Reading {
    let address = fields["arp.src.proto_ipv4"];
    Reading::new(frame, "arp").with("message", "gratuitous").with("src", address).with("dst", address)
}

/// The name of a number; the number itself where it has none.
fn named(number: &str, names: &[(u8, &str)]) -> String {
    let found = names.iter().find(|(known, _)| known.to_string() == number);
    found.map_or_else(|| format!("unknown({number})"), |(_, name)| (*name).to_owned())
}

const OPCODES: [(u8, &str); 3] = [(0, "hello"), (1, "coup"), (2, "resign")];

const STATES_1: [(u8, &str); 6] =
    [(0, "initial"), (1, "learn"), (2, "listen"), (4, "speak"), (8, "standby"), (16, "active")];

const STATES_2: [(u8, &str); 7] = [
    (0, "disabled"),
    (1, "initial"),
    (2, "learn"),
    (3, "listen"),
    (4, "speak"),
    (5, "standby"),
    (6, "active"),
];
