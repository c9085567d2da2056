//! Whether two groups that look as if they were on one segment are: a mirror port that strips VLAN tags shows several as
//! one.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use crate::track::{GroupFacts, RouterFacts};

use super::options::Options;
use super::phrase::because;
use super::verdict::Reason;

/// A router of each of two groups on one segment that do not fit together.
pub(super) struct Beside<'a> {
    /// The groups.
    pub(super) groups: (&'a GroupFacts, &'a GroupFacts),
    /// One router of each.
    pub(super) routers: (&'a RouterFacts, &'a RouterFacts),
    /// How sure it is that both are on one segment, and why.
    pub(super) reasons: Vec<Reason>,
}

/// For each number, two groups of it whose routers name different virtual addresses.
pub(super) fn unlike<'a>(groups: &'a [GroupFacts], options: &Options) -> Vec<Beside<'a>> {
    let mut by_name: BTreeMap<_, Vec<&GroupFacts>> = BTreeMap::new();
    for group in groups.iter().filter(|group| group.key.name.forwarder == 0) {
        by_name.entry((group.key.segment, group.key.name)).or_default().push(group);
    }
    let first =
        |groups: &Vec<&'a GroupFacts>| first_pair(groups, |it, other| of_one_number(it, other, options));
    by_name.values().filter_map(first).collect()
}

/// For each virtual address, two groups whose routers name it.
pub(super) fn sharing<'a>(groups: &'a [GroupFacts], options: &Options) -> Vec<(IpAddr, Beside<'a>)> {
    let mut by_address: BTreeMap<_, Vec<&GroupFacts>> = BTreeMap::new();
    for group in groups.iter().filter(|group| group.key.name.forwarder == 0) {
        // Addresses of the link alone may be those of many groups, each on its own VLAN.
        for address in named(group).into_iter().filter(|address| network(*address).is_some()) {
            by_address.entry((group.key.segment, address)).or_default().push(group);
        }
    }
    let first = |((_, address), groups): (_, Vec<&'a GroupFacts>)| {
        let beside = |it: &'a GroupFacts, other: &'a GroupFacts| {
            if it.key.name == other.key.name { None } else { of_one_address(it, other, address, options) }
        };
        Some((address, first_pair(&groups, beside)?))
    };
    by_address.into_iter().filter_map(first).collect()
}

/// The first of these groups that does not fit together with one behind it.
fn first_pair<'a>(
    groups: &[&'a GroupFacts],
    beside: impl Fn(&'a GroupFacts, &'a GroupFacts) -> Option<Beside<'a>>,
) -> Option<Beside<'a>> {
    let behind = |(place, one): (usize, &&'a GroupFacts)| {
        groups.iter().skip(place).take(PARTNERS).find_map(|other| beside(one, other))
    };
    (1..).zip(groups).find_map(behind)
}

/// Two groups of one number whose routers name different virtual addresses, where they are on one segment.
fn of_one_number<'a>(one: &'a GroupFacts, other: &'a GroupFacts, options: &Options) -> Option<Beside<'a>> {
    let (its, others) = (named(one), named(other));
    let unlike = !its.is_empty() && !others.is_empty() && its.is_disjoint(&others);
    let subnet = subnet(one, &its).zip(subnet(other, &others)).filter(|(its, others)| its == others);
    if !unlike || subnet.is_none() || share_a_chassis(one, other) {
        return None;
    }
    let (routers, together) = longest_together(one, other)?;
    let reason = match (one.active, other.active) {
        (Some(active), None) => waits((one, active), other, together)?,
        (None, Some(active)) => waits((other, active), one, together)?,
        (Some(active), Some(also)) => both_active(one, other)
            .then(|| because(format!("{active} and {also} are both active in one subnet"), BOTH_ACTIVE))?,
        (None, None) => return None,
    };
    let enough = routers.0.timers.0.max(routers.1.timers.0) * options.mismatch_hellos;
    let beside = Beside { groups: (one, other), routers, reasons: vec![reason] };
    (together >= enough).then(|| beside.with_tags())
}

/// Two groups of different numbers, or protocols, whose routers name one virtual address, where they are on one segment.
fn of_one_address<'a>(
    one: &'a GroupFacts,
    other: &'a GroupFacts,
    address: IpAddr,
    options: &Options,
) -> Option<Beside<'a>> {
    let names = |router: &&RouterFacts| router.virtual_addresses.contains(&address);
    let pairs = one.routers.iter().filter(names);
    let pairs = pairs.flat_map(|router| other.routers.iter().filter(names).map(move |other| (router, other)));
    let (routers, together) = pairs
        .filter(|(router, other)| router.address != other.address)
        .map(|(router, other)| ((router, other), together(router, other)))
        .max_by_key(|(_, together)| *together)?;
    // A router that is in both moves from one to the other.
    let moves = in_both(one, other).is_some();
    let goes_on = !moves && routers.0.silent_since.or(routers.1.silent_since).is_none();
    let enough = routers.0.timers.0.max(routers.1.timers.0) * options.mismatch_hellos;
    let long = together >= options.mismatch_time || (goes_on && together >= enough);
    // A chassis that is in both has two interfaces, on two segments.
    if !long || share_a_chassis(one, other) {
        return None;
    }
    let beside = Beside { groups: (one, other), routers, reasons: Vec::new() };
    Some(beside.with_tags())
}

impl Beside<'_> {
    /// Takes off what the lack of VLAN tags makes uncertain.
    fn with_tags(mut self) -> Self {
        self.reasons.push(if let Some(router) = in_both(self.groups.0, self.groups.1) {
            because(format!("{router} is in both groups: they are on one segment"), 1.0)
        } else if is_tagged(self.groups.0) {
            because("both have the same VLAN tag or network number", 1.0)
        } else {
            let text = "the frames have no VLAN tag: two VLANs whose tags a mirror strips look so, if both have this subnet";
            because(text, UNTAGGED)
        });
        self
    }
}

/// A group in which nobody is active although its routers wait for longer than their hold time: what they hear, and wait
/// for, is the active router of the other group.
fn waits(
    (beside, active): (&GroupFacts, IpAddr),
    waiting: &GroupFacts,
    together: Duration,
) -> Option<Reason> {
    let standby = |group: &GroupFacts| group.routers.iter().filter(|it| it.state == "standby").count();
    let hold = waiting.routers.iter().map(|router| router.timers.1).max()?;
    let is_quiet = waiting.routers.iter().all(|router| matches!(router.state, "listen" | "standby"));
    // On one segment there is one standby router.
    let one_standby = standby(beside) + standby(waiting) <= 1;
    let router = waiting.routers.first()?;
    let reason = format!(
        "{} stays {} for longer than its hold time though nobody is active for its address: it hears {active}",
        router.address, router.state
    );
    (is_quiet && one_standby && together > hold * 2).then_some(because(reason, WAITS))
}

/// Whether two groups that each have an active router can be on one segment. Where backups speak, a router that hears
/// another one's hellos is not active beside it, whatever address those name.
fn both_active(one: &GroupFacts, other: &GroupFacts) -> bool {
    let alone = |group: &GroupFacts| group.routers.len() == 1;
    let silent_backups = one.key.name.protocol.has_silent_backups();
    silent_backups || (is_tagged(one) && alone(one) && alone(other))
}

/// Whether the frames say in which VLAN or virtual network they are.
pub(super) const fn is_tagged(group: &GroupFacts) -> bool {
    !group.key.segment.vlans.is_empty() || group.key.segment.network.is_some()
}

/// The virtual addresses that the routers of a group name in their last hellos.
fn named(group: &GroupFacts) -> BTreeSet<IpAddr> {
    group.routers.iter().flat_map(|router| router.virtual_addresses.iter().copied()).collect()
}

/// The subnet of a group, taken to be as most are: 24 bits of IPv4, 64 of IPv6. None where its addresses are of several,
/// or of the link alone, which is the same everywhere.
fn subnet(group: &GroupFacts, virtual_addresses: &BTreeSet<IpAddr>) -> Option<u64> {
    let routers = group.routers.iter().map(|router| router.address);
    let mut subnets: Vec<u64> =
        virtual_addresses.iter().copied().chain(routers).filter_map(network).collect();
    subnets.dedup();
    match subnets.as_slice() {
        [subnet] => Some(*subnet),
        _ => None,
    }
}

fn network(address: IpAddr) -> Option<u64> {
    match address {
        IpAddr::V4(address) => Some(u64::from(address.to_bits() >> 8)),
        IpAddr::V6(address) if address.is_unicast_link_local() => None,
        IpAddr::V6(address) => u64::try_from(address.to_bits() >> 64).ok(),
    }
}

/// Whether a router of one group and one of the other have a MAC in common, and different addresses: one chassis with an
/// interface in each of two segments.
fn share_a_chassis(one: &GroupFacts, other: &GroupFacts) -> bool {
    let shares = |it: &RouterFacts, other: &RouterFacts| {
        it.address != other.address && it.macs.iter().any(|mac| other.macs.contains(mac))
    };
    one.routers.iter().any(|router| other.routers.iter().any(|other| shares(router, other)))
}

/// A router that is in both groups with one address: one interface, on one segment.
fn in_both(one: &GroupFacts, other: &GroupFacts) -> Option<IpAddr> {
    let addresses = one.routers.iter().map(|router| router.address);
    addresses.into_iter().find(|address| other.routers.iter().any(|router| router.address == *address))
}

/// The router of each group that were heard together for the longest time.
fn longest_together<'a>(
    one: &'a GroupFacts,
    other: &'a GroupFacts,
) -> Option<((&'a RouterFacts, &'a RouterFacts), Duration)> {
    let pairs = one.routers.iter().flat_map(|router| other.routers.iter().map(move |other| (router, other)));
    pairs
        .map(|(router, other)| ((router, other), together(router, other)))
        .max_by_key(|(_, together)| *together)
}

/// From the first message of the later of two routers to the last one of the earlier.
fn together(one: &RouterFacts, other: &RouterFacts) -> Duration {
    one.last.time.min(other.last.time).since(one.first.time.max(other.first.time))
}

/// How many groups each is compared with.
const PARTNERS: usize = 64;
/// What two groups on frames without VLAN tags are worth.
const UNTAGGED: f64 = 0.8;
/// What a group without an active router is worth beside one that has it.
const WAITS: f64 = 0.9;
/// What two groups with an active router each are worth.
const BOTH_ACTIVE: f64 = 0.6;
