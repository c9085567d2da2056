//! Frame Relay (ITU-T Q.922 §3; RFC 2427), or Cisco's own encapsulation in it.
//!
//! ```text
//! address (2 to 4)   the last byte has its lowest bit set
//! IETF     control 0x03, maybe padding 0x00, NLPID (1): 0xcc IPv4, 0x8e IPv6, 0x80 SNAP, 0xcf PPP, …
//! Cisco    protocol (2) as in Cisco's HDLC
//! ```

use crate::wire::bytes::{Malformed, Reader};

use crate::decode::layer::{Carried, Layer};
use crate::decode::packet::{Packet, Stop, Unrelated};

use super::{hdlc, llc};

/// Reads a Frame Relay header.
pub(super) fn read<'a>(layer: &Layer<'a>, packet: &mut Packet<'a>) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("frame relay");
    let circuit = address(&mut reader)?;
    if reader.clone().u8("control")? != UNNUMBERED_INFORMATION {
        // Circuit 0 is for signalling.
        if circuit == 0 {
            return Err(Stop::Unrelated(Unrelated::FrameRelay(0)));
        }
        let protocol = reader.u16("protocol")?;
        return hdlc::announced_by(protocol, layer, &reader, packet);
    }
    reader.u8("control")?;
    let mut protocol = reader.u8("NLPID")?;
    if protocol == PADDING {
        protocol = reader.u8("NLPID")?;
    }
    match protocol {
        IPV4 => Ok(layer.after(&reader, Carried::Ipv4)),
        IPV6 => Ok(layer.after(&reader, Carried::Ipv6)),
        PPP => Ok(layer.after(&reader, Carried::Ppp)),
        SNAP => llc::snap(layer, reader, packet),
        other => Err(Stop::Unrelated(Unrelated::FrameRelay(other))),
    }
}

/// Reads the address; gives the upper ten bits of its circuit, which tell 0 from others.
fn address(reader: &mut Reader<'_>) -> Result<u16, Malformed> {
    let field = reader.clone();
    let (first, second) = (reader.u8("address")?, reader.u8("address")?);
    let mut last = second;
    for _ in 2..MAX_ADDRESS {
        if last & LAST == 0 {
            last = reader.u8("address")?;
        }
    }
    if first & LAST != 0 || last & LAST == 0 {
        return Err(Malformed { have: 0, ..field.malformed("end of address", 1) });
    }
    Ok(u16::from(first >> 2) << 4 | u16::from(second >> 4))
}

/// Bytes of the longest address.
const MAX_ADDRESS: usize = 4;
/// No further byte of the address follows.
const LAST: u8 = 0x01;

const UNNUMBERED_INFORMATION: u8 = 0x03;
const PADDING: u8 = 0x00;

/// Network layer protocols (NLPID).
const SNAP: u8 = 0x80;
const IPV6: u8 = 0x8e;
const IPV4: u8 = 0xcc;
const PPP: u8 = 0xcf;
