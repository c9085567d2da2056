//! One unidirectional SA over the whole capture.

use crate::decode::Encapsulation;
use crate::observe::{At, EspSlice, EspTally, SaKey};
use crate::wire::mac::MacAddr;

/// One unidirectional SA over the whole capture: a row of the `flows` table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowFacts {
    /// The SA.
    pub sa: SaKey,
    /// How it travels.
    pub encapsulation: Encapsulation,
    /// Its first packet.
    pub first: At,
    /// Its last packet.
    pub last: At,
    /// What its packets add up to.
    pub tally: EspTally,
    /// Source MACs, in order of first use.
    pub src_macs: Vec<MacAddr>,
}

impl FlowFacts {
    /// A flow that has seen nothing but its first slice.
    pub fn new(at: At, slice: &EspSlice) -> Self {
        Self {
            sa: slice.sa,
            encapsulation: slice.encapsulation,
            first: at,
            last: slice.last,
            tally: slice.tally,
            src_macs: slice.src_mac.into_iter().collect(),
        }
    }

    /// Adds a further slice.
    pub fn add(&mut self, slice: &EspSlice) {
        self.last = self.last.max(slice.last);
        self.tally.add(&slice.tally);
        let new_mac = slice.src_mac.filter(|mac| !self.src_macs.contains(mac));
        if self.src_macs.len() < MACS {
            self.src_macs.extend(new_mac);
        }
    }
}

/// How many source MACs of one flow are kept.
const MACS: usize = 8;
