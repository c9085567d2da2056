//! The IKE SA was refused after a failover.

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{after_takeover, finding};
use crate::diagnose::reading::Reading;
use crate::diagnose::rule::{Meta, Rule};
use crate::diagnose::verdict::{Judgement, Verdict};

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
    let special = advice::words(format!(
        "if it is still refused, make the IKE policy, key and identity of {router} equal to those of {}",
        outage.failover.from
    ));
    let meaning = advice::left_virtual_address(&Reading::new(outage, options)).unwrap_or_else(|| {
        format!(
            "{router} and {peer} do not agree on the IKE SA: proposals, pre-shared key, certificate or identity of \
             {router} differ from those the other router used."
        )
    });
    Advice {
        meaning,
        confirm: vec![
            advice::commands_on(
                advice::Site::from(outage).gateway,
                format!(
                    "on {router} and on {}: are policy and identity the same (and the keys, which only the running \
                     configuration shows)",
                    outage.failover.from
                ),
                match advice::Site::from(outage).ike_version {
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
        remedy: advice::remedies_with(outage, special),
    }
}
