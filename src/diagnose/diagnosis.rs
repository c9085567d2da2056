//! The stage itself: events in, verdicts and findings out.

use std::collections::BTreeMap;

use crate::track::{Event, EventKind, Failover, OutageId, TunnelFacts};

use super::finding::Finding;
use super::judge::judge;
use super::options::Options;
use super::rule::{History, Known};
use super::rules::RULES;
use super::verdict::Judgement;

/// Events in, verdicts and findings out.
pub struct Diagnosis {
    options: Options,
    failovers: Vec<Failover>,
    judged: BTreeMap<OutageId, Judgement>,
    suppressed: u64,
}

impl Diagnosis {
    /// Nothing judged yet.
    pub const fn new(options: Options) -> Self {
        Self { options, failovers: Vec::new(), judged: BTreeMap::new(), suppressed: 0 }
    }

    /// Takes an event; the judgement it leads to, where that is a new verdict or another one than before.
    pub fn observe(&mut self, event: &Event) -> Option<&Judgement> {
        match &event.kind {
            EventKind::Failover(failover) => {
                if self.failovers.len() < FAILOVERS {
                    self.failovers.push(*failover);
                } else {
                    self.suppressed += 1;
                }
                None
            }
            EventKind::Outage(outage)
                if self.judged.len() < OUTAGES || self.judged.contains_key(&outage.id) =>
            {
                let mut judgement = judge(outage, &self.options);
                let before = self.judged.get(&outage.id).map(|judgement| judgement.verdict);
                judgement.revised = before.is_some_and(|before| before != judgement.verdict);
                let is_news = before != Some(judgement.verdict);
                self.judged.insert(outage.id, judgement);
                self.judged.get(&outage.id).filter(|_| is_news)
            }
            EventKind::Outage(outage) => {
                self.suppressed += u64::from(outage.closed.is_some());
                None
            }
            _ => None,
        }
    }

    /// Every failover in order of time, with the last judgement of each bound tunnel.
    pub fn failovers(&self) -> Vec<(Failover, Vec<Judgement>)> {
        let mut by_failover: BTreeMap<_, Vec<Judgement>> = BTreeMap::new();
        for judgement in self.judged.values() {
            let key = (judgement.outage.failover.at, judgement.outage.failover.group);
            by_failover.entry(key).or_default().push(judgement.clone());
        }
        let mut failovers: Vec<_> = self
            .failovers
            .iter()
            .map(|failover| {
                (*failover, by_failover.remove(&(failover.at, failover.group)).unwrap_or_default())
            })
            .collect();
        failovers.sort_by_key(|(failover, _)| (failover.at, failover.group));
        for (_, judgements) in &mut failovers {
            judgements.sort_by_key(|judgement| judgement.outage.tunnel);
        }
        failovers
    }

    /// The findings on all that was judged and on what is `known` beside it: worst first, then in order of time, then as
    /// the rules are listed.
    pub fn findings(&self, known: &Known<'_>) -> Vec<Finding> {
        let options = &self.options;
        let mut findings = Vec::new();
        for judgement in self.judged.values() {
            findings.extend(RULES.iter().filter_map(|rule| rule.judged(judgement, options)));
        }
        for history in self.histories(known.tunnels) {
            findings.extend(RULES.iter().filter_map(|rule| rule.tunnel(&history, options)));
        }
        for group in known.groups {
            findings.extend(RULES.iter().filter_map(|rule| rule.group(group, options)));
        }
        findings.extend(RULES.iter().flat_map(|rule| rule.groups(known.groups, options)));
        for capture in known.captures {
            findings.extend(RULES.iter().filter_map(|rule| rule.captured(capture, options)));
        }
        findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.at, finding.subject));
        findings
    }

    /// Each of these tunnels with what became of it after each failover.
    fn histories<'a>(&'a self, tunnels: &'a [TunnelFacts]) -> Vec<History<'a>> {
        let mut judged: BTreeMap<_, Vec<&Judgement>> = BTreeMap::new();
        for judgement in self.judged.values() {
            let outage = &judgement.outage;
            judged.entry((outage.failover.group.segment, outage.tunnel)).or_default().push(judgement);
        }
        let history = |facts: &'a TunnelFacts| {
            let judgements = judged.remove(&(facts.segment, facts.tunnel)).unwrap_or_default();
            History { facts, judgements }
        };
        tunnels.iter().map(history).collect()
    }

    /// Failovers and outages left out because there were too many.
    pub const fn suppressed(&self) -> u64 {
        self.suppressed
    }
}

/// How many failovers are reported; more are a flood.
const FAILOVERS: usize = 100_000;
/// How many outages are judged.
const OUTAGES: usize = 100_000;
