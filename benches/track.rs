//! How fast observations, collected beforehand, become events and facts.
//!
//! ```text
//! cargo bench --bench track
//! ```

mod craft;
mod stages;

use divan::Bencher;
use divan::counter::ItemsCount;

use stages::{Case, LONG_CASES};

fn main() {
    divan::main();
}

#[divan::bench(args = LONG_CASES, sample_count = 20)]
fn track(bencher: Bencher, case: Case) {
    let (observations, end) = stages::observations(case);
    bencher.counter(ItemsCount::new(observations.len())).bench(|| stages::track(&observations, end));
}
