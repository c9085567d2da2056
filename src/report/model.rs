//! What every format of the report shows.

use std::collections::BTreeMap;
use std::fmt;

use crate::capture::{Interface, Names, SecretsKind};
use crate::diagnose::{Finding, Judgement};
use crate::observe::Tally;
use crate::time::Timestamp;
use crate::track::{Event, Failover, FlowFacts, GroupFacts, Subject, TunnelFacts};

/// What a run found out.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// One entry per capture, in the order of [`crate::capture::CaptureId`].
    pub captures: Vec<CaptureFacts>,
    /// The gateway groups seen, in order of their keys.
    pub groups: Vec<GroupFacts>,
    /// The tunnels seen, in order of first packet.
    pub tunnels: Vec<TunnelFacts>,
    /// Every failover in order of time, with the judgement of each bound tunnel.
    pub failovers: Vec<(Failover, Vec<Judgement>)>,
    /// What was diagnosed, worst first, then in order of time.
    pub findings: Vec<Finding>,
    /// For each finding the place among them of the one that explains it, where one does.
    pub causes: Vec<Option<usize>>,
    /// The timeline, in order of time, without what is no part of it ([`crate::track::EventKind::is_told`]).
    pub events: Vec<TimelineEntry>,
    /// Events left out of `events` because there were too many.
    pub events_suppressed: u64,
    /// One entry per unidirectional SA, in order of first packet.
    pub flows: Vec<FlowFacts>,
    /// What the captures cannot show, one sentence each.
    pub limits: Vec<String>,
    /// The thresholds it was judged with: option name without dashes, and value as it would be typed.
    pub thresholds: Vec<(&'static str, String)>,
}

impl Report {
    /// The place of the finding that explains the one at `place`, where one does.
    pub fn cause_of(&self, place: usize) -> Option<usize> {
        self.causes.get(place).copied().flatten()
    }
}

/// One line of the timeline.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "nearly all lines are events: a box each would save nothing")]
pub enum TimelineEntry {
    /// A fact.
    Event(Event),
    /// A verdict was given or revised.
    Verdict {
        /// When: the end of its window, or of what was seen.
        time: Timestamp,
        /// The judgement.
        judgement: Box<Judgement>,
    },
}

impl TimelineEntry {
    /// When it happened.
    pub const fn time(&self) -> Timestamp {
        match self {
            Self::Event(event) => event.time,
            Self::Verdict { time, .. } => *time,
        }
    }
}

impl fmt::Display for TimelineEntry {
    /// `hold-expired of hsrp/10 at 2026-11-23T04:47:55.457799356Z`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (event, subject) = match self {
            Self::Event(event) => (event.kind.name(), event.subject),
            Self::Verdict { judgement, .. } => ("verdict", Subject::Tunnel(judgement.outage.tunnel)),
        };
        write!(f, "{event} of {subject} at {}", self.time())
    }
}

/// What is known of one capture.
#[derive(Clone, Debug, Default)]
pub struct CaptureFacts {
    /// Its name as given; `-` for standard input.
    pub name: String,
    /// Its container: `pcap`, `pcapng`, `snoop` or `erf`; empty where it is not known.
    pub format: &'static str,
    /// How that is compressed; empty where it is not.
    pub compression: &'static str,
    /// What its frames held.
    pub tally: Tally,
    /// Its interfaces, in the order of their numbers.
    pub interfaces: Vec<Interface>,
    /// Names of addresses that it carries.
    pub names: Names,
    /// Kinds of decryption secrets that it carries, with the number of blocks of each.
    pub secrets: BTreeMap<SecretsKind, u64>,
    /// What was damaged in it, one sentence each, with offsets.
    pub damage: Vec<String>,
    /// Why it could not be read, or not to its end.
    pub error: Option<String>,
    /// What to do about that.
    pub hint: Option<String>,
}
