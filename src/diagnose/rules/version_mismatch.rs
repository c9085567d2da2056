//! The routers of one group speak different versions of its protocol.

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Finding, Severity};
use crate::diagnose::mismatch::{Lasting, and_more, lasting};
use crate::diagnose::options::Options;
use crate::diagnose::rule::{Meta, Rule};
use crate::observe::GatewayProtocol;
use crate::track::{Difference, GroupFacts, Mismatch};

/// The rule.
pub(super) struct VersionMismatch;

static META: Meta =
    Meta { name: "version-mismatch", severity: Severity::Warning, text: include_str!("version_mismatch.md") };

impl Rule for VersionMismatch {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn group(&self, group: &GroupFacts, options: &Options) -> Option<Finding> {
        let pairs = lasting(group, options, |difference| matches!(difference, Difference::Version(..)));
        let pair = pairs.first()?;
        let Difference::Version(its, others) = pair.told.difference else { return None };
        let (one, other) = pair.routers();
        let summary = format!(
            "{one} speaks version {its} of {} for {}, and {other} version {others}{}",
            group.key.name.protocol.name(),
            group.key,
            and_more(pairs.len() - 1)
        );
        Some(pair.finding(&META, META.severity, (summary, says), advise(group, pair)))
    }
}

fn says(mismatch: &Mismatch) -> (String, String) {
    match mismatch.difference {
        Difference::Version(one, other) => (format!("version {one}"), format!("version {other}")),
        _ => Default::default(),
    }
}

fn advise(group: &GroupFacts, pair: &Lasting<'_>) -> Advice {
    let name = group.key.name;
    let (one, other) = pair.routers();
    let why = match name.protocol {
        GatewayProtocol::Hsrp | GatewayProtocol::Hsrp6 => {
            "The two versions go to different groups of hosts and have different virtual MACs: "
        }
        _ => "Messages of another version are discarded: ",
    };
    Advice {
        meaning: format!(
            "{why}{one} and {other} do not hear each other, each believes that it is alone, and both answer for the \
             virtual address."
        ),
        confirm: vec![advice::both_settings(name, (one, other))],
        remedy: vec![
            advice::commands(
                "give all routers of the group the same version",
                version_commands(name.protocol),
            ),
            advice::after_gateway_change(name),
        ],
    }
}

const fn version_commands(protocol: GatewayProtocol) -> &'static [&'static str] {
    match protocol {
        GatewayProtocol::Hsrp | GatewayProtocol::Hsrp6 => &["interface INTERFACE", " standby version 2"],
        GatewayProtocol::Vrrp | GatewayProtocol::Vrrp6 => &["fhrp version vrrp v3"],
        _ => &[],
    }
}
