//! Which differences between the routers of a group lasted: what all rules about them put together in the same way.

use std::net::IpAddr;
use std::time::Duration;

use crate::observe::GatewayProtocol;
use crate::track::{Difference, GroupFacts, Mismatch, Subject};

use super::finding::{Advice, Evidence, Finding, Severity};
use super::one_segment::is_tagged;
use super::options::Options;
use super::phrase::{because, believed, gateway_filter, note};
use super::reading::{count, seconds};
use super::rule::Meta;
use super::verdict::Reason;

/// Two routers of a group that differed in one setting for long enough to be a fault.
pub(super) struct Lasting<'a> {
    group: &'a GroupFacts,
    /// The stretches in order of time; never empty.
    stretches: Vec<&'a Mismatch>,
    /// The longest of them.
    pub(super) told: &'a Mismatch,
    /// Whether both were active meanwhile.
    both_active: bool,
    /// Below how many messages of one router the difference is not certain.
    enough: u64,
}

/// The pairs of routers that differed in what `counts` for long enough, in order of time.
///
/// A change of configuration that both make within a short time is none, nor is one of which the capture does not show
/// whether the other router follows.
pub(super) fn lasting<'a>(
    group: &'a GroupFacts,
    options: &Options,
    counts: impl Fn(&Difference) -> bool,
) -> Vec<Lasting<'a>> {
    let mut pairs: Vec<Lasting<'a>> = Vec::new();
    for mismatch in group.mismatches.iter().filter(|mismatch| counts(&mismatch.difference)) {
        match pairs.iter_mut().find(|pair| pair.told.routers == mismatch.routers) {
            Some(pair) => pair.add(mismatch),
            None => pairs.push(Lasting::new(group, mismatch, options)),
        }
    }
    pairs.retain(|pair| pair.has_lasted(options));
    pairs
}

impl<'a> Lasting<'a> {
    fn new(group: &'a GroupFacts, told: &'a Mismatch, options: &Options) -> Self {
        let enough = u64::from(options.mismatch_hellos) * 2;
        let mut new = Self { group, stretches: Vec::new(), told, both_active: false, enough };
        new.add(told);
        new
    }

    fn add(&mut self, mismatch: &'a Mismatch) {
        let length = |it: &Mismatch| it.last.time.since(it.begins().time);
        if length(mismatch) > length(self.told) {
            self.told = mismatch;
        }
        let mut conflicts = self.group.conflicts.iter().filter(|it| mismatch.is_between(it.routers));
        self.both_active |=
            conflicts.any(|it| it.first.time <= mismatch.last.time && mismatch.begins().time <= it.last.time);
        self.stretches.push(mismatch);
    }

    fn has_lasted(&self, options: &Options) -> bool {
        let (one, other) = self.hellos();
        let enough = one.min(other) >= u64::from(options.mismatch_hellos);
        let long =
            self.stretches.iter().any(|it| it.last.time.since(it.begins().time) >= options.mismatch_time);
        // Both were configured so before the capture began, and stayed so.
        let throughout = self.stretches.iter().any(|it| !it.by_change && it.settled.is_none());
        enough && (long || throughout || self.both_active)
    }

    /// How many messages each router sent meanwhile.
    fn hellos(&self) -> (u64, u64) {
        let sum = |(one, other): (u64, u64), it: &&Mismatch| (one + it.hellos.0, other + it.hellos.1);
        self.stretches.iter().fold((0, 0), sum)
    }

    /// From the first message that shows it to the last.
    fn lasted(&self) -> Duration {
        self.stretches.iter().map(|it| it.last.time.since(it.begins().time)).sum()
    }

    /// The routers, the lower address first.
    pub(super) const fn routers(&self) -> (IpAddr, IpAddr) {
        self.told.routers
    }

    /// How sure it is that the routers are set up unlike each other, and why.
    fn reasons(&self) -> Vec<Reason> {
        let ((one, other), (its, others)) = (self.routers(), self.hellos());
        let said = format!(
            "{one} said so in {} and {other} in {}, within {}",
            count(its, "message"),
            count(others, "message"),
            seconds(self.lasted())
        );
        let mut reasons = vec![because(said, 1.0)];
        if self.both_active {
            reasons.push(because("both were active meanwhile", 1.0));
        }
        if its.min(others) < self.enough {
            let fewer = if its < others { one } else { other };
            reasons.push(because(format!("{fewer} was heard {} times only", its.min(others)), 0.7));
        }
        if !is_tagged(self.group) && has_addresses_of_the_link_alone(self.group) {
            let text = "the frames have no VLAN tag, and the virtual address may be the same on every VLAN";
            reasons.push(because(text, 0.5));
        }
        reasons
    }

    /// The messages that show it: one of each router, and where it ended.
    fn evidence(&self, says: &impl Fn(&Mismatch) -> (String, String)) -> Vec<Evidence> {
        let (one, other) = self.routers();
        let (its, others) = says(self.told);
        let mut evidence = vec![
            note(self.told.first.0, format!("{one} sends {its}")),
            note(self.told.first.1, format!("{other} sends {others}")),
        ];
        // The later one is where the difference begins.
        evidence.sort_by_key(|evidence| std::cmp::Reverse(evidence.at));
        match self.stretches.last() {
            Some(Mismatch { settled: Some(settled), .. }) => {
                evidence.push(note(*settled, "both say the same again".to_owned()));
            }
            Some(last) => evidence.push(note(last.last, "they differ still".to_owned())),
            None => {}
        }
        evidence
    }

    /// The finding, with what each of the two says in its messages.
    pub(super) fn finding(
        &self,
        meta: &'static Meta,
        severity: Severity,
        (summary, says): (String, impl Fn(&Mismatch) -> (String, String)),
        advice: Advice,
    ) -> Finding {
        let (confidence, reasons) = believed(&self.reasons());
        let at = self.told.begins();
        Finding {
            rule: meta.name,
            severity,
            confidence,
            at,
            subject: Some(Subject::Group(self.group.key)),
            summary,
            evidence: self.evidence(&says),
            reasons,
            advice,
            filter: gateway_filter(self.group.key.name.protocol, at),
        }
    }
}

/// In what two routers that were active together differed, such that one discards the other's messages.
pub(super) fn refused(group: &GroupFacts) -> Vec<&'static str> {
    let beside = |it: &&Mismatch| group.conflicts.iter().any(|conflict| it.is_between(conflict.routers));
    let name = |it: &Mismatch| match it.difference {
        Difference::Version(..) => Some("version"),
        Difference::Authentication(..) => Some("authentication"),
        Difference::Timers(..) => discards(group, it).then_some("the advertisement interval"),
        Difference::VirtualAddresses(..) => None,
    };
    let mut named: Vec<&str> = Vec::new();
    for name in group.mismatches.iter().filter(beside).filter_map(name) {
        if !named.contains(&name) {
            named.push(name);
        }
    }
    named
}

/// Whether routers discard messages for their timers: version 2 of VRRP accepts its own interval only (RFC 3768 §7.1),
/// all others go by that of the active router.
pub(super) fn discards(group: &GroupFacts, timers: &Mismatch) -> bool {
    group.key.name.protocol == GatewayProtocol::Vrrp && timers.version == 2
}

/// Whether the group has virtual addresses, and none beyond the link.
fn has_addresses_of_the_link_alone(group: &GroupFacts) -> bool {
    let addresses = &group.virtual_addresses;
    let of_the_link =
        |address: &IpAddr| matches!(address, IpAddr::V6(address) if address.is_unicast_link_local());
    !addresses.is_empty() && addresses.iter().all(of_the_link)
}

/// `, and so do 2 more pairs of its routers`; nothing where there are none.
pub(super) fn and_more(pairs: usize) -> String {
    match pairs {
        0 => String::new(),
        1 => "; so does 1 more pair of its routers".to_owned(),
        more => format!("; so do {more} more pairs of its routers"),
    }
}
