//! `EtherIP` (RFC 3378), IP protocol 97.
//!
//! ```text
//! version (4 bits: 3), reserved (12 bits: 0), Ethernet frame
//! ```

use crate::wire::bytes::Malformed;

use crate::decode::layer::{Carried, Layer};
use crate::decode::packet::{Packet, Stop};
use crate::decode::path::Wrapping;

/// Reads the header.
pub(super) fn read<'a>(layer: &Layer<'a>, packet: &mut Packet<'a>) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("etherip");
    let offset = reader.offset();
    let header = reader.u16("header")?;
    if header >> 12 != VERSION {
        let (need, have) = (VERSION.into(), (header >> 12).into());
        return Err(Malformed { layer: "etherip", what: "version", offset, need, have }.into());
    }
    packet.wrap(Wrapping::EtherIp, None)?;
    Ok(layer.after(&reader, Carried::Ethernet(None)))
}

const VERSION: u16 = 3;
