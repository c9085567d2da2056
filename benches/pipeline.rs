//! How fast all stages together go over a file.
//!
//! ```text
//! cargo bench --bench pipeline
//! ```

mod craft;
mod stages;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

use sagap::capture::Parallel;

use stages::{CASES_OF_EACH_FORMAT, Case, Nowhere, ONE_THREAD};

fn main() {
    divan::main();
}

#[divan::bench(args = CASES_OF_EACH_FORMAT)]
fn one_thread(bencher: Bencher, case: Case) {
    pipeline(bencher, case, ONE_THREAD);
}

#[divan::bench(args = CASES_OF_EACH_FORMAT)]
fn all_cores(bencher: Bencher, case: Case) {
    pipeline(bencher, case, Parallel::default());
}

fn pipeline(bencher: Bencher, case: Case, parallel: Parallel) {
    let file = case.written("pipeline");
    let report = stages::run(&file, parallel, &mut Nowhere);
    let frames: u64 = report.captures.iter().map(|capture| capture.tally.frames).sum();
    bencher
        .counter(BytesCount::new(file.len()))
        .counter(ItemsCount::new(frames))
        .bench(|| stages::run(&file, parallel, &mut Nowhere));
}
