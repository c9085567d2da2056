//! Where advice applies: which router, which tunnel, and whose commands they understand.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::observe::{GatewayProtocol, GroupName};
use crate::track::{GroupKey, Outage, SpiKind, Tunnel, TunnelFacts, Use};

/// Where advice applies.
#[derive(Clone, Copy, Debug)]
pub(in crate::diagnose) struct Site {
    /// The router that is active now.
    pub(in crate::diagnose) router: IpAddr,
    /// Its gateway group.
    pub(in crate::diagnose) group: GroupName,
    /// The tunnel.
    pub(in crate::diagnose) tunnel: Tunnel,
    /// The IKE version of the tunnel, as far as it was seen.
    pub(in crate::diagnose) ike_version: Option<u8>,
    /// Whether the tunnel ends at a virtual address of the group.
    pub(in crate::diagnose) ends_at_virtual_address: bool,
    /// Whether the routers share the state of their SAs.
    pub(in crate::diagnose) shares_state: bool,
    /// Who made the routers.
    pub(in crate::diagnose) gateway: Maker,
    /// Who made the peer.
    pub(in crate::diagnose) peer: Maker,
}

/// Who made a device, as far as the capture shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::diagnose) enum Maker {
    /// Cisco: it says so, or speaks a protocol of Cisco's own.
    Cisco,
    /// Another one, by the product it names, where it names one.
    Other(Option<&'static str>),
    /// Nothing tells.
    Unknown,
}

impl Site {
    /// The gateway protocol as engineers write it.
    pub(in crate::diagnose) const fn protocol(&self) -> &'static str {
        self.group.protocol.name()
    }

    /// Whether the gateway protocol is HSRP, which crypto maps can be tied to and which the vendor's note is about.
    pub(in crate::diagnose) const fn is_hsrp(&self) -> bool {
        matches!(self.group.protocol, GatewayProtocol::Hsrp | GatewayProtocol::Hsrp6)
    }

    /// Whether the gateway protocol is CARP, whose commands are those of BSD.
    pub(in crate::diagnose) const fn is_carp(&self) -> bool {
        matches!(self.group.protocol, GatewayProtocol::Carp | GatewayProtocol::Carp6)
    }

    /// What applies a crypto map to the interface of the group, tied to the group where the tunnel ends at its address.
    pub(super) const fn map_command(&self) -> &'static str {
        match (self.ends_at_virtual_address && self.is_hsrp(), self.shares_state) {
            (true, true) => " crypto map NAME redundancy STANDBY-GROUP-NAME stateful",
            (true, false) => " crypto map NAME redundancy STANDBY-GROUP-NAME",
            (false, _) => " crypto map NAME",
        }
    }

    /// What ties traffic to IPsec on the routers, in their maker's words.
    pub(in crate::diagnose) const fn policy(&self) -> &'static str {
        if self.gateway.speaks_ios() { "crypto map" } else { "IPsec configuration" }
    }

    /// The place of a tunnel whose gateway group is owned by this router.
    pub(in crate::diagnose) fn of(facts: &TunnelFacts, group: GroupKey, router: IpAddr) -> Self {
        Self {
            router,
            group: group.name,
            tunnel: facts.tunnel,
            ike_version: facts.ike_versions.last().copied(),
            ends_at_virtual_address: facts.ends_at_virtual_address,
            shares_state: false,
            gateway: Maker::of_gateway(group.name.protocol, &facts.vendors.0),
            peer: Maker::of(&facts.vendors.1),
        }
    }
}

impl From<&Outage> for Site {
    fn from(outage: &Outage) -> Self {
        // The version used before the failover, else the one tried after it.
        let tried = || outage.after.negotiations.last().map(|negotiation| negotiation.version);
        let group = outage.failover.group.name;
        Self {
            router: outage.failover.to,
            group,
            tunnel: outage.tunnel,
            ike_version: outage.before.ike_version.or_else(tried),
            ends_at_virtual_address: outage.ends_at_virtual_address,
            shares_state: goes_on(outage),
            gateway: Maker::of_gateway(group.protocol, &outage.vendors.0),
            peer: Maker::of(&outage.vendors.1),
        }
    }
}

/// Whether the new active router goes on with the SA that was in use, however far its sequence is.
fn goes_on(outage: &Outage) -> bool {
    let is_current = |seen: &Use| matches!(seen.kind, SpiKind::Current | SpiKind::CurrentRestarted);
    outage.after.outbound.iter().any(is_current)
}

impl Maker {
    /// Who sent these vendor IDs. Capabilities that many implement tell nothing.
    pub(in crate::diagnose) fn of(vendors: &BTreeSet<&'static str>) -> Self {
        if let Some(product) = vendors.iter().find(|name| PRODUCTS.contains(name)) {
            return Self::Other(Some(product));
        }
        let is_cisco = |name: &&str| name.starts_with("Cisco") && *name != UNITY;
        if vendors.iter().any(is_cisco) { Self::Cisco } else { Self::Unknown }
    }

    /// Who made routers that speak this protocol and sent these vendor IDs.
    pub(in crate::diagnose) fn of_gateway(
        protocol: GatewayProtocol,
        vendors: &BTreeSet<&'static str>,
    ) -> Self {
        match protocol {
            GatewayProtocol::Hsrp
            | GatewayProtocol::Hsrp6
            | GatewayProtocol::Glbp
            | GatewayProtocol::Glbp6 => Self::Cisco,
            GatewayProtocol::Carp | GatewayProtocol::Carp6 => match Self::of(vendors) {
                Self::Unknown => Self::Other(None),
                known => known,
            },
            GatewayProtocol::Vrrp | GatewayProtocol::Vrrp6 => Self::of(vendors),
        }
    }

    /// Whether commands of Cisco IOS are worth a try.
    pub(in crate::diagnose) const fn speaks_ios(self) -> bool {
        !matches!(self, Self::Other(_))
    }

    /// These commands of Cisco IOS, or none where the device does not know them.
    pub(in crate::diagnose) fn ios(self, commands: Vec<String>) -> Vec<String> {
        if self.speaks_ios() { commands } else { Vec::new() }
    }
}

/// Products of other makers, as [`vendor_id`](crate::wire::ike::vendor_id) names them.
const PRODUCTS: &[&str] = &[
    "strongSwan",
    "Microsoft",
    "FortiGate",
    "Check Point",
    "Juniper NetScreen",
    "Juniper SRX",
    "KAME/racoon",
    "SonicWall",
];
/// Sent by whoever can be a client of Cisco's.
const UNITY: &str = "Cisco Unity";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_tells_its_maker_and_a_capability_does_not() {
        let of = |names: &[&'static str]| Maker::of(&names.iter().copied().collect());
        assert_eq!(of(&["DPD", "XAUTH", "Cisco Unity"]), Maker::Unknown);
        assert_eq!(of(&["Cisco Unity", "strongSwan"]), Maker::Other(Some("strongSwan")));
        assert_eq!(of(&["Cisco delete reason"]), Maker::Cisco);
        let silent = BTreeSet::new();
        assert_eq!(Maker::of_gateway(GatewayProtocol::Hsrp, &silent), Maker::Cisco);
        assert_eq!(Maker::of_gateway(GatewayProtocol::Carp, &silent), Maker::Other(None));
        assert!(Maker::of_gateway(GatewayProtocol::Vrrp, &silent).speaks_ios());
    }
}
