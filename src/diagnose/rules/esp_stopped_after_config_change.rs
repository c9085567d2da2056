//! ESP no longer leaves a gateway after a change of its settings, though it did not fail over.

use std::time::Duration;

use crate::diagnose::advice::{self, Site};
use crate::diagnose::finding::{Advice, Evidence, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{believed, note, settings, tunnel_filter};
use crate::diagnose::reading::seconds;
use crate::diagnose::rule::{History, Meta, Rule};
use crate::diagnose::verdict::Reason;
use crate::track::{Stop, Subject, Tunnel};

/// The rule.
pub(super) struct EspStoppedAfterConfigChange;

static META: Meta = Meta {
    name: "esp-stopped-after-config-change",
    severity: Severity::Warning,
    text: include_str!("esp_stopped_after_config_change.md"),
};

impl Rule for EspStoppedAfterConfigChange {
    fn meta(&self) -> &'static Meta {
        &META
    }

    /// The stop that lasted longest tells the tale.
    fn tunnel(&self, history: &History<'_>, _options: &Options) -> Option<Finding> {
        let stops = history.facts.stops.iter().filter(|stop| is_suspect(stop));
        let stop = stops.max_by_key(|stop| stop.silence)?;
        let tunnel = history.facts.tunnel;
        let (confidence, reasons) = believed(&reasons(stop));
        Some(Finding {
            rule: META.name,
            severity: META.severity,
            confidence,
            at: stop.change.at,
            subject: Some(Subject::Tunnel(tunnel)),
            summary: summary(stop, history),
            evidence: evidence(stop),
            reasons,
            advice: advise(stop, &Site::of(history.facts, stop.change.group, stop.change.router)),
            filter: tunnel_filter(tunnel, stop.change.group.name.protocol, stop.last.min(stop.change.at)),
        })
    }
}

fn summary(stop: &Stop, history: &History<'_>) -> String {
    let end = match stop.resumed {
        Some(at) => format!("until it left again on a new SPI (frame {})", at.frame),
        None => format!("for {} up to the end of what was seen", seconds(stop.silence)),
    };
    format!(
        "{} changed {} ({}) and stayed active, and no ESP to {} left it since frame {}, {end}",
        stop.change.router,
        stop.change.group,
        settings(&stop.change),
        history.facts.tunnel.peer,
        stop.last.frame,
    )
}

/// Whether one of the changes is of those that make an address or a MAC another one: what crypto maps are tied to.
fn moves_address(stop: &Stop) -> bool {
    stop.change.settings.iter().any(|setting| MOVING.contains(&setting.name))
}

/// Whether more than the time speaks for the change: one that no document names, and a peer that falls silent with the
/// gateway, are traffic that ends by itself while a priority is tracked or a key is renewed.
fn is_suspect(stop: &Stop) -> bool {
    moves_address(stop) || stop.inbound.is_some()
}

/// What makes it more or less likely that the change is the cause.
fn reasons(stop: &Stop) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let mut add = |factor: f64, text: String| reasons.push(Reason { text, factor });
    // The time they have in common is what links the two.
    add(0.95, together(stop));
    if stop.change.hellos < 2 {
        add(0.5, "one single hello shows the change, and anyone on the segment can forge one".to_owned());
    }
    if moves_address(stop) {
        add(1.0, "address, version or group changed: crypto maps must be applied again then".to_owned());
    } else {
        add(0.8, "no document says that such a change disables crypto maps; field reports do".to_owned());
    }
    match stop.inbound {
        Some(last) => add(1.0, format!("the peer went on sending ESP, up to frame {}", last.frame)),
        None => add(0.5, "the peer fell silent too: the traffic may just have ended".to_owned()),
    }
    if let Some(last) = stop.spoke {
        let text = format!(
            "the gateway went on to speak IKE with the peer (frame {}): crypto is in force",
            last.frame
        );
        add(0.5, text);
    }
    if let Some(first) = stop.negotiation.filter(|_| stop.resumed.is_none()) {
        add(0.9, format!("a negotiation was begun (frame {}), and no ESP came of it in time", first.frame));
    }
    if stop.resumed.is_none() && stop.silence < SURE {
        let (seen, sure) = (seconds(stop.silence), seconds(SURE));
        let factor = stop.silence.as_secs_f64() / SURE.as_secs_f64();
        add(factor, format!("the silence was seen for {seen} of the {sure} that make it sure"));
    }
    reasons
}

/// How close the change and the last packet are, and how unusual the silence is.
fn together(Stop { change, last, usual, .. }: &Stop) -> String {
    let (change, last) = (change.at.time, last.time);
    let (apart, order) =
        if last < change { (change.since(last), "before") } else { (last.since(change), "after") };
    format!(
        "ESP last left {} {order} the changed hello, and never paused for more than {} before that",
        seconds(apart),
        seconds(*usual)
    )
}

fn evidence(stop: &Stop) -> Vec<Evidence> {
    let Stop { change, last, spi, .. } = stop;
    let also = [
        (stop.inbound, "ESP from the peer still comes"),
        (stop.negotiation, "first negotiation in the meantime"),
        (stop.resumed, "ESP to the peer again, on a new SPI"),
    ];
    let mut evidence = vec![
        note(change.at, format!("first hello of {} after the change: {}", change.router, settings(change))),
        note(*last, format!("last ESP to the peer, SPI {spi:08x}")),
    ];
    evidence.extend(also.into_iter().filter_map(|(at, what)| Some(note(at?, what.to_owned()))));
    evidence
}

fn advise(stop: &Stop, site: &Site) -> Advice {
    let policy = site.policy();
    let (router, Tunnel { local, peer }) = (site.router, site.tunnel);
    let (also, remedy) = if stop.change.takes_away(local) {
        let new = format!("give {peer} the new virtual address, or change it back to {local}");
        let also =
            format!(" And {local} is no virtual address any more: {peer} has to be given the new one.");
        (also, advice::remedies_with(*site, advice::words(new)))
    } else {
        (String::new(), advice::remedies(*site))
    };
    Advice {
        meaning: format!(
            "{router} still owns the group, and its {policy} for {peer} is most likely not in force any more: after a change \
             of {} on its interface the {policy} has to be applied again. Nothing fails over, so nothing brings the \
             tunnel back.{also}",
            site.protocol(),
        ),
        confirm: vec![
            advice::check_map(*site),
            advice::commands_on(
                site.gateway,
                format!("on {router}: who changed what, and when"),
                &["show logging | include CONFIG_I|ISAKMP_ON_OFF|STANDBY", "show archive log config all"],
            ),
            advice::check_ipsec(*site),
            advice::check_peer(*site),
            advice::check_gateway(*site),
        ],
        remedy,
    }
}

/// Settings whose change moves the address or the MAC that a crypto map is tied to.
const MOVING: &[&str] = &["virtual-address", "version", "group"];
/// How long a silence must be seen to be sure of it.
const SURE: Duration = Duration::from_secs(20);
