//! Changes of the active role in quick succession.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use super::super::super::outage::Failover;
use super::super::super::subject::Cause;
use super::follows;

/// Changes of a group's active router in quick succession.
#[derive(Clone, Debug, PartialEq)]
pub struct Flapping {
    /// How many there were.
    pub changes: u64,
    /// In how many stretches.
    pub stretches: u64,
    /// How long the stretches were, all together: from the first change to the last.
    pub lasted: Duration,
    /// How many changes had which cause.
    pub causes: BTreeMap<Cause, u64>,
    /// The routers between which the role went.
    pub routers: BTreeSet<IpAddr>,
    /// Whether a router got the role that had had it before.
    pub returns: bool,
    /// The first few changes.
    pub first: Vec<Failover>,
    /// The last one.
    pub last: Failover,
}

/// The changes of a group, as far as they matter to those that come.
#[derive(Clone, Debug)]
pub(super) struct Changes {
    /// How many changes are flapping.
    enough: usize,
    /// Within what time.
    window: Duration,
    /// The last few, each with whether it is counted in `told`.
    recent: VecDeque<(Failover, bool)>,
    told: Option<Flapping>,
}

impl Changes {
    pub(super) const fn new(enough: u32, window: Duration) -> Self {
        Self { enough: enough as usize, window, recent: VecDeque::new(), told: None }
    }

    pub(super) fn begin_anew(&mut self) {
        self.recent.clear();
    }

    /// Notes a change; `hold` is how long the group's routers may be silent.
    pub(super) fn note(&mut self, failover: &Failover, hold: Duration) {
        let window = self.window.max(hold.saturating_mul(HOLD_TIMES));
        let now = failover.at.time;
        self.recent.retain(|(earlier, _)| follows(earlier.at.time, now, window));
        self.recent.push_back((*failover, false));
        if self.recent.len() < self.enough {
            return;
        }
        let mut before = self.recent.iter().rfind(|(_, counted)| *counted).map(|(last, _)| *last);
        for (failover, counted) in &mut self.recent {
            if !std::mem::replace(counted, true) {
                count(&mut self.told, failover, before);
                before = Some(*failover);
            }
        }
        // Those before it are counted, and one more makes them enough again.
        while self.recent.len() > self.enough {
            self.recent.pop_front();
        }
    }

    pub(super) fn told(&self) -> Option<Flapping> {
        self.told.clone()
    }
}

/// Counts a change; `before` is the one before it of the same stretch.
fn count(told: &mut Option<Flapping>, failover: &Failover, before: Option<Failover>) {
    let told = told.get_or_insert_with(|| Flapping {
        changes: 0,
        stretches: 0,
        lasted: Duration::ZERO,
        causes: BTreeMap::new(),
        routers: BTreeSet::from([failover.from]),
        returns: false,
        first: Vec::new(),
        last: *failover,
    });
    told.changes += 1;
    match before {
        Some(before) => told.lasted += failover.at.time.since(before.at.time),
        None => told.stretches += 1,
    }
    *told.causes.entry(failover.cause).or_default() += 1;
    told.returns |= told.routers.contains(&failover.to);
    told.routers.insert(failover.to);
    told.last = *failover;
    if told.first.len() < SHOWN {
        told.first.push(*failover);
    }
}

/// How many hold times the window is at least.
const HOLD_TIMES: u32 = 10;
/// How many of the first changes are kept.
const SHOWN: usize = 3;
