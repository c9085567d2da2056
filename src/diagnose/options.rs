//! The thresholds verdicts are given with.

use std::time::Duration;

/// Thresholds of the diagnosis. All times are capture time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How long after a failover a tunnel is judged.
    pub window: Duration,
    /// How long a message must wait for its answer to count as unanswered.
    pub settle: Duration,
    /// How much must be seen after a failover without success to be judged at all.
    pub min_observation: Duration,
    /// When a recovery counts as late.
    pub late_after: Duration,
    /// When absence counts as confirmed; none where that is computed from what was seen of the two ends.
    pub confirm: Option<Duration>,
    /// How often the same message must be sent to count as unanswered before `settle` is over.
    pub requests: u32,
    /// How many packets from the peer on dead SPIs are a black hole.
    pub dead_spi_packets: u64,
    /// For how long they must go on.
    pub dead_spi_time: Duration,
    /// How long an active router must have been without a standby router; two hold times where that is longer.
    pub no_standby_after: Duration,
    /// Within what time after a failover a virtual address that moved to another MAC must be announced.
    pub announce_within: Duration,
    /// How many hellos two routers must each send while they differ.
    pub mismatch_hellos: u32,
    /// How long two routers may differ while both are configured anew.
    pub mismatch_time: Duration,
    /// How much longer than the hold time two groups of one pair of routers may have different owners.
    pub split_margin: Duration,
    /// How many packets in clear are a leak.
    pub clear_packets: u64,
    /// How many conversations in clear are a leak, however few packets they have.
    pub clear_flows: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(60),
            settle: Duration::from_secs(10),
            min_observation: Duration::from_secs(20),
            late_after: Duration::from_secs(60),
            confirm: None,
            requests: 2,
            dead_spi_packets: 10,
            dead_spi_time: Duration::from_secs(5),
            no_standby_after: Duration::from_secs(20),
            announce_within: Duration::from_secs(6),
            mismatch_hellos: 3,
            mismatch_time: Duration::from_secs(60),
            split_margin: Duration::from_secs(5),
            clear_packets: 3,
            clear_flows: 2,
        }
    }
}
