//! Which routers of two groups are one chassis.

use std::net::IpAddr;

use crate::track::{GroupFacts, RouterFacts};
use crate::wire::mac::MacAddr;

/// Why two interfaces are taken for those of one router, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// They have the same MAC, as subinterfaces and VLAN interfaces do.
    SameMac,
    /// Their MACs are near each other in one vendor's range, and far from those of every other router.
    NearMacs,
    /// Each is one of two, and the other ones of both have the same MAC.
    OthersSameMac,
    /// Their addresses end alike.
    HostPart,
}

impl Likeness {
    /// What it is worth as evidence.
    pub(super) const fn factor(self) -> f64 {
        match self {
            Self::SameMac => 1.0,
            Self::NearMacs | Self::OthersSameMac => 0.9,
            Self::HostPart => 0.5,
        }
    }

    /// In words, behind the two addresses.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::SameMac => "have the same MAC",
            Self::NearMacs => "have MACs next to each other",
            Self::OthersSameMac => "are left over, and the other router of both has one MAC",
            Self::HostPart => "end alike, and nothing else says that they are one router",
        }
    }
}

/// Whether `one`'s router at `its` address and `other`'s at `others` are one chassis, and why. Groups of one segment
/// share none: a router has one address there.
pub(super) fn likeness(
    (one, its): (&GroupFacts, IpAddr),
    (other, others): (&GroupFacts, IpAddr),
) -> Option<Likeness> {
    let (its, its_rivals) = apart(one, its)?;
    let (others, others_rivals) = apart(other, others)?;
    let distance = distance(its, others);
    // The nearest of those that it could be confused with.
    let rival = its_rivals.iter().filter_map(|rival| self::distance(rival, others));
    let rival = rival.chain(others_rivals.iter().filter_map(|rival| self::distance(its, rival))).min();
    let is_nearest = |distance: u32| rival.is_none_or(|rival| rival > distance.saturating_mul(FARTHER));
    match distance {
        Some(0) => (rival != Some(0)).then_some(Likeness::SameMac),
        Some(distance) if distance <= NEAR && is_nearest(distance) => Some(Likeness::NearMacs),
        // An active router may show no MAC but the virtual one.
        None if are_one(&its_rivals, &others_rivals) => Some(Likeness::OthersSameMac),
        _ if rival.is_some_and(|rival| rival <= NEAR) => None,
        _ => {
            let alike = |one: &RouterFacts, other: &RouterFacts| ends_alike(one.address, other.address);
            let only = !its_rivals.iter().any(|rival| alike(rival, others))
                && !others_rivals.iter().any(|rival| alike(its, rival));
            (alike(its, others) && only).then_some(Likeness::HostPart)
        }
    }
}

/// A router of a group, and the others.
fn apart(group: &GroupFacts, address: IpAddr) -> Option<(&RouterFacts, Vec<&RouterFacts>)> {
    let router = group.routers.iter().find(|router| router.address == address)?;
    Some((router, group.routers.iter().filter(|router| router.address != address).collect()))
}

/// Whether there is one router on either side, and both have the same MAC.
fn are_one(its: &[&RouterFacts], others: &[&RouterFacts]) -> bool {
    matches!((its, others), ([its], [others]) if distance(its, others) == Some(0))
}

/// How far the MACs of two routers are apart, the nearest two of one vendor.
fn distance(one: &RouterFacts, other: &RouterFacts) -> Option<u32> {
    let pairs = one.macs.iter().flat_map(|mac| other.macs.iter().map(move |other| (mac, other)));
    pairs.filter_map(|(MacAddr(one), MacAddr(other))| between(*one, *other)).min()
}

fn between(one: [u8; 6], other: [u8; 6]) -> Option<u32> {
    let number = |[_, _, _, high, middle, low]: [u8; 6]| u32::from_be_bytes([0, high, middle, low]);
    (one[..3] == other[..3]).then(|| number(one).abs_diff(number(other)))
}

/// Whether the last byte of two IPv4 addresses is the same, as a plan of addresses would have it.
const fn ends_alike(one: IpAddr, other: IpAddr) -> bool {
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => one.octets()[3] == other.octets()[3],
        _ => false,
    }
}

/// How far apart the MACs of one chassis may be: vendors give a chassis blocks of this size, or smaller ones.
const NEAR: u32 = 256;
/// How many times farther every other router must be.
const FARTHER: u32 = 4;
