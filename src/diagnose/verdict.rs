//! What became of one tunnel after one failover, in one word.

use std::fmt;
use std::time::Duration;

use crate::track::Outage;

/// What became of one tunnel after one failover, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// No traffic before or after: nothing can be said.
    Idle,
    /// The same SA goes on from the new active router.
    Stateful,
    /// New SAs carry traffic in time.
    Recovered,
    /// Too little seen.
    Inconclusive,
    /// New SAs carry traffic, but late.
    RecoveredLate,
    /// SAs are there, and traffic flows in one direction or in none.
    OneWay,
    /// The child SA was refused.
    ChildRejected,
    /// The IKE SA was refused.
    Rejected,
    /// A negotiation was begun and not answered.
    Unanswered,
    /// Nobody negotiated although the tunnel was wanted.
    NoNegotiation,
}

/// A verdict with what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// What it judges.
    pub outage: Outage,
    /// The verdict.
    pub verdict: Verdict,
    /// How sure it is, 0 to 1: the product of its factors.
    pub confidence: f64,
    /// Why this verdict, and what lowers the confidence; in the order in which a reader wants them.
    pub reasons: Vec<Reason>,
    /// After what time absence is confirmed.
    pub confirmation: Confirmation,
    /// Time from *t_f* to the first negotiation message.
    pub negotiation_after: Option<Duration>,
    /// Time from *t_f* to the first good ESP.
    pub esp_resumed_after: Option<Duration>,
    /// Time from the last good ESP before to the first good ESP after.
    pub outage_length: Option<Duration>,
    /// Whether it replaces an earlier verdict on the same outage.
    pub revised: bool,
}

/// After what time absence is confirmed, and why then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// Counted from the failover.
    pub after: Duration,
    /// What it is reckoned from, one clause each; empty where nothing was seen that tells.
    pub because: Vec<String>,
}

/// One reason for a verdict or for its confidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// One clause, small first letter, no full stop.
    pub text: String,
    /// What the confidence was multiplied with; 1 for a reason of the verdict itself.
    pub factor: f64,
}

impl Verdict {
    /// All verdicts, from the best to the worst.
    pub const ALL: [Self; 10] = [
        Self::Idle,
        Self::Stateful,
        Self::Recovered,
        Self::Inconclusive,
        Self::RecoveredLate,
        Self::OneWay,
        Self::ChildRejected,
        Self::Rejected,
        Self::Unanswered,
        Self::NoNegotiation,
    ];

    /// Its name, kebab-case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Stateful => "stateful",
            Self::Recovered => "recovered",
            Self::Inconclusive => "inconclusive",
            Self::RecoveredLate => "recovered-late",
            Self::OneWay => "one-way",
            Self::ChildRejected => "child-rejected",
            Self::Rejected => "rejected",
            Self::Unanswered => "unanswered",
            Self::NoNegotiation => "no-negotiation",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
