//! A block of the ring: its frames, with what the kernel says of each.
//!
//! ```text
//! block    version (4), offset of private data (4), status, frames, offset of the first, length (4 each), …
//! frame    offset of the next (4), seconds, nanoseconds, captured, length, status (4 each),
//!          offsets of link and network header (2 each), hash, VLAN tag (4 each), its type (2), …
//!          then struct sockaddr_ll: family, protocol (2 each), interface (4), hardware (2), kind (1), …
//! ```
//!
//! The kernel is trusted to tell the truth, and no offset is: each is checked against the block.

use std::mem::{offset_of, size_of};

/// A frame in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot<'a> {
    /// Nanoseconds since 1970.
    pub(super) nanos: i64,
    /// Its length on the wire, without the VLAN tag that the kernel took away.
    pub(super) wire_len: u32,
    /// Index of its interface.
    pub(super) index: u32,
    /// The interface's type of hardware (`ARPHRD_`).
    pub(super) hardware: u16,
    /// Whether this host sent it.
    pub(super) is_outgoing: bool,
    /// The `EtherType`, or what Linux has in its place.
    pub(super) protocol: u16,
    /// The tag that the kernel took away: type, and priority with VLAN id.
    pub(super) tag: Option<(u16, u16)>,
    /// How many of `bytes` come before the network header.
    pub(super) link_header: usize,
    /// What was captured, from the link header on.
    pub(super) bytes: &'a [u8],
}

/// The frames of a block, in the order in which they came.
pub(super) fn frames(block: &[u8]) -> impl Iterator<Item = Slot<'_>> {
    let count = word(block, COUNT).unwrap_or_default();
    let mut at = word(block, FIRST).and_then(|first| usize::try_from(first).ok());
    (0..count).map_while(move |_| {
        let header = block.get(at?..)?;
        let next = usize::try_from(word(header, offset_of!(Header, tp_next_offset))?).ok()?;
        // 0 is what the last one has.
        at = at.filter(|_| next > 0).and_then(|at| at.checked_add(next));
        slot(header)
    })
}

/// Reads the frame whose header begins `bytes`.
fn slot(bytes: &[u8]) -> Option<Slot<'_>> {
    let field = |offset| word(bytes, offset);
    let address = bytes.get(ADDRESS..ADDRESS + size_of::<Address>())?;
    let link = usize::from(half(bytes, offset_of!(Header, tp_mac))?);
    let network = usize::from(half(bytes, offset_of!(Header, tp_net))?);
    let captured = usize::try_from(field(offset_of!(Header, tp_snaplen))?).ok()?;
    let status = field(offset_of!(Header, tp_status))?;
    let seconds = i64::from(field(offset_of!(Header, tp_sec))?);
    let nanos = i64::from(field(offset_of!(Header, tp_nsec))?);
    Some(Slot {
        nanos: seconds * 1_000_000_000 + nanos,
        wire_len: field(offset_of!(Header, tp_len))?,
        index: word(address, offset_of!(Address, sll_ifindex))?,
        hardware: half(address, offset_of!(Address, sll_hatype))?,
        is_outgoing: address.get(offset_of!(Address, sll_pkttype)) == Some(&libc::PACKET_OUTGOING),
        protocol: u16::from_be(half(address, offset_of!(Address, sll_protocol))?),
        tag: tag(bytes, status),
        link_header: network.saturating_sub(link),
        bytes: bytes.get(link..link.checked_add(captured)?)?,
    })
}

fn tag(bytes: &[u8], status: u32) -> Option<(u16, u16)> {
    if status & libc::TP_STATUS_VLAN_VALID == 0 {
        return None;
    }
    let variant = offset_of!(Header, hv1);
    let control = word(bytes, variant + offset_of!(Variant, tp_vlan_tci))?;
    let kind = half(bytes, variant + offset_of!(Variant, tp_vlan_tpid))?;
    let kind = if status & libc::TP_STATUS_VLAN_TPID_VALID == 0 { VLAN } else { kind };
    Some((kind, u16::try_from(control & 0xffff).ok()?))
}

fn word(bytes: &[u8], offset: usize) -> Option<u32> {
    bytes.get(offset..)?.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes))
}

fn half(bytes: &[u8], offset: usize) -> Option<u16> {
    bytes.get(offset..)?.first_chunk().map(|bytes| u16::from_ne_bytes(*bytes))
}

type Header = libc::tpacket3_hdr;
type Variant = libc::tpacket_hdr_variant1;
type Address = libc::sockaddr_ll;

/// Where number and place of the frames stand in a block.
const COUNT: usize = offset_of!(libc::tpacket_block_desc, hdr) + offset_of!(libc::tpacket_hdr_v1, num_pkts);
const FIRST: usize =
    offset_of!(libc::tpacket_block_desc, hdr) + offset_of!(libc::tpacket_hdr_v1, offset_to_first_pkt);

/// Where the address stands behind a frame's header.
const ADDRESS: usize = size_of::<Header>().next_multiple_of(libc::TPACKET_ALIGNMENT);

/// The type of a tag of which none is told.
const VLAN: u16 = 0x8100;

#[cfg(test)]
mod tests {
    use super::*;

    /// A block with two frames of four bytes each, the first of which tells of a tag.
    fn block() -> Vec<u8> {
        let mut block = vec![0; 512];
        let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
        put(COUNT, &2_u32.to_ne_bytes());
        put(FIRST, &48_u32.to_ne_bytes());
        for (start, next, status) in [(48, 160_u32, libc::TP_STATUS_VLAN_VALID), (208, 0, 0)] {
            put(start, &next.to_ne_bytes());
            put(start + offset_of!(Header, tp_sec), &7_u32.to_ne_bytes());
            put(start + offset_of!(Header, tp_nsec), &9_u32.to_ne_bytes());
            put(start + offset_of!(Header, tp_snaplen), &4_u32.to_ne_bytes());
            put(start + offset_of!(Header, tp_len), &60_u32.to_ne_bytes());
            put(start + offset_of!(Header, tp_status), &status.to_ne_bytes());
            put(start + offset_of!(Header, tp_mac), &80_u16.to_ne_bytes());
            put(start + offset_of!(Header, tp_net), &82_u16.to_ne_bytes());
            put(start + offset_of!(Header, hv1) + offset_of!(Variant, tp_vlan_tci), &42_u32.to_ne_bytes());
            put(start + ADDRESS + offset_of!(Address, sll_ifindex), &3_u32.to_ne_bytes());
            put(start + ADDRESS + offset_of!(Address, sll_protocol), &0x0800_u16.to_be_bytes());
            put(start + 80, b"good");
        }
        block
    }

    #[test]
    fn reads_what_the_kernel_says_of_each_frame() {
        let block = block();
        let [first, second] = frames(&block).collect::<Vec<_>>()[..] else { panic!("two frames") };
        assert_eq!((first.nanos, first.wire_len, first.index), (7_000_000_009, 60, 3));
        assert_eq!((first.bytes, first.link_header, first.protocol), (&b"good"[..], 2, 0x0800));
        assert_eq!((first.tag, second.tag), (Some((VLAN, 42)), None));
    }

    #[test]
    fn no_offset_leads_out_of_the_block() {
        let whole = block();
        for len in 0..whole.len() {
            assert!(frames(&whole[..len]).count() <= 2, "{len}");
        }
        for at in 0..whole.len() - 4 {
            let mut changed = whole.clone();
            changed[at..at + 4].copy_from_slice(&[0xff; 4]);
            assert!(frames(&changed).count() <= 2, "{at}");
        }
    }
}
