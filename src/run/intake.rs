//! What stands before all other stages: frames to packets.

use std::collections::BTreeMap;

use crate::capture::{CaptureId, Frame, SeriesId};
use crate::decode::{Options, Packet, Reassembler, Reassembly, Unrelated, decode_with};
use crate::wire::tcp;

/// Frames to packets.
pub(super) struct Intake {
    options: Options,
    reassembler: Reassembler,
}

impl Intake {
    /// Nothing has come yet.
    pub(super) fn new(options: &Options) -> Self {
        Self { options: options.clone(), reassembler: Reassembler::new(options.clone()) }
    }

    /// Whether each frame of a kind must be decoded that this program is not about: it may be a segment of a stream that
    /// carries IKE.
    pub(super) fn awaits(&self, kind: Unrelated) -> bool {
        kind == Unrelated::IpProtocol(tcp::PROTOCOL) && self.reassembler.awaits_segments()
    }

    /// Decodes a frame of a capture and gives what it holds, and what it completes.
    pub(super) fn frame(
        &mut self,
        (id, series): (CaptureId, SeriesId),
        frame: &Frame<'_>,
        out: &mut dyn FnMut(&Packet<'_>),
    ) {
        let packet = decode_with(frame, &self.options);
        self.reassembler.packets(id, series, frame, &packet, out);
    }

    /// No more frames come: what was never whole is told.
    pub(super) fn finish(self) -> BTreeMap<CaptureId, Reassembly> {
        self.reassembler.finish()
    }
}
