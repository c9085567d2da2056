//! Keeps evidence in a thread of its own, so that neither a slow disk nor much of it holds up what is followed.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, channel, sync_channel};
use std::thread;
use std::time::Duration;

use super::{Evidence, Saved};
use crate::capture::{CaptureId, Frame, FrameNumber, LinkType};
use crate::diagnose::Finding;
use crate::report::FindingState;
use crate::time::Timestamp;

/// Hands frames and findings to the thread that keeps them. Never waits: what that has no time for is counted.
pub(in crate::command::follow) struct Keeper {
    jobs: SyncSender<Job>,
    outcomes: Receiver<Outcome>,
    copies: Copies,
    /// Findings whose outcome has not come.
    pending: usize,
    /// Frames that were not kept since that was told last.
    lost: u64,
}

/// What became of a finding's evidence.
pub(in crate::command::follow) struct Outcome {
    /// The finding, and when it was told.
    pub(in crate::command::follow) finding: (FindingState, Finding, Timestamp),
    /// The file, where one was to be written.
    pub(in crate::command::follow) saved: Option<io::Result<Saved>>,
}

enum Job {
    Keep(Copies),
    Open(Timestamp),
    Close(Timestamp),
    /// Save the frames around a finding, up to a time.
    Save(Box<(FindingState, Finding, Timestamp)>, Timestamp),
}

/// Copies of frames, their bytes one after the other.
#[derive(Default)]
struct Copies {
    bytes: Vec<u8>,
    frames: Vec<Copied>,
}

struct Copied {
    capture: CaptureId,
    name: String,
    number: FrameNumber,
    time: Timestamp,
    wire_len: u32,
    interface: u32,
    link_type: LinkType,
    len: usize,
}

impl Keeper {
    /// Begins to keep. At most `most_bytes` are saved in all.
    ///
    /// # Errors
    ///
    /// When no thread can be begun.
    pub(in crate::command::follow) fn begin(evidence: Evidence, most_bytes: u64) -> io::Result<Self> {
        let (jobs, to_do) = sync_channel(QUEUE);
        let (tell, outcomes) = channel();
        thread::Builder::new().name("evidence".to_owned()).spawn(move || {
            let (mut evidence, mut bytes) = (evidence, 0);
            for job in to_do {
                match job {
                    Job::Keep(copies) => copies.keep_in(&mut evidence),
                    Job::Open(at) => evidence.open(at),
                    Job::Close(at) => evidence.close(at),
                    Job::Save(finding, until) => {
                        let saved =
                            (bytes < most_bytes).then(|| evidence.save(&finding.1, Timestamp::MIN, until));
                        bytes +=
                            saved.as_ref().map_or(0, |saved| saved.as_ref().map_or(0, |saved| saved.bytes));
                        if tell.send(Outcome { finding: *finding, saved }).is_err() {
                            return;
                        }
                    }
                }
            }
        })?;
        Ok(Self { jobs, outcomes, copies: Copies::default(), pending: 0, lost: 0 })
    }

    /// Keeps a copy of a frame of the capture called `name`.
    pub(in crate::command::follow) fn keep(&mut self, capture: CaptureId, name: &str, frame: &Frame<'_>) {
        self.copies.push(capture, name, frame);
        if self.copies.bytes.len() >= FULL {
            self.flush();
        }
    }

    /// Something happened at `at`: frames from before it on stay until [`Self::close`].
    pub(in crate::command::follow) fn open(&mut self, at: Timestamp) {
        self.flush();
        self.hand(Job::Open(at));
    }

    /// What [`Self::open`] was told of at `at` is over.
    pub(in crate::command::follow) fn close(&mut self, at: Timestamp) {
        self.flush();
        self.hand(Job::Close(at));
    }

    /// Saves the frames around a finding, up to `until`. Whether its outcome will come.
    pub(in crate::command::follow) fn save(
        &mut self,
        finding: (FindingState, Finding, Timestamp),
        until: Timestamp,
    ) -> bool {
        self.flush();
        let is_taken = self.hand(Job::Save(Box::new(finding), until));
        self.pending += usize::from(is_taken);
        is_taken
    }

    /// Hands on the frames that were put together.
    pub(in crate::command::follow) fn flush(&mut self) {
        let copies = std::mem::take(&mut self.copies);
        let count = copies.frames.len() as u64;
        if count > 0 && !self.hand(Job::Keep(copies)) {
            self.lost += count;
        }
    }

    /// How many frames were not kept since the last call.
    pub(in crate::command::follow) fn lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    /// What has become of findings since the last call.
    pub(in crate::command::follow) fn outcomes(&mut self) -> Vec<Outcome> {
        let outcomes: Vec<Outcome> = self.outcomes.try_iter().collect();
        self.pending = self.pending.saturating_sub(outcomes.len());
        outcomes
    }

    /// Waits for all outcomes, each for `patience` at most; how many did not come.
    pub(in crate::command::follow) fn finish(mut self, patience: Duration) -> (Vec<Outcome>, usize) {
        let mut outcomes = self.outcomes();
        while self.pending > 0 {
            let Ok(outcome) = self.outcomes.recv_timeout(patience) else { break };
            outcomes.push(outcome);
            self.pending -= 1;
        }
        (outcomes, self.pending)
    }

    /// Whether the thread takes a job.
    fn hand(&self, job: Job) -> bool {
        !matches!(self.jobs.try_send(job), Err(TrySendError::Full(_) | TrySendError::Disconnected(_)))
    }
}

impl Copies {
    fn push(&mut self, capture: CaptureId, name: &str, frame: &Frame<'_>) {
        let Frame { number, time, wire_len, interface, link_type, bytes } = *frame;
        self.bytes.extend_from_slice(bytes);
        // The name is told with the first frame of each capture; the rest know it.
        let is_known = self.frames.iter().rev().take(1).any(|copied| copied.capture == capture);
        let name = if is_known { String::new() } else { name.to_owned() };
        let len = bytes.len();
        self.frames.push(Copied { capture, name, number, time, wire_len, interface, link_type, len });
    }

    fn keep_in(&self, evidence: &mut Evidence) {
        let mut rest = self.bytes.as_slice();
        for copied in &self.frames {
            let Copied { capture, ref name, number, time, wire_len, interface, link_type, len } = *copied;
            let (bytes, behind) = rest.split_at(len.min(rest.len()));
            rest = behind;
            evidence.keep(capture, name, &Frame { number, time, wire_len, interface, link_type, bytes });
        }
    }
}

/// How many jobs wait at most.
const QUEUE: usize = 256;
/// Frames are handed on when they have so many bytes.
const FULL: usize = 64 * 1024;
