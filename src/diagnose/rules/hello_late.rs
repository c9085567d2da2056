//! Hellos came late although their router kept its role.

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Evidence, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{because, note, of_group};
use crate::diagnose::reading::seconds;
use crate::diagnose::rule::{Meta, Rule};
use crate::track::{GroupFacts, LateHellos, RouterFacts};

/// The rule.
pub(super) struct HelloLate;

static META: Meta =
    Meta { name: "hello-late", severity: Severity::Info, text: include_str!("hello_late.md") };

impl Rule for HelloLate {
    fn meta(&self) -> &'static Meta {
        &META
    }

    /// One finding for each group, however many hellos were late.
    fn group(&self, group: &GroupFacts, _options: &Options) -> Option<Finding> {
        let late = |router: &RouterFacts| Some((router.address.to_string(), router.late?));
        let mut late: Vec<(String, LateHellos)> = group.routers.iter().filter_map(late).collect();
        late.sort_by_key(|(_, late)| late.first);
        if late.is_empty() {
            return None;
        }
        let each: Vec<String> = late.iter().map(|(router, late)| told(router, late)).collect();
        let summary = format!("hellos for {} came late without a takeover: {}", group.key, each.join("; "));
        let alone: u64 = late.iter().map(|(_, late)| late.alone).sum();
        let reason = if alone > 0 {
            because("another router of the group was heard in time meanwhile", 1.0)
        } else {
            because(
                "nobody else of the group was heard meanwhile: the capture may have paused or lack frames",
                0.5,
            )
        };
        of_group(&META, group, summary, evidence(&late), &[reason], advise(group))
    }
}

/// `3 of 192.0.2.2, at most 7.1 s after the one before, where 3.0 s are due`.
fn told(router: &str, late: &LateHellos) -> String {
    let most = if late.count > 1 { "at most " } else { "" };
    format!(
        "{} of {router}, {most}{} after the one before where {} are due",
        late.count,
        seconds(late.gap),
        seconds(late.hello)
    )
}

/// Each router's first late hello, and the one that was awaited longest.
fn evidence(late: &[(String, LateHellos)]) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    for (router, late) in late {
        if late.first != late.worst {
            evidence.push(note(late.first, format!("first late hello of {router}")));
        }
        evidence
            .push(note(late.worst, format!("hello of {router}, {} after the one before", seconds(late.gap))));
    }
    evidence
}

fn advise(group: &GroupFacts) -> Advice {
    Advice {
        meaning:
            "Hellos were lost or sent late. Another one or two in a row, and the standby router takes over \
                  although nothing failed."
                .to_owned(),
        confirm: vec![
            advice::ask_routers(
                "on both routers: did they miss hellos too, or only the capture",
                group.key.name,
            ),
            advice::commands(
                "on both: is the processor or an interface too busy",
                &["show processes cpu history", "show interfaces | include drops|errors"],
            ),
        ],
        remedy: vec![advice::words(
            "mend what loses or delays them; until then longer timers, the same on all routers of the group",
        )],
    }
}
