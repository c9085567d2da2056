//! Commands about a gateway group, by its protocol.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::diagnose::finding::Step;
use crate::observe::{GatewayProtocol, GroupName};

use super::site::{Maker, Site};
use super::{commands, owned, step, words};

/// Is the router active, and since when.
pub(in crate::diagnose) fn check_gateway(site: impl Into<Site>) -> Step {
    let site = site.into();
    // A VRRP router of another maker has other commands; CARP's are its own already.
    let known = site.gateway.speaks_ios() || site.is_carp();
    commands(
        format!("on {}: is it active for group {}, since when and why", site.router, site.group.number),
        if known { gateway_commands(site.group.protocol) } else { &[] },
    )
}

/// Which of two routers believe that they are active, and why.
pub(in crate::diagnose) fn split_brain_checks(
    name: GroupName,
    (owner, claimant): (IpAddr, IpAddr),
) -> Vec<Step> {
    vec![
        ask_routers(
            format!("on {owner} and on {claimant}: which of them is active, and whom does it see"),
            name,
        ),
        commands(
            "on both: why are messages of the other refused",
            &["show logging | include BADAUTH|DIFFVIP|MACFLAP"],
        ),
        commands("on the switches between them: does the VLAN reach both", &["show interfaces trunk"]),
    ]
}

/// What the routers of a group say about it themselves.
pub(in crate::diagnose) fn ask_routers(text: impl Into<String>, name: GroupName) -> Step {
    commands(text, gateway_commands(name.protocol))
}

/// What shows the MAC that a neighbour holds for an address.
pub(in crate::diagnose) fn neighbours_table(address: IpAddr) -> String {
    if address.is_ipv4() {
        format!("show ip arp {address}")
    } else {
        format!("show ipv6 neighbors {address}")
    }
}

/// Keep a router that returns from taking the role back at once.
pub(in crate::diagnose) fn delay_preemption(name: GroupName) -> Step {
    step(
        "no preempt; or else preempt with a delay: at least 60 s, and 180 s after a reload",
        no_preempt(name, made_by(name)),
    )
}

/// What each of two routers that differ in a setting has configured, and whom it sees.
pub(in crate::diagnose) fn both_settings(name: GroupName, (one, other): (IpAddr, IpAddr)) -> Step {
    let mut shown = owned(gateway_commands(name.protocol));
    if made_by(name).speaks_ios() {
        shown.push("show running-config interface INTERFACE".to_owned());
    }
    step(
        format!(
            "on {one} and on {other}: what is configured for group {}, and whom does it see",
            name.number
        ),
        shown,
    )
}

/// After a change of the gateway group: the SAs, and what ties traffic to IPsec on its interface, in the vendor's order.
pub(in crate::diagnose) fn after_gateway_change(name: GroupName) -> Step {
    words(format!(
        "where IPsec ends on this interface: after any {} change clear the SAs on the primary; if they do not come up, {}",
        name.protocol.name(),
        ipsec_anew(name)
    ))
}

/// The vendor's second remedy, for the interfaces of a group.
pub(in crate::diagnose) fn ipsec_anew(name: GroupName) -> &'static str {
    if made_by(name).speaks_ios() {
        "remove the crypto map from the interface of the group and apply it again"
    } else {
        "load the IPsec configuration anew"
    }
}

/// Where the routers of a group send what should be encrypted.
pub(in crate::diagnose) fn check_routes(name: GroupName) -> Step {
    commands(
        "on both: where do the protected networks lead, and is the reverse route there only where the SAs are",
        if made_by(name).speaks_ios() { &["show ip route", "show crypto route"] } else { &[] },
    )
}

/// Who made the routers of a group, as far as its protocol tells.
fn made_by(name: GroupName) -> Maker {
    Maker::of_gateway(name.protocol, &BTreeSet::new())
}

/// Commands that show the state of a gateway group.
pub(in crate::diagnose) const fn gateway_commands(protocol: GatewayProtocol) -> &'static [&'static str] {
    match protocol {
        GatewayProtocol::Hsrp | GatewayProtocol::Hsrp6 => {
            &["show standby brief", "show standby", "show track"]
        }
        GatewayProtocol::Vrrp | GatewayProtocol::Vrrp6 => &["show vrrp brief", "show vrrp", "show track"],
        GatewayProtocol::Glbp | GatewayProtocol::Glbp6 => &["show glbp brief", "show glbp", "show track"],
        GatewayProtocol::Carp | GatewayProtocol::Carp6 => &["ifconfig | grep carp"],
    }
}

/// What keeps a router that returns from taking the role back.
pub(super) fn no_preempt(name: GroupName, maker: Maker) -> Vec<String> {
    let keyword = match name.protocol {
        GatewayProtocol::Hsrp | GatewayProtocol::Hsrp6 => "standby",
        GatewayProtocol::Vrrp | GatewayProtocol::Vrrp6 => "vrrp",
        GatewayProtocol::Glbp | GatewayProtocol::Glbp6 => "glbp",
        GatewayProtocol::Carp | GatewayProtocol::Carp6 => return owned(&["sysctl net.inet.carp.preempt=0"]),
    };
    maker.ios(vec!["interface INTERFACE".to_owned(), format!(" no {keyword} {} preempt", name.number)])
}
