//! Routers of one segment do not agree on which group has which virtual address.

use std::net::IpAddr;

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Finding, Severity};
use crate::diagnose::mismatch::{and_more, lasting};
use crate::diagnose::one_segment::{self, Beside};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{believed, gateway_filter, listed, note};
use crate::diagnose::rule::{Known, Meta, Rule};
use crate::observe::GroupName;
use crate::track::{Difference, GroupFacts, Mismatch, RouterFacts, Subject};

/// The rule.
pub(super) struct VirtualAddressMismatch;

static META: Meta = Meta {
    name: "virtual-address-mismatch",
    severity: Severity::Warning,
    text: include_str!("virtual_address_mismatch.md"),
};

impl Rule for VirtualAddressMismatch {
    fn meta(&self) -> &'static Meta {
        &META
    }

    /// Routers that are known for one group.
    fn group(&self, group: &GroupFacts, options: &Options) -> Option<Finding> {
        let counts = |difference: &Difference| matches!(difference, Difference::VirtualAddresses(..));
        let pairs = lasting(group, options, counts);
        let pair = pairs.first()?;
        let (one, other) = pair.routers();
        let (its, others) = says(pair.told);
        let more = and_more(pairs.len() - 1);
        let summary = format!("{one} names {its} for {}, and {other} names {others}{more}", group.key);
        Some(pair.finding(&META, META.severity, (summary, says), advise(group.key.name, (one, other))))
    }

    /// Groups that should be one, and an address that is that of two groups.
    fn groups(&self, known: &Known<'_>, options: &Options) -> Vec<Finding> {
        let unlike = one_segment::unlike(known.groups, options).into_iter().map(|beside| unlike(&beside));
        let sharing = one_segment::sharing(known.groups, options).into_iter();
        unlike.chain(sharing.map(|(address, beside)| shared(address, &beside))).collect()
    }
}

/// Routers of one number that name different addresses.
fn unlike(beside: &Beside<'_>) -> Finding {
    let key = beside.groups.0.key;
    let (one, other) = beside.routers;
    let summary = format!(
        "{} names {} for {key}, and {} names {}",
        one.address,
        listed(&one.virtual_addresses),
        other.address,
        listed(&other.virtual_addresses)
    );
    finding(beside, summary, advise(key.name, (one.address, other.address)))
}

/// One address in two groups.
fn shared(address: IpAddr, beside: &Beside<'_>) -> Finding {
    let ((one, other), (group, behind)) = (beside.routers, beside.groups);
    let summary = format!(
        "{address} is the virtual address of two groups: {} names it in {}, {} in {}",
        one.address, group.key, other.address, behind.key
    );
    let advice = Advice {
        meaning: "Each group answers for the address with its own virtual MAC: neighbours and the peer's packets reach \
                  now one group's active router, now the other's, and neither takes over when the other fails."
            .to_owned(),
        ..advise(group.key.name, (one.address, other.address))
    };
    finding(beside, summary, advice)
}

fn finding(beside: &Beside<'_>, summary: String, advice: Advice) -> Finding {
    let group = beside.groups.0;
    let mut routers = [beside.routers.0, beside.routers.1];
    routers.sort_by_key(|router| router.last);
    let at = routers.map(|router| router.last);
    let (confidence, reasons) = believed(&beside.reasons);
    let told = |router: &RouterFacts| {
        note(
            router.last,
            format!(
                "the last message of {} ({}) names {}",
                router.address,
                router.state,
                listed(&router.virtual_addresses)
            ),
        )
    };
    Finding {
        rule: META.name,
        severity: META.severity,
        confidence,
        at: at[0],
        subject: Some(Subject::Group(group.key)),
        summary,
        evidence: routers.into_iter().map(told).collect(),
        reasons,
        advice,
        filter: gateway_filter(group.key.name.protocol, at[0]),
    }
}

fn says(mismatch: &Mismatch) -> (String, String) {
    match &mismatch.difference {
        Difference::VirtualAddresses(one, other) => (listed(one), listed(other)),
        _ => Default::default(),
    }
}

fn advise(name: GroupName, routers: (IpAddr, IpAddr)) -> Advice {
    Advice {
        meaning: "When the one router fails, the other does not take its address over: hosts and the peer lose their \
                  gateway. A crypto map tied to the group takes the address of its own router for the tunnel's end."
            .to_owned(),
        confirm: vec![
            advice::both_settings(name, routers),
            advice::commands("on both: does it complain of the other", &["show logging | include DIFFVIP|DUPADDR"]),
        ],
        remedy: vec![
            advice::words(
                "give each virtual address to one group, and the same addresses to all routers of a group, the \
                 secondary ones too",
            ),
            advice::after_gateway_change(name),
        ],
    }
}
