//! Frames that are to be skipped, which Zstandard and LZ4 have in common.
//!
//! ```text
//!  0             4      8
//! | 5? 2a 4d 18 | size | … |
//! ```
//!
//! The size is little-endian. Source: RFC 8878, section 3.1.2.

use std::io;

use super::codec::Step;
use super::source::Source;
use crate::capture::order::Order;

/// Passes over a frame that is to be skipped; the step where it is cut short.
pub(super) fn skip(source: &mut Source) -> io::Result<Option<Step>> {
    source.reach(8)?;
    let cut_off = match Order::Little.u32(source.bytes(), 4) {
        Some(bytes) => {
            let bytes = 8 + u64::from(bytes);
            source.skip(bytes)? < bytes
        }
        None => true,
    };
    Ok(cut_off.then(|| Step::cut_off(source.end())))
}

/// Whether a frame that is to be skipped begins with these bytes, or so many of them as there are.
pub(super) fn is_skippable(begun: &[u8]) -> bool {
    let first = begun.first().is_some_and(|byte| byte & 0xf0 == 0x50);
    first && begun.iter().skip(1).zip([0x2a, 0x4d, 0x18]).all(|(byte, wanted)| *byte == wanted)
}
