//! A command that is told of findings (`--on-finding`).

mod command;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use command::{Command, Failure};

/// Hands findings to a command, one after the other in order, and never keeps the analysis waiting.
///
/// The command is run anew for each finding, by `sh -c`, with the finding as one line of JSON on its standard input.
/// What it prints goes to standard error. Nothing of a finding is part of the command line.
pub struct Hook {
    jobs: SyncSender<String>,
    failures: Receiver<Failure>,
    shared: Arc<Shared>,
    /// Findings that were taken into the queue.
    told: u64,
    /// Findings that were not, because it was full, since this was told last.
    late: u64,
    /// All failures so far.
    failed: u64,
}

/// What the hook and its thread have in common.
#[derive(Default)]
struct Shared {
    /// Findings that were taken out of the queue.
    begun: AtomicU64,
    /// Nothing more is begun, and what runs is killed.
    ended: AtomicBool,
}

impl Hook {
    /// How long the command may take unless something else is said.
    pub const TIMEOUT: Duration = Duration::from_secs(30);

    /// How many findings wait unless something else is said.
    pub const QUEUE: usize = 64;

    /// A hook that runs `command`, each time for `timeout` at most; then it is killed with its whole process group. At
    /// most `queue` findings wait for it.
    ///
    /// # Errors
    ///
    /// When no thread can be begun.
    pub fn new(command: String, timeout: Duration, queue: usize) -> io::Result<Self> {
        let (jobs, waiting) = mpsc::sync_channel(queue);
        let (tell, failures) = mpsc::channel();
        let shared = Arc::<Shared>::default();
        let (command, known) = (Command { line: command, timeout }, Arc::clone(&shared));
        thread::Builder::new()
            .name("on-finding".to_owned())
            .spawn(move || work(&command, &waiting, &tell, &known))?;
        Ok(Self { jobs, failures, shared, told: 0, late: 0, failed: 0 })
    }

    /// Hands a finding on, as JSON on one line without its end. Where the queue is full it is not handed on, which is
    /// counted.
    pub fn tell(&mut self, json: String) {
        if self.jobs.try_send(json).is_ok() {
            self.told = self.told.saturating_add(1);
        } else {
            self.late = self.late.saturating_add(1);
            self.failed = self.failed.saturating_add(1);
        }
    }

    /// How often the command failed, or was not given a finding, as far as [`Self::notices`] has told of it or will.
    pub const fn failures(&self) -> u64 {
        self.failed
    }

    /// What is to be said on standard error since the last call, one line each.
    pub fn notices(&mut self) -> Vec<String> {
        let failures: Vec<Failure> = self.failures.try_iter().collect();
        self.failed = self.failed.saturating_add(failures.len() as u64);
        let mut lines = told(failures);
        if self.late > 0 {
            let late = Findings(self.late);
            lines.push(format!("{OPTION}: the command is too slow: {late} not handed on"));
            self.late = 0;
        }
        lines
    }

    /// Waits for the findings in the queue to be handed on, for `patience` at most; then what runs is killed. What is
    /// left to be said.
    pub fn finish(mut self, patience: Duration) -> Vec<String> {
        let mut lines = self.notices();
        let Self { jobs, failures, shared, told, .. } = self;
        drop(jobs);
        let mut last = Vec::new();
        if !all(&failures, patience, &mut last) {
            shared.ended.store(true, Ordering::Release);
            all(&failures, LAST_PATIENCE, &mut last);
        }
        lines.extend(self::told(last));
        let left = told.saturating_sub(shared.begun.load(Ordering::Acquire));
        if left > 0 {
            lines.push(format!("{OPTION}: {} not handed on before the end", Findings(left)));
        }
        lines
    }
}

/// Takes findings out of the queue until nobody can put one into it any more.
fn work(command: &Command, waiting: &Receiver<String>, tell: &Sender<Failure>, shared: &Shared) {
    for json in waiting {
        if shared.ended.load(Ordering::Acquire) {
            return;
        }
        shared.begun.fetch_add(1, Ordering::AcqRel);
        if let Err(failure) = command.run(json, &shared.ended) {
            // Where nobody listens any more nobody needs to know.
            drop(tell.send(failure));
        }
    }
}

/// Waits for the thread's end, for `patience` at most; what it tells until then is put into `told`. Whether it ended.
fn all(failures: &Receiver<Failure>, patience: Duration, told: &mut Vec<Failure>) -> bool {
    let end = now().checked_add(patience);
    loop {
        let left = end.map_or(patience, |end| end.saturating_duration_since(now()));
        match failures.recv_timeout(left) {
            Ok(failure) => told.push(failure),
            Err(RecvTimeoutError::Timeout) => return false,
            Err(RecvTimeoutError::Disconnected) => return true,
        }
    }
}

/// One line for each failure, and for several equal ones in a row.
fn told(failures: Vec<Failure>) -> Vec<String> {
    let mut folded: Vec<(Failure, u64)> = Vec::new();
    for failure in failures {
        match folded.last_mut() {
            Some((last, count)) if *last == failure => *count += 1,
            _ => folded.push((failure, 1)),
        }
    }
    let line = |(failure, count)| match count {
        1 => format!("{OPTION}: {failure}"),
        count => format!("{OPTION}: {failure} ({count} times)"),
    };
    folded.into_iter().map(line).collect()
}

/// `1 finding was`, `2 findings were`.
struct Findings(u64);

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("1 finding was"),
            count => write!(f, "{count} findings were"),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a command runs is told by this machine's clock")]
fn now() -> Instant {
    Instant::now()
}

/// The option that names the command.
const OPTION: &str = "--on-finding";

/// How long the end waits for a command that was killed.
const LAST_PATIENCE: Duration = Duration::from_secs(1);
