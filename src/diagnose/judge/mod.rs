//! The verdict on an outage: the first line that holds wins.

mod certainty;
mod confirmation;
mod doubts;
mod goes_on;
mod lacks;
mod nat;
mod schedule;

use std::time::Duration;

use crate::decode::Pieces;
use crate::track::{InPieces, Negotiation, Outage, Outcome, Purpose, Refusal, StateCopy, Use, Visibility};

use super::options::Options;
use super::reading::{Negotiations, Reading, count, end_of, seconds};
use super::verdict::{Confirmation, Judgement, Reason, Verdict};

use doubts::doubts;
pub use lacks::Lacks;
pub(super) use lacks::{Ended, have_ike};

/// Judges an outage as far as it has come, with what is known of the captures that show it.
pub fn judge(outage: &Outage, lacks: Lacks, options: &Options) -> Judgement {
    let reading = Reading::new(outage, options);
    let (verdict, mut reasons) = decide(&reading, lacks, options);
    let confirmation = Confirmation::of(&reading, verdict, options);
    reasons.extend(doubts(&reading, verdict, &confirmation, lacks, options));
    reasons.extend(nat::reason(outage));
    let t_f = outage.failover.at.time;
    let resumed = match verdict {
        Verdict::Stateful => reading.carried_on().map(|seen| seen.first),
        Verdict::Recovered => reading.recovery().or_else(|| reading.works_unseen().map(|seen| seen.first)),
        _ => reading.recovery(),
    };
    let before = outage.last_good_before();
    Judgement {
        outage: outage.clone(),
        verdict,
        confidence: reasons.iter().map(|reason| reason.factor).product::<f64>().clamp(0.0, 1.0),
        reasons,
        confirmation,
        negotiation_after: outage.first_negotiation().map(|negotiation| first_after(negotiation, outage)),
        esp_resumed_after: resumed.map(|at| at.time.since(t_f)),
        outage_length: resumed.zip(before).map(|(resumed, before)| resumed.time.since(before.time)),
        revised: false,
    }
}

/// Time from *t_f* to the first message of a negotiation that came after it.
fn first_after(negotiation: &Negotiation, outage: &Outage) -> Duration {
    let t_f = outage.failover.at.time;
    let after = negotiation.frames.iter().find(|at| at.time >= t_f).unwrap_or(&negotiation.last);
    after.time.since(t_f)
}

/// The verdict and what it rests on: the first that holds.
fn decide(reading: &Reading<'_>, lacks: Lacks, options: &Options) -> (Verdict, Vec<Reason>) {
    success(reading, options)
        .or_else(|| contested(reading))
        .or_else(|| too_short(reading.outage, options))
        .or_else(|| out_of_sight(reading.outage))
        .or_else(|| goes_on::ike_sa(reading))
        .or_else(|| negotiated(reading))
        .or_else(|| one_way(reading))
        .unwrap_or_else(|| absent(reading, lacks))
}

/// Idle, stateful or recovered.
fn success(reading: &Reading<'_>, options: &Options) -> Option<(Verdict, Vec<Reason>)> {
    let failover = &reading.outage.failover;
    if reading.is_idle() {
        let around = seconds(options.window);
        let text = format!("no ESP and no IKE in the {around} before the failover, nor after it");
        return Some(said(Verdict::Idle, text));
    }
    if let Some(elsewhere) = goes_on::elsewhere(reading) {
        return Some(elsewhere);
    }
    if let Some(seen) = reading.carried_on() {
        let text = format!(
            "{} goes on with SPI {:08x} from sequence {} (frame {}); no negotiation is needed",
            goes_on::who(reading.outage, seen),
            seen.spi,
            seen.first_sequence,
            seen.first.frame
        );
        let (verdict, mut reasons) = shown_by(seen, said(Verdict::Stateful, text));
        reasons.extend(reading.outage.before.state_copy.map(copied));
        return Some((verdict, reasons));
    }
    if let Some(stays) = goes_on::own_tunnel(reading, options) {
        return Some(stays);
    }
    if let Some(first) = reading.recovery() {
        let after = first.time.since(failover.at.time);
        let verdict = if after > options.late_after { Verdict::RecoveredLate } else { Verdict::Recovered };
        let how =
            if reading.new_pair().is_some() { "" } else { " on SAs that were there before the failover" };
        let text = format!("ESP resumed{how} {} after the failover (frame {})", seconds(after), first.frame);
        return Some(said(verdict, text));
    }
    let seen = reading.works_unseen()?;
    let text = format!("ESP flows both ways, on SPI {:08x} from sequence {}", seen.spi, seen.first_sequence);
    let (verdict, mut reasons) = said(Verdict::Recovered, text);
    let text = "that SA is older than what was seen of the tunnel before the failover".to_owned();
    reasons.push(Reason { text, factor: 0.5 });
    Some((verdict, reasons))
}

/// What shows that the routers copy their state.
fn copied(StateCopy { first, routers: (one, other) }: StateCopy) -> Reason {
    let text = format!(
        "{one} and {other} spoke SCTP before the failover (frame {}), as routers do that copy their state",
        first.frame
    );
    Reason { text, factor: 1.0 }
}

/// Two routers are active, and the tunnel stays with the old one.
fn contested(reading: &Reading<'_>) -> Option<(Verdict, Vec<Reason>)> {
    let (claim, last) = reading.kept_by_old_router()?;
    let failover = &reading.outage.failover;
    let text = format!(
        "{} claims {} still (frame {}) and goes on with the ESP of this tunnel (frame {}): it was not taken over",
        failover.from, failover.group, claim.frame, last.frame
    );
    Some(said(Verdict::Inconclusive, text))
}

/// What a negotiation came to that set up nothing, or after which ESP does not flow.
fn negotiated(reading: &Reading<'_>) -> Option<(Verdict, Vec<Reason>)> {
    let outage = reading.outage;
    match reading.negotiations() {
        Negotiations::None => reading.redirected().map(|at| {
            let text = format!(
                "the initiator was sent to another gateway (frame {}): the tunnel is there now",
                at.frame
            );
            said(Verdict::Inconclusive, text)
        }),
        Negotiations::Established(negotiation) => Some(established(negotiation, reading)),
        // ESP on a new SPI shows that one succeeded all the same.
        _ if reading.any_new().is_some() => None,
        Negotiations::Refused(refusal) => Some(refused(refusal, reading)),
        Negotiations::Unanswered(_) if reading.is_stranger() => {
            let peer = outage.tunnel.peer;
            let text =
                format!("only IKE of {peer} was seen, and none before the failover: it may be a stranger's");
            Some(said(Verdict::Inconclusive, text))
        }
        Negotiations::Unanswered(negotiation) => Some(unanswered(negotiation, reading)),
        Negotiations::UnderWay(negotiation) => {
            let text = match negotiation.outcome {
                Outcome::Completed(at) => {
                    format!("{} completed (frame {}), and no child SA followed", negotiation.stage, at.frame)
                }
                _ => format!("{} was under way when {}", negotiation.stage, end_of(outage)),
            };
            Some(said(Verdict::Inconclusive, text))
        }
    }
}

/// SAs were set up, and ESP does not flow as it did before.
fn established(negotiation: &Negotiation, reading: &Reading<'_>) -> (Verdict, Vec<Reason>) {
    let stage = negotiation.stage;
    if reading.is_without_esp() {
        let text = format!("{stage} completed; no ESP was seen before the failover or after it");
        return said(Verdict::Inconclusive, text);
    }
    let after = &reading.outage.after;
    let end = if after.outbound.is_empty() && after.inbound.is_empty() {
        "no ESP followed"
    } else {
        "ESP does not flow in every direction it flowed before"
    };
    let (verdict, mut reasons) = said(Verdict::OneWay, format!("{stage} completed, but {end}"));
    reasons.push(certainty::of_completion(negotiation));
    (verdict, reasons)
}

/// There are SAs, as ESP shows, and it does not flow both ways.
fn one_way(reading: &Reading<'_>) -> Option<(Verdict, Vec<Reason>)> {
    if let Some(seen) = reading.any_new() {
        let text =
            format!("only one direction has ESP on a new SPI ({:08x}, frame {})", seen.spi, seen.first.frame);
        return Some(said(Verdict::OneWay, text));
    }
    let seen = reading.stale_outbound()?;
    let text = format!(
        "{} goes on with SPI {:08x} from sequence {} (frame {}), which the peer need not accept",
        reading.outage.failover.to, seen.spi, seen.first_sequence, seen.first.frame
    );
    Some(shown_by(seen, said(Verdict::OneWay, text)))
}

/// The same, where ESP with an SPI known before shows it: one packet may be an old one that anybody sends again.
fn shown_by(seen: &Use, (verdict, mut reasons): (Verdict, Vec<Reason>)) -> (Verdict, Vec<Reason>) {
    if seen.packets < 2 {
        let text = "one single packet shows it, and anyone on the way can send an old one again".to_owned();
        reasons.push(Reason { text, factor: 0.5 });
    }
    (verdict, reasons)
}

/// The new active router is not shown: whatever it sends, or is sent, is not in the capture.
fn out_of_sight(outage: &Outage) -> Option<(Verdict, Vec<Reason>)> {
    let Visibility::Hidden(at) = outage.coverage.router else { return None };
    let router = outage.failover.to;
    let text = format!(
        "what {router} sends to one host, and is sent, is not in the capture: the answer to the ARP request in frame {} is \
         missing, and nobody asked again",
        at.frame
    );
    Some(said(Verdict::Inconclusive, text))
}

/// Nobody negotiated: that is a fault where the tunnel was wanted.
fn absent(reading: &Reading<'_>, lacks: Lacks) -> (Verdict, Vec<Reason>) {
    let demand = reading.demand();
    if demand.is_empty() {
        let text = "the tunnel was quiet when the gateway failed over, and nothing asked for it afterwards";
        return said(Verdict::Inconclusive, text.to_owned());
    }
    if let Some(text) = without_ike(reading, lacks) {
        return said(Verdict::Inconclusive, text);
    }
    let watched = seconds(reading.without_negotiation());
    let text = format!("no negotiation was begun by either end in the {watched} after the failover");
    let (verdict, mut reasons) = said(Verdict::NoNegotiation, text);
    reasons.extend(
        demand.into_iter().map(|text| Reason { text: format!("the tunnel was wanted: {text}"), factor: 1.0 }),
    );
    (verdict, reasons)
}

/// Why it cannot be said that nobody negotiated, where no IKE was captured at all.
fn without_ike(reading: &Reading<'_>, lacks: Lacks) -> Option<String> {
    if reading.outage.coverage.ike {
        return None;
    }
    if lacks.ike > 0 {
        let messages = count(lacks.ike, "IKE message");
        return Some(format!("none of {messages} can be read: the capture length cut them short"));
    }
    // Where the peer goes on as before, the tunnel did stay down; else this looks the same if it came up.
    let peer = reading.outage.tunnel.peer;
    (lacks.others && reading.demand_after().is_empty()).then(|| {
        format!(
            "the capture has no IKE at all and nothing of {peer} after the failover: it looks as a capture filter leaves it"
        )
    })
}

fn refused(refusal: Refusal, reading: &Reading<'_>) -> (Verdict, Vec<Reason>) {
    let by =
        if refusal.by == reading.outage.tunnel.peer { "the peer".to_owned() } else { refusal.by.to_string() };
    let what = if refusal.what == Purpose::ChildSa { "the child SA" } else { "the IKE SA" };
    let verdict = if refusal.what == Purpose::ChildSa { Verdict::ChildRejected } else { Verdict::Rejected };
    let text = format!("{by} refused {what}: {refusal} (frame {})", refusal.at.frame);
    let (verdict, mut reasons) = said(verdict, text);
    reasons.extend(certainty::of_refusal(refusal));
    // RFC 7296 §2.21.1: such a message is not protected, and an initiator need not believe the first one.
    if refusal.notify.is_some() && reading.refusals() < 2 {
        let text = "one single message in clear says so, and anyone on the way can forge one".to_owned();
        reasons.push(Reason { text, factor: 0.7 });
    }
    (verdict, reasons)
}

fn unanswered(negotiation: &Negotiation, reading: &Reading<'_>) -> (Verdict, Vec<Reason>) {
    let outage = reading.outage;
    let (attempts, messages) = reading.given_up(negotiation.stage);
    let asked = |it: &Negotiation| it.waiting.map_or(it.started, |waiting| waiting.since);
    let first = attempts.first().map_or(negotiation.started, |attempt| asked(attempt));
    let text = match negotiation.waiting {
        _ if negotiation.answered_in_part().is_some() => format!(
            "{} was answered in fragments, and never were all of them seen (frame {})",
            negotiation.stage, negotiation.last.frame
        ),
        Some(waiting) if attempts.len() > 1 => format!(
            "{} from {} was never answered in {} attempts with {messages} messages (first in frame {})",
            negotiation.stage,
            waiting.from,
            attempts.len(),
            first.frame
        ),
        Some(waiting) => format!(
            "{} from {} was sent {} and never answered (first in frame {})",
            negotiation.stage,
            waiting.from,
            times(waiting.times),
            waiting.since.frame
        ),
        None => format!(
            "{} was answered, and nothing that can be read followed (frame {})",
            negotiation.stage, negotiation.last.frame
        ),
    };
    let (verdict, mut reasons) = said(Verdict::Unanswered, text);
    let mut add = |text: String, factor: f64| reasons.push(Reason { text, factor });
    if let Some(text) = negotiation.in_pieces.and_then(in_pieces) {
        add(text, 1.0);
    }
    if let Some((errors, first)) = outage.after.fragments_lost {
        let errors = count(errors, "ICMP error");
        add(
            format!(
                "{errors} about fragments that never arrived came instead (first in frame {})",
                first.frame
            ),
            1.0,
        );
    }
    if let Some((fragments, first)) = outage.after.fragments {
        let fragments = count(fragments, "IP fragment");
        add(
            format!("{fragments} between the two were not put together (first in frame {})", first.frame),
            1.0,
        );
    }
    if let Some((notices, first)) = outage.after.invalid_spi {
        let notices = count(notices, "notice");
        add(format!("{notices} of an unknown SPI came instead (first in frame {})", first.frame), 1.0);
    }
    if let Some((errors, first)) = outage.after.unreachable {
        let errors = count(errors, "ICMP unreachable error");
        add(format!("{errors} about the tunnel came instead (first in frame {})", first.frame), 1.0);
    }
    if negotiation.waiting.is_some() && messages < 3 {
        // One loss is common; three equal requests are no coincidence.
        add(format!("the message was sent only {}", times(messages)), 0.8);
    } else if negotiation.waiting.is_none() {
        add("the message that should follow was not seen".to_owned(), 0.8);
    }
    (verdict, reasons)
}

/// In which pieces a message came, and whether all of them were seen.
fn in_pieces(it: InPieces) -> Option<String> {
    let InPieces { stage, from, at, pieces, whole } = it;
    let kind = match pieces {
        Pieces::One | Pieces::Segments => return None,
        Pieces::Fragments { .. } => "IP fragments",
        Pieces::IkeFragments(_) => "IKE fragments",
    };
    let seen = if whole { "which were all seen here" } else { "of which not all were ever seen" };
    Some(format!("{stage} of {from} came in {kind}, {seen} (first in frame {})", at.frame))
}

/// Too little was seen: how much was missing for a verdict.
fn too_short(outage: &Outage, options: &Options) -> Option<(Verdict, Vec<Reason>)> {
    let missing =
        options.min_observation.checked_sub(outage.watched()).filter(|missing| !missing.is_zero())?;
    let text = format!(
        "{} {} after the failover; {} more were needed",
        end_of(outage),
        seconds(outage.watched()),
        seconds(missing)
    );
    Some(said(Verdict::Inconclusive, text))
}

fn said(verdict: Verdict, text: String) -> (Verdict, Vec<Reason>) {
    (verdict, vec![Reason { text, factor: 1.0 }])
}

fn times(number: u32) -> String {
    match number {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{number} times"),
    }
}
