//! One incident seen from other places: each gives the verdict of the whole segment, or is less sure, or says that it
//! cannot tell; and all of them together tell what the whole segment does.

use std::path::Path;
use std::time::Duration;

use sagap::diagnose::Verdict;
use sagap::report::Report;
use sagap::time::Timestamp;

use crate::common::shared;

use super::recording::{names_in, report_on};
use super::told::{Failover, Told, Tunnel, is_good};

/// The whole outside segment.
const WHOLE: &str = "outside.pcapng";
/// What shows a part of it: the routers' switch ports, the far end, and the segment behind the routers.
const PARTS: [&str; 4] = ["r1-outside.pcap", "r2-outside.pcap", "peer-wan.pcap", "inside.pcap"];

/// Rules about tunnels. Where a capture shows no failover, none of them weighs more than `info`.
const TUNNEL_RULES: &[&str] = &[
    "failover-without-negotiation",
    "negotiation-unanswered",
    "negotiation-rejected",
    "child-sa-rejected",
    "recovery-late",
    "esp-on-dead-spi",
    "esp-one-way",
    "esp-stopped-after-config-change",
    "endpoint-left-virtual-address",
    "cleartext-after-failover",
    "replay-after-failover",
    "router-never-carries-tunnel",
];

/// The rule that needs the inside and the outside together.
const SPLIT: &str = "inside-outside-split";

#[test]
fn every_place_tells_the_same_or_less() {
    let Some(lab) = shared("captures/lab") else { return };
    let mut faults = Vec::new();
    for name in names_in(&lab) {
        let folder = lab.join(&name);
        let whole = Told::of(&report(&folder, &[WHOLE]));
        for part in PARTS {
            let seen = report(&folder, &[part]);
            let found = part_faults(&whole, &Told::of(&seen), &seen.limits);
            faults.extend(found.into_iter().map(|fault| format!("{name}, {part}: {fault}")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn all_places_together_tell_what_the_whole_segment_does() {
    let Some(lab) = shared("captures/lab") else { return };
    let mut faults = Vec::new();
    for name in names_in(&lab) {
        let folder = lab.join(&name);
        let (whole, inside) = (report(&folder, &[WHOLE]), report(&folder, &["inside.pcap"]));
        let all = report(&folder, &[&[WHOLE][..], &PARTS].concat());
        let found = together_faults(&Told::of(&whole), &Told::of(&inside), &Told::of(&all));
        faults.extend(found.into_iter().map(|fault| format!("{name}: {fault}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn report(folder: &Path, files: &[&str]) -> Report {
    let paths: Vec<_> = files.iter().map(|file| folder.join(file)).collect();
    report_on(&paths)
}

/// What is wrong with what a part tells, beside the whole.
fn part_faults(whole: &Told, part: &Told, limits: &[String]) -> Vec<String> {
    let mut faults = Vec::new();
    if part.failovers.is_empty() {
        if !limits.iter().any(|limit| limit.contains("failover")) {
            faults.push(format!("it does not say that no failover was seen: {limits:?}"));
        }
        let on_tunnels = part.rules.iter().filter(|rule| TUNNEL_RULES.contains(rule));
        let by_itself = on_tunnels.filter(|rule| !whole.failovers.is_empty() || !whole.rules.contains(*rule));
        faults.extend(by_itself.map(|rule| format!("{rule} is found without a failover")));
    }
    for failover in &part.failovers {
        let Some(known) = counterpart(whole, failover) else {
            // The group of the inside has no tunnel.
            if !failover.tunnels.is_empty() {
                faults.push(format!("{failover:?} is not in the whole"));
            }
            continue;
        };
        for tunnel in &failover.tunnels {
            let Some(told) = known.tunnels.iter().find(|other| other.peer == tunnel.peer) else {
                faults.push(format!("{tunnel:?} is not in the whole"));
                continue;
            };
            faults.extend(
                tunnel_fault(told, tunnel).map(|fault| format!("{fault}: {tunnel:?}, in the whole {told:?}")),
            );
        }
    }
    let heavier = part.rules.difference(&whole.rules).filter(|rule| TUNNEL_RULES.contains(rule));
    faults.extend(heavier.map(|rule| format!("{rule} is found, and not in the whole")));
    faults
}

fn tunnel_fault(whole: &Tunnel, part: &Tunnel) -> Option<&'static str> {
    match part.verdict {
        // Its reason is its first.
        Verdict::Inconclusive => part.reasons.is_empty().then_some("it does not say why"),
        verdict if verdict == whole.verdict => {
            (part.confidence > whole.confidence + ROUNDING).then_some("it is surer than the whole")
        }
        verdict if is_good(verdict) && is_good(whole.verdict) => {
            (part.confidence >= whole.confidence).then_some("it is as sure as the whole")
        }
        _ => Some("it tells another verdict"),
    }
}

/// What is wrong with what all captures tell together.
fn together_faults(whole: &Told, inside: &Told, all: &Told) -> Vec<String> {
    let mut faults = Vec::new();
    for failover in &whole.failovers {
        let same = all.failovers.iter().find(|it| it.group == failover.group && near(it.time, failover.time));
        let bare = |failover: &Failover| {
            let verdicts: Vec<_> =
                failover.tunnels.iter().map(|it| (it.local, it.peer, it.verdict)).collect();
            (failover.from, failover.to, failover.cause.clone(), verdicts)
        };
        if same.map(bare) != Some(bare(failover)) {
            faults.push(format!("{failover:?} alone, {same:?} together"));
        }
    }
    let failovers = whole.failovers.len() + inside.failovers.len();
    if all.failovers.len() != failovers {
        faults.push(format!("{} failovers, not {failovers}", all.failovers.len()));
    }
    faults.extend(whole.rules.difference(&all.rules).map(|rule| format!("{rule} is not found any more")));
    let known =
        |rule: &&&str| whole.rules.contains(**rule) || inside.rules.contains(**rule) || **rule == SPLIT;
    faults.extend(all.rules.iter().filter(|rule| !known(rule)).map(|rule| format!("{rule} is found")));
    faults
}

/// The failover of the whole that a part shows, which may show it later: one in which a router died shows nothing before
/// that is back.
fn counterpart<'a>(whole: &'a Told, part: &Failover) -> Option<&'a Failover> {
    let end = part.time.plus(NEAR);
    let same = |it: &&Failover| (&it.group, it.from, it.to) == (&part.group, part.from, part.to);
    whole.failovers.iter().filter(same).rfind(|it| it.time <= end)
}

fn near(a: Timestamp, b: Timestamp) -> bool {
    a.since(b).max(b.since(a)) <= NEAR
}

const NEAR: Duration = Duration::from_secs(1);
/// By how much confidence may differ because captures of one incident do not end with the same frame.
const ROUNDING: i64 = 1;
