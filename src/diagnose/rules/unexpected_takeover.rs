//! A router that nobody had heard of took the active role from a living one.

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Evidence, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{because, note, of_group};
use crate::diagnose::reading::{count, seconds};
use crate::diagnose::rule::{Meta, Rule};
use crate::diagnose::verdict::Reason;
use crate::track::{Coups, GroupFacts, RouterFacts, Stranger};

/// The rule.
pub(super) struct UnexpectedTakeover;

static META: Meta = Meta {
    name: "unexpected-takeover",
    severity: Severity::Warning,
    text: include_str!("unexpected_takeover.md"),
};

impl Rule for UnexpectedTakeover {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn group(&self, group: &GroupFacts, options: &Options) -> Option<Finding> {
        let stranger = group.watched.strangers.first();
        let storm = group.watched.coups.filter(|coups| coups.count >= STORM);
        let (summary, reasons) = match (stranger, storm) {
            (Some(stranger), _) => (taken(group, stranger), doubts(group, stranger, options)),
            (None, Some(storm)) => {
                (stormed(group, &storm), vec![because("one Coup is enough for a takeover", 1.0)])
            }
            (None, None) => return None,
        };
        let evidence = evidence(&group.watched.strangers, storm.as_ref());
        let suspect = stranger.map(|it| it.router).or(storm.map(|it| it.router))?;
        let suspect = group.routers.iter().find(|router| router.address == suspect)?;
        let mut finding = of_group(&META, group, summary, evidence, &reasons, advise(group, suspect))?;
        // A router that comes back and preempts is everyday life where its priority is an ordinary one.
        if storm.is_none() && stranger.is_some_and(|stranger| stranger.priority != Some(HIGHEST)) {
            finding.severity = Severity::Info;
        }
        Some(finding)
    }
}

/// `192.0.2.66, not heard before, took hsrp/10 from 192.0.2.2, which was alive, by a Coup with priority 255`.
fn taken(group: &GroupFacts, stranger: &Stranger) -> String {
    let priority = stranger.priority.map_or_else(String::new, |priority| format!("priority {priority}"));
    let how =
        if stranger.coup.is_some() { format!("a Coup with {priority}") } else { format!("its {priority}") };
    let more = match group.watched.strangers.len() - 1 {
        0 => String::new(),
        others => format!(" (and {} more later)", count(others as u64, "such takeover")),
    };
    format!(
        "{}, not heard before, took {} from {}, which was alive, by {how}{more}",
        stranger.router, group.key, stranger.from
    )
}

fn stormed(group: &GroupFacts, storm: &Coups) -> String {
    let lasted = seconds(storm.last.time.since(storm.first.time));
    format!("{} sent {} Coups for {} in {lasted}", storm.router, storm.count, group.key)
}

/// What else the takeover could be.
fn doubts(group: &GroupFacts, stranger: &Stranger, options: &Options) -> Vec<Reason> {
    let watched = format!("the group was seen for {} before, without that router", seconds(stranger.watched));
    let share = stranger.watched.as_secs_f64() / options.window.as_secs_f64().max(f64::MIN_POSITIVE);
    let mut reasons = vec![because(watched, share.clamp(0.5, 1.0))];
    if stranger.priority != Some(HIGHEST) {
        let text = "a router that was away for so long and preempts when it returns looks the same";
        reasons.push(because(text, 0.5));
    }
    if group.key.name.protocol.has_silent_backups() {
        let text = "backups are silent in this protocol: the router may have been there unheard";
        reasons.push(because(text, 0.5));
    }
    if stranger.last == stranger.at {
        reasons.push(because("it was not heard again: one forged message would do the same", 0.5));
    }
    reasons
}

/// Each takeover with its Coup, then the first and the last Coup of many.
fn evidence(strangers: &[Stranger], storm: Option<&Coups>) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    for stranger in strangers.iter().take(TAKEOVERS) {
        let Stranger { router, from, at, coup, .. } = stranger;
        evidence.push(note(*at, format!("{router} is active in place of {from}")));
        evidence.extend(coup.map(|coup| note(coup, format!("Coup of {router}"))));
    }
    if let Some(Coups { router, first, last, count }) = storm {
        evidence.push(note(*first, format!("first of {count} Coups of {router}")));
        evidence.push(note(*last, "the last of them".to_owned()));
    }
    evidence
}

fn advise(group: &GroupFacts, suspect: &RouterFacts) -> Advice {
    let protocol = group.key.name.protocol.name();
    let router = suspect.address;
    let guard = match suspect.authentication.kind {
        "none" => "are not authenticated",
        "text" => "carry a password in clear, which anyone on the segment can read and repeat",
        _ => "carry authentication: whoever sent them knows the key, or it is not checked",
    };
    Advice {
        meaning: format!(
            "Its {protocol} messages {guard}. Whoever holds the active role gets all traffic for the virtual address. \
             Either {router} is a router that somebody added or brought back with preemption, or this is an attack."
        ),
        confirm: vec![
            advice::ask_routers(format!("on the known routers: who is {router} to them"), group.key.name),
            advice::commands(
                format!("on the switches: on which port is {router}, and who put it there"),
                &[&advice::neighbours_table(router), "show mac address-table address MAC"],
            ),
        ],
        remedy: vec![
            advice::words(format!(
                "find out whose {router} is; if nobody knows it, shut its switch port, and keep the capture"
            )),
            advice::words(format!(
                "accept {protocol} from the known routers only (an access list on the routers and on the access ports), \
                 and authenticate it with MD5 or better where the protocol has that"
            )),
            advice::words(
                "clear the SAs on the primary once the right router is active, and on the peer too",
            ),
        ],
    }
}

/// The highest priority.
const HIGHEST: u32 = 255;
/// How many Coups in quick succession are more than a takeover needs.
const STORM: u64 = 5;
/// How many takeovers are shown as evidence.
const TAKEOVERS: usize = 3;
