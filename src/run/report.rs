//! What the stages found out, as a report.

use crate::capture::{CaptureId, Compression, DamageLog, Error, Format, Roster};
use crate::diagnose::{Known, Seen, causes, limits};
use crate::observe::Tally;
use crate::report::{CaptureFacts, Report};

use super::Options;
use super::line::Line;

/// What was found out of these captures.
pub(super) fn of(captures: &dyn Roster, line: &Line, options: &Options) -> Report {
    let names = captures.names();
    let no_frames = Tally::default();
    let tallies = line.observer.tallies();
    let tally = |id: CaptureId| tallies.get(id.0 as usize).unwrap_or(&no_frames);
    let (groups, tunnels) = (line.tracker.group_facts(), line.tracker.tunnel_facts());
    let read = line.captured(captures);
    let known = Known { groups: &groups, tunnels: &tunnels, captures: &read };
    let findings = line.diagnosis.findings(&known);
    let mut report = Report {
        failovers: line.diagnosis.failovers(),
        causes: causes(&findings, &tunnels),
        findings,
        groups,
        tunnels,
        flows: line.tracker.flows(),
        ..Report::default()
    };
    let seen: Vec<(&str, &Tally)> =
        captures.ids().zip(&names).map(|(id, name)| (name.as_str(), tally(id))).collect();
    let (groups, tunnels, failovers) = (&report.groups, &report.tunnels, &report.failovers);
    report.limits = limits(
        &Seen {
            captures: &seen,
            groups,
            tunnels,
            failovers,
            overflow: line.tracker.overflow(),
            suppressed: line.diagnosis.suppressed(),
        },
        &options.diagnose,
    );
    report.captures = captures
        .ids()
        .zip(seen)
        .map(|(id, (name, tally))| {
            let facts = captures.facts(id).cloned().unwrap_or_default();
            CaptureFacts {
                name: name.to_owned(),
                format: facts.format.map_or("", Format::name),
                compression: facts.compression.map_or("", Compression::name),
                tally: tally.clone(),
                interfaces: facts.interfaces,
                names: facts.names,
                secrets: facts.secrets,
                damage: damage(&facts.damage),
                error: captures.failure(id).map(|error| nameless(error, name)),
                hint: captures.failure(id).map(Error::hint),
            }
        })
        .collect();
    report
}

/// Why a capture was not read, without its name, which the report gives beside it.
fn nameless(error: &Error, name: &str) -> String {
    let text = error.to_string();
    text.strip_prefix(name)
        .and_then(|text| text.strip_prefix(": "))
        .map_or_else(|| text.clone(), str::to_owned)
}

/// What was damaged, one sentence each, with how many more there are.
pub(crate) fn damage(log: &DamageLog) -> Vec<String> {
    let mut lines: Vec<String> = log.first().iter().map(ToString::to_string).collect();
    let more = log.total().saturating_sub(lines.len() as u64);
    if more > 0 {
        let counts: Vec<String> = log.counts().map(|(kind, count)| format!("{count} {kind}")).collect();
        lines.push(format!("and {more} more; in all {}", counts.join(", ")));
    }
    lines
}
