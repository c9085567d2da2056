//! Writes a pcapng file as dumpcap does on Linux: one little-endian section, one Ethernet interface, nanoseconds, and each
//! frame in an enhanced packet block without options.

use std::io::{self, Write};

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const ENHANCED_PACKET: u32 = 6;

const BYTE_ORDER: u32 = 0x1a2b_3c4d;
const UNKNOWN_LENGTH: u64 = u64::MAX;
const SNAPLEN: u32 = 262_144;
const ETHERNET: u16 = 1;
/// `if_tsresol` of one byte, 10^-9 s, and the end of the options.
const OPTIONS: [u8; 12] = [9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0];

/// Bytes around the body of a block: its type, and its length before and behind.
const FRAMING: usize = 12;
/// Bytes in front of each frame.
const RECORD_LEN: usize = 28;

/// Writes the section header and the description of the interface.
pub(crate) fn write_header(out: &mut impl Write) -> io::Result<()> {
    let mut section = BYTE_ORDER.to_le_bytes().to_vec();
    section.extend_from_slice(&1u16.to_le_bytes());
    section.extend_from_slice(&0u16.to_le_bytes());
    section.extend_from_slice(&UNKNOWN_LENGTH.to_le_bytes());
    write_block(out, SECTION, &section)?;
    let mut interface = ETHERNET.to_le_bytes().to_vec();
    interface.extend_from_slice(&[0; 2]);
    interface.extend_from_slice(&SNAPLEN.to_le_bytes());
    interface.extend_from_slice(&OPTIONS);
    write_block(out, INTERFACE, &interface)
}

/// Writes one frame, stored whole. `time_us` counts microseconds since 1970.
pub(crate) fn write_frame(out: &mut impl Write, time_us: u64, frame: &[u8]) -> io::Result<()> {
    let nanos = time_us * 1_000;
    let stored = u32::try_from(frame.len()).map_err(io::Error::other)?;
    let padding = frame.len().next_multiple_of(4) - frame.len();
    let length = u32::try_from(RECORD_LEN + frame.len() + padding + 4).map_err(io::Error::other)?;
    // The upper half of the time comes first.
    let high = u32::try_from(nanos >> 32).map_err(io::Error::other)?;
    let low = u32::try_from(nanos & 0xffff_ffff).map_err(io::Error::other)?;
    let mut record = [0; RECORD_LEN];
    let fields = [ENHANCED_PACKET, length, 0, high, low, stored, stored];
    for (field, value) in record.chunks_exact_mut(4).zip(fields) {
        field.copy_from_slice(&value.to_le_bytes());
    }
    out.write_all(&record)?;
    out.write_all(frame)?;
    out.write_all(&[0; 3][..padding])?;
    out.write_all(&length.to_le_bytes())
}

/// Writes a block whose body is a multiple of four bytes long.
fn write_block(out: &mut impl Write, kind: u32, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(FRAMING + body.len()).map_err(io::Error::other)?;
    out.write_all(&kind.to_le_bytes())?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(body)?;
    out.write_all(&length.to_le_bytes())
}
