//! NAT on the way of a tunnel, as the NAT-detection hashes of its IKE messages show it.

use std::fmt;
use std::net::IpAddr;

use crate::observe::{At, IkeSighting};
use crate::wire::ike::{Certainty, HashMatch, Spi};

/// What one message's hash says of the address of one end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nat {
    /// The end whose address is not the one it was sent from or to, or whose hash is made up.
    pub end: IpAddr,
    /// Where it is translated.
    pub place: NatPlace,
    /// How sure that is.
    pub certainty: Certainty,
}

/// Where an address is translated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NatPlace {
    /// Between the end and here: its own hash is of another address. Or it made the hash up.
    BeforeHere,
    /// Between here and the other end, whose hash is of another address: here is the inner side.
    BeyondHere,
    /// By the end itself or close to it: its own hash is of this address, which a router of its gateway group has.
    SentFrom(IpAddr),
    /// Nowhere: it made its hash up, so that ESP is encapsulated in UDP.
    Forced,
}

/// The last comparison of an end's own hash with the address it is seen with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnHash {
    /// The message.
    pub at: At,
    /// What does not match; none where it does.
    pub nat: Option<Nat>,
}

/// What a tunnel's messages said of NAT: the first of each kind.
#[derive(Clone, Debug, Default)]
pub(super) struct NatLog {
    pub(super) seen: Vec<Seen>,
    /// By who sent it.
    own: Vec<(IpAddr, OwnHash)>,
}

/// Something said of NAT.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) nat: Nat,
    /// Where it was said first.
    pub(super) first: At,
    /// The IKE SA in which it was said last.
    spi: Spi,
}

impl Nat {
    /// Its name in the timeline.
    pub(super) const fn name(&self) -> &'static str {
        match (self.place, self.certainty) {
            (NatPlace::Forced, _) => "encapsulation-forced",
            (_, Certainty::Medium) => "nat-possible",
            _ => "nat-detected",
        }
    }

    /// What the hash that an end sent of itself says; `None` where there is none. `of_gateway` are the addresses of the
    /// gateway and its routers, where the sender is one of them.
    fn of_sender(at: At, message: &IkeSighting, of_gateway: &[IpAddr]) -> Option<OwnHash> {
        let hashes = message.nat_detection.as_ref()?;
        let (end, (port, _)) = (message.src, message.ports);
        let nat = |place, certainty| Some(Self { end, place, certainty });
        let is_of = |address: &IpAddr| hashes.source(*address, port) == Some(HashMatch::Same);
        let nat = match hashes.source(end, port)? {
            HashMatch::Same => None,
            HashMatch::PortZero => nat(NatPlace::Forced, Certainty::High),
            HashMatch::Other => match of_gateway.iter().copied().find(is_of) {
                Some(own) => nat(NatPlace::SentFrom(own), Certainty::High),
                // Whoever is on this segment has nobody between.
                None if !of_gateway.is_empty() => nat(NatPlace::Forced, Certainty::Medium),
                None => nat(NatPlace::BeforeHere, Certainty::Medium),
            },
        };
        Some(OwnHash { at, nat })
    }

    /// What the hash that an end sent of the other one says.
    fn of_receiver(message: &IkeSighting, own: Option<OwnHash>) -> Option<Self> {
        let hashes = message.nat_detection.as_ref()?;
        // Two addresses translated on one side of here are rarer than a sender that reckons its hashes in another way.
        let is_doubtful = own.is_some_and(|own| own.nat.is_some());
        let certainty = if is_doubtful { Certainty::Medium } else { Certainty::High };
        match hashes.destination(message.dst, message.ports.1)? {
            HashMatch::Same => None,
            HashMatch::PortZero => {
                Some(Self { end: message.src, place: NatPlace::Forced, certainty: Certainty::High })
            }
            HashMatch::Other => Some(Self { end: message.dst, place: NatPlace::BeyondHere, certainty }),
        }
    }
}

impl NatLog {
    /// Takes a message; what it says of NAT that its IKE SA did not say before.
    pub(super) fn note(&mut self, at: At, message: &IkeSighting, of_gateway: &[IpAddr]) -> Vec<Nat> {
        let own = Nat::of_sender(at, message, of_gateway);
        let receiver = Nat::of_receiver(message, own);
        if let Some(own) = own {
            match self.own.iter_mut().find(|(end, _)| *end == message.src) {
                Some((_, known)) => *known = own,
                None => self.own.push((message.src, own)),
            }
        }
        let spi = message.header.initiator_spi;
        let mut news: Vec<Nat> = own.and_then(|own| own.nat).into_iter().collect();
        news.extend(receiver.filter(|nat| !news.contains(nat)));
        news.retain(|&nat| self.is_news(nat, at, spi));
        news
    }

    /// The last comparison of the hash of an end.
    pub(super) fn own(&self, end: IpAddr) -> Option<OwnHash> {
        self.own.iter().find(|(known, _)| *known == end).map(|(_, own)| *own)
    }

    fn is_news(&mut self, nat: Nat, at: At, spi: Spi) -> bool {
        if let Some(seen) = self.seen.iter_mut().find(|seen| seen.nat == nat) {
            return std::mem::replace(&mut seen.spi, spi) != spi;
        }
        let has_room = self.seen.len() < KINDS;
        if has_room {
            self.seen.push(Seen { nat, first: at, spi });
        }
        has_room
    }
}

impl fmt::Display for Nat {
    /// `198.51.100.9 is behind a NAT between it and here, or forces encapsulation in UDP; certainty medium`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { end, place, certainty } = self;
        match place {
            NatPlace::BeforeHere => {
                write!(f, "{end} is behind a NAT between it and here, or forces encapsulation in UDP")
            }
            NatPlace::BeyondHere if *certainty == Certainty::Medium => {
                write!(
                    f,
                    "{end} is translated by a NAT between here and the other end, or that one made its hashes up"
                )
            }
            NatPlace::BeyondHere => write!(f, "{end} is translated by a NAT between here and the other end"),
            NatPlace::SentFrom(own) => {
                write!(f, "{end} sends from {own}, which is translated before it gets here")
            }
            NatPlace::Forced if *certainty == Certainty::High => {
                write!(f, "{end} forces encapsulation in UDP: its hash is made with port 0")
            }
            NatPlace::Forced => {
                write!(
                    f,
                    "{end} forces encapsulation in UDP: its hash is of no address of its gateway or routers"
                )
            }
        }?;
        write!(f, "; certainty {certainty}")
    }
}

/// How many statements on one tunnel are kept.
const KINDS: usize = 8;
