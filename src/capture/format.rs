//! The containers that are read.

use std::fmt;

/// A container that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// pcap, with microseconds or nanoseconds, or in the modified format; in either byte order.
    Pcap,
    /// pcapng, in either byte order.
    Pcapng,
    /// snoop.
    Snoop,
    /// ERF.
    Erf,
}

impl Format {
    /// Its name, lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcap => "pcap",
            Self::Pcapng => "pcapng",
            Self::Snoop => "snoop",
            Self::Erf => "erf",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
