//! Where pieces come from, and the books on what became of them.

use std::collections::BTreeMap;

use crate::capture::{CaptureId, Frame, FrameNumber, SeriesId};
use crate::decode::packet::Packet;
use crate::decode::path::VirtualNetwork;
use crate::decode::vlans::Vlans;
use crate::time::Timestamp;

use super::facts::Reassembly;

/// Where and when a piece was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) time: Timestamp,
    pub(super) capture: CaptureId,
    pub(super) frame: FrameNumber,
}

/// What pieces of one whole have in common whatever they are: series of captures, interface and segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Vantage {
    series: SeriesId,
    interface: u32,
    vlans: Vlans,
    network: Option<VirtualNetwork>,
}

impl Place {
    pub(super) const fn of(capture: CaptureId, frame: &Frame<'_>) -> Self {
        Self { time: frame.time, capture, frame: frame.number }
    }
}

impl Vantage {
    pub(super) fn of(series: SeriesId, frame: &Frame<'_>, packet: &Packet<'_>) -> Self {
        let vlans = packet.link.vlans.without_priority_tags();
        Self { series, interface: frame.interface, vlans, network: packet.link.network }
    }
}

/// The facts of each capture.
#[derive(Debug, Default)]
pub(super) struct Ledger(BTreeMap<CaptureId, Reassembly>);

impl Ledger {
    /// Those of a capture, to be written on.
    pub(super) fn of(&mut self, capture: CaptureId) -> &mut Reassembly {
        self.0.entry(capture).or_default()
    }

    /// All there are.
    pub(super) fn into_facts(self) -> BTreeMap<CaptureId, Reassembly> {
        self.0
    }
}
