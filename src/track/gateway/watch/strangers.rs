//! Routers that take the role from a living one though nobody had heard of them.

use std::net::IpAddr;
use std::time::Duration;

use crate::observe::At;

use super::super::super::outage::Failover;
use super::super::super::subject::Cause;
use super::super::router::Router;

/// A router that took the role from a living one, by a Coup or the highest priority, though it had not been heard
/// before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// The router.
    pub router: IpAddr,
    /// The one it took the role from.
    pub from: IpAddr,
    /// The takeover.
    pub at: At,
    /// Its Coup, where it sent one.
    pub coup: Option<At>,
    /// Its priority.
    pub priority: Option<u32>,
    /// How long the group had been seen before the router's first message.
    pub watched: Duration,
    /// The router's last message.
    pub last: At,
}

/// The new router of a failover, where nothing explains that it took over.
pub(super) fn stranger(
    failover: &Failover,
    (old, new): (&Router, &Router),
    first: At,
    owns_address: bool,
) -> Option<Stranger> {
    let Failover { at, from, to, cause, gap, .. } = *failover;
    // The owner of the address has the highest priority by design (RFC 9568 §5.2.4).
    if owns_address {
        return None;
    }
    let is_new = at.time.since(new.first.time) <= new.hello_time() * 2;
    let watched = new.first.time.since(first.time);
    let long_enough = watched > old.hold() + old.hello_time();
    let is_left = matches!(cause, Cause::Resign | Cause::PriorityZero | Cause::HoldExpiry);
    let was_alive = !is_left && gap + old.hello_time() < old.hold();
    let priority = new.hello.as_ref().and_then(|hello| hello.priority);
    let coup = new.coup.filter(|_| cause == Cause::Coup);
    let is_forced = coup.is_some() || (priority == Some(HIGHEST) && old.claim.is_some());
    (is_new && long_enough && was_alive && is_forced).then_some(Stranger {
        router: to,
        from,
        at,
        coup,
        priority,
        watched,
        last: at,
    })
}

/// The highest priority there is: of HSRP and GLBP, and in VRRP that of the router that owns the address.
const HIGHEST: u32 = 255;
