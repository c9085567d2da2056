//! PPP (RFC 1661) with or without the address and control fields of HDLC-like framing (RFC 1662).
//!
//! ```text
//! 0xff, 0x03 (may be left out), protocol (2, or 1 where its first byte is odd)
//! ```

use crate::decode::layer::{Carried, Layer};
use crate::decode::packet::{Stop, Unrelated};

/// Reads PPP up to its protocol.
pub(in crate::decode) fn read<'a>(layer: &Layer<'a>) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("ppp");
    if let [0xff] | [0xff, 0x03, ..] = layer.bytes {
        reader.take("address and control", 2)?;
    }
    let first = u16::from(reader.u8("protocol")?);
    // Fully written, protocols have an even first byte and an odd second one.
    let protocol = if first & 1 == 1 { first } else { first << 8 | u16::from(reader.u8("protocol")?) };
    match protocol {
        IPV4 => Ok(layer.after(&reader, Carried::Ipv4)),
        IPV6 => Ok(layer.after(&reader, Carried::Ipv6)),
        MPLS | MPLS_UPSTREAM => Ok(layer.after(&reader, Carried::Mpls)),
        other => Err(Stop::Unrelated(Unrelated::Ppp(other))),
    }
}

const IPV4: u16 = 0x0021;
const IPV6: u16 = 0x0057;
const MPLS: u16 = 0x0281;
const MPLS_UPSTREAM: u16 = 0x0283;
