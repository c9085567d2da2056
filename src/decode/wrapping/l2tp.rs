//! Data messages of L2TP version 2 (RFC 2661 §3.1), UDP port 1701.
//!
//! ```text
//! T L 0 0 S 0 O P 0 0 0 0, version (4 bits: 2)
//! L   length (2 bytes)
//!     tunnel (2), session (2)
//! S   sent, expected (2 each)
//! O   offset (2), as much padding
//!     PPP
//! ```
//!
//! Version 3 has cookies whose length only the ends know, so it stays unread.

use crate::decode::layer::{Carried, Layer};
use crate::decode::packet::{Packet, Stop};
use crate::decode::path::{TunnelId, Wrapping};
use crate::wire::bytes::Malformed;

/// Reads the header; none where it is a control message or something else.
pub(super) fn read<'a>(layer: &Layer<'a>, packet: &mut Packet<'a>) -> Result<Option<Layer<'a>>, Stop> {
    if layer.wire_len() < MIN_HEADER {
        return Ok(None);
    }
    let mut reader = layer.reader("l2tp");
    let flags = reader.u16("flags")?;
    if flags & (CONTROL | RESERVED | VERSION) != VERSION_2 {
        return Ok(None);
    }
    let (mut length, mut length_field) = (layer.wire_len(), None);
    if flags & LENGTH != 0 {
        length_field = Some(reader.clone());
        length = reader.u16("length")?.into();
        if length > layer.wire_len() {
            return Ok(None);
        }
    }
    let (tunnel, session) = (reader.u16("tunnel")?, reader.u16("session")?);
    if flags & SEQUENCE != 0 {
        reader.take("sequence numbers", 4)?;
    }
    if flags & OFFSET != 0 {
        let offset = reader.u16("offset")?;
        reader.take("offset padding", offset.into())?;
    }
    // Of PPP there is one byte at least.
    if let Some(field) = length_field.filter(|_| length <= reader.consumed()) {
        let need = reader.consumed().saturating_add(1);
        return Err(Malformed { have: length, ..field.malformed("length", need) }.into());
    }
    packet.wrap(Wrapping::L2tp, Some(TunnelId::L2tp { tunnel, session }))?;
    let payload = length.saturating_sub(reader.consumed());
    Ok(Some(layer.after(&reader, Carried::Ppp).within(payload)))
}

/// Flags, tunnel and session.
const MIN_HEADER: usize = 6;

const CONTROL: u16 = 0x8000;
const LENGTH: u16 = 0x4000;
const SEQUENCE: u16 = 0x0800;
const OFFSET: u16 = 0x0200;
const RESERVED: u16 = 0x34f0;
const VERSION: u16 = 0x000f;
const VERSION_2: u16 = 2;
