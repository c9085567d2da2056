//! A virtual address went to another MAC with a failover, and nobody told the neighbours.

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Evidence, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{because, note, of_group};
use crate::diagnose::reading::{count, seconds};
use crate::diagnose::rule::{Meta, Rule};
use crate::diagnose::verdict::Reason;
use crate::track::{GroupFacts, Move};

/// The rule.
pub(super) struct GratuitousArpMissing;

static META: Meta = Meta {
    name: "gratuitous-arp-missing",
    severity: Severity::Info,
    text: include_str!("gratuitous_arp_missing.md"),
};

impl Rule for GratuitousArpMissing {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn group(&self, group: &GroupFacts, options: &Options) -> Option<Finding> {
        let wait = options.announce_within;
        let is_late = |it: &&Move| {
            let in_time = it.announced.is_some_and(|at| at.time <= it.at.time.plus(wait));
            let is_watched = it.until.time.since(it.at.time) >= wait;
            let shows_neighbours = it.neighbours_before.or(it.neighbours_after).is_some();
            !in_time && is_watched && shows_neighbours
        };
        let late: Vec<&Move> = group.watched.moves.iter().filter(is_late).collect();
        let first = *late.first()?;
        let is_ipv4 = !group.key.name.protocol.is_ipv6();
        let what = if is_ipv4 { "gratuitous ARP" } else { "unsolicited neighbour advertisement" };
        let (old, new) = first.macs;
        let more = match late.len() {
            1 => String::new(),
            several => format!(", and after {} more", count(several as u64 - 1, "failover")),
        };
        let summary = format!(
            "no {what} for {} was seen within {} after {} took over, though its address went from {old} to {new}{more}",
            group.key,
            seconds(wait),
            first.routers.1
        );
        let advice = advise(group, first, is_ipv4);
        of_group(&META, group, summary, evidence(first, is_ipv4), &[reason(first, options)], advice)
    }
}

/// Would one have been captured.
fn reason(first: &Move, options: &Options) -> Reason {
    let end = first.at.time.plus(options.announce_within);
    match first.neighbours_after.filter(|at| at.time <= end) {
        Some(_) => because("others were captured in that time", 1.0),
        None => because("no other was captured in that time either, only before or after it", 0.7),
    }
}

fn evidence(first: &Move, is_ipv4: bool) -> Vec<Evidence> {
    let what = if is_ipv4 { "ARP" } else { "neighbour discovery" };
    let (_, to) = first.routers;
    let mut evidence = vec![note(first.at, format!("{to} took over; it speaks with MAC {}", first.macs.1))];
    let shown = first.neighbours_after.or(first.neighbours_before);
    evidence.extend(shown.map(|at| note(at, format!("{what} can be seen in this capture"))));
    evidence.extend(first.announced.map(|at| note(at, "the first announcement, too late".to_owned())));
    evidence
}

fn advise(group: &GroupFacts, first: &Move, is_ipv4: bool) -> Advice {
    let (old, new) = first.macs;
    let table = if is_ipv4 { "show ip arp ADDRESS" } else { "show ipv6 neighbors" };
    Advice {
        meaning: format!(
            "Neighbours that hold {old} for the virtual address go on sending to it, and so to {} or to nobody, until \
             their entry expires. What comes from the peer does not reach {}.",
            first.routers.0, first.routers.1
        ),
        confirm: vec![
            advice::commands(
                format!("on the neighbours, the provider's router above all: is the address at {new} now"),
                &[table],
            ),
            advice::ask_routers(
                format!("on {}: which MAC does it use for the group", first.routers.1),
                group.key.name,
            ),
        ],
        remedy: vec![
            advice::words(
                "clear the entry on the neighbours; then look whether the SAs come up by themselves",
            ),
            advice::words(
                "let the group use its virtual MAC (no `use-bia`; `use_vmac` of keepalived), the same version and group \
                 on all routers; or let it announce the address (`garp_master_delay`, `garp_master_refresh`)",
            ),
        ],
    }
}
