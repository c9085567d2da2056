//! A tunnel's end left the virtual address: a router sends from its own address instead.

use crate::diagnose::advice::{self, Site};
use crate::diagnose::finding::{Advice, Evidence, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{believed, note, tunnel_filter};
use crate::diagnose::reading::seconds;
use crate::diagnose::rule::{History, Meta, Rule};
use crate::diagnose::verdict::Reason;
use crate::track::{LeftVirtualAddress, Negotiation, Outcome, Subject};

/// The rule.
pub(super) struct EndpointLeftVirtualAddress;

static META: Meta = Meta {
    name: "endpoint-left-virtual-address",
    severity: Severity::Warning,
    text: include_str!("endpoint_left_virtual_address.md"),
};

impl Rule for EndpointLeftVirtualAddress {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn tunnel(&self, history: &History<'_>, options: &Options) -> Option<Finding> {
        let left = history.facts.left?;
        // Where the virtual address goes on, the other one is beside it and not instead of it.
        if left.returned.is_some_and(|at| at.time.since(left.at.time) <= options.settle) {
            return None;
        }
        let tunnel = history.facts.tunnel;
        let works = if left.works { ", and the tunnel works from there" } else { "" };
        let summary = format!(
            "{} sends to {} from its own address since frame {}, and no longer from {}, where the tunnel ended{works}",
            left.router, tunnel.peer, left.at.frame, tunnel.local
        );
        let attempts = attempts(history, left);
        let (confidence, reasons) = believed(&reasons(left));
        Some(Finding {
            rule: META.name,
            severity: if left.works { Severity::Info } else { META.severity },
            confidence,
            at: left.at,
            subject: Some(Subject::Tunnel(tunnel)),
            summary,
            evidence: evidence(left, &attempts),
            reasons,
            advice: advise(&Site::of(history.facts, left.group, left.router)),
            filter: tunnel_filter(tunnel, left.group.name.protocol, left.last),
        })
    }
}

/// What was negotiated from the router's own address, as far as a failover made it part of a verdict.
fn attempts<'a>(history: &History<'a>, left: LeftVirtualAddress) -> Vec<&'a Negotiation> {
    let all = history.judgements.iter().flat_map(|judgement| &judgement.outage.after.negotiations);
    let ends = |it: &&Negotiation| [it.initiator, it.responder].contains(&left.router);
    let mut attempts: Vec<&Negotiation> = all.filter(ends).collect();
    attempts.dedup_by_key(|negotiation| negotiation.id);
    attempts
}

fn reasons(left: LeftVirtualAddress) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let mut add = |factor: f64, text: String| reasons.push(Reason { text, factor });
    let pause = seconds(left.at.time.since(left.last.time));
    add(1.0, format!("the virtual address was last heard {pause} before (frame {})", left.last.frame));
    if left.works {
        add(1.0, "ESP flows both ways with the router's own address".to_owned());
    } else if left.answered {
        add(1.0, "the peer answers there, so that the router does send from it".to_owned());
    } else {
        add(
            0.7,
            "the peer was not heard to answer there: anyone on the segment can send from that address"
                .to_owned(),
        );
    }
    if let Some(back) = left.returned {
        add(0.8, format!("the virtual address is in use again later (frame {})", back.frame));
    }
    reasons
}

fn evidence(left: LeftVirtualAddress, attempts: &[&Negotiation]) -> Vec<Evidence> {
    let mut evidence = vec![
        note(left.at, format!("first packet to the peer from {}", left.router)),
        note(left.last, "last packet to the peer from the virtual address before that".to_owned()),
    ];
    for attempt in attempts.iter().take(ATTEMPTS) {
        evidence.push(note(attempt.started, attempt.to_string()));
        if let Outcome::Refused(refusal) = attempt.outcome {
            evidence.push(note(refusal.at, format!("refused: {refusal}")));
        }
    }
    evidence.extend(left.returned.map(|at| note(at, "the virtual address again".to_owned())));
    evidence
}

fn advise(site: &Site) -> Advice {
    let (router, peer, policy) = (site.router, site.tunnel.peer, site.policy());
    let address = site.tunnel.local;
    let bind = if site.is_hsrp() {
        advice::commands(
            format!(
                "on {router}: apply the {policy} again, tied to the standby group (this cuts all tunnels of that interface)"
            ),
            &["interface INTERFACE", " no crypto map NAME", " crypto map NAME redundancy STANDBY-GROUP-NAME"],
        )
    } else {
        advice::words(format!("on {router}: make {address} the local address and identity of the tunnel"))
    };
    Advice {
        meaning: format!(
            "{peer} knows this tunnel by {address}, and {router} asks from another address: most likely the {policy} was \
             applied without being tied to the group, or the virtual address or the group's name that it was tied to was \
             deleted. {peer} refuses it, does not answer, or sets up a second tunnel beside the old one."
        ),
        confirm: vec![
            advice::commands_on(
                site.gateway,
                format!(
                    "on {router}: is the {policy} tied to the group, and has the group its name and address"
                ),
                &["show crypto map | include Redundancy|Crypto Map", "show standby"],
            ),
            advice::check_ike(*site),
            advice::check_gateway(*site),
        ],
        remedy: vec![
            bind,
            advice::clear_sas(*site),
            advice::clear_on_peer(*site),
            advice::verify(*site),
            advice::prevent(*site),
        ],
    }
}

/// How many negotiations are shown as evidence.
const ATTEMPTS: usize = 4;
