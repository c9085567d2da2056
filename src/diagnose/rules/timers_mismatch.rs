//! The routers of one group have different timers.

use std::net::IpAddr;

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Finding, Severity};
use crate::diagnose::mismatch::{Lasting, and_more, discards, lasting};
use crate::diagnose::options::Options;
use crate::diagnose::reading::seconds;
use crate::diagnose::rule::{Meta, Rule};
use crate::track::{Difference, GroupFacts, HelloTimers, Mismatch};

/// The rule.
pub(super) struct TimersMismatch;

static META: Meta =
    Meta { name: "timers-mismatch", severity: Severity::Warning, text: include_str!("timers_mismatch.md") };

impl Rule for TimersMismatch {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn group(&self, group: &GroupFacts, options: &Options) -> Option<Finding> {
        let pairs = lasting(group, options, |difference| matches!(difference, Difference::Timers(..)));
        let is_fault = |pair: &&Lasting<'_>| fault(group, pair.told).is_some();
        let worst = pairs.iter().find(is_fault).or_else(|| pairs.first())?;
        let severity = if is_fault(&worst) { META.severity } else { Severity::Info };
        let summary = summary(group, worst, pairs.len() - 1)?;
        Some(worst.finding(&META, severity, (summary, says), advise(group, worst)))
    }
}

/// Why timers are more than unequal.
#[derive(Clone, Copy)]
enum Fault {
    /// Each discards the other's messages.
    Discarded,
    /// This router gives up before the other one has said three hellos.
    GivesUp(IpAddr),
}

fn fault(group: &GroupFacts, told: &Mismatch) -> Option<Fault> {
    let Difference::Timers(its, others) = told.difference else { return None };
    let (one, other) = told.routers;
    let short = |waits: HelloTimers, says: HelloTimers| waits.hold.is_some_and(|hold| hold < says.hello * 3);
    if discards(group, told) {
        Some(Fault::Discarded)
    } else if short(its, others) {
        Some(Fault::GivesUp(one))
    } else {
        short(others, its).then_some(Fault::GivesUp(other))
    }
}

fn summary(group: &GroupFacts, worst: &Lasting<'_>, more: usize) -> Option<String> {
    let Difference::Timers(its, others) = worst.told.difference else { return None };
    let ((one, other), key) = (worst.routers(), group.key);
    let more = and_more(more);
    Some(match fault(group, worst.told) {
        Some(Fault::Discarded) => format!(
            "{one} and {other} advertise {key} every {} and every {}, so each discards the other's messages{more}",
            seconds(its.hello),
            seconds(others.hello)
        ),
        Some(Fault::GivesUp(waits)) => {
            let ((hold, hello), says) = if waits == one {
                ((its.hold, others.hello), other)
            } else {
                ((others.hold, its.hello), one)
            };
            format!(
                "the timers of {key} do not fit: {waits} waits {} for a hello (hold time), and {says} says one every \
                 {}{more}",
                seconds(hold.unwrap_or_default()),
                seconds(hello)
            )
        }
        None => format!(
            "{one} and {other} have different timers for {key}: {}, and {}{more}",
            timers(its),
            timers(others)
        ),
    })
}

/// `hello 3.0 s with hold 10.0 s`.
fn timers(timers: HelloTimers) -> String {
    let hold = timers.hold.map_or(String::new(), |hold| format!(" with hold {}", seconds(hold)));
    format!("hello {}{hold}", seconds(timers.hello))
}

fn says(mismatch: &Mismatch) -> (String, String) {
    match mismatch.difference {
        Difference::Timers(its, others) => (timers(its), timers(others)),
        _ => Default::default(),
    }
}

fn advise(group: &GroupFacts, worst: &Lasting<'_>) -> Advice {
    let name = group.key.name;
    let meaning = match fault(group, worst.told) {
        Some(Fault::Discarded) => {
            "Version 2 of VRRP accepts advertisements of its own interval only: each router believes that it is alone, \
             and both become master."
                .to_owned()
        }
        Some(Fault::GivesUp(router)) => format!(
            "One or two lost hellos are enough for {router} to give the other router up and to take its role, and to \
             lose it again when the next hello comes: the group flaps, and with it the tunnels that end at it."
        ),
        None => format!(
            "The routers hear each other, but notice a failure after different times. {} goes by the active router's \
             timers where none are configured, so one of the two has its own.",
            name.protocol.name()
        ),
    };
    Advice {
        meaning,
        confirm: vec![advice::both_settings(name, worst.routers())],
        remedy: vec![
            advice::words(
                "configure the same timers on all routers of the group, with a hold time of at least three hello times",
            ),
            advice::after_gateway_change(name),
        ],
    }
}
