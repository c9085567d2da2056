//! What lowers the confidence in a verdict: factors with their names.

use crate::track::Visibility;

use super::super::options::Options;
use super::super::reading::{Reading, count, end_of, seconds};
use super::super::verdict::{Confirmation, Reason, Verdict};
use super::lacks::Lacks;

/// What lowers the confidence in a verdict.
pub(super) fn doubts(
    reading: &Reading<'_>,
    verdict: Verdict,
    confirmation: &Confirmation,
    lacks: Lacks,
    options: &Options,
) -> Vec<Reason> {
    let outage = reading.outage;
    let mut doubts = Vec::new();
    let absence = matches!(
        verdict,
        Verdict::NoNegotiation
            | Verdict::Unanswered
            | Verdict::Rejected
            | Verdict::ChildRejected
            | Verdict::OneWay
    );
    let watched = outage.watched();
    if absence && watched < options.window && !confirmation.is_reached(verdict, watched) {
        doubts.push(Reason {
            text: format!(
                "{} {} into a window of {}",
                end_of(outage),
                seconds(watched),
                seconds(options.window)
            ),
            factor: watched.as_secs_f64() / options.window.as_secs_f64(),
        });
    }
    if absence && outage.after.claims == 1 && !outage.failover.was_foretold() {
        let text =
            "one single hello says that the role changed hands, and anyone on the segment can forge one";
        doubts.push(Reason { text: text.to_owned(), factor: 0.5 });
    }
    doubts.extend(confirmation.reason(verdict, watched));
    doubts.extend(unseen(reading, verdict));
    doubts.extend(lost(verdict, lacks));
    let recovered = matches!(verdict, Verdict::Recovered | Verdict::RecoveredLate);
    if recovered && reading.new_pair().is_some() && !reading.negotiation_was_seen() {
        let text = "the negotiation of the new SAs was not seen".to_owned();
        doubts.push(Reason { text, factor: 0.8 });
    }
    doubts
}

/// What was not seen, and bears on a verdict.
fn unseen(reading: &Reading<'_>, verdict: Verdict) -> Vec<Reason> {
    let outage = reading.outage;
    let peer = outage.tunnel.peer;
    let mut doubts = Vec::new();
    let mut doubt = |text: String, factor: f64| doubts.push(Reason { text, factor });
    if matches!(verdict, Verdict::Idle | Verdict::Inconclusive) {
        return doubts;
    }
    if outage.is_one_sided() {
        doubt("the capture shows packets of only one end of the tunnel".to_owned(), 0.5);
    } else if outage.before.ever == (false, false) {
        doubt("nothing of the tunnel was seen before the failover".to_owned(), 0.8);
    }
    if verdict == Verdict::NoNegotiation && reading.demand_after().is_empty() {
        let nothing = format!("no ESP, IKE or ICMP error of {peer} was seen after the failover");
        let router = outage.failover.to;
        match outage.coverage.router {
            Visibility::Shown => doubt(nothing, 0.7),
            Visibility::Unknown | Visibility::Hidden(_) => doubt(
                format!(
                    "{nothing}, nor anything that {router} sent to one host: its switch port may not be mirrored"
                ),
                0.5,
            ),
        }
    }
    // One packet may be anybody's.
    let is_sent = || reading.dead_spi().is_some_and(|(packets, ..)| packets > 1);
    if verdict == Verdict::NoNegotiation && !outage.ran_until_failover() && !is_sent() {
        let text = "no ESP ran until the failover, nor more than a packet of it after that: it may have nothing to send";
        doubt(text.to_owned(), 0.5);
    }
    if verdict == Verdict::NoNegotiation && !outage.coverage.ike {
        doubt("the capture has no IKE at all, which a capture filter may leave out".to_owned(), 0.7);
    }
    if let Some(member) = reading.member_end() {
        doubt(format!("IKE was sent from {member}, not from {}", outage.tunnel.local), 1.0);
    }
    doubts
}

/// What the captures lost, where a verdict says that something did not come.
fn lost(verdict: Verdict, lacks: Lacks) -> Option<Reason> {
    let absence = matches!(verdict, Verdict::NoNegotiation | Verdict::Unanswered | Verdict::OneWay);
    (absence && lacks.frames > 0).then(|| Reason {
        text: format!("the capture lacks {} that its interface saw", count(lacks.frames, "frame")),
        factor: 0.7,
    })
}
