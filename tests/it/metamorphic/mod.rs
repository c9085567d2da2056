//! Verdicts do not depend on how an incident was captured.
//!
//! Every recording is altered in ways that change nothing of what happened, or that hide some of it, and analysed again.
//! [`RELATIONS`] says which alteration is held to which relation.

mod company;
mod losses;
mod recording;
mod relations;
mod renumbered;
mod times;
mod told;
mod vantage;

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::common::read::Owned;
use crate::common::scratch;

use recording::{Recording, report};
use told::Told;

/// An alteration, and what must hold between the reports on the altered frames and on those recorded.
struct Relation {
    /// What was altered.
    name: &'static str,
    /// Each way to do so, with what to hold it to.
    cases: fn(&Recording, &Told) -> Vec<Case>,
}

/// What is wrong with a report.
type Faults = dyn Fn(&Told) -> Vec<String>;

/// One altered recording.
struct Case {
    /// Which of several.
    label: String,
    /// The frames of each capture.
    captures: Vec<Vec<Owned>>,
    /// What is wrong with the report on them; empty where the relation holds.
    faults: Box<Faults>,
}

const RELATIONS: &[Relation] = &[
    Relation { name: "another clock", cases: relations::another_clock },
    Relation { name: "other addresses", cases: relations::other_addresses },
    Relation { name: "in a VLAN", cases: relations::in_a_vlan },
    Relation { name: "among other traffic", cases: relations::among_other_traffic },
    Relation { name: "a ring of files", cases: relations::a_ring_of_files },
    Relation { name: "some ESP lost", cases: relations::some_esp_lost },
    Relation { name: "cut off after the failover", cases: relations::cut_off },
    Relation { name: "no IKE", cases: relations::no_ike },
];

#[test]
fn every_relation_holds_for_every_recording() {
    let recordings = recording::all();
    let scratch = scratch("every_relation_holds");
    let (next, faults) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let folder = scratch.join(thread.to_string());
            let (recordings, next, faults) = (&recordings, &next, &faults);
            scope.spawn(move || {
                std::fs::create_dir_all(&folder).expect("the target folder can be written");
                while let Some(recording) = recordings.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = faults_of(&folder, recording);
                    faults.lock().expect("no thread panicked").extend(found);
                }
            });
        }
    });
    let mut faults = faults.into_inner().expect("no thread panicked");
    faults.sort();
    assert!(faults.is_empty(), "{} relations do not hold:\n{}", faults.len(), faults.join("\n"));
}

/// Which relations a recording breaks, and how.
fn faults_of(folder: &Path, recording: &Recording) -> Vec<String> {
    let told = Told::of(&report(folder, std::slice::from_ref(&recording.frames)));
    let mut faults = Vec::new();
    for Relation { name, cases } in RELATIONS {
        for Case { label, captures, faults: faults_in } in cases(recording, &told) {
            let found = faults_in(&Told::of(&report(folder, &captures)));
            let place = format!("{}, {name}{label}", recording.name);
            faults.extend(found.into_iter().map(|fault| format!("{place}: {fault}")));
        }
    }
    faults
}

/// Recordings are looked at by so many threads.
const THREADS: usize = 2;
