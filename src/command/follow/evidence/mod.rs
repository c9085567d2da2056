//! The frames around a finding, kept in memory until they are wanted and then saved as a file of their own.

mod file;
mod keeper;
mod name;
mod ring;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::PathBuf;
use std::time::Duration;

use ring::{Held, Ring};

pub(super) use keeper::{Keeper, Outcome};

use crate::capture::{Bytes, CaptureId, Frame, FrameNumber};
use crate::diagnose::Finding;
use crate::report::{PcapngFrame, PcapngInterface, PcapngWriter};
use crate::time::Timestamp;

/// Keeps the latest frames, and saves those around a finding as pcapng.
///
/// Memory is bounded by bytes and by capture time; no clock of this machine is asked.
pub struct Evidence {
    dir: PathBuf,
    ring: Ring,
    /// The names of captures, as far as frames of them came.
    names: BTreeMap<CaptureId, String>,
}

/// A file of evidence that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Where it is.
    pub path: PathBuf,
    /// How many frames it holds.
    pub frames: u64,
    /// How many bytes it has.
    pub bytes: u64,
    /// How many it may lack because they were dropped for want of room.
    pub missing: u64,
}

impl Evidence {
    /// How long frames are kept unless something else is said.
    pub const BEFORE: Duration = Duration::from_secs(60);

    /// How many bytes are kept unless something else is said: 64 MiB.
    pub const LIMIT_BYTES: usize = 64 << 20;

    /// Files go to `dir`, which need not exist yet. Frames are kept for `before` of capture time, `limit_bytes` of them
    /// at most; each counts as its bytes and about 50 more.
    pub const fn new(dir: PathBuf, before: Duration, limit_bytes: usize) -> Self {
        Self { dir, ring: Ring::new(before, limit_bytes), names: BTreeMap::new() }
    }

    /// Keeps a copy of a frame of the capture called `name`. Which frames are worth it, the caller knows.
    ///
    /// Frames come in about the order of time. Where there is no room the oldest are dropped, and counted.
    pub fn keep(&mut self, capture: CaptureId, name: &str, frame: &Frame<'_>) {
        if !name.is_empty() {
            self.names.entry(capture).or_insert_with(|| name.to_owned());
        }
        let held = Held {
            time: frame.time,
            number: frame.number,
            capture,
            interface: frame.interface,
            link_type: frame.link_type,
            wire_len: frame.wire_len,
            len: 0,
        };
        self.ring.push(held, frame.bytes);
    }

    /// Something happened at `at`, as a failover: frames from `before` ahead of it on stay until [`Self::close`], as far
    /// as there is room.
    pub fn open(&mut self, at: Timestamp) {
        self.ring.open(at);
    }

    /// What [`Self::open`] was told of at `at` is over. Without it this does nothing.
    pub fn close(&mut self, at: Timestamp) {
        self.ring.close(at);
    }

    /// Saves the frames from `from` to `to`, both included, as evidence for `finding`.
    ///
    /// The file is named for the finding's time, rule and subject, as
    /// `2026-11-23T044755Z_failover-without-negotiation_hsrp-10.pcapng`, with `-2` and so on where that is taken. It
    /// gets the name when it is complete. Frames that the finding cites carry a comment with what they show.
    ///
    /// # Errors
    ///
    /// When the file cannot be written; nothing is left of it then.
    pub fn save(&self, finding: &Finding, from: Timestamp, to: Timestamp) -> io::Result<Saved> {
        let mut frames = 0;
        let path = file::create(&self.dir, &name::stem(finding), |output| {
            frames = self.write(output, finding, (from, to))?;
            Ok(())
        })?;
        let bytes = fs::metadata(&path).map_or(0, |metadata| metadata.len());
        Ok(Saved { path, frames, bytes, missing: self.ring.lost(from, to) })
    }

    /// Writes the frames of a stretch of time; how many they are.
    fn write(
        &self,
        output: &mut BufWriter<File>,
        finding: &Finding,
        (from, to): (Timestamp, Timestamp),
    ) -> io::Result<u64> {
        let mut writer = PcapngWriter::new(output, &self.preface(finding, from, to))?;
        let mut notes = notes(finding);
        let mut frames = 0;
        self.ring.try_for_each(|held, bytes| {
            if held.time < from || held.time > to || held.link_type.foreign().is_some() {
                return Ok(());
            }
            let comments = notes.remove(&(held.capture, held.number)).unwrap_or_default();
            let interface = writer.interface(self.interface(held))?;
            let frame = PcapngFrame { time: held.time, wire_len: held.wire_len, bytes };
            frames += 1;
            writer.frame(interface, frame, &comments)
        })?;
        writer.finish()?;
        Ok(frames)
    }

    /// What the file says of itself.
    fn preface(&self, finding: &Finding, from: Timestamp, to: Timestamp) -> Vec<String> {
        let mut lines = vec![format!("sagap: {}: {}", finding.rule, finding.summary)];
        let lost = self.ring.lost(from, to);
        if lost > 0 {
            let limit = Bytes(self.ring.limit_bytes() as u64);
            lines.push(format!("sagap: {lost} frames are missing here: no more than {limit} were held"));
        }
        lines
    }

    /// The interface that a frame was captured on. What its snap length was is not known here.
    fn interface(&self, held: &Held) -> PcapngInterface {
        let name = self.names.get(&held.capture).cloned().unwrap_or_default();
        let name = if held.interface == 0 { name } else { format!("{name} interface {}", held.interface) };
        PcapngInterface { link_type: held.link_type, name, snaplen: 0 }
    }
}

/// What the finding says of frames, by frame, each note once.
fn notes(finding: &Finding) -> BTreeMap<(CaptureId, FrameNumber), Vec<String>> {
    let mut notes: BTreeMap<_, Vec<String>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for evidence in &finding.evidence {
        let frame = (evidence.at.capture, evidence.at.frame);
        if seen.insert((frame, &evidence.note)) {
            notes.entry(frame).or_default().push(format!("sagap: {}: {}", finding.rule, evidence.note));
        }
    }
    notes
}
