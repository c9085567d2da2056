//! The first lines: each failover in one sentence, what was found, and what to do first.

use std::cmp::Reverse;
use std::time::Duration;

use crate::diagnose::{Finding, Judgement, Severity, Verdict};
use crate::report::escape::Escaped;
use crate::report::model::{CaptureFacts, Report};
use crate::report::page::{Page, TIE, Tone};
use crate::report::time_style::Clock;
use crate::report::timeline_row::told_confidence;
use crate::track::{Failover, Subject};

use super::measure::{counted, length};
use super::seen;

/// Writes the first lines.
pub(super) fn write(page: &mut Page, report: &Report, clock: &Clock) {
    write_unreadable(page, report);
    if !report.captures.iter().any(|capture| capture.tally.has_subject()) {
        write_without_subject(page, report);
    } else if report.failovers.is_empty() {
        page.prose(0, &without_failover(report));
        write_without_failover(page, report, clock);
    } else {
        write_failovers(page, &report.failovers, clock);
    }
    write_findings(page, report);
}

/// Captures that could not be read stand first: all below is without them.
fn write_unreadable(page: &mut Page, report: &Report) {
    for capture in &report.captures {
        let Some(error) = &capture.error else { continue };
        let mark = format!("{} ", page.paint(Tone::Critical, "not read:"));
        page.item(0, &mark, &format!("{}: {}", Escaped(&capture.name), Escaped(error)));
        if let Some(hint) = &capture.hint {
            page.item(10, "hint: ", &Escaped(hint).to_string());
        }
    }
}

fn write_without_subject(page: &mut Page, report: &Report) {
    page.prose(0, "No gateway protocol, IKE or ESP was captured: there is nothing to judge.");
    for capture in report.captures.iter().filter(|capture| capture.error.is_none() || has_frames(capture)) {
        page.item(2, "", &format!("{} holds {}.", Escaped(&capture.name), seen::contents(&capture.tally)));
    }
}

const fn has_frames(capture: &CaptureFacts) -> bool {
    capture.tally.frames > 0
}

fn without_failover(report: &Report) -> String {
    let groups = report.groups.len() as u64;
    let tunnels = match report.tunnels.len() as u64 {
        0 => "no tunnel".to_owned(),
        number => counted(number, "tunnel"),
    };
    if groups == 0 {
        return format!(
            "No gateway group was seen, so no failover can be told; {tunnels} carried IKE or ESP."
        );
    }
    format!("No failover was seen: {} and {tunnels}.", counted(groups, "gateway group"))
}

/// What broke tunnels though nothing failed over, the gravest first.
fn write_without_failover(page: &mut Page, report: &Report, clock: &Clock) {
    let broken = report.findings.iter().filter(|finding| {
        finding.severity > Severity::Info && matches!(finding.subject, Some(Subject::Tunnel(_)))
    });
    for finding in broken.take(HEADLINES) {
        let time = clock.moment(finding.at.time);
        let told = page.paint(Tone::of_severity(finding.severity), &Escaped(&finding.summary).to_string());
        page.sentence(0, &format!("{time}  {told}"));
    }
}

/// All failovers up to [`HEADLINES`], else how they ended by count, and the worst of those that ended badly.
fn write_failovers(page: &mut Page, failovers: &[(Failover, Vec<Judgement>)], clock: &Clock) {
    let mut shown: Vec<&(Failover, Vec<Judgement>)> = failovers.iter().collect();
    if shown.len() > HEADLINES {
        page.prose(0, &summed_up(failovers));
        shown.retain(|(_, judgements)| worst(judgements) > Some(Verdict::Recovered));
        shown.sort_by_key(|(_, judgements)| Reverse(worst(judgements)));
        shown.truncate(HEADLINES);
        shown.sort_by_key(|(failover, _)| failover.at);
    }
    for (failover, judgements) in shown {
        let time = clock.moment(failover.at.time);
        page.sentence(0, &format!("{time}  {}", sentence(page, failover, judgements)));
    }
}

/// `6 failovers within 55.1 s, all recovered; the longest outage was 4.323 s.`
fn summed_up(failovers: &[(Failover, Vec<Judgement>)]) -> String {
    let times = || failovers.iter().map(|(failover, _)| failover.at.time);
    let within = times().max().zip(times().min()).map_or(Duration::ZERO, |(last, first)| last.since(first));
    let many = format!("{} within {}", counted(failovers.len() as u64, "failover"), length(within));
    let by_verdict = by_verdict(failovers);
    if let [(_, verdict)] = by_verdict.as_slice() {
        let judgements = failovers.iter().flat_map(|(_, judgements)| judgements);
        let longest = judgements.filter_map(|judgement| judgement.outage_length).max();
        let outage = longest.map(|span| format!("; the longest outage was {}", length(span)));
        return format!("{many}, all {verdict}{}.", outage.unwrap_or_default());
    }
    let told: Vec<String> =
        by_verdict.iter().map(|(number, verdict)| format!("{number} {verdict}")).collect();
    format!("{many}: {}.", told.join(", "))
}

/// `hsrp/10 failed over from 192.0.2.2 to 192.0.2.3 (hold-expiry): no IPsec negotiation followed`
fn sentence(page: &Page, failover: &Failover, judgements: &[Judgement]) -> String {
    let Failover { group, from, to, cause, .. } = failover;
    format!("{group} failed over from {from} to {to} ({cause}): {}", endings(page, judgements))
}

/// What became of the tunnels: of one in words, of several by count and peer, the worst first.
fn endings(page: &Page, judgements: &[Judgement]) -> String {
    if let [one] = judgements {
        return page.paint(Tone::of_verdict(one.verdict), &ending(one));
    }
    let told = Verdict::ALL.iter().rev().filter_map(|&verdict| {
        let such: Vec<&Judgement> =
            judgements.iter().filter(|judgement| judgement.verdict == verdict).collect();
        let number = page.paint(Tone::of_verdict(verdict), &format!("{}{TIE}{verdict}", such.len()));
        (!such.is_empty()).then(|| format!("{number}{}", which(&such)))
    });
    let told: Vec<String> = told.collect();
    if told.is_empty() { "no tunnel was seen that depends on it".to_owned() } else { told.join(", ") }
}

/// The peers of tunnels with one verdict where they are few, and the longest of their outages.
fn which(such: &[&Judgement]) -> String {
    let mut told: Vec<String> = Vec::new();
    if such.len() <= 2 {
        told.extend(such.iter().map(|judgement| judgement.outage.tunnel.peer.to_string()));
    }
    if let Some(longest) = such.iter().filter_map(|judgement| judgement.outage_length).max() {
        let kind = if such.len() > 1 { "longest outage" } else { "outage" };
        told.push(format!("{kind} {}", length(longest)));
    }
    if told.is_empty() { String::new() } else { format!(" ({})", told.join(", ")) }
}

/// What became of one tunnel, with its outage, and with the confidence where that is low.
fn ending(judgement: &Judgement) -> String {
    let told = match (judgement.verdict, judgement.outage_length) {
        (Verdict::Recovered, Some(span)) => format!("IPsec recovered after an outage of {}", length(span)),
        (Verdict::RecoveredLate, Some(span)) => {
            format!("IPsec recovered late, after an outage of {}", length(span))
        }
        (verdict, _) => phrase(verdict).to_owned(),
    };
    match told_confidence(judgement) {
        Some(confidence) if judgement.confidence < LOW => format!("{told} (confidence{TIE}{confidence})"),
        _ => told,
    }
}

const fn phrase(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Idle => "no tunnel traffic around it, nothing can be said",
        Verdict::Stateful => "the same SAs went on, no negotiation was needed",
        Verdict::Recovered => "IPsec recovered",
        Verdict::Inconclusive => "what became of IPsec cannot be told",
        Verdict::RecoveredLate => "IPsec recovered late",
        Verdict::OneWay => "SAs are there, but ESP does not flow both ways",
        Verdict::ChildRejected => "the child SA was refused",
        Verdict::Rejected => "the IKE SA was refused",
        Verdict::Unanswered => "IKE was begun and not answered",
        Verdict::NoNegotiation => "no IPsec negotiation followed",
    }
}

/// How many failovers ended with which verdict on the worst of their tunnels, the worst first.
fn by_verdict(failovers: &[(Failover, Vec<Judgement>)]) -> Vec<(usize, Verdict)> {
    let of = |verdict| {
        failovers
            .iter()
            .filter(|(_, judgements)| worst(judgements).unwrap_or(Verdict::Idle) == verdict)
            .count()
    };
    let counts = Verdict::ALL.iter().rev().map(|&verdict| (of(verdict), verdict));
    counts.filter(|&(number, _)| number > 0).collect()
}

fn worst(judgements: &[Judgement]) -> Option<Verdict> {
    judgements.iter().map(|judgement| judgement.verdict).max()
}

/// Findings by severity, and the first remedy of the one on the worst verdict.
fn write_findings(page: &mut Page, report: &Report) {
    let findings = &report.findings;
    if findings.is_empty() {
        return page.line(0, "Findings: none");
    }
    let counts = [Severity::Critical, Severity::Warning, Severity::Info].map(|severity| {
        let number = findings.iter().filter(|finding| finding.severity == severity).count();
        (number > 0).then(|| page.paint(Tone::of_severity(severity), &format!("{number} {severity}")))
    });
    let told: Vec<String> = counts.into_iter().flatten().collect();
    page.line(0, &format!("Findings: {}", told.join(", ")));
    let Some((place, finding)) = most_urgent(report) else { return };
    let Some(step) = finding.advice.remedy.first() else { return };
    page.item(0, "Do first: ", &format!("{} (finding{TIE}{})", Escaped(&step.text), place + 1));
    for command in &step.commands {
        page.line(10, &Escaped(command).to_string());
    }
}

/// The finding on the worst verdict, else the first that asks for something to be done. A graver one on a gateway goes
/// before both: what its tunnels show may follow from it.
fn most_urgent(report: &Report) -> Option<(usize, &Finding)> {
    let asks = |finding: &&Finding| finding.severity > Severity::Info && !finding.advice.remedy.is_empty();
    let urgent = || report.findings.iter().enumerate().filter(|(_, finding)| asks(finding));
    let judgements = report.failovers.iter().flat_map(|(_, judgements)| judgements);
    // The first of those that are as bad as any.
    let worst = judgements.rev().max_by_key(|judgement| judgement.verdict).map(|judgement| &judgement.outage);
    let of_worst = worst.and_then(|worst| {
        urgent().find(|(_, finding)| {
            finding.subject == Some(Subject::Tunnel(worst.tunnel)) && finding.at == worst.failover.at
        })
    });
    let first = urgent().next();
    let graver =
        first.filter(|(_, finding)| of_worst.is_none_or(|(_, other)| finding.severity > other.severity));
    let urgent = graver.or(of_worst)?;
    // What it follows from goes before it.
    let cause = report.cause_of(urgent.0).and_then(|place| Some((place, report.findings.get(place)?)));
    cause.filter(|(_, cause)| asks(cause)).or(Some(urgent))
}

/// Below this a verdict is told with its confidence.
const LOW: f64 = 0.5;
/// How many failovers are told in a sentence each.
const HEADLINES: usize = 5;
