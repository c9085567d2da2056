//! In what the routers of one group differ while they are alive together.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use crate::observe::{Act, At, GatewayMessage, HelloRun};
use crate::time::Timestamp;

use super::super::mismatch::{Difference, HelloTimers, Mismatch, Setting};
use super::router::Router;

/// What is known of the routers of one group beside each other.
#[derive(Clone, Debug, Default)]
pub(in crate::track) struct Comparison {
    mismatches: Vec<Mismatch>,
    /// Of which settings two routers said the same at some time.
    alike: BTreeSet<(Setting, IpAddr, IpAddr)>,
    /// When each router spoke each version last: one that bridges a migration speaks two (RFC 9568 §8.4).
    spoken: BTreeMap<(IpAddr, u8), Timestamp>,
}

/// A router's hello and when it was said.
#[derive(Clone, Copy)]
struct Said<'a> {
    router: IpAddr,
    at: At,
    hello: &'a GatewayMessage,
    count: u64,
}

impl Comparison {
    /// Takes a run of hellos, and compares it with what the other routers say that are alive.
    pub(super) fn take(&mut self, at: At, run: &HelloRun, routers: &BTreeMap<IpAddr, Router>) {
        // What a forwarder's messages say beside its state is the group's.
        if run.message.act != Act::Hello || run.message.group.forwarder != 0 {
            return;
        }
        self.spoken.insert((run.router, run.message.version), run.last.time);
        let said = Said { router: run.router, at: run.last, hello: &run.message, count: run.count };
        for (&address, router) in routers.iter().filter(|(address, _)| **address != run.router) {
            let alive = router.last_hello.is_some_and(|last| at.time.since(last) <= router.hold());
            let left = router.resign.is_some_and(|resign| Some(resign.time) >= router.last_hello);
            if let Some(hello) = router.hello.as_ref().filter(|_| alive && !left) {
                self.compare(said, Said { router: address, at: router.last, hello, count: 1 }, routers);
            }
        }
    }

    /// The clock was set back: when something was said before means nothing any more.
    pub(super) fn begin_anew(&mut self) {
        self.spoken.clear();
    }

    /// The stretches in which two routers differed, in order of time; the first few.
    pub(in crate::track) fn mismatches(&self) -> &[Mismatch] {
        &self.mismatches
    }

    fn compare(&mut self, new: Said<'_>, old: Said<'_>, routers: &BTreeMap<IpAddr, Router>) {
        if !can_be_compared(new.hello, old.hello) {
            return;
        }
        let (one, other) = if new.router < old.router { (new, old) } else { (old, new) };
        let apart = !self.share_a_version((new.router, old.router), new.at.time, routers);
        let versions = || Difference::Version(one.hello.version, other.hello.version);
        self.note(Setting::Version, apart.then(versions), (one, other), new);
        // Whoever speaks two versions may set each up in its own way.
        if one.hello.version != other.hello.version {
            return;
        }
        for (setting, difference) in differences(one.hello, other.hello) {
            self.note(setting, difference, (one, other), new);
        }
    }

    /// Whether there is a version that both spoke within their hold times.
    fn share_a_version(
        &self,
        (new, old): (IpAddr, IpAddr),
        now: Timestamp,
        routers: &BTreeMap<IpAddr, Router>,
    ) -> bool {
        let spoken = |router: IpAddr| {
            let hold = routers.get(&router).map(Router::hold).unwrap_or_default();
            let all = self.spoken.range((router, u8::MIN)..=(router, u8::MAX));
            all.filter(move |&(_, last)| now.since(*last) <= hold).map(|(&(_, version), _)| version)
        };
        spoken(new).any(|version| spoken(old).any(|other| other == version))
    }

    /// Notes whether two routers differ in a setting, as the newer one of both says now.
    fn note(
        &mut self,
        setting: Setting,
        difference: Option<Difference>,
        (one, other): (Said<'_>, Said<'_>),
        new: Said<'_>,
    ) {
        let routers = (one.router, other.router);
        let of_both = |it: &&mut Mismatch| it.routers == routers && it.difference.setting() == setting;
        let open = self.mismatches.iter_mut().rev().find(of_both).filter(|open| open.settled.is_none());
        let Some(difference) = difference else {
            if let Some(open) = open {
                open.settled = Some(new.at);
            }
            self.alike.insert((setting, one.router, other.router));
            return;
        };
        if let Some(open) = open.filter(|open| open.difference == difference) {
            open.last = new.at;
            let hellos = if new.router == one.router { &mut open.hellos.0 } else { &mut open.hellos.1 };
            *hellos += new.count;
        } else if self.mismatches.len() < MISMATCHES {
            let by_change = self.alike.contains(&(setting, one.router, other.router));
            self.mismatches.push(Mismatch {
                routers,
                difference,
                version: new.hello.version,
                first: (one.at, other.at),
                last: new.at,
                hellos: (one.count, other.count),
                by_change,
                settled: None,
            });
        }
    }
}

/// Whether two hellos are about one group for certain. A router that has not learnt the virtual address may be that of
/// another group of the number, and an address of the link alone may be the same on every VLAN whose tags were stripped.
fn can_be_compared(one: &GatewayMessage, other: &GatewayMessage) -> bool {
    let names = |hello: &GatewayMessage| {
        !hello.group.protocol.names_virtual_addresses() || !hello.virtual_addresses.is_empty()
    };
    let networks = |hello: &GatewayMessage| -> BTreeSet<u128> {
        let wide = hello.virtual_addresses.iter().filter_map(|address| match address {
            IpAddr::V6(address) if !address.is_unicast_link_local() => Some(address.to_bits() >> 64),
            _ => None,
        });
        wide.collect()
    };
    let (its, others) = (networks(one), networks(other));
    let apart = !its.is_empty() && !others.is_empty() && its.is_disjoint(&others);
    names(one) && names(other) && !apart
}

/// The settings that two hellos of one version can be compared by, each with the difference if there is one.
fn differences(one: &GatewayMessage, other: &GatewayMessage) -> Vec<(Setting, Option<Difference>)> {
    let mut compared = Vec::new();
    let (its, others) = (&one.authentication, &other.authentication);
    let differs = || Difference::Authentication(its.clone(), others.clone());
    compared.push((Setting::Authentication, (its != others).then(differs)));
    if let (Some(its), Some(others)) = (timers(one), timers(other)) {
        compared.push((Setting::Timers, (its != others).then_some(Difference::Timers(its, others))));
    }
    // Not learnt yet is no difference.
    if !one.virtual_addresses.is_empty() && !other.virtual_addresses.is_empty() {
        compared.push((Setting::VirtualAddresses, other_addresses(one, other)));
    }
    compared
}

/// The timers of a hello; none where it names none, and in CARP, where they are the preference and differ by design.
fn timers(hello: &GatewayMessage) -> Option<HelloTimers> {
    let protocol = hello.group.protocol;
    let tells_hold = protocol.tells_hold_time();
    let is_told = hello.hello_ms != 0 && (!tells_hold || hello.hold_ms != 0);
    (is_told && !protocol.prefers_by_interval()).then(|| HelloTimers {
        hello: Duration::from_millis(hello.hello_ms.into()),
        hold: tells_hold.then(|| Duration::from_millis(hello.hold_ms.into())),
    })
}

/// In what virtual addresses two hellos differ, in whatever order each names them.
fn other_addresses(one: &GatewayMessage, other: &GatewayMessage) -> Option<Difference> {
    if one.virtual_addresses == other.virtual_addresses {
        return None;
    }
    let (its, others) = (addresses(one), addresses(other));
    (its != others).then_some(Difference::VirtualAddresses(its, others))
}

fn addresses(hello: &GatewayMessage) -> Vec<IpAddr> {
    let all: BTreeSet<IpAddr> = hello.virtual_addresses.iter().copied().collect();
    all.into_iter().collect()
}

/// How many stretches of one group are kept.
const MISMATCHES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::{Authentication, GatewayProtocol, GroupName, Role};

    fn hello(addresses: &[&str]) -> GatewayMessage {
        GatewayMessage {
            group: GroupName::new(GatewayProtocol::Vrrp6, 1),
            version: 3,
            act: Act::Hello,
            role: Role::Active,
            state: "master",
            priority: Some(100),
            demotion: 0,
            hello_ms: 1000,
            hold_ms: 3600,
            virtual_addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
            identifier: None,
            authentication: Authentication::NONE,
            checksum: None,
        }
    }

    #[test]
    fn an_address_of_the_link_alone_makes_no_group_of_two() {
        let (one, near, far) =
            (["fe80::1", "2001:db8:a::1"], ["fe80::1", "2001:db8:a::2"], ["fe80::1", "2001:db8:b::1"]);
        assert!(can_be_compared(&hello(&one), &hello(&near)));
        assert!(!can_be_compared(&hello(&one), &hello(&far)));
        assert!(can_be_compared(&hello(&["fe80::1"]), &hello(&far)));
        assert!(!can_be_compared(&hello(&[]), &hello(&one)));
    }
}
