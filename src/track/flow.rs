//! One unidirectional SA over the whole capture.

use crate::decode::Encapsulation;
use crate::observe::{At, EspSlice, SaKey};
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
    /// Packets.
    pub packets: u64,
    /// Bytes of the ESP packets on the wire, headers included.
    pub bytes: u64,
    /// Sequence number of the first packet, as on the wire.
    pub first_sequence: u32,
    /// Sequence number of the last packet, as on the wire.
    pub last_sequence: u32,
    /// Lowest sequence number, extended over wraps.
    pub lowest: u64,
    /// Highest sequence number, extended over wraps.
    pub highest: u64,
    /// Packets whose sequence number was seen before.
    pub repeated: u64,
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
            packets: slice.packets,
            bytes: slice.bytes,
            first_sequence: slice.first_sequence,
            last_sequence: slice.last_sequence,
            lowest: slice.lowest,
            highest: slice.highest,
            repeated: slice.repeated,
            src_macs: slice.src_mac.into_iter().collect(),
        }
    }

    /// Adds a further slice.
    pub fn add(&mut self, slice: &EspSlice) {
        self.last = self.last.max(slice.last);
        self.packets += slice.packets;
        self.bytes += slice.bytes;
        self.last_sequence = slice.last_sequence;
        self.lowest = self.lowest.min(slice.lowest);
        self.highest = self.highest.max(slice.highest);
        self.repeated += slice.repeated;
        let new_mac = slice.src_mac.filter(|mac| !self.src_macs.contains(mac));
        if self.src_macs.len() < MACS {
            self.src_macs.extend(new_mac);
        }
    }

    /// Sequence numbers between the lowest and the highest that were never seen.
    pub const fn missing(&self) -> u64 {
        let span = self.highest - self.lowest + 1;
        span.saturating_sub(self.packets.saturating_sub(self.repeated))
    }
}

/// How many source MACs of one flow are kept.
const MACS: usize = 8;
