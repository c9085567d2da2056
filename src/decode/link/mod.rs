//! The link layer: what a frame's bytes begin with, by their link type (<https://www.tcpdump.org/linktypes.html>), up to
//! the layer inside.

mod cooked;
pub(super) mod ether;
mod frame_relay;
mod hdlc;
mod isl;
mod llc;
mod loopback;
mod nflog;
mod pktap;
mod ppp;
mod switch_tag;

pub(super) use llc::read as llc;
pub(super) use ppp::read as ppp;

use crate::capture::{Frame, LinkType};

use super::layer::{Carried, Layer};
use super::packet::{Packet, Stop};
use super::wrapping::pppoe;

/// Reads what precedes the first layer of a frame; `packet` keeps what was read also where the rest could not be.
pub(super) fn begin<'a>(frame: &Frame<'a>, packet: &mut Packet<'a>) -> Result<Layer<'a>, Stop> {
    let bytes = frame.bytes;
    let end = usize::try_from(frame.wire_len).unwrap_or(usize::MAX).max(bytes.len());
    of_type(frame.link_type, Layer { carried: Carried::Ip, bytes, base: 0, end, truncated: false }, packet)
}

fn of_type<'a>(link_type: LinkType, layer: Layer<'a>, packet: &mut Packet<'a>) -> Result<Layer<'a>, Stop> {
    let announced = |carried| Ok(Layer { carried, ..layer });
    match link_type {
        LinkType::ETHERNET => announced(Carried::Ethernet(None)),
        LinkType::RAW | LinkType::RAW_BSD | LinkType::RAW_OPENBSD => announced(Carried::Ip),
        LinkType::IPV4 => announced(Carried::Ipv4),
        LinkType::IPV6 => announced(Carried::Ipv6),
        LinkType::MPLS => announced(Carried::Mpls),
        LinkType::ATM_RFC1483 => announced(Carried::Llc),
        LinkType::NULL => loopback::null(&layer),
        LinkType::LOOP => loopback::of_openbsd(&layer),
        LinkType::ENC => loopback::enc(&layer),
        LinkType::PFLOG => loopback::pflog(&layer),
        LinkType::LINUX_SLL => cooked::version_1(&layer, packet),
        LinkType::LINUX_SLL2 => cooked::version_2(&layer, packet),
        LinkType::NFLOG => nflog::read(&layer, packet),
        LinkType::PPP | LinkType::PPP_HDLC => hdlc::serial(&layer, packet),
        LinkType::PPP_PPPD => hdlc::pppd(&layer),
        LinkType::PPP_ETHER => pppoe::read(&layer, packet),
        LinkType::C_HDLC => hdlc::cisco(&layer, packet),
        LinkType::FRELAY => frame_relay::read(&layer, packet),
        LinkType::PPP_WITH_DIR => hdlc::serial(&without_direction(layer)?, packet),
        LinkType::C_HDLC_WITH_DIR => hdlc::cisco(&without_direction(layer)?, packet),
        LinkType::FRELAY_WITH_DIR => frame_relay::read(&without_direction(layer)?, packet),
        LinkType::DSA_TAG_DSA => switch_tag::dsa(&layer, packet),
        LinkType::DSA_TAG_EDSA => switch_tag::edsa(&layer, packet),
        LinkType::DSA_TAG_BRCM => switch_tag::broadcom(&layer, packet),
        LinkType::DSA_TAG_BRCM_PREPEND => switch_tag::broadcom_in_front(&layer),
        LinkType::PKTAP | LinkType::USER2 => pktap::read(link_type, layer, packet),
        LinkType(other) => Err(Stop::LinkType(other)),
    }
}

/// Steps over the byte that says whether a frame was sent or received.
fn without_direction(layer: Layer<'_>) -> Result<Layer<'_>, Stop> {
    let mut reader = layer.reader("link type");
    reader.u8("direction")?;
    Ok(layer.after(&reader, layer.carried))
}
