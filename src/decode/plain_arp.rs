//! ARP right in an untagged Ethernet frame, as nearly all of it is: read at once and not layer by layer.

use crate::capture::{Frame, LinkType};
use crate::wire::arp;
use crate::wire::mac::MacAddr;

use super::packet::{Link, Message, Packet};

/// The packet of a frame that holds whole ARP so: what [`decode_closely`](super::decode_closely) gives of it.
#[inline]
pub(super) fn plain_arp<'a>(frame: &Frame<'a>) -> Option<Packet<'a>> {
    if frame.link_type != LinkType::ETHERNET {
        return None;
    }
    let (&dst_mac, rest) = frame.bytes.split_first_chunk()?;
    let (&src_mac, rest) = rest.split_first_chunk()?;
    let bytes = rest.strip_prefix(&ARP)?;
    let message = arp::Packet::parse(bytes, HEADER).ok()??;
    let link = Link { src_mac: Some(MacAddr(src_mac)), dst_mac: Some(MacAddr(dst_mac)), ..Link::default() };
    Some(Packet { link, message: Some(Message::Arp(message)), ..Packet::default() })
}

/// The `EtherType`.
const ARP: [u8; 2] = [0x08, 0x06];
/// Bytes of the Ethernet header.
const HEADER: usize = 14;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::FrameNumber;
    use crate::decode::decode_closely;
    use crate::time::Timestamp;

    /// A request for 192.0.2.1, with padding.
    const REQUEST: [u8; 46] = [
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 9,
        192, 0, 2, 9, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1, 0, 0, 0, 0,
    ];

    fn frame(bytes: &[u8]) -> Frame<'_> {
        let wire_len = u32::try_from(bytes.len()).unwrap();
        Frame {
            number: FrameNumber(1),
            time: Timestamp::MIN,
            interface: 0,
            link_type: LinkType::ETHERNET,
            wire_len,
            bytes,
        }
    }

    #[test]
    fn gives_what_a_close_look_does() {
        assert_eq!(plain_arp(&frame(&REQUEST)), Some(decode_closely(&frame(&REQUEST))));
    }

    #[test]
    fn leaves_all_else_to_a_close_look() {
        for len in 0..42 {
            assert_eq!(plain_arp(&frame(&REQUEST[..len])), None, "{len}");
        }
        for (at, value) in [(12, 0x81), (13, 0), (15, 6), (17, 1), (18, 8)] {
            let mut other = REQUEST;
            other[at] = value;
            assert_eq!(plain_arp(&frame(&other)), None, "{at}");
        }
        assert_eq!(plain_arp(&Frame { link_type: LinkType::RAW, ..frame(&REQUEST) }), None);
    }
}
