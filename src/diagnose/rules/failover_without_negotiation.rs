//! Nobody negotiated after a failover although the tunnel was wanted: the seed case.

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{finding, takeover};
use crate::diagnose::reading::{Reading, seconds};
use crate::diagnose::rule::{Meta, Rule};
use crate::diagnose::verdict::{Judgement, Verdict};
use crate::track::Visibility;

/// The rule.
pub(super) struct FailoverWithoutNegotiation;

static META: Meta = Meta {
    name: "failover-without-negotiation",
    severity: Severity::Critical,
    text: include_str!("failover_without_negotiation.md"),
};

impl Rule for FailoverWithoutNegotiation {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judged(&self, judgement: &Judgement, options: &Options) -> Option<Finding> {
        if judgement.verdict != Verdict::NoNegotiation {
            return None;
        }
        let outage = &judgement.outage;
        let summary = format!(
            "no IPsec negotiation with {} in the {} after {}",
            outage.tunnel.peer,
            seconds(Reading::new(outage, options).without_negotiation()),
            takeover(outage)
        );
        Some(finding(&META, judgement, summary, advise(judgement)))
    }
}

fn advise(judgement: &Judgement) -> Advice {
    let outage = &judgement.outage;
    let mut confirm = vec![
        advice::check_gateway(outage),
        advice::check_map(outage),
        advice::check_ike(outage),
        advice::check_ipsec(outage),
        advice::check_inside(outage),
        advice::check_peer(outage),
    ];
    let after = &outage.after;
    if outage.coverage.router != Visibility::Shown
        && after.invalid_spi.or(after.unreachable).or(after.in_clear).is_none()
    {
        confirm.insert(0, advice::check_mirror(outage));
    }
    let site = advice::Site::from(outage);
    let known = if site.is_hsrp() {
        ": changes to the HSRP configuration disable crypto maps"
    } else {
        ", or not bound to an address that it owns"
    };
    let likely = if after.in_clear.is_some() { "As inside traffic in clear shows," } else { "Most likely" };
    Advice {
        meaning: format!(
            "{} owns {} now, and neither it nor {} began to negotiate new SAs for this tunnel. {likely} its {} is not in \
             force{known}.",
            outage.failover.to,
            outage.tunnel.local,
            outage.tunnel.peer,
            site.policy(),
        ),
        confirm,
        remedy: advice::remedies(outage),
    }
}
