//! The tables of `sagap export`.

use sagap::capture::CaptureId;
use sagap::report::{FindingsTable, FlowsTable, TableFormat, TimelineTable};
use sagap::track::EventKind;

use super::sample;

fn names() -> Vec<String> {
    sample::report().captures.into_iter().map(|capture| capture.name).collect()
}

fn timeline(format: TableFormat) -> String {
    let mut out = Vec::new();
    let mut table = TimelineTable::new(&mut out, format, names(), sample::at(0, 1).time).unwrap();
    for entry in &sample::report().events {
        table.write(entry).unwrap();
    }
    table.finish().unwrap();
    String::from_utf8(out).unwrap()
}

fn flows(format: TableFormat) -> String {
    let mut out = Vec::new();
    let mut table = FlowsTable::new(&mut out, format, names()).unwrap();
    for flow in &sample::report().flows {
        table.write(flow).unwrap();
    }
    table.finish().unwrap();
    String::from_utf8(out).unwrap()
}

fn findings(format: TableFormat) -> String {
    let mut out = Vec::new();
    let mut table = FindingsTable::new(&mut out, format, names()).unwrap();
    for finding in &sample::report().findings {
        table.write(finding).unwrap();
    }
    table.finish().unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn timeline_as_csv() {
    insta::assert_snapshot!(timeline(TableFormat::Csv));
}

#[test]
fn timeline_as_ndjson() {
    insta::assert_snapshot!(timeline(TableFormat::Ndjson));
}

#[test]
fn flows_in_both_formats() {
    insta::assert_snapshot!(format!("{}\n{}", flows(TableFormat::Csv), flows(TableFormat::Ndjson)));
}

#[test]
fn findings_in_both_formats() {
    insta::assert_snapshot!(format!("{}\n{}", findings(TableFormat::Csv), findings(TableFormat::Ndjson)));
}

#[test]
fn every_row_has_its_cells_and_the_header_comes_without_rows_too() {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(std::io::Cursor::new(timeline(TableFormat::Csv)));
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), sample::report().events.len() + 1);
    let mut out = Vec::new();
    TimelineTable::new(&mut out, TableFormat::Csv, vec![], sample::at(0, 1).time).unwrap().finish().unwrap();
    assert_eq!(out, b"time,elapsed_s,capture,frame,event,subject,router,peer,detail\n");
}

#[test]
fn text_from_outside_is_no_formula_and_stays_on_its_line() {
    let names = vec!["=cmd|' /C calc'!A0\n\x1b[2J".to_owned(), "-".to_owned()];
    let mut out = Vec::new();
    let mut table = TimelineTable::new(&mut out, TableFormat::Csv, names, sample::at(500, 1).time).unwrap();
    let mut events = [
        sample::gateway_event(0, 1, "192.0.2.2", EventKind::Coup),
        sample::gateway_event(0, 1, "192.0.2.2", EventKind::Coup),
    ];
    if let sagap::report::TimelineEntry::Event(event) = &mut events[1] {
        event.capture = CaptureId(1);
    }
    for event in &events {
        table.write(event).unwrap();
    }
    table.finish().unwrap();
    let text = String::from_utf8(out).unwrap();
    let rows: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(
        rows,
        [
            "2026-11-23T04:47:22.213456789Z,-0.500000000,'=cmd|' /C calc'!A0\\n\\u{1b}[2J,1,coup,hsrp/10,192.0.2.2,,",
            "2026-11-23T04:47:22.213456789Z,-0.500000000,-,1,coup,hsrp/10,192.0.2.2,,",
        ]
    );
}
