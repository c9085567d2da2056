//! What has changed among the findings, which are looked for again and again.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnose::{Finding, Severity};
use crate::observe::At;
use crate::report::FindingState;
use crate::track::Subject;

/// The findings that were told.
#[derive(Debug, Default)]
pub(super) struct Found {
    told: BTreeMap<Name, Finding>,
    /// Where failovers were.
    failovers: BTreeSet<At>,
}

/// What findings of one rule, on one subject, at one failover are called; or elsewhere, where they may move on to later
/// frames while they go on.
type Kind = (&'static str, Option<Subject>, Option<At>);
/// What a finding is called from one look to the next: its kind, and which one of that it is.
type Name = (Kind, usize);

impl Found {
    /// Hears of a failover: a finding that stands there is one of its own.
    pub(super) fn failover(&mut self, at: At) {
        if self.failovers.len() < MOST {
            self.failovers.insert(at);
        }
    }

    /// What has changed: findings that are new or graver than before, then those of some weight that are no more.
    pub(super) fn changes(&mut self, findings: &[Finding]) -> Vec<(FindingState, Finding)> {
        let mut changes = Vec::new();
        let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
        for finding in findings {
            let failover = Some(finding.at).filter(|at| self.failovers.contains(at));
            let kind = (finding.rule, finding.subject, failover);
            let count = counts.entry(kind).or_default();
            let name = (kind, *count);
            *count += 1;
            match self.told.get(&name) {
                Some(told) if told.severity >= finding.severity => continue,
                Some(_) => changes.push((FindingState::Raised, finding.clone())),
                None if self.told.len() >= MOST => continue,
                None => changes.push((FindingState::New, finding.clone())),
            }
            self.told.insert(name, finding.clone());
        }
        self.told.retain(|(kind, number), told| {
            let is_there = counts.get(kind).is_some_and(|count| number < count);
            let is_withdrawn = !is_there && told.severity > Severity::Info;
            if is_withdrawn {
                changes.push((FindingState::Withdrawn, told.clone()));
            }
            !is_withdrawn
        });
        changes
    }
}

/// How many findings are told.
const MOST: usize = 100_000;
