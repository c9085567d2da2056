//! A cursor over bytes that came from the network: every read is checked, and a read that cannot be
//! done says where, how much it needed and how much there was.

use std::fmt;

/// Bytes that could not be read as what they claim to be.
///
/// Not an error of the run: the decoder keeps what it read before, and this beside it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Malformed {
    /// The protocol layer that could not be read: `ethernet`, `ipv4`, `udp`, `hsrp`, `ike`, `esp`, …
    pub layer: &'static str,
    /// What was being read: a field, a header, a TLV.
    pub what: &'static str,
    /// Where it begins, in bytes from the start of the captured frame.
    pub offset: usize,
    /// Bytes it needs from there; where a value is out of its range, the bound it passes.
    pub need: usize,
    /// Bytes there are from there; where a value is out of its range, that value.
    pub have: usize,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { layer, what, offset, need, have } = self;
        write!(f, "{layer} {what} at byte {offset} needs {need}, has {have}")
    }
}

/// Reads big-endian fields from the front of `bytes`, never past their end.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    layer: &'static str,
    bytes: &'a [u8],
    at: usize,
    base: usize,
}

impl<'a> Reader<'a> {
    /// Reads `bytes`, which begin `base` bytes into the frame and belong to `layer`.
    pub const fn new(layer: &'static str, bytes: &'a [u8], base: usize) -> Self {
        Self { layer, bytes, at: 0, base }
    }

    /// Where the next read begins, in bytes from the start of the frame.
    pub const fn offset(&self) -> usize {
        self.base + self.at
    }

    /// Bytes already read.
    pub const fn consumed(&self) -> usize {
        self.at
    }

    /// Bytes left to read.
    pub const fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// Whether nothing is left to read.
    pub const fn is_empty(&self) -> bool {
        self.remaining() == 0
    }

    /// The bytes left to read, without reading them.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The next `n` bytes; `what` names them in the complaint when there are fewer.
    pub fn take(&mut self, what: &'static str, n: usize) -> Result<&'a [u8], Malformed> {
        let taken = self.rest().get(..n).ok_or_else(|| self.malformed(what, n))?;
        self.at += n;
        Ok(taken)
    }

    /// The next `N` bytes as an array.
    pub fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], Malformed> {
        let taken = self.rest().first_chunk::<N>().ok_or_else(|| self.malformed(what, N))?;
        self.at += N;
        Ok(*taken)
    }

    /// A reader over the next `n` bytes alone, which this reader thereby has read.
    pub fn part(&mut self, what: &'static str, n: usize) -> Result<Reader<'a>, Malformed> {
        let base = self.offset();
        Ok(Reader::new(self.layer, self.take(what, n)?, base))
    }

    /// The next byte.
    pub fn u8(&mut self, what: &'static str) -> Result<u8, Malformed> {
        self.array(what).map(u8::from_be_bytes)
    }

    /// The next two bytes, big-endian.
    pub fn u16(&mut self, what: &'static str) -> Result<u16, Malformed> {
        self.array(what).map(u16::from_be_bytes)
    }

    /// The next four bytes, big-endian.
    pub fn u32(&mut self, what: &'static str) -> Result<u32, Malformed> {
        self.array(what).map(u32::from_be_bytes)
    }

    /// The next eight bytes, big-endian.
    pub fn u64(&mut self, what: &'static str) -> Result<u64, Malformed> {
        self.array(what).map(u64::from_be_bytes)
    }

    /// The complaint that `what`, which begins at the next byte, needs `need` bytes.
    pub const fn malformed(&self, what: &'static str, need: usize) -> Malformed {
        Malformed { layer: self.layer, what, offset: self.offset(), need, have: self.remaining() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_in_order_and_stops_at_the_end() {
        let mut reader = Reader::new("hsrp", &[1, 0, 2, 0, 0, 0, 3, 9], 42);
        assert_eq!(reader.u8("a"), Ok(1));
        assert_eq!(reader.u16("b"), Ok(2));
        assert_eq!(reader.u32("c"), Ok(3));
        assert_eq!(
            reader.u16("hold time"),
            Err(Malformed { layer: "hsrp", what: "hold time", offset: 49, need: 2, have: 1 })
        );
        assert_eq!(reader.u8("d"), Ok(9));
    }

    #[test]
    fn a_part_keeps_its_place_in_the_frame() {
        let mut reader = Reader::new("ike", &[0, 1, 2, 3], 10);
        reader.u8("skip").unwrap();
        let mut part = reader.part("body", 2).unwrap();
        assert_eq!((part.offset(), part.remaining(), reader.remaining()), (11, 2, 1));
        assert_eq!(part.u16("x"), Ok(0x0102));
        assert!(part.u8("y").is_err());
    }
}
