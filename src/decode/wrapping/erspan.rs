//! ERSPAN: mirrored frames in GRE (draft-foschiano-erspan).
//!
//! ```text
//! type I     nothing: GRE without a sequence number, protocol 0x88be
//! type II    version (4 bits: 1), VLAN (12), class (3), tagging (2), cut (1), session (10), reserved (12), index (20)
//! type III   version (4 bits: 2), VLAN (12), class (3), state (2), cut (1), session (10), timestamp (32),
//!            group (16), P (1), frame type (5), hardware (6), direction (1), granularity (2), O (1)
//!            with O: platform header (8 bytes)
//! ```
//!
//! The VLAN is that of the mirrored port, whether the frame had a tag or not. A frame's own tags alone name its segment.

use crate::decode::layer::{Carried, Layer};
use crate::decode::packet::{Packet, Stop, Unrelated};
use crate::decode::path::{TunnelId, Wrapping};

/// Begins a mirrored frame without a header.
pub(super) fn type_1<'a>(layer: &Layer<'a>, packet: &mut Packet<'a>) -> Result<Layer<'a>, Stop> {
    packet.wrap(Wrapping::Erspan1, None)?;
    Ok(Layer { carried: Carried::Ethernet(None), ..*layer })
}

/// Reads a header of type II or III, whichever of them GRE's `protocol` promises.
pub(super) fn read<'a>(protocol: u16, layer: &Layer<'a>, packet: &mut Packet<'a>) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("erspan");
    let version = reader.u16("version")? >> 12;
    let session = reader.u16("session")?;
    reader.take("header", 4)?;
    let mut carried = Carried::Ethernet(None);
    let wrapping = match version {
        1 => Wrapping::Erspan2,
        2 => {
            reader.u16("group")?;
            let flags = reader.u16("flags")?;
            if flags & PLATFORM_HEADER != 0 {
                reader.take("platform header", 8)?;
            }
            match flags >> 10 & FRAME_TYPE {
                ETHERNET => {}
                IP => carried = Carried::Ip,
                _ => return Err(Stop::Unrelated(Unrelated::Gre(protocol))),
            }
            Wrapping::Erspan3
        }
        _ => return Err(Stop::Unrelated(Unrelated::Gre(protocol))),
    };
    packet.wrap(wrapping, Some(TunnelId::ErspanSession(session & SESSION)))?;
    Ok(Layer { truncated: session & TRUNCATED != 0, ..layer.after(&reader, carried) })
}

const TRUNCATED: u16 = 0x0400;
const SESSION: u16 = 0x03ff;
const PLATFORM_HEADER: u16 = 0x0001;

/// Five bits.
const FRAME_TYPE: u16 = 0x1f;
const ETHERNET: u16 = 0;
const IP: u16 = 2;
