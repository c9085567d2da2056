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
mod finished;
mod framing;
mod ike_messages;
mod place;
mod stream;
mod streams;
mod waiting;

use std::collections::BTreeMap;

use crate::capture::{CaptureId, Frame, SeriesId};

use crate::wire::bytes::Malformed;
use crate::wire::{ike, tcp};

use super::closely::{decode_closely_with, decode_framed, decode_joined, decode_whole};
use super::options::Options;
use super::packet::{Fragment, Message, Packet, Pieces, Segment, Stop, Unrelated};

pub use facts::{Assembled, Incomplete, Reassembly, Unfinished};

use datagrams::Datagrams;
use ike_messages::IkeMessages;
use place::{Ledger, Place, Vantage};
use streams::{Framed, Streams};

/// Puts together what comes in pieces.
pub struct Reassembler {
    options: Options,
    /// The same, where each segment is read as one of a stream.
    all_streams: Options,
    datagrams: Datagrams,
    ike_messages: IkeMessages,
    streams: Streams,
    ledger: Ledger,
}

impl Reassembler {
    /// Nothing has come yet. What was put together is decoded with these options.
    pub fn new(options: Options) -> Self {
        Self {
            all_streams: Options { all_streams: true, ..options.clone() },
            options,
            datagrams: Datagrams::new(),
            ike_messages: IkeMessages::new(),
            streams: Streams::new(),
            ledger: Ledger::default(),
        }
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
        let origin = Origin { place: Place::of(capture, frame), series, frame };
        match packet.stop {
            _ if matches!(packet.message, Some(Message::Ike(_))) => {
                self.complete(&origin, (packet, frame.bytes), DEPTH, give);
            }
            Some(Stop::Fragment(_) | Stop::Segment(_)) => {
                self.complete(&origin, (packet, frame.bytes), DEPTH, give);
            }
            Some(Stop::Unrelated(Unrelated::IpProtocol(tcp::PROTOCOL))) if self.streams.has_stray() => {
                // A stream whose first segment told what it is: the others do not.
                let segment = decode_closely_with(frame, &self.all_streams);
                self.complete(&origin, (&segment, frame.bytes), DEPTH, give);
            }
            _ => {}
        }
    }

    /// Whether there is a stream whose segments cannot be told from other TCP: each of that must be handed in.
    #[inline]
    pub fn awaits_segments(&self) -> bool {
        self.streams.has_stray()
    }

    /// What each capture's pieces came to, once no more frames come.
    pub fn finish(mut self) -> BTreeMap<CaptureId, Reassembly> {
        self.datagrams.finish_all(&mut self.ledger);
        self.ike_messages.finish_all(&mut self.ledger);
        self.streams.finish_all(&mut self.ledger);
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
        if let Some(Message::Ike(message)) = &packet.message {
            self.ike_piece(origin, packet, message, depth, give);
        }
        match packet.stop {
            Some(Stop::Fragment(fragment)) => {
                self.fragment(origin, (packet, bytes), &fragment, depth, give);
            }
            Some(Stop::Segment(segment)) => self.segment(origin, (packet, bytes), &segment, depth, give),
            _ => {}
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
        let piece = piece(bytes, fragment.start, fragment.captured);
        let whole = self.datagrams.take(origin.place, vantage, network, (fragment, piece), &mut self.ledger);
        let Some(whole) = whole else { return };
        let mut inner = decode_whole(packet, whole.protocol, &whole.bytes, whole.wire_len, &self.options);
        inner.pieces = Pieces::Fragments { count: whole.pieces, id: fragment.id };
        give(&inner);
        self.complete(origin, (&inner, &whole.bytes), depth, give);
    }
}

impl Reassembler {
    fn segment(
        &mut self,
        origin: &Origin<'_>,
        (packet, bytes): (&Packet<'_>, &[u8]),
        segment: &Segment,
        depth: u8,
        give: &mut dyn FnMut(&Packet<'_>),
    ) {
        let (Some(network), Some(ports)) = (&packet.network, packet.ports) else { return };
        let vantage = Vantage::of(origin.series, origin.frame, packet);
        let data = piece(bytes, segment.start, segment.captured);
        let given = self.streams.take(
            origin.place,
            vantage,
            (network, ports),
            (segment, data),
            (&self.options, &mut self.ledger),
        );
        for framed in &given {
            let mut inner = match framed {
                Framed::Message(message) => decode_framed(packet, &message.bytes, message.wire_len),
                &Framed::BadLength(have) => {
                    let malformed =
                        Malformed { layer: "tcp", what: "message length", offset: 0, need: 2, have };
                    Packet { ports: packet.ports, stop: Some(malformed.into()), ..packet.around() }
                }
            };
            inner.pieces = Pieces::Segments;
            give(&inner);
            self.complete(origin, (&inner, &[]), depth, give);
        }
    }

    fn ike_piece(
        &mut self,
        origin: &Origin<'_>,
        packet: &Packet<'_>,
        message: &ike::Message<'_>,
        depth: u8,
        give: &mut dyn FnMut(&Packet<'_>),
    ) {
        let (Some(network), Some(piece)) = (&packet.network, message.piece()) else { return };
        let vantage = Vantage::of(origin.series, origin.frame, packet);
        let whole =
            self.ike_messages.take(origin.place, vantage, network, (message, &piece), &mut self.ledger);
        let Some(whole) = whole else { return };
        let mut inner = match whole.sealed {
            None => decode_joined(packet, &whole.bytes, whole.is_cut),
            Some((header, first)) => {
                let body = ike::Body::Encrypted { first };
                let payloads = vec![ike::Payload { kind: ike::PayloadType::SKF, critical: false, body }];
                let bytes = &whole.bytes[..];
                let message = ike::Message { header, payloads, bytes, trailing: 0, malformed: None };
                let message = Some(Message::Ike(message));
                Packet { ports: packet.ports, message, ..packet.around() }
            }
        };
        inner.pieces = Pieces::IkeFragments(whole.pieces);
        give(&inner);
        self.complete(origin, (&inner, &[]), depth, give);
    }
}

/// So many bytes from there, as far as they are there.
fn piece(bytes: &[u8], start: usize, captured: usize) -> &[u8] {
    bytes.get(start..start.saturating_add(captured)).unwrap_or_default()
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
