//! How fast all stages together go over a file.
//!
//! ```text
//! cargo bench --bench pipeline
//! ```

mod craft;
mod stages;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

use stages::{CASES_OF_EACH_FORMAT, Case, Nowhere};

fn main() {
    divan::main();
}

#[divan::bench(args = CASES_OF_EACH_FORMAT)]
fn pipeline(bencher: Bencher, case: Case) {
    let file = case.written("pipeline");
    let frames: u64 = stages::run(&file, &mut Nowhere).captures.iter().map(|it| it.tally.frames).sum();
    bencher
        .counter(BytesCount::new(file.len()))
        .counter(ItemsCount::new(frames))
        .bench(|| stages::run(&file, &mut Nowhere));
}
