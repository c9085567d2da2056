//! The IKE SA came up after a failover, and the child SA was refused.

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{after_takeover, finding};
use crate::diagnose::rule::{Meta, Rule};
use crate::diagnose::verdict::{Judgement, Verdict};

/// The rule.
pub(super) struct ChildSaRejected;

static META: Meta = Meta {
    name: "child-sa-rejected",
    severity: Severity::Critical,
    text: include_str!("child_sa_rejected.md"),
};

impl Rule for ChildSaRejected {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judged(&self, judgement: &Judgement, _options: &Options) -> Option<Finding> {
        if judgement.verdict != Verdict::ChildRejected {
            return None;
        }
        Some(finding(&META, judgement, after_takeover(judgement), advise(judgement)))
    }
}

fn advise(judgement: &Judgement) -> Advice {
    let outage = &judgement.outage;
    let (router, peer) = (outage.failover.to, outage.tunnel.peer);
    let special = advice::words(format!(
        "make access list, transform set and PFS group of {router} equal to those of {}",
        outage.failover.from
    ));
    Advice {
        meaning: format!(
            "The IKE SA between {router} and {peer} is up, and the IPsec SA is refused: the access lists are no \
             mirrors of each other, or transform set or PFS group of {router} differ from the other router's."
        ),
        confirm: vec![
            advice::commands_on(
                advice::Site::from(outage).gateway,
                format!(
                    "on {router} and on {}: are access list, transform set and PFS group the same",
                    outage.failover.from
                ),
                &["show crypto map", "show crypto ipsec transform-set", "show ip access-lists"],
            ),
            advice::check_ike(outage),
            advice::check_ipsec(outage),
        ],
        remedy: advice::mend_first(outage, special),
    }
}
