//! User data of GTP-U (3GPP TS 29.281 §5), UDP port 2152.
//!
//! ```text
//! version (3 bits: 1), PT (1: 1), 0, E, S, PN, type (1 byte: 255), length (2), TEID (4)
//! with any of E, S, PN   sequence number (2), N-PDU (1), next extension (1)
//! with E                 extensions: length in words (1), content, next extension (1)
//!                        IP
//! ```

use crate::wire::bytes::{Malformed, Reader};

use crate::decode::layer::{Carried, Layer};
use crate::decode::packet::{Packet, Stop};
use crate::decode::path::{TunnelId, Wrapping};

/// Reads the header; none where it is another message or something else.
pub(super) fn read<'a>(layer: &Layer<'a>, packet: &mut Packet<'a>) -> Result<Option<Layer<'a>>, Stop> {
    if layer.wire_len() < HEADER {
        return Ok(None);
    }
    let mut reader = layer.reader("gtp");
    let mut header = reader.part("header", HEADER)?;
    let (flags, kind) = (header.u8("flags")?, header.u8("type")?);
    let length = usize::from(header.u16("length")?);
    let is_user_data = flags & VERSION_AND_TYPE == VERSION_1 && kind == USER_DATA;
    if !is_user_data || length > layer.wire_len() - HEADER {
        return Ok(None);
    }
    let endpoint = header.u32("TEID")?;
    if flags & OPTIONAL != 0 {
        let mut next = reader.part("optional fields", 4)?;
        next.take("sequence number and N-PDU", 3)?;
        if flags & EXTENSION != 0 {
            skip_extensions(next.u8("next extension")?, &mut reader)?;
        }
    }
    let payload = (HEADER + length).saturating_sub(reader.consumed());
    let rest = layer.after(&reader, Carried::Ip).within(payload);
    // A session may carry Ethernet, or what only its ends know.
    if !matches!(rest.bytes.first().map_or(4, |first| first >> 4), 4 | 6) {
        return Ok(None);
    }
    packet.wrap(Wrapping::Gtp, Some(TunnelId::Teid(endpoint)))?;
    Ok(Some(rest))
}

fn skip_extensions(mut next: u8, reader: &mut Reader<'_>) -> Result<(), Malformed> {
    while next != NO_EXTENSION {
        let start = reader.clone();
        let words = usize::from(reader.u8("extension")?);
        let Some(content) = (words * 4).checked_sub(2) else {
            return Err(Malformed { have: 0, ..start.malformed("extension length", 1) });
        };
        reader.take("extension", content)?;
        next = reader.u8("next extension")?;
    }
    Ok(())
}

const HEADER: usize = 8;

/// Version, protocol type and the bit that is reserved.
const VERSION_AND_TYPE: u8 = 0xf8;
const VERSION_1: u8 = 0x30;
const EXTENSION: u8 = 0x04;
const OPTIONAL: u8 = 0x07;

const USER_DATA: u8 = 255;
const NO_EXTENSION: u8 = 0;
