//! What is known of one tunnel after one failover: the fact that the rules share.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use crate::observe::At;
use crate::time::Timestamp;

use super::habits::Habits;
use super::nat::OwnHash;
use super::negotiation::Negotiation;
use super::subject::{Cause, GroupKey, Tunnel};
use super::visibility::Visibility;

/// Number of an outage in its run, in order of failover and tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutageId(pub u64);

/// What is known of one tunnel after one failover, as far as the capture has come.
#[derive(Clone, Debug, PartialEq)]
pub struct Outage {
    /// Its number.
    pub id: OutageId,
    /// The failover.
    pub failover: Failover,
    /// The tunnel.
    pub tunnel: Tunnel,
    /// Whether its end on the gateway's side is a virtual address of the group.
    pub ends_at_virtual_address: bool,
    /// Products and capabilities that the gateway's side and the peer named in their vendor IDs.
    pub vendors: (BTreeSet<&'static str>, BTreeSet<&'static str>),
    /// What it did before the failover.
    pub before: Before,
    /// What was seen of it after the failover.
    pub after: After,
    /// What the captures can show of it.
    pub coverage: Coverage,
    /// How its end on the gateway's side behaves, and how the peer does: how often they probed before the failover, and
    /// all that is known of how they repeat.
    pub habits: (Habits, Habits),
    /// How far the capture has come, or was judged to.
    pub until: Timestamp,
    /// Why nothing more will be learnt, if so.
    pub closed: Option<Closed>,
}

/// A change of a group's active router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failover {
    /// The new owner's first active message: *t_f*.
    pub at: At,
    /// The group.
    pub group: GroupKey,
    /// The router that was active.
    pub from: IpAddr,
    /// The router that is active now.
    pub to: IpAddr,
    /// Why it changed.
    pub cause: Cause,
    /// Time since the old active router's last message.
    pub gap: Duration,
    /// The group's virtual address, where it is known.
    pub virtual_address: Option<IpAddr>,
    /// The longest time before *t_f* at which traffic may have ended because of the failover: the hold time
    /// and two hellos.
    pub reach: Duration,
}

/// What a tunnel did before a failover.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Before {
    /// ESP from the gateway's side within the window before.
    pub outbound: Option<Flow>,
    /// ESP from the peer within the window before.
    pub inbound: Option<Flow>,
    /// The last IKE message within the window before.
    pub ike: Option<At>,
    /// Whether any packet, ESP or IKE, was ever seen from the gateway's side and from the peer.
    pub ever: (bool, bool),
    /// The IKE version last used.
    pub ike_version: Option<u8>,
    /// What the gateway's side proposed for the last IKE SA that came up, in words.
    pub proposal: Option<String>,
    /// SCTP between two routers of the group, or of the only one where there was any.
    pub state_copy: Option<StateCopy>,
    /// How the NAT-detection hash of the gateway's side compared last.
    pub own_hash: Option<OwnHash>,
    /// Where its IKE SA went on between other addresses, and since when; nothing more was heard of it here.
    pub moved: Option<(At, Tunnel)>,
}

/// SCTP between two routers of one group: routers that copy their state to each other speak it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateCopy {
    /// Its first packet.
    pub first: At,
    /// Between which of their addresses.
    pub routers: (IpAddr, IpAddr),
}

/// ESP of one direction before a failover.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// The last packet.
    pub last: At,
    /// The SPI of the last packet.
    pub spi: u32,
    /// The router that sent it, where that is known.
    pub router: Option<IpAddr>,
    /// Whether it ran until the failover, counted with [`Failover::reach`].
    pub ran_until_failover: bool,
}

/// What was seen of a tunnel after a failover.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct After {
    /// ESP from the gateway's side, one entry per SPI and kind, in order of first packet.
    pub outbound: Vec<Use>,
    /// ESP from the peer, one entry per SPI and kind, in order of first packet.
    pub inbound: Vec<Use>,
    /// Negotiations that began after the failover or went on after it, in order of first message.
    pub negotiations: Vec<Negotiation>,
    /// IKE messages of the peer that are no negotiation: probes, deletes; how many, and the first.
    pub peer_informational: Option<(u64, At)>,
    /// Notices that an SPI is unknown, from either side: how many, and the first.
    pub invalid_spi: Option<(u64, At)>,
    /// Destination-unreachable errors about its IKE or ESP: how many, and the first.
    pub unreachable: Option<(u64, At)>,
    /// Errors that say that fragments of its IKE or ESP never arrived: how many, and the first.
    pub fragments_lost: Option<(u64, At)>,
    /// Fragments of UDP datagrams between its ends which were not put together: how many, and the first.
    pub fragments: Option<(u64, At)>,
    /// How many hellos of the new active router claim the role.
    pub claims: u64,
    /// Packets in clear from the new active router that may be the tunnel's traffic, while it sent no ESP: how many at
    /// least, and the first.
    pub in_clear: Option<(u64, At)>,
    /// The first message in which the old router claims the role still, beside the new one.
    pub contested: Option<At>,
    /// How the NAT-detection hash of the gateway's side compared last; not that of the old router.
    pub own_hash: Option<OwnHash>,
    /// The first encrypted IKE message of the new active router in an IKE SA that the old one used: it has that SA too.
    pub ike_taken_over: Option<At>,
}

/// What the captures can show of a tunnel, whatever happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Whether any IKE message was captured where the tunnel is, of whatever tunnel: a capture filter may leave all out.
    pub ike: bool,
    /// Whether they show what the new active router sends to one host alone.
    pub router: Visibility,
}

/// ESP with one SPI after a failover.
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    /// The SPI.
    pub spi: u32,
    /// Who sends, by address.
    pub from: IpAddr,
    /// How it stands to what was before.
    pub kind: SpiKind,
    /// The first packet after the failover.
    pub first: At,
    /// The last packet so far.
    pub last: At,
    /// Packets.
    pub packets: u64,
    /// Sequence number of the first packet.
    pub first_sequence: u32,
    /// Highest sequence number before the failover, where the SPI was known.
    pub highest_before: Option<u64>,
    /// Its first packet ever, where the SPI was known before the failover.
    pub first_before: Option<At>,
}

/// How an SPI used after a failover stands to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpiKind {
    /// Never seen before the failover.
    New,
    /// In use just before the failover, and it goes on: from the peer whatever its sequence, from the routers with
    /// one that rises by at most `Options::stateful_jump`.
    Current,
    /// In use just before the failover, sent by the routers, and its sequence does not rise, or rises by more.
    CurrentRestarted,
    /// Known from an earlier time, and not in use just before the failover, or last used by the new active router.
    Older,
    /// Sent by the router that was active before: no sign of life of the new one.
    OldRouter,
    /// Never seen before the failover, with no negotiation and a high first sequence: an SA from before the
    /// capture began.
    Unseen,
}

/// Why nothing more will be learnt about an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Closed {
    /// The group failed over again.
    NextFailover,
    /// The capture ended.
    CaptureEnd,
}

impl Failover {
    /// Whether another message than the new owner's hello shows it: a Coup, or that the old one gave the role up.
    pub const fn was_foretold(&self) -> bool {
        matches!(self.cause, Cause::Coup | Cause::Resign | Cause::PriorityZero)
    }
}

impl Outage {
    /// Whether the tunnel only passes through the gateway: its end is no address of the group or of its two routers.
    pub fn passes_through(&self) -> bool {
        let Failover { from, to, .. } = self.failover;
        !self.ends_at_virtual_address && self.tunnel.local != from && self.tunnel.local != to
    }

    /// How long after the failover the capture was watched.
    pub fn watched(&self) -> Duration {
        self.until.since(self.failover.at.time)
    }

    /// The last ESP packet before the failover while all was well: of the directions that ran until the failover,
    /// the one that stopped first. What a peer sends to a router that is dead already is not good. Where none ran until then, the last packet of either.
    pub fn last_good_before(&self) -> Option<At> {
        let flows = || [&self.before.outbound, &self.before.inbound].into_iter().flatten();
        let ran = flows().filter(|flow| flow.ran_until_failover).map(|flow| flow.last).min();
        ran.or_else(|| flows().map(|flow| flow.last).max())
    }

    /// Whether packets were seen from only one of its ends, before the failover and after it.
    pub fn is_one_sided(&self) -> bool {
        let after = &self.after;
        let by_peer = |negotiation: &Negotiation| negotiation.heard_from(self.tunnel.peer);
        let outbound = self.before.ever.0
            || !after.outbound.is_empty()
            || after.negotiations.iter().any(|negotiation| negotiation.heard_other_than(self.tunnel.peer));
        let inbound = self.before.ever.1
            || !after.inbound.is_empty()
            || after.peer_informational.is_some()
            || after.negotiations.iter().any(by_peer);
        outbound != inbound
    }

    /// Whether ESP ran until the failover in either direction.
    pub fn ran_until_failover(&self) -> bool {
        [&self.before.outbound, &self.before.inbound]
            .into_iter()
            .flatten()
            .any(|flow| flow.ran_until_failover)
    }

    /// The first negotiation after the failover.
    pub fn first_negotiation(&self) -> Option<&Negotiation> {
        self.after.negotiations.first()
    }
}
