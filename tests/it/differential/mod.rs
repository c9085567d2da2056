//! The `messages` table against what tshark 4.0 reads in the same captures, frame by frame, field by field.
//!
//! Where the two differ, the difference stands in [`deviations`] with its reason, or the test fails. An entry there
//! that nothing differs by any more fails it too.

mod deviations;
mod reading;
mod tables;

use std::collections::BTreeMap;

use crate::common::{files_below, shared};

use deviations::DEVIATIONS;
use reading::Reading;

/// A place where the two differ.
struct Difference {
    file: String,
    frame: u64,
    protocol: String,
    /// `missing` (tshark alone has the row), `extra` (the table alone has it), or a column.
    what: String,
    detail: String,
}

#[test]
#[expect(clippy::print_stderr, reason = "the figures are the test's result")]
fn agrees_with_tshark_on_every_public_capture() {
    let (Some(captures), Some(readings)) = (shared("captures/public"), shared("captures/tshark")) else {
        return;
    };
    let files = files_below(&captures);
    let (mut rows, mut differences) = (BTreeMap::new(), Vec::new());
    for path in &files {
        let name = path.strip_prefix(&captures).expect("it was found there").display().to_string();
        let theirs = tables::tshark(&readings.join(format!("{}.tsv", name.replace('/', "%"))));
        let ours = tables::sagap(path);
        for reading in &theirs {
            *rows.entry(reading.protocol.clone()).or_insert(0_u32) += 1;
        }
        compare(&name, ours, theirs, &mut differences);
    }
    let mut used = vec![0_u32; DEVIATIONS.len()];
    differences.retain(|difference| !is_excused(difference, &mut used));
    eprintln!("{} files, tshark's rows: {rows:?}", files.len());
    eprintln!("{} differences explained by {} entries", used.iter().sum::<u32>(), DEVIATIONS.len());
    assert!(differences.is_empty(), "unexplained differences:\n{}", told(&differences));
    let idle: Vec<_> = DEVIATIONS.iter().zip(&used).filter(|(_, used)| **used == 0).collect();
    assert!(idle.is_empty(), "entries that explain nothing: {idle:#?}");
}

/// The first forty differences, a line each.
fn told(differences: &[Difference]) -> String {
    let tell = |difference: &Difference| {
        let Difference { file, frame, protocol, what, detail } = difference;
        format!("{file} frame {frame}, {protocol} {what}: {detail}\n")
    };
    differences.iter().take(40).map(tell).collect()
}

/// Whether an entry explains a difference; counts each that does.
fn is_excused(difference: &Difference, used: &mut [u32]) -> bool {
    let mut excused = false;
    for (deviation, used) in DEVIATIONS.iter().zip(used) {
        if deviation.covers(&difference.file, difference.frame, &difference.protocol, &difference.what) {
            *used += 1;
            excused = true;
        }
    }
    excused
}

/// Pairs the rows of each frame and protocol in their order, and notes what differs.
fn compare(file: &str, ours: Vec<Reading>, theirs: Vec<Reading>, differences: &mut Vec<Difference>) {
    let mut frames: BTreeMap<(u64, String), (Vec<Reading>, Vec<Reading>)> = BTreeMap::new();
    for reading in ours {
        frames.entry((reading.frame, reading.protocol.clone())).or_default().0.push(reading);
    }
    for reading in theirs {
        frames.entry((reading.frame, reading.protocol.clone())).or_default().1.push(reading);
    }
    for ((frame, protocol), (ours, theirs)) in frames {
        let mut note = |what: &str, detail: String| {
            let (file, protocol, what) = (file.to_owned(), protocol.clone(), what.to_owned());
            differences.push(Difference { file, frame, protocol, what, detail });
        };
        for (ours, theirs) in ours.iter().zip(&theirs) {
            for (column, theirs) in &theirs.cells {
                let ours = ours.cells.get(column).map_or("", String::as_str);
                if ours != theirs {
                    note(column, format!("tshark {theirs:?}, sagap {ours:?}"));
                }
            }
        }
        for extra in ours.iter().skip(theirs.len()) {
            note("extra", format!("{:?}", extra.cells));
        }
        for missing in theirs.iter().skip(ours.len()) {
            note("missing", format!("{:?}", missing.cells));
        }
    }
}
