//! TZSP, in which access points and `MikroTik` routers send mirrored frames. UDP port 37008.
//!
//! ```text
//! version (1: 1), type (1: 0 received, 1 to be sent), protocol (2: 1 Ethernet), tags, Ethernet frame
//! tag   kind (1), then unless it is 0 (padding) or 1 (the last): length (1), value
//! ```

use crate::wire::bytes::{Malformed, Reader};

use crate::decode::layer::{Carried, Layer};
use crate::decode::packet::{Packet, Stop};
use crate::decode::path::Wrapping;

/// Reads the header; none where it is something else.
pub(super) fn read<'a>(layer: &Layer<'a>, packet: &mut Packet<'a>) -> Result<Option<Layer<'a>>, Stop> {
    if layer.wire_len() < HEADER {
        return Ok(None);
    }
    let mut reader = layer.reader("tzsp");
    let mut header = reader.part("header", HEADER)?;
    let [version, kind] = header.array("version and type")?;
    if version != 1 || kind > 1 || header.u16("protocol")? != ETHERNET {
        return Ok(None);
    }
    skip_tags(&mut reader)?;
    packet.wrap(Wrapping::Tzsp, None)?;
    Ok(Some(layer.after(&reader, Carried::Ethernet(None))))
}

fn skip_tags(reader: &mut Reader<'_>) -> Result<(), Malformed> {
    loop {
        match reader.u8("tag")? {
            PADDING => {}
            END => return Ok(()),
            _ => {
                let length = reader.u8("tag length")?;
                reader.take("tag", length.into())?;
            }
        }
    }
}

const HEADER: usize = 4;
const ETHERNET: u16 = 1;

const PADDING: u8 = 0;
const END: u8 = 1;
