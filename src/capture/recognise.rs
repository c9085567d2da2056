//! Which container an input is, told by its first bytes and never by its name.

use std::io;

use super::compression::Compression;
use super::erf::Erf;
use super::format::Format;
use super::order::{Order, size};
use super::window::Window;

/// What the first bytes of an input are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recognised {
    /// A container that is read here, and its byte order (of the first section).
    Capture(Format, Order),
    /// A compressed input.
    Compressed(Compression),
    /// A compressed file or an archive of a kind that is not undone here, by its name.
    Archive(&'static str),
    /// A capture of a kind that is not read here, by its name.
    Foreign(&'static str),
    /// Nothing that is known.
    Unknown,
}

/// Tells by its first bytes what the input of `window` is.
pub(super) fn recognise(window: &mut Window) -> io::Result<Recognised> {
    window.reach(RECOGNISED_BY)?;
    match by_magic(window.bytes()) {
        Recognised::Unknown if is_skippable(window.bytes()) => behind_skippable(window),
        Recognised::Unknown if Erf::recognise(window)? => Ok(Recognised::Capture(Format::Erf, Order::Big)),
        recognised => Ok(recognised),
    }
}

/// Tells what an input is that begins with frames that are to be skipped: Zstandard and LZ4 have them in common.
fn behind_skippable(window: &mut Window) -> io::Result<Recognised> {
    let mut at = 0;
    while at < MOST_SKIPPED {
        window.reach(at + 8)?;
        let bytes = window.bytes().get(at..).unwrap_or_default();
        if !is_skippable(bytes) {
            return Ok(by_magic(bytes));
        }
        let Some(length) = Order::Little.u32(bytes, 4) else { break };
        at = at.saturating_add(8).saturating_add(size(length));
    }
    Ok(Recognised::Compressed(Compression::Zstd))
}

/// Whether a frame that is to be skipped begins here.
fn is_skippable(bytes: &[u8]) -> bool {
    matches!(bytes, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// Tells what an input is by a number at its beginning.
fn by_magic(first: &[u8]) -> Recognised {
    if let Some((_, found)) = MAGICS.iter().find(|(magic, _)| first.starts_with(magic)) {
        return *found;
    }
    // The type of a pcapng section header reads the same both ways; the byte order stands behind its length.
    if first.starts_with(&SECTION_HEADER) {
        match first.get(8..12) {
            Some([0x1a, 0x2b, 0x3c, 0x4d]) => return Recognised::Capture(Format::Pcapng, Order::Big),
            Some([0x4d, 0x3c, 0x2b, 0x1a]) => return Recognised::Capture(Format::Pcapng, Order::Little),
            _ => {}
        }
    }
    Recognised::Unknown
}

const MAGICS: &[(&[u8], Recognised)] = &[
    (&[0xa1, 0xb2, 0xc3, 0xd4], Recognised::Capture(Format::Pcap, Order::Big)),
    (&[0xa1, 0xb2, 0x3c, 0x4d], Recognised::Capture(Format::Pcap, Order::Big)),
    (&[0xd4, 0xc3, 0xb2, 0xa1], Recognised::Capture(Format::Pcap, Order::Little)),
    (&[0x4d, 0x3c, 0xb2, 0xa1], Recognised::Capture(Format::Pcap, Order::Little)),
    (&[0xa1, 0xb2, 0xcd, 0x34], Recognised::Capture(Format::Pcap, Order::Big)),
    (&[0x34, 0xcd, 0xb2, 0xa1], Recognised::Capture(Format::Pcap, Order::Little)),
    (b"snoop\0\0\0", Recognised::Capture(Format::Snoop, Order::Big)),
    (b"GMBU", Recognised::Foreign("Network Monitor")),
    (b"RTSS", Recognised::Foreign("Network Monitor")),
    (b"TRSNIFF data", Recognised::Foreign("Sniffer")),
    (b"XCP\0", Recognised::Foreign("NetXRay")),
    (&[0x1f, 0x8b], Recognised::Compressed(Compression::Gzip)),
    (&[0x28, 0xb5, 0x2f, 0xfd], Recognised::Compressed(Compression::Zstd)),
    (&[0x04, 0x22, 0x4d, 0x18], Recognised::Compressed(Compression::Lz4)),
    (&[0x02, 0x21, 0x4c, 0x18], Recognised::Compressed(Compression::Lz4)),
    (&[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], Recognised::Compressed(Compression::Xz)),
    (b"BZh", Recognised::Archive("bzip2")),
    (b"PK\x03\x04", Recognised::Archive("zip")),
];

/// How many bytes of frames to be skipped are looked behind; Zstandard alone is known to write more.
const MOST_SKIPPED: usize = 1024 * 1024;

/// How many bytes a magic number is looked for in.
pub(super) const RECOGNISED_BY: usize = 12;

/// The type of a pcapng section header, the same in both byte orders.
pub(super) const SECTION_HEADER: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_header_needs_its_byte_order() {
        let mut first = *b"\n\r\r\n\x1c\0\0\0\x4d\x3c\x2b\x1a";
        assert_eq!(by_magic(&first), Recognised::Capture(Format::Pcapng, Order::Little));
        first[8] = 0;
        assert_eq!(by_magic(&first), Recognised::Unknown);
        assert_eq!(by_magic(&first[..4]), Recognised::Unknown);
    }

    #[test]
    fn compressed_and_foreign_files_have_names() {
        assert_eq!(by_magic(&[0x1f, 0x8b, 8]), Recognised::Compressed(Compression::Gzip));
        assert_eq!(by_magic(b"BZh9"), Recognised::Archive("bzip2"));
        assert_eq!(by_magic(b"XCP\0\0\0\0\0"), Recognised::Foreign("NetXRay"));
        assert_eq!(by_magic(b"hello"), Recognised::Unknown);
    }
}
