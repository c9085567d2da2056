//! The security association payload: proposals, transforms, attributes (RFC 2408 §3.4 to 3.6, RFC 7296 §3.3).
//!
//! ```text
//! proposal:  more(1) reserved(1) length(2) number(1) protocol(1) SPI size(1) transforms(1) SPI …
//! transform: more(1) reserved(1) length(2) kind(1) …
//!            version 1: kind = number,         then id(1) reserved(2)
//!            version 2: kind = transform type, then reserved(1) id(2)
//! attribute: format(1 bit) type(15 bits), then value(2) or length(2) value(length)
//! ```

use crate::wire::bytes::{Malformed, Reader};

/// How many proposals of one payload, transforms of one proposal and attributes of one transform are read.
pub const MAX_PARTS: usize = 256;

/// One proposal of a security association payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal<'a> {
    /// Proposal number.
    pub number: u8,
    /// Protocol: 1 IKE, 2 AH, 3 ESP.
    pub protocol: u8,
    /// The sender's SPI for it; empty for IKE at first.
    pub spi: &'a [u8],
    /// Transforms in wire order.
    pub transforms: Vec<Transform<'a>>,
}

/// One transform of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transform<'a> {
    /// Version 2: transform type (1 ENCR, 2 PRF, 3 INTEG, 4 KE, 5 ESN). Version 1: transform number.
    pub kind: u8,
    /// Transform id.
    pub id: u16,
    /// Attributes in wire order: type without the format bit, and its value.
    pub attributes: Vec<(u16, Attribute<'a>)>,
}

/// The value of a transform's attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute<'a> {
    /// Two bytes in place.
    Short(u16),
    /// Bytes of their own length.
    Long(&'a [u8]),
}

impl Transform<'_> {
    /// The first attribute of type `kind`, where its value fits two bytes.
    pub fn short(&self, kind: u16) -> Option<u16> {
        self.attributes.iter().find(|(found, _)| *found == kind).and_then(|(_, value)| match value {
            Attribute::Short(value) => Some(*value),
            Attribute::Long([high, low]) => Some(u16::from_be_bytes([*high, *low])),
            Attribute::Long(_) => None,
        })
    }
}

/// Reads the payload's proposals. Those read before one that cannot be read are kept, with the complaint.
///
/// A version 1 payload of another domain (GDOI), or with a situation that carries labels, has another
/// layout: `None`, and the body is to be kept as bytes.
pub(super) fn read<'a>(major: u8, reader: &mut Reader<'a>) -> (Option<Vec<Proposal<'a>>>, Option<Malformed>) {
    if major == 1 {
        match read_domain(reader) {
            Ok(true) => {}
            Ok(false) => return (None, None),
            Err(complaint) => return (None, Some(complaint)),
        }
    }
    let (proposals, complaint) = read_list(reader, |part, list| read_proposal(major, part, list));
    (Some(proposals), complaint)
}

/// Whether domain of interpretation and situation are those whose proposals are read here.
fn read_domain(reader: &mut Reader<'_>) -> Result<bool, Malformed> {
    let domain = reader.u32("domain of interpretation")?;
    let situation = reader.u32("situation")?;
    Ok(matches!(domain, DOI_ISAKMP | DOI_IPSEC) && situation == IDENTITY_ONLY)
}

/// Reads a list of substructures, each with its "more" byte and length, up to its last or the end of `reader`.
///
/// Nothing at all is an empty list. `read_one` gets what follows the length and pushes what it read, also when it
/// then complains.
fn read_list<'a, T>(
    reader: &mut Reader<'a>,
    mut read_one: impl FnMut(&mut Reader<'a>, &mut Vec<T>) -> Result<(), Malformed>,
) -> (Vec<T>, Option<Malformed>) {
    let mut list = Vec::new();
    if reader.is_empty() {
        return (list, None);
    }
    loop {
        let read = read_substructure(reader)
            .and_then(|(more, mut part)| read_one(&mut part, &mut list).map(|()| more));
        match read {
            Ok(false) => return (list, None),
            Ok(true) if list.len() >= MAX_PARTS => return (list, Some(beyond_limit(reader))),
            Ok(true) => {}
            Err(complaint) => return (list, Some(complaint)),
        }
    }
}

/// Whether more follow, and a reader over this one's inside.
fn read_substructure<'a>(reader: &mut Reader<'a>) -> Result<(bool, Reader<'a>), Malformed> {
    let start = reader.clone();
    let mut header = reader.part("proposal or transform", SUBSTRUCTURE_HEADER)?;
    let more = header.u8("more")? != 0;
    header.u8("reserved")?;
    let length_field = header.offset();
    let length = usize::from(header.u16("length")?);
    let inside = length.checked_sub(SUBSTRUCTURE_HEADER).ok_or_else(|| Malformed {
        offset: length_field,
        need: SUBSTRUCTURE_HEADER,
        have: length,
        ..start.malformed("proposal or transform length", 0)
    })?;
    if inside > reader.remaining() {
        return Err(start.malformed("proposal or transform", length));
    }
    Ok((more, reader.part("proposal or transform", inside)?))
}

fn read_proposal<'a>(
    major: u8,
    reader: &mut Reader<'a>,
    list: &mut Vec<Proposal<'a>>,
) -> Result<(), Malformed> {
    let number = reader.u8("proposal number")?;
    let protocol = reader.u8("proposal protocol")?;
    let spi_size = usize::from(reader.u8("proposal SPI size")?);
    // The list's own "more" bytes and length say how many transforms there are.
    reader.u8("number of transforms")?;
    let spi = reader.take("proposal SPI", spi_size)?;
    let (transforms, complaint) = read_list(reader, |part, list| read_transform(major, part, list));
    list.push(Proposal { number, protocol, spi, transforms });
    complaint.map_or(Ok(()), Err)
}

fn read_transform<'a>(
    major: u8,
    reader: &mut Reader<'a>,
    list: &mut Vec<Transform<'a>>,
) -> Result<(), Malformed> {
    let kind = reader.u8("transform")?;
    let id = if major == 1 {
        let id = reader.u8("transform id")?;
        reader.u16("reserved")?;
        u16::from(id)
    } else {
        reader.u8("reserved")?;
        reader.u16("transform id")?
    };
    let (attributes, complaint) = read_attributes(reader);
    list.push(Transform { kind, id, attributes });
    complaint.map_or(Ok(()), Err)
}

fn read_attributes<'a>(reader: &mut Reader<'a>) -> (Vec<(u16, Attribute<'a>)>, Option<Malformed>) {
    let mut attributes = Vec::new();
    while !reader.is_empty() {
        if attributes.len() >= MAX_PARTS {
            return (attributes, Some(beyond_limit(reader)));
        }
        match read_attribute(reader) {
            Ok(attribute) => attributes.push(attribute),
            Err(complaint) => return (attributes, Some(complaint)),
        }
    }
    (attributes, None)
}

fn read_attribute<'a>(reader: &mut Reader<'a>) -> Result<(u16, Attribute<'a>), Malformed> {
    let kind = reader.u16("attribute type")?;
    let value = reader.u16("attribute value")?;
    if kind & SHORT_FORMAT != 0 {
        return Ok((kind & !SHORT_FORMAT, Attribute::Short(value)));
    }
    Ok((kind, Attribute::Long(reader.take("attribute value", usize::from(value))?)))
}

/// The complaint that a list goes on past [`MAX_PARTS`].
fn beyond_limit(reader: &Reader<'_>) -> Malformed {
    Malformed { need: MAX_PARTS + 1, have: MAX_PARTS, ..reader.malformed("proposal or transform limit", 0) }
}

const SUBSTRUCTURE_HEADER: usize = 4;
const SHORT_FORMAT: u16 = 0x8000;
const DOI_ISAKMP: u32 = 0;
const DOI_IPSEC: u32 = 1;
const IDENTITY_ONLY: u32 = 1;
