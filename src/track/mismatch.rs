//! Settings in which two routers of one group differ.

use std::net::IpAddr;
use std::time::Duration;

use crate::observe::{At, Authentication};

/// A stretch in which two routers of one group, both alive, said different things of one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The routers, the lower address first. What follows in pairs is in this order.
    pub routers: (IpAddr, IpAddr),
    /// In what they differ.
    pub difference: Difference,
    /// The protocol version of the message that first shows it.
    pub version: u8,
    /// The message of each that first shows it.
    pub first: (At, At),
    /// The last message that still shows it.
    pub last: At,
    /// How many messages each sent meanwhile.
    pub hellos: (u64, u64),
    /// Whether they were alike before.
    pub by_change: bool,
    /// The message with which they were alike again.
    pub settled: Option<At>,
}

/// What two routers say of one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Protocol versions of which none is spoken by both.
    Version(u8, u8),
    /// Authentication: its kind, its key, or its text.
    Authentication(Authentication, Authentication),
    /// Hello or hold time.
    Timers(HelloTimers, HelloTimers),
    /// Virtual addresses, each router's ascending.
    VirtualAddresses(Vec<IpAddr>, Vec<IpAddr>),
}

/// The timers a router tells with its hellos.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HelloTimers {
    /// How often it speaks.
    pub hello: Duration,
    /// How long it may be silent; none where its protocol does not tell.
    pub hold: Option<Duration>,
}

/// Which setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Setting {
    Version,
    Authentication,
    Timers,
    VirtualAddresses,
}

impl Difference {
    /// Which setting it is about.
    pub(super) const fn setting(&self) -> Setting {
        match self {
            Self::Version(..) => Setting::Version,
            Self::Authentication(..) => Setting::Authentication,
            Self::Timers(..) => Setting::Timers,
            Self::VirtualAddresses(..) => Setting::VirtualAddresses,
        }
    }
}

impl Mismatch {
    /// The message with which the difference began.
    pub fn begins(&self) -> At {
        self.first.0.max(self.first.1)
    }

    /// Whether it is about these two, in either order.
    pub fn is_between(&self, (one, other): (IpAddr, IpAddr)) -> bool {
        self.routers == (one.min(other), one.max(other))
    }
}
