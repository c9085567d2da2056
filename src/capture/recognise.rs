//! Which container an input is, told by its first bytes and never by its name.

use std::io;

use super::erf::Erf;
use super::format::Format;
use super::order::Order;
use super::window::Window;

/// What the first bytes of an input are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recognised {
    /// A container that is read here, and its byte order (of the first section).
    Capture(Format, Order),
    /// A compressed file, by the name of its format.
    Compressed(&'static str),
    /// A capture of a kind that is not read here, by its name.
    Foreign(&'static str),
    /// Nothing that is known.
    Unknown,
}

/// Tells by its first bytes what the input of `window` is.
pub(super) fn recognise(window: &mut Window) -> io::Result<Recognised> {
    window.reach(RECOGNISED_BY)?;
    match by_magic(window.bytes()) {
        Recognised::Unknown if Erf::recognise(window)? => Ok(Recognised::Capture(Format::Erf, Order::Big)),
        recognised => Ok(recognised),
    }
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
    (&[0x1f, 0x8b], Recognised::Compressed("gzip")),
    (&[0x28, 0xb5, 0x2f, 0xfd], Recognised::Compressed("zstd")),
    (&[0x04, 0x22, 0x4d, 0x18], Recognised::Compressed("lz4")),
    (&[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], Recognised::Compressed("xz")),
    (b"BZh", Recognised::Compressed("bzip2")),
    (b"PK\x03\x04", Recognised::Compressed("zip")),
];

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
        assert_eq!(by_magic(&[0x1f, 0x8b, 8]), Recognised::Compressed("gzip"));
        assert_eq!(by_magic(b"XCP\0\0\0\0\0"), Recognised::Foreign("NetXRay"));
        assert_eq!(by_magic(b"hello"), Recognised::Unknown);
    }
}
