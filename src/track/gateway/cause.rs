//! Why the active role changes hands, and who may take it from whom.

use std::cmp::Ordering;
use std::net::IpAddr;
use std::time::Duration;

use crate::observe::At;
use crate::time::Timestamp;

use super::super::subject::Cause;
use super::group::Group;
use super::router::Router;

impl Group {
    /// Why the role changed hands: a Coup, a Resign or its like, silence, or a better priority.
    pub(super) fn cause(
        &self,
        (from, old): (IpAddr, &Router),
        (to, new): (IpAddr, &Router),
        now: Timestamp,
        gap: Duration,
    ) -> Cause {
        let recent = |at: Option<At>, hold: Duration| at.is_some_and(|at| now.since(at.time) <= hold);
        let protocol = self.key.name.protocol;
        if recent(new.coup, new.hold()) {
            Cause::Coup
        } else if recent(old.resign, old.hold()) && old.claim.is_none() {
            if protocol.resigns_by_priority() { Cause::PriorityZero } else { Cause::Resign }
        } else if gap + old.hello_time() >= old.hold() {
            Cause::HoldExpiry
        } else if !protocol.has_coup() && old.claim.is_some() && self.is_preferred(to, from) {
            Cause::Preempt
        } else {
            Cause::Unknown
        }
    }

    /// Whether the router at `new` may take the role from the one at `old` while that is there.
    pub(super) fn is_preferred(&self, new: IpAddr, old: IpAddr) -> bool {
        let hello = |address| self.routers.get(&address).and_then(|router| router.hello.as_ref());
        let (Some(its), Some(owners)) = (hello(new), hello(old)) else { return false };
        match its.preference(owners) {
            Ordering::Greater => true,
            Ordering::Equal => self.key.name.protocol.breaks_ties_by_address() && new > old,
            Ordering::Less => false,
        }
    }
}
