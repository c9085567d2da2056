//! What a tunnel should carry left the gateway in clear.

use std::net::IpAddr;
use std::time::Duration;

use crate::diagnose::advice::{self, Site};
use crate::diagnose::finding::{Evidence, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{because, believed, note, settings, takeover};
use crate::diagnose::reading::{count, seconds};
use crate::diagnose::rule::{Meta, Rule};
use crate::diagnose::verdict::Reason;
use crate::track::{ClearFlow, Leak, Subject, Trigger, TunnelFacts};

/// The rule.
pub(super) struct CleartextAfterFailover;

static META: Meta = Meta {
    name: "cleartext-after-failover",
    severity: Severity::Critical,
    text: include_str!("cleartext_after_failover.md"),
};

impl Rule for CleartextAfterFailover {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn leaked(&self, leak: &Leak, tunnel: &TunnelFacts, options: &Options) -> Option<Finding> {
        if leak.packets < options.clear_packets && leak.conversations < options.clear_flows {
            return None;
        }
        let first = leak.flows.first()?;
        let (confidence, reasons) = believed(&reasons(leak, first));
        let subject = match leak.tunnels.as_slice() {
            [only] => Subject::Tunnel(only.tunnel),
            _ => Subject::Group(leak.group),
        };
        Some(Finding {
            rule: META.name,
            severity: META.severity,
            confidence,
            at: first.first,
            subject: Some(subject),
            summary: summary(leak, first),
            evidence: evidence(leak),
            reasons,
            advice: advice::of_leak(leak, first, Site::of(tunnel, leak.group, leak.router)),
            filter: filter(leak, first),
        })
    }
}

fn summary(leak: &Leak, first: &ClearFlow) -> String {
    let more = match leak.conversations.saturating_sub(1) {
        0 => String::new(),
        more => format!(", and {}", count(more, "more conversation")),
    };
    format!(
        "after {}, {} sent traffic in clear that a tunnel should have carried: at least {} from {first}{more}",
        trigger(leak),
        leak.router,
        count(leak.packets, "packet"),
    )
}

/// What happened before.
fn trigger(leak: &Leak) -> String {
    match &leak.trigger {
        Trigger::Failover(failover) => takeover(failover),
        Trigger::Change(change) => {
            format!("{} changed its settings of {} ({})", leak.router, leak.group, settings(change))
        }
    }
}

/// How sure it is, and why.
fn reasons(leak: &Leak, first: &ClearFlow) -> Vec<Reason> {
    let before = seconds(leak.seen_before);
    let to = if first.is_private { format!(" to the network of {}", first.dst) } else { String::new() };
    let mut reasons = vec![because(format!("nothing had gone in clear{to} before, in {before}"), 1.0)];
    if !first.is_private {
        reasons.push(because("the addresses are public: it may be meant to leave in clear", 0.5));
    }
    if let Some(other) = leak.other_clear {
        let text = format!(
            "other traffic between private addresses had left in clear before (frame {}): this may be meant to as well",
            other.frame
        );
        reasons.push(because(text, 0.5));
    }
    if leak.seen_before < KNOWN {
        reasons.push(because(format!("only {before} were seen before the tunnel fell silent"), 0.7));
    }
    if leak.packets < MANY {
        reasons.push(because(format!("only {} left in clear", count(leak.packets, "packet")), 0.8));
    }
    reasons
}

fn evidence(leak: &Leak) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    for flow in &leak.flows {
        let packets = count(flow.packets, "packet");
        let text = format!("{flow} in clear through {}, the first of at least {packets}", flow.macs.1);
        evidence.push(note(flow.first, text));
        if flow.last != flow.first {
            evidence.push(note(flow.last, "the last of them".to_owned()));
        }
    }
    evidence.push(note(leak.trigger.at(), trigger(leak)));
    for silent in leak.tunnels.iter().take(TUNNELS) {
        let (tunnel, peer) = (silent.tunnel, silent.tunnel.peer);
        evidence.push(note(silent.last, format!("last ESP of {tunnel} to {peer} before")));
        if let Some(resumed) = silent.resumed {
            evidence.push(note(resumed, format!("first ESP of {tunnel} to {peer} afterwards")));
        }
    }
    evidence
}

/// What the router sends to the same addresses without ESP.
fn filter(leak: &Leak, first: &ClearFlow) -> String {
    let to = |flow: &ClearFlow| match flow.dst {
        IpAddr::V4(dst) => format!("ip.dst == {dst}"),
        IpAddr::V6(dst) => format!("ipv6.dst == {dst}"),
    };
    let mut addresses: Vec<String> = leak.flows.iter().map(to).collect();
    addresses.sort_unstable();
    addresses.dedup();
    let (frame, mac) = (first.first.frame, first.macs.0);
    format!("frame.number >= {frame} && eth.src == {mac} && ({})", addresses.join(" || "))
}

/// What was seen for less than this may not have shown all that leaves in clear.
const KNOWN: Duration = Duration::from_secs(10);
/// Fewer packets than this may be stray ones, or forged.
const MANY: u64 = 10;
/// Of how many tunnels the frames are shown.
const TUNNELS: usize = 4;
