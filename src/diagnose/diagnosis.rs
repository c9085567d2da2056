//! The stage itself: events in, verdicts and findings out.

use std::collections::BTreeMap;

use crate::track::{Coverage, Event, EventKind, Failover, Leak, Outage, OutageId, SilentTunnel, TunnelFacts};

use super::finding::Finding;
use super::judge::{Ended, Lacks, have_ike, judge};
use super::options::Options;
use super::rule::{Captured, History, Known};
use super::rules::RULES;
use super::verdict::Judgement;

/// Events in, verdicts and findings out.
#[derive(Clone)]
pub struct Diagnosis {
    options: Options,
    failovers: Vec<Failover>,
    judged: BTreeMap<OutageId, Judgement>,
    leaks: Vec<Leak>,
    suppressed: u64,
    /// What is known of the captures that have ended.
    ended: Vec<Ended>,
}

impl Diagnosis {
    /// Nothing judged yet.
    pub const fn new(options: Options) -> Self {
        Self {
            options,
            failovers: Vec::new(),
            judged: BTreeMap::new(),
            leaks: Vec::new(),
            suppressed: 0,
            ended: Vec::new(),
        }
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
                let mut judgement = judged(outage, &self.ended, &self.options);
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
            EventKind::Leak(leak) if self.leaks.len() < LEAKS => {
                self.leaks.push(Leak::clone(leak));
                None
            }
            _ => None,
        }
    }

    /// Hears what is known of captures, at their end or so far. What is judged from now on is judged with it.
    pub fn ended(&mut self, captures: &[Captured<'_>]) {
        self.ended = captures.iter().filter_map(Ended::of).collect();
    }

    /// Judges again, with what is known of the captures, what was judged before they ended; the judgements that are other
    /// verdicts for it, in order of outage. What changes confidence alone is not told again.
    pub fn finish(&mut self) -> Vec<Judgement> {
        let mut revised = Vec::new();
        for judgement in self.judged.values_mut() {
            let again = judged(&judgement.outage, &self.ended, &self.options);
            let is_other = again.verdict != judgement.verdict;
            let before = std::mem::replace(judgement, again);
            judgement.revised = before.revised || is_other;
            if is_other {
                revised.push(judgement.clone());
            }
        }
        revised
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
        for (leak, tunnel) in self.leaks.iter().filter_map(|leak| Some((leak, tunnel_of(leak, known)?))) {
            findings.extend(RULES.iter().filter_map(|rule| rule.leaked(leak, tunnel, options)));
        }
        let histories = self.histories(known.tunnels);
        for history in &histories {
            findings.extend(RULES.iter().filter_map(|rule| rule.tunnel(history, options)));
        }
        findings.extend(RULES.iter().flat_map(|rule| rule.tunnels(&histories, options)));
        for group in known.groups {
            findings.extend(RULES.iter().filter_map(|rule| rule.group(group, options)));
        }
        findings.extend(RULES.iter().flat_map(|rule| rule.groups(known, options)));
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

/// Judges an outage with what is known of the captures that have ended.
fn judged(outage: &Outage, ended: &[Ended], options: &Options) -> Judgement {
    let lacks = Lacks::of(outage, ended);
    if outage.coverage.ike || !have_ike(outage, ended) {
        return judge(outage, lacks, options);
    }
    let coverage = Coverage { ike: true, ..outage.coverage };
    judge(&Outage { coverage, ..outage.clone() }, lacks, options)
}

/// The first tunnel that a leak may belong to.
fn tunnel_of<'a>(leak: &Leak, known: &Known<'a>) -> Option<&'a TunnelFacts> {
    let facts = |silent: &SilentTunnel| {
        known
            .tunnels
            .iter()
            .find(|facts| facts.segment == leak.group.segment && facts.tunnel == silent.tunnel)
    };
    leak.tunnels.iter().find_map(facts)
}

/// How many failovers are reported; more are a flood.
const FAILOVERS: usize = 100_000;
/// How many leaks are judged: one shows the fault.
const LEAKS: usize = 1000;
/// How many outages are judged.
const OUTAGES: usize = 100_000;
