//! IP packets being put together, all at once: which fragment belongs to which.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use crate::decode::packet::{Fragment, Network};
use crate::time::Timestamp;

use super::aging::Aging;
use super::assembly::{Assembly, Fitted, Print};
use super::facts::{Assembled, Unfinished};
use super::place::{Ledger, Place, Vantage};

/// All packets of which fragments have come.
pub(super) struct Datagrams {
    open: Aging<Key, Datagram>,
    /// How much memory the pieces of all of them take, in bytes.
    size: usize,
    /// The packets put together last, the oldest first.
    done: VecDeque<Done>,
}

/// A packet that was put together.
struct Done {
    key: Key,
    at: Timestamp,
    prints: Vec<Print>,
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
    first: Place,
    since: Timestamp,
    /// `None` where it was refused: whatever else comes of it is refused with it (RFC 5722 §4).
    assembly: Option<Assembly>,
    /// The protocol that the first fragment names.
    protocol: u8,
    /// Whether a fault of it was counted already.
    faulty: bool,
    /// Whether it holds nothing but copies of pieces of a packet that was put together.
    leftover: bool,
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
        Self { open: Aging::new(), size: 0, done: VecDeque::new() }
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
        let is_open = self.open.get_mut(&key).is_some_and(|open| !open.is_over(place.time));
        if !is_open {
            self.close(&key, ledger);
            self.open.insert(key, Datagram::new(place, network.protocol));
        }
        let is_copy = self.is_copy(&key, place.time, &Print::of(fragment, bytes));
        let datagram = self.open.get_mut(&key)?;
        datagram.leftover &= is_copy;
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
            datagram.give_up(Unfinished::Missing, ledger);
        }
        self.size = 0;
    }

    /// A packet is whole.
    fn finish(&mut self, key: Key, at: Timestamp, ledger: &mut Ledger) -> Option<Whole> {
        let datagram = self.open.remove(&key)?;
        self.size = self.size.saturating_sub(datagram.size());
        let assembly = datagram.assembly?;
        let (bytes, wire_len) = assembly.joined();
        ledger.of(datagram.first.capture).note_whole(Assembled::Datagram, 1, assembly.len());
        if self.done.len() >= DONE {
            self.done.pop_front();
        }
        self.done.push_back(Done { key, at, prints: assembly.prints() });
        let pieces = u16::try_from(assembly.len()).unwrap_or(u16::MAX);
        Some(Whole { bytes, wire_len, protocol: datagram.protocol, pieces })
    }

    /// Whether a piece is one of those that a packet was put together from just before.
    fn is_copy(&self, key: &Key, now: Timestamp, print: &Print) -> bool {
        let is_it =
            |done: &Done| done.key == *key && now.since(done.at) <= COPY && done.prints.contains(print);
        self.done.iter().any(is_it)
    }

    /// Gives up a packet, where there is one by this key.
    fn close(&mut self, key: &Key, ledger: &mut Ledger) {
        if let Some(datagram) = self.open.remove(key) {
            self.size = self.size.saturating_sub(datagram.size());
            datagram.give_up(Unfinished::Missing, ledger);
        }
    }

    /// Gives up the packets whose time is over.
    fn expire(&mut self, now: Timestamp, ledger: &mut Ledger) {
        while let Some((key, _)) = self.open.oldest().filter(|(_, oldest)| oldest.is_over(now)) {
            self.close(&key, ledger);
        }
    }

    /// Gives up the oldest packets where there are too many.
    fn make_room(&mut self, now: Timestamp, ledger: &mut Ledger) {
        while self.open.len() > OPEN || self.size > SIZE {
            let Some((_, datagram)) = self.open.pop_oldest() else { return };
            self.size = self.size.saturating_sub(datagram.size());
            let why = if datagram.is_over(now) { Unfinished::Missing } else { Unfinished::Crowded };
            datagram.give_up(why, ledger);
        }
    }
}

impl Datagram {
    fn new(first: Place, protocol: u8) -> Self {
        let assembly = Some(Assembly::default());
        Self { first, since: first.time, assembly, protocol, faulty: false, leftover: true }
    }

    /// Whether no host would wait for its pieces any longer. A clock that was set back ends it too.
    fn is_over(&self, now: Timestamp) -> bool {
        now.since(self.since) > PATIENCE || self.since.since(now) > PATIENCE
    }

    fn size(&self) -> usize {
        self.assembly.as_ref().map_or(0, Assembly::size)
    }

    /// A piece does not fit. Where pieces contradict each other, all of it is refused.
    fn fault(&mut self, why: Unfinished, ledger: &mut Ledger) {
        if !self.faulty {
            self.faulty = true;
            ledger.of(self.first.capture).note_unfinished(Assembled::Datagram, why, self.first.frame);
        }
        if matches!(why, Unfinished::Overlap | Unfinished::TooMany) {
            self.assembly = None;
        }
    }

    /// Counts it as not put together, unless its fault was counted, or it was all copies.
    fn give_up(&self, why: Unfinished, ledger: &mut Ledger) {
        if !self.faulty && !self.leftover {
            ledger.of(self.first.capture).note_unfinished(Assembled::Datagram, why, self.first.frame);
        }
    }
}

/// How long a host waits for the rest of a packet (RFC 8200 §4.5; RFC 1122 §3.3.2 says 60 to 120 s).
const PATIENCE: Duration = Duration::from_secs(60);
/// How many packets may wait for fragments at once.
const OPEN: usize = 0x4000;
/// How many bytes their pieces may take.
const SIZE: usize = 8 << 20;
/// How many packets put together last are remembered: a mirror port shows each piece twice, and the second copy of the
/// last one comes when the packet is whole.
const DONE: usize = 64;
/// For how long.
const COPY: Duration = Duration::from_secs(1);
