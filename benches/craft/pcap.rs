//! Writes a pcap file: little-endian, microseconds, Ethernet.

use std::io::{self, Write};

/// Bytes of the file header.
pub(crate) const HEADER_LEN: u64 = 24;
/// Bytes in front of each frame.
pub(crate) const RECORD_LEN: u64 = 16;

const MAGIC: u32 = 0xa1b2_c3d4;
const SNAPLEN: u32 = 262_144;
const ETHERNET: u32 = 1;

/// Writes the file header.
pub(crate) fn write_header(out: &mut impl Write) -> io::Result<()> {
    out.write_all(&MAGIC.to_le_bytes())?;
    out.write_all(&2u16.to_le_bytes())?;
    out.write_all(&4u16.to_le_bytes())?;
    out.write_all(&[0; 8])?;
    out.write_all(&SNAPLEN.to_le_bytes())?;
    out.write_all(&ETHERNET.to_le_bytes())
}

/// Writes one frame, stored whole. `time_us` counts microseconds since 1970 and ends in 2106.
pub(crate) fn write_frame(out: &mut impl Write, time_us: u64, frame: &[u8]) -> io::Result<()> {
    let seconds = u32::try_from(time_us / 1_000_000).map_err(io::Error::other)?;
    let micros = u32::try_from(time_us % 1_000_000).map_err(io::Error::other)?;
    let length = u32::try_from(frame.len()).map_err(io::Error::other)?;
    let mut record = [0; 16];
    for (field, value) in record.chunks_exact_mut(4).zip([seconds, micros, length, length]) {
        field.copy_from_slice(&value.to_le_bytes());
    }
    out.write_all(&record)?;
    out.write_all(frame)
}
