//! Who claims a virtual address beside the group.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use crate::observe::At;
use crate::wire::mac::MacAddr;

use super::super::neighbours::Announcement;
use super::follows;

/// One that says, in ARP or neighbour advertisements, that it has a virtual address of the group, though its MAC is that
/// of no group and of no known router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimant {
    /// The virtual address.
    pub address: IpAddr,
    /// Its MAC.
    pub mac: MacAddr,
    /// The MAC that the active router spoke for the group with at that time.
    pub beside: Option<MacAddr>,
    /// The first message.
    pub first: At,
    /// The last one.
    pub last: At,
    /// How many times, at least a second apart: copies of one message, and announcements in a row, count once.
    pub times: u64,
    /// The group's routers of which no MAC of their own was seen: it may be one of these.
    pub unknown: Vec<IpAddr>,
}

/// What ARP and neighbour advertisements say about the virtual addresses of a group.
#[derive(Clone, Debug, Default)]
pub(super) struct Claims {
    by_mac: BTreeMap<(IpAddr, MacAddr), Claim>,
    /// Whether they say that one is at a virtual MAC.
    at_virtual_mac: bool,
}

#[derive(Clone, Copy, Debug)]
struct Claim {
    beside: Option<MacAddr>,
    first: At,
    last: At,
    times: u64,
    /// Whether one of them was more than the sender's address in a question: a host with several interfaces may
    /// ask with the address of another one.
    is_asserted: bool,
}

impl Claims {
    /// Somebody says where a virtual address is, while the active router speaks with the MAC `beside`.
    pub(super) fn note(&mut self, at: At, said: &Announcement, beside: Option<MacAddr>) {
        let Some(mac) = said.mac else { return };
        if mac.virtual_mac().is_some() {
            self.at_virtual_mac = true;
            return;
        }
        let key = (said.address, mac);
        // Neither nobody's MAC nor that of several is one's own.
        if mac.0 == [0; 6] || mac.is_multicast() {
            return;
        }
        if self.by_mac.len() >= CLAIMS && !self.by_mac.contains_key(&key) {
            return;
        }
        let claim = Claim { beside, first: at, last: at, times: 0, is_asserted: false };
        let claim = self.by_mac.entry(key).or_insert(claim);
        let is_again = !follows(claim.last.time, at.time, AGAIN);
        claim.times += u64::from(claim.times == 0 || is_again);
        claim.last = at;
        claim.is_asserted |= !said.is_question;
    }

    pub(super) const fn at_virtual_mac(&self) -> bool {
        self.at_virtual_mac
    }

    /// Those whose MAC is none of `macs`. Where the own MACs of routers are unknown, it may be one of theirs, which is
    /// right where they speak for the address with these.
    pub(super) fn told(&self, macs: &BTreeSet<MacAddr>, unknown: &[IpAddr]) -> Vec<Claimant> {
        let is_sure = |claim: &Claim| unknown.is_empty() || (self.at_virtual_mac && claim.is_asserted);
        self.by_mac
            .iter()
            .filter(|((_, mac), claim)| !macs.contains(mac) && is_sure(claim))
            .map(|(&(address, mac), claim)| Claimant {
                address,
                mac,
                beside: claim.beside,
                first: claim.first,
                last: claim.last,
                times: claim.times,
                unknown: unknown.to_vec(),
            })
            .collect()
    }
}

/// How long after a claim another one is more than a copy of it.
const AGAIN: Duration = Duration::from_secs(1);
/// How many claims on a group's virtual addresses are told apart.
const CLAIMS: usize = 32;
