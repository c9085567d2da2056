//! What each command does: opens its captures, runs them, writes what was asked for, and says how it ended.

mod analyze;
mod explain;
mod export;
pub mod follow;
mod interfaces;
mod kept;
mod overwrite;
#[cfg(target_os = "linux")]
pub mod privilege;
mod terminal;

use std::error::Error;
use std::io::{self, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};

use crate::capture::{Inputs, Parallel, Roster, in_words};
use crate::cli::{Common, Complaint, Invocation, Progress, Thresholds, is_broken_pipe, root_kind};
use crate::decode;
use crate::diagnose::Severity;
use crate::report::Report;
use crate::run::{self, Options, SkimmedCaptures};

pub use terminal::Terminal;

/// How a command ended, as its exit code says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done, and no finding weighs enough.
    Done,
    /// 1: done, and there are findings that do.
    Findings,
    /// 2: it could not be done, or not for every capture.
    Failed,
}

/// Does what was asked for. Results go to `out`, everything else to `err`.
///
/// A closed pipe is no failure: nobody wants to read on.
pub fn perform(
    invocation: &Invocation,
    terminal: Terminal,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Exit {
    let result = match invocation {
        Invocation::Analyze(analyze) => analyze::analyze(analyze, terminal, out, err),
        Invocation::Follow(follow) => follow::follow(follow, terminal, out, err),
        Invocation::Export(export) => export::export(export, terminal, out, err),
        Invocation::Interfaces(interfaces) => interfaces::interfaces(*interfaces, terminal, out),
        Invocation::Explain(explain) => explain::explain(explain, terminal, out),
    };
    match result {
        Ok(exit) => exit,
        Err(error) if is_broken_pipe(error.as_ref()) => Exit::Done,
        Err(error) => {
            // An I/O error that nobody has named yet is one of `out`: captures and files are named where they fail.
            match error.downcast_ref::<io::Error>() {
                Some(error) => complain(err, &unwritable("standard output", error)),
                None => complain(err, error.as_ref()),
            }
            Exit::Failed
        }
    }
}

impl Exit {
    /// The exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Findings => 1,
            Self::Failed => 2,
        }
    }
}

/// Why a command could not be done.
type Failure = Box<dyn Error>;

/// Opens captures; those that cannot be read are told to `err`.
///
/// # Errors
///
/// When none of them can be read, or a capture would have to be typed.
fn open(
    paths: &[PathBuf],
    (threads, max_decompressed): (Option<NonZero<usize>>, u64),
    options: &Options,
    terminal: Terminal,
    err: &mut dyn Write,
) -> Result<SkimmedCaptures, Failure> {
    let piped = "pipe a capture into it (tcpdump -w - | sagap analyze -)";
    paths.iter().try_for_each(|path| refuse_typed(path, terminal, piped))?;
    let inputs = Inputs::expand(paths).map_err(|error| complaint(&error))?;
    let parallel = threads.map_or_else(Parallel::default, Parallel::threads);
    let captures = run::open(inputs.with_max_decompressed(max_decompressed), parallel, &options.decode);
    let readable = captures.ids().any(|id| captures.failure(id).is_none());
    match captures.failures() {
        [only] if !readable => Err(Box::new(complaint(only))),
        failures => {
            for failure in failures {
                complain(err, &complaint(failure));
            }
            if readable {
                return Ok(captures);
            }
            Err(Box::new(Complaint::new("none of the captures can be read", "see above")))
        }
    }
}

/// Refuses to read a capture that would have to be typed.
fn refuse_typed(path: &Path, terminal: Terminal, hint: &str) -> Result<(), Complaint> {
    if terminal.input && path.as_os_str() == "-" {
        return Err(Complaint::new("-: standard input is a terminal", hint));
    }
    Ok(())
}

/// How a run ended that came to this report; `failed` where not all could be read.
fn exit(report: &Report, fail_on: Option<Severity>, failed: bool) -> Exit {
    let weighs = |severity| fail_on.is_some_and(|least| severity >= least);
    match report.findings.iter().any(|finding| weighs(finding.severity)) {
        _ if failed => Exit::Failed,
        true => Exit::Findings,
        false => Exit::Done,
    }
}

/// Tells what could not be read since [`open`], which told the first `told` failures.
fn tell_failures(captures: &SkimmedCaptures, told: usize, err: &mut dyn Write) {
    for failure in captures.failures().iter().skip(told) {
        complain(err, &complaint(failure));
    }
}

fn complaint(error: &crate::capture::Error) -> Complaint {
    Complaint::new(error.to_string(), error.hint())
}

/// Writes a complaint. Where even that is not possible there is nobody left to tell.
fn complain(err: &mut dyn Write, error: &(dyn Error + 'static)) {
    let complaint = match error.downcast_ref::<Complaint>() {
        Some(complaint) => complaint.clone(),
        None => Complaint { message: error.to_string(), hint: None },
    };
    drop(writeln!(err, "{complaint}"));
}

/// A progress bar for reading `captures`.
fn progress(captures: &SkimmedCaptures, common: Common, terminal: Terminal) -> Progress {
    let total = Some(captures.total_bytes()).filter(|&total| total > 0);
    Progress::new(total, common.progress && terminal.err)
}

/// What to run with.
fn options(ike_ports: &[u16], thresholds: &Thresholds) -> Options {
    Options {
        decode: decode::Options::new(ike_ports.to_vec()),
        track: thresholds.track.clone(),
        diagnose: thresholds.diagnose.clone(),
    }
}

/// An I/O error with the name of what could not be written.
fn unwritable(name: &str, error: &io::Error) -> Complaint {
    let hint = match root_kind(error).unwrap_or_else(|| error.kind()) {
        io::ErrorKind::NotFound => "create its directory first",
        io::ErrorKind::PermissionDenied => "name a file that you may write to",
        io::ErrorKind::IsADirectory => "name a file in it",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room, or write to another disk",
        _ => "name another file to write to",
    };
    Complaint::new(format!("{name}: cannot be written: {}", in_words(error)), hint)
}
