//! Tunnels whose end leaves the virtual address for a router's own.

use std::net::IpAddr;

use crate::observe::At;

use super::subject::GroupKey;

/// A router began to send from its own address to the peer of a tunnel that ended at the virtual address until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftVirtualAddress {
    /// The group.
    pub group: GroupKey,
    /// The router, by the address it sends from now.
    pub router: IpAddr,
    /// The first packet from there.
    pub at: At,
    /// The last packet from the virtual address before it.
    pub last: At,
    /// The first packet from the virtual address after it, if one came.
    pub returned: Option<At>,
    /// Whether the peer sends to that address too since.
    pub answered: bool,
    /// Whether ESP flows both ways from there since.
    pub works: bool,
}
