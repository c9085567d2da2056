//! The routers of one group authenticate their messages unlike each other.

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Finding, Severity};
use crate::diagnose::mismatch::{Lasting, and_more, lasting};
use crate::diagnose::options::Options;
use crate::diagnose::rule::{Meta, Rule};
use crate::observe::Authentication;
use crate::track::{Difference, GroupFacts, Mismatch};

/// The rule.
pub(super) struct AuthenticationMismatch;

static META: Meta = Meta {
    name: "authentication-mismatch",
    severity: Severity::Warning,
    text: include_str!("authentication_mismatch.md"),
};

impl Rule for AuthenticationMismatch {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn group(&self, group: &GroupFacts, options: &Options) -> Option<Finding> {
        let pairs =
            lasting(group, options, |difference| matches!(difference, Difference::Authentication(..)));
        let pair = pairs.first()?;
        let (one, other) = pair.routers();
        let (its, others) = says(pair.told);
        let summary = format!(
            "{one} and {other} authenticate {} unlike each other: {one} with {its}, {other} with {others}{}",
            group.key,
            and_more(pairs.len() - 1)
        );
        Some(pair.finding(&META, META.severity, (summary, says), advise(group, pair)))
    }
}

/// What each router's messages show, without what is secret.
fn says(mismatch: &Mismatch) -> (String, String) {
    match &mismatch.difference {
        Difference::Authentication(one, other) if one.to_string() == other.to_string() => {
            (format!("one {one}"), format!("another {other}"))
        }
        Difference::Authentication(one, other) => (name(one), name(other)),
        _ => Default::default(),
    }
}

/// `md5 key 7`, `no authentication`.
fn name(authentication: &Authentication) -> String {
    if authentication.is_none() { "no authentication".to_owned() } else { authentication.to_string() }
}

fn advise(group: &GroupFacts, pair: &Lasting<'_>) -> Advice {
    let name = group.key.name;
    let (one, other) = pair.routers();
    let (protocol, routers) = (name.protocol.name(), (one, other));
    Advice {
        meaning: format!(
            "A router discards {protocol} messages that are not authenticated as it is told. {one} and {other} do not \
             hear each other then: each believes that it is alone, and both become active."
        ),
        confirm: vec![
            advice::both_settings(name, routers),
            advice::commands(
                "on both: does it refuse the other's messages",
                &["show logging | include BADAUTH"],
            ),
        ],
        remedy: vec![
            advice::words(
                "configure the same authentication on all routers of the group: kind, key and key number; where keys \
                 change by time, set the clocks by NTP",
            ),
            advice::after_gateway_change(name),
        ],
    }
}
