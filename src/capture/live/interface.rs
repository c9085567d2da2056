//! Captures on an interface.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

use super::notice::{Notice, What};
use super::outlet::Outlet;
use crate::capture::error::Error;
use crate::capture::facts::{Facts, Interface};
use crate::capture::frame::{Frame, FrameNumber};
use crate::capture::record::Record;
use crate::capture::socket::{Clock, PacketSocket, RawFrame, SocketError, SocketEvent, SocketInterface};
use crate::time::Timestamp;

/// An interface that is captured on.
pub(super) struct Tap {
    name: String,
    socket: PacketSocket,
    taken: Taken,
    clock: Clock,
    outlet: Outlet,
    /// Which of the wishes for gateways was granted last.
    revision: u64,
    drops: u64,
    /// Drops that were told, and when.
    told_drops: (u64, Timestamp),
}

/// The frames taken so far.
struct Taken {
    facts: Facts,
    number: u64,
    last: Timestamp,
}

impl Tap {
    /// Captures with `socket`, which is open on what is called `name`.
    pub(super) fn new(name: &str, socket: PacketSocket, outlet: Outlet) -> Self {
        let mut facts = Facts::named(name);
        facts.is_unfiltered = true;
        let (real, monotonic) = clocks();
        Self {
            name: name.to_owned(),
            socket,
            taken: Taken { facts, number: 0, last: Timestamp::MIN },
            clock: Clock::new(real, monotonic),
            outlet,
            revision: 0,
            drops: 0,
            told_drops: (0, Timestamp::MIN),
        }
    }

    /// Captures until no more is wanted, or the system cannot go on.
    pub(super) fn follow(mut self) {
        let failure = loop {
            let is_last = self.outlet.is_stopped();
            match self.receive(if is_last { LAST_WAIT } else { WAIT }) {
                Ok(()) if is_last => break None,
                Ok(()) => {}
                Err(error) => break Some(Error::Interface(error)),
            }
        };
        self.outlet.ended(self.taken.facts, failure);
    }

    /// Takes what has come, or waits for it.
    fn receive(&mut self, wait: Duration) -> Result<(), SocketError> {
        if let Some(gateways) = self.outlet.gateways_since(&mut self.revision) {
            self.socket.set_gateways(&gateways)?;
        }
        let now = self.look_at_clock();
        let Self { socket, taken, clock, outlet, .. } = self;
        let received = socket.receive(wait, &mut |raw| taken.take(raw, clock, outlet))?;
        let is_new = self.taken.learn(self.socket.interfaces());
        self.count_drops(is_new);
        match received.event {
            Some(SocketEvent::Gone) => self.tell(What::Down),
            Some(SocketEvent::Back) => self.tell(What::Up),
            None => {}
        }
        // Nothing that was stamped before waits longer than that in the ring.
        let until = if received.quiet { now } else { self.taken.last };
        self.outlet.dry((until != Timestamp::MIN).then(|| until.minus(LATE)));
        Ok(())
    }

    /// Looks whether the system's clock was set; what time it is by the clock as it was.
    fn look_at_clock(&mut self) -> Timestamp {
        let (real, monotonic) = clocks();
        if let Some(step) = self.clock.note(real, monotonic) {
            self.tell(What::ClockSet(step.by));
        }
        Timestamp::from_nanos(self.clock.correct(real))
    }

    /// Looks for frames that the kernel has dropped; hands on what is known where anything is new.
    fn count_drops(&mut self, is_new: bool) {
        let drops = self.socket.drops();
        let more = drops - self.drops;
        if more > 0 {
            self.drops = drops;
            self.taken.lose(drops);
        }
        if more > 0 || is_new {
            self.outlet.known(&self.taken.facts);
        }
        let (told, when) = self.told_drops;
        if drops > told && self.taken.last.since(when) >= EACH {
            self.told_drops = (drops, self.taken.last);
            self.tell(What::Dropped { more: drops - told, all: drops });
        }
    }

    fn tell(&self, what: What) {
        self.outlet.notice(Notice { name: self.name.clone(), what });
    }
}

impl Taken {
    fn take(&mut self, raw: RawFrame<'_>, clock: &Clock, outlet: &Outlet) {
        let RawFrame { nanos, wire_len, interface, link_type, bytes } = raw;
        self.number += 1;
        let time = Timestamp::from_nanos(clock.correct(nanos));
        self.last = time;
        let (number, start, len) = (self.number, 0, bytes.len());
        self.facts.count(&Record { number, time, wire_len, interface, link_type, start, len });
        let frame = Frame { number: FrameNumber(number), time, wire_len, interface, link_type, bytes };
        outlet.push(&frame, &self.facts);
    }

    /// The kernel has dropped so many frames in all, somewhere before the last one.
    fn lose(&mut self, drops: u64) {
        if let Some(counters) = self.facts.counters_mut(0) {
            counters.dropped_by_system = Some(drops);
        }
        if self.number > 0 {
            self.facts.first_loss.get_or_insert((FrameNumber(self.number), self.last));
        }
    }

    /// Learns which interfaces frames came from; whether one is new.
    fn learn(&mut self, interfaces: &[SocketInterface]) -> bool {
        let known = self.facts.interfaces.len();
        let new = interfaces.iter().skip(known).map(|interface| Interface {
            name: Some(interface.name.clone()),
            ..Interface::new(interface.link_type, 0)
        });
        self.facts.interfaces.extend(new);
        self.facts.interfaces.len() > known
    }
}

/// What the clock that people set shows, and the one that nobody can set and that goes on while the machine sleeps, in
/// nanoseconds.
fn clocks() -> (i64, i64) {
    let read = |clock| {
        let time = clock_gettime(clock).map_or(Duration::ZERO, Duration::from);
        i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
    };
    (read(ClockId::CLOCK_REALTIME), read(ClockId::CLOCK_BOOTTIME))
}

/// How long to wait for frames.
const WAIT: Duration = Duration::from_millis(50);
/// How long to wait for the last ones: until the block that is being filled is handed over.
const LAST_WAIT: Duration = Duration::from_millis(70);
/// How much later than its time a frame is read at most: what a block of the ring waits for more, and a little.
const LATE: Duration = Duration::from_millis(120);
/// How often drops are told.
const EACH: Duration = Duration::from_secs(10);
