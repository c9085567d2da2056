//! Which finding explains which: what stands beside each other is often one fault and what follows from it.

use std::collections::BTreeMap;

use crate::track::{GroupKey, Subject, Tunnel, TunnelFacts};

use super::finding::Finding;

/// For each of `findings`, the place of the one among them that explains it, where one does. What explains a finding is
/// itself explained by none that it explains.
pub fn causes(findings: &[Finding], tunnels: &[TunnelFacts]) -> Vec<Option<usize>> {
    let mut places: BTreeMap<(&str, Subject), usize> = BTreeMap::new();
    for (place, finding) in findings.iter().enumerate().filter(|(_, it)| it.confidence >= LIKELY) {
        if let Some(subject) = finding.subject {
            places.entry((finding.rule, subject)).or_insert(place);
        }
    }
    let mut groups: BTreeMap<Tunnel, Vec<GroupKey>> = BTreeMap::new();
    for facts in tunnels {
        groups.entry(facts.tunnel).or_default().extend(&facts.groups);
    }
    let cause_of = |finding: &Finding| {
        let Some(Subject::Tunnel(tunnel)) = finding.subject else { return None };
        let of_group = || groups.get(&tunnel).into_iter().flatten().map(|&group| Subject::Group(group));
        CAUSES.iter().filter(|(_, effects)| effects.contains(&finding.rule)).find_map(|(cause, _)| {
            let mut subjects = std::iter::once(Subject::Tunnel(tunnel)).chain(of_group());
            subjects.find_map(|subject| places.get(&(*cause, subject)).copied())
        })
    };
    findings.iter().map(cause_of).collect()
}

/// Causes, the surest sign first, each with what it explains on the same tunnel, or on the tunnels of the same group.
const CAUSES: &[(&str, &[&str])] = &[
    (
        "gateway-split-brain",
        &[
            "failover-without-negotiation",
            "negotiation-unanswered",
            "negotiation-rejected",
            "child-sa-rejected",
            "esp-one-way",
            "esp-on-dead-spi",
            "recovery-late",
        ],
    ),
    (
        "cleartext-after-failover",
        &["failover-without-negotiation", "negotiation-unanswered", "esp-on-dead-spi"],
    ),
    ("inside-outside-split", &["failover-without-negotiation", "esp-one-way", "esp-on-dead-spi"]),
    (
        "endpoint-left-virtual-address",
        &[
            "negotiation-rejected",
            "negotiation-unanswered",
            "failover-without-negotiation",
            "esp-on-dead-spi",
        ],
    ),
    (
        "router-never-carries-tunnel",
        &[
            "failover-without-negotiation",
            "negotiation-unanswered",
            "negotiation-rejected",
            "child-sa-rejected",
            "esp-one-way",
            "esp-on-dead-spi",
        ],
    ),
    ("replay-after-failover", &["esp-one-way"]),
];
/// From this confidence on a finding explains others.
const LIKELY: f64 = 0.3;
