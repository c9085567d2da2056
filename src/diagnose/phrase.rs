//! What rules put together in the same way: a finding from a judgement, and one on a gateway group.

use std::fmt::Display;

use crate::observe::{At, GatewayProtocol};
use crate::track::{Change, Failover, GroupFacts, Negotiation, Outage, Outcome, Subject, Tunnel};

use super::finding::{Advice, Evidence, Finding};
use super::rule::Meta;
use super::verdict::{Judgement, Reason};

/// A finding on the outage of `judgement`, with its failover as the primary frame.
pub(super) fn finding(
    meta: &'static Meta,
    judgement: &Judgement,
    summary: String,
    advice: Advice,
) -> Finding {
    let outage = &judgement.outage;
    Finding {
        rule: meta.name,
        severity: meta.severity,
        confidence: judgement.confidence,
        at: outage.failover.at,
        subject: Some(Subject::Tunnel(outage.tunnel)),
        summary,
        evidence: evidence(outage),
        reasons: judgement.reasons.iter().map(reason).collect(),
        advice,
        filter: filter(outage),
    }
}

/// A finding on a gateway group, with the first frame of `evidence` as the primary one; none without a frame. Its
/// confidence is the product of the factors of its reasons.
pub(super) fn of_group(
    meta: &'static Meta,
    group: &GroupFacts,
    summary: String,
    evidence: Vec<Evidence>,
    reasons: &[Reason],
    advice: Advice,
) -> Option<Finding> {
    let at = evidence.first()?.at;
    let from = evidence.iter().map(|evidence| evidence.at).filter(|it| it.capture == at.capture).min()?;
    let protocol = group.key.name.protocol;
    let neighbours = if protocol.is_ipv6() { "icmpv6.type == 136" } else { "arp" };
    let (confidence, reasons) = believed(reasons);
    Some(Finding {
        rule: meta.name,
        severity: meta.severity,
        confidence,
        at,
        subject: Some(Subject::Group(group.key)),
        summary,
        evidence,
        reasons,
        advice,
        filter: format!("frame.number >= {} && ({} || {neighbours})", from.frame, protocol.display_filter()),
    })
}

/// A reason that lowers the confidence, or with factor 1 one that does not.
pub(super) fn because(text: impl Into<String>, factor: f64) -> Reason {
    Reason { text: text.into(), factor }
}

/// `192.0.2.3 took over hsrp/10 from 192.0.2.2 (hold-expiry)`.
pub(super) fn takeover(failover: &Failover) -> String {
    format!("{} took over {} from {} ({})", failover.to, failover.group, failover.from, failover.cause)
}

/// `virtual-address 192.0.2.1 to 192.0.2.100`: what a change of settings is, the settings after each other.
pub(super) fn settings(change: &Change) -> String {
    let settings: Vec<String> = change.settings.iter().map(ToString::to_string).collect();
    settings.join(", ")
}

/// `192.0.2.2`, `192.0.2.2 and 192.0.2.4`.
pub(super) fn listed<T: Display>(things: impl IntoIterator<Item = T>) -> String {
    let things: Vec<String> = things.into_iter().map(|thing| thing.to_string()).collect();
    things.join(" and ")
}

/// The verdict's first reason, behind the failover it follows.
pub(super) fn after_takeover(judgement: &Judgement) -> String {
    let what = judgement.reasons.first().map(|reason| reason.text.as_str()).unwrap_or_default();
    format!("after {}, {what}", takeover(&judgement.outage.failover))
}

/// The frames every tunnel finding rests on: the failover first, then what was before and after it.
fn evidence(outage: &Outage) -> Vec<Evidence> {
    let mut evidence = vec![note(outage.failover.at, takeover(&outage.failover))];
    for (flow, whose) in [(&outage.before.outbound, "to"), (&outage.before.inbound, "from")] {
        if let Some(flow) = flow {
            evidence.push(note(
                flow.last,
                format!("last ESP {whose} the peer before the failover, SPI {:08x}", flow.spi),
            ));
        }
    }
    if let Some(seen) = outage.after.inbound.first() {
        evidence.push(note(seen.first, format!("first ESP from the peer afterwards, SPI {:08x}", seen.spi)));
    }
    if let Some(seen) = outage.after.outbound.first() {
        evidence.push(note(seen.first, format!("first ESP to the peer afterwards, SPI {:08x}", seen.spi)));
    }
    for negotiation in outage.after.negotiations.iter().take(NEGOTIATIONS) {
        evidence.push(note(negotiation.started, format!("{negotiation}")));
        if negotiation.last != negotiation.started {
            evidence.push(note(negotiation.last, last_message(negotiation)));
        }
    }
    if let Some((_, first)) = outage.after.peer_informational {
        evidence.push(note(first, "first IKE informational message from the peer afterwards".to_owned()));
    }
    if let Some((_, first)) = outage.after.invalid_spi {
        evidence.push(note(first, "first notice of an unknown SPI".to_owned()));
    }
    if let Some((_, first)) = outage.after.fragments_lost {
        evidence.push(note(first, "first ICMP error about fragments that never arrived".to_owned()));
    }
    if let Some((_, first)) = outage.after.unreachable {
        evidence.push(note(first, "first ICMP unreachable error".to_owned()));
    }
    // The failover first, then as it happened.
    if let Some((_, later)) = evidence.split_first_mut() {
        later.sort_by_key(|evidence| evidence.at);
    }
    evidence
}

/// What the last message of a negotiation is.
fn last_message(negotiation: &Negotiation) -> String {
    match (negotiation.outcome, negotiation.waiting) {
        (Outcome::Completed(_), _) => format!("{} completes it", negotiation.stage),
        (Outcome::Refused(refusal), _) => format!("refused: {refusal}"),
        (Outcome::Redirected(_), _) => "sent to another gateway".to_owned(),
        (Outcome::Pending, Some(waiting)) if waiting.times > 1 => {
            format!("{} sent {} times, here for the last time", negotiation.stage, waiting.times)
        }
        (Outcome::Pending, Some(_)) => format!("{} waits for an answer", negotiation.stage),
        (Outcome::Pending, None) => format!("{} is answered", negotiation.stage),
    }
}

/// A frame and what it shows.
pub(super) const fn note(at: At, note: String) -> Evidence {
    Evidence { at, note }
}

/// The confidence that these reasons leave, and how they are told.
pub(super) fn believed(reasons: &[Reason]) -> (f64, Vec<String>) {
    let confidence = reasons.iter().map(|reason| reason.factor).product::<f64>().clamp(0.0, 1.0);
    (confidence, reasons.iter().map(reason).collect())
}

/// Adds reasons of a rule's own to a finding, which lower its confidence.
pub(super) fn doubted(finding: &mut Finding, reasons: &[Reason]) {
    let (factor, told) = believed(reasons);
    finding.confidence *= factor;
    finding.reasons.extend(told);
}

/// A reason with its factor, where it has one.
fn reason(reason: &Reason) -> String {
    if reason.factor < 1.0 {
        format!("{} (x {:.2})", reason.text, reason.factor)
    } else {
        reason.text.clone()
    }
}

/// The gateway messages and the tunnel's packets from the last ESP before the failover on.
fn filter(outage: &Outage) -> String {
    let from = outage.last_good_before().map_or(outage.failover.at, |last| last.min(outage.failover.at));
    tunnel_filter(outage.tunnel, outage.failover.group.name.protocol, from)
}

/// The messages of a gateway protocol from here on.
pub(super) fn gateway_filter(protocol: GatewayProtocol, from: At) -> String {
    format!("frame.number >= {} && {}", from.frame, protocol.display_filter())
}

/// The messages of a gateway protocol and a tunnel's packets from here on.
pub(super) fn tunnel_filter(tunnel: Tunnel, protocol: GatewayProtocol, from: At) -> String {
    let peer = tunnel.peer;
    let address = if peer.is_ipv4() { "ip.addr" } else { "ipv6.addr" };
    format!(
        "frame.number >= {} && ({} || arp || ({address} == {peer} && (isakmp || esp || icmp || icmpv6)))",
        from.frame,
        protocol.display_filter()
    )
}

/// How many negotiations are shown as evidence.
const NEGOTIATIONS: usize = 4;
