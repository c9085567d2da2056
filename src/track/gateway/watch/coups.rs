//! Coups in quick succession.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use crate::observe::At;

use super::follows;

/// Coups of one router in quick succession: none is later than the one before by more than one and a half hello times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coups {
    /// The router.
    pub router: IpAddr,
    /// How many.
    pub count: u64,
    /// The first.
    pub first: At,
    /// The last.
    pub last: At,
}

/// The Coups of a group's routers.
#[derive(Clone, Debug, Default)]
pub(super) struct Count {
    /// Those under way, one a router.
    runs: BTreeMap<IpAddr, Coups>,
    most: Option<Coups>,
}

impl Count {
    pub(super) fn begin_anew(&mut self) {
        self.runs.clear();
    }

    pub(super) fn note(&mut self, at: At, router: IpAddr, hello: Duration) {
        let run = self.runs.entry(router).or_insert(Coups { router, count: 0, first: at, last: at });
        if !follows(run.last.time, at.time, hello * 3 / 2) {
            *run = Coups { router, count: 0, first: at, last: at };
        }
        run.count += 1;
        run.last = at;
        if run.count > 1 && self.most.is_none_or(|most| run.count > most.count) {
            self.most = Some(*run);
        }
    }

    pub(super) const fn most(&self) -> Option<Coups> {
        self.most
    }
}
