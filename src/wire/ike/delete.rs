//! The delete payload (RFC 2408 §3.15, RFC 7296 §3.11).

use crate::wire::bytes::{Malformed, Reader};

/// A delete payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delete<'a> {
    /// Protocol: 1 IKE, 2 AH, 3 ESP.
    pub protocol: u8,
    /// The SPIs deleted, in wire order; none for an IKE SA in version 2.
    pub spis: Vec<&'a [u8]>,
}

/// Reads the payload's body. An SPI size of zero names no SPI, whatever count stands beside it.
pub(super) fn read<'a>(major: u8, reader: &mut Reader<'a>) -> Result<Delete<'a>, Malformed> {
    if major == 1 {
        reader.u32("domain of interpretation")?;
    }
    let protocol = reader.u8("delete protocol")?;
    let spi_size = usize::from(reader.u8("delete SPI size")?);
    let count = usize::from(reader.u16("number of SPIs")?);
    // At most 65,535 times 255 bytes: the product fits.
    let spis = reader.take("delete SPIs", spi_size * count)?;
    let spis = if spi_size == 0 { Vec::new() } else { spis.chunks_exact(spi_size).collect() };
    Ok(Delete { protocol, spis })
}
