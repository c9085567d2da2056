//! The report as one JSON object, for programs.
//!
//! The structs here are a versioned copy of the report: what is inside may change, these may only grow while
//! [`SCHEMA_VERSION`] stays. Times are RFC 3339 in UTC with nine digits, lengths of time are seconds, and `null`
//! means "does not apply".

mod judged;
mod seen;

use std::time::Duration;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::capture::CaptureId;
use crate::diagnose::Finding;
use crate::time::Timestamp;

use super::escape;
use super::model::Report;
use judged::{FailoverV1, FindingV1};
use seen::{CaptureV1, GroupV1, TunnelV1};

/// The version of the JSON's form; it rises when a key changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// A report as indented JSON that ends with a line end, its keys always in the same order.
///
/// # Errors
/// None that a report can cause; those of the serialiser are passed on.
pub fn to_json(report: &Report) -> Result<String, serde_json::Error> {
    let names: Vec<&str> = report.captures.iter().map(|capture| capture.name.as_str()).collect();
    let text = serde_json::to_string_pretty(&ReportV1::of(report, Names(&names)))?;
    let mut text = escape::json(&text).into_owned();
    text.push('\n');
    Ok(text)
}

/// What has become of a finding while it is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingState {
    /// It is told for the first time.
    New,
    /// It is graver than it was told before.
    Raised,
    /// It was told, and turns out to be none.
    Withdrawn,
}

/// One finding as a JSON object on one line without its end: its `state`, when it was told (`told_at`), the file that its
/// frames are saved in (`evidence`), and the keys that it has in the report.
///
/// `captures` are the names as given, by [`CaptureId`]. `follows_from` is always `null`: there is no list that it
/// could be a place of.
///
/// # Errors
/// None that a finding can cause; those of the serialiser are passed on.
pub fn finding_json(
    (state, finding): (FindingState, &Finding),
    now: Timestamp,
    captures: &[&str],
    evidence: Option<&str>,
) -> Result<String, serde_json::Error> {
    let finding = FindingV1::of(finding, None, Names(captures));
    let text = serde_json::to_string(&ToldV1 { state, told_at: now.to_string(), evidence, finding })?;
    Ok(escape::json(&text).into_owned())
}

#[derive(Serialize)]
struct ToldV1<'a> {
    state: FindingState,
    told_at: String,
    evidence: Option<&'a str>,
    #[serde(flatten)]
    finding: FindingV1<'a>,
}

#[derive(Serialize)]
struct ReportV1<'a> {
    schema_version: u32,
    captures: Vec<CaptureV1<'a>>,
    groups: Vec<GroupV1>,
    tunnels: Vec<TunnelV1<'a>>,
    failovers: Vec<FailoverV1<'a>>,
    findings: Vec<FindingV1<'a>>,
    limits: &'a [String],
    thresholds: Thresholds<'a>,
}

impl<'a> ReportV1<'a> {
    fn of(report: &'a Report, names: Names<'a>) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            captures: report.captures.iter().map(CaptureV1::of).collect(),
            groups: report.groups.iter().map(GroupV1::of).collect(),
            tunnels: report.tunnels.iter().map(TunnelV1::of).collect(),
            failovers: report.failovers.iter().map(|entry| FailoverV1::of(entry, names)).collect(),
            findings: (0..)
                .zip(&report.findings)
                .map(|(place, finding)| FindingV1::of(finding, report.cause_of(place), names))
                .collect(),
            limits: &report.limits,
            thresholds: Thresholds(&report.thresholds),
        }
    }
}

/// Names of captures by their number.
#[derive(Clone, Copy)]
struct Names<'a>(&'a [&'a str]);

impl<'a> Names<'a> {
    fn capture(self, id: CaptureId) -> Option<&'a str> {
        self.0.get(id.0 as usize).copied()
    }
}

/// The thresholds by the names of their options, `-` written as `_`; values as they would be typed.
struct Thresholds<'a>(&'a [(&'static str, String)]);

impl Serialize for Thresholds<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(&name.replace('-', "_"), value)?;
        }
        map.end()
    }
}

/// Seconds to the nanosecond: the division is exact to the ninth decimal below 104 days.
#[expect(clippy::cast_precision_loss, reason = "exact below 104 days")]
fn seconds(span: Duration) -> f64 {
    span.as_nanos() as f64 / 1e9
}

/// A confidence with two decimals.
fn two_decimals(confidence: f64) -> f64 {
    (confidence * 100.0).round() / 100.0
}
