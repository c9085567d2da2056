//! The second part of decode, which holds state: what came in pieces is put together and decoded as one.
//!
//! It takes each frame with its packet and gives the packets that result: the frame's own first, then what the frame
//! completes, each decoded by the same pure functions. What was put together stands on the frame that completed it, and
//! offsets in its [`Stop`] count from its own first byte. Pieces wait for each other as long as a host would wait, by
//! the capture's time. Memory is bounded: what is oldest gives way, and all that is never whole is counted with the
//! reason.

mod aging;
mod assembly;
mod datagrams;
mod facts;
mod place;

use std::collections::BTreeMap;

use crate::capture::{CaptureId, Frame, SeriesId};

use super::closely::decode_whole;
use super::options::Options;
use super::packet::{Fragment, Packet, Pieces, Stop};

pub use facts::{Assembled, Incomplete, Reassembly, Unfinished};

use datagrams::Datagrams;
use place::{Ledger, Place, Vantage};

/// Puts together what comes in pieces.
pub struct Reassembler {
    options: Options,
    datagrams: Datagrams,
    ledger: Ledger,
}

impl Reassembler {
    /// Nothing has come yet. What was put together is decoded with these options.
    pub fn new(options: Options) -> Self {
        Self { options, datagrams: Datagrams::new(), ledger: Ledger::default() }
    }

    /// Takes a frame with the packet decoded from it. Gives the packet, then those that it completes, in order; their
    /// [`Packet::pieces`] tells them from the frame's own.
    #[inline]
    pub fn packets(
        &mut self,
        capture: CaptureId,
        series: SeriesId,
        frame: &Frame<'_>,
        packet: &Packet<'_>,
        give: &mut dyn FnMut(&Packet<'_>),
    ) {
        give(packet);
        if let Some(Stop::Fragment(_)) = packet.stop {
            let origin = Origin { place: Place::of(capture, frame), series, frame };
            self.complete(&origin, (packet, frame.bytes), DEPTH, give);
        }
    }

    /// What each capture's pieces came to, once no more frames come.
    pub fn finish(mut self) -> BTreeMap<CaptureId, Reassembly> {
        self.datagrams.finish_all(&mut self.ledger);
        self.ledger.into_facts()
    }

    /// Gives what `packet` completes, and what that completes in turn. Places in the packet count in `bytes`.
    fn complete(
        &mut self,
        origin: &Origin<'_>,
        (packet, bytes): (&Packet<'_>, &[u8]),
        depth: u8,
        give: &mut dyn FnMut(&Packet<'_>),
    ) {
        let Some(depth) = depth.checked_sub(1) else { return };
        if let Some(Stop::Fragment(fragment)) = packet.stop {
            self.fragment(origin, (packet, bytes), &fragment, depth, give);
        }
    }

    fn fragment(
        &mut self,
        origin: &Origin<'_>,
        (packet, bytes): (&Packet<'_>, &[u8]),
        fragment: &Fragment,
        depth: u8,
        give: &mut dyn FnMut(&Packet<'_>),
    ) {
        let Some(network) = &packet.network else { return };
        let vantage = Vantage::of(origin.series, origin.frame, packet);
        let end = fragment.start.saturating_add(fragment.captured);
        let piece = bytes.get(fragment.start..end).unwrap_or_default();
        let whole = self.datagrams.take(origin.place, vantage, network, (fragment, piece), &mut self.ledger);
        let Some(whole) = whole else { return };
        let mut inner = decode_whole(packet, whole.protocol, &whole.bytes, whole.wire_len, &self.options);
        inner.pieces = Pieces::Fragments { count: whole.pieces, id: fragment.id };
        give(&inner);
        self.complete(origin, (&inner, &whole.bytes), depth, give);
    }
}

impl Default for Reassembler {
    fn default() -> Self {
        Self::new(Options::default())
    }
}

/// The frame that pieces come from.
struct Origin<'a> {
    place: Place,
    series: SeriesId,
    frame: &'a Frame<'a>,
}

/// How often what was put together may be a piece in turn: a fragmented tunnel that carries a fragmented packet that
/// carries a fragmented message, and one more.
const DEPTH: u8 = 4;
