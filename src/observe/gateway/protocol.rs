//! Which redundancy protocol, for which address family, and which of its groups.

use std::fmt;
use std::net::IpAddr;

use crate::wire::mac::VirtualMac;

/// A redundancy protocol with its address family: the two families of one protocol have groups of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GatewayProtocol {
    /// HSRP for IPv4, either version.
    Hsrp,
    /// HSRP for IPv6.
    Hsrp6,
    /// VRRP for IPv4, either version.
    Vrrp,
    /// VRRP for IPv6.
    Vrrp6,
    /// GLBP for IPv4.
    Glbp,
    /// GLBP for IPv6.
    Glbp6,
    /// CARP over IPv4.
    Carp,
    /// CARP over IPv6.
    Carp6,
}

impl GatewayProtocol {
    /// The protocol as engineers write it, without its address family.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hsrp | Self::Hsrp6 => "HSRP",
            Self::Vrrp | Self::Vrrp6 => "VRRP",
            Self::Glbp | Self::Glbp6 => "GLBP",
            Self::Carp | Self::Carp6 => "CARP",
        }
    }

    /// Its name in a Wireshark display filter. CARP has none of its own there: it is shown as VRRP.
    pub const fn display_filter(self) -> &'static str {
        match self {
            Self::Hsrp | Self::Hsrp6 => "hsrp",
            Self::Vrrp | Self::Vrrp6 | Self::Carp | Self::Carp6 => "vrrp",
            Self::Glbp | Self::Glbp6 => "glbp",
        }
    }

    /// Whether a message tells how long its sender may be silent; otherwise that follows from how often it speaks.
    pub const fn tells_hold_time(self) -> bool {
        matches!(self, Self::Hsrp | Self::Hsrp6 | Self::Glbp | Self::Glbp6)
    }

    /// Whether a group of it can present `address`: each family's addresses are announced over that family, in CARP too,
    /// where one virtual host speaks over both (`carp_send_ad` of OpenBSD and FreeBSD).
    pub const fn can_present(self, address: &IpAddr) -> bool {
        self.is_ipv6() == address.is_ipv6()
    }

    /// Whether its virtual addresses are of IPv6.
    pub const fn is_ipv6(self) -> bool {
        matches!(self, Self::Hsrp6 | Self::Vrrp6 | Self::Glbp6 | Self::Carp6)
    }

    /// Whether forwarders answer for the virtual address, each with a MAC of its own, and not the active router alone.
    pub const fn has_forwarders(self) -> bool {
        matches!(self, Self::Glbp | Self::Glbp6)
    }

    /// Whether the higher address decides where priorities are equal (RFC 3768 §6.4.3, RFC 2281 §5.6).
    pub const fn breaks_ties_by_address(self) -> bool {
        !matches!(self, Self::Carp | Self::Carp6)
    }

    /// Whether messages name the virtual addresses of their group.
    pub const fn names_virtual_addresses(self) -> bool {
        !matches!(self, Self::Carp | Self::Carp6)
    }

    /// Whether how often a router speaks says how much it is preferred, so that routers differ in it by design.
    pub const fn prefers_by_interval(self) -> bool {
        matches!(self, Self::Carp | Self::Carp6)
    }

    /// Whether only the router that holds the active role speaks: the others are silent until they take it.
    pub const fn has_silent_backups(self) -> bool {
        matches!(self, Self::Vrrp | Self::Vrrp6 | Self::Carp | Self::Carp6)
    }

    /// Whether a router gives the active role up by a priority of 0 instead of a message of its own.
    pub const fn resigns_by_priority(self) -> bool {
        matches!(self, Self::Vrrp | Self::Vrrp6)
    }

    /// Whether a router says so when it takes the active role from a living one.
    pub const fn has_coup(self) -> bool {
        matches!(self, Self::Hsrp | Self::Hsrp6)
    }
}

impl fmt::Display for GatewayProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hsrp => "hsrp",
            Self::Hsrp6 => "hsrp6",
            Self::Vrrp => "vrrp",
            Self::Vrrp6 => "vrrp6",
            Self::Glbp => "glbp",
            Self::Glbp6 => "glbp6",
            Self::Carp => "carp",
            Self::Carp6 => "carp6",
        })
    }
}

/// A group as its messages name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupName {
    /// Its protocol and address family.
    pub protocol: GatewayProtocol,
    /// Its group number, VRID or VHID.
    pub number: u16,
    /// Which virtual forwarder of a GLBP group, 1 to 255; 0 for the group itself.
    pub forwarder: u8,
}

impl GroupName {
    /// The first of all names, in their order.
    pub const FIRST: Self = Self { protocol: GatewayProtocol::Hsrp, number: 0, forwarder: 0 };
    /// The last of all names, in their order.
    pub const LAST: Self = Self { protocol: GatewayProtocol::Carp6, number: u16::MAX, forwarder: u8::MAX };

    /// A group, not a forwarder of one.
    pub const fn new(protocol: GatewayProtocol, number: u16) -> Self {
        Self { protocol, number, forwarder: 0 }
    }

    /// Whether a virtual MAC is one of this group's. That of CARP is VRRP's for IPv4, whatever the family.
    pub fn has_mac(self, mac: VirtualMac) -> bool {
        let of = |protocols: &[GatewayProtocol], number: u16| {
            protocols.contains(&self.protocol) && self.number == number
        };
        match mac {
            VirtualMac::HsrpV1(number) => of(&[GatewayProtocol::Hsrp], number.into()),
            VirtualMac::HsrpV2(number) => of(&[GatewayProtocol::Hsrp], number),
            VirtualMac::HsrpV6(number) => of(&[GatewayProtocol::Hsrp6], number),
            VirtualMac::Glbp { group, forwarder } => {
                of(&[GatewayProtocol::Glbp, GatewayProtocol::Glbp6], group)
                    && (self.forwarder == 0 || self.forwarder == forwarder)
            }
            VirtualMac::VrrpV4(number) => {
                let (vrrp, carp, carp6) =
                    (GatewayProtocol::Vrrp, GatewayProtocol::Carp, GatewayProtocol::Carp6);
                of(&[vrrp, carp, carp6], number.into())
            }
            VirtualMac::VrrpV6(number) => of(&[GatewayProtocol::Vrrp6], number.into()),
        }
    }
}

impl fmt::Display for GroupName {
    /// `hsrp/10`, `vrrp6/36`; `glbp/1.2` for forwarder 2 of GLBP group 1.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.protocol, self.number)?;
        if self.forwarder == 0 { Ok(()) } else { write!(f, ".{}", self.forwarder) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forwarder_has_its_own_mac_and_its_group_all_of_them() {
        let mac = VirtualMac::Glbp { group: 1, forwarder: 2 };
        let group = GroupName::new(GatewayProtocol::Glbp, 1);
        assert!(group.has_mac(mac));
        assert!(GroupName { forwarder: 2, ..group }.has_mac(mac));
        assert!(!GroupName { forwarder: 1, ..group }.has_mac(mac));
        assert!(!GroupName { number: 2, ..group }.has_mac(mac));
    }

    #[test]
    fn families_are_told_apart_by_their_macs() {
        let vrrp6 = GroupName::new(GatewayProtocol::Vrrp6, 36);
        assert!(vrrp6.has_mac(VirtualMac::VrrpV6(36)));
        assert!(!vrrp6.has_mac(VirtualMac::VrrpV4(36)));
        assert!(GroupName::new(GatewayProtocol::Carp6, 36).has_mac(VirtualMac::VrrpV4(36)));
        assert_eq!(vrrp6.to_string(), "vrrp6/36");
        assert_eq!(
            GroupName { protocol: GatewayProtocol::Glbp, number: 1, forwarder: 2 }.to_string(),
            "glbp/1.2"
        );
    }
}
