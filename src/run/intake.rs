//! What stands before all other stages: frames to packets.

use std::collections::BTreeMap;
use std::io;

use crate::capture::{CaptureId, Frame, SeriesId};
use crate::decode::{Options, Packet, Reassembler, Reassembly, Unrelated, decode_with};
use crate::wire::tcp;

use super::Sink;

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

    /// Of what kind each frame must be decoded though this program is not about it, if any: it may be a segment of a stream
    /// that carries IKE.
    pub(super) fn awaited(&self) -> Option<Unrelated> {
        self.reassembler.awaits_segments().then_some(Unrelated::IpProtocol(tcp::PROTOCOL))
    }

    /// Decodes a frame of the named capture and gives what it holds, and what it completes, to `sink` and to `out`.
    pub(super) fn frame(
        &mut self,
        (id, series, name): (CaptureId, SeriesId, &str),
        frame: &Frame<'_>,
        sink: &mut dyn Sink,
        mut out: impl FnMut(&Packet<'_>),
    ) -> io::Result<()> {
        let packet = decode_with(frame, &self.options);
        let mut told = Ok(());
        self.reassembler.packets(id, series, frame, &packet, &mut |packet| {
            if told.is_ok() {
                told = sink.packet((id, name), frame, packet);
            }
            out(packet);
        });
        told
    }

    /// No more frames come: what was never whole is told.
    pub(super) fn finish(self) -> BTreeMap<CaptureId, Reassembly> {
        self.reassembler.finish()
    }
}
