//! What the walk over records asks of a format.

use crate::capture::facts::Facts;
use crate::capture::record::Record;

/// How the records of a format are laid out, and what their headers can be.
pub(in crate::capture) trait Layout {
    /// The fields of a record's header.
    type Header: Copy;

    /// Bytes of a record's header, those that [`Self::read`] needs.
    fn header_bytes(&self) -> usize;

    /// The header that begins at `at`, where `bytes` hold all of it.
    fn read(&self, bytes: &[u8], at: usize) -> Option<Self::Header>;

    /// How far `header` can be believed where a record is expected.
    fn judge(&self, header: Self::Header) -> Belief;

    /// Whether `header` looks like that of a record where none is expected: nothing may be odd about it.
    fn looks_like_a_record(&self, header: Self::Header) -> bool;

    /// Whole seconds of its time.
    fn seconds(header: Self::Header) -> u32;

    /// Bytes of the whole record by its own claim, its header included.
    fn record_bytes(&self, header: Self::Header) -> usize;

    /// The length that a header claims whose record has so many bytes.
    fn claimed(&self, record_bytes: u64) -> u32;

    /// The header with the length that makes its record `record_bytes` long, where the rest of it agrees.
    fn mended(&self, header: Self::Header, record_bytes: u64) -> Option<Self::Header>;

    /// The header with the length that its frame had on the wire, where it claims more.
    fn as_on_the_wire(&self, _header: Self::Header) -> Option<Self::Header> {
        None
    }

    /// Bytes of the file header at the front of `ahead`, where another capture begins there. The records behind it are
    /// read as it says.
    fn begin_another(&mut self, _ahead: &[u8], _facts: &mut Facts) -> Option<usize> {
        None
    }

    /// Notes what is odd about a record at `offset` that is read all the same.
    fn note_oddities(&self, header: Self::Header, offset: u64, facts: &mut Facts);

    /// The frame of the record at the front of `bytes`, which hold all of it, and at `offset` of the capture; its
    /// place counts from there, its number is not set. `None` where the record holds no frame.
    fn frame(&mut self, header: Self::Header, bytes: &[u8], offset: u64, facts: &mut Facts)
    -> Option<Record>;

    /// The header at the front of `ahead`, where its record is whole and nothing speaks against it.
    #[inline]
    fn sound(&self, ahead: &[u8]) -> Option<Self::Header> {
        self.whole(ahead)
    }

    /// The same, read by [`Self::read`].
    #[inline]
    fn whole(&self, ahead: &[u8]) -> Option<Self::Header> {
        let header = self.read(ahead, 0)?;
        let whole = ahead.len() >= self.record_bytes(header);
        (whole && self.judge(header) == Belief::Sound).then_some(header)
    }
}

/// How far a header can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::capture) enum Belief {
    /// Nothing speaks against it.
    Sound,
    /// Something is wrong with it; it is a record if another one follows it.
    Odd,
    /// It is no header of a record.
    Impossible,
}
