//! What a rule is.

use crate::capture::{CaptureId, Facts};

use super::finding::{Finding, Severity};
use super::options::Options;
use super::verdict::Judgement;
use crate::track::GroupFacts;

/// One rule: it phrases what is known of an outage, a gateway group or a capture, and searches nothing.
pub trait Rule: Sync {
    /// Its name, severity and texts.
    fn meta(&self) -> &'static Meta;

    /// The finding on one judged outage, where the rule has one.
    fn judged(&self, _judgement: &Judgement, _options: &Options) -> Option<Finding> {
        None
    }

    /// The finding on one gateway group as it was over the whole run, where the rule has one.
    fn group(&self, _group: &GroupFacts, _options: &Options) -> Option<Finding> {
        None
    }

    /// The finding on one capture that was read, where the rule has one.
    fn captured(&self, _capture: &Captured<'_>) -> Option<Finding> {
        None
    }
}

/// A capture that was read.
#[derive(Clone, Copy, Debug)]
pub struct Captured<'a> {
    /// Which.
    pub id: CaptureId,
    /// What is known of it beside its frames.
    pub facts: &'a Facts,
}

/// Name, severity and texts of a rule.
#[derive(Debug)]
pub struct Meta {
    /// Kebab-case; the file's name with hyphens.
    pub name: &'static str,
    /// How bad what it finds is.
    pub severity: Severity,
    /// The explanation, in Markdown: one title, one sentence, then the sections.
    pub text: &'static str,
}

impl Meta {
    /// The one sentence that says what the rule finds.
    pub fn summary(&self) -> String {
        super::explain::summary(self.text)
    }
}
