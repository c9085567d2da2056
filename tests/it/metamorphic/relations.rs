//! The relations: what may differ between two reports on one incident, and what must not.

use std::time::Duration;

use sagap::diagnose::Verdict;
use sagap::time::Timestamp;

use crate::common::frames::tag;
use crate::common::read::Owned;

use super::Case;
use super::company::among_others;
use super::losses::{filtered, have_ike, without_ike, without_some_esp};
use super::recording::Recording;
use super::renumbered::{address, renumbered};
use super::times::{cut, ring, shifted, shifts};
use super::told::{Failover, Told, Tunnel, is_fault, is_good};

/// All is the same, at other times.
pub(super) fn another_clock(recording: &Recording, told: &Told) -> Vec<Case> {
    let case = |by: i64| {
        let mut expected = told.clone();
        for failover in &mut expected.failovers {
            failover.time = Timestamp::from_nanos(failover.time.nanos() + by);
        }
        same(format!(" by {by} ns"), vec![shifted(&recording.frames, by)], expected)
    };
    shifts(recording).into_iter().map(case).collect()
}

/// All is the same, with other addresses.
pub(super) fn other_addresses(recording: &Recording, told: &Told) -> Vec<Case> {
    let mut expected = told.clone().with_tunnels(|tunnel| {
        (tunnel.local, tunnel.peer) = (address(tunnel.local), address(tunnel.peer));
    });
    for failover in &mut expected.failovers {
        (failover.from, failover.to) = (address(failover.from), address(failover.to));
    }
    vec![same(String::new(), vec![renumbered(&recording.frames)], expected)]
}

/// All is the same, and the groups are named for their VLAN.
pub(super) fn in_a_vlan(recording: &Recording, told: &Told) -> Vec<Case> {
    let mut expected = told.clone();
    for failover in &mut expected.failovers {
        failover.group = match failover.group.split_once("@vlan") {
            Some((name, inner)) => format!("{name}@vlan77.{inner}"),
            None => format!("{}@vlan77", failover.group),
        };
    }
    let tagged = recording.frames.iter().map(|frame| {
        let kind = u16::from_be_bytes([frame.bytes[12], frame.bytes[13]]);
        let tagged = [&frame.bytes[..12], &[0x81, 0], &tag(77, kind, &frame.bytes[14..])].concat();
        Owned { bytes: tagged, wire_len: frame.wire_len + 4, ..frame.clone() }
    });
    vec![same(String::new(), vec![tagged.collect()], expected)]
}

/// All is the same.
pub(super) fn among_other_traffic(recording: &Recording, told: &Told) -> Vec<Case> {
    vec![same(String::new(), vec![among_others(&recording.frames)], told.clone())]
}

/// All is the same.
pub(super) fn a_ring_of_files(recording: &Recording, told: &Told) -> Vec<Case> {
    let case = |files| same(format!(" of {files}"), ring(&recording.frames, files), told.clone());
    [2, 7].into_iter().map(case).collect()
}

/// All is the same, but for how sure it is.
pub(super) fn some_esp_lost(recording: &Recording, told: &Told) -> Vec<Case> {
    let case = |seed| {
        let expected = without_times_of_esp(told.clone());
        let captures = vec![without_some_esp(&recording.frames, seed)];
        Case {
            label: format!(", seed {seed}"),
            captures,
            faults: Box::new(move |told| differences(&expected, &without_times_of_esp(told.clone()))),
        }
    };
    (1..=4).map(case).collect()
}

/// What the first part of a capture shows holds for it, and what it does not show is not concluded:
///
/// * Failovers up to the cut are the same.
/// * A tunnel that was up again by the cut has its verdict.
/// * One that was not is `inconclusive` where less than 20 s remain, whatever is known of it later.
/// * From 20 s on, one that came up later is at fault as far as it was watched, or `inconclusive`.
/// * A fault stays that fault, since in these recordings each shows within 20 s, and is never surer than in the whole.
/// * Rules find nothing heavy that they do not find in the whole, but for what a tunnel that was not up by then is told.
pub(super) fn cut_off(recording: &Recording, told: &Told) -> Vec<Case> {
    let mut cases = Vec::new();
    for failover in &told.failovers {
        for seconds in [1, 5, 10, 19, 21, 30, 45] {
            let after = Duration::from_secs(seconds);
            let frames = cut(&recording.frames, failover.time, after);
            let end = frames.iter().map(|frame| frame.nanos).max().unwrap_or_default();
            if frames.len() == recording.frames.len() {
                continue;
            }
            let (whole, end) = (told.clone(), Timestamp::from_nanos(end));
            cases.push(Case {
                label: format!(" {seconds} s"),
                captures: vec![frames],
                faults: Box::new(move |told| cut_faults(&whole, told, end)),
            });
        }
    }
    cases
}

fn cut_faults(whole: &Told, told: &Told, end: Timestamp) -> Vec<String> {
    let shown: Vec<&Failover> = whole.failovers.iter().filter(|failover| failover.time <= end).collect();
    let bare = |failover: &Failover| Failover { tunnels: Vec::new(), ..failover.clone() };
    let (expected, seen): (Vec<_>, Vec<_>) =
        (shown.iter().map(|it| bare(it)).collect(), told.failovers.iter().map(bare).collect());
    if expected != seen {
        return vec![format!("failovers {seen:?}, not {expected:?}")];
    }
    let mut faults = Vec::new();
    let mut went_down = false;
    for (place, failover) in told.failovers.iter().enumerate() {
        let next = shown.get(place + 1).map(|next| next.time);
        let watched = next.unwrap_or(end).since(failover.time);
        for tunnel in &failover.tunnels {
            let Some(later) = tunnel_in(shown[place], tunnel) else {
                faults.push(format!("{tunnel:?} is not in the whole"));
                continue;
            };
            went_down |= is_good(later.verdict) && is_fault(tunnel.verdict);
            let fault = cut_tunnel(later, tunnel, watched, next.is_some());
            faults.extend(fault.map(|fault| format!("{fault}: {tunnel:?}, in the whole {later:?}")));
        }
    }
    let heavier = told.rules.difference(&whole.rules);
    faults.extend(heavier.filter(|_| !went_down).map(|rule| format!("{rule} is found")));
    faults
}

/// What is wrong with the verdict on a tunnel that was watched for so long, or until the next failover.
fn cut_tunnel(whole: &Tunnel, cut: &Tunnel, watched: Duration, to_the_end: bool) -> Option<&'static str> {
    let up = is_good(whole.verdict) && whole.resumed_after.is_some_and(|after| after <= watched);
    if to_the_end || up {
        let same = (cut.verdict, cut.confidence) == (whole.verdict, whole.confidence);
        return (!same).then_some("all of it was seen");
    }
    if is_good(cut.verdict) {
        return Some("it was not up by then");
    }
    if watched < MIN_OBSERVATION {
        return is_fault(cut.verdict).then_some("too little was seen");
    }
    if is_good(whole.verdict) {
        return None;
    }
    if cut.verdict != whole.verdict {
        return Some("it is another verdict");
    }
    (cut.confidence > whole.confidence).then_some("it is surer than in the whole")
}

/// A tunnel that came up stays so or is `inconclusive`, one at fault is less surely so, and nothing heavy is found that was
/// not.
pub(super) fn no_ike(recording: &Recording, told: &Told) -> Vec<Case> {
    if !have_ike(&recording.frames) {
        return Vec::new();
    }
    let case = |label: &str, frames: Vec<Owned>| {
        let whole = told.clone();
        let faults = Box::new(move |told: &Told| no_ike_faults(&whole, told));
        Case { label: label.to_owned(), captures: vec![frames], faults }
    };
    vec![case("", without_ike(&recording.frames)), case(", by a capture filter", filtered(&recording.frames))]
}

fn no_ike_faults(whole: &Told, told: &Told) -> Vec<String> {
    let mut faults = Vec::new();
    for (seen, whole) in told.failovers.iter().zip(&whole.failovers) {
        for tunnel in &seen.tunnels {
            let Some(before) = tunnel_in(whole, tunnel) else {
                faults.push(format!("{tunnel:?} is new"));
                continue;
            };
            let fault = without_ike_tunnel(before, tunnel);
            faults.extend(fault.map(|fault| format!("{fault}: {tunnel:?}, with IKE {before:?}")));
        }
    }
    if told.failovers.len() != whole.failovers.len() {
        faults.push(format!("{} failovers, not {}", told.failovers.len(), whole.failovers.len()));
    }
    if whole.failovers.iter().flat_map(|it| &it.tunnels).all(|tunnel| !is_fault(tunnel.verdict)) {
        faults.extend(told.rules.difference(&whole.rules).map(|rule| format!("{rule} is found")));
    }
    faults
}

fn without_ike_tunnel(with: &Tunnel, without: &Tunnel) -> Option<&'static str> {
    match (with.verdict, without.verdict) {
        (_, Verdict::Inconclusive | Verdict::Idle) => None,
        (before, now) if is_good(before) => match now {
            _ if before != now => Some("it did come up"),
            _ => (without.confidence > with.confidence).then_some("it is surer without IKE"),
        },
        (_, Verdict::NoNegotiation) => (without.confidence >= with.confidence)
            .then_some("it is as sure of the absence of what is left out"),
        (before, now) if is_fault(before) && is_fault(now) => {
            (without.confidence > with.confidence).then_some("it is surer without IKE")
        }
        _ => Some("it was not told before"),
    }
}

/// A case in which this must be told.
fn same(label: String, captures: Vec<Vec<Owned>>, expected: Told) -> Case {
    let plain = |told: Told| told.with_tunnels(|tunnel| tunnel.reasons.clear());
    let expected = plain(expected);
    Case { label, captures, faults: Box::new(move |told| differences(&expected, &plain(told.clone()))) }
}

fn differences(expected: &Told, told: &Told) -> Vec<String> {
    if expected == told { Vec::new() } else { vec![format!("{told:?}\n    not {expected:?}")] }
}

/// What is told without what hangs on single packets of ESP.
fn without_times_of_esp(told: Told) -> Told {
    told.without_confidence().with_tunnels(|tunnel| tunnel.resumed_after = None)
}

/// The same tunnel after another report's failover.
fn tunnel_in<'a>(failover: &'a Failover, tunnel: &Tunnel) -> Option<&'a Tunnel> {
    failover.tunnels.iter().find(|other| (other.local, other.peer) == (tunnel.local, tunnel.peer))
}

/// The default of `--min-observation`.
const MIN_OBSERVATION: Duration = Duration::from_secs(20);
