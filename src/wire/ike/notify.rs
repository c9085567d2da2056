//! The notify payload (RFC 2408 §3.14, RFC 7296 §3.10).

use super::notify_type::NotifyType;
use crate::wire::bytes::{Malformed, Reader};

/// A notify payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notify<'a> {
    /// Protocol the notification concerns; 0 for none.
    pub protocol: u8,
    /// The SPI it concerns.
    pub spi: &'a [u8],
    /// What it says.
    pub kind: NotifyType,
    /// Its data.
    pub data: &'a [u8],
}

/// Reads the payload's body.
pub(super) fn read<'a>(major: u8, reader: &mut Reader<'a>) -> Result<Notify<'a>, Malformed> {
    if major == 1 {
        reader.u32("domain of interpretation")?;
    }
    let protocol = reader.u8("notify protocol")?;
    let spi_size = usize::from(reader.u8("notify SPI size")?);
    let kind = NotifyType(reader.u16("notify type")?);
    let spi = reader.take("notify SPI", spi_size)?;
    Ok(Notify { protocol, spi, kind, data: reader.rest() })
}
