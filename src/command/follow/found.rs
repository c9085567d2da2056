//! Which findings are new, where they are looked for again and again.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnose::Finding;
use crate::observe::At;
use crate::track::Subject;

/// The findings that were told.
#[derive(Debug, Default)]
pub(super) struct Found {
    told: BTreeSet<Place>,
    /// How many of each rule and subject there were at most.
    counts: BTreeMap<Kind, usize>,
    /// Where failovers were.
    failovers: BTreeSet<At>,
}

/// What a finding is about.
type Kind = (&'static str, Option<Subject>);
/// What it is about, and where it stands.
type Place = (Kind, At);

impl Found {
    /// Hears of a failover: a finding that stands there is one of its own.
    pub(super) fn failover(&mut self, at: At) {
        if self.failovers.len() < MOST {
            self.failovers.insert(at);
        }
    }

    /// Those of the findings that were not told yet. One that goes on may move on to a later frame: it is new only where
    /// there are more of its rule and subject than ever before, or where it stands at a failover.
    pub(super) fn new_of<'a>(&mut self, findings: &'a [Finding]) -> Vec<&'a Finding> {
        let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
        let mut new = Vec::new();
        for finding in findings {
            let count = counts.entry(kind(finding)).or_default();
            *count += 1;
            let most = self.counts.get(&kind(finding)).copied().unwrap_or_default();
            let is_known = self.told.contains(&place(finding));
            let is_another = *count > most || self.failovers.contains(&finding.at);
            if !is_known && is_another && self.told.len() < MOST {
                new.push(finding);
            }
        }
        for finding in &new {
            self.told.insert(place(finding));
        }
        for (kind, count) in counts {
            let most = self.counts.entry(kind).or_default();
            *most = count.max(*most);
        }
        new
    }
}

fn kind(finding: &Finding) -> Kind {
    (finding.rule, finding.subject)
}

fn place(finding: &Finding) -> Place {
    (kind(finding), finding.at)
}

/// How many findings are told.
const MOST: usize = 100_000;
