//! What lowers the confidence in a verdict: factors with their names.

use super::judge::end_of;
use super::options::Options;
use super::reading::{Reading, seconds};
use super::verdict::{Reason, Verdict};

/// What lowers the confidence in a verdict.
pub(super) fn doubts(reading: &Reading<'_>, verdict: Verdict, options: &Options) -> Vec<Reason> {
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
    if absence && watched < options.window {
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
    if verdict == Verdict::NoNegotiation && watched >= options.confirm {
        let text =
            format!("watched for longer than {}, after which absence is confirmed", seconds(options.confirm));
        doubts.push(Reason { text, factor: 1.0 });
    }
    doubts.extend(unseen(reading, verdict));
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
        doubt(format!("no ESP, IKE or ICMP error of {peer} was seen after the failover"), 0.7);
    }
    if let Some(member) = reading.member_end() {
        doubt(format!("IKE was sent from {member}, not from {}", outage.tunnel.local), 1.0);
    }
    doubts
}
