//! Apple's packet tap: a header that names the interface, in front of a frame of any link type.
//!
//! ```text
//! length of the header (4), record type (4), link type (4), interface, process, …    little-endian
//! ```
//!
//! It has a link type of its own; before it had, macOS wrote one that is for private use.

use crate::capture::LinkType;

use crate::decode::layer::Layer;
use crate::decode::packet::{Packet, Stop};

/// Reads the header and what the frame behind it begins with.
pub(super) fn read<'a>(
    link_type: LinkType,
    layer: Layer<'a>,
    packet: &mut Packet<'a>,
) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("pktap");
    let header = reader.clone().part("header", 12);
    // Whoever uses the private number for something else has no such header.
    if link_type == LinkType::USER2 && header.is_err() {
        return Err(Stop::LinkType(link_type.0));
    }
    let mut header = header?;
    let mut field = |what| header.array(what).map(u32::from_le_bytes);
    let (length, record, inner) = (field("header length")?, field("record type")?, field("link type")?);
    if record != PACKET || !(MIN_LENGTH..=MAX_LENGTH).contains(&length) {
        return Err(Stop::LinkType(link_type.0));
    }
    reader.take("header", usize::try_from(length).unwrap_or(usize::MAX))?;
    match LinkType(inner) {
        LinkType::PKTAP | LinkType::USER2 => Err(Stop::LinkType(inner)),
        inner => super::of_type(inner, layer.after(&reader, layer.carried), packet),
    }
}

/// The record holds a packet.
const PACKET: u32 = 1;
/// The shortest header that was ever written, and more than the longest.
const MIN_LENGTH: u32 = 108;
const MAX_LENGTH: u32 = 1024;
