//! Nobody negotiated after a failover although the tunnel was wanted: the seed case.

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Finding, Severity, Step};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{finding, takeover};
use crate::diagnose::reading::{Reading, seconds};
use crate::diagnose::rule::{Meta, Rule};
use crate::diagnose::verdict::{Judgement, Verdict};
use crate::track::{Outage, Tunnel, Visibility};

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
            takeover(&outage.failover)
        );
        Some(finding(&META, judgement, summary, advise(judgement)))
    }
}

fn advise(judgement: &Judgement) -> Advice {
    let outage = &judgement.outage;
    let after = &outage.after;
    let is_seen = outage.coverage.router == Visibility::Shown
        || after.invalid_spi.or(after.unreachable).or(after.in_clear).is_some();
    let mirror = (!is_seen).then(|| advice::check_mirror(outage));
    if outage.passes_through() {
        return pass_through(outage, mirror.unwrap_or_else(|| advice::check_gateway(outage)));
    }
    let checks = [
        advice::check_gateway(outage),
        advice::check_map(outage),
        advice::check_ike(outage),
        advice::check_ipsec(outage),
        advice::check_inside(outage),
        advice::check_peer(outage),
    ];
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
        confirm: mirror.into_iter().chain(checks).collect(),
        remedy: advice::remedies(outage),
    }
}

/// The gateway only forwards this tunnel: it has no SAs of it, and nothing of its own to negotiate.
fn pass_through(outage: &Outage, first: Step) -> Advice {
    let Tunnel { local, peer } = outage.tunnel;
    let router = outage.failover.to;
    let forwards = advice::commands_on(
        advice::Site::from(outage).gateway,
        format!("on {router}: does it forward between {local} and {peer}, both ways"),
        &[&format!("show ip cef {peer}"), &format!("show ip cef {local}"), "show ip access-lists"],
    );
    Advice {
        meaning: format!(
            "{local} is no address of the gateway: the tunnel to {peer} only passes through it, and its SAs need no \
             negotiation when the gateway fails over. Most likely {router} does not forward it: a route, a filter or a \
             translation that only the other router has."
        ),
        confirm: vec![first, forwards],
        remedy: vec![
            advice::words(format!("let {router} forward the tunnel as {} did", outage.failover.from)),
            advice::words(format!(
                "then, where {local} and {peer} do not go on by themselves, clear their SAs there"
            )),
        ],
    }
}
