//! What is to be done: plain data.

use std::net::SocketAddr;
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use crate::diagnose::{self, Severity};
use crate::report::{TableFormat, TimeStyle};
use crate::track;

use super::span;

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Invocation {
    /// Verdicts, findings and timeline.
    Analyze(Analyze),
    /// The same while it happens.
    Follow(Follow),
    /// One table.
    Export(Export),
    /// What a rule or a verdict means.
    Explain(Explain),
    /// What can be captured on.
    Interfaces(Interfaces),
}

/// What every command may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Common {
    /// How times are told in text.
    pub time: TimeStyle,
    /// Whether a progress bar is wanted, where there is a terminal for it.
    pub progress: bool,
    /// Whether colours are wanted.
    pub color: ColorChoice,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// `sagap analyze`
#[derive(Clone, Debug, PartialEq)]
pub struct Analyze {
    /// What every command may be told.
    pub common: Common,
    /// Files, directories, or `-` for standard input; at least one.
    pub captures: Vec<PathBuf>,
    /// UDP and TCP ports, beside the known ones, on which IKE and ESP are read.
    pub ike_ports: Vec<u16>,
    /// How many threads read captures; as many as there are cores, where nothing is said.
    pub threads: Option<NonZero<usize>>,
    /// Most bytes that are decompressed of a capture.
    pub max_decompressed: u64,
    /// How to write the report.
    pub format: AnalyzeFormat,
    /// The severity from which a finding makes the exit code 1; none where no finding does.
    pub fail_on: Option<Severity>,
    /// What to judge with.
    pub thresholds: Thresholds,
}

/// How `sagap analyze` writes its report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AnalyzeFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object.
    Json,
}

/// `sagap follow`
#[derive(Clone, Debug, PartialEq)]
pub struct Follow {
    /// What every command may be told.
    pub common: Common,
    /// What is followed.
    pub source: Followed,
    /// The user to go on as, once it is open.
    pub user: Option<String>,
    /// Whether what is there already is passed over.
    pub from_now: bool,
    /// UDP and TCP ports, beside the known ones, on which IKE and ESP are read.
    pub ike_ports: Vec<u16>,
    /// Most bytes that are decompressed of a capture.
    pub max_decompressed: u64,
    /// How to tell events.
    pub format: FollowFormat,
    /// The file to which the timeline is written as CSV too.
    pub output: Option<PathBuf>,
    /// The command that is told of findings.
    pub on_finding: Option<String>,
    /// The directory to which the frames around findings are saved.
    pub save_evidence: Option<PathBuf>,
    /// From how long before a failover on they are saved.
    pub evidence_before: Duration,
    /// Where metrics are served.
    pub metrics: Option<SocketAddr>,
    /// After what time to stop, by this machine's clock.
    pub duration: Option<Duration>,
    /// After how many frames to stop.
    pub frames: Option<u64>,
    /// The severity from which a finding makes the exit code 1; none where no finding does.
    pub fail_on: Option<Severity>,
    /// What to judge with.
    pub thresholds: Thresholds,
}

/// What `sagap follow` follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Followed {
    /// A file, a directory, a pattern, or `-` for standard input.
    Named(PathBuf),
    /// Interfaces.
    Interfaces {
        /// Their names; `any` for all. At least one.
        names: Vec<String>,
        /// Whether they take in frames for other machines too.
        promiscuous: bool,
        /// Bytes of the ring of each.
        ring_bytes: usize,
    },
}

/// How `sagap follow` tells events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FollowFormat {
    /// For people, with the report at the end.
    #[default]
    Text,
    /// The timeline as a table.
    Table(TableFormat),
}

/// `sagap export`
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// What every command may be told.
    pub common: Common,
    /// Files, directories, or `-` for standard input; at least one.
    pub captures: Vec<PathBuf>,
    /// UDP and TCP ports, beside the known ones, on which IKE and ESP are read.
    pub ike_ports: Vec<u16>,
    /// How many threads read captures; as many as there are cores, where nothing is said.
    pub threads: Option<NonZero<usize>>,
    /// Most bytes that are decompressed of a capture.
    pub max_decompressed: u64,
    /// Which table.
    pub table: ExportTable,
    /// How to write it.
    pub format: TableFormat,
    /// The file to write to; standard output where there is none.
    pub output: Option<PathBuf>,
    /// What to judge with.
    pub thresholds: Thresholds,
}

/// A table of `sagap export`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportTable {
    /// One row per event.
    Timeline,
    /// One row per message.
    Messages {
        /// Also one per ESP and AH packet.
        esp: bool,
    },
    /// One row per unidirectional SA.
    Flows,
    /// One row per finding.
    Findings,
}

/// `sagap explain`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explain {
    /// What every command may be told.
    pub common: Common,
    /// The rule or verdict to explain; the list of them where there is none.
    pub name: Option<String>,
}

/// `sagap interfaces`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interfaces {
    /// What every command may be told.
    pub common: Common,
}

/// What to judge with: the thresholds of the stages that have any. All times are capture time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thresholds {
    /// Those of the trackers.
    pub track: track::Options,
    /// Those of the diagnosis.
    pub diagnose: diagnose::Options,
}

impl ColorChoice {
    /// Whether to use colours on an output: `terminal` says whether it is one, `no_color` whether the
    /// environment asks for none (<https://no-color.org>).
    pub const fn applies(self, terminal: bool, no_color: bool) -> bool {
        match self {
            Self::Auto => terminal && !no_color,
            Self::Always => true,
            Self::Never => false,
        }
    }
}

impl Thresholds {
    /// Each threshold by the name of its option without dashes, and as it would be typed.
    pub fn told(&self) -> Vec<(&'static str, String)> {
        let Self { track, diagnose } = self;
        vec![
            ("window", span::typed(diagnose.window)),
            ("settle", span::typed(diagnose.settle)),
            ("min-observation", span::typed(diagnose.min_observation)),
            ("late-after", span::typed(diagnose.late_after)),
            ("confirm", span::OrComputed(diagnose.confirm).typed()),
            ("silence", span::typed(track.silence)),
            ("stateful-jump", track.stateful_jump.to_string()),
            ("requests", diagnose.requests.to_string()),
            ("dead-spi-packets", diagnose.dead_spi_packets.to_string()),
            ("dead-spi-time", span::typed(diagnose.dead_spi_time)),
            ("change-window", span::typed(track.change_window)),
            ("change-silence", span::typed(track.change_silence)),
            ("flapping-changes", track.flapping_changes.to_string()),
            ("flapping-window", span::typed(track.flapping_window)),
            ("no-standby-after", span::typed(diagnose.no_standby_after)),
            ("announce-within", span::typed(diagnose.announce_within)),
            ("mismatch-hellos", diagnose.mismatch_hellos.to_string()),
            ("mismatch-time", span::typed(diagnose.mismatch_time)),
            ("split-margin", span::typed(diagnose.split_margin)),
            ("clear-packets", diagnose.clear_packets.to_string()),
            ("clear-flows", diagnose.clear_flows.to_string()),
        ]
    }
}
