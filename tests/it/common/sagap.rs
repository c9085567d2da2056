//! The built command, run.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_cmd::Command;
use serde_json::Value;

/// How a run ended, and what it wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The exit code and all of standard error: what every run is held to.
    pub(crate) fn ending(&self) -> String {
        format!("exit code {}\n{}", self.code, self.stderr)
    }

    /// The report that `analyze --format json` wrote.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The part of a text report below the heading `title`, to the next empty line.
    pub(crate) fn part(&self, title: &str) -> String {
        let below = self.stdout.split_once(&format!("{title}\n")).map(|(_, below)| below);
        let below = below.unwrap_or_else(|| panic!("no '{title}' in {self:?}"));
        below.split("\n\n").next().unwrap_or_default().to_owned()
    }
}

/// Runs `sagap` with these arguments in `folder`, without a terminal and with nothing to read.
pub(crate) fn sagap<A: AsRef<OsStr>>(folder: &Path, arguments: &[A]) -> Ran {
    run(command(folder).args(arguments))
}

/// The same, with `input` to read from a pipe.
pub(crate) fn sagap_reading<A: AsRef<OsStr>>(folder: &Path, arguments: &[A], input: Vec<u8>) -> Ran {
    run(command(folder).args(arguments).write_stdin(input))
}

/// `sagap` in `folder`, with an environment that says nothing but how many threads it may have, where the tests' own says
/// so.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(binary());
    command.current_dir(folder).env_clear().env("TZ", "UTC").timeout(LIMIT);
    if let Some(threads) = std::env::var_os(THREADS) {
        command.env(THREADS, threads);
    }
    command
}

/// Runs to the end, which must come by itself.
pub(crate) fn run(command: &mut Command) -> Ran {
    let output = command.output().expect("the command starts and ends in time");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("what is written is UTF-8");
    let ran = Ran {
        code: output.status.code().unwrap_or_else(|| panic!("{}: {command:?}", output.status)),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    };
    assert!((0..=2).contains(&ran.code) && !ran.stderr.contains("panicked"), "{command:?}: {ran:?}");
    ran
}

/// The built command.
pub(crate) fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_sagap"))
}

/// The project's own recordings.
pub(crate) fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("captures")
}

/// The variable that says how many threads read captures.
pub(crate) const THREADS: &str = "SAGAP_THREADS";

/// A run that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(60);
