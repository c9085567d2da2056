//! How fast packets that are decoded already are folded into observations.
//!
//! ```text
//! cargo bench --bench observe
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
fn observe(bencher: Bencher, case: Case) {
    let bytes = case.crafted();
    let frames = stages::frames(&bytes);
    let packets = stages::packets(&frames);
    bencher.counter(ItemsCount::new(packets.len())).bench(|| {
        let mut observations = 0_u64;
        stages::observe(&packets, &mut |_| observations += 1);
        observations
    });
}
