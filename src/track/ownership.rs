//! Who owned a gateway group, from when to when.

use std::net::IpAddr;

use crate::observe::At;

/// A time during which one router owned the active role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ownership {
    /// The router.
    pub router: IpAddr,
    /// The message with which it came to own the role.
    pub first: At,
    /// Its last message that claims it.
    pub last: At,
}

/// The ownerships of one group, in order of time; the latest few.
#[derive(Clone, Debug, Default)]
pub(super) struct Ownerships(Vec<Ownership>);

impl Ownerships {
    /// Nobody owned it yet.
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// The role went to this router.
    pub(super) fn begin(&mut self, router: IpAddr, at: At) {
        if self.0.len() >= KEPT {
            self.0.remove(0);
        }
        self.0.push(Ownership { router, first: at, last: at });
    }

    /// The router that owns the role claims it, from `at` to `last`.
    pub(super) fn goes_on(&mut self, router: IpAddr, (at, last): (At, At)) {
        match self.0.last_mut() {
            Some(ownership) if ownership.router == router => ownership.last = last,
            _ => self.begin(router, at),
        }
    }

    /// The clock was set back: what was before cannot be told from what comes.
    pub(super) fn begin_anew(&mut self) {
        self.0.clear();
    }

    /// All that are kept.
    pub(super) fn told(&self) -> &[Ownership] {
        &self.0
    }
}

/// How many are kept of one group.
const KEPT: usize = 64;
