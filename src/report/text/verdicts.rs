//! The verdicts: one line per failover and tunnel.

use std::time::Duration;

use crate::diagnose::{Judgement, Verdict};
use crate::report::model::Report;
use crate::report::page::{Grid, Page, Tone};
use crate::report::time_style::Clock;
use crate::report::timeline_row::told_confidence;
use crate::track::Failover;

use super::measure::length;

/// Writes the verdicts in the widest layout that fits.
pub(super) fn write(page: &mut Page, report: &Report, clock: &Clock) {
    if report.failovers.is_empty() {
        return;
    }
    page.title("Verdicts");
    let lines: Vec<Line> = report.failovers.iter().flat_map(|entry| lines(page, entry, clock)).collect();
    let (wide, compact) = (wide(&lines, clock), compact(&lines));
    if page.fits(&wide, usize::MAX) {
        page.table(&wide);
    } else if page.fits(&compact, usize::MAX) {
        page.table(&compact);
    } else {
        write_blocks(page, &lines);
    }
}

/// One failover and one tunnel in words; a failover without tunnels has one line.
struct Line {
    time: String,
    group: String,
    change: String,
    cause: String,
    tunnel: String,
    verdict: String,
    confidence: String,
    negotiation: String,
    esp: String,
    outage: String,
}

fn lines(page: &Page, (failover, judgements): &(Failover, Vec<Judgement>), clock: &Clock) -> Vec<Line> {
    if judgements.is_empty() {
        return vec![line(page, failover, None, clock)];
    }
    judgements.iter().map(|judgement| line(page, failover, Some(judgement), clock)).collect()
}

fn line(page: &Page, failover: &Failover, judgement: Option<&Judgement>, clock: &Clock) -> Line {
    let none = || "-".to_owned();
    let after = |span: Option<Duration>| span.map_or_else(|| "none".to_owned(), length);
    let verdict = judgement.map_or(Verdict::Idle, |judgement| judgement.verdict);
    Line {
        time: clock.cell(failover.at.time),
        group: failover.group.to_string(),
        change: format!("{} → {}", failover.from, failover.to),
        cause: failover.cause.to_string(),
        tunnel: judgement.map_or_else(none, |judgement| judgement.outage.tunnel.to_string()),
        verdict: page.paint(Tone::of_verdict(verdict), verdict.name()),
        confidence: judgement.and_then(told_confidence).unwrap_or_else(none),
        negotiation: judgement.map_or_else(none, |judgement| after(judgement.negotiation_after)),
        esp: judgement.map_or_else(none, |judgement| after(judgement.esp_resumed_after)),
        outage: judgement.map_or_else(none, outage),
    }
}

/// How long ESP was gone: from packet to packet, or so far where none came back.
fn outage(judgement: &Judgement) -> String {
    let Judgement { outage, verdict, .. } = judgement;
    match (judgement.outage_length, outage.last_good_before()) {
        (Some(span), _) => length(span),
        (None, Some(last)) if *verdict >= Verdict::OneWay && outage.ran_until_failover() => {
            format!("> {}", length(outage.until.since(last.time)))
        }
        _ => "-".to_owned(),
    }
}

fn wide(lines: &[Line], clock: &Clock) -> Grid {
    let time = clock.heading();
    let mut grid = Grid::new([
        time.as_str(),
        "Group",
        "From → to",
        "Cause",
        "Tunnel",
        "Verdict",
        "Conf.",
        "IKE after",
        "ESP after",
        "Outage",
    ]);
    for line in lines {
        grid.row(
            [
                &line.time,
                &line.group,
                &line.change,
                &line.cause,
                &line.tunnel,
                &line.verdict,
                &line.confidence,
                &line.negotiation,
                &line.esp,
                &line.outage,
            ]
            .map(Clone::clone),
        );
    }
    grid
}

fn compact(lines: &[Line]) -> Grid {
    let mut grid = Grid::new(["Failover", "Tunnel and verdict", "IKE after", "ESP after", "Outage"]).spaced();
    for line in lines {
        grid.row([
            format!("{}  {}\n{}\n{}", line.time, line.group, line.change, line.cause),
            format!("{}\n{}\nconfidence {}", line.tunnel, line.verdict, line.confidence),
            line.negotiation.clone(),
            line.esp.clone(),
            line.outage.clone(),
        ]);
    }
    grid
}

fn write_blocks(page: &mut Page, lines: &[Line]) {
    for line in lines {
        let Line { time, group, change, cause, .. } = line;
        page.item(0, &format!("{time}  "), &format!("{group}  {change}  {cause}"));
        page.prose(2, &format!("{}  {}  confidence {}", line.tunnel, line.verdict, line.confidence));
        let Line { negotiation, esp, outage, .. } = line;
        page.prose(2, &format!("IKE after: {negotiation}, ESP after: {esp}, outage: {outage}"));
    }
}
