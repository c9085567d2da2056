//! The findings: one block each.

use crate::diagnose::{Evidence, Finding, Severity, Step};
use crate::report::escape::Escaped;
use crate::report::model::Report;
use crate::report::page::{Page, TIE, Tone};
use crate::report::time_style::Clock;

use super::timeline;

/// Writes all findings, numbered.
pub(super) fn write(page: &mut Page, report: &Report, clock: &Clock) {
    if report.findings.is_empty() {
        return;
    }
    page.title("Findings");
    let grave = report.findings.iter().any(|finding| finding.severity > Severity::Info);
    for (place, finding) in report.findings.iter().enumerate() {
        if place > 0 {
            page.gap();
        }
        write_summary(page, place, report, finding);
        write_frames(page, report, finding, clock);
        // Beside something to be done, what is only worth knowing takes no more room than it needs.
        if finding.severity == Severity::Info && grave {
            continue;
        }
        let same = report.findings.iter().take(place).position(|earlier| earlier.advice == finding.advice);
        match same {
            Some(earlier) => {
                page.line(3, &format!("Meaning, checks and remedy: as for finding {}.", earlier + 1));
            }
            None => write_advice(page, finding),
        }
        write_proof(page, report, finding);
    }
    page.gap();
    page.prose(0, "More about a finding: sagap explain RULE");
}

fn write_summary(page: &mut Page, place: usize, report: &Report, finding: &Finding) {
    let Finding { rule, severity, confidence, .. } = finding;
    let capture = || report.captures.get(finding.at.capture.0 as usize).map_or("", |capture| &capture.name);
    let subject =
        finding.subject.map_or_else(|| Escaped(capture()).to_string(), |subject| subject.to_string());
    let severity = page.paint(Tone::of_severity(*severity), &severity.to_string());
    let rule = page.paint(Tone::Strong, rule);
    let mark = format!("{}. ", place + 1);
    page.item(0, &mark, &format!("{severity}  {rule}  {subject}  confidence{TIE}{confidence:.2}"));
    page.prose(3, &format!("{}.", sentence(&finding.summary)));
    if let Some(cause) = report.cause_of(place) {
        page.prose(3, &format!("Most likely it follows from finding{TIE}{}.", cause + 1));
    }
}

/// A clause with a capital letter and without its full stop.
fn sentence(clause: &str) -> String {
    let mut rest = clause.trim_end_matches('.').chars();
    let first = rest.next().map(char::to_uppercase).into_iter().flatten();
    Escaped(&first.chain(rest).collect::<String>()).to_string()
}

/// The frames under the name of their capture, where there are several.
fn write_frames(page: &mut Page, report: &Report, finding: &Finding, clock: &Clock) {
    let width =
        finding.evidence.iter().map(|evidence| evidence.at.frame.to_string().len()).max().unwrap_or(0);
    let mut capture = None;
    for Evidence { at, note } in &finding.evidence {
        if capture != Some(at.capture) {
            capture = Some(at.capture);
            match timeline::label(report, at.capture) {
                Some(name) => page.line(3, &format!("Frames of {name}:")),
                None => page.line(3, "Frames:"),
            }
        }
        let mark = format!("{:>width$}  {}  ", at.frame.0, clock.cell(at.time));
        page.item(5, &mark, &Escaped(note).to_string());
    }
}

fn write_advice(page: &mut Page, finding: &Finding) {
    let advice = &finding.advice;
    if !advice.meaning.is_empty() {
        page.line(3, "What it means:");
        page.prose(5, &Escaped(&advice.meaning).to_string());
    }
    if !advice.confirm.is_empty() {
        page.line(3, "Confirm:");
        write_steps(page, &advice.confirm, |_| "- ".to_owned());
    }
    if !advice.remedy.is_empty() {
        page.line(3, "Remedy, in this order:");
        write_steps(page, &advice.remedy, |place| format!("{}. ", place + 1));
    }
}

/// Steps with their commands below them, one a line, never wrapped.
fn write_steps(page: &mut Page, steps: &[Step], mark: impl Fn(usize) -> String) {
    for (place, step) in steps.iter().enumerate() {
        let mark = mark(place);
        page.item(5, &mark, &Escaped(&step.text).to_string());
        for command in &step.commands {
            page.line(5 + mark.len() + 4, &Escaped(command).to_string());
        }
    }
}

/// The filter under the name of its capture, where there are several: a frame's number belongs to one of them.
fn write_proof(page: &mut Page, report: &Report, finding: &Finding) {
    if !finding.filter.is_empty() {
        match timeline::label(report, finding.at.capture) {
            Some(name) => page.line(3, &format!("Wireshark filter for {name}:")),
            None => page.line(3, "Wireshark filter:"),
        }
        page.line(5, &Escaped(&finding.filter).to_string());
    }
    if !finding.reasons.is_empty() {
        page.line(3, &format!("Confidence {:.2}, because:", finding.confidence));
        for reason in &finding.reasons {
            page.item(5, "- ", &Escaped(reason).to_string());
        }
    }
}
