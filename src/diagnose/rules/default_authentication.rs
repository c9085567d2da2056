//! A group's messages are authenticated by the text that everybody knows, or not at all.

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Evidence, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{because, believed, gateway_filter, note};
use crate::diagnose::rule::{Meta, Rule};
use crate::diagnose::verdict::Reason;
use crate::observe::GatewayProtocol;
use crate::track::{GroupFacts, RouterFacts, Subject};

/// The rule.
pub(super) struct DefaultAuthentication;

static META: Meta = Meta {
    name: "default-authentication",
    severity: Severity::Info,
    text: include_str!("default_authentication.md"),
};

impl Rule for DefaultAuthentication {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn group(&self, group: &GroupFacts, _options: &Options) -> Option<Finding> {
        let protocol = group.key.name.protocol;
        let is_open = |router: &&RouterFacts| {
            let authentication = &router.authentication;
            let said_hello = router.version.is_some();
            said_hello
                && (authentication.is_default_text()
                    || (authentication.is_none() && has_authentication(protocol)))
        };
        let open: Vec<&RouterFacts> = group.routers.iter().filter(is_open).collect();
        let first = open.iter().min_by_key(|router| router.last)?;
        if group.key.name.forwarder != 0 {
            return None;
        }
        let (confidence, reasons) = believed(&reasons(group, &open));
        let how = |router: &RouterFacts| {
            if router.authentication.is_none() {
                "not authenticated"
            } else {
                "authenticated by the default text"
            }
        };
        Some(Finding {
            rule: META.name,
            severity: META.severity,
            confidence,
            at: first.last,
            subject: Some(Subject::Group(group.key)),
            summary: format!(
                "messages of {} are {}: anyone on the segment can take the role over",
                group.key,
                how(first)
            ),
            evidence: evidence(&open, how),
            reasons,
            advice: advise(group),
            filter: gateway_filter(protocol, first.last),
        })
    }
}

/// Whether a router of this protocol can be told to refuse what is not authenticated. In VRRP that was given up (RFC 3768
/// §5.3.6), so that none there is no omission.
const fn has_authentication(protocol: GatewayProtocol) -> bool {
    match protocol {
        GatewayProtocol::Hsrp | GatewayProtocol::Hsrp6 | GatewayProtocol::Glbp | GatewayProtocol::Glbp6 => {
            true
        }
        GatewayProtocol::Vrrp | GatewayProtocol::Vrrp6 | GatewayProtocol::Carp | GatewayProtocol::Carp6 => {
            false
        }
    }
}

/// One message may be forged.
fn reasons(group: &GroupFacts, open: &[&RouterFacts]) -> Vec<Reason> {
    let send = format!("{} of the {} routers that were heard send so", open.len(), group.routers.len());
    let mut reasons = vec![because(send, 1.0)];
    if let [single] = open
        && single.first == single.last
    {
        reasons.push(because("one message alone was heard, which anyone may have sent", 0.5));
    }
    reasons
}

/// The last message of each router, the earliest first.
fn evidence(open: &[&RouterFacts], how: impl Fn(&RouterFacts) -> &'static str) -> Vec<Evidence> {
    let told = |router: &&RouterFacts| {
        note(router.last, format!("the last message of {} is {}", router.address, how(router)))
    };
    let mut evidence: Vec<Evidence> = open.iter().map(told).collect();
    evidence.sort_by_key(|evidence| evidence.at);
    evidence
}

fn advise(group: &GroupFacts) -> Advice {
    let name = group.key.name;
    let remedy: &[&str] = match name.protocol {
        GatewayProtocol::Hsrp | GatewayProtocol::Hsrp6 => {
            &["interface INTERFACE", " standby GROUP authentication md5 key-string KEY"]
        }
        GatewayProtocol::Glbp | GatewayProtocol::Glbp6 => {
            &["interface INTERFACE", " glbp GROUP authentication md5 key-string KEY"]
        }
        _ => &["interface INTERFACE", " vrrp GROUP authentication md5 key-string KEY"],
    };
    Advice {
        meaning: format!(
            "Whoever can send on the segment can claim the active role with a higher priority, and gets the traffic for \
             the virtual address, or stops it. {} messages that come from nobody known are worth a look in this light.",
            name.protocol.name()
        ),
        confirm: vec![advice::ask_routers("on each router: what is configured", name)],
        remedy: vec![
            advice::commands(
                "configure a key on all routers of the group within one hold time, in a maintenance window: until both \
                 have it, both are active",
                remedy,
            ),
            advice::words(
                "let the access ports of the segment drop messages of gateway protocols, which no host sends",
            ),
            advice::after_gateway_change(name),
        ],
    }
}
