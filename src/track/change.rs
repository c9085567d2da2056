//! Changes of a gateway's settings, and ESP that stops after one: what a disabled crypto map looks like.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use crate::observe::At;

use super::subject::GroupKey;

/// A hello of a group's active router that differs from its one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The first hello with the new settings.
    pub at: At,
    /// The group.
    pub group: GroupKey,
    /// The router, which owned the virtual address then.
    pub router: IpAddr,
    /// What differs.
    pub settings: Vec<Setting>,
    /// How long before that hello the change may have been made: the hello time.
    pub lead: Duration,
    /// How many hellos in a row show the new settings.
    pub hellos: u64,
    /// Whether the next hello took it back.
    pub undone: bool,
}

/// One setting that differs between two hellos.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name: `virtual-address`, `version`, `group`, `priority`, `demotion`, `hello`, `hold` or `authentication`.
    pub name: &'static str,
    /// Its value before; never a password.
    pub old: String,
    /// Its value now; never a password.
    pub new: String,
}

/// ESP of a tunnel that no longer left its gateway after a change, though the gateway did not fail over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The change.
    pub change: Change,
    /// The last packet that left.
    pub last: At,
    /// Its SPI.
    pub spi: u32,
    /// For how long none followed: until ESP left again, the group failed over, or the router was last heard.
    pub silence: Duration,
    /// The longest silence in the minute or two before, which the traffic makes by itself.
    pub usual: Duration,
    /// When ESP left again, on a new SPI.
    pub resumed: Option<At>,
    /// The last ESP of the peer in between, where it went on for long enough to tell.
    pub inbound: Option<At>,
    /// The first negotiation begun in between; none that succeeded at once.
    pub negotiation: Option<At>,
    /// The last IKE of the gateway's side in between, where ESP did not leave again and no negotiation was begun.
    pub spoke: Option<At>,
}

impl Change {
    /// Whether `address` is no virtual address of the group any more.
    pub fn takes_away(&self, address: IpAddr) -> bool {
        let gone = |setting: &Setting| {
            setting.name == "virtual-address" && !setting.new.split(';').any(|it| it == address.to_string())
        };
        self.settings.iter().any(gone)
    }

    /// Whether it is a single hello's, and these settings are what they were before.
    pub(super) fn is_undone_by(&self, settings: &[Setting]) -> bool {
        let undone = |(this, other): (&Setting, &Setting)| {
            (this.name, &this.old, &this.new) == (other.name, &other.new, &other.old)
        };
        self.hellos == 1
            && self.settings.len() == settings.len()
            && self.settings.iter().zip(settings).all(undone)
    }
}

impl fmt::Display for Setting {
    /// `virtual-address 192.0.2.1 to 192.0.2.100`; of what is secret, `authentication text to another text`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, old, new } = self;
        if old == new {
            write!(f, "{name} {old} to another {new}")
        } else {
            write!(f, "{name} {old} to {new}")
        }
    }
}
