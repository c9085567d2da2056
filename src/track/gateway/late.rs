//! Hellos that come later than they should while their router keeps its role.

use std::net::IpAddr;
use std::time::Duration;

use crate::observe::{Act, At, HelloRun, Role};
use crate::time::Timestamp;

use super::super::event::EventKind;
use super::group::{Group, Told};
use super::router::Router;

/// The hellos of one router that came late while it kept its role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LateHellos {
    /// How many.
    pub count: u64,
    /// How many of them while another router of the group was heard in time.
    pub alone: u64,
    /// The first.
    pub first: At,
    /// The one that was awaited longest.
    pub worst: At,
    /// How long after the one before it that one came.
    pub gap: Duration,
    /// The hello time it was judged against.
    pub hello: Duration,
    /// The last.
    pub last: At,
}

impl Group {
    /// Tells a hello that came later than twice the hello time, from a router that stayed active or standby.
    pub(super) fn late_hello(&mut self, at: At, run: &HelloRun, told: &mut Vec<Told>) {
        // A forwarder's messages come with its group's.
        if run.message.act != Act::Hello || run.message.group.forwarder != 0 {
            return;
        }
        let Some(router) = self.routers.get(&run.router) else { return };
        let Some((gap, hello)) = lateness(router, at, run) else { return };
        let kind = EventKind::HelloLate { gap, hello };
        told.push(Told { at: at.time, router: run.router, peer: None, kind });
        // An active router beside the owner, and a standby router after its hold time, have more to answer for.
        let keeps_role = run.message.role != Role::Active || self.owner == Some(run.router);
        if !keeps_role || gap > router.hold() {
            return;
        }
        let due = at.time.minus(gap).plus(hello);
        let alone = self.was_other_heard(run.router, due);
        if let Some(router) = self.routers.get_mut(&run.router) {
            note(&mut router.late, at, (gap, hello), alone);
        }
    }

    /// Whether another router was heard since `time`, by a message that was not late itself.
    fn was_other_heard(&self, router: IpAddr, time: Timestamp) -> bool {
        self.routers.iter().any(|(&address, other)| {
            let late = other.late.is_some_and(|late| late.last == other.last);
            address != router && other.last.time >= time && !late
        })
    }
}

fn note(late: &mut Option<LateHellos>, at: At, (gap, hello): (Duration, Duration), alone: bool) {
    let new = LateHellos { count: 0, alone: 0, first: at, worst: at, gap, hello, last: at };
    let late = late.get_or_insert(new);
    late.count += 1;
    late.alone += u64::from(alone);
    late.last = at;
    if gap > late.gap {
        (late.worst, late.gap, late.hello) = (at, gap, hello);
    }
}

/// How long after the one before a late hello came, and the hello time that it is late by.
fn lateness(router: &Router, at: At, run: &HelloRun) -> Option<(Duration, Duration)> {
    let (before, last) = (router.hello.as_ref()?, router.last_hello?);
    // One whose hold time is over is back, and not late.
    let was_there = router.claim.is_some() || before.role == Role::Standby;
    let stays = before.state == run.message.state && was_there;
    let hello_ms = before.hello_ms.max(run.message.hello_ms);
    let hello = Duration::from_millis(u64::from(hello_ms));
    let gap = at.time.since(last).max(run.largest_gap);
    (stays && hello_ms > 0 && gap > hello * 2).then_some((gap, hello))
}
