//! The IKE SA was refused after a failover.

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{after_takeover, finding};
use crate::diagnose::reading::Reading;
use crate::diagnose::rule::{Meta, Rule};
use crate::diagnose::verdict::{Judgement, Verdict};
use crate::track::{Negotiation, Outage, Outcome, Purpose};
use crate::wire::ike::NotifyType;

/// The rule.
pub(super) struct NegotiationRejected;

static META: Meta = Meta {
    name: "negotiation-rejected",
    severity: Severity::Critical,
    text: include_str!("negotiation_rejected.md"),
};

impl Rule for NegotiationRejected {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judged(&self, judgement: &Judgement, options: &Options) -> Option<Finding> {
        if judgement.verdict != Verdict::Rejected {
            return None;
        }
        Some(finding(&META, judgement, after_takeover(judgement), advise(judgement, options)))
    }
}

fn advise(judgement: &Judgement, options: &Options) -> Advice {
    let outage = &judgement.outage;
    let (router, peer) = (outage.failover.to, outage.tunnel.peer);
    let site = advice::Site::from(outage);
    let offers = offers(outage);
    let special = advice::words(match &offers {
        Some((new, old)) => format!(
            "make the IKE proposal of {router} equal to that of {}: {old}, not {new}",
            outage.failover.from
        ),
        None => format!(
            "make the IKE policy, key and identity of {router} equal to those of {}",
            outage.failover.from
        ),
    });
    let left = advice::left_virtual_address(&Reading::new(outage, options));
    let meaning = left.unwrap_or_else(|| match &offers {
        Some((new, old)) => format!(
            "{router} offers {new}, and {peer} wants none of that. Before the failover it accepted {old} from {}: the \
             routers do not have the same IKE proposal.",
            outage.failover.from
        ),
        None => format!(
            "{router} and {peer} do not agree on the IKE SA: proposals, pre-shared key, certificate or identity of \
             {router} differ from those the other router used."
        ),
    });
    Advice {
        meaning,
        confirm: vec![
            advice::commands_on(
                site.gateway,
                format!(
                    "on {router} and on {}: are policy and identity the same (and the keys, which only the running \
                     configuration shows)",
                    outage.failover.from
                ),
                match site.ike_version {
                    Some(1) => &["show crypto isakmp policy", "show crypto map"],
                    _ => &[
                        "show crypto ikev2 proposal",
                        "show crypto ikev2 policy",
                        "show crypto ikev2 profile",
                    ],
                },
            ),
            advice::check_ike(outage),
            advice::check_map(outage),
        ],
        remedy: advice::mend_first(outage, special),
    }
}

/// What the new active router offers and the peer does not want (`NO_PROPOSAL_CHOSEN`), and what it accepted from the
/// routers before, where both were seen and differ.
fn offers(outage: &Outage) -> Option<(&str, &str)> {
    let is_unwanted = |it: &&Negotiation| match it.outcome {
        Outcome::Refused(refusal) => {
            refusal.what == Purpose::IkeSa
                && refusal.notify == Some(NO_PROPOSAL_CHOSEN)
                && it.initiator != outage.tunnel.peer
        }
        _ => false,
    };
    let new = outage.after.negotiations.iter().rev().find(is_unwanted)?.proposal.as_deref()?;
    let old = outage.before.proposal.as_deref()?;
    (new != old).then_some((new, old))
}

/// RFC 7296 §3.10.1, RFC 2408 §3.14.1: the same number in both versions.
const NO_PROPOSAL_CHOSEN: NotifyType = NotifyType(14);
