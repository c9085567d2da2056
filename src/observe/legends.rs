//! Which flow it is that notes refer to by a number.

use super::esp_packet::FlowId;

/// The flows of each legend, as far as they were looked up.
#[derive(Clone)]
pub(super) struct Legends {
    /// The one used last is at the end.
    known: Vec<Known>,
}

/// A legend.
#[derive(Clone)]
struct Known {
    number: u32,
    /// Its flows, in the order of their numbers there.
    flows: Vec<u32>,
    /// How many there are before the first one that was not looked up. Their count would not do: notes are read in another
    /// order than they were taken in, so later ones may be known before.
    complete: usize,
}

impl Legends {
    /// None was used.
    pub(super) const fn new() -> Self {
        Self { known: Vec::new() }
    }

    /// Whether another one is forgotten when this legend is taken up.
    #[inline]
    pub(super) fn is_one_too_many(&self, legend: u32) -> bool {
        self.known.len() >= MOST && self.flows(legend).is_none()
    }

    /// From now on notes refer to this legend.
    #[inline]
    pub(super) fn take_up(&mut self, legend: u32) {
        if self.known.last().is_none_or(|known| known.number != legend) {
            self.change_to(legend);
        }
    }

    fn change_to(&mut self, legend: u32) {
        let known = self.known.iter().position(|known| known.number == legend);
        let another = || Known { number: legend, flows: Vec::new(), complete: 0 };
        let taken_up = known.map_or_else(another, |at| self.known.remove(at));
        if self.known.len() >= MOST {
            self.known.remove(0);
        }
        self.known.push(taken_up);
    }

    /// The flows of the legend that was taken up.
    #[inline]
    pub(super) fn present(&self) -> LegendFlows<'_> {
        self.known.last().map_or(LegendFlows { flows: &[], complete: 0 }, Known::flows)
    }

    /// The flows of a legend, where it is known.
    #[inline]
    pub(super) fn flows(&self, legend: u32) -> Option<LegendFlows<'_>> {
        self.known.iter().rev().find(|known| known.number == legend).map(Known::flows)
    }

    /// Remembers which flow it is in the legend that was taken up.
    pub(super) fn learn(&mut self, number: u32, flow: FlowId) {
        let Some(Known { flows, complete, .. }) = self.known.last_mut() else { return };
        let at = number as usize;
        if flows.len() <= at {
            flows.resize(at + 1, UNKNOWN);
        }
        if let Some(place) = flows.get_mut(at) {
            *place = flow.0;
        }
        while flows.get(*complete).is_some_and(|&flow| flow != UNKNOWN) {
            *complete += 1;
        }
    }

    /// Forgets all flows, since they have other numbers or belong to segments of other names.
    #[cold]
    pub(super) fn forget(&mut self) {
        for known in &mut self.known {
            known.flows.clear();
            known.complete = 0;
        }
    }
}

impl Known {
    #[inline]
    fn flows(&self) -> LegendFlows<'_> {
        LegendFlows { flows: &self.flows, complete: self.complete }
    }
}

/// The flows of one legend.
#[derive(Clone, Copy)]
pub(super) struct LegendFlows<'a> {
    flows: &'a [u32],
    complete: usize,
}

impl LegendFlows<'_> {
    /// Whether all were looked up that have numbers below this.
    #[inline]
    pub(super) const fn are_complete(self, terms: u32) -> bool {
        self.complete >= terms as usize
    }

    /// A flow that was looked up; no flow where it was not.
    #[inline]
    pub(super) fn number(self, number: u32) -> FlowId {
        FlowId(self.flows.get(number as usize).copied().unwrap_or(UNKNOWN))
    }

    /// Whether a flow was looked up.
    #[inline]
    pub(super) fn has(self, number: u32) -> bool {
        self.number(number) != FlowId::NONE
    }

    /// A flow, where it was looked up.
    #[inline]
    pub(super) fn get(self, number: u32) -> Option<FlowId> {
        Some(self.number(number)).filter(|&flow| flow != FlowId::NONE)
    }
}

/// How many legends are remembered: there is one for each thread and open capture. What is forgotten is looked up again.
const MOST: usize = 256;
const UNKNOWN: u32 = FlowId::NONE.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_legend_has_flows_of_its_own() {
        let mut legends = Legends::new();
        legends.take_up(1);
        legends.learn(5, FlowId(50));
        legends.take_up(2);
        assert_eq!(legends.present().get(5), None);
        legends.learn(5, FlowId(60));
        assert!(!legends.present().are_complete(1), "others before it were not looked up");
        assert_eq!(legends.flows(1).and_then(|flows| flows.get(5)), Some(FlowId(50)));
        legends.take_up(1);
        let present = legends.present();
        assert_eq!((present.get(5), present.get(4), present.get(6)), (Some(FlowId(50)), None, None));
        legends.forget();
        assert_eq!(legends.present().get(5), None);
    }

    #[test]
    fn flows_are_complete_up_to_the_first_that_was_not_looked_up() {
        let mut legends = Legends::new();
        legends.take_up(1);
        let mut complete = Vec::new();
        for number in [2, 3, 0, 3, 1, 5] {
            legends.learn(number, FlowId(number));
            complete.push((1..9).take_while(|&terms| legends.present().are_complete(terms)).count());
        }
        assert_eq!(complete, [0, 0, 1, 1, 4, 4]);
        legends.forget();
        assert!(legends.present().are_complete(0) && !legends.present().are_complete(1));
    }

    #[test]
    fn the_one_not_used_for_longest_is_forgotten() {
        let mut legends = Legends::new();
        let most = u32::try_from(MOST).unwrap();
        for legend in 0..most {
            assert!(!legends.is_one_too_many(legend));
            legends.take_up(legend);
        }
        legends.take_up(0);
        assert!(legends.is_one_too_many(most) && !legends.is_one_too_many(1));
        legends.take_up(most);
        let is_known = |legend| legends.flows(legend).is_some();
        assert_eq!([0, 1, 2, most].map(is_known), [true, false, true, true]);
    }
}
