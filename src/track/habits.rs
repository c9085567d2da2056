//! How an end of a tunnel behaves when all is well and when nobody answers: how often it probes, and how it repeats.

use std::collections::VecDeque;
use std::time::Duration;

use crate::time::Timestamp;
use crate::wire::ike::Certainty;

/// What is known of one end's ways.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Habits {
    /// How often it probes the other end's liveness.
    pub probes: Option<Probing>,
    /// The gaps between sendings of one of its requests that nobody answered: of the one it repeated most.
    pub repeats: Vec<Duration>,
}

/// How often an end probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probing {
    /// The median gap between two probes.
    pub every: Duration,
    /// How many probes that rests on.
    pub probes: usize,
    /// How sure it is that they are probes: the least of theirs.
    pub certainty: Certainty,
}

/// The habits of one end as they are learnt.
#[derive(Clone, Debug, Default)]
pub(super) struct Learnt {
    /// The last probes.
    probes: VecDeque<(Timestamp, Certainty)>,
    repeats: Vec<Duration>,
}

impl Learnt {
    /// Notes a probe.
    pub(super) fn probe(&mut self, time: Timestamp, certainty: Certainty) {
        if self.probes.len() >= PROBES {
            self.probes.pop_front();
        }
        self.probes.push_back((time, certainty));
    }

    /// Notes the gaps between the sendings of one request so far.
    pub(super) fn repeat(&mut self, gaps: &[Duration]) {
        keep_longer(&mut self.repeats, gaps);
    }

    /// The habits before `time`.
    pub(super) fn before(&self, time: Timestamp) -> Habits {
        Habits { probes: self.rhythm(time), repeats: self.repeats.clone() }
    }

    /// Adds what is known of how it repeats.
    pub(super) fn add_to(&self, habits: &mut Habits) {
        keep_longer(&mut habits.repeats, &self.repeats);
    }

    /// The rhythm of the probes before `end`: two gaps at least, of which one may be cut short or drawn out by traffic.
    fn rhythm(&self, end: Timestamp) -> Option<Probing> {
        let before: Vec<_> = self.probes.iter().filter(|(time, _)| *time < end).collect();
        let mut gaps: Vec<Duration> = before
            .windows(2)
            .map(|pair| pair.last().zip(pair.first()).map_or(Duration::ZERO, |(b, a)| b.0.since(a.0)))
            .collect();
        gaps.sort_unstable();
        let every = *gaps.get(gaps.len() / 2).filter(|_| gaps.len() >= GAPS)?;
        let certainty = before.iter().map(|(_, certainty)| *certainty).min()?;
        Some(Probing { every, probes: before.len(), certainty })
    }
}

/// Of two requests the one that was repeated more often shows more of the schedule.
fn keep_longer(known: &mut Vec<Duration>, gaps: &[Duration]) {
    if gaps.len() >= known.len() {
        known.clear();
        known.extend_from_slice(gaps);
    }
}

/// How many probes are remembered.
const PROBES: usize = 17;
/// The fewest gaps that make a rhythm.
const GAPS: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    fn learnt(seconds: &[i64]) -> Learnt {
        let mut learnt = Learnt::default();
        for &second in seconds {
            learnt.probe(Timestamp::from_parts(second, 0), Certainty::Sure);
        }
        learnt
    }

    fn every(learnt: &Learnt, end: i64) -> Option<(u64, usize)> {
        let habits = learnt.before(Timestamp::from_parts(end, 0));
        habits.probes.map(|rhythm| (rhythm.every.as_secs(), rhythm.probes))
    }

    #[test]
    fn the_rhythm_is_the_median_gap_before_the_end() {
        let learnt = learnt(&[10, 40, 70, 75, 105, 135]);
        assert_eq!(every(&learnt, 200), Some((30, 6)));
        assert_eq!(every(&learnt, 75), Some((30, 3)));
        assert_eq!(every(&learnt, 70), None);
    }

    #[test]
    fn only_the_last_probes_are_remembered() {
        let seconds: Vec<i64> = (0..100).map(|probe| probe * 10).collect();
        assert_eq!(every(&learnt(&seconds), 2000), Some((10, PROBES)));
    }

    #[test]
    fn the_request_repeated_most_is_kept() {
        let gaps = |seconds: &[u64]| seconds.iter().map(|&gap| Duration::from_secs(gap)).collect::<Vec<_>>();
        let mut learnt = Learnt::default();
        learnt.repeat(&gaps(&[4, 7]));
        learnt.repeat(&gaps(&[9]));
        assert_eq!(learnt.before(Timestamp::MAX).repeats, gaps(&[4, 7]));
    }
}
