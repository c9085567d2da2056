//! How fast a report is written that was made beforehand: as text, and its timeline as CSV and NDJSON.
//!
//! ```text
//! cargo bench --bench report
//! ```

mod craft;
mod stages;

use std::io;

use divan::Bencher;
use divan::counter::ItemsCount;

use sagap::report::{TableFormat, TextOptions, TimelineEntry, TimelineTable, to_text};
use sagap::time::Timestamp;
use stages::{Case, LONG_CASES};

fn main() {
    divan::main();
}

#[divan::bench(args = LONG_CASES)]
fn text(bencher: Bencher, case: Case) {
    let report = stages::report(case);
    bencher.bench(|| to_text(&report, &TextOptions::default()));
}

#[divan::bench(args = LONG_CASES)]
fn csv(bencher: Bencher, case: Case) {
    rows(bencher, case, TableFormat::Csv);
}

#[divan::bench(args = LONG_CASES)]
fn ndjson(bencher: Bencher, case: Case) {
    rows(bencher, case, TableFormat::Ndjson);
}

/// Writes the timeline to nowhere, a row an entry.
fn rows(bencher: Bencher, case: Case, format: TableFormat) {
    let entries = stages::report(case).events;
    let start = entries.first().map_or(Timestamp::MAX, TimelineEntry::time);
    bencher.counter(ItemsCount::new(entries.len())).bench(|| -> io::Result<()> {
        let mut table = TimelineTable::new(io::sink(), format, vec!["bench".to_owned()], start)?;
        entries.iter().try_for_each(|entry| table.write(entry))?;
        table.finish()
    });
}
