//! Nobody is ready to take over from the active router.

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{because, listed, note, of_group};
use crate::diagnose::reading::seconds;
use crate::diagnose::rule::{Meta, Rule};
use crate::track::{GroupFacts, Unattended};

/// The rule.
pub(super) struct NoStandby;

static META: Meta =
    Meta { name: "no-standby", severity: Severity::Info, text: include_str!("no_standby.md") };

impl Rule for NoStandby {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn group(&self, group: &GroupFacts, options: &Options) -> Option<Finding> {
        let enough = |it: &Unattended| options.no_standby_after.max(it.hold * 2);
        let (past, at_end) = group.watched.unattended;
        let at_end = at_end.filter(|it| it.lasted() > enough(it));
        let past = past.filter(|it| it.lasted() > enough(it).saturating_mul(PAST));
        let (stretch, ends) = at_end.map(|it| (it, true)).or_else(|| past.map(|it| (it, false)))?;
        let Unattended { router, first, last, .. } = stretch;
        let summary = if ends {
            let since = if stretch.since_takeover { "since it took over, " } else { "" };
            format!(
                "nobody is in standby for {}: {router} is active alone {since}for {} at least",
                group.key,
                seconds(stretch.lasted())
            )
        } else {
            format!(
                "nobody was in standby for {} for {}: {router} was active alone",
                group.key,
                seconds(stretch.lasted())
            )
        };
        let mut reasons =
            vec![because("the active router was heard all the time, and no standby router", 1.0)];
        if let [_] = group.routers.as_slice() {
            reasons.push(because(
                "no other router of the group was heard at all: the capture may show this one alone",
                0.5,
            ));
        }
        let evidence = vec![
            note(first, format!("hello of {router}, since which no standby router was heard")),
            note(
                last,
                if ends { "its last hello of the capture" } else { "its last one before that ended" }
                    .to_owned(),
            ),
        ];
        of_group(&META, group, summary, evidence, &reasons, advise(group, &stretch))
    }
}

fn advise(group: &GroupFacts, stretch: &Unattended) -> Advice {
    let others: Vec<String> = group
        .routers
        .iter()
        .filter(|router| router.address != stretch.router)
        .map(|router| {
            format!("{} ({} when last heard, in frame {})", router.address, router.state, router.last.frame)
        })
        .collect();
    let others = if others.is_empty() { "the other router".to_owned() } else { listed(others) };
    Advice {
        meaning: format!(
            "If {} fails, nobody takes the virtual address over: the next failure is an outage of everything behind it.",
            stretch.router
        ),
        confirm: vec![advice::ask_routers(
            format!("on {}: whom does it see as standby; on {others}: in what state is it", stretch.router),
            group.key.name,
        )],
        remedy: vec![advice::words(
            "bring the standby router back: its interface up, the VLAN on every trunk, the same group, version and \
             authentication",
        )],
    }
}

/// How many times as long a stretch must have been that ended.
const PAST: u32 = 10;
