//! The TCP streams that carry IKE and ESP, or may: those on their port, and those that begin with the prefix.

use std::net::IpAddr;

use crate::decode::options::Options;
use crate::decode::packet::{Network, Segment};
use crate::wire::nat_t;
use crate::wire::tcp::{ACK, PREFIX, RST, SYN};

use super::aging::Aging;
use super::facts::{Assembled, Unfinished};
use super::framing::{Given, Message};
use super::place::{Ledger, Place, Vantage};
use super::stream::Stream;

/// All streams, each direction by itself.
pub(super) struct Streams {
    open: Aging<Key, Stream>,
    /// How much memory all of them take, in bytes.
    size: usize,
    /// How many of them are on ports that do not tell.
    stray: usize,
}

/// One direction of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    vantage: Vantage,
    src: (IpAddr, u16),
    dst: (IpAddr, u16),
    /// Whether neither port tells what it is.
    is_stray: bool,
}

/// What a stream gave.
#[derive(Debug)]
pub(super) enum Framed {
    /// A message.
    Message(Message),
    /// A length that is less than its own two bytes, which is this one.
    BadLength(usize),
}

impl Streams {
    pub(super) fn new() -> Self {
        Self { open: Aging::new(), size: 0, stray: 0 }
    }

    /// Whether there are streams whose ports do not tell what they are.
    #[inline]
    pub(super) const fn has_stray(&self) -> bool {
        self.stray > 0
    }

    /// Takes a segment with its captured data; what it completes, in order.
    pub(super) fn take(
        &mut self,
        place: Place,
        vantage: Vantage,
        (network, ports): (&Network, (u16, u16)),
        (segment, bytes): (&Segment, &[u8]),
        (options, ledger): (&Options, &mut Ledger),
    ) -> Vec<Framed> {
        let key = Key::new(vantage, network, ports, options);
        let acknowledged = (segment.flags & ACK != 0).then_some(segment.acknowledgment);
        let opens = bytes.starts_with(PREFIX);
        let answers = self.meet(place, key, opens, acknowledged);
        let Some(stream) = self.open.get_mut(&key) else { return Vec::new() };
        let (size, first, segments) = (stream.size(), stream.first, stream.segments);
        if segment.flags & SYN != 0 && stream.is_unfinished() {
            note(Assembled::Framed, Unfinished::Missing, first, ledger);
        }
        let mut given = Vec::new();
        stream.take(place, segment, bytes, answers, &mut given);
        self.size = (self.size + stream.size()).saturating_sub(size);
        let (is_ours, is_new) = (stream.is_ours, stream.segments != segments);
        let framed = told(given, place, ledger);
        if is_ours && is_new {
            let messages = framed.iter().filter(|framed| matches!(framed, Framed::Message(_))).count();
            ledger.of(place.capture).note_whole(Assembled::Framed, messages, 1);
        }
        if segment.flags & RST != 0
            && let Some(stream) = self.remove(&key)
        {
            give_up(&stream, Unfinished::Missing, ledger);
        }
        self.make_room(ledger);
        framed
    }

    /// Gives up what is not whole, as no more frames come.
    pub(super) fn finish_all(&mut self, ledger: &mut Ledger) {
        while let Some((_, stream)) = self.open.pop_oldest() {
            give_up(&stream, Unfinished::Missing, ledger);
        }
        (self.size, self.stray) = (0, 0);
    }

    /// Begins to follow a stream, where a segment shows that it is worth it: its ports tell, or it opens with the prefix.
    /// Tells the other direction what has arrived. Whether that one is known to carry IKE and ESP.
    fn meet(&mut self, place: Place, key: Key, opens: bool, acknowledged: Option<u32>) -> bool {
        if self.open.get_mut(&key).is_none() && (opens || !key.is_stray) {
            self.insert(key, Stream::new(place));
        }
        let back = key.back();
        if opens && self.open.get_mut(&back).is_none_or(|back| !back.is_ours) {
            self.insert(back, Stream::answering(place, acknowledged));
        }
        let Some(back) = self.open.get_mut(&back) else { return false };
        if let Some(acknowledged) = acknowledged {
            back.acknowledge(acknowledged);
        }
        back.is_ours
    }

    fn insert(&mut self, key: Key, stream: Stream) {
        self.remove(&key);
        self.size += stream.size();
        self.stray += usize::from(key.is_stray);
        self.open.insert(key, stream);
    }

    fn remove(&mut self, key: &Key) -> Option<Stream> {
        let stream = self.open.remove(key)?;
        self.forget(key, &stream);
        Some(stream)
    }

    fn forget(&mut self, key: &Key, stream: &Stream) {
        self.size = self.size.saturating_sub(stream.size());
        self.stray -= usize::from(key.is_stray);
    }

    /// Gives up the oldest streams where there are too many; those that carry IKE and ESP and were heard of since they
    /// were looked at last have another turn.
    fn make_room(&mut self, ledger: &mut Ledger) {
        while self.open.len() > STREAMS || self.size > SIZE {
            let Some((key, mut stream)) = self.open.pop_oldest() else { return };
            if stream.is_ours && stream.is_fresh {
                stream.is_fresh = false;
                self.open.insert(key, stream);
            } else {
                self.forget(&key, &stream);
                give_up(&stream, Unfinished::Crowded, ledger);
            }
        }
    }
}

impl Key {
    fn new(vantage: Vantage, network: &Network, ports: (u16, u16), options: &Options) -> Self {
        let is_stray = ports.0 != nat_t::PORT && ports.1 != nat_t::PORT && !options.adds(ports);
        Self { vantage, src: (network.src, ports.0), dst: (network.dst, ports.1), is_stray }
    }

    /// The other direction.
    const fn back(self) -> Self {
        Self { src: self.dst, dst: self.src, ..self }
    }
}

/// What was given, as the caller needs it; where a boundary was lost, that is counted.
fn told(given: Vec<Given>, place: Place, ledger: &mut Ledger) -> Vec<Framed> {
    let mut framed = Vec::with_capacity(given.len());
    for given in given {
        match given {
            Given::Message(message) => framed.push(Framed::Message(message)),
            Given::BadLength(length) => framed.push(Framed::BadLength(length)),
            Given::LostTrack => note(Assembled::Framed, Unfinished::LostTrack, place, ledger),
        }
    }
    framed
}

/// Counts what was begun in a stream that is followed no longer.
fn give_up(stream: &Stream, why: Unfinished, ledger: &mut Ledger) {
    if stream.is_unfinished() {
        note(Assembled::Framed, why, stream.first, ledger);
    } else if !stream.is_ours && stream.segments > 0 {
        note(Assembled::Stream, Unfinished::NoBoundary, stream.first, ledger);
    }
}

fn note(what: Assembled, why: Unfinished, first: Place, ledger: &mut Ledger) {
    ledger.of(first.capture).note_unfinished(what, why, first.frame);
}

/// How many directions of streams are followed at once.
const STREAMS: usize = 0x1000;
/// How many bytes of them may wait.
const SIZE: usize = 16 << 20;
