//! After what time it is confirmed that nothing comes any more.
//!
//! Whoever is not answered repeats its request by the schedule of its implementation and gives up then; whoever has
//! nothing to ask notices a dead peer when it probes next. What was seen of the two ends says how long that takes.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use crate::track::Habits;
use crate::wire::ike::Certainty;

use super::super::options::Options;
use super::super::reading::{Negotiations, Reading, count, seconds};
use super::super::verdict::{Confirmation, Reason, Verdict};
use super::schedule::{SLOWEST, Schedule, at_this_pace};

impl Confirmation {
    /// The time for an outage with this verdict: of an unanswered negotiation that of who asks, else the peer's.
    pub(super) fn of(reading: &Reading<'_>, verdict: Verdict, options: &Options) -> Self {
        if let Some(after) = options.confirm {
            return Self { after, because: vec!["as `--confirm` says".to_owned()] };
        }
        let outage = reading.outage;
        let peer = outage.tunnel.peer;
        match reading.negotiations() {
            Negotiations::Unanswered(negotiation) if verdict == Verdict::Unanswered => {
                let asking = negotiation.waiting.map_or(negotiation.initiator, |waiting| waiting.from);
                let (habits, vendors) = if asking == peer {
                    (&outage.habits.1, &outage.vendors.1)
                } else {
                    (&outage.habits.0, &outage.vendors.0)
                };
                let gives_up = schedule(asking, (habits, vendors), Some(negotiation.version));
                gives_up.map_or_else(Self::default, |gives_up| Self::sum(vec![gives_up]))
            }
            _ => Self::of_silence(peer, (&outage.habits.1, &outage.vendors.1), outage.before.ike_version),
        }
    }

    /// How long the peer may take to notice that it is not heard, and to give up.
    fn of_silence(peer: IpAddr, (habits, vendors): Ways<'_>, version: Option<u8>) -> Self {
        let probes = habits.probes.map(|rhythm| {
            let sure = match rhythm.certainty {
                Certainty::Sure => String::new(),
                certainty => format!(", certainty {certainty}"),
            };
            let seen = count(rhythm.probes as u64, "probe");
            (rhythm.every, format!("{peer} probes every {} ({seen} seen{sure})", seconds(rhythm.every)))
        });
        match (probes, schedule(peer, (habits, vendors), version)) {
            (None, None) => Self::default(),
            (None, Some((gives_up, text))) => {
                Self::sum(vec![(gives_up, format!("{text}, and how often it probes was not seen"))])
            }
            (Some(probes), Some(gives_up)) => Self::sum(vec![probes, gives_up]),
            (Some(probes), None) => {
                let text = format!("the slowest common implementation gives up after {}", seconds(SLOWEST));
                Self::sum(vec![probes, (SLOWEST, text)])
            }
        }
    }

    /// The parts together and a little more, within bounds.
    fn sum(parts: Vec<(Duration, String)>) -> Self {
        let sum: Duration = parts.iter().map(|(span, _)| *span).sum::<Duration>().saturating_add(MARGIN);
        let after = sum.clamp(LEAST, MOST);
        let mut because: Vec<String> = parts.into_iter().map(|(_, text)| text).collect();
        because.push(format!("{} more", seconds(MARGIN)));
        if after != sum {
            let bound = if after == LEAST { "at least" } else { "at most" };
            because.push(format!("{bound} {}", seconds(after)));
        }
        Self { after, because }
    }

    /// Whether that much was watched, and nothing came.
    pub(in crate::diagnose) fn is_reached(&self, verdict: Verdict, watched: Duration) -> bool {
        is_absence(verdict) && watched >= self.after
    }

    /// What to say of it beside the verdict; nothing where nothing tells, and nothing is confirmed.
    pub(super) fn reason(&self, verdict: Verdict, watched: Duration) -> Option<Reason> {
        let told = self.is_reached(verdict, watched) || !self.because.is_empty();
        let because =
            if self.because.is_empty() { String::new() } else { format!(" ({})", self.because.join("; ")) };
        let (after, watched_for) = (seconds(self.after), seconds(watched));
        let text = if watched >= self.after {
            format!("absence is confirmed after {after}{because}, and {watched_for} were watched")
        } else {
            format!(
                "absence is not confirmed yet: that takes {after}{because}, and {watched_for} were watched"
            )
        };
        (is_absence(verdict) && told).then_some(Reason { text, factor: 1.0 })
    }
}

impl Default for Confirmation {
    /// Longer than the slowest common schedule.
    fn default() -> Self {
        Self { after: UNKNOWN, because: Vec::new() }
    }
}

/// Whether a verdict rests on something that did not come.
const fn is_absence(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::NoNegotiation | Verdict::Unanswered)
}

/// When `who` gives a request up: by how it repeated one, else by what it is.
fn schedule(who: IpAddr, (habits, vendors): Ways<'_>, version: Option<u8>) -> Option<(Duration, String)> {
    let gaps = &habits.repeats;
    let that_of = |schedule: &Schedule, how: String| {
        let gives_up = schedule.gives_up();
        (gives_up, format!("{who} {how}, which gives up after {}", seconds(gives_up)))
    };
    if let Some(schedule) = Schedule::measured(gaps) {
        return Some(that_of(schedule, format!("repeats like {}", schedule.name)));
    }
    if let Some(gives_up) = at_this_pace(gaps) {
        let told: Vec<String> = gaps.iter().map(|gap| seconds(*gap)).collect();
        let text = format!(
            "{who} repeated after {}, and at this pace gives up after {}",
            told.join(", "),
            seconds(gives_up)
        );
        return Some((gives_up, text));
    }
    let schedule = Schedule::of_vendor(vendors, version)?;
    Some(that_of(schedule, format!("is {} by its vendor ID", schedule.name)))
}

/// What is known of one end: its ways, and what its vendor IDs name.
type Ways<'a> = (&'a Habits, &'a BTreeSet<&'static str>);

/// What is added for a retransmission lost and for the role's change.
const MARGIN: Duration = Duration::from_secs(10);
/// Never sooner: shorter than that is one lost message.
const LEAST: Duration = Duration::from_secs(30);
/// Never later: nobody would wait for it.
const MOST: Duration = Duration::from_secs(300);
/// Where nothing was seen of the ends' ways.
const UNKNOWN: Duration = Duration::from_secs(180);
