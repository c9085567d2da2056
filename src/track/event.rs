//! Facts of interest, in order of time.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use crate::capture::{CaptureId, FrameNumber};
use crate::observe::At;
use crate::time::Timestamp;
use crate::wire::ike::{Certainty, Spi};
use crate::wire::mac::MacAddr;

use super::change::Setting;
use super::leak::{ClearFlow, Leak};
use super::nat::Nat;
use super::negotiation::{Negotiation, Refusal};
use super::outage::{Failover, Outage};
use super::subject::{Direction, Subject, Tunnel};

/// One fact.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When; a timer's event carries its deadline.
    pub time: Timestamp,
    /// The capture it was seen in.
    pub capture: CaptureId,
    /// The frame that shows it; none where it is shown by silence.
    pub frame: Option<FrameNumber>,
    /// What it is about.
    pub subject: Subject,
    /// The router concerned, by its interface address.
    pub router: Option<IpAddr>,
    /// The other end: the far IPsec endpoint, or the router that lost the role.
    pub peer: Option<IpAddr>,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// A group was seen for the first time.
    GroupSeen {
        /// Its virtual addresses, where they are known already.
        virtual_addresses: Vec<IpAddr>,
    },
    /// A router's state changed, or it was seen for the first time.
    StateChanged {
        /// The state before; none where it was not seen before.
        old: Option<&'static str>,
        /// The state now.
        new: &'static str,
    },
    /// The first active router of a group was seen.
    BecameActive,
    /// The active router changed; `router` is the new one, `peer` the old one.
    Failover(Failover),
    /// Another router answers for a GLBP virtual forwarder; `router` is the new one, `peer` the old one. The group's
    /// own active router need not have changed.
    ForwarderMoved(Failover),
    /// Two routers claim the active role at once; `router` is the one that does not own it.
    ActiveConflict,
    /// A field differs between two hellos of one router.
    ConfigChanged(Setting),
    /// A router takes the active role by a Coup.
    Coup,
    /// A router gives the active role up.
    Resign,
    /// A router's hello came later than twice the hello time.
    HelloLate {
        /// Time since the hello before.
        gap: Duration,
        /// The hello time it was judged against.
        hello: Duration,
    },
    /// The active router was silent for its hold time.
    HoldExpired {
        /// Its last message.
        last: At,
    },
    /// A virtual address was announced.
    GratuitousArp {
        /// The virtual address.
        address: IpAddr,
        /// The MAC it was announced with.
        mac: MacAddr,
    },
    /// A virtual address was announced to IPv6 neighbours that did not ask.
    NeighbourAdvertisement {
        /// The virtual address.
        address: IpAddr,
        /// The MAC it was announced with, where it is named.
        mac: Option<MacAddr>,
    },
    /// An IKE SA or child SA is being negotiated.
    NegotiationStarted(Box<Negotiation>),
    /// A message of a negotiation was sent again.
    NegotiationRetransmitted {
        /// Which message.
        stage: &'static str,
        /// How often it was sent by now.
        times: u32,
        /// The initiator's SPI.
        spi: Spi,
    },
    /// A negotiation came to its end, as far as can be seen without keys.
    NegotiationCompleted {
        /// Its last message.
        stage: &'static str,
        /// The initiator's SPI.
        spi: Spi,
        /// How sure that is.
        certainty: Certainty,
    },
    /// A negotiation was refused.
    NegotiationRefused {
        /// By what, and how sure that is.
        refusal: Refusal,
        /// The initiator's SPI.
        spi: Spi,
    },
    /// The initiator was sent to another gateway (RFC 5685).
    NegotiationRedirected {
        /// The initiator's SPI.
        spi: Spi,
    },
    /// An SA was deleted by its owner.
    SaDeleted {
        /// The initiator's SPI of the IKE SA that says so.
        spi: Spi,
        /// How sure it is that this is what it says.
        certainty: Certainty,
    },
    /// A router goes on with an IKE SA that another one of its group used before.
    IkeSaTakenOver {
        /// The initiator's SPI.
        spi: Spi,
        /// The router that used it.
        from: IpAddr,
    },
    /// An IKE SA goes on between other addresses (MOBIKE, RFC 4555, or a NAT that maps anew).
    EndpointMoved {
        /// The initiator's SPI.
        spi: Spi,
        /// The tunnel it was seen in before.
        before: Tunnel,
    },
    /// A NAT-detection hash does not match: an address is translated on the way, or encapsulation in UDP is forced.
    Nat(Nat),
    /// A router says that it does not know an SPI.
    InvalidSpi {
        /// The ESP SPI, where it is named.
        spi: Option<u32>,
    },
    /// An IKE or ESP packet met a destination-unreachable error.
    Unreachable {
        /// 4 or 6.
        version: u8,
        /// ICMP code.
        code: u8,
    },
    /// ESP with a new SPI.
    EspStarted {
        /// Which way.
        direction: Direction,
        /// The SPI.
        spi: u32,
        /// Its first sequence number seen.
        sequence: u32,
    },
    /// ESP of one direction fell silent.
    EspStopped {
        /// Which way.
        direction: Direction,
        /// The SPI last used.
        spi: u32,
        /// The last packet.
        last: At,
    },
    /// ESP of one direction goes on after a silence, with an SPI known before.
    EspResumed {
        /// Which way.
        direction: Direction,
        /// The SPI.
        spi: u32,
        /// Length of the silence.
        silence: Duration,
    },
    /// Traffic leaves the new active router in clear that a tunnel may have carried.
    ClearTraffic(ClearFlow),
    /// What is known of one tunnel after one failover; not part of the timeline.
    Outage(Box<Outage>),
    /// What is known of traffic that left a gateway in clear; not part of the timeline.
    Leak(Box<Leak>),
}

impl EventKind {
    /// Whether it is part of the timeline.
    pub const fn is_told(&self) -> bool {
        !matches!(self, Self::Outage(_) | Self::Leak(_))
    }

    /// The event's name in the timeline, kebab-case.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::GroupSeen { .. } => "group-seen",
            Self::StateChanged { .. } => "state-changed",
            Self::BecameActive => "became-active",
            Self::Failover(_) => "failover",
            Self::ForwarderMoved(_) => "forwarder-moved",
            Self::ActiveConflict => "active-conflict",
            Self::ConfigChanged(_) => "config-changed",
            Self::Coup => "coup",
            Self::Resign => "resign",
            Self::HelloLate { .. } => "hello-late",
            Self::HoldExpired { .. } => "hold-expired",
            Self::GratuitousArp { .. } => "gratuitous-arp",
            Self::NeighbourAdvertisement { .. } => "neighbour-advertisement",
            Self::NegotiationStarted(_) => "negotiation-started",
            Self::NegotiationRetransmitted { .. } => "negotiation-retransmitted",
            Self::NegotiationCompleted { .. } => "negotiation-completed",
            Self::NegotiationRefused { .. } => "negotiation-refused",
            Self::NegotiationRedirected { .. } => "negotiation-redirected",
            Self::SaDeleted { .. } => "sa-deleted",
            Self::IkeSaTakenOver { .. } => "ike-sa-taken-over",
            Self::EndpointMoved { .. } => "endpoint-moved",
            Self::Nat(nat) => nat.name(),
            Self::InvalidSpi { .. } => "invalid-spi",
            Self::Unreachable { .. } => "unreachable",
            Self::EspStarted { .. } => "esp-started",
            Self::EspStopped { .. } => "esp-stopped",
            Self::EspResumed { .. } => "esp-resumed",
            Self::ClearTraffic(_) => "clear-traffic",
            Self::Outage(_) => "outage",
            Self::Leak(_) => "leak",
        }
    }
}

impl fmt::Display for EventKind {
    /// The event's details in one line, without what its other columns say.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GroupSeen { virtual_addresses } => match virtual_addresses.as_slice() {
                [] => Ok(()),
                [address] => write!(f, "virtual address {address}"),
                several => write!(f, "virtual addresses {}", listed(several)),
            },
            Self::StateChanged { old: Some(old), new } => write!(f, "{old} to {new}"),
            Self::StateChanged { old: None, new } => write!(f, "first seen as {new}"),
            Self::Failover(Failover { cause, gap, .. })
            | Self::ForwarderMoved(Failover { cause, gap, .. }) => {
                write!(f, "cause {cause}; {:.3} s after the old router's last message", gap.as_secs_f64())
            }
            Self::ActiveConflict => f.write_str("claims the active role beside its owner"),
            Self::ConfigChanged(setting) => setting.fmt(f),
            Self::HelloLate { gap, hello } => {
                write!(
                    f,
                    "{:.3} s after the last; hello time {:.3} s",
                    gap.as_secs_f64(),
                    hello.as_secs_f64()
                )
            }
            Self::HoldExpired { last } => write!(f, "silent since frame {}", last.frame),
            Self::GratuitousArp { address, mac }
            | Self::NeighbourAdvertisement { address, mac: Some(mac) } => write!(f, "{address} is at {mac}"),
            Self::NeighbourAdvertisement { address, mac: None } => address.fmt(f),
            Self::NegotiationStarted(negotiation) => negotiation.fmt(f),
            Self::NegotiationRetransmitted { stage, times, spi } => {
                write!(f, "{stage} sent {times} times; SPI {spi}")
            }
            Self::NegotiationCompleted { stage, spi, certainty } => {
                write!(f, "{stage}; SPI {spi}; certainty {certainty}")
            }
            Self::NegotiationRefused { refusal, spi } => {
                write!(f, "{refusal}; SPI {spi}")?;
                let read = Some(refusal.certainty).filter(|_| refusal.notify.is_none());
                read.map_or(Ok(()), |certainty| write!(f, "; certainty {certainty}"))
            }
            Self::NegotiationRedirected { spi } => write!(f, "SPI {spi}"),
            Self::SaDeleted { spi, certainty } => write!(f, "by IKE SA {spi}; certainty {certainty}"),
            Self::IkeSaTakenOver { spi, from } => write!(f, "IKE SA {spi}, which {from} used before"),
            Self::EndpointMoved { spi, before } => write!(f, "IKE SA {spi} was in {before} before"),
            Self::Nat(nat) => nat.fmt(f),
            Self::InvalidSpi { spi: Some(spi) } => write!(f, "INVALID_SPI for {spi:08x}"),
            Self::InvalidSpi { spi: None } => f.write_str("INVALID_IKE_SPI"),
            Self::Unreachable { version, code } => f.write_str(unreachable_name(*version, *code)),
            Self::EspStarted { direction, spi, sequence } => {
                write!(f, "{direction} SPI {spi:08x} from sequence {sequence}")
            }
            Self::EspStopped { direction, spi, last } => {
                write!(f, "{direction} SPI {spi:08x}; last packet in frame {}", last.frame)
            }
            Self::EspResumed { direction, spi, silence } => {
                write!(f, "{direction} SPI {spi:08x} after {:.3} s of silence", silence.as_secs_f64())
            }
            Self::ClearTraffic(flow) => flow.fmt(f),
            Self::BecameActive | Self::Coup | Self::Resign | Self::Outage(_) | Self::Leak(_) => Ok(()),
        }
    }
}

/// `192.0.2.1;192.0.2.2`.
pub(super) fn listed(addresses: &[IpAddr]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(";")
}

/// The registry's words for a destination-unreachable code (ICMP type 3, `ICMPv6` type 1).
const fn unreachable_name(version: u8, code: u8) -> &'static str {
    match (version, code) {
        (4 | 6, 0) => "network unreachable",
        (4, 1) | (6, 3) => "host unreachable",
        (4, 2) => "protocol unreachable",
        (4, 3) | (6, 4) => "port unreachable",
        (4, 4) => "fragmentation needed",
        (4, 9 | 10 | 13) | (6, 1) => "administratively prohibited",
        _ => "destination unreachable",
    }
}
