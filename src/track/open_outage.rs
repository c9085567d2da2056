//! One outage under way: what came of its ESP and negotiations since the failover.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use crate::capture::SeriesId;
use crate::observe::{At, EspSlice, SaKey};
use crate::time::Timestamp;

use super::flat_map::FlatMap;
use super::loose::Loose;
use super::negotiation::{Negotiation, Outcome};
use super::outage::{Outage, SpiKind, Use};
use super::sas::Sa;
use super::tunnel::TunnelState;
use super::tunnel_key::TunnelKey;

/// An outage under way.
#[derive(Clone)]
pub(super) struct OpenOutage {
    pub(super) outage: Outage,
    /// The tunnel, and those from members' own addresses to the same peer.
    pub(super) keys: Vec<TunnelKey>,
    /// Where the peer is now, if it moved.
    pub(super) moved_to: Option<IpAddr>,
    /// The SAs known at the failover.
    pub(super) known: FlatMap<SaKey, Known>,
    /// Fragments since the failover.
    pub(super) loose: Loose,
    /// Whether its window is over.
    pub(super) window_over: bool,
}

/// An SA known at a failover.
#[derive(Clone)]
pub(super) struct Known {
    highest: u64,
    /// Its first packet.
    first: At,
    /// Whether it was in use just before.
    in_use: bool,
    /// Whether the new active router was the last to send on it.
    own: bool,
}

/// What became of ESP that an outage was told.
pub(super) enum Noted {
    /// Its SPI or kind was not seen since the failover.
    New,
    /// It was.
    Known,
    /// There are too many SPIs.
    Refused,
}

impl OpenOutage {
    /// Notes ESP.
    pub(super) fn esp(&mut self, at: At, slice: &EspSlice, sender: Option<IpAddr>, jump: u64) -> Noted {
        let sa = self.as_before(slice.sa);
        let outbound = sa.src != self.outage.tunnel.peer;
        let from_old = outbound && sender == Some(self.outage.failover.from);
        let after = &mut self.outage.after;
        let uses = if outbound { &mut after.outbound } else { &mut after.inbound };
        let same =
            |seen: &&mut Use| seen.spi == slice.sa.spi && (seen.kind == SpiKind::OldRouter) == from_old;
        if let Some(seen) = uses.iter_mut().find(same) {
            seen.last = slice.last;
            seen.packets += slice.tally.packets;
            return Noted::Known;
        }
        if uses.len() >= USES {
            return Noted::Refused;
        }
        let known = self.known.get(&sa);
        let kind = if from_old { SpiKind::OldRouter } else { self.kind(known, slice, outbound, jump) };
        let (highest_before, first_before) =
            (known.map(|known| known.highest), known.map(|known| known.first));
        let after = &mut self.outage.after;
        let uses = if outbound { &mut after.outbound } else { &mut after.inbound };
        uses.push(Use {
            spi: slice.sa.spi,
            from: slice.sa.src,
            kind,
            first: at,
            last: slice.last,
            packets: slice.tally.packets,
            first_sequence: slice.tally.first_sequence,
            highest_before,
            first_before,
        });
        Noted::New
    }

    /// How the SPI of a slice that is not the old router's stands to those before the failover.
    fn kind(&self, known: Option<&Known>, slice: &EspSlice, outbound: bool, jump: u64) -> SpiKind {
        let Some(known) = known else {
            let negotiated = !self.outage.after.negotiations.is_empty();
            let fresh = negotiated || slice.tally.first_sequence <= FRESH;
            return if fresh { SpiKind::New } else { SpiKind::Unseen };
        };
        if !known.in_use || (outbound && known.own) {
            return SpiKind::Older;
        }
        let rises = slice.tally.lowest > known.highest && slice.tally.lowest - known.highest <= jump;
        if rises || !outbound { SpiKind::Current } else { SpiKind::CurrentRestarted }
    }

    /// An SA by the addresses it had before the peer moved.
    fn as_before(&self, sa: SaKey) -> SaKey {
        let peer = self.outage.tunnel.peer;
        let before = |address| if Some(address) == self.moved_to { peer } else { address };
        SaKey { src: before(sa.src), dst: before(sa.dst), ..sa }
    }

    /// Whether it is the outage of this tunnel, and not of one that this counts for.
    pub(super) fn is_of(&self, key: TunnelKey) -> bool {
        key.has_end(self.outage.tunnel.local) && key.has_end(self.outage.tunnel.peer)
    }

    /// Whether this is the peer's address, before it moved or after.
    pub(super) fn is_peer(&self, address: IpAddr) -> bool {
        address == self.outage.tunnel.peer || Some(address) == self.moved_to
    }

    /// The old router goes on with a negotiation: it is none of the new one's.
    pub(super) fn forget_negotiation(&mut self, negotiation: &Negotiation) {
        self.outage.after.negotiations.retain(|seen| seen.id != negotiation.id);
    }

    /// Notes a negotiation; whether that can change a verdict: it is new, or came to its end by this.
    pub(super) fn negotiation(&mut self, negotiation: &Negotiation) -> bool {
        let seen = &mut self.outage.after.negotiations;
        if let Some(seen) = seen.iter_mut().find(|seen| seen.id == negotiation.id) {
            let ended = seen.outcome == Outcome::Pending && negotiation.outcome != Outcome::Pending;
            seen.clone_from(negotiation);
            return ended;
        }
        let t_f = self.outage.failover.at;
        if matches!(negotiation.outcome, Outcome::Completed(at) if at < t_f) {
            return false;
        }
        if seen.len() >= NEGOTIATIONS {
            // The first tells when it began, the last what became of it.
            seen.remove(1);
        }
        seen.push(negotiation.clone());
        true
    }

    /// How far the captures have come that show its gateway.
    pub(super) fn heard(&self, heard: &BTreeMap<SeriesId, Timestamp>) -> Option<Timestamp> {
        heard.get(&self.outage.failover.group.segment.series).copied()
    }

    pub(super) fn snapshot(&mut self, until: Timestamp) -> Outage {
        self.outage.until = self.outage.until.max(until);
        self.outage.after.fragments = self.loose.told();
        self.outage.clone()
    }
}

impl Known {
    /// What matters of an SA at a failover: it is in use where its last packet is close to its direction's last.
    ///
    /// Nobody but `owner` had an SA of the virtual address that only it used before; where the tunnel ends at a router's own
    /// address there is none.
    pub(super) fn of(Sa { flow, router }: &Sa, tunnel: &TunnelState, owner: Option<IpAddr>) -> Self {
        let last = tunnel.last_esp(flow.sa.src, Timestamp::MIN).map_or(flow.last, |(at, _)| at);
        Self {
            highest: flow.tally.highest,
            first: flow.first,
            in_use: last.time.since(flow.last.time) <= OVERLAP,
            own: owner.is_some() && *router == owner,
        }
    }
}

/// How long two SPIs of one direction may overlap and both count as in use.
const OVERLAP: Duration = Duration::from_secs(5);
/// An SPI that begins above this sequence, without a negotiation, is older than the capture.
const FRESH: u32 = 32;
/// How many SPIs of one direction are told apart after one failover.
const USES: usize = 32;
/// How many negotiations after one failover are remembered.
const NEGOTIATIONS: usize = 64;
