//! Stretches in which an active router had nobody to take over from it.

use std::net::IpAddr;
use std::time::Duration;

use crate::observe::{At, HelloRun};
use crate::time::Timestamp;

use super::follows;

/// A stretch in which one router was active and none in standby.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unattended {
    /// The active router.
    pub router: IpAddr,
    /// Its first hello of the stretch.
    pub first: At,
    /// Its last one.
    pub last: At,
    /// Its hold time.
    pub hold: Duration,
    /// Whether it begins as the router took over.
    pub since_takeover: bool,
}

impl Unattended {
    /// How long the stretch was at least.
    pub fn lasted(&self) -> Duration {
        self.last.time.since(self.first.time)
    }
}

/// The stretches of a group.
#[derive(Clone, Debug, Default)]
pub(super) struct Vigil {
    open: Option<Unattended>,
    /// Whether the next one begins as a router takes over.
    is_takeover: bool,
    longest: Option<Unattended>,
}

impl Vigil {
    /// Hellos of the router that alone is active.
    pub(super) fn active(&mut self, at: At, run: &HelloRun, hold: Duration) {
        let goes_on = |open: &Unattended| open.router == run.router && follows(open.last.time, at.time, hold);
        if let Some(open) = self.open.as_mut().filter(|open| goes_on(open)) {
            (open.last, open.hold) = (run.last, hold);
        } else {
            let since_takeover = self.is_takeover;
            self.end();
            let router = run.router;
            self.open = Some(Unattended { router, first: at, last: run.last, hold, since_takeover });
        }
    }

    /// The role changes hands.
    pub(super) fn changed(&mut self) {
        self.end();
        self.is_takeover = true;
    }

    /// A standby router is there, or two are active, or time cannot be measured.
    pub(super) fn end(&mut self) {
        self.is_takeover = false;
        let open = self.open.take();
        let is_longer = |open: &Unattended| self.longest.is_none_or(|it| it.lasted() < open.lasted());
        self.longest = open.filter(is_longer).or(self.longest);
    }

    /// The longest stretch that ended, and the one that lasts until `end`.
    pub(super) fn told(&self, end: Timestamp) -> (Option<Unattended>, Option<Unattended>) {
        let mut at_end = self.clone();
        if self.open.is_some_and(|open| !follows(open.last.time, end, open.hold)) {
            at_end.end();
        }
        (at_end.longest, at_end.open)
    }
}
