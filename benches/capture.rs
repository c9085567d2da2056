//! How fast the records of a capture are walked over: by its reader, in memory, and in chunks of a file, where each frame is
//! noted too.
//!
//! ```text
//! cargo bench --bench capture
//! ```

mod craft;
mod stages;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

use stages::{CASES_OF_EACH_FORMAT, Case};

fn main() {
    divan::main();
}

#[divan::bench(args = CASES_OF_EACH_FORMAT)]
fn capture(bencher: Bencher, case: Case) {
    let bytes = case.crafted();
    bencher
        .counter(BytesCount::of_slice(&bytes))
        .counter(ItemsCount::new(stages::walk(stages::open(&bytes))))
        .with_inputs(|| stages::open(&bytes))
        .bench_values(stages::walk);
}

#[divan::bench(args = CASES_OF_EACH_FORMAT)]
fn skim(bencher: Bencher, case: Case) {
    let file = case.written("skim");
    bencher
        .counter(BytesCount::new(file.len()))
        .counter(ItemsCount::new(stages::skim(&file)))
        .bench(|| stages::skim(&file));
}
