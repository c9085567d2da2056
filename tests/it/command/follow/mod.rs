//! Captures that go on while they are read.

mod bad_input;
mod ends;
mod evidence;
mod exporter;
mod findings;
mod hook;
#[cfg(target_os = "linux")]
mod interface;
mod output;
mod same;
mod side_outputs;
mod silence;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::common::clock::now;
use crate::common::sagap::{Ran, binary};

/// `sagap follow`, while it runs.
struct Following {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<(Instant, Stream, String)>,
    readers: Vec<JoinHandle<()>>,
    told: Vec<(Instant, Stream, String)>,
    /// How much of that was waited for, in each stream.
    passed: [usize; 2],
}

/// Where a line was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stream {
    Out,
    Err,
}

impl Following {
    /// Begins to follow in `folder`, with a pipe as standard input.
    fn begin(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(binary());
        command.arg("follow").args(arguments).current_dir(folder).env_clear().env("TZ", "UTC");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command starts");
        let (to, lines) = channel();
        let out = child.stdout.take().expect("it is piped");
        let err = child.stderr.take().expect("it is piped");
        let readers = vec![read_lines(out, Stream::Out, to.clone()), read_lines(err, Stream::Err, to)];
        Self { stdin: child.stdin.take(), child, lines, readers, told: Vec::new(), passed: [0; 2] }
    }

    /// Writes into standard input.
    fn write(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().expect("it is open");
        stdin.write_all(bytes).expect("it is read");
        stdin.flush().expect("it is read");
    }

    /// Waits until a line is told that holds `text`, behind the last one of its stream that was waited for: which of two
    /// streams is read first is anybody's guess. The line, and when it came.
    fn wait_for(&mut self, text: &str) -> (Instant, String) {
        let deadline = now() + LIMIT;
        let mut at = 0;
        loop {
            while let Some((when, stream, line)) = self.told.get(at) {
                let passed = &mut self.passed[*stream as usize];
                at += 1;
                if at > *passed && line.contains(text) {
                    *passed = at;
                    return (*when, line.clone());
                }
            }
            let rest = deadline.saturating_duration_since(now());
            let Ok(line) = self.lines.recv_timeout(rest) else {
                panic!("'{text}' does not come:\n{:#?}", self.told);
            };
            self.told.push(line);
        }
    }

    /// Sends a signal.
    fn send(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).expect("a process has a small number"));
        kill(pid, signal).expect("it runs");
    }

    /// Closes standard input and waits until it ends by itself.
    fn finish(mut self) -> Ran {
        drop(self.stdin.take());
        let deadline = now() + LIMIT;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("it is ours") {
                break status;
            }
            if now() > deadline {
                drop(self.child.kill());
                panic!("it does not end:\n{:#?}", self.told);
            }
            thread::sleep(Duration::from_millis(5));
        };
        for reader in self.readers.drain(..) {
            reader.join().expect("it reads to the end");
        }
        self.told.extend(self.lines.try_iter());
        let text = |wanted: Stream| {
            let lines = self.told.iter().filter(|(_, stream, _)| *stream == wanted);
            lines.flat_map(|(_, _, line)| [line.as_str(), "\n"]).collect::<String>()
        };
        let code = status.code().unwrap_or_else(|| panic!("{status}: {:#?}", self.told));
        let ran = Ran { code, stdout: text(Stream::Out), stderr: text(Stream::Err) };
        assert!(!ran.stderr.contains("panicked"), "{ran:?}");
        ran
    }
}

impl Drop for Following {
    /// A test that fails leaves nothing running.
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn read_lines(
    from: impl Read + Send + 'static,
    stream: Stream,
    to: std::sync::mpsc::Sender<(Instant, Stream, String)>,
) -> JoinHandle<()> {
    thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            let Ok(line) = line else { return };
            if to.send((now(), stream, line)).is_err() {
                return;
            }
        }
    })
}

/// What takes longer hangs.
const LIMIT: Duration = Duration::from_secs(60);
