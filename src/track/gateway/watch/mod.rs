//! What a gateway group goes through over a whole run, beside who owns it: kept for the rules.

mod claimants;
mod coups;
mod flapping;
mod moves;
mod standby;
mod strangers;

use std::collections::BTreeSet;
use std::time::Duration;

use crate::observe::{Act, At, HelloRun, Role};
use crate::time::Timestamp;
use crate::wire::mac::MacAddr;

use super::super::options::Options;
use super::super::outage::Failover;
use super::group::Group;
use super::neighbours::Announcement;
use super::router::Router;

pub use claimants::Claimant;
pub use coups::Coups;
pub use flapping::Flapping;
pub use moves::Move;
pub use standby::Unattended;
pub use strangers::Stranger;

/// What a gateway group went through, beside who owned it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Watched {
    /// Changes of the active router in quick succession, where there were any.
    pub flapping: Option<Flapping>,
    /// Routers that took the role from a living one though nobody had heard of them.
    pub strangers: Vec<Stranger>,
    /// The most Coups that one router sent in quick succession, where it was more than one.
    pub coups: Option<Coups>,
    /// Failovers after which the virtual address stands for another MAC, in order of time; the first few.
    pub moves: Vec<Move>,
    /// The longest stretch without a standby router that ended, and the one that lasts until the end.
    pub unattended: (Option<Unattended>, Option<Unattended>),
    /// Others than the group's routers that claim one of its virtual addresses; the first few.
    pub claimants: Vec<Claimant>,
}

/// What is kept of a group to tell the same at the end.
#[derive(Clone, Debug)]
pub(in crate::track) struct Watch {
    flapping: flapping::Changes,
    strangers: Vec<Stranger>,
    coups: coups::Count,
    moves: moves::Moves,
    standby: standby::Vigil,
    claims: claimants::Claims,
}

impl Watch {
    /// Nothing seen yet.
    pub(super) fn new(options: &Options) -> Self {
        Self {
            flapping: flapping::Changes::new(options.flapping_changes, options.flapping_window),
            strangers: Vec::new(),
            coups: coups::Count::default(),
            moves: moves::Moves::default(),
            standby: standby::Vigil::default(),
            claims: claimants::Claims::default(),
        }
    }

    /// The clock was set back: what is measured from one message to the next begins anew.
    pub(super) fn set_back(&mut self) {
        self.flapping.begin_anew();
        self.coups.begin_anew();
        self.moves.end();
        self.standby.end();
    }

    /// The role of a group seen since `first` changed hands. `owns_address` says whether a virtual address is the new
    /// router's own.
    pub(super) fn changed(
        &mut self,
        failover: &Failover,
        (old, new): (&Router, &Router),
        first: At,
        owns_address: bool,
    ) {
        self.flapping.note(failover, old.hold().max(new.hold()));
        let stranger = strangers::stranger(failover, (old, new), first, owns_address);
        let is_known = |it: &Stranger| self.strangers.iter().any(|known| known.router == it.router);
        let stranger = stranger.filter(|it| !is_known(it));
        self.strangers.extend(stranger);
        if !failover.group.name.protocol.has_forwarders() {
            self.moves.begin(failover, old.presents);
        }
        self.standby.changed();
    }
}

impl Group {
    /// Notes what a message shows once it has had its effect.
    pub(super) fn watch_message(&mut self, at: At, run: &HelloRun, role: Role) {
        // What forwarders go through, their group does.
        if self.key.name.forwarder != 0 {
            return;
        }
        let is_claim = run.message.act == Act::Hello && role == Role::Active;
        let is_owner = is_claim && self.owner == Some(run.router);
        let since = self.routers.get(&run.router).and_then(|router| router.claim);
        // The one that it took over from may have been silent for less than its hold time.
        let rivals = |(&address, router): (&_, &Router)| {
            address != run.router && router.claims_at(at.time) && Some(router.last) >= since
        };
        let is_alone = is_owner && !self.routers.iter().any(rivals);
        let Some(router) = self.routers.get_mut(&run.router) else { return };
        if is_claim {
            router.presents = run.src_mac;
        }
        if run.message.act == Act::Coup {
            self.watch.coups.note(at, run.router, router.hello_time());
        }
        if is_owner {
            self.watch.moves.heard(run);
        }
        if !self.key.name.protocol.has_silent_backups() {
            match role {
                Role::Active if is_alone => self.watch.standby.active(at, run, router.hold()),
                Role::Active | Role::Standby => self.watch.standby.end(),
                Role::Other => {}
            }
        }
    }

    /// Hears when neighbours of its segment last said where an address is.
    pub(super) const fn hear_neighbours(&mut self, last: Option<At>) {
        self.watch.moves.hear_neighbours(last);
    }

    /// Notes that a neighbour of its segment says where an address is, the first time since the group failed over.
    pub(super) fn note_neighbours(&mut self, at: At) {
        self.watch.moves.note_neighbours(at);
    }

    /// Notes who says where a virtual address of the group is.
    pub(super) fn watch_announcement(&mut self, at: At, said: &Announcement) {
        if self.key.name.forwarder != 0 || !self.key.name.protocol.can_present(&said.address) {
            return;
        }
        self.watch.moves.announced(at, said);
        let owner = self.owner.and_then(|owner| self.routers.get(&owner));
        if let Some(owner) = owner.filter(|owner| owner.claims_at(at.time)) {
            self.watch.claims.note(at, said, owner.presents);
        }
    }

    /// What it went through, as the capture comes to its `end`. `macs` are those of all routers of its segment.
    pub(in crate::track) fn watched(&self, end: Timestamp, macs: &BTreeSet<MacAddr>) -> Watched {
        let Watch { flapping, strangers, coups, moves, standby, claims } = &self.watch;
        let mut strangers = strangers.clone();
        for stranger in &mut strangers {
            if let Some(router) = self.routers.get(&stranger.router) {
                stranger.last = router.last;
            }
        }
        let unknown: Vec<_> = self
            .routers
            .iter()
            .filter(|(_, router)| router.macs.is_empty())
            .map(|(&address, _)| address)
            .collect();
        Watched {
            flapping: flapping.told(),
            strangers,
            coups: coups.most(),
            moves: moves.told(claims.at_virtual_mac()),
            unattended: standby.told(end),
            claimants: claims.told(macs, &unknown),
        }
    }
}

/// Whether two things are at most `span` apart, the first one before the second.
fn follows(earlier: Timestamp, later: Timestamp, span: Duration) -> bool {
    later.since(earlier) <= span
}
