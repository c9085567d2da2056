//! The header of a pcap record, and how far it can be believed.
//!
//! ```text
//!  0        4          8              12             16
//! | seconds | fraction | captured len | wire length | captured bytes …
//!
//!  0        4          8              12            16          20         22            23    24
//! | seconds | fraction | captured len | wire length | interface | protocol | packet type | pad | captured bytes …
//! ```
//!
//! The fraction is in microseconds or nanoseconds by the file's magic number. The longer header is that of Alexey
//! Kuznetzov's modified format, and what it has more is not read: the interface is a number of the capturing host.
//! Source: draft-ietf-opsawg-pcap, section 5; the modified format: Wireshark's wiretap/libpcap.h.

use crate::capture::order::Order;
use crate::capture::records::Belief;

/// Bytes of a record's header.
pub(super) const HEADER_BYTES: usize = 16;

/// Bytes of a record's header in the modified format.
pub(super) const MODIFIED_HEADER_BYTES: usize = 24;

/// The header of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::capture) struct Header {
    pub(super) seconds: u32,
    pub(super) fraction: u32,
    pub(super) captured: u32,
    pub(super) wire: u32,
}

impl Header {
    /// The fields that begin at `at`, where `bytes` hold all of them; they are the same in both formats.
    #[inline]
    pub(super) fn read(order: Order, bytes: &[u8], at: usize) -> Option<Self> {
        let raw: &[u8; HEADER_BYTES] = bytes.get(at..)?.first_chunk()?;
        let fields = u128::from_le_bytes(*raw);
        // As it stands in the file; one question for all four fields turns them round.
        let [seconds, fraction, captured, wire] = quarters(fields).map(|field| match order {
            Order::Big => field.swap_bytes(),
            Order::Little => field,
        });
        Some(Self { seconds, fraction, captured, wire })
    }
}

/// Four numbers that stand one behind the other, the first in the lowest bits.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "each quarter is taken")]
const fn quarters(of: u128) -> [u32; 4] {
    [of as u32, (of >> 32) as u32, (of >> 64) as u32, (of >> 96) as u32]
}

/// What the headers of a file can be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The snaplen as the file says; 0 for none.
    pub(super) snaplen: u32,
    /// The most bytes that a record can hold.
    pub(super) longest: u32,
    /// The most bytes of a record that is plain; 0 where none is.
    plain: u32,
    /// Fractions of a second: 1,000,000 or 1,000,000,000.
    pub(super) unit: u32,
}

impl Limits {
    pub(super) fn new(snaplen: u32, unit: u32) -> Self {
        let longest = snaplen.clamp(USUAL_LONGEST, LONGEST);
        Self { snaplen, longest, plain: 0, unit }
    }

    /// The same, where records may be plain.
    pub(super) fn with_plain(self, may_be_plain: bool) -> Self {
        let most = if self.snaplen == 0 { self.longest } else { self.longest.min(self.snaplen) };
        Self { plain: if may_be_plain { most } else { 0 }, ..self }
    }

    /// Whether `header` is that of a plain record: of a frame with bytes, and sound.
    #[inline]
    pub(super) const fn is_plain(&self, header: Header) -> bool {
        let Header { fraction, captured, wire, .. } = header;
        captured.wrapping_sub(1) < self.plain && fraction < self.unit && captured <= wire
    }

    /// How far `header` can be believed where a record is expected.
    #[inline]
    pub(super) fn judge(&self, header: Header) -> Belief {
        let over_snaplen = self.snaplen != 0 && header.captured > self.snaplen;
        let Header { seconds, fraction, captured, wire } = header;
        let is_empty = (captured | wire) == 0;
        if captured > self.longest || is_empty && ((seconds | fraction) == 0 || begins_a_file(seconds)) {
            Belief::Impossible
        } else if over_snaplen || fraction >= self.unit || captured > wire {
            Belief::Odd
        } else {
            Belief::Sound
        }
    }

    /// Whether `header` looks like that of a record where none is expected: nothing may be odd about it.
    #[inline]
    pub(super) fn looks_like_a_record(&self, header: Header) -> bool {
        header.captured != 0
            && header.captured <= self.longest
            && header.captured <= header.wire
            && header.wire <= self.longest
            && header.fraction < self.unit
    }
}

/// Whether the seconds of a header are a magic number, in either byte order: where several captures stand one behind
/// the other, their headers are no records.
fn begins_a_file(seconds: u32) -> bool {
    let is_magic = |seconds: u32| matches!(seconds, MICROSECONDS | NANOSECONDS | MODIFIED);
    is_magic(seconds) || is_magic(seconds.swap_bytes())
}

/// The magic number of a pcap with microseconds.
pub(super) const MICROSECONDS: u32 = 0xa1b2_c3d4;

/// The magic number of a pcap with nanoseconds.
pub(super) const NANOSECONDS: u32 = 0xa1b2_3c4d;

/// The magic number of the modified format.
pub(super) const MODIFIED: u32 = 0xa1b2_cd34;

/// Longest frame that capture tools store (libpcap's `MAXIMUM_SNAPLEN`), unless the file's snaplen is larger.
const USUAL_LONGEST: u32 = 262_144;

/// Longest frame that is read at all.
const LONGEST: u32 = 16 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { snaplen: 96, longest: USUAL_LONGEST, plain: 96, unit: 1_000_000 };

    fn header(fraction: u32, captured: u32, wire: u32) -> Header {
        Header { seconds: 1_700_000_000, fraction, captured, wire }
    }

    #[test]
    fn a_frame_cut_by_the_snaplen_is_sound() {
        assert_eq!(LIMITS.judge(header(999_999, 96, 1514)), Belief::Sound);
    }

    #[test]
    fn doubtful_fields_are_odd_and_hopeless_ones_impossible() {
        assert_eq!(LIMITS.judge(header(1_000_000, 60, 60)), Belief::Odd);
        assert_eq!(LIMITS.judge(header(0, 97, 97)), Belief::Odd);
        assert_eq!(LIMITS.judge(header(0, 60, 59)), Belief::Odd);
        assert_eq!(LIMITS.judge(header(0, USUAL_LONGEST + 1, u32::MAX)), Belief::Impossible);
        let zeros = Header { seconds: 0, fraction: 0, captured: 0, wire: 0 };
        assert_eq!(LIMITS.judge(zeros), Belief::Impossible);
        for magic in [0xa1b2_c3d4, 0xd4c3_b2a1, 0xa1b2_3c4d, 0x4d3c_b2a1, MODIFIED] {
            let file_header = Header { seconds: magic, fraction: 0x0004_0002, ..zeros };
            assert_eq!(LIMITS.judge(file_header), Belief::Impossible);
        }
    }

    #[test]
    fn a_snaplen_of_zero_is_no_limit_and_a_huge_one_not_believed() {
        assert_eq!(Limits::new(0, 1_000_000).judge(header(0, 1514, 1514)), Belief::Sound);
        assert_eq!(Limits::new(u32::MAX, 1_000_000).longest, LONGEST);
    }
}
