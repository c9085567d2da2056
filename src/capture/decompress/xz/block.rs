//! The header of a block of xz.
//!
//! ```text
//!  0      1       2
//! | size | flags | compressed size, size, filters: id, size of properties, properties …, padding | CRC-32 |
//! ```
//!
//! Flags: number of filters less one (2 bits), sizes are there (the two highest bits). Numbers have seven bits a byte,
//! the lowest first, and another byte where the highest bit is set. Source: "The .xz File Format" 1.2.1, section 3.1.

use std::io;

use super::check::crc32;
use crate::capture::decompress::source::Source;

/// What stands where a block may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    /// A block's header of so many bytes.
    Block {
        bytes: usize,
        /// Bytes of the LZMA2 dictionary.
        dictionary: u32,
    },
    /// That of a block that goes through a filter other than LZMA2.
    Filtered(u64),
    /// The index.
    Index,
    /// A header that the input's end cuts short.
    Cut,
    /// Something else.
    Wrong,
}

impl Header {
    /// What stands at the front of `source`.
    pub(super) fn read(source: &mut Source) -> io::Result<Self> {
        let bytes = match source.front()? {
            None => return Ok(Self::Cut),
            Some([0]) => return Ok(Self::Index),
            Some([size]) => (usize::from(size) + 1) * 4,
        };
        let whole = source.reach(bytes)?;
        let header = source.bytes().get(..bytes).unwrap_or_default();
        Ok(match header.split_last_chunk() {
            _ if !whole => Self::Cut,
            Some((described, told)) => {
                let filters = filters(described);
                // The checksum takes long where a block is searched for.
                filters.filter(|_| u32::from_le_bytes(*told) == crc32(described)).unwrap_or(Self::Wrong)
            }
            None => Self::Wrong,
        })
    }
}

/// What a header says but for its checksum; `None` where it cannot be one.
fn filters(header: &[u8]) -> Option<Header> {
    let bytes = header.len() + 4;
    let [_, flags, rest @ ..] = header else { return None };
    let mut rest = rest;
    if flags & RESERVED != 0 {
        return None;
    }
    for size in [COMPRESSED_SIZE, SIZE] {
        if flags & size != 0 {
            number(&mut rest)?;
        }
    }
    let mut dictionary = None;
    for _ in 0..=flags & FILTERS {
        let (id, length) = (number(&mut rest)?, number(&mut rest)?);
        let (properties, behind) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        rest = behind;
        if id != LZMA2 || dictionary.is_some() {
            return Some(Header::Filtered(id));
        }
        dictionary = match properties {
            [bits @ 0..=40] => Some(dictionary_bytes(*bits)),
            _ => return None,
        };
    }
    let padded = rest.iter().all(|byte| *byte == 0);
    dictionary.filter(|_| padded).map(|dictionary| Header::Block { bytes, dictionary })
}

/// Bytes of a dictionary: 2 or 3 times a power of two, but for the largest.
const fn dictionary_bytes(bits: u8) -> u32 {
    if bits >= 40 { u32::MAX } else { (2 | (bits & 1) as u32) << (bits / 2 + 11) }
}

/// Takes a number from the front of `bytes`; `None` where it is longer than nine bytes, or not whole.
pub(super) fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for place in 0..9 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// The only filter that is undone.
const LZMA2: u64 = 0x21;

const FILTERS: u8 = 0x03;
const RESERVED: u8 = 0x3c;
const COMPRESSED_SIZE: u8 = 0x40;
const SIZE: u8 = 0x80;

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::capture::window::Window;

    fn read(bytes: &[u8]) -> Header {
        Header::read(&mut Source::new(Window::new(Box::new(Cursor::new(bytes.to_vec()))))).unwrap()
    }

    fn header(described: &[u8]) -> Vec<u8> {
        [described, &crc32(described).to_le_bytes()].concat()
    }

    #[test]
    fn filters_and_dictionaries() {
        let lzma2 = header(&[2, 0, 0x21, 1, 22, 0, 0, 0]);
        assert_eq!(read(&lzma2), Header::Block { bytes: 12, dictionary: 8 << 20 });
        let sizes = header(&[3, 0xc0, 0x80, 1, 5, 0x21, 1, 40, 0, 0, 0, 0]);
        assert_eq!(read(&sizes), Header::Block { bytes: 16, dictionary: u32::MAX });
        assert_eq!(read(&header(&[3, 1, 3, 1, 0, 0x21, 1, 22, 0, 0, 0, 0])), Header::Filtered(3));
        assert_eq!(read(&[0, 1, 2, 3]), Header::Index);
    }

    #[test]
    fn what_cannot_be_a_header() {
        let mut wrong = header(&[2, 0, 0x21, 1, 22, 0, 0, 0]);
        for cut in 0..wrong.len() {
            assert_eq!(read(&wrong[..cut]), Header::Cut);
        }
        wrong[11] ^= 1;
        assert_eq!(read(&wrong), Header::Wrong);
        for described in [
            [2, 0x10, 0x21, 1, 22, 0, 0, 0],
            [2, 0, 0x21, 1, 41, 0, 0, 0],
            [2, 0, 0x21, 1, 22, 0, 0, 1],
            [2, 0, 0x21, 9, 22, 0, 0, 0],
            [2, 0, 0x21, 0xff, 0xff, 0xff, 0xff, 0xff],
        ] {
            assert_eq!(read(&header(&described)), Header::Wrong, "{described:02x?}");
        }
    }
}
