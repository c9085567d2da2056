//! Commands that confirm a finding and remedies, with the capture's own addresses filled in.
//!
//! The order of the remedies is the vendor's: clear the SAs on the primary, and on the peer; if they still do not come up,
//! remove the crypto maps from the interfaces of the gateway group and apply them again; then what is special to the
//! finding; verify; prevent. Where IKE shows that the crypto map is in force, what keeps SAs from coming up is mended
//! first, and the map stays. No command touches the SAs of other peers without a warning beside it. A device that the
//! capture shows to be of another maker gets the same steps in neutral words.

mod clear;
mod gateway;
mod site;

use std::net::IpAddr;

use crate::track::{InPieces, Tunnel};

use super::finding::Step;
use super::reading::Reading;

pub(super) use clear::of_leak;
pub(super) use gateway::{
    after_gateway_change, ask_routers, both_settings, check_gateway, check_routes, delay_preemption,
    ipsec_anew, neighbours_table, split_brain_checks,
};
pub(super) use site::{Maker, Site};

/// A step with its commands.
fn step(text: impl Into<String>, commands: impl IntoIterator<Item = String>) -> Step {
    Step { text: text.into(), commands: commands.into_iter().collect() }
}

/// Would the capture show the new router at all.
pub(super) fn check_mirror(site: impl Into<Site>) -> Step {
    words(format!(
        "where it was captured: is the switch port of {} mirrored, both ways; without it its IKE and ESP are not seen",
        site.into().router
    ))
}

/// Is the crypto map in force.
pub(super) fn check_map(site: impl Into<Site>) -> Step {
    let site = site.into();
    let (router, protocol) = (site.router, site.protocol());
    let question = if site.gateway.speaks_ios() {
        format!("is the crypto map on the {protocol} interface, and in force")
    } else {
        "is the IPsec configuration loaded, and bound to an address that it owns".to_owned()
    };
    step(
        format!("on {router}: {question}"),
        site.gateway.ios(owned(&[
            "show crypto map interface INTERFACE",
            "show crypto map",
            "show logging | include ISAKMP_ON_OFF",
        ])),
    )
}

/// Does inside traffic reach the router: without it a crypto map begins no negotiation.
pub(super) fn check_inside(site: impl Into<Site>) -> Step {
    let site = site.into();
    commands_on(
        site.gateway,
        format!("on {}: does it own the inside group too, and does inside traffic arrive", site.router),
        &["show ip cef REMOTE-HOST", "show access-lists"],
    )
}

/// Is there an IKE SA with the peer.
pub(super) fn check_ike(site: impl Into<Site>) -> Step {
    let site = site.into();
    let commands: &[&str] = match site.ike_version {
        Some(1) => &["show crypto isakmp sa detail", "debug crypto isakmp"],
        Some(2) => &["show crypto ikev2 sa detailed", "debug crypto ikev2"],
        _ => &["show crypto isakmp sa detail", "show crypto ikev2 sa detailed"],
    };
    step(
        format!("on {}: is there an IKE SA with {}", site.router, site.tunnel.peer),
        own_or_ios(site.gateway, STATE, owned(commands)),
    )
}

/// Are there IPsec SAs, and which counters rise.
pub(super) fn check_ipsec(site: impl Into<Site>) -> Step {
    let site = site.into();
    let (router, peer) = (site.router, site.tunnel.peer);
    let counters = counters(site.gateway);
    step(
        format!("on {router}: are there IPsec SAs with {peer}, and do {counters} rise"),
        own_or_ios(
            site.gateway,
            STATE,
            vec![
                format!("show crypto ipsec sa peer {peer} detail"),
                format!("show crypto session remote {peer} detail"),
            ],
        ),
    )
}

/// What the peer still believes.
pub(super) fn check_peer(site: impl Into<Site>) -> Step {
    let site = site.into();
    let Tunnel { local, peer } = site.tunnel;
    let what = if site.peer.speaks_ios() {
        "encaps rise, decaps stand still"
    } else {
        "what it sends is counted, and nothing comes in"
    };
    step(
        format!("on {}: does it still send on old SAs ({what})", named(peer, site.peer)),
        own_or_ios(site.peer, STATE, vec![format!("show crypto ipsec sa peer {local} detail")]),
    )
}

/// First remedy: clear the SAs on the primary.
pub(super) fn clear_sas(site: impl Into<Site>) -> Step {
    let site = site.into();
    step(
        format!("clear the SAs on the primary, {}, which is active now", site.router),
        own_or_ios(site.gateway, CLEAR, clear_commands(&site, site.tunnel.peer)),
    )
}

/// The same on the peer, which may hold on to the old SAs: its own far end is the gateway's address.
pub(super) fn clear_on_peer(site: impl Into<Site>) -> Step {
    let site = site.into();
    let Tunnel { local, peer } = site.tunnel;
    let (peer, how) = (named(peer, site.peer), if site.peer == Maker::Unknown { "; on IOS:" } else { "" });
    step(
        format!("clear them on the peer, {peer}, as well where you can{how}"),
        own_or_ios(site.peer, CLEAR, clear_commands(&site, local)),
    )
}

/// Commands that clear the SAs with one other end only. Without an argument they would clear those with all of them.
fn clear_commands(site: &Site, other: IpAddr) -> Vec<String> {
    match site.ike_version {
        Some(1) => vec![
            format!("clear crypto sa peer {other}"),
            format!("show crypto isakmp sa | include {other}"),
            "clear crypto isakmp CONN-ID".to_owned(),
        ],
        Some(2) => {
            vec![format!("clear crypto sa peer {other}"), format!("clear crypto ikev2 sa remote {other}")]
        }
        _ => vec![format!("clear crypto session remote {other}")],
    }
}

/// Second remedy: remove the crypto maps and apply them again.
pub(super) fn reapply_maps(site: impl Into<Site>) -> Step {
    let site = site.into();
    let anew = if site.gateway.speaks_ios() {
        format!(
            "remove the crypto map from every interface that runs {} and apply it again (this cuts all tunnels of that \
             interface)",
            site.protocol()
        )
    } else {
        format!("load the IPsec configuration of {} anew (this may cut its other tunnels)", site.router)
    };
    step(
        format!("if that does not help, {anew}"),
        site.gateway.ios(owned(&["interface INTERFACE", " no crypto map NAME", site.map_command()])),
    )
}

/// Then: verify.
pub(super) fn verify(site: impl Into<Site>) -> Step {
    let site = site.into();
    let peer = site.tunnel.peer;
    let rise = if site.gateway.speaks_ios() {
        "UP-ACTIVE and for encaps and decaps that both rise"
    } else {
        "SAs whose counters rise in both directions"
    };
    step(
        format!("verify: send traffic, then look for {rise}"),
        own_or_ios(
            site.gateway,
            STATE,
            vec![
                format!("show crypto session remote {peer} detail"),
                format!("show crypto ipsec sa peer {peer}"),
            ],
        ),
    )
}

/// Last: prevent it.
pub(super) fn prevent(site: impl Into<Site>) -> Step {
    let site = site.into();
    let protocol = site.protocol();
    let mut commands = dead_peer_detection(site);
    commands.extend(gateway::no_preempt(site.group, site.gateway));
    let again = if site.gateway.speaks_ios() {
        format!("apply the crypto maps again after every {protocol} change on their interface")
    } else {
        format!("load the IPsec configuration again after every change of {protocol} on its interface")
    };
    step(
        format!(
            "prevent it: {again}; dead peer detection on both ends; equal {} priorities; no preempt (or else preempt \
             with a delay: at least 60 s, and 180 s after a reload)",
            if site.is_hsrp() { "standby" } else { protocol }
        ),
        commands,
    )
}

/// What turns dead peer detection on.
pub(super) fn dead_peer_detection(site: impl Into<Site>) -> Vec<String> {
    let site = site.into();
    site.gateway.ios(match site.ike_version {
        Some(1) => owned(&["crypto isakmp keepalive 10 3 periodic"]),
        Some(2) => owned(&["crypto ikev2 dpd 10 3 periodic"]),
        _ => owned(&["crypto isakmp keepalive 10 3 periodic", "crypto ikev2 dpd 10 3 periodic"]),
    })
}

/// The remedies in the vendor's order.
pub(super) fn remedies(site: impl Into<Site>) -> Vec<Step> {
    let site = site.into();
    vec![clear_sas(site), clear_on_peer(site), reapply_maps(site), verify(site), prevent(site)]
}

/// The same, with what is special to a finding where the vendor's two have not helped.
pub(super) fn remedies_with(site: impl Into<Site>, special: Step) -> Vec<Step> {
    let site = site.into();
    let mut remedies = remedies(site);
    remedies.insert(3, special);
    remedies
}

/// The same where IKE runs and something else has to be mended before SAs can come up: that first. The crypto map is in
/// force then, and taking it away would only cut other tunnels.
pub(super) fn mend_first(site: impl Into<Site>, special: Step) -> Vec<Step> {
    let site = site.into();
    vec![special, clear_sas(site), clear_on_peer(site), verify(site), prevent(site)]
}

/// What it means that IKE was sent from a member's own address although the tunnel ends at the virtual one; nothing
/// where it was not.
pub(super) fn left_virtual_address(reading: &Reading<'_>) -> Option<String> {
    let outage = reading.outage;
    let Tunnel { local, peer } = outage.tunnel;
    let member = reading.member_end().filter(|_| outage.ends_at_virtual_address)?;
    Some(format!(
        "IKE was sent from {member}, a router's own address, and not from {local}, which {peer} knows: most likely the {} \
         was applied without `redundancy`, or the standby address or name it was tied to was deleted.",
        Site::from(outage).policy()
    ))
}

/// Let a message that comes in IP fragments through, or let IKE cut it up itself.
pub(super) fn let_fragments_pass(site: impl Into<Site>, message: InPieces) -> Step {
    let site = site.into();
    let commands: &[&str] = match site.ike_version {
        Some(1) => &["crypto isakmp fragmentation"],
        _ => &["crypto ikev2 fragmentation mtu 1200"],
    };
    step(
        format!(
            "let the fragments of {} pass on the whole way between {} and {}, or let both ends cut long messages up by \
             themselves",
            message.stage, site.router, site.tunnel.peer
        ),
        site.gateway.ios(owned(commands)),
    )
}

/// A step of plain words.
pub(super) fn words(text: impl Into<String>) -> Step {
    step(text, [])
}

/// A step with commands.
pub(super) fn commands(text: impl Into<String>, commands: &[&str]) -> Step {
    step(text, owned(commands))
}

/// A step with commands of IOS for a device of this maker.
pub(super) fn commands_on(maker: Maker, text: impl Into<String>, commands: &[&str]) -> Step {
    step(text, maker.ios(owned(commands)))
}

/// The address of a device, with its product where it names one.
fn named(address: IpAddr, maker: Maker) -> String {
    match maker {
        Maker::Other(Some(product)) => format!("{address} ({product})"),
        Maker::Other(None) | Maker::Cisco | Maker::Unknown => address.to_string(),
    }
}

/// The counters of packets that IPsec sends and receives, in the maker's words.
const fn counters(maker: Maker) -> &'static str {
    if maker.speaks_ios() { "encaps and decaps" } else { "the counters of both directions" }
}

/// A device's own commands where they are known, or those of IOS where it may understand them.
fn own_or_ios(maker: Maker, own: &[(&str, &[&str])], ios: Vec<String>) -> Vec<String> {
    let product = match maker {
        Maker::Other(Some(product)) => product,
        Maker::Other(None) | Maker::Cisco | Maker::Unknown => "",
    };
    let known = own.iter().find(|(name, _)| *name == product).map(|(_, commands)| owned(commands));
    known.unwrap_or_else(|| maker.ios(ios))
}

fn owned(commands: &[&str]) -> Vec<String> {
    commands.iter().map(|&command| command.to_owned()).collect()
}

/// What shows SAs and their counters, by product.
const STATE: &[(&str, &[&str])] = &[
    ("strongSwan", &["swanctl --list-sas"]),
    ("FortiGate", &["diagnose vpn ike gateway list", "diagnose vpn tunnel list"]),
    ("Juniper SRX", &["show security ike security-associations", "show security ipsec statistics"]),
    ("Check Point", &["vpn tu tlist"]),
];
/// What clears SAs, by product.
const CLEAR: &[(&str, &[&str])] = &[
    ("strongSwan", &["swanctl --terminate --ike CONNECTION"]),
    ("FortiGate", &["diagnose vpn ike gateway clear name PHASE1"]),
    (
        "Juniper SRX",
        &["clear security ike security-associations ADDRESS", "clear security ipsec security-associations"],
    ),
    ("Check Point", &["vpn tu"]),
];
