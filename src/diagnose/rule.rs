//! What a rule is.

use crate::capture::{CaptureId, Facts, SeriesId};
use crate::observe::Tally;
use crate::track::{GroupFacts, Leak, TunnelFacts};

use super::finding::{Finding, Severity};
use super::options::Options;
use super::verdict::Judgement;

/// One rule: it phrases what is known of an outage, a tunnel, a gateway group or a capture, and searches nothing.
pub trait Rule: Sync {
    /// Its name, severity and texts.
    fn meta(&self) -> &'static Meta;

    /// The finding on one judged outage, where the rule has one.
    fn judged(&self, _judgement: &Judgement, _options: &Options) -> Option<Finding> {
        None
    }

    /// The finding on traffic that left a gateway in clear, where the rule has one. `tunnel` is one that it may belong to.
    fn leaked(&self, _leak: &Leak, _tunnel: &TunnelFacts, _options: &Options) -> Option<Finding> {
        None
    }

    /// The finding on one gateway group as it was over the whole run, where the rule has one.
    fn group(&self, _group: &GroupFacts, _options: &Options) -> Option<Finding> {
        None
    }

    /// The finding on one tunnel as it was over the whole run, where the rule has one.
    fn tunnel(&self, _history: &History<'_>, _options: &Options) -> Option<Finding> {
        None
    }

    /// The findings on gateway groups beside each other, with the tunnels that are bound to them.
    fn groups(&self, _known: &Known<'_>, _options: &Options) -> Vec<Finding> {
        Vec::new()
    }

    /// The findings on tunnels beside each other.
    fn tunnels(&self, _tunnels: &[History<'_>], _options: &Options) -> Vec<Finding> {
        Vec::new()
    }

    /// The finding on one capture that was read, where the rule has one.
    fn captured(&self, _capture: &Captured<'_>, _options: &Options) -> Option<Finding> {
        None
    }
}

/// A capture that was read.
#[derive(Clone, Copy, Debug)]
pub struct Captured<'a> {
    /// Which.
    pub id: CaptureId,
    /// The series that it is a piece of.
    pub series: SeriesId,
    /// What is known of it beside its frames.
    pub facts: &'a Facts,
    /// What its frames held.
    pub tally: &'a Tally,
}

/// A tunnel over the whole run.
#[derive(Clone, Debug)]
pub struct History<'a> {
    /// What is known of it.
    pub facts: &'a TunnelFacts,
    /// What became of it after each failover, in order of time.
    pub judgements: Vec<&'a Judgement>,
}

/// What a run knows at its end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// The gateway groups, in order of their keys.
    pub groups: &'a [GroupFacts],
    /// The tunnels, in order of first packet.
    pub tunnels: &'a [TunnelFacts],
    /// The captures that were read.
    pub captures: &'a [Captured<'a>],
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
