//! IKE messages being put together from the fragments that IKE cut them into (RFC 7383 §2.6 for version 2; for version 1
//! as Cisco, Microsoft and Libreswan do it).

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::decode::packet::Network;
use crate::time::Timestamp;
use crate::wire::ike::{self, Header, PayloadType, Piece, Spi};

use super::aging::Aging;
use super::facts::{Assembled, Unfinished};
use super::finished::Finished;
use super::place::{Ledger, Place, Vantage};
use super::waiting::Waiting;

/// All messages of which pieces have come.
pub(super) struct IkeMessages {
    open: Aging<Key, Set>,
    /// How many bytes their pieces take.
    size: usize,
    finished: Finished<Key, u64>,
}

/// What the pieces of one message have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    vantage: Vantage,
    src: IpAddr,
    dst: IpAddr,
    spis: (Spi, Spi),
    version: u8,
    /// Version 1: the fragment id. Version 2: exchange and flags.
    kind: u16,
    /// Of version 2 alone.
    message_id: u32,
}

/// The pieces of one message that have come.
struct Set {
    waiting: Waiting,
    pieces: BTreeMap<u16, Kept>,
    /// How many there are, once that is known.
    total: Option<u16>,
    size: usize,
}

/// A piece.
struct Kept {
    /// Of version 1 its slice, of version 2 the whole message that it is.
    bytes: Vec<u8>,
    /// Tells it from a piece of another message.
    print: u64,
    /// Whether the capture cut it short.
    is_cut: bool,
    header: Header,
    /// Version 2: the first payload inside.
    inside: PayloadType,
}

/// A message, put together.
pub(super) struct WholeMessage {
    /// Version 1: the message, up to where the capture cut a piece. Version 2: its pieces, one after the other.
    pub(super) bytes: Vec<u8>,
    /// Whether the capture cut a piece short.
    pub(super) is_cut: bool,
    /// From how many pieces.
    pub(super) pieces: u16,
    /// Version 2: the header of the first piece, with the length that the message would have uncut, and the first payload
    /// inside.
    pub(super) sealed: Option<(Header, PayloadType)>,
}

impl IkeMessages {
    pub(super) fn new() -> Self {
        Self { open: Aging::new(), size: 0, finished: Finished::new() }
    }

    /// Takes a message that is a piece; the message that it completes.
    pub(super) fn take(
        &mut self,
        place: Place,
        vantage: Vantage,
        network: &Network,
        (message, piece): (&ike::Message<'_>, &Piece<'_>),
        ledger: &mut Ledger,
    ) -> Option<WholeMessage> {
        let key = Key::new(vantage, network, &message.header, piece);
        let (number, total, kept) = Kept::new(message, piece);
        let is_copy = self.finished.is_copy(&key, place.time, &kept.print);
        self.expire(place.time, ledger);
        match self.open.get_mut(&key).map(|set| set.standing(place.time, number, total, &kept)) {
            Some(Standing::Belongs) => {}
            Some(Standing::Older) => return None,
            standing => {
                // What was cut anew into more pieces is the same message; its old pieces count no more.
                self.close(&key, standing == Some(Standing::Replaces), ledger);
                self.open.insert(key, Set::new(place));
            }
        }
        let set = self.open.get_mut(&key)?;
        let before = set.size;
        set.waiting.note_piece(is_copy);
        if let Err(why) = set.put(number, total, kept) {
            set.waiting.fault(why, ledger);
        }
        self.size = (self.size + set.size).saturating_sub(before);
        if set.is_whole() {
            return self.finish(key, place.time, ledger);
        }
        self.make_room(ledger);
        None
    }

    /// Gives up all that is not whole, as no more frames come.
    pub(super) fn finish_all(&mut self, ledger: &mut Ledger) {
        while let Some((_, set)) = self.open.pop_oldest() {
            set.waiting.give_up(Unfinished::Missing, ledger);
        }
        self.size = 0;
    }

    fn finish(&mut self, key: Key, at: Timestamp, ledger: &mut Ledger) -> Option<WholeMessage> {
        let set = self.open.remove(&key)?;
        self.size = self.size.saturating_sub(set.size);
        set.waiting.note_whole(set.pieces.len(), ledger);
        let prints = set.pieces.values().map(|piece| piece.print).collect();
        self.finished.push(key, at, prints);
        Some(set.joined(key.version == 2))
    }

    /// Takes a message out that is not whole; it is not counted where another stands for it.
    fn close(&mut self, key: &Key, is_replaced: bool, ledger: &mut Ledger) {
        if let Some(set) = self.open.remove(key) {
            self.size = self.size.saturating_sub(set.size);
            if !is_replaced {
                set.waiting.give_up(Unfinished::Missing, ledger);
            }
        }
    }

    fn expire(&mut self, now: Timestamp, ledger: &mut Ledger) {
        while let Some((key, _)) = self.open.oldest().filter(|(_, oldest)| oldest.waiting.is_over(now)) {
            self.close(&key, false, ledger);
        }
    }

    fn make_room(&mut self, ledger: &mut Ledger) {
        while self.open.len() > OPEN || self.size > SIZE {
            let Some((_, set)) = self.open.pop_oldest() else { return };
            self.size = self.size.saturating_sub(set.size);
            set.waiting.give_up(Unfinished::Crowded, ledger);
        }
    }
}

impl Key {
    fn new(vantage: Vantage, network: &Network, header: &Header, piece: &Piece<'_>) -> Self {
        let (kind, message_id) = match *piece {
            Piece::Version1 { id, .. } => (id, 0),
            Piece::Version2 { .. } => {
                (u16::from_be_bytes([header.exchange.0, header.flags]), header.message_id)
            }
        };
        let spis = (header.initiator_spi, header.responder_spi);
        let version = header.major();
        Self { vantage, src: network.src, dst: network.dst, spis, version, kind, message_id }
    }
}

impl Kept {
    /// A piece with its number, and how many there are where it says so.
    fn new(message: &ike::Message<'_>, piece: &Piece<'_>) -> (u16, Option<u16>, Self) {
        let is_cut = message.bytes.len() < usize::try_from(message.header.length).unwrap_or(usize::MAX);
        let header = message.header;
        let (number, total, bytes, inside) = match *piece {
            Piece::Version1 { number, last, data, .. } => {
                let number = u16::from(number);
                (number, last.then_some(number), data, PayloadType::NONE)
            }
            Piece::Version2 { number, total, first } => (number, Some(total), message.bytes, first),
        };
        let print = ike::fingerprint(bytes);
        (number, total, Self { bytes: bytes.to_vec(), print, is_cut, header, inside })
    }
}

/// How a piece stands to those that have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It is one of the same message.
    Belongs,
    /// It is one of another message, or of the same a long time later.
    Another,
    /// The same message was cut anew, into more pieces (RFC 7383 §2.5.2).
    Replaces,
    /// It comes late: the message was cut anew since.
    Older,
}

impl Set {
    fn new(first: Place) -> Self {
        let waiting = Waiting::new(Assembled::IkeMessage, first);
        Self { waiting, pieces: BTreeMap::new(), total: None, size: 0 }
    }

    fn standing(&self, now: Timestamp, number: u16, total: Option<u16>, kept: &Kept) -> Standing {
        let recut = match (self.total, total) {
            (Some(known), Some(total)) if kept.header.major() == 2 => known.cmp(&total),
            _ => std::cmp::Ordering::Equal,
        };
        let differs = self.pieces.get(&number).is_some_and(|known| known.print != kept.print);
        match recut {
            _ if self.waiting.is_over(now) => Standing::Another,
            std::cmp::Ordering::Less => Standing::Replaces,
            std::cmp::Ordering::Greater => Standing::Older,
            std::cmp::Ordering::Equal if differs => Standing::Another,
            std::cmp::Ordering::Equal => Standing::Belongs,
        }
    }

    fn put(&mut self, number: u16, total: Option<u16>, kept: Kept) -> Result<(), Unfinished> {
        let known = self.total.or(total);
        if number == 0 || known.is_some_and(|total| number > total) {
            return Err(Unfinished::BadNumber);
        }
        if number > PIECES || known.is_some_and(|total| total > PIECES) {
            return Err(Unfinished::TooMany);
        }
        let beyond = |total: u16| self.pieces.last_key_value().is_some_and(|(&last, _)| last > total);
        if total.is_some_and(|total| known != Some(total) || beyond(total)) {
            return Err(Unfinished::Overlap);
        }
        if kept.bytes.is_empty() {
            return Err(Unfinished::Empty);
        }
        if self.size + kept.bytes.len() > LONGEST {
            return Err(Unfinished::TooLong);
        }
        self.total = known;
        if let std::collections::btree_map::Entry::Vacant(place) = self.pieces.entry(number) {
            self.size += kept.bytes.len();
            place.insert(kept);
        }
        Ok(())
    }

    fn is_whole(&self) -> bool {
        self.total.is_some_and(|total| self.pieces.len() == usize::from(total))
    }

    fn joined(self, is_sealed: bool) -> WholeMessage {
        let pieces = u16::try_from(self.pieces.len()).unwrap_or(u16::MAX);
        let sealed = is_sealed.then(|| self.uncut()).flatten();
        let (mut bytes, mut is_cut) = (Vec::with_capacity(self.size), false);
        for piece in self.pieces.values() {
            bytes.extend(&piece.bytes);
            if piece.is_cut {
                is_cut = true;
                break;
            }
        }
        WholeMessage { bytes, is_cut, pieces, sealed }
    }

    /// Version 2: the header that the message would have uncut, and its first payload inside. Each piece has IV, padding and
    /// checksum of its own, so that the length is one that it has at most.
    fn uncut(&self) -> Option<(Header, PayloadType)> {
        let first = self.pieces.get(&1)?;
        let inside = |piece: &Kept| piece.header.length.saturating_sub(PIECE_OVERHEAD);
        let length =
            self.pieces.values().fold(OVERHEAD, |length, piece| length.saturating_add(inside(piece)));
        Some((Header { length, ..first.header }, first.inside))
    }
}

/// How many messages may wait for pieces at once, and how many bytes of them.
const OPEN: usize = 0x400;
const SIZE: usize = 4 << 20;
/// How many pieces of one message are kept: version 1 counts them in one byte.
const PIECES: u16 = 255;
/// No message is longer.
const LONGEST: usize = 65_535;
/// The header, and the generic header of SK.
const OVERHEAD: u32 = 28 + 4;
/// The header, and that of SKF (RFC 7383 §2.5).
const PIECE_OVERHEAD: u32 = 28 + 8;
