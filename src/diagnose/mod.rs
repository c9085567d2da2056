//! Events to findings and verdicts: phrases what the trackers know, and searches nothing.

mod advice;
mod causes;
mod chassis;
mod diagnosis;
pub mod explain;
mod finding;
mod judge;
mod limits;
mod mismatch;
mod one_segment;
mod options;
mod phrase;
mod reading;
mod rule;
mod rules;
mod sides;
mod split;
mod verdict;

pub use causes::causes;
pub use diagnosis::Diagnosis;
pub use finding::{Advice, Evidence, Finding, Severity, Step};
pub use judge::{Lacks, judge};
pub use limits::{Seen, limits};
pub use options::Options;
pub use rule::{Captured, History, Known, Meta, Rule};
pub use rules::RULES;
pub use verdict::{Confirmation, Judgement, Reason, Verdict};
