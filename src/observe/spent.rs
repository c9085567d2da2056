//! IKE sightings that were handed on, to be filled once more: they come one by one and go by the hundred at the turn of each
//! second, which takes an allocator long.

use std::time::Duration;

use crate::wire::ike::PayloadType;

use super::observation::{IkeSighting, Kind};

/// IKE sightings that are not needed any more.
pub(super) struct SpentSightings {
    #[expect(clippy::vec_box, reason = "they are handed on in their boxes")]
    boxes: Vec<Box<IkeSighting>>,
}

impl Clone for SpentSightings {
    /// None: nothing depends on there being some.
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl SpentSightings {
    /// None.
    pub(super) const fn new() -> Self {
        Self { boxes: Vec::new() }
    }

    /// Takes the sighting out of an observation that is dropped, where it is one, there are not enough and it holds little.
    #[inline]
    pub(super) fn take_back(&mut self, kind: &mut Kind) {
        if let Kind::Ike(spent) = kind
            && self.boxes.len() < MOST
            && holds_little(spent)
            && let Kind::Ike(spent) = std::mem::replace(kind, NOTHING)
        {
            self.boxes.push(spent);
        }
    }

    /// An empty list, for the next sighting.
    pub(super) fn payloads(&mut self) -> Vec<PayloadType> {
        let spent = self.boxes.last_mut().map(|spent| std::mem::take(&mut spent.payloads));
        let mut payloads = spent.unwrap_or_default();
        payloads.clear();
        payloads
    }

    /// Puts a sighting in a box.
    pub(super) fn boxed(&mut self, sighting: IkeSighting) -> Box<IkeSighting> {
        let Some(mut boxed) = self.boxes.pop() else { return Box::new(sighting) };
        *boxed = sighting;
        boxed
    }
}

/// Whether hardly any memory goes with a sighting.
const fn holds_little(spent: &IkeSighting) -> bool {
    let IkeSighting { payloads, notifies, vendors, proposal, nat_detection, .. } = spent;
    payloads.capacity() <= FEW
        && notifies.capacity() == 0
        && vendors.capacity() == 0
        && proposal.is_none()
        && nat_detection.is_none()
}

/// What is left of an observation that is dropped.
const NOTHING: Kind = Kind::ClockSetBack(Duration::ZERO);
/// How many are kept: those of a second of many tunnels.
const MOST: usize = 0x400;
/// How many payloads a sighting has room for that holds little.
const FEW: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::SeriesId;
    use crate::decode::{Network, Packet, Pieces};
    use crate::observe::sighting::opening;
    use crate::wire::ike::{ExchangeType, Header, NotifyType, Spi};

    fn sighting(payloads: usize) -> IkeSighting {
        let network = Network {
            src: [192, 0, 2, 1].into(),
            dst: [198, 51, 100, 9].into(),
            protocol: 17,
            ttl: 64,
            identification: None,
            fragment: false,
        };
        let header = Header {
            initiator_spi: Spi(1),
            responder_spi: Spi(2),
            next_payload: 46,
            version: 0x20,
            exchange: ExchangeType(37),
            flags: 8,
            message_id: 3,
            length: 80,
        };
        let opening = opening(SeriesId(0), &Packet::default(), &network, header, Pieces::One);
        IkeSighting { payloads: vec![PayloadType(46); payloads], ..opening }
    }

    fn take_back(spent: &mut SpentSightings, sighting: IkeSighting) -> usize {
        spent.take_back(&mut Kind::Ike(Box::new(sighting)));
        spent.boxes.len()
    }

    #[test]
    fn nothing_is_left_of_what_was_in_a_box() {
        let mut spent = SpentSightings::new();
        assert_eq!(take_back(&mut spent, sighting(3)), 1);
        let payloads = spent.payloads();
        assert!(payloads.is_empty() && payloads.capacity() >= 3);
        let next = IkeSighting { payloads, malformed: true, ..sighting(0) };
        assert_eq!((*spent.boxed(next.clone()), spent.boxes.len()), (next, 0));
        assert_eq!(spent.payloads().capacity(), 0);
    }

    #[test]
    fn what_holds_much_is_let_go_and_so_is_what_is_too_much() {
        let mut spent = SpentSightings::new();
        let named = IkeSighting { notifies: vec![(NotifyType(11), None)], ..sighting(1) };
        assert_eq!(take_back(&mut spent, sighting(FEW + 1)), 0);
        assert_eq!(take_back(&mut spent, named), 0);
        let kept = (0..MOST + 9).map(|_| take_back(&mut spent, sighting(1))).max();
        assert_eq!(kept, Some(MOST));
        let mut other = Kind::ClockSetBack(Duration::from_secs(7));
        spent.take_back(&mut other);
        assert_eq!(other, Kind::ClockSetBack(Duration::from_secs(7)));
    }
}
