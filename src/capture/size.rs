//! Numbers of bytes in words.

use std::fmt;

/// A number of bytes as it would be typed: `16GiB`, `500MiB`, `1500000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
        let whole = units.into_iter().find(|(_, power)| self.0.trailing_zeros() >= *power && self.0 > 0);
        match whole {
            Some((unit, power)) => write!(f, "{}{unit}", self.0 >> power),
            None => write!(f, "{} bytes", self.0),
        }
    }
}
