//! How fast frames that are in memory are decoded.
//!
//! ```text
//! cargo bench --bench decode
//! ```

mod craft;
mod stages;

use divan::Bencher;
use divan::counter::ItemsCount;

use stages::{CASES, Case};

fn main() {
    divan::main();
}

#[divan::bench(args = CASES)]
fn decode(bencher: Bencher, case: Case) {
    let bytes = case.crafted();
    let frames = stages::frames(&bytes);
    bencher.counter(ItemsCount::new(frames.len())).bench(|| stages::decode_all(&frames));
}
