//! Which segments are one: two captures that show a group with the same number, virtual network, VLAN and virtual
//! address were taken on one segment.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::decode::{VirtualNetwork, Vlans};

use super::gateway::{GatewayMessage, GroupName};
use super::place::Segment;

/// The segments of a run, each by the name under which it was seen first.
#[derive(Clone, Default)]
pub(super) struct Segments {
    first: BTreeMap<Segment, Segment>,
    by_group: BTreeMap<Identity, Segment>,
}

/// What tells a group from those of other segments.
type Identity = (Option<VirtualNetwork>, Vlans, GroupName, IpAddr);

impl Segments {
    /// The name of a segment.
    pub(super) fn name(&self, segment: Segment) -> Segment {
        self.first.get(&segment).copied().unwrap_or(segment)
    }

    /// Whether a segment gets another name where a group message of `router` is [learnt](Self::learn) there.
    pub(super) fn would_rename(&self, segment: Segment, router: IpAddr, message: &GatewayMessage) -> bool {
        let known = identity(segment, router, message).and_then(|identity| self.by_group.get(&identity));
        let has_room = self.by_group.len() < LIMIT;
        has_room && known.is_some_and(|known| known.series != self.name(segment).series)
    }

    /// Learns from a group message of `router` on a segment; the segment's name from now on.
    ///
    /// Interfaces of one capture are never one segment: whoever captured them apart knows why.
    pub(super) fn learn(&mut self, segment: Segment, router: IpAddr, message: &GatewayMessage) -> Segment {
        let name = self.name(segment);
        if self.by_group.len() >= LIMIT {
            return name;
        }
        let Some(identity) = identity(segment, router, message) else { return name };
        let known = *self.by_group.entry(identity).or_insert(name);
        if known.series != name.series {
            self.first.insert(segment, known);
            return known;
        }
        name
    }
}

fn identity(segment: Segment, router: IpAddr, message: &GatewayMessage) -> Option<Identity> {
    let address = telling_address(router, message)?;
    Some((segment.network, segment.vlans, message.group, address))
}

/// The address that tells one segment from another: a virtual address, unless it is of the link alone, which may be the
/// same everywhere. Without one it is the router's own; CARP names none. None where it is not learnt yet.
fn telling_address(router: IpAddr, message: &GatewayMessage) -> Option<IpAddr> {
    let is_wide = |address: &&IpAddr| match address {
        IpAddr::V4(_) => true,
        IpAddr::V6(address) => !address.is_unicast_link_local(),
    };
    let wide = message.virtual_addresses.iter().find(is_wide).copied();
    let is_learnt = !message.virtual_addresses.is_empty();
    wide.or_else(|| (is_learnt || !message.group.protocol.names_virtual_addresses()).then_some(router))
}

/// How many groups are remembered; beyond that captures are judged each on its own.
const LIMIT: usize = 0x1_0000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::{Act, Authentication, GatewayProtocol, Role};

    fn message(protocol: GatewayProtocol, addresses: &[&str]) -> GatewayMessage {
        GatewayMessage {
            group: GroupName::new(protocol, 10),
            version: 2,
            act: Act::Hello,
            role: Role::Active,
            state: "active",
            priority: Some(100),
            demotion: 0,
            hello_ms: 1000,
            hold_ms: 3000,
            virtual_addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
            identifier: None,
            authentication: Authentication::NONE,
            checksum: None,
        }
    }

    #[test]
    fn an_address_of_the_link_alone_tells_nothing() {
        let router: IpAddr = "fe80::2".parse().unwrap();
        let tells = |protocol, addresses: &[&str]| telling_address(router, &message(protocol, addresses));
        let (wide, local) = ("2001:db8::1", "fe80::5:73ff:fea0:a");
        assert_eq!(tells(GatewayProtocol::Vrrp6, &[local, wide]), wide.parse().ok());
        assert_eq!(tells(GatewayProtocol::Hsrp6, &[local]), Some(router));
        assert_eq!(tells(GatewayProtocol::Hsrp, &["192.0.2.1"]), "192.0.2.1".parse().ok());
        assert_eq!(tells(GatewayProtocol::Hsrp6, &[]), None);
        assert_eq!(tells(GatewayProtocol::Carp, &[]), Some(router));
    }
}
