//! How a packet came to where it was captured: the wrappings it travelled in, outermost first.

use std::fmt;
use std::net::IpAddr;

use super::vlans::Vlans;

/// The wrappings of a packet. A frame without any has no path.
///
/// Paths are ordered by their wrappings, outermost first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    wrappings: [Option<Wrapping>; Self::MAX],
    endpoints: Option<(IpAddr, IpAddr)>,
    /// With its place among the wrappings.
    id: Option<(u8, TunnelId)>,
    vlans: Vlans,
}

/// A header that makes one packet the payload of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wrapping {
    /// PPP over Ethernet (RFC 2516).
    Pppoe,
    /// IP behind MPLS labels (RFC 3032).
    Mpls,
    /// Ethernet behind MPLS labels (RFC 4448).
    Pseudowire,
    /// Ethernet in a backbone's Ethernet (IEEE 802.1ah).
    BackboneBridge,
    /// Bridged Ethernet in LLC/SNAP or Cisco HDLC (RFC 2684, RFC 2427).
    Bridged,
    /// GRE (RFC 2784, RFC 2890).
    Gre,
    /// The enhanced GRE of PPTP (RFC 2637).
    Pptp,
    /// Ethernet in GRE with a virtual subnet id (RFC 7637).
    Nvgre,
    /// ERSPAN type I: a mirrored frame in GRE.
    Erspan1,
    /// ERSPAN type II.
    Erspan2,
    /// ERSPAN type III.
    Erspan3,
    /// A packet that WCCP redirected, in GRE.
    Wccp,
    /// VXLAN (RFC 7348).
    Vxlan,
    /// VXLAN with a protocol field.
    VxlanGpe,
    /// Geneve (RFC 8926).
    Geneve,
    /// IP in IP (RFC 2003, RFC 4213).
    IpInIp,
    /// Ethernet in IP (RFC 3378).
    EtherIp,
    /// L2TP version 2 (RFC 2661).
    L2tp,
    /// GTP-U (3GPP TS 29.281).
    Gtp,
    /// TZSP: a mirrored frame over UDP.
    Tzsp,
}

/// The number by which a wrapping's ends know what they carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TunnelId {
    /// `PPPoE` session.
    PppoeSession(u16),
    /// The innermost MPLS label, 20 bits.
    MplsLabel(u32),
    /// I-SID of a backbone bridge, 24 bits.
    ServiceInstance(u32),
    /// GRE key.
    GreKey(u32),
    /// PPTP call.
    PptpCall(u16),
    /// ERSPAN session, 10 bits.
    ErspanSession(u16),
    /// NVGRE virtual subnet, 24 bits.
    Vsid(u32),
    /// VXLAN or Geneve network, 24 bits.
    Vni(u32),
    /// L2TP tunnel and session.
    L2tp {
        /// The tunnel.
        tunnel: u16,
        /// The session in it.
        session: u16,
    },
    /// GTP-U tunnel endpoint.
    Teid(u32),
}

/// A virtual Ethernet segment by the number that both of its directions bear: equal VLANs in two of them are two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VirtualNetwork {
    /// VXLAN or Geneve network, 24 bits.
    Vni(u32),
    /// NVGRE virtual subnet, 24 bits.
    Vsid(u32),
    /// Service instance of a backbone bridge, 24 bits.
    ServiceInstance(u32),
}

impl Path {
    /// How many wrappings are followed.
    pub const MAX: usize = 8;
    /// How many labels of one MPLS stack are followed.
    pub const MAX_LABELS: usize = 16;

    /// The wrappings, outermost first.
    pub fn wrappings(&self) -> impl Iterator<Item = Wrapping> {
        self.wrappings.into_iter().flatten()
    }

    /// Source and destination of the IP packet that the innermost tunnel over IP came in; none where no wrapping was
    /// one.
    pub const fn endpoints(&self) -> Option<(IpAddr, IpAddr)> {
        self.endpoints
    }

    /// The number of the innermost wrapping that has one.
    pub fn id(&self) -> Option<TunnelId> {
        self.id.map(|(_, id)| id)
    }

    /// The VLANs of the link layers around the innermost one, outermost first.
    pub const fn vlans(&self) -> Vlans {
        self.vlans
    }

    /// Puts a further wrapping inside the others; whether there was room for it.
    pub(super) fn push(
        &mut self,
        wrapping: Wrapping,
        id: Option<TunnelId>,
        endpoints: Option<(IpAddr, IpAddr)>,
    ) -> bool {
        let Some(depth) = self.wrappings.iter().position(Option::is_none) else { return false };
        if let (Some(slot), Ok(place)) = (self.wrappings.get_mut(depth), u8::try_from(depth)) {
            *slot = Some(wrapping);
            self.id = id.map(|id| (place, id)).or(self.id);
            self.endpoints = endpoints.or(self.endpoints);
        }
        true
    }

    /// Puts the VLANs of a link layer that turned out to be around another inside those known; whether there was room.
    pub(super) fn push_vlans(&mut self, vlans: Vlans) -> bool {
        self.vlans.extend(vlans)
    }
}

impl Wrapping {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pppoe => "PPPoE",
            Self::Mpls => "MPLS",
            Self::Pseudowire => "MPLS pseudowire",
            Self::BackboneBridge => "802.1ah",
            Self::Bridged => "bridged Ethernet",
            Self::Gre => "GRE",
            Self::Pptp => "PPTP",
            Self::Nvgre => "NVGRE",
            Self::Erspan1 => "ERSPAN I",
            Self::Erspan2 => "ERSPAN II",
            Self::Erspan3 => "ERSPAN III",
            Self::Wccp => "WCCP",
            Self::Vxlan => "VXLAN",
            Self::VxlanGpe => "VXLAN-GPE",
            Self::Geneve => "Geneve",
            Self::IpInIp => "IP in IP",
            Self::EtherIp => "EtherIP",
            Self::L2tp => "L2TP",
            Self::Gtp => "GTP-U",
            Self::Tzsp => "TZSP",
        }
    }
}

impl fmt::Display for Path {
    /// `VXLAN, VNI 5000, from 10.0.0.1 to 10.0.0.2, in VLAN 7`; of several wrappings `MPLS, label 16 > GRE`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, wrapping) in self.wrappings().enumerate() {
            f.write_str(if depth == 0 { "" } else { " > " })?;
            f.write_str(wrapping.name())?;
            match self.id {
                Some((place, id)) if usize::from(place) == depth => write!(f, ", {id}")?,
                _ => {}
            }
        }
        if let Some((src, dst)) = self.endpoints {
            write!(f, ", from {src} to {dst}")?;
        }
        for (depth, id) in self.vlans.ids().enumerate() {
            f.write_str(if depth == 0 { ", in VLAN " } else { "." })?;
            id.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for TunnelId {
    /// `session 5`, `VNI 5000`, `label 16`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PppoeSession(id) | Self::ErspanSession(id) => write!(f, "session {id}"),
            Self::MplsLabel(id) => write!(f, "label {id}"),
            Self::ServiceInstance(id) => write!(f, "I-SID {id}"),
            Self::GreKey(id) => write!(f, "key {id}"),
            Self::PptpCall(id) => write!(f, "call {id}"),
            Self::Vsid(id) => write!(f, "VSID {id}"),
            Self::Vni(id) => write!(f, "VNI {id}"),
            Self::L2tp { tunnel, session } => write!(f, "tunnel {tunnel} session {session}"),
            Self::Teid(id) => write!(f, "TEID {id}"),
        }
    }
}

impl fmt::Display for VirtualNetwork {
    /// `vni5000`, as part of a segment's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vni(id) => write!(f, "vni{id}"),
            Self::Vsid(id) => write!(f, "vsid{id}"),
            Self::ServiceInstance(id) => write!(f, "isid{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_eight_wrappings_with_the_innermost_id_and_endpoints() {
        let mut path = Path::default();
        let outer = Some(([10, 0, 0, 1].into(), [10, 0, 0, 2].into()));
        assert!(path.push(Wrapping::Gre, Some(TunnelId::GreKey(7)), outer));
        assert!(path.push(Wrapping::Mpls, None, None));
        assert_eq!((path.id(), path.endpoints()), (Some(TunnelId::GreKey(7)), outer));
        let inner = Some(([10, 9, 0, 1].into(), [10, 9, 0, 2].into()));
        assert!(path.push(Wrapping::Vxlan, Some(TunnelId::Vni(5000)), inner));
        assert_eq!((path.id(), path.endpoints()), (Some(TunnelId::Vni(5000)), inner));
        for _ in 3..Path::MAX {
            assert!(path.push(Wrapping::IpInIp, None, None));
        }
        let full = path;
        assert!(!path.push(Wrapping::Gtp, Some(TunnelId::Teid(1)), outer) && path == full);
        assert_eq!(path.wrappings().count(), Path::MAX);
    }

    #[test]
    fn names_the_way_outermost_first() {
        let mut path = Path::default();
        let ends = Some(([10, 0, 0, 1].into(), [10, 0, 0, 2].into()));
        path.push(Wrapping::Erspan2, Some(TunnelId::ErspanSession(5)), ends);
        assert_eq!(path.to_string(), "ERSPAN II, session 5, from 10.0.0.1 to 10.0.0.2");
        let mut path = Path::default();
        path.push(Wrapping::Mpls, Some(TunnelId::MplsLabel(16)), None);
        path.push(Wrapping::Gre, None, ends);
        let mut vlans = Vlans::default();
        vlans.push(100);
        vlans.push(7);
        path.push_vlans(vlans);
        assert_eq!(path.to_string(), "MPLS, label 16 > GRE, from 10.0.0.1 to 10.0.0.2, in VLAN 100.7");
    }
}
