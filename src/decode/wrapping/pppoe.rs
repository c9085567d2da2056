//! A `PPPoE` session (RFC 2516 §4), `EtherType` 0x8864.
//!
//! ```text
//! version, type (1: 0x11), code (1: 0), session (2), length (2), PPP from its protocol field on
//! ```

use crate::wire::bytes::Malformed;

use crate::decode::layer::{Carried, Layer};
use crate::decode::packet::{Packet, Stop, Unrelated};
use crate::decode::path::{TunnelId, Wrapping};

/// Reads the header of a session's frame.
pub(in crate::decode) fn read<'a>(layer: &Layer<'a>, packet: &mut Packet<'a>) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("pppoe");
    let mut header = reader.part("header", 6)?;
    let offset = header.offset();
    let version = header.u8("version and type")?;
    if version != VERSION_AND_TYPE {
        let (need, have) = (VERSION_AND_TYPE.into(), version.into());
        return Err(Malformed { layer: "pppoe", what: "version and type", offset, need, have }.into());
    }
    if header.u8("code")? != SESSION_DATA {
        return Err(Stop::Unrelated(Unrelated::EtherType(ETHER_TYPE)));
    }
    let session = header.u16("session")?;
    let length = header.u16("length")?;
    packet.wrap(Wrapping::Pppoe, Some(TunnelId::PppoeSession(session)))?;
    Ok(layer.after(&reader, Carried::Ppp).within(length.into()))
}

const ETHER_TYPE: u16 = 0x8864;
const VERSION_AND_TYPE: u8 = 0x11;
const SESSION_DATA: u8 = 0;
