//! The interfaces that frames came from, numbered as they are seen.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::capture::facts::Facts;
use crate::capture::frame::LinkType;

use super::SocketInterface;

/// The interfaces so far.
#[derive(Default)]
pub(super) struct Interfaces {
    known: Vec<SocketInterface>,
    /// Their numbers by index and link type.
    numbers: HashMap<(u32, LinkType), u32, RandomState>,
}

impl Interfaces {
    pub(super) fn known(&self) -> &[SocketInterface] {
        &self.known
    }

    /// The number of the interface with this index; `name` is asked where it is new. One that is made anew under the same
    /// name is the same.
    pub(super) fn number(
        &mut self,
        index: u32,
        link_type: LinkType,
        name: impl FnOnce() -> Option<String>,
    ) -> u32 {
        if let Some(&number) = self.numbers.get(&(index, link_type)) {
            return number;
        }
        let name = name().unwrap_or_else(|| format!("#{index}"));
        let interface = SocketInterface { name, link_type };
        let number = self.known.iter().position(|known| *known == interface).unwrap_or_else(|| {
            if self.known.len() < Facts::MAX_INTERFACES {
                self.known.push(interface);
            }
            self.known.len() - 1
        });
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        if self.numbers.len() < MOST_INDICES {
            self.numbers.insert((index, link_type), number);
        }
        number
    }
}

/// Of how many indices the number is remembered. More are asked for their name each time.
const MOST_INDICES: usize = 4 * Facts::MAX_INTERFACES;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_made_anew_under_its_name_keeps_its_number() {
        let mut interfaces = Interfaces::default();
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(interfaces.number(3, LinkType::ETHERNET, || name("eth0")), 0);
        assert_eq!(interfaces.number(4, LinkType::RAW, || name("tun0")), 1);
        assert_eq!(interfaces.number(9, LinkType::ETHERNET, || name("eth0")), 0);
        assert_eq!(interfaces.number(10, LinkType::ETHERNET, || None), 2);
        assert_eq!(interfaces.number(3, LinkType::ETHERNET, || panic!("it is known")), 0);
        assert_eq!(interfaces.known()[2].name, "#10");
    }
}
