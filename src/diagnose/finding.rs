//! One diagnosed problem.

use std::fmt;

use crate::observe::At;
use crate::track::Subject;

/// One diagnosed problem: what, how sure, shown by which frames, and what to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The rule that found it, kebab-case.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is, 0 to 1.
    pub confidence: f64,
    /// When it began; the place of its primary frame.
    pub at: At,
    /// What it is about; nothing but the capture of its primary frame where there is none.
    pub subject: Option<Subject>,
    /// What was found, in one line: small first letter, no full stop.
    pub summary: String,
    /// The frames that prove it; the first one is the primary.
    pub evidence: Vec<Evidence>,
    /// Why the confidence is what it is, in one clause each.
    pub reasons: Vec<String>,
    /// What to do about it.
    pub advice: Advice,
    /// A display filter that shows its frames in Wireshark.
    pub filter: String,
}

/// A frame that proves something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Which.
    pub at: At,
    /// What it shows, in one clause.
    pub note: String,
}

/// What a finding means on the router, and what to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advice {
    /// What it means on the router: one or two sentences.
    pub meaning: String,
    /// Commands that confirm it, addresses filled in, each with what to look for.
    pub confirm: Vec<Step>,
    /// Remedies in the order in which to try them.
    pub remedy: Vec<Step>,
}

/// One step of advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What to do or to look for, in the imperative.
    pub text: String,
    /// The commands, one a line; may be none.
    pub commands: Vec<String>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Something is wrong.
    Warning,
    /// An outage, or a breach.
    Critical,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        })
    }
}
