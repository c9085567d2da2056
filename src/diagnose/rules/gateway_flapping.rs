//! The active role of a gateway group goes from router to router again and again.

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Evidence, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{because, note, of_group};
use crate::diagnose::reading::seconds;
use crate::diagnose::rule::{Meta, Rule};
use crate::track::{Cause, Failover, Flapping, GroupFacts};

/// The rule.
pub(super) struct GatewayFlapping;

static META: Meta =
    Meta { name: "gateway-flapping", severity: Severity::Warning, text: include_str!("gateway_flapping.md") };

impl Rule for GatewayFlapping {
    fn meta(&self) -> &'static Meta {
        &META
    }

    /// One finding for each group, however often its active router changed.
    fn group(&self, group: &GroupFacts, _options: &Options) -> Option<Finding> {
        let flapping = group.watched.flapping.as_ref()?;
        let summary = format!(
            "the active router of {} changed {} times {}, {} ({})",
            group.key,
            flapping.changes,
            how_long(flapping),
            routers(flapping),
            causes(flapping)
        );
        let reason = if flapping.returns {
            because(format!("{} changes were seen, and a router got the role back", flapping.changes), 1.0)
        } else {
            because("no router got the role back: routers that join one after the other look the same", 0.5)
        };
        of_group(&META, group, summary, evidence(flapping), &[reason], advise(group, flapping))
    }
}

/// `in 54.8 s`, `in 54.8 s in all, in 2 stretches`.
fn how_long(flapping: &Flapping) -> String {
    match flapping.stretches {
        1 => format!("in {}", seconds(flapping.lasted)),
        several => format!("in {} in all, in {several} stretches", seconds(flapping.lasted)),
    }
}

/// `between 192.0.2.2 and 192.0.2.3`, `among 7 routers`.
fn routers(flapping: &Flapping) -> String {
    let routers: Vec<String> = flapping.routers.iter().map(ToString::to_string).collect();
    match routers.as_slice() {
        [one, other] => format!("between {one} and {other}"),
        several => format!("among {} routers", several.len()),
    }
}

/// `3 coup, 3 hold-expiry`.
fn causes(flapping: &Flapping) -> String {
    let causes = flapping.causes.iter().map(|(cause, count)| format!("{count} {cause}"));
    causes.collect::<Vec<_>>().join(", ")
}

/// The first few changes and the last one.
fn evidence(flapping: &Flapping) -> Vec<Evidence> {
    let last = Some(&flapping.last).filter(|last| !flapping.first.contains(last));
    let change = |failover: &Failover| {
        let Failover { at, from, to, cause, .. } = failover;
        note(*at, format!("{to} took over from {from} ({cause})"))
    };
    flapping.first.iter().chain(last).map(change).collect()
}

fn advise(group: &GroupFacts, flapping: &Flapping) -> Advice {
    let name = group.key.name;
    let seen = |causes: &[Cause]| causes.iter().any(|cause| flapping.causes.contains_key(cause));
    let mut meaning =
        "Each change interrupts every tunnel that ends at the virtual address, and the next one may \
                       come before IPsec has recovered from the last."
            .to_owned();
    if seen(&[Cause::HoldExpiry]) {
        meaning.push_str(
            " The active router fell silent for its hold time: it or its uplink goes down and comes back, or its \
             hellos are lost on the way.",
        );
    }
    if seen(&[Cause::Resign, Cause::PriorityZero]) {
        meaning.push_str(" A router gave the role up by itself: something that it tracks goes up and down.");
    }
    if seen(&[Cause::Coup, Cause::Preempt]) {
        meaning.push_str(" A router took the role from a living one: it preempts as soon as it is there.");
    }
    let preempt = seen(&[Cause::Coup, Cause::Preempt, Cause::Unknown]);
    let find = Some(advice::words(
        "find what comes and goes at the times of the changes: an interface, a tracked object, hellos that are lost or \
         late",
    ));
    let clear = Some(advice::words(
        "clear the SAs on the primary, and on the peer, once the role stays where it is; not before",
    ));
    Advice {
        meaning,
        confirm: vec![
            advice::ask_routers("on both routers: how many state changes, the last one when and why", name),
            advice::commands(
                "on both: what else went up and down at these times",
                &[
                    "show logging",
                    "show interfaces | include line protocol|drops|resets",
                    "show processes cpu history",
                ],
            ),
        ],
        remedy: [find, preempt.then(|| advice::delay_preemption(name)), clear]
            .into_iter()
            .flatten()
            .collect(),
    }
}
