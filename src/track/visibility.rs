//! Whether the capture shows the frames of a router that go to one host alone.
//!
//! Hellos and ARP requests reach every port of a switch; what a router sends to one host, and what is sent to it, is
//! captured only where its port, or the other's, is mirrored. A router of which nothing but the former was captured may
//! have been silent, or be out of sight. ARP tells the two apart: who asks again and again had no answer, and who asks
//! once, for an address that is in use, had one. Where that answer is not in the capture, its port is not either.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use foldhash::fast::RandomState;

use crate::observe::{ArpSighting, At, Segment};
use crate::time::Timestamp;
use crate::wire::arp;
use crate::wire::mac::MacAddr;

use super::askers::Askers;
use super::gateway::Gateways;
use super::host::Host;

/// Whether the capture shows the frames of a router that go to one host alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Visibility {
    /// There are such frames.
    Shown,
    /// There are none, and it is not known that there should be.
    #[default]
    Unknown,
    /// There are none, although this ARP request of the router or for its address had an answer.
    Hidden(At),
}

/// The routers of all segments: which of them are shown, and which ARP requests had answers that are not.
#[derive(Clone, Debug, Default)]
pub(super) struct Visible {
    shown: HashSet<Host, RandomState>,
    /// Requests without an answer so far.
    asked: HashMap<Question, Asked, RandomState>,
    /// Who sent ARP.
    alive: HashSet<Host, RandomState>,
    /// When each router last asked, or was asked for, by requests to a living host that were not repeated: every outage
    /// looks here, however many requests there are.
    unrepeated: HashMap<Host, BTreeSet<At>, RandomState>,
    askers: Askers,
}

/// Who asked for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Question {
    segment: Segment,
    sender: Ipv4Addr,
    target: Ipv4Addr,
}

impl Hash for Question {
    /// Feeds whole words: this hash is taken several times for every ARP message.
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(u64::from(self.sender.to_bits()) << 32 | u64::from(self.target.to_bits()));
        self.segment.hash(state);
    }
}

/// An ARP request without an answer so far.
#[derive(Clone, Copy, Debug)]
struct Asked {
    at: At,
    /// The routers that asked and were asked, where they are some.
    routers: [Option<IpAddr>; 2],
    /// Whether it was asked once more, so that there was no answer.
    again: bool,
}

impl Visible {
    /// A frame of `router` to one host was seen.
    pub(super) fn show(&mut self, segment: Segment, router: IpAddr) {
        if self.shown.len() < ROUTERS {
            self.shown.insert(Host { address: router, segment });
        }
    }

    /// Takes an ARP message.
    pub(super) fn arp(&mut self, at: At, segment: Segment, arp: &ArpSighting, gateways: &Gateways) {
        let packet = &arp.packet;
        let (sender, target) = (packet.sender_ip, packet.target_ip);
        if sender.is_unspecified() {
            return;
        }
        let host = |address| Host { address: IpAddr::V4(address), segment };
        let (of_sender, is_known) = self.askers.router_at(gateways, host(sender), arp.src_mac);
        let (of_target, _) = self.askers.router_at(gateways, host(target), None);
        let routers = [of_sender, of_target];
        // With a MAC only senders are asked for.
        if !is_known || arp.src_mac.is_none() {
            self.note_alive(segment, sender);
        }
        if let (Some(router), true) = (routers[0], is_to_one(arp)) {
            self.show(segment, router);
        }
        if let Some(answered) = self.asked.remove(&Question { segment, sender: target, target: sender }) {
            self.forget(segment, answered);
        }
        let asks_all = arp.dst_mac == Some(MacAddr::BROADCAST) && packet.operation == arp::REQUEST;
        if asks_all && !packet.is_gratuitous() && routers != [None, None] {
            self.ask(at, Question { segment, sender, target }, routers);
        }
    }

    /// What is known of a router by `now`.
    pub(super) fn of(&self, segment: Segment, router: IpAddr, now: Timestamp) -> Visibility {
        let host = Host { address: router, segment };
        if self.shown.contains(&host) {
            return Visibility::Shown;
        }
        let first = self.unrepeated.get(&host).and_then(BTreeSet::first);
        let hidden = first.filter(|at| now.since(at.time) >= PATIENCE);
        hidden.map_or(Visibility::Unknown, |&at| Visibility::Hidden(at))
    }

    /// A host sends ARP: what was asked of it had an answer, unless it is asked again.
    fn note_alive(&mut self, segment: Segment, host: Ipv4Addr) {
        let is_full = self.alive.len() >= HOSTS;
        if is_full || !self.alive.insert(Host { address: IpAddr::V4(host), segment }) {
            return;
        }
        // In any order: each stands by itself.
        let asked = self.asked.iter();
        let of_host = asked.filter(|(asked, _)| asked.target == host && asked.segment == segment);
        let of_host: Vec<Asked> = of_host.map(|(_, &asked)| asked).collect();
        for asked in of_host {
            self.remember(segment, asked);
        }
    }

    /// A request that all hosts hear.
    fn ask(&mut self, at: At, question: Question, routers: [Option<IpAddr>; 2]) {
        let Question { segment, target, .. } = question;
        let asked = match self.asked.get(&question).copied() {
            // That there was no answer is known, and stays so.
            Some(before) if before.again => return,
            Some(before) => {
                self.forget(segment, before);
                let again = at.time.since(before.at.time) <= AGAIN;
                Asked { at, again, ..before }
            }
            None if self.asked.len() < HOSTS => Asked { at, routers, again: false },
            None => return,
        };
        self.asked.insert(question, asked);
        if self.alive.contains(&Host { address: IpAddr::V4(target), segment }) {
            self.remember(segment, asked);
        }
    }

    fn remember(&mut self, segment: Segment, asked: Asked) {
        for router in asked.routers.into_iter().flatten().filter(|_| !asked.again) {
            self.unrepeated.entry(Host { address: router, segment }).or_default().insert(asked.at);
        }
    }

    fn forget(&mut self, segment: Segment, asked: Asked) {
        for router in asked.routers.into_iter().flatten() {
            if let Some(times) = self.unrepeated.get_mut(&Host { address: router, segment }) {
                times.remove(&asked.at);
            }
        }
    }
}

/// Whether a message goes to one host alone, also where the link layer does not say to whom.
fn is_to_one(arp: &ArpSighting) -> bool {
    let answers = arp.packet.operation == arp::REPLY && !arp.packet.is_gratuitous();
    arp.dst_mac.map_or(answers, |mac| !mac.is_multicast())
}

/// Within which time a host that had no answer asks again. Most do after a second or two; a router may wait for the next
/// packet, and IKE repeats itself after ten.
const AGAIN: Duration = Duration::from_secs(60);
/// How long after a request it is concluded that it had an answer, because it was not repeated.
const PATIENCE: Duration = Duration::from_secs(3);
/// How many routers are remembered.
const ROUTERS: usize = 0x4000;
/// How many hosts are remembered, and how many requests.
const HOSTS: usize = 0x1000;
