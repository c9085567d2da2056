//! What the captures cannot show, one sentence each.

use std::time::Duration;

use crate::capture::LinkType;
use crate::observe::{GroupName, Tally};
use crate::track::{Direction, Failover, GroupFacts, GroupKey, Overflow, TunnelFacts, Visibility};

use super::options::Options;
use super::phrase::listed;
use super::reading::{Reading, count, seconds};
use super::sides::one_sided;
use super::verdict::{Confirmation, Judgement, Verdict};

/// What a run knows when it asks for its limits.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Each capture's name as given, with what its frames held.
    pub captures: &'a [(&'a str, &'a Tally)],
    /// The gateway groups.
    pub groups: &'a [GroupFacts],
    /// The tunnels.
    pub tunnels: &'a [TunnelFacts],
    /// The failovers with their judgements.
    pub failovers: &'a [(Failover, Vec<Judgement>)],
    /// What the trackers left out because there was too much of it.
    pub overflow: Overflow,
    /// Failovers and outages that were not judged because there were too many.
    pub suppressed: u64,
}

/// What the captures cannot show, one sentence each: first what bears on the verdicts, then what was not read.
pub fn limits(seen: &Seen<'_>, options: &Options) -> Vec<String> {
    let mut limits = Vec::new();
    subject(seen, &mut limits);
    vantage(seen, options, &mut limits);
    end(seen, options, &mut limits);
    left_out(seen, &mut limits);
    for (name, tally) in seen.captures {
        unread(name, tally, &mut limits);
    }
    limits
}

/// Which of the protocols are missing altogether.
fn subject(seen: &Seen<'_>, limits: &mut Vec<String>) {
    let any = |count: fn(&Tally) -> u64| seen.captures.iter().any(|(_, tally)| count(tally) > 0);
    let is_cut = |layers: &[&str]| {
        seen.captures.iter().any(|(_, tally)| layers.iter().any(|&layer| tally.cut.contains_key(layer)))
    };
    let had = |layers: &[&str]| if is_cut(layers) { "could be read" } else { "was captured" };
    if seen.groups.is_empty() {
        let had = had(&GATEWAY_LAYERS);
        limits.push(format!("no message of a gateway protocol {had}, so failovers cannot be seen from here"));
    }
    if !any(|tally| tally.ike + tally.esp) {
        let had = had(&["ike", "esp"]);
        limits.push(format!("no IKE and no ESP {had}, so nothing can be said about tunnels"));
    } else if !any(|tally| tally.esp) {
        let had = had(&["esp"]);
        limits.push(format!("no ESP {had}, so whether traffic flows cannot be seen"));
    }
    let bound = seen.tunnels.iter().any(|tunnel| !tunnel.groups.is_empty());
    if !seen.groups.is_empty() && !seen.tunnels.is_empty() && !bound {
        limits.push("no tunnel ends at or passes through a gateway group that was seen".to_owned());
    }
}

/// What this place on the network cannot show.
fn vantage(seen: &Seen<'_>, options: &Options, limits: &mut Vec<String>) {
    let told = one_sided(seen.tunnels);
    for facts in seen.tunnels.iter().filter(|facts| !told.contains_key(&facts.segment)) {
        let (out, back) = facts.esp_packets;
        if (out == 0) != (back == 0) {
            let silent = if out == 0 { facts.tunnel.local } else { facts.tunnel.peer };
            limits.push(format!("of {} no ESP from {silent} was captured", facts.tunnel));
        }
    }
    let judged = seen.failovers.iter().flat_map(|(_, judgements)| judgements);
    let mut unanswered = judged.filter(|judgement| judgement.verdict == Verdict::NoNegotiation);
    if let Some(judgement) = unanswered.next() {
        let router = judgement.outage.failover.to;
        if judgement.outage.after.in_clear.is_none() {
            let known = if seen.overflow.in_clear == 0 {
                format!("no inside traffic was seen to leave {router} in clear")
            } else {
                format!("whether inside traffic left {router} in clear is not known")
            };
            limits.push(format!(
                "{known}: whether any reached it, without which a crypto map begins no negotiation, has to be looked at on \
                 the inside"
            ));
        }
        // Where the peer was not heard either, `one-sided-capture` says so.
        let outage = &judgement.outage;
        let is_heard = outage.coverage.router == Visibility::Shown || outage.after.invalid_spi.is_some();
        if !is_heard && !Reading::new(outage, options).demand_after().is_empty() {
            limits.push(format!(
                "nothing that {router} sent to one host was captured: make sure that its switch port is mirrored both \
                 ways, or its IKE and ESP could not be seen here"
            ));
        }
    }
}

/// How much was seen after the last failover, or of a failover that may have come after the end.
fn end(seen: &Seen<'_>, options: &Options, limits: &mut Vec<String>) {
    let last = seen.captures.iter().filter_map(|(_, tally)| tally.span).map(|(_, last)| last).max();
    let Some(end) = last else { return };
    if let Some((failover, judgements)) = seen.failovers.last() {
        let watched = end.since(failover.at.time);
        let after = confirmed_after(judgements, options);
        if watched < after {
            limits.push(format!(
                "only {} follow the last failover; absence is confirmed after {}",
                seconds(watched),
                seconds(after)
            ));
        }
        return;
    }
    for group in seen.groups.iter().filter(|group| group.key.name.forwarder == 0) {
        let active = group.routers.iter().find(|router| Some(router.address) == group.active);
        if let Some(router) = active {
            let after = seconds(end.since(router.last.time));
            limits.push(format!(
                "no failover of {} was seen; the capture ends {after} after the last message of its active router {}, \
                 and what came later is not shown",
                group.key, router.address
            ));
        }
    }
    for tunnel in seen.tunnels.iter().filter(|tunnel| !tunnel.groups.is_empty()) {
        // What a change of settings explains is told as a finding.
        let explained = |direction: Direction| direction == Direction::Outbound && !tunnel.stops.is_empty();
        for (direction, last) in tunnel.stopped.iter().filter(|(direction, _)| !explained(*direction)) {
            limits.push(format!(
                "why {direction} ESP of {} ended with frame {} is not shown: no failover was seen{}",
                tunnel.tunnel,
                last.frame,
                moved_forwarders(seen, tunnel)
            ));
        }
    }
}

/// When absence is confirmed for the last of the tunnels judged after one failover.
fn confirmed_after(judgements: &[Judgement], options: &Options) -> Duration {
    let unknown = options.confirm.unwrap_or(Confirmation::default().after);
    judgements.iter().map(|judgement| judgement.confirmation.after).max().unwrap_or(unknown)
}

/// The forwarders of a tunnel's GLBP groups that went to another router, which is no failover of their group.
fn moved_forwarders(seen: &Seen<'_>, tunnel: &TunnelFacts) -> String {
    let of_tunnel = |key: GroupKey| {
        let group = GroupName { forwarder: 0, ..key.name };
        tunnel.groups.contains(&GroupKey { name: group, ..key })
    };
    let moved = seen
        .groups
        .iter()
        .filter(|group| group.key.name.forwarder != 0 && group.failovers > 0 && of_tunnel(group.key));
    let moved: Vec<GroupKey> = moved.map(|group| group.key).collect();
    if moved.is_empty() {
        String::new()
    } else {
        format!(", but {} moved to another router, which is not judged", listed(moved))
    }
}

/// What was left out because there was too much of it.
fn left_out(seen: &Seen<'_>, limits: &mut Vec<String>) {
    let Overflow { groups, routers, tunnels, forgotten_tunnels, outages, sas, ike_sas, in_clear, spis } =
        seen.overflow;
    let counts = [
        (groups, "gateway messages", "of more groups than can be followed were left out"),
        (routers, "gateway messages", "of more routers than one group can have were left out"),
        (tunnels, "IKE messages and ESP slices", "of more tunnels than can be followed were left out"),
        (
            forgotten_tunnels,
            "tunnels",
            "of which one side alone was heard were forgotten, those silent longest first",
        ),
        (outages, "tunnels", "were not judged after a failover: there were too many at once"),
        (sas, "ESP SAs", "were forgotten, those silent longest first: there were too many at once"),
        (ike_sas, "IKE SAs", "were forgotten, those silent longest first: there were too many at once"),
        (
            in_clear,
            "sightings of traffic in clear",
            "were left out or tell nothing, since others were: there were too many",
        ),
        (spis, "ESP slices", "on more SPIs than are told apart after one failover were left out"),
        (seen.suppressed, "failovers and outages", "were not judged: there were too many"),
    ];
    for (number, noun, what) in counts.into_iter().filter(|(number, ..)| *number > 0) {
        limits.push(format!("{number} {noun} {what}"));
    }
}

/// What one capture holds that was not read.
fn unread(name: &str, tally: &Tally, limits: &mut Vec<String>) {
    let mut say = |text: String| limits.push(format!("{name}: {text}"));
    for ((what, why), incomplete) in &tally.reassembly.unfinished {
        let (number, first) = (what.counted(incomplete.count), incomplete.first);
        say(format!("{number} could not be put together, first in frame {first}: {why}"));
    }
    for (number, frames) in &tally.link_types {
        say(format!("{} of {}, which is not read", count(*frames, "frame"), LinkType(*number)));
    }
    for (kind, frames) in &tally.too_deep {
        say(format!("{} with {kind}, which are not read further", count(*frames, "frame")));
    }
}

/// The layers of the gateway protocols, as messages that could not be read name them.
const GATEWAY_LAYERS: [&str; 4] = ["hsrp", "vrrp", "glbp", "carp"];
