//! Captures that once broke a tool, or that hold wrappings, look-alikes and strangers, end cleanly and soon, as do
//! the project's own with bytes changed.

use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use sagap::cli;
use sagap::command::{self, Exit, Terminal};

use crate::common::sagap::{Ran, recordings, sagap};
use crate::common::{files_below, scratch, shared};

/// How long one run may take.
const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn every_shared_capture_ends_cleanly_and_soon() {
    for (folder, least) in [("robust", 200), ("public", 100), ("encap", 35), ("negative", 4)] {
        let Some(folder) = shared(&format!("captures/{folder}")) else { return };
        let files = files_below(&folder);
        assert!(files.len() >= least, "only {} files in {}", files.len(), folder.display());
        for file in files {
            ends_cleanly(&file);
        }
    }
}

/// What each kind of output promises, whatever the file holds; `sagap` itself holds the rest.
fn ends_cleanly(file: &Path) {
    let name = file.to_str().expect("names are UTF-8");
    let report = in_time(&["analyze", "--format", "json", name]);
    if report.code < 2 || !report.stdout.is_empty() {
        let json = report.json();
        assert_eq!(json["captures"][0]["name"], name);
    } else {
        assert!(report.stderr.starts_with(&format!("error: {name}: ")), "{report:?}");
        assert_eq!(report.stderr.lines().count(), 2, "{report:?}");
    }
    let text = in_time(&["analyze", name]);
    assert_eq!((text.code, &text.stderr), (report.code, &report.stderr), "{name}");
    let ours = |c: char| c == '\n' || !c.is_control();
    assert!(text.stdout.chars().all(ours), "{name}: control characters in the report");
    let table = in_time(&["export", "--table", "messages", "--esp", name]);
    assert_eq!(table.code == 2, report.code == 2, "{name}");
    rectangular(name, &table.stdout);
}

fn in_time(arguments: &[&str]) -> Ran {
    #[expect(clippy::disallowed_methods, reason = "how long a run takes is told by this machine's clock")]
    let now = Instant::now;
    let begun = now();
    let ran = sagap(&recordings(), arguments);
    let took = now().duration_since(begun);
    assert!(took < LIMIT, "{arguments:?} took {took:?}");
    ran
}

/// All rows of a CSV have as many cells as its header.
fn rectangular(name: &str, table: &str) {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(table.as_bytes());
    let columns = reader.headers().unwrap_or_else(|error| panic!("{name}: {error}")).len();
    for row in reader.records() {
        let row = row.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(row.len(), columns, "{name}: {row:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// A recording with bytes changed, cut out and put behind it is still read to its end, and still reported on.
    #[test]
    fn no_bytes_break_the_report(
        which in 0_usize..3,
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 0..24),
        hole in prop::option::of((any::<prop::sample::Index>(), 1_usize..400)),
        appended in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let file = ["hsrp_v1_ikev2_recovered", "hsrp_v1_ikev1_rejected_psk", "hsrp_v1_ikev2_unanswered_port_unreachable"][which];
        let mut bytes = fs::read(recordings().join(format!("{file}.pcapng"))).unwrap();
        for (at, mask) in flips {
            *at.get_mut(&mut bytes[..]) ^= mask;
        }
        if let Some((at, length)) = hole {
            let at = at.index(bytes.len());
            bytes.drain(at..(at + length).min(bytes.len()));
        }
        bytes.extend(appended);
        let report = through_the_library(&bytes);
        prop_assert!(report.is_none_or(|report| report.contains("What was seen")));
    }
}

/// The report on a capture that is `bytes`, as `analyze` writes it; none where it cannot be read at all.
fn through_the_library(bytes: &[u8]) -> Option<String> {
    let file = scratch("no_bytes_break_the_report").join("capture");
    fs::write(&file, bytes).unwrap();
    let (done, wait) = mpsc::channel();
    thread::spawn(move || {
        let arguments = ["sagap".into(), "analyze".into(), file.into_os_string()];
        let invocation = cli::parse(arguments).expect("nothing is wrong with the arguments");
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let exit = command::perform(&invocation, Terminal::default(), &mut out, &mut err);
        let told = String::from_utf8(out).expect("what is written is UTF-8");
        done.send((exit != Exit::Failed || !told.is_empty()).then_some(told)).expect("the test waits");
    });
    wait.recv_timeout(PATIENCE).expect("it ends, without a panic")
}

/// How long a run in the test's own process may take before it is said to hang.
const PATIENCE: Duration = Duration::from_secs(20);
