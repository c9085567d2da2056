//! Of two groups that one router owned, one went to the other router alone.

use std::collections::BTreeSet;

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Evidence, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{because, believed, gateway_filter, note};
use crate::diagnose::reading::seconds;
use crate::diagnose::rule::{Known, Meta, Rule};
use crate::diagnose::split::{Split, split};
use crate::diagnose::verdict::Reason;
use crate::track::{GroupFacts, GroupKey, Subject};

/// The rule.
pub(super) struct InsideOutsideSplit;

static META: Meta = Meta {
    name: "inside-outside-split",
    severity: Severity::Warning,
    text: include_str!("inside_outside_split.md"),
};

impl Rule for InsideOutsideSplit {
    fn meta(&self) -> &'static Meta {
        &META
    }

    /// One finding for each group that went alone, however many stayed.
    fn groups(&self, known: &Known<'_>, options: &Options) -> Vec<Finding> {
        let outside: BTreeSet<GroupKey> =
            known.tunnels.iter().flat_map(|tunnel| tunnel.groups.iter().copied()).collect();
        let groups = known.groups.iter().filter(|group| carries_traffic(group));
        let groups: Vec<_> = groups.map(|group| (group, outside.contains(&group.key))).collect();
        let went_alone = |&(moved, is_outside): &(&GroupFacts, bool)| {
            let is_other_side = |&&(other, is_also): &&(&GroupFacts, bool)| {
                // Where no tunnel ends, groups of one pair may be with either router.
                (is_outside || is_also) && other.key.segment != moved.key.segment
            };
            let others = groups.iter().filter(is_other_side).take(PARTNERS);
            let mut comparisons = COMPARISONS;
            let splits = others.filter_map(|(other, _)| split(moved, other, options, &mut comparisons));
            Some(finding(moved, &splits.min_by_key(|it| it.likeness)?, &outside))
        };
        groups.iter().filter(|(group, _)| group.ownerships.len() > 1).filter_map(went_alone).collect()
    }
}

/// Whether traffic goes to the group's owner. In GLBP it goes to the forwarders, which are with several routers.
const fn carries_traffic(group: &GroupFacts) -> bool {
    group.key.name.forwarder == 0 && !group.key.name.protocol.has_forwarders()
}

fn finding(moved: &GroupFacts, split: &Split<'_>, outside: &BTreeSet<GroupKey>) -> Finding {
    let Split { stayed, before, after, stay, apart, .. } = split;
    let so_far = if split.ended { "" } else { ", until the capture ends" };
    let summary = format!(
        "{} took over {} alone: {} stayed with {}, which is the same router as {}, for {}{so_far}",
        after.router,
        side(moved, outside),
        side(stayed, outside),
        stay.router,
        before.router,
        seconds(*apart)
    );
    let (confidence, reasons) = believed(&reasons(moved, split));
    Finding {
        rule: META.name,
        severity: META.severity,
        confidence,
        at: after.first,
        subject: Some(Subject::Group(moved.key)),
        summary,
        evidence: evidence(moved, split),
        reasons,
        advice: advise(moved, split),
        filter: gateway_filter(moved.key.name.protocol, after.first),
    }
}

/// The group, and whether tunnels end at it.
fn side(group: &GroupFacts, outside: &BTreeSet<GroupKey>) -> String {
    let side = if outside.contains(&group.key) { "outside" } else { "inside" };
    format!("{} ({side})", group.key)
}

fn reasons(moved: &GroupFacts, split: &Split<'_>) -> Vec<Reason> {
    let Split { stayed, before, stay, likeness, .. } = split;
    let like = format!("{} and {} {}", before.router, stay.router, likeness.words());
    let mut reasons = vec![because(like, likeness.factor())];
    if moved.key.segment.series != stayed.key.segment.series {
        // Clocks that differ make one failover look like two; they do not keep the groups apart until the end.
        let (factor, what) = if split.ended {
            (CLOCKS, "if their clocks differ, one failover of both looks so")
        } else {
            (CAPTURES, "their clocks may differ")
        };
        reasons.push(because(format!("the groups were captured apart: {what}"), factor));
    }
    reasons
}

fn evidence(moved: &GroupFacts, split: &Split<'_>) -> Vec<Evidence> {
    let Split { stayed, before, after, stay, .. } = split;
    vec![
        note(after.first, format!("{} is active for {}", after.router, moved.key)),
        note(before.last, format!("{} was active for {}, for the last time", before.router, moved.key)),
        note(stay.last, format!("{} is active for {} still", stay.router, stayed.key)),
    ]
}

fn advise(moved: &GroupFacts, split: &Split<'_>) -> Advice {
    let Split { stayed, before, after, .. } = split;
    let name = moved.key.name;
    Advice {
        meaning: format!(
            "{} and {} are owned by different routers: what one of them should encrypt comes to the other, and what \
             the peer sends comes to a router that is not the way inside. {} has no traffic that would make it \
             negotiate, or no way back for what it decrypts.",
            moved.key, stayed.key, after.router
        ),
        confirm: vec![
            advice::ask_routers(
                format!(
                    "on {} and on {}: which groups are they active for, and what is tracked",
                    before.router, after.router
                ),
                name,
            ),
            advice::check_routes(name),
        ],
        remedy: vec![
            advice::words(
                "bring both groups to one router, by priority or by taking the tracked interface down",
            ),
            advice::words(format!(
                "clear the SAs on the primary, which is active for both then, and on the peer; if they do not come up, {}",
                advice::ipsec_anew(name)
            )),
            advice::words(
                "prevent it: let each group track the other side's interface, with a decrement that makes the standby \
                 router the better one in both; equal priorities, and the addresses of one router higher in both; \
                 inject the reverse routes and redistribute them",
            ),
        ],
    }
}

/// What groups in captures of two clocks are worth.
const CAPTURES: f64 = 0.8;
/// The same where a difference of the clocks would explain all.
const CLOCKS: f64 = 0.5;
/// How many groups each is compared with, and how many times in all: thousands that flap are a forgery.
const PARTNERS: usize = 1024;
const COMPARISONS: usize = 1024;
