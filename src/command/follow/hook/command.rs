//! One run of the command.

use std::fmt;
use std::io::{self, Write};
use std::process::{self, Child, ChildStdin, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::now;
use crate::capture::in_words;

/// The command, and how long it may take.
pub(super) struct Command {
    /// As it was typed.
    pub(super) line: String,
    pub(super) timeout: Duration,
}

/// Why a run was no success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It could not be begun, or not be waited for; what the system said.
    NotRun(String),
    /// It ended with this exit code.
    Code(i32),
    /// It was ended by this signal, which was not sent here.
    Signal(i32),
    /// It took longer than this.
    Killed(Duration),
    /// It still ran at the end.
    KilledAtEnd,
}

impl Command {
    /// Runs it to its end with `json` and a line end on its standard input. What it does not read of that is lost.
    /// `ended` ends it early.
    pub(super) fn run(&self, json: String, ended: &AtomicBool) -> Result<(), Failure> {
        let not_run = |error: io::Error| Failure::NotRun(in_words(&error));
        let mut child = self.spawn().map_err(not_run)?;
        let fed = child.stdin.take().map_or(Ok(()), |stdin| feed(stdin, json));
        match self.wait(&mut child, ended).map_err(not_run)? {
            Some(status) if status.success() => fed.map_err(not_run),
            Some(status) => Err(status
                .code()
                .map_or_else(|| Failure::Signal(system::signal(status).unwrap_or_default()), Failure::Code)),
            None => {
                kill(&mut child).map_err(not_run)?;
                let at_end = ended.load(Ordering::Acquire);
                Err(if at_end { Failure::KilledAtEnd } else { Failure::Killed(self.timeout) })
            }
        }
    }

    /// Begins it as the leader of a process group of its own.
    fn spawn(&self) -> io::Result<Child> {
        let mut command = process::Command::new("sh");
        command.args(["-c", &self.line]).stdin(Stdio::piped()).stdout(system::own_stderr());
        system::lead_a_group(&mut command);
        command.spawn()
    }

    /// How it ended; none where it still runs and is to be killed.
    fn wait(&self, child: &mut Child, ended: &AtomicBool) -> io::Result<Option<ExitStatus>> {
        let end = now().checked_add(self.timeout);
        let mut pause = FIRST_PAUSE;
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(Some(status));
            }
            let left = end.map_or(self.timeout, |end| end.saturating_duration_since(now()));
            if left.is_zero() || ended.load(Ordering::Acquire) {
                return Ok(None);
            }
            thread::sleep(pause.min(left));
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRun(why) => write!(f, "the command could not be run: {why}"),
            Self::Code(code) => write!(f, "the command ended with exit code {code}"),
            Self::Signal(signal) => write!(f, "the command was ended by signal {signal}"),
            Self::Killed(after) => write!(f, "the command was killed after {} s", after.as_secs_f64()),
            Self::KilledAtEnd => f.write_str("the command was killed at the end"),
        }
    }
}

/// Writes `json` and a line end from a thread of its own, which ends with the command: one that does not read it keeps
/// only that thread waiting.
fn feed(mut stdin: ChildStdin, mut json: String) -> io::Result<()> {
    json.push('\n');
    let feed = move || {
        // A command need not read it.
        drop(stdin.write_all(json.as_bytes()));
    };
    thread::Builder::new().name("on-finding-stdin".to_owned()).spawn(feed).map(drop)
}

/// Kills a command that still runs, with all of its process group.
fn kill(child: &mut Child) -> io::Result<()> {
    // It is not waited for yet, so its number is no other's.
    if !system::kill_group(child) {
        child.kill()?;
    }
    child.wait().map(drop)
}

/// How long the first wait for the end is; each further one twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(1);

/// How long a wait is at most.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

#[cfg(unix)]
mod system {
    use std::io;
    use std::os::fd::AsFd;
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::{Child, Command, ExitStatus, Stdio};

    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;

    /// This process's standard error, for another one to write to.
    pub(super) fn own_stderr() -> Stdio {
        io::stderr().as_fd().try_clone_to_owned().map_or_else(|_| Stdio::null(), Stdio::from)
    }

    /// Makes a command the leader of a process group of its own.
    pub(super) fn lead_a_group(command: &mut Command) {
        command.process_group(0);
    }

    /// The signal that ended a process.
    pub(super) fn signal(status: ExitStatus) -> Option<i32> {
        status.signal()
    }

    /// Kills the group that a process leads; whether that could be done.
    pub(super) fn kill_group(child: &Child) -> bool {
        let group = i32::try_from(child.id()).map(Pid::from_raw);
        group.is_ok_and(|group| killpg(group, Signal::SIGKILL).is_ok())
    }
}

/// Where there are no process groups a command is killed alone.
#[cfg(not(unix))]
mod system {
    use std::process::{Child, Command, ExitStatus, Stdio};

    pub(super) fn own_stderr() -> Stdio {
        Stdio::null()
    }

    pub(super) fn lead_a_group(_: &mut Command) {}

    pub(super) fn signal(_: ExitStatus) -> Option<i32> {
        None
    }

    pub(super) fn kill_group(_: &Child) -> bool {
        false
    }
}
