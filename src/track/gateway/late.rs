//! Hellos that come later than they should while their router keeps its role.

use std::time::Duration;

use crate::observe::{Act, At, HelloRun, Role};

use super::super::event::EventKind;
use super::group::{Group, Told};
use super::router::Router;

impl Group {
    /// Tells a hello that came later than twice the hello time, from a router that stayed active or standby.
    pub(super) fn late_hello(&self, at: At, run: &HelloRun, told: &mut Vec<Told>) {
        // A forwarder's messages come with its group's.
        if run.message.act != Act::Hello || run.message.group.forwarder != 0 {
            return;
        }
        let Some(router) = self.routers.get(&run.router) else { return };
        if let Some((gap, hello)) = lateness(router, at, run) {
            let kind = EventKind::HelloLate { gap, hello };
            told.push(Told { at: at.time, router: run.router, peer: None, kind });
        }
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
