//! TCP: which segments may be of a stream of IKE and ESP (RFC 9329).
//!
//! A stream shows what it is by its port, or by its first six bytes. What is in it, [`Reassembler`] reads.
//!
//! [`Reassembler`]: super::Reassembler

use crate::wire::bytes::Malformed;
use crate::wire::nat_t;
use crate::wire::tcp::{self, Header, PREFIX, PROTOCOL};

use super::network::Payload;
use super::options::Options;
use super::packet::{Packet, Segment, Stop, Unrelated};

/// Reads a segment: it is a piece of a stream, or nothing this program is about.
pub(super) fn read(payload: &Payload<'_>, options: &Options, packet: &mut Packet<'_>) -> Result<(), Stop> {
    packet.ports = tcp::ports(payload.bytes);
    if !may_be_ours(payload.bytes, options) {
        return Err(Stop::Unrelated(Unrelated::IpProtocol(PROTOCOL)));
    }
    let header = Header::parse(payload.bytes, payload.base)?;
    if header.length > payload.wire_len {
        let offset = payload.base.saturating_add(DATA_OFFSET);
        let (need, have) = (payload.wire_len, header.length);
        return Err(Malformed { layer: "tcp", what: "data offset", offset, need, have }.into());
    }
    Err(Stop::Segment(Segment {
        sequence: header.sequence,
        acknowledgment: header.acknowledgment,
        flags: header.flags,
        start: payload.base.saturating_add(header.length),
        captured: payload.bytes.len().saturating_sub(header.length),
        wire_len: payload.wire_len.saturating_sub(header.length),
    }))
}

/// Whether a segment, of which `bytes` were captured, is worth a closer look.
#[inline]
pub(super) fn may_be_ours(bytes: &[u8], options: &Options) -> bool {
    let Some(&[s0, s1, d0, d1, _, _, _, _, _, _, _, _, offset, ..]) =
        bytes.first_chunk::<{ Header::LENGTH }>()
    else {
        return false;
    };
    let (src, dst) = (u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]));
    let is_announced = src == nat_t::PORT || dst == nat_t::PORT || options.adds((src, dst));
    is_announced || options.all_streams || {
        let data = bytes.get(usize::from(offset >> 4) * 4..);
        data.is_some_and(|data| data.starts_with(PREFIX))
    }
}

/// Where the data offset stands in the header.
const DATA_OFFSET: usize = 12;
