//! The flows of ESP and AH, by number: what is asked of every packet is looked up once for each flow.

use super::esp::Link;
use super::esp_packet::{EspFlow, FlowId};
use super::numbered::Numbered;

/// The flows of ESP and AH that were seen.
#[derive(Clone)]
pub(super) struct Flows {
    known: Numbered<EspFlow>,
    /// Where each of them leads, by its number.
    links: Vec<Link>,
}

impl Flows {
    /// None was seen.
    pub(super) fn new() -> Self {
        Self { known: Numbered::new(), links: Vec::new() }
    }

    /// The number of a flow that was seen before.
    #[inline]
    pub(super) fn find(&self, flow: &EspFlow) -> Option<FlowId> {
        self.known.get(flow).map(FlowId)
    }

    /// The number of a flow, which may be new.
    pub(super) fn number(&mut self, flow: EspFlow) -> FlowId {
        let (number, is_new) = self.known.number(flow);
        if is_new {
            self.links.push(Link::NONE);
        }
        FlowId(number)
    }

    /// Where a flow leads.
    #[inline]
    pub(super) fn link(&self, id: FlowId) -> Option<&Link> {
        self.links.get(id.0 as usize)
    }

    /// A flow, and where it leads.
    #[inline]
    pub(super) fn get_mut(&mut self, id: FlowId) -> Option<(&EspFlow, &mut Link)> {
        Some((self.known.key(id.0)?, self.links.get_mut(id.0 as usize)?))
    }

    /// Whether there are as many as are remembered at once.
    #[inline]
    pub(super) const fn is_full(&self) -> bool {
        self.links.len() >= LIMIT
    }

    /// Forgets all flows but those in use, whose numbers change.
    #[cold]
    pub(super) fn forget_others<'a>(&mut self, in_use: impl Iterator<Item = &'a mut u32>) {
        let mut kept = Self::new();
        for number in in_use {
            if let Some((flow, &mut link)) = self.get_mut(FlowId(*number)) {
                let id = kept.number(*flow);
                *number = id.0;
                if let Some((_, known)) = kept.get_mut(id) {
                    *known = link;
                }
            }
        }
        *self = kept;
    }
}

/// How many flows are remembered at once: forged ones push out the others, never the program's memory.
const LIMIT: usize = 1 << 18;

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::capture::SeriesId;
    use crate::decode::{Encapsulation, Link as LinkLayer};
    use crate::observe::place::{Protection, SaKey, Segment};
    use crate::wire::mac::MacAddr;
    use foldhash::fast::FixedState;
    use std::hash::BuildHasher;

    /// One that differs from others by its SPI.
    pub(in crate::observe) fn flow(spi: u32) -> EspFlow {
        let (src, dst) = ([192, 0, 2, 1].into(), [198, 51, 100, 9].into());
        EspFlow {
            series: SeriesId(0),
            segment: Segment::of(SeriesId(0), 0, &LinkLayer::default()),
            sa: SaKey { src, dst, protocol: Protection::Esp, spi },
            src_mac: None,
            dst_mac: None,
            encapsulation: Encapsulation::Ip,
        }
    }

    #[test]
    fn flows_that_differ_in_what_many_may_have_other_hashes() {
        let (mac, interface) =
            (MacAddr([2, 0, 0, 0, 0, 1]), Segment::of(SeriesId(0), 1, &LinkLayer::default()));
        let others = [
            flow(8),
            EspFlow { src_mac: Some(mac), ..flow(7) },
            EspFlow { src_mac: Some(MacAddr([4, 0, 0, 0, 0, 1])), ..flow(7) },
            EspFlow { dst_mac: Some(mac), ..flow(7) },
            EspFlow { segment: interface, ..flow(7) },
        ];
        let mut hashes: Vec<u64> =
            others.iter().chain([&flow(7)]).map(|flow| FixedState::default().hash_one(flow)).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), others.len() + 1);
    }

    #[test]
    fn what_is_in_use_is_not_forgotten() {
        let mut flows = Flows::new();
        let ids: Vec<FlowId> = (0..100).map(|spi| flows.number(flow(spi))).collect();
        let mut used = [ids[70].0, ids[3].0, ids[70].0];
        flows.forget_others(used.iter_mut());
        let spis = used.map(|number| flows.get_mut(FlowId(number)).unwrap().0.sa.spi);
        assert_eq!((spis, flows.links.len()), ([70, 3, 70], 2));
    }
}
