//! Two routers of one gateway group were active at once.

use std::net::IpAddr;

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Evidence, Finding, Severity};
use crate::diagnose::mismatch::refused;
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{because, believed, gateway_filter, listed, note};
use crate::diagnose::reading::seconds;
use crate::diagnose::rule::{Meta, Rule};
use crate::diagnose::verdict::Reason;
use crate::track::{Conflict, GroupFacts, Subject};
use crate::wire::vrrp::Checksum;

/// The rule.
pub(super) struct GatewaySplitBrain;

static META: Meta = Meta {
    name: "gateway-split-brain",
    severity: Severity::Critical,
    text: include_str!("gateway_split_brain.md"),
};

impl Rule for GatewaySplitBrain {
    fn meta(&self) -> &'static Meta {
        &META
    }

    /// One finding for each group, however often its routers changed places: it is one fault.
    fn group(&self, group: &GroupFacts, _options: &Options) -> Option<Finding> {
        let conflicts = &group.conflicts;
        let (first, last) = (conflicts.first()?, conflicts.last()?);
        // A forwarder of GLBP is claimed twice where its group is, and for a few hellos when its group moves.
        if group.key.name.forwarder != 0 {
            return None;
        }
        let claims: u64 = conflicts.iter().map(|conflict| conflict.claims).sum();
        let (owner, claimant) = first.routers;
        let summary = format!(
            "{owner} and {claimant} were both active for {} {}",
            group.key,
            how_long(conflicts, last)
        );
        let brief = is_brief(group);
        let (confidence, reasons) = believed(&reasons(claims, brief));
        Some(Finding {
            rule: META.name,
            severity: if brief { Severity::Info } else { META.severity },
            confidence,
            at: first.first,
            subject: Some(Subject::Group(group.key)),
            summary,
            evidence: evidence(conflicts),
            reasons,
            advice: advise(group, first),
            filter: gateway_filter(group.key.name.protocol, first.first),
        })
    }
}

/// Whether no stretch outlasts the hold time of its routers. It begins a hello before the first claim that tells it.
fn is_brief(group: &GroupFacts) -> bool {
    let timers = |router| group.routers.iter().find(|it| it.address == router).map(|it| it.timers);
    group.conflicts.iter().all(|conflict| {
        let (owner, claimant) = conflict.routers;
        let timers = [timers(owner), timers(claimant)].into_iter().flatten();
        let (hello, hold) =
            timers.reduce(|one, other| (one.0.max(other.0), one.1.max(other.1))).unwrap_or_default();
        conflict.last.time.since(conflict.first.time) + hello <= hold
    })
}

/// `for 13,856.1 s`, `for 21.6 s in all, in 3 stretches`.
fn how_long(conflicts: &[Conflict], last: &Conflict) -> String {
    let lasted = |conflict: &Conflict| conflict.last.time.since(conflict.first.time);
    match conflicts {
        [_] => format!("for {}", seconds(lasted(last))),
        several => {
            format!(
                "for {} in all, in {} stretches",
                seconds(several.iter().map(lasted).sum()),
                several.len()
            )
        }
    }
}

/// One claim may be a stray message, or a forged one.
fn reasons(claims: u64, brief: bool) -> Vec<Reason> {
    let claimed = if claims > 1 {
        because(format!("the role was claimed {claims} times beside its owner"), 1.0)
    } else {
        because("the role was claimed only once beside its owner", 0.5)
    };
    let start =
        "it lasted no longer than a hold time: a router that starts before it hears the other one does so";
    [claimed].into_iter().chain(brief.then(|| because(start, 1.0))).collect()
}

/// Where each stretch begins, and where the last one ends.
fn evidence(conflicts: &[Conflict]) -> Vec<Evidence> {
    let begins = |conflict: &Conflict| {
        let (owner, claimant) = conflict.routers;
        note(conflict.first, format!("{claimant} claims the active role beside {owner}"))
    };
    let mut evidence: Vec<Evidence> = conflicts.iter().take(STRETCHES).map(begins).collect();
    if let Some(last) = conflicts.last().filter(|last| last.first != last.last) {
        evidence.push(note(last.last, format!("{} still does", last.routers.1)));
    }
    evidence
}

fn advise(group: &GroupFacts, first: &Conflict) -> Advice {
    let protocol = group.key.name.protocol.name();
    let (owner, claimant) = first.routers;
    let (wrong, differences) = (wrongly_summed(group), differences(group));
    let meaning = if !wrong.is_empty() {
        format!(
            "The checksum of {}'s {protocol} messages is wrong: whoever receives them discards them, and believes that \
             it is alone.",
            listed(wrong)
        )
    } else if differences.is_empty() {
        format!(
            "{owner} and {claimant} do not hear each other's {protocol} messages, so each believes that the other is \
             gone. Both answer for the virtual address, the switches move its MAC to and fro, and IKE and ESP of one \
             tunnel reach now the one and now the other."
        )
    } else {
        format!(
            "{owner} and {claimant} do not accept each other's {protocol} messages: they differ in {}. Each believes \
             that it is alone.",
            differences.join(", ")
        )
    };
    Advice {
        meaning,
        confirm: advice::split_brain_checks(group.key.name, (owner, claimant)),
        remedy: vec![
            advice::words(format!(
                "make the routers hear each other: the same {protocol} version, authentication and timers on both, and \
                 a path for its multicast between them (VLAN on every trunk, no filter, no one-way link)"
            )),
            advice::words(
                "clear the SAs on the primary once one router alone is active, and on the peer too",
            ),
        ],
    }
}

/// The routers whose messages nobody accepts, since their checksum is wrong however it is summed (RFC 9568 §7.1).
fn wrongly_summed(group: &GroupFacts) -> Vec<IpAddr> {
    let wrong = group.routers.iter().filter(|router| router.checksum == Some(Checksum::Wrong));
    wrong.map(|router| router.address).collect()
}

/// In what the messages of routers that were active together differ, such that one refuses the other's.
fn differences(group: &GroupFacts) -> Vec<&'static str> {
    let mut differences = refused(group);
    let sums = |sum| group.routers.iter().any(|router| router.checksum == Some(sum));
    if sums(Checksum::Plain) && sums(Checksum::PseudoHeader) {
        differences.push("the checksum's pseudo-header");
    }
    differences
}

/// How many stretches are shown as evidence.
const STRETCHES: usize = 4;
