//! What was left out because there was too much of it.

/// What was left out because there was too much of it, by count. All zero in any capture that nobody flooded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overflow {
    /// Gateway messages of groups beyond those followed.
    pub groups: u64,
    /// Gateway messages of routers beyond those followed in one group.
    pub routers: u64,
    /// IKE messages and ESP slices of tunnels beyond those followed.
    pub tunnels: u64,
    /// Tunnels that were forgotten: of one side only, those silent longest first.
    pub forgotten_tunnels: u64,
    /// Outages that were not followed, because too many were under way.
    pub outages: u64,
    /// ESP SAs that were forgotten, those silent longest first.
    pub sas: u64,
    /// IKE SAs that were forgotten, those silent longest first.
    pub ike_sas: u64,
    /// Slices of traffic in clear that were left out, or that tell nothing since others may have been.
    pub in_clear: u64,
    /// ESP slices on SPIs beyond those told apart after one failover.
    pub spis: u64,
}
