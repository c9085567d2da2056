//! A tunnel fails whenever one of the routers is active, and works with another one.

use std::net::IpAddr;

use crate::diagnose::advice::{self, Site};
use crate::diagnose::finding::{Advice, Evidence, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{believed, listed, note, tunnel_filter};
use crate::diagnose::reading::count;
use crate::diagnose::rule::{History, Meta, Rule};
use crate::diagnose::verdict::{Judgement, Reason, Verdict};
use crate::track::{GroupKey, Subject};

/// The rule.
pub(super) struct RouterNeverCarriesTunnel;

static META: Meta = Meta {
    name: "router-never-carries-tunnel",
    severity: Severity::Warning,
    text: include_str!("router_never_carries_tunnel.md"),
};

impl Rule for RouterNeverCarriesTunnel {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn tunnel(&self, history: &History<'_>, _options: &Options) -> Option<Finding> {
        let failed = history.judgements.iter().find(|judgement| is_failure(judgement))?;
        let (group, router) = (failed.outage.failover.group, failed.outage.failover.to);
        let turns = Turns::of(history, group, router)?;
        let tunnel = history.facts.tunnel;
        let summary = format!(
            "{} does not work whenever {router} is active ({}), and works with {} ({})",
            tunnel,
            count(turns.failed.len() as u64, "takeover"),
            listed(&turns.carriers),
            count(turns.worked.len() as u64, "time"),
        );
        let (confidence, reasons) = believed(&reasons(&turns));
        Some(Finding {
            rule: META.name,
            severity: META.severity,
            confidence,
            at: failed.outage.failover.at,
            subject: Some(Subject::Tunnel(tunnel)),
            summary,
            evidence: evidence(&turns),
            reasons,
            advice: advise(&Site::of(history.facts, group, router), &turns),
            filter: tunnel_filter(tunnel, group.name.protocol, failed.outage.failover.at),
        })
    }
}

/// When the tunnel failed with one router, and when it worked with others.
struct Turns<'a> {
    failed: Vec<&'a Judgement>,
    worked: Vec<&'a Judgement>,
    /// The routers it worked with.
    carriers: Vec<IpAddr>,
}

impl<'a> Turns<'a> {
    /// Those of a tunnel and a router, where they show a pattern: every takeover of that router failed, and it worked with
    /// another one right before or after.
    fn of(history: &History<'a>, group: GroupKey, router: IpAddr) -> Option<Self> {
        let mut turns = Self { failed: Vec::new(), worked: Vec::new(), carriers: Vec::new() };
        let of_group = |judgement: &&&Judgement| judgement.outage.failover.group == group;
        for &judgement in history.judgements.iter().filter(of_group) {
            let failover = &judgement.outage.failover;
            match (failover.to == router, is_failure(judgement), is_success(judgement)) {
                (true, true, _) => turns.failed.push(judgement),
                // It works with this one, or fails with another as well: then it is no fault of this one.
                (true, _, true) | (false, true, _) => return None,
                (false, _, true) => turns.worked.push(judgement),
                _ => {}
            }
            if failover.from == router && is_sent_by(judgement, router) {
                return None;
            }
        }
        let carriers = turns.worked.iter().map(|judgement| judgement.outage.failover.to);
        turns.carriers = carriers.collect();
        turns.carriers.sort_unstable();
        turns.carriers.dedup();
        turns.has_healed(router).then_some(turns)
    }
}

impl Turns<'_> {
    /// Whether the tunnel came back when another router took over from `router`, with which it had failed.
    fn has_healed(&self, router: IpAddr) -> bool {
        let first = self.failed.first().map(|judgement| judgement.outage.failover.at);
        self.worked
            .iter()
            .map(|judgement| judgement.outage.failover)
            .any(|failover| failover.from == router && first.is_some_and(|first| failover.at > first))
    }
}

/// Whether the tunnel did not come back.
fn is_failure(judgement: &Judgement) -> bool {
    judgement.verdict > Verdict::RecoveredLate
}

/// Whether it did.
fn is_success(judgement: &Judgement) -> bool {
    matches!(judgement.verdict, Verdict::Stateful | Verdict::Recovered | Verdict::RecoveredLate)
}

/// Whether a router sent ESP of the tunnel before it lost the role.
fn is_sent_by(judgement: &Judgement, router: IpAddr) -> bool {
    judgement.outage.before.outbound.as_ref().is_some_and(|flow| flow.router == Some(router))
}

/// What makes the pattern more or less sure.
fn reasons(turns: &Turns<'_>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let mut add = |factor: f64, text: String| reasons.push(Reason { text, factor });
    let (failed, worked) = (turns.failed.len(), turns.worked.len());
    match failed {
        1 => add(0.7, "it was seen once; two takeovers that fail make it a pattern".to_owned()),
        _ => add(
            1.0,
            format!("it failed at each of {failed} takeovers, and came back at {worked} of the others"),
        ),
    }
    let least = turns.failed.iter().map(|judgement| judgement.confidence).fold(1.0, f64::min);
    // That it heals with the other router bears out what each verdict alone was not sure of.
    if least < SURE {
        add(0.9, format!("the verdicts it rests on have confidences from {least:.2} on"));
    }
    reasons
}

fn evidence(turns: &Turns<'_>) -> Vec<Evidence> {
    let told = |judgement: &&Judgement| {
        let failover = &judgement.outage.failover;
        note(failover.at, format!("{} takes over: {}", failover.to, judgement.verdict))
    };
    let mut evidence: Vec<Evidence> = turns.failed.iter().chain(&turns.worked).map(told).collect();
    evidence.sort_by_key(|evidence| evidence.at);
    // The first failure is the primary one.
    let primary = turns.failed.first().map(|judgement| judgement.outage.failover.at);
    evidence.sort_by_key(|evidence| Some(evidence.at) != primary);
    evidence.truncate(SHOWN);
    evidence
}

fn advise(site: &Site, turns: &Turns<'_>) -> Advice {
    let (router, policy) = (site.router, site.policy());
    let other = listed(&turns.carriers);
    Advice {
        meaning: format!(
            "{router} was most likely never set up for this tunnel, or differs from {other}: no {policy} on its interface, \
             another access list, key or identity. Each switch to it is an outage, and each switch back mends it."
        ),
        confirm: vec![
            advice::check_map(*site),
            advice::commands_on(
                site.gateway,
                format!("on {router} and on {other}: compare"),
                &["show running-config | section crypto", "show ip access-lists"],
            ),
            advice::check_ike(*site),
            advice::check_gateway(*site),
        ],
        remedy: [
            advice::words(format!(
                "until it is mended, keep {router} from becoming active: a lower priority, and no preempt"
            )),
            advice::commands_on(
                site.gateway,
                format!("give {router} the same {policy}, access list, keys and identity as {other}"),
                &["interface INTERFACE", " crypto map NAME redundancy STANDBY-GROUP-NAME"],
            ),
        ]
        .into_iter()
        .chain(advice::remedies(*site))
        .collect(),
    }
}

/// From this confidence on a verdict is as good as sure.
const SURE: f64 = 0.9;
/// How many takeovers are shown as evidence.
const SHOWN: usize = 8;
