//! The ESP SAs of one tunnel: mostly two, and as many as there may be where their SPIs are forged.

use std::collections::HashMap;
use std::net::IpAddr;

use foldhash::fast::RandomState;

use crate::observe::{At, EspSlice, SaKey};

use super::flow::FlowFacts;

/// One SA of a tunnel.
#[derive(Clone, Debug)]
pub(super) struct Sa {
    pub(super) flow: FlowFacts,
    /// The router that used it last, where that is known.
    pub(super) router: Option<IpAddr>,
}

/// The SAs of one tunnel, in the order in which they were first seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Sas {
    all: Vec<Sa>,
    /// Where each of them stands; kept only where there are too many to look through.
    places: HashMap<SaKey, usize, RandomState>,
}

impl Sas {
    /// Where an SA stands, until others are forgotten; `hint` is where it likely does.
    #[inline]
    pub(super) fn place(&self, sa: &SaKey, hint: usize) -> Option<usize> {
        let is_hint_right = self.all.get(hint).is_some_and(|known| known.flow.sa == *sa);
        if is_hint_right { Some(hint) } else { self.search(sa) }
    }

    /// The SA that stands at a place, to be changed.
    #[inline]
    pub(super) fn at_mut(&mut self, place: usize) -> Option<&mut Sa> {
        self.all.get_mut(place)
    }

    /// Adds an SA whose first slice came at `at` from `router`; where it stands.
    pub(super) fn add(&mut self, at: At, slice: &EspSlice, router: Option<IpAddr>) -> usize {
        let place = self.all.len();
        if place < FEW {
            self.all.reserve_exact(1);
        }
        self.all.push(Sa { flow: FlowFacts::new(at, slice), router });
        if place == FEW {
            self.index();
        } else if place > FEW {
            self.places.insert(slice.sa, place);
        }
        place
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.all.len()
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Sa> {
        self.all.iter()
    }

    /// Forgets those that `keeps` is false of.
    pub(super) fn retain(&mut self, keeps: impl FnMut(&Sa) -> bool) {
        self.all.retain(keeps);
        self.index();
    }

    fn search(&self, sa: &SaKey) -> Option<usize> {
        if self.all.len() > FEW {
            return self.places.get(sa).copied();
        }
        self.all.iter().position(|known| known.flow.sa == *sa)
    }

    /// Notes anew where each SA stands.
    fn index(&mut self) {
        self.places.clear();
        if self.all.len() > FEW {
            self.places.extend(self.all.iter().enumerate().map(|(place, sa)| (sa.flow.sa, place)));
        }
    }
}

/// How many SAs are looked through one by one.
const FEW: usize = 8;

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::capture::{CaptureId, FrameNumber};
    use crate::decode::Encapsulation;
    use crate::observe::{EspTally, Protection};
    use crate::time::Timestamp;

    fn slice(spi: u32) -> (At, EspSlice) {
        let at = At {
            time: Timestamp::from_nanos(spi.into()),
            capture: CaptureId(0),
            frame: FrameNumber(spi.into()),
        };
        let (src, dst) = (Ipv4Addr::LOCALHOST.into(), Ipv4Addr::BROADCAST.into());
        let tally = EspTally {
            packets: 1,
            bytes: 0,
            first_sequence: 1,
            last_sequence: 1,
            lowest: 1,
            highest: 1,
            repeated: 0,
        };
        let slice = EspSlice {
            sa: SaKey { src, dst, protocol: Protection::Esp, spi },
            src_mac: None,
            dst_mac: None,
            encapsulation: Encapsulation::Ip,
            last: at,
            tally,
        };
        (at, slice)
    }

    #[test]
    fn each_is_found_whether_few_or_many_and_after_some_were_forgotten() {
        let mut sas = Sas::default();
        for spi in 0..100 {
            let (at, slice) = slice(spi);
            assert_eq!(sas.place(&slice.sa, 0), None);
            let place = sas.add(at, &slice, None);
            assert_eq!((sas.place(&slice.sa, 0), sas.len()), (Some(place), place + 1));
        }
        for keep in [50, 3] {
            sas.retain(|sa| sa.flow.sa.spi < keep);
            let found = (0..100).filter(|&spi| {
                let sa = slice(spi).1.sa;
                let place = sas.place(&sa, 7);
                place.and_then(|place| sas.at_mut(place)).is_some_and(|found| found.flow.sa == sa)
            });
            assert_eq!(found.count(), keep as usize);
        }
    }
}
