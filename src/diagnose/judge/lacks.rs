//! What captures lack, as they say themselves: known for certain when they are at their end.

use crate::capture::{CaptureId, SeriesId};
use crate::time::Timestamp;
use crate::track::Outage;

use super::super::rule::Captured;

/// What the captures lack that show an outage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lacks {
    /// Frames that their interfaces saw and they do not have.
    pub frames: u64,
    /// IKE messages that were cut so short that they could not be read.
    pub ike: u64,
    /// Whether they have no frame of other protocols than those this program is about, as a capture filter leaves them.
    pub others: bool,
}

/// What is known of a capture at its end.
#[derive(Clone, Copy, Debug)]
pub(in crate::diagnose) struct Ended {
    id: CaptureId,
    series: SeriesId,
    span: (Timestamp, Timestamp),
    lacks: Lacks,
    has_ike: bool,
}

impl Ended {
    /// What verdicts need of a capture; none where it has no frames.
    pub(in crate::diagnose) fn of(capture: &Captured<'_>) -> Option<Self> {
        let Captured { id, series, facts, tally } = *capture;
        let lacks = Lacks {
            frames: facts.missing_frames().unwrap_or_default(),
            ike: tally.cut.get(IKE).map_or(0, |cut| cut.count),
            others: tally.unrelated.is_empty() && !facts.is_unfiltered,
        };
        Some(Self { id, series, span: tally.span?, lacks, has_ike: tally.ike > 0 })
    }
}

impl Lacks {
    /// What those of the ended captures lack that show the outage: of the series its failover is in, and with frames
    /// after it. Nothing as long as none has ended.
    pub(in crate::diagnose) fn of(outage: &Outage, ended: &[Ended]) -> Self {
        let failover = outage.failover.at;
        let series = ended.iter().find(|it| it.id == failover.capture).map(|it| it.series);
        let shows = |it: &&Ended| {
            Some(it.series) == series && it.span.0 <= outage.until && it.span.1 >= failover.time
        };
        let lacks = ended.iter().filter(shows).map(|it| it.lacks);
        lacks.reduce(Self::and).unwrap_or_default()
    }

    const fn and(self, other: Self) -> Self {
        Self {
            frames: self.frames.saturating_add(other.frames),
            ike: self.ike.saturating_add(other.ike),
            others: self.others && other.others,
        }
    }
}

/// Whether any IKE message was read where an outage is, in the captures that have ended.
pub(in crate::diagnose) fn have_ike(outage: &Outage, ended: &[Ended]) -> bool {
    let series = outage.failover.group.segment.series;
    ended.iter().any(|it| it.series == series && it.has_ike)
}

/// The layer of IKE messages that could not be read.
const IKE: &str = "ike";
