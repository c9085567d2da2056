//! What goes elsewhere than to standard output while it is followed: rows, findings, evidence, metrics.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::capture::{Bytes, CaptureId, Frame, in_words};
use crate::cli::{Complaint, Follow, Followed};
use crate::command::unwritable;
use crate::decode::{Packet, Pieces, Stop};
use crate::diagnose::{Finding, Verdict};
use crate::report::{FindingState, Metrics, TimelineEntry, finding_json, to_prometheus};
use crate::run::View;
use crate::time::Timestamp;
use crate::track::{EventKind, GroupFacts, TunnelFacts};

use super::evidence::{Evidence, Keeper, Outcome};
use super::exporter::Exporter;
use super::hook::Hook;
use super::metrics;
use super::rows::Rows;

/// What goes elsewhere than to standard output. None of it ever ends the run: what fails is told, once.
pub(super) struct SideOutputs {
    rows: Option<Rows>,
    hook: Option<Hook>,
    evidence: Option<Keeper>,
    exporter: Option<Exporter>,
    /// The name of what is followed, where that may be many files.
    ring: Option<String>,
    /// The latest frame.
    latest: Timestamp,
    /// Failovers that were judged, of which no more evidence need be kept.
    judged: Vec<Timestamp>,
    verdicts: BTreeMap<Verdict, u64>,
    events: u64,
    evidence_files: u64,
    /// Whether it was told that no more evidence is saved.
    is_full: bool,
    notices: Vec<String>,
}

impl SideOutputs {
    /// Opens what was asked for.
    ///
    /// # Errors
    ///
    /// When something of it cannot be opened.
    pub(super) fn open(asked: &Follow) -> Result<Self, Complaint> {
        let hook = |command: &String| {
            Hook::new(command.clone(), Hook::TIMEOUT, Hook::QUEUE)
                .map_err(|error| no_thread("--on-finding", &error))
        };
        let exporter = |address| {
            Exporter::bind(address).map_err(|error| {
                let message = format!("--metrics {address}: cannot be listened on: {}", in_words(&error));
                let hint = match error.kind() {
                    io::ErrorKind::PermissionDenied => "use a port from 1024 on",
                    _ => "name another port, or an address of this machine",
                };
                Complaint::new(message, hint)
            })
        };
        let evidence = |folder: &PathBuf| {
            let evidence = Evidence::new(folder.clone(), asked.evidence_before, Evidence::LIMIT_BYTES);
            Keeper::begin(evidence, MOST_EVIDENCE).map_err(|error| no_thread("--save-evidence", &error))
        };
        if let Some(folder) = &asked.save_evidence {
            fs::create_dir_all(folder).map_err(|error| unsaved(folder, &error))?;
        }
        Ok(Self {
            rows: asked
                .output
                .as_deref()
                .map(Rows::create)
                .transpose()
                .map_err(|(path, error)| unwritable(&path.display().to_string(), &error))?,
            hook: asked.on_finding.as_ref().map(hook).transpose()?,
            evidence: asked.save_evidence.as_ref().map(evidence).transpose()?,
            exporter: asked.metrics.map(exporter).transpose()?,
            ring: match &asked.source {
                Followed::Named(path) => Some(path.display().to_string()),
                Followed::Interfaces { .. } => None,
            },
            latest: Timestamp::MIN,
            judged: Vec::new(),
            verdicts: BTreeMap::new(),
            events: 0,
            evidence_files: 0,
            is_full: false,
            notices: Vec::new(),
        })
    }

    /// Where the metrics are served, where they are.
    pub(super) fn metrics_address(&self) -> Option<std::net::SocketAddr> {
        self.exporter.as_ref().map(Exporter::local_addr)
    }

    /// Takes a frame with what it holds.
    pub(super) fn packet(&mut self, capture: CaptureId, name: &str, frame: &Frame<'_>, packet: &Packet<'_>) {
        self.latest = self.latest.max(frame.time);
        let Some(evidence) = self.evidence.as_mut().filter(|_| is_evidence(packet)) else { return };
        evidence.keep(capture, name, frame);
    }

    /// Takes an entry of the timeline; `names` are those of the captures so far.
    pub(super) fn entry(&mut self, entry: &TimelineEntry, names: &[String], start: Timestamp) {
        self.events += 1;
        match entry {
            TimelineEntry::Verdict { judgement, .. } => {
                *self.verdicts.entry(judgement.verdict).or_default() += 1;
                self.judged.push(judgement.outage.failover.at.time);
            }
            TimelineEntry::Event(event) => {
                if let (EventKind::Failover(failover), Some(evidence)) = (&event.kind, &mut self.evidence) {
                    evidence.open(failover.at.time);
                }
            }
        }
        if let Some(rows) = &mut self.rows {
            rows.write(entry, names, start);
        }
    }

    /// An entry did not happen: it counts no longer. Rows stay as they are written.
    pub(super) fn taken_back(&mut self, entry: &TimelineEntry) {
        self.events = self.events.saturating_sub(1);
        if let TimelineEntry::Verdict { judgement, .. } = entry
            && let Some(count) = self.verdicts.get_mut(&judgement.verdict)
        {
            *count = count.saturating_sub(1);
        }
    }

    /// Takes a finding that has come to this state at `now`. The command is told when its frames are saved.
    pub(super) fn finding(
        &mut self,
        (state, finding): (FindingState, &Finding),
        now: Timestamp,
        names: &[String],
    ) {
        let (told, until) = ((state, finding.clone(), now), self.latest);
        let evidence = self.evidence.as_mut().filter(|_| state != FindingState::Withdrawn);
        let will_come = match evidence {
            Some(evidence) => {
                let is_taken = evidence.save(told.clone(), until);
                if !is_taken {
                    self.notices
                        .push(format!("evidence of {} cannot be saved: it comes too fast", finding.rule));
                }
                is_taken
            }
            None => false,
        };
        if !will_come {
            self.tell_command(&told, names, None);
        }
    }

    /// Tells the command of a finding, with the file that its frames are saved in.
    fn tell_command(
        &mut self,
        (state, finding, now): &(FindingState, Finding, Timestamp),
        names: &[String],
        saved: Option<&str>,
    ) {
        let Some(hook) = &mut self.hook else { return };
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        if let Ok(json) = finding_json((*state, finding), *now, &names, saved) {
            hook.tell(json);
        }
    }

    /// Hears what became of evidence.
    fn settle(&mut self, outcome: Outcome, names: &[String]) {
        let Outcome { finding, saved } = outcome;
        let path = match saved {
            None => {
                if !std::mem::replace(&mut self.is_full, true) {
                    let most = Bytes(MOST_EVIDENCE);
                    self.notices.push(format!("evidence has come to {most}: no more is saved"));
                }
                None
            }
            Some(Ok(saved)) => {
                let path = saved.path.display().to_string();
                self.evidence_files += 1;
                if saved.missing > 0 {
                    self.notices.push(format!("{path}: lacks {} frames, for want of room", saved.missing));
                }
                Some(path)
            }
            Some(Err(error)) => {
                let why = in_words(&error);
                self.notices.push(format!("evidence of {} cannot be saved: {why}", finding.1.rule));
                None
            }
        };
        self.tell_command(&finding, names, path.as_deref());
    }

    /// All findings on what was told so far were taken.
    pub(super) fn found(&mut self) {
        for at in self.judged.drain(..) {
            if let Some(evidence) = &mut self.evidence {
                evidence.close(at);
            }
        }
    }

    /// Whether anybody may fetch metrics.
    pub(super) const fn wants_metrics(&self) -> bool {
        self.exporter.is_some()
    }

    /// Publishes what is known now.
    pub(super) fn publish(
        &self,
        view: &View<'_>,
        (groups, tunnels): (&[GroupFacts], &[TunnelFacts]),
        findings: &[Finding],
    ) {
        let Some(exporter) = &self.exporter else { return };
        let counted = Metrics {
            verdicts: self.verdicts.clone(),
            events: self.events,
            hook_failures: self.hook.as_ref().map_or(0, Hook::failures),
            evidence_files: self.evidence_files,
            ..metrics::of(view, self.ring.as_deref(), groups, tunnels, findings)
        };
        exporter.publish(to_prometheus(&counted));
    }

    /// Opens files again, after a log rotator has moved them.
    pub(super) fn reopen(&mut self) {
        if let Some(rows) = &mut self.rows {
            rows.reopen();
        }
    }

    /// What is to be said on standard error since the last call, one line each; `names` are those of the captures.
    pub(super) fn notices(&mut self, names: &[String]) -> Vec<String> {
        if let Some(evidence) = &mut self.evidence {
            evidence.flush();
            let (outcomes, lost) = (evidence.outcomes(), evidence.lost());
            if lost > 0 {
                self.notices.push(format!("{lost} frames are no evidence: they come too fast to be kept"));
            }
            for outcome in outcomes {
                self.settle(outcome, names);
            }
        }
        let mut notices = std::mem::take(&mut self.notices);
        notices.extend(self.rows.iter_mut().flat_map(Rows::notices));
        notices.extend(self.hook.iter_mut().flat_map(Hook::notices));
        notices
    }

    /// Ends all; waits for evidence and for the command that is told of findings. What is left to be said.
    pub(super) fn finish(mut self, names: &[String]) -> Vec<String> {
        let mut notices = self.notices(names);
        if let Some(evidence) = self.evidence.take() {
            let (outcomes, missing) = evidence.finish(LAST_PATIENCE);
            for outcome in outcomes {
                self.settle(outcome, names);
            }
            notices.append(&mut self.notices);
            if missing > 0 {
                notices.push(format!("evidence of {missing} findings was not saved before the end"));
            }
        }
        notices.extend(self.rows.into_iter().flat_map(Rows::finish));
        notices.extend(self.hook.into_iter().flat_map(|hook| hook.finish(LAST_PATIENCE)));
        notices
    }
}

/// How many bytes of evidence are saved in a run.
const MOST_EVIDENCE: u64 = 1 << 30;
/// How long the command is waited for that is told of findings, when all else is over.
const LAST_PATIENCE: Duration = Duration::from_secs(5);

fn no_thread(option: &str, error: &io::Error) -> Complaint {
    Complaint { message: format!("{option}: no thread can be begun: {}", in_words(error)), hint: None }
}

/// Why evidence cannot be saved there.
fn unsaved(folder: &Path, error: &io::Error) -> Complaint {
    let message = match error.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => "is no directory".to_owned(),
        _ => format!("cannot be made: {}", in_words(error)),
    };
    Complaint::new(
        format!("--save-evidence {}: {message}", folder.display()),
        "name a directory that you may write to",
    )
}

/// Whether a frame may be evidence: it holds a message, or a piece or a rest of one.
const fn is_evidence(packet: &Packet<'_>) -> bool {
    let is_part =
        matches!(packet.stop, Some(Stop::Fragment(_) | Stop::Segment(_) | Stop::Cut(_) | Stop::Malformed(_)));
    matches!(packet.pieces, Pieces::One) && (packet.message.is_some() || is_part)
}
