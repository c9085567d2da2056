//! IP packets being put together, all at once: which fragment belongs to which.

use std::net::IpAddr;

use crate::decode::packet::{Fragment, Network};
use crate::time::Timestamp;

use super::aging::Aging;
use super::assembly::{Assembly, Fitted, Print};
use super::facts::{Assembled, Unfinished};
use super::finished::Finished;
use super::place::{Ledger, Place, Vantage};
use super::waiting::Waiting;

/// All packets of which fragments have come.
pub(super) struct Datagrams {
    open: Aging<Key, Datagram>,
    /// How much memory the pieces of all of them take, in bytes.
    size: usize,
    finished: Finished<Key, Print>,
}

/// What fragments of one packet have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    vantage: Vantage,
    src: IpAddr,
    dst: IpAddr,
    /// Of IPv4 alone: in IPv6 only that of the first fragment counts (RFC 8200 §4.5).
    protocol: u8,
    id: u32,
}

struct Datagram {
    waiting: Waiting,
    /// `None` where it was refused: whatever else comes of it is refused with it (RFC 5722 §4).
    assembly: Option<Assembly>,
    /// The protocol that the first fragment names.
    protocol: u8,
}

/// A packet's payload, put together.
pub(super) struct Whole {
    /// Its bytes, as far as they were captured.
    pub(super) bytes: Vec<u8>,
    /// Its length on the wire.
    pub(super) wire_len: usize,
    /// The protocol its first fragment names.
    pub(super) protocol: u8,
    /// From how many fragments.
    pub(super) pieces: u16,
}

impl Datagrams {
    pub(super) fn new() -> Self {
        Self { open: Aging::new(), size: 0, finished: Finished::new() }
    }

    /// Takes a fragment with its captured bytes; the packet that it completes.
    pub(super) fn take(
        &mut self,
        place: Place,
        vantage: Vantage,
        network: &Network,
        (fragment, bytes): (&Fragment, &[u8]),
        ledger: &mut Ledger,
    ) -> Option<Whole> {
        let protocol = if network.src.is_ipv4() { network.protocol } else { 0 };
        let key = Key { vantage, src: network.src, dst: network.dst, protocol, id: fragment.id };
        self.expire(place.time, ledger);
        let is_open = self.open.get_mut(&key).is_some_and(|open| !open.waiting.is_over(place.time));
        if !is_open {
            self.close(&key, ledger);
            self.open.insert(key, Datagram::new(place, network.protocol));
        }
        let is_copy = self.finished.is_copy(&key, place.time, &Print::of(fragment, bytes));
        let datagram = self.open.get_mut(&key)?;
        datagram.waiting.note_piece(is_copy);
        if fragment.position == 0 {
            datagram.protocol = network.protocol;
        }
        let assembly = datagram.assembly.as_mut()?;
        let before = assembly.size();
        let fitted = assembly.fit(fragment, bytes);
        if let Err(why) = fitted {
            datagram.fault(why, ledger);
        }
        let is_whole =
            fitted == Ok(Fitted::New) && datagram.assembly.as_ref().is_some_and(Assembly::is_whole);
        self.size = (self.size + datagram.size()).saturating_sub(before);
        if is_whole {
            return self.finish(key, place.time, ledger);
        }
        self.make_room(place.time, ledger);
        None
    }

    /// Gives up all that is not whole, as no more frames come.
    pub(super) fn finish_all(&mut self, ledger: &mut Ledger) {
        while let Some((_, datagram)) = self.open.pop_oldest() {
            datagram.waiting.give_up(Unfinished::Missing, ledger);
        }
        self.size = 0;
    }

    /// A packet is whole.
    fn finish(&mut self, key: Key, at: Timestamp, ledger: &mut Ledger) -> Option<Whole> {
        let datagram = self.open.remove(&key)?;
        self.size = self.size.saturating_sub(datagram.size());
        let assembly = datagram.assembly?;
        let (bytes, wire_len) = assembly.joined();
        datagram.waiting.note_whole(assembly.len(), ledger);
        self.finished.push(key, at, assembly.prints());
        let pieces = u16::try_from(assembly.len()).unwrap_or(u16::MAX);
        Some(Whole { bytes, wire_len, protocol: datagram.protocol, pieces })
    }

    /// Gives up a packet, where there is one by this key.
    fn close(&mut self, key: &Key, ledger: &mut Ledger) {
        if let Some(datagram) = self.open.remove(key) {
            self.size = self.size.saturating_sub(datagram.size());
            datagram.waiting.give_up(Unfinished::Missing, ledger);
        }
    }

    /// Gives up the packets whose time is over.
    fn expire(&mut self, now: Timestamp, ledger: &mut Ledger) {
        while let Some((key, _)) = self.open.oldest().filter(|(_, oldest)| oldest.waiting.is_over(now)) {
            self.close(&key, ledger);
        }
    }

    /// Gives up the oldest packets where there are too many.
    fn make_room(&mut self, now: Timestamp, ledger: &mut Ledger) {
        while self.open.len() > OPEN || self.size > SIZE {
            let Some((_, datagram)) = self.open.pop_oldest() else { return };
            self.size = self.size.saturating_sub(datagram.size());
            let why = if datagram.waiting.is_over(now) { Unfinished::Missing } else { Unfinished::Crowded };
            datagram.waiting.give_up(why, ledger);
        }
    }
}

impl Datagram {
    fn new(first: Place, protocol: u8) -> Self {
        let waiting = Waiting::new(Assembled::Datagram, first);
        Self { waiting, assembly: Some(Assembly::default()), protocol }
    }

    fn size(&self) -> usize {
        self.assembly.as_ref().map_or(0, Assembly::size)
    }

    /// A piece does not fit. Where pieces contradict each other, all of it is refused.
    fn fault(&mut self, why: Unfinished, ledger: &mut Ledger) {
        self.waiting.fault(why, ledger);
        if matches!(why, Unfinished::Overlap | Unfinished::TooMany) {
            self.assembly = None;
        }
    }
}

/// How many packets may wait for fragments at once.
const OPEN: usize = 0x4000;
/// How many bytes their pieces may take.
const SIZE: usize = 8 << 20;
