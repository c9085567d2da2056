//! Types of hardware (`ARPHRD_`): how the frames on an interface begin.

use crate::capture::frame::LinkType;

/// How frames begin on hardware of this type: with an Ethernet header, or with IP.
pub(super) const fn link_type(hardware: u16) -> LinkType {
    if has_ethernet_header(hardware) { LinkType::ETHERNET } else { LinkType::RAW }
}

/// Whether frames on hardware of this type begin with an Ethernet header.
pub(super) const fn has_ethernet_header(hardware: u16) -> bool {
    matches!(hardware, ETHERNET | LOOPBACK)
}

const ETHERNET: u16 = 1;
/// What is sent on it is seen twice: as it goes out and as it comes in.
pub(super) const LOOPBACK: u16 = 772;
