//! Events to findings and verdicts: phrases what the trackers know, and searches nothing.

mod advice;
mod causes;
mod certainty;
mod chassis;
mod confirmation;
mod diagnosis;
mod doubts;
pub mod explain;
mod finding;
mod goes_on;
mod judge;
mod lacks;
mod limits;
mod mismatch;
mod nat;
mod one_segment;
mod options;
mod phrase;
mod reading;
mod rule;
mod rules;
mod schedule;
mod sides;
mod split;
mod verdict;

pub use causes::causes;
pub use confirmation::Confirmation;
pub use diagnosis::Diagnosis;
pub use finding::{Advice, Evidence, Finding, Severity, Step};
pub use judge::judge;
pub use lacks::Lacks;
pub use limits::{Seen, limits};
pub use options::Options;
pub use rule::{Captured, History, Known, Meta, Rule};
pub use rules::RULES;
pub use verdict::{Judgement, Reason, Verdict};
