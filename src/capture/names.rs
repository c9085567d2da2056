//! Names of addresses, as a capture tells them.

use std::collections::BTreeMap;
use std::net::IpAddr;

/// Names of addresses. The first name of an address is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    kept: BTreeMap<IpAddr, String>,
    left_out: u64,
}

impl Names {
    /// How many addresses are kept; a capture may name every address there is.
    pub const MAX: usize = 10_000;

    /// The name of an address.
    pub fn of(&self, address: IpAddr) -> Option<&str> {
        self.kept.get(&address).map(String::as_str)
    }

    /// The addresses with their names, in the order of addresses.
    pub fn iter(&self) -> impl Iterator<Item = (IpAddr, &str)> {
        self.kept.iter().map(|(address, name)| (*address, name.as_str()))
    }

    /// Addresses with a name that are not among them, because there were too many.
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Hears a name: UTF-8, what is none replaced, cut to the longest that DNS has.
    pub(super) fn hear(&mut self, address: IpAddr, name: &[u8]) {
        if name.is_empty() || self.kept.contains_key(&address) {
            return;
        }
        if self.kept.len() >= Self::MAX {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        let name = name.get(..LONGEST_NAME).unwrap_or(name);
        self.kept.insert(address, String::from_utf8_lossy(name).into_owned());
    }
}

/// Bytes of the longest name.
const LONGEST_NAME: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_in_length_and_number() {
        let mut names = Names::default();
        for i in 0..10_003_u32 {
            names.hear(IpAddr::V4(i.into()), &[b'x'; 300]);
        }
        names.hear(IpAddr::V4(7.into()), b"another");
        assert_eq!((names.iter().count(), names.left_out()), (10_000, 3));
        assert_eq!(names.of(IpAddr::V4(7.into())).map(str::len), Some(255));
    }
}
