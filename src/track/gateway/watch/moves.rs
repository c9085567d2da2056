//! Whether neighbours are told that a virtual address stands for another MAC since a failover.

use std::net::IpAddr;
use std::time::Duration;

use crate::observe::{At, HelloRun};
use crate::wire::mac::MacAddr;

use super::super::super::outage::Failover;
use super::super::neighbours::Announcement;
use super::follows;

/// A failover after which the virtual address stands for another MAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// The takeover.
    pub at: At,
    /// The router that was active, and the one that is.
    pub routers: (IpAddr, IpAddr),
    /// The MACs that each speaks for the virtual address with.
    pub macs: (MacAddr, MacAddr),
    /// When the new router told its neighbours, in whatever way they hear without asking.
    pub announced: Option<At>,
    /// The last ARP message or neighbour advertisement of the segment before the takeover, whoever's it is.
    pub neighbours_before: Option<At>,
    /// The first one after it.
    pub neighbours_after: Option<At>,
    /// The new router's last message before the role changed again.
    pub until: At,
}

/// A failover with the MACs as far as they are known.
#[derive(Clone, Debug)]
struct Begun {
    at: At,
    routers: (IpAddr, IpAddr),
    macs: (Option<MacAddr>, Option<MacAddr>),
    announced: Option<At>,
    neighbours: (Option<At>, Option<At>),
    until: At,
}

/// The failovers of a group.
#[derive(Clone, Debug, Default)]
pub(super) struct Moves {
    begun: Vec<Begun>,
    /// Whether the last one goes on.
    is_open: bool,
    /// The last announcement that all neighbours heard, with its MAC.
    announcement: Option<(At, Option<MacAddr>)>,
    /// The last ARP message or neighbour advertisement.
    neighbours: Option<At>,
}

impl Moves {
    /// The role changed hands; the old router spoke for the virtual address with this MAC.
    pub(super) fn begin(&mut self, failover: &Failover, before: Option<MacAddr>) {
        self.is_open = self.begun.len() < MOVES;
        if self.is_open {
            self.begun.push(Begun {
                at: failover.at,
                routers: (failover.from, failover.to),
                macs: (before, None),
                announced: None,
                neighbours: (self.neighbours, None),
                until: failover.at,
            });
        }
    }

    /// Nothing more belongs to the last failover.
    pub(super) const fn end(&mut self) {
        self.is_open = false;
    }

    /// The router that took over speaks.
    pub(super) fn heard(&mut self, run: &HelloRun) {
        let announcement = self.announcement;
        let Some(begun) = self.open() else { return };
        begun.until = run.last;
        begun.macs.1 = run.src_mac;
        // Some announce the address just before they say that they own it.
        if let Some((at, mac)) = announcement
            && begun.announced.is_none()
            && mac == run.src_mac
            && follows(at.time, begun.at.time, JUST_BEFORE)
        {
            begun.announced = Some(at);
        }
    }

    /// When neighbours last said where an address is.
    pub(super) const fn hear_neighbours(&mut self, last: Option<At>) {
        self.neighbours = last;
    }

    /// A neighbour says where an address is.
    pub(super) fn note_neighbours(&mut self, at: At) {
        if let Some(begun) = self.open() {
            begun.neighbours.1.get_or_insert(at);
        }
    }

    /// Somebody says where a virtual address of the group is.
    pub(super) fn announced(&mut self, at: At, said: &Announcement) {
        if !said.is_unasked && !said.is_question {
            return;
        }
        self.announcement = Some((at, said.mac));
        let Some(begun) = self.open() else { return };
        // The old router may still speak for the address.
        if said.mac.is_none() || said.mac != begun.macs.0 {
            begun.announced.get_or_insert(at);
        }
    }

    fn open(&mut self) -> Option<&mut Begun> {
        let is_open = self.is_open;
        self.begun.last_mut().filter(|_| is_open)
    }

    /// The failovers that moved the address to another MAC. Where ARP showed a virtual MAC, hosts know no other,
    /// whatever MACs the routers speak with.
    pub(super) fn told(&self, is_at_virtual_mac: bool) -> Vec<Move> {
        let moved = |begun: &Begun| {
            let (before, after) = (begun.macs.0?, begun.macs.1?);
            let are_own = before.virtual_mac().is_none() && after.virtual_mac().is_none();
            (before != after && !(are_own && is_at_virtual_mac)).then_some(Move {
                at: begun.at,
                routers: begun.routers,
                macs: (before, after),
                announced: begun.announced,
                neighbours_before: begun.neighbours.0,
                neighbours_after: begun.neighbours.1,
                until: begun.until,
            })
        };
        self.begun.iter().filter_map(moved).collect()
    }
}

/// How long before its first message a router may announce the address.
const JUST_BEFORE: Duration = Duration::from_secs(1);
/// How many failovers of one group are kept.
const MOVES: usize = 64;
