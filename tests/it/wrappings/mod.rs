//! The recording of the seed case in every wrapping and link type: the same verdict, frame for frame.
//!
//! A link type may lack what Ethernet has: [`Keeps`] and [`Case::arp`] say what is missing in the table then. Verdict,
//! confidence and findings of this recording rest on none of it.

mod cases;
mod report;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::craft::{Order, Pcapng};
use crate::common::read::{Owned, read};
use crate::common::sagap::{recordings, sagap};
use crate::common::scratch;

use cases::{Case, Keeps, cases};

#[test]
fn every_wrapping_gives_the_same_verdict_frame_for_frame() {
    let bytes = fs::read(recordings().join("hsrp_v1_ikev2_no_negotiation.pcapng")).unwrap();
    let (frames, _) = read(&bytes).unwrap();
    assert_eq!(frames.len(), 172);
    let scratch = scratch("every_wrapping_gives_the_same_verdict");
    let plain = Reading::of(&scratch.join("plain"), 1, &frames, <[u8]>::to_vec);
    assert_eq!(plain.report["failovers"][0]["verdict"], "no-negotiation");
    assert_eq!(plain.report["failovers"][0]["frame"], 130);
    for case in cases() {
        let reading = Reading::of(&scratch.join(case.name), case.link_type, &frames, case.wrap);
        assert_eq!(reading.report, plain.named(&case), "{}", case.name);
        let (ours, theirs) =
            (reading.without_what_is_lost(&case, case.vlan), plain.without_what_is_lost(&case, ""));
        let rows = ours.iter().zip(&theirs);
        for (ours, theirs) in rows {
            assert_eq!(ours, theirs, "{}", case.name);
        }
        assert_eq!(ours.len(), theirs.len(), "{}", case.name);
        assert!(ours.len() > 120, "{}: {} rows", case.name, ours.len());
    }
}

/// What the command makes of a capture.
struct Reading {
    /// What a report says of gateways and tunnels.
    report: Value,
    /// The `messages` table, ESP included.
    rows: Vec<BTreeMap<String, String>>,
}

impl Reading {
    /// Reads a capture of these frames, each of them wrapped.
    fn of(folder: &Path, link_type: u16, frames: &[Owned], wrap: fn(&[u8]) -> Vec<u8>) -> Self {
        fs::create_dir_all(folder).expect("the target folder can be written");
        let mut file = Pcapng::new(Order::Little).interface(link_type, 0, &[(9, &[9])]);
        for frame in frames {
            let bytes = wrap(&frame.bytes);
            let length = u32::try_from(bytes.len()).expect("frames are small");
            let wire = length + frame.wire_len - u32::try_from(frame.bytes.len()).expect("frames are small");
            let ticks = u64::try_from(frame.nanos).expect("after 1970");
            file = file.raw_enhanced(0, ticks, [length, wire], &bytes, &[]);
        }
        fs::write(folder.join("seed.pcapng"), file.bytes).expect("the target folder can be written");
        let mut report = sagap(folder, &["analyze", "--format", "json", "seed.pcapng"]).json();
        let object = report.as_object_mut().expect("an object");
        object.retain(|key, _| {
            ["groups", "tunnels", "failovers", "findings", "limits"].contains(&key.as_str())
        });
        // The name of the segment stands in the group's, and again by itself.
        for group in object["groups"].as_array_mut().expect("a list") {
            group
                .as_object_mut()
                .expect("an object")
                .retain(|key, _| key != "vlans" && key != "virtual_network");
        }
        let table = sagap(folder, &["export", "--table", "messages", "--esp", "seed.pcapng"]).stdout;
        let rows = csv::Reader::from_reader(table.as_bytes()).deserialize().map(Result::unwrap).collect();
        Self { report, rows }
    }

    /// The report, with the group named as it is in the case's segment.
    fn named(&self, case: &Case) -> Value {
        let text = self.report.to_string().replace("hsrp/10", &format!("hsrp/10{}", case.segment));
        serde_json::from_str(&text).expect("it was JSON before")
    }

    /// The rows without what the case cannot carry; their VLANs must be these.
    fn without_what_is_lost(&self, case: &Case, vlan: &str) -> Vec<BTreeMap<String, String>> {
        let mut rows = self.rows.clone();
        rows.retain(|row| case.arp || row["protocol"] != "arp");
        for row in &mut rows {
            assert_eq!(row.remove("vlan").as_deref(), Some(vlan), "{} {row:?}", case.name);
            let lost: &[&str] = match case.keeps {
                Keeps::Both => &[],
                Keeps::Source => &["dst_mac"],
                Keeps::Neither => &["src_mac", "dst_mac"],
            };
            row.retain(|column, _| !lost.contains(&column.as_str()));
        }
        rows
    }
}
