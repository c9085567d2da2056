//! What is known now, as metrics.

use std::collections::BTreeMap;

use crate::diagnose::{Finding, Severity};
use crate::report::{CaptureMetrics, GroupMetrics, Metrics};
use crate::run::View;
use crate::track::{GroupFacts, RouterFacts, Subject, TunnelFacts};

/// What is known now, but for what is counted elsewhere.
///
/// The files of a ring count together, under its name.
pub(super) fn of(
    view: &View<'_>,
    ring: Option<&str>,
    groups: &[GroupFacts],
    tunnels: &[TunnelFacts],
    findings: &[Finding],
) -> Metrics {
    let mut severities: BTreeMap<Severity, u64> = BTreeMap::new();
    for finding in findings {
        *severities.entry(finding.severity).or_default() += 1;
    }
    Metrics {
        captures: captures(view, ring),
        groups: groups.iter().map(group).collect(),
        tunnels: tunnels.iter().map(|it| (Subject::Tunnel(it.tunnel).to_string(), is_up(it))).collect(),
        findings: severities,
        ..Metrics::default()
    }
}

fn captures(view: &View<'_>, ring: Option<&str>) -> Vec<CaptureMetrics> {
    let of = |id| {
        let (facts, tally) = (view.captures().facts(id)?, view.tally(id)?);
        Some(CaptureMetrics {
            name: ring.map_or_else(|| facts.name.clone(), str::to_owned),
            frames: tally.frames,
            bytes: tally.bytes,
            // An interface always says.
            kernel_drops: facts.missing_frames().or(facts.is_unfiltered.then_some(0)),
            last_frame: tally.span.map(|(_, last)| last),
        })
    };
    view.captures().ids().filter_map(of).collect()
}

fn group(facts: &GroupFacts) -> GroupMetrics {
    GroupMetrics {
        name: Subject::Group(facts.key).to_string(),
        active: facts.active.filter(|_| is_heard(facts)),
        routers: facts.routers.len() as u64,
        failovers: facts.failovers,
    }
}

/// Whether the active router of a group was heard within its hold time.
pub(super) fn is_heard(facts: &GroupFacts) -> bool {
    let silent = |router: &RouterFacts| Some(router.address) == facts.active && router.silent_since.is_some();
    !facts.routers.iter().any(silent)
}

/// Whether a tunnel carries ESP, in each direction in which it ever did.
pub(super) fn is_up(facts: &TunnelFacts) -> bool {
    let (out, back) = facts.esp_packets;
    out + back > 0 && facts.stopped.is_empty()
}
