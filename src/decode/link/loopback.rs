//! Headers of the BSDs, which announce what follows by an address family.
//!
//! ```text
//! NULL    family (4) in the byte order of the machine that captured
//! LOOP    family (4) in network byte order
//! ENC     family (4), SPI (4), flags (4)                                   OpenBSD's enc, decrypted IPsec
//! PFLOG   length (1), family (1), action, reason, interface, rule, …       padded to a multiple of four
//! ```

use crate::wire::bytes::Malformed;

use crate::decode::layer::{Carried, Layer};
use crate::decode::packet::{Stop, Unrelated};

/// Reads a BSD loopback header. Some writers put an `EtherType` or PPP there instead.
pub(super) fn null<'a>(layer: &Layer<'a>) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("loopback");
    let bytes: [u8; 4] = reader.array("address family")?;
    if let [0xff, 0x03, ..] = bytes {
        return Ok(Layer { carried: Carried::Ppp, ..*layer });
    }
    let carried = announced_by(in_host_order(bytes))?;
    Ok(layer.after(&reader, carried))
}

/// Reads OpenBSD's loopback header.
pub(super) fn of_openbsd<'a>(layer: &Layer<'a>) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("loopback");
    let carried = announced_by(reader.u32("address family")?)?;
    Ok(layer.after(&reader, carried))
}

/// Reads the header of OpenBSD's `enc` interface.
pub(super) fn enc<'a>(layer: &Layer<'a>) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("enc");
    let mut header = reader.part("header", 12)?;
    let carried = announced_by(in_host_order(header.array("address family")?))?;
    Ok(layer.after(&reader, carried))
}

/// Reads the header of a packet filter's log.
pub(super) fn pflog<'a>(layer: &Layer<'a>) -> Result<Layer<'a>, Stop> {
    let mut reader = layer.reader("pflog");
    let mut header = reader.clone();
    let length = usize::from(header.u8("length")?);
    let family = header.u8("address family")?;
    if length < PFLOG_MIN {
        let (need, have) = (PFLOG_MIN, length);
        return Err(Malformed { layer: "pflog", what: "length", offset: layer.base, need, have }.into());
    }
    reader.take("header", length.next_multiple_of(4))?;
    Ok(layer.after(&reader, announced_by(family.into())?))
}

/// What a family stands for, whose number for IPv6 differs from system to system.
fn announced_by(family: u32) -> Result<Carried, Stop> {
    // Where an EtherType stands there, the upper half may be anything.
    let kind = u16::try_from(family & 0xffff).unwrap_or_default();
    match family {
        2 => Ok(Carried::Ipv4),
        10 | 24 | 28 | 30 => Ok(Carried::Ipv6),
        _ if kind >= FIRST_ETHER_TYPE => Ok(Carried::EtherType(kind)),
        other => Err(Stop::Unrelated(Unrelated::AddressFamily(other))),
    }
}

/// A family in the byte order of the machine that captured. Families are small numbers: where the upper half of the
/// little-endian reading holds something, it is the other order, or one of 16 bits alone (IRIX).
fn in_host_order(bytes: [u8; 4]) -> u32 {
    let little = u32::from_le_bytes(bytes);
    match bytes {
        [_, _, 1..=5, 0] => little >> 16,
        [0, 1..=5, 0, 0] => little >> 8,
        [_, _, 0, 0] => little,
        _ => u32::from_be_bytes(bytes),
    }
}

const FIRST_ETHER_TYPE: u16 = 0x0600;

/// Length, family, action and reason, and the interface's name.
const PFLOG_MIN: usize = 20;
