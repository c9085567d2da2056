//! How fast events, collected beforehand, become verdicts and findings.
//!
//! ```text
//! cargo bench --bench diagnose
//! ```

mod craft;
mod stages;

use divan::Bencher;
use divan::counter::ItemsCount;

use sagap::diagnose::{Diagnosis, Known, Options};
use stages::{Case, LONG_CASES};

fn main() {
    divan::main();
}

#[divan::bench(args = LONG_CASES)]
fn diagnose(bencher: Bencher, case: Case) {
    let (observations, end) = stages::observations(case);
    let (tracker, events) = stages::track(&observations, end);
    let (groups, tunnels) = (tracker.group_facts(), tracker.tunnel_facts());
    let known = Known { groups: &groups, tunnels: &tunnels, captures: &[] };
    bencher.counter(ItemsCount::new(events.len())).bench(|| {
        let mut diagnosis = Diagnosis::new(Options::default());
        for event in &events {
            diagnosis.observe(event);
        }
        let revised = diagnosis.finish();
        (revised, diagnosis.failovers(), diagnosis.findings(&known))
    });
}
