//! What several test modules need.

pub(crate) mod bpf;
pub(crate) mod carp;
pub(crate) mod clock;
pub(crate) mod compress;
pub(crate) mod craft;
pub(crate) mod frames;
pub(crate) mod gateways;
pub(crate) mod glbp;
pub(crate) mod ike;
#[cfg(target_os = "linux")]
pub(crate) mod namespace;
pub(crate) mod neighbour;
pub(crate) mod read;
pub(crate) mod sagap;
pub(crate) mod scenario;
pub(crate) mod stored;
pub(crate) mod vrrp;
pub(crate) mod wrap;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ::sagap::capture::{Inputs, Parallel};
use ::sagap::decode::Options;
use ::sagap::run::{self, SkimmedCaptures};

/// The folder `sub` of the shared recordings beside the project, such as `captures/robust`; `None` where they are
/// absent, which is said in one line.
///
/// Panics for their absence where `CI` is `true`: there the tests that need them must run.
pub(crate) fn shared(sub: &str) -> Option<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = manifest.parent().map(|parent| parent.join("shared").join(sub));
    let found = folder.filter(|folder| folder.is_dir());
    if found.is_none() {
        let ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
        assert!(!ci, "../shared/{sub} is absent, and CI=true needs it");
        skipped(&format!("../shared/{sub} is absent"));
    }
    found
}

/// Says in one line that a test was skipped, past the harness, which hides what passing tests print.
pub(crate) fn skipped(why: &str) {
    let _ = writeln!(io::stderr(), "skipped: {why}");
}

/// A folder for the files of the test called `name`, new and empty.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the target folder can be written");
    folder
}

/// How captures are shared out to threads in this process: to as many as `SAGAP_THREADS` says, as the program's own are.
pub(crate) fn parallel() -> Parallel {
    std::env::var(self::sagap::THREADS).map_or_else(
        |_| Parallel::default(),
        |threads| Parallel::threads(threads.parse().expect("SAGAP_THREADS is a number, and not 0")),
    )
}

/// Opens captures for a run with the options that hold where nothing is said.
pub(crate) fn open(paths: &[PathBuf]) -> SkimmedCaptures {
    let inputs = Inputs::expand(paths).expect("none is standard input twice");
    run::open(inputs, parallel(), &Options::default())
}

/// Every file below a folder, in the order of their paths.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
