//! What is to be done: plain data.

use std::path::PathBuf;
use std::time::Duration;

use crate::diagnose::Severity;
use crate::report::{TableFormat, TimeStyle};

use super::span;

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Invocation {
    /// Verdicts, findings and timeline.
    Analyze(Analyze),
    /// One table.
    Export(Export),
    /// What a rule or a verdict means.
    Explain(Explain),
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

/// `sagap export`
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// What every command may be told.
    pub common: Common,
    /// Files, directories, or `-` for standard input; at least one.
    pub captures: Vec<PathBuf>,
    /// UDP and TCP ports, beside the known ones, on which IKE and ESP are read.
    pub ike_ports: Vec<u16>,
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

/// What to judge with. All times are capture time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// How long after a failover a tunnel is judged, and how long before it traffic counts as wanted.
    pub window: Duration,
    /// How long a message may wait for its answer before it counts as unanswered.
    pub settle: Duration,
    /// How much must be seen after a failover to judge it without success.
    pub min_observation: Duration,
    /// From when on a recovery is late.
    pub late_after: Duration,
    /// From when on absence counts as confirmed; computed from what was seen where there is none.
    pub confirm: Option<Duration>,
    /// After what silence ESP of one direction has stopped.
    pub silence: Duration,
    /// By how many numbers the sequence of an SA may jump when another router goes on with it.
    pub stateful_jump: u64,
    /// How often the same IKE message must be sent to count as unanswered before `settle` is over.
    pub requests: u32,
    /// How many packets from the peer on dead SPIs are a finding.
    pub dead_spi_packets: u64,
    /// For how long they must go on.
    pub dead_spi_time: Duration,
    /// How long after a change of a gateway's settings ESP that stops counts for it.
    pub change_window: Duration,
    /// How long ESP that stopped after a change of the settings must be silent to be a finding.
    pub change_silence: Duration,
    /// How many changes of a group's active router are flapping.
    pub flapping_changes: u32,
    /// Within what time, or within ten hold times.
    pub flapping_window: Duration,
    /// How long an active router must have been without a standby router, or two hold times.
    pub no_standby_after: Duration,
    /// Within what time after a failover a virtual address that moved to another MAC must be announced.
    pub announce_within: Duration,
    /// How many hellos two routers of a group must each send while they differ.
    pub mismatch_hellos: u32,
    /// How long two routers of a group may differ while both are configured anew.
    pub mismatch_time: Duration,
    /// How much longer than the hold time two groups of one pair of routers may have different owners.
    pub split_margin: Duration,
    /// How many packets in clear are a leak.
    pub clear_packets: u64,
    /// How many conversations in clear are one.
    pub clear_flows: u64,
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
        vec![
            ("window", span::typed(self.window)),
            ("settle", span::typed(self.settle)),
            ("min-observation", span::typed(self.min_observation)),
            ("late-after", span::typed(self.late_after)),
            ("confirm", span::OrComputed(self.confirm).typed()),
            ("silence", span::typed(self.silence)),
            ("stateful-jump", self.stateful_jump.to_string()),
            ("requests", self.requests.to_string()),
            ("dead-spi-packets", self.dead_spi_packets.to_string()),
            ("dead-spi-time", span::typed(self.dead_spi_time)),
            ("change-window", span::typed(self.change_window)),
            ("change-silence", span::typed(self.change_silence)),
            ("flapping-changes", self.flapping_changes.to_string()),
            ("flapping-window", span::typed(self.flapping_window)),
            ("no-standby-after", span::typed(self.no_standby_after)),
            ("announce-within", span::typed(self.announce_within)),
            ("mismatch-hellos", self.mismatch_hellos.to_string()),
            ("mismatch-time", span::typed(self.mismatch_time)),
            ("split-margin", span::typed(self.split_margin)),
            ("clear-packets", self.clear_packets.to_string()),
            ("clear-flows", self.clear_flows.to_string()),
        ]
    }
}
