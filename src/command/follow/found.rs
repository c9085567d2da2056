//! What has changed among the findings, which are looked for again and again.

use std::collections::BTreeMap;

use crate::diagnose::{Finding, Severity};
use crate::observe::At;
use crate::report::FindingState;
use crate::track::Subject;

/// The findings that were told.
#[derive(Debug, Default)]
pub(super) struct Found {
    told: BTreeMap<Name, Finding>,
    /// Where failovers were.
    failovers: BTreeMap<At, ()>,
}

/// What a finding is called from one look to the next: by rule and subject, the failover where it stands at one, else by
/// which of its rule and subject it is. One that goes on may move on to later frames.
type Name = (&'static str, Option<Subject>, Option<At>, usize);

impl Found {
    /// Hears of a failover: a finding that stands there is one of its own.
    pub(super) fn failover(&mut self, at: At) {
        if self.failovers.len() < MOST {
            self.failovers.insert(at, ());
        }
    }

    /// What has changed: findings that are new or graver than before, then those of some weight that are no more.
    pub(super) fn changes(&mut self, findings: &[Finding]) -> Vec<(FindingState, Finding)> {
        let (mut changes, mut now) = (Vec::new(), BTreeMap::new());
        for finding in findings {
            let failover = Some(finding.at).filter(|at| self.failovers.contains_key(at));
            let before = (finding.rule, finding.subject, failover);
            let number = (0..).find(|&number| !now.contains_key(&(before.0, before.1, before.2, number)));
            let name = (before.0, before.1, before.2, number.unwrap_or_default());
            now.insert(name, ());
            match self.told.get(&name) {
                Some(told) if told.severity >= finding.severity => continue,
                Some(_) => changes.push((FindingState::Raised, finding.clone())),
                None if self.told.len() >= MOST => continue,
                None => changes.push((FindingState::New, finding.clone())),
            }
            self.told.insert(name, finding.clone());
        }
        self.told.retain(|name, told| {
            let is_gone = told.severity > Severity::Info && !now.contains_key(name);
            if is_gone {
                changes.push((FindingState::Withdrawn, told.clone()));
            }
            !is_gone
        });
        changes
    }
}

/// How many findings are told.
const MOST: usize = 100_000;
