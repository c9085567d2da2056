//! The thresholds the trackers work with.

use std::time::Duration;

/// Thresholds of the trackers. All times are capture time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How long after a failover a tunnel is judged, and how long before one it counts as in use.
    pub window: Duration,
    /// How long ESP of one direction must be silent to count as stopped.
    pub silence: Duration,
    /// By how many packets the sequence of an SA may jump when another router goes on with it.
    pub stateful_jump: u64,
    /// How long after a change of a gateway's settings ESP that stops counts for it.
    pub change_window: Duration,
    /// How long ESP that stopped after a change must be silent at least.
    pub change_silence: Duration,
    /// How many changes of a group's active router are flapping.
    pub flapping_changes: u32,
    /// Within what time; ten hold times of its routers where that is longer.
    pub flapping_window: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(60),
            silence: Duration::from_secs(10),
            // The largest replay interval vendors document is 100,000 packets outbound.
            stateful_jump: 1 << 17,
            change_window: Duration::from_secs(120),
            change_silence: Duration::from_secs(5),
            flapping_changes: 3,
            flapping_window: Duration::from_secs(300),
        }
    }
}
