//! Two routers that claim one role.

use std::net::IpAddr;

use crate::observe::At;

/// A stretch in which two routers claimed the active role at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The one that owned it, and the one that claimed it beside.
    pub routers: (IpAddr, IpAddr),
    /// The first claim that could not be a crossing of two messages.
    pub first: At,
    /// The last such claim.
    pub last: At,
    /// How many of them, from the router that did not own the role.
    pub claims: u64,
}
