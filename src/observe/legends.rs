//! Which flow it is that notes refer to by a number.

use super::esp_packet::FlowId;

/// The flows of each legend, as far as they were looked up.
#[derive(Clone)]
pub(super) struct Legends {
    /// Which one is in use, and its flows.
    number: u32,
    flows: Vec<u32>,
    /// The others, the one used last at the end.
    others: Vec<(u32, Vec<u32>)>,
}

impl Legends {
    /// None was used.
    pub(super) const fn new() -> Self {
        Self { number: UNKNOWN, flows: Vec::new(), others: Vec::new() }
    }

    /// From now on notes refer to this legend.
    #[inline]
    pub(super) fn take_up(&mut self, legend: u32) {
        if self.number != legend {
            self.change_to(legend);
        }
    }

    fn change_to(&mut self, legend: u32) {
        let known = self.others.iter().position(|(number, _)| *number == legend);
        let (_, flows) = known.map(|at| self.others.remove(at)).unwrap_or_default();
        if self.others.len() >= MOST {
            self.others.remove(0);
        }
        self.others.push((self.number, std::mem::replace(&mut self.flows, flows)));
        self.number = legend;
    }

    /// A flow of the legend, where it was looked up.
    #[inline]
    pub(super) fn flow(&self, number: u32) -> Option<FlowId> {
        match self.flows.get(number as usize) {
            Some(&flow) if flow != UNKNOWN => Some(FlowId(flow)),
            _ => None,
        }
    }

    /// Remembers which flow it is.
    pub(super) fn learn(&mut self, number: u32, flow: FlowId) {
        let at = number as usize;
        if self.flows.len() <= at {
            self.flows.resize(at + 1, UNKNOWN);
        }
        if let Some(place) = self.flows.get_mut(at) {
            *place = flow.0;
        }
    }

    /// Forgets all of them, since flows have other numbers or belong to segments of other names.
    #[cold]
    pub(super) fn forget(&mut self) {
        self.flows.clear();
        self.others.clear();
    }
}

/// How many legends are remembered: there is one for each thread and open capture. What is forgotten is looked up again.
const MOST: usize = 256;
const UNKNOWN: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_legend_has_flows_of_its_own() {
        let mut legends = Legends::new();
        legends.take_up(1);
        legends.learn(5, FlowId(50));
        legends.take_up(2);
        assert_eq!(legends.flow(5), None);
        legends.learn(5, FlowId(60));
        legends.take_up(1);
        assert_eq!((legends.flow(5), legends.flow(4), legends.flow(6)), (Some(FlowId(50)), None, None));
        legends.forget();
        assert_eq!(legends.flow(5), None);
    }
}
