//! Groups of one pair of routers that had one owner, and have it no longer.

use std::cmp::Reverse;
use std::net::IpAddr;
use std::time::Duration;

use crate::time::Timestamp;
use crate::track::{GroupFacts, Ownership, RouterFacts};

use super::chassis::{Likeness, likeness};
use super::options::Options;

/// A group that went to another router alone.
#[derive(Clone, Copy)]
pub(super) struct Split<'a> {
    /// The group that stayed where it was.
    pub(super) stayed: &'a GroupFacts,
    /// Who owned the group that went.
    pub(super) before: Ownership,
    /// Who owns it since.
    pub(super) after: Ownership,
    /// Who owned the group that stayed, before and after.
    pub(super) stay: Ownership,
    /// Why the router that owned both is taken for one.
    pub(super) likeness: Likeness,
    /// How long the groups had different owners.
    pub(super) apart: Duration,
    /// Whether the other group followed, or the first one went back, and both had one owner again.
    pub(super) ended: bool,
}

/// The first time that `moved` went to another router while `stayed` did not, for longer than the hold time and a margin.
///
/// Both must have had one owner: groups that were with different routers from the start share the load by design. So do
/// groups of which each went to the router it prefers. `comparisons` is how many more may be looked into.
pub(super) fn split<'a>(
    moved: &GroupFacts,
    stayed: &'a GroupFacts,
    options: &Options,
    comparisons: &mut usize,
) -> Option<Split<'a>> {
    // One address is not on two sides of a router: these are other routers, or tables apart from one another.
    if moved.virtual_addresses.iter().any(|address| stayed.virtual_addresses.contains(address)) {
        return None;
    }
    let turns = moved.ownerships.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?)));
    let stays =
        turns.filter_map(|(before, after)| Some((before, after, owner_at(stayed, after.first.time)?)));
    stays.into_iter().find_map(|(before, after, stay)| {
        let together = before.first.time <= stay.last.time && stay.first.time <= before.last.time;
        let apart = after.last.time.min(stay.last.time).since(after.first.time);
        let hold = [(moved, after.router), (stayed, stay.router)];
        let hold =
            hold.into_iter().filter_map(|(group, address)| Some(router(group, address)?.timers.1)).max();
        if !together || apart <= hold.unwrap_or_default() + options.split_margin {
            return None;
        }
        *comparisons = comparisons.checked_sub(1)?;
        let likeness = likeness((moved, before.router), (stayed, stay.router))?;
        let is_elsewhere = self::likeness((moved, after.router), (stayed, stay.router)).is_none();
        let contested = is_contested(moved, &after) || is_contested(stayed, &stay);
        if !is_elsewhere || contested || shares_load((moved, &before, &after), (stayed, &stay)) {
            return None;
        }
        let ended = follows(moved, &after) || follows(stayed, &stay);
        Some(Split { stayed, before, after, stay, likeness, apart, ended })
    })
}

/// The first ownership that goes on after `time`: of those, no other can have begun before it.
fn owner_at(group: &GroupFacts, time: Timestamp) -> Option<Ownership> {
    let ended = group.ownerships.partition_point(|it| it.last.time <= time);
    group.ownerships.get(ended).copied()
}

/// Whether two routers claimed the role during this ownership: then it is not certain whose it is.
fn is_contested(group: &GroupFacts, ownership: &Ownership) -> bool {
    let (first, last) = (ownership.first.time, ownership.last.time);
    group.conflicts.iter().any(|it| first <= it.last.time && it.first.time <= last)
}

/// Whether the group went to the router it prefers, while the other one stays with the router that it prefers, as far as
/// is known.
fn shares_load(
    (moved, before, after): (&GroupFacts, &Ownership, &Ownership),
    (stayed, stay): (&GroupFacts, &Ownership),
) -> bool {
    let prefers = |group, new, old| preference(group, new) > preference(group, old);
    let counterpart = stayed.routers.iter().map(|router| router.address);
    let counterpart =
        counterpart.into_iter().find(|address| likeness((moved, after.router), (stayed, *address)).is_some());
    let stayed_prefers = counterpart.is_some_and(|address| prefers(stayed, address, stay.router));
    prefers(moved, after.router, before.router) != stayed_prefers
}

/// How much a group preferred a router when it was first heard, before any tracking took from it: the greater, the more.
fn preference(group: &GroupFacts, address: IpAddr) -> Option<(u32, Reverse<Duration>)> {
    let router = router(group, address)?;
    let by_interval = group.key.name.protocol.prefers_by_interval();
    let interval = if by_interval { router.timers.0 } else { Duration::ZERO };
    Some((router.first_priority.unwrap_or_default(), Reverse(interval)))
}

/// Whether another ownership follows this one.
fn follows(group: &GroupFacts, ownership: &Ownership) -> bool {
    group.ownerships.last().is_some_and(|last| last != ownership)
}

fn router(group: &GroupFacts, address: IpAddr) -> Option<&RouterFacts> {
    group.routers.iter().find(|router| router.address == address)
}
