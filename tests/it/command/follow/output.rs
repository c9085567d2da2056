//! Results written while an analysis runs.

use std::fs;
use std::io::Write;
use std::path::Path;

use sagap::command::follow::Output;

use crate::common::{scratch, skipped};

fn row(output: &mut Output, text: &str) {
    output.write_all(text.as_bytes()).unwrap();
    output.flush().unwrap();
}

#[test]
fn rows_are_in_the_file_when_they_are_flushed() {
    let path = scratch("output-rows").join("timeline.csv");
    fs::write(&path, "what was there before, longer than what comes\n").unwrap();
    let mut output = Output::create(&path, "time,event\n").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "");
    row(&mut output, "1,failover\n");
    output.write_all(b"2,").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "time,event\n1,failover\n");
    output.write_all(b"coup\n").unwrap();
    assert_eq!(output.finish(), [""; 0]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "time,event\n1,failover\n2,coup\n");
}

#[test]
fn opened_again_it_goes_on_where_the_path_leads_now() {
    let dir = scratch("output-reopened");
    let (path, moved) = (dir.join("timeline.csv"), dir.join("timeline.csv.1"));
    let mut output = Output::create(&path, "time,event\n").unwrap();
    row(&mut output, "1,failover\n");
    fs::rename(&path, &moved).unwrap();
    row(&mut output, "2,coup\n");
    output.write_all(b"3,resign\n").unwrap();
    assert!(output.reopen());
    row(&mut output, "4,failover\n");
    assert!(!output.reopen());
    row(&mut output, "5,failover\n");
    assert_eq!(fs::read_to_string(&moved).unwrap(), "time,event\n1,failover\n2,coup\n3,resign\n");
    assert_eq!(fs::read_to_string(&path).unwrap(), "time,event\n4,failover\n5,failover\n");
    // `copytruncate` leaves the file in its place, and empty.
    fs::write(&path, "").unwrap();
    row(&mut output, "6,failover\n");
    assert_eq!(fs::read_to_string(&path).unwrap(), "time,event\n6,failover\n");
    assert_eq!(output.finish(), [""; 0]);
}

#[test]
fn where_it_cannot_be_opened_again_it_goes_on_with_what_was_open() {
    let dir = scratch("output-not-reopened");
    let (path, moved) = (dir.join("timeline.csv"), dir.join("moved"));
    let mut output = Output::create(&path, "").unwrap();
    fs::rename(&path, &moved).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(!output.reopen());
    row(&mut output, "1,failover\n");
    let why = "cannot be opened again: is a directory; rows go to the file that was open before";
    assert_eq!(output.notices(), [format!("{}: {why}", path.display())]);
    assert_eq!(output.notices(), [""; 0]);
    assert_eq!(fs::read_to_string(&moved).unwrap(), "1,failover\n");
    assert!(Output::create(&path, "").is_err());
}

#[test]
fn a_full_disk_ends_nothing_and_is_told_once() {
    let full = Path::new("/dev/full");
    if !full.exists() {
        return skipped("/dev/full is absent");
    }
    let mut output = Output::create(full, "time,event\n").unwrap();
    (0..3).for_each(|_| row(&mut output, "1,failover\n"));
    assert_eq!(output.lost_rows(), 3);
    let why = "cannot be written: no space left on device; rows are dropped until it can again";
    assert_eq!(output.notices(), [format!("/dev/full: {why}")]);
    row(&mut output, "2,coup\n");
    assert_eq!(output.notices(), [""; 0]);
    assert_eq!(output.finish(), ["/dev/full: 4 rows were not written before the end"]);
}
