//! What is given of the frames in the ring.

use nix::net::if_::if_indextoname;

use crate::capture::frame::LinkType;

use super::RawFrame;
use super::block::Slot;
use super::hardware;
use super::interfaces::Interfaces;
use super::vlan;

/// The frame in a slot; none where it is one that the loopback shows a second time, or neither Ethernet nor IP.
///
/// `room` holds it where the kernel took a VLAN tag out of it.
pub(super) fn frame<'a>(
    slot: Slot<'a>,
    interfaces: &mut Interfaces,
    room: &'a mut Vec<u8>,
) -> Option<RawFrame<'a>> {
    let Slot { nanos, wire_len, index, hardware, protocol, link_header, .. } = slot;
    if hardware == hardware::LOOPBACK && slot.is_outgoing {
        return None;
    }
    let link_type = hardware::link_type(hardware);
    let (bytes, wire_len) = if link_type == LinkType::ETHERNET {
        let tag = if slot.tag.is_some() { vlan::TAG } else { 0 };
        (vlan::restore(slot.bytes, slot.tag, room), wire_len.saturating_add(tag))
    } else if matches!(protocol, IPV4 | IPV6) {
        let skipped = u32::try_from(link_header).unwrap_or_default();
        (slot.bytes.get(link_header..)?, wire_len.saturating_sub(skipped))
    } else {
        return None;
    };
    let interface = interfaces.number(index, link_type, || if_indextoname(index).ok()?.into_string().ok());
    Some(RawFrame { nanos, wire_len, interface, link_type, bytes })
}

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;

#[cfg(test)]
mod tests {
    use super::*;

    const TUNNEL: u16 = 0xfffe;

    /// A slot of an interface that does not exist.
    fn slot(hardware: u16, protocol: u16, link_header: usize, bytes: &[u8]) -> Slot<'_> {
        let wire_len = 1000;
        let (nanos, index, is_outgoing, tag) = (7, u32::MAX, true, None);
        Slot { nanos, wire_len, index, hardware, is_outgoing, protocol, tag, link_header, bytes }
    }

    fn given(slot: Slot<'_>) -> Option<(LinkType, u32, Vec<u8>)> {
        let mut room = Vec::new();
        let frame = frame(slot, &mut Interfaces::default(), &mut room)?;
        Some((frame.link_type, frame.wire_len, frame.bytes.to_vec()))
    }

    #[test]
    fn without_an_ethernet_header_the_link_header_is_left_out() {
        let ip = |header| given(slot(TUNNEL, IPV4, header, b"linkpacket"));
        assert_eq!(ip(4), Some((LinkType::RAW, 996, b"packet".to_vec())));
        assert_eq!(ip(0), Some((LinkType::RAW, 1000, b"linkpacket".to_vec())));
        assert_eq!(ip(11), None, "cut before it");
        assert_eq!(given(slot(TUNNEL, 0x00f7, 0, b"no IP")), None);
    }

    #[test]
    fn a_frame_has_its_tag_and_its_length_with_it() {
        let tagged = Slot { tag: Some((0x8100, 5)), ..slot(1, IPV4, 14, b"ddddddssssss\x08\x00rest") };
        let bytes = b"ddddddssssss\x81\x00\x00\x05\x08\x00rest".to_vec();
        assert_eq!(given(tagged), Some((LinkType::ETHERNET, 1004, bytes)));
    }

    #[test]
    fn the_loopback_gives_each_frame_once() {
        let sent = slot(hardware::LOOPBACK, IPV4, 14, b"frame");
        assert_eq!(given(sent), None);
        assert!(given(Slot { is_outgoing: false, ..sent }).is_some());
    }
}
