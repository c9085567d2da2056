//! The counters of a running analysis, in the text format 0.0.4 of Prometheus.
//!
//! Source: <https://prometheus.io/docs/instrumenting/exposition_formats/>, "Text-based format".

use std::collections::BTreeMap;
use std::fmt::{Display, Write};
use std::net::IpAddr;

use super::escape::Escaped;
use crate::diagnose::{Severity, Verdict};
use crate::time::Timestamp;

/// What a running analysis has counted so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// The captures, in any order. Where two have one name their counts are added up.
    pub captures: Vec<CaptureMetrics>,
    /// The gateway groups, in any order. Where two have one name their counts are added up.
    pub groups: Vec<GroupMetrics>,
    /// The tunnels with whether they carry traffic, in any order. Of two with one name one that does is enough.
    pub tunnels: Vec<(String, bool)>,
    /// Verdicts by what they are.
    pub verdicts: BTreeMap<Verdict, u64>,
    /// Findings as they stand, by severity.
    pub findings: BTreeMap<Severity, u64>,
    /// Entries of the timeline.
    pub events: u64,
    /// Runs of the hook that failed, and findings that it was not given.
    pub hook_failures: u64,
    /// Files of evidence that were written.
    pub evidence_files: u64,
}

/// What was counted of one capture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaptureMetrics {
    /// Its name as given.
    pub name: String,
    /// Frames read.
    pub frames: u64,
    /// Bytes stored of these frames.
    pub bytes: u64,
    /// Frames that the system dropped; none where it does not say.
    pub kernel_drops: Option<u64>,
    /// The time of the last frame.
    pub last_frame: Option<Timestamp>,
}

/// What was counted of one gateway group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupMetrics {
    /// Its name, as everywhere: `hsrp/10@vlan100`.
    pub name: String,
    /// The router that owns its virtual address now.
    pub active: Option<IpAddr>,
    /// Routers heard.
    pub routers: u64,
    /// How often the active router changed.
    pub failovers: u64,
}

/// The metrics as text: one family after the other, each in the order of its labels.
///
/// A family has at most [`MAX_SERIES`] series; how many were left out is itself told. Labels have no character that a
/// terminal acts on.
pub fn to_prometheus(metrics: &Metrics) -> String {
    let mut text = Text::default();
    let build = [("version", env!("CARGO_PKG_VERSION").to_owned())];
    text.family("sagap_build_info", "gauge", "The version of sagap.", [(build, 1)]);
    captures(&mut text, &metrics.captures);
    groups(&mut text, &metrics.groups);
    tunnels(&mut text, &metrics.tunnels);
    counts(&mut text, metrics);
    text.left_out();
    text.out
}

fn captures(text: &mut Text, captures: &[CaptureMetrics]) {
    let label = |capture: &CaptureMetrics| [("capture", capture.name.clone())];
    let frames = added(captures.iter().map(|it| (label(it), it.frames)));
    text.family("sagap_frames_total", "counter", "Frames read.", frames);
    let bytes = added(captures.iter().map(|it| (label(it), it.bytes)));
    text.family("sagap_bytes_total", "counter", "Bytes stored of the frames read.", bytes);
    let drops = added(captures.iter().filter_map(|it| Some((label(it), it.kernel_drops?))));
    text.family("sagap_kernel_drops_total", "counter", "Frames that the system dropped.", drops);
    let mut last: BTreeMap<_, Timestamp> = BTreeMap::new();
    for (label, time) in captures.iter().filter_map(|it| Some((label(it), it.last_frame?))) {
        last.entry(label).and_modify(|known| *known = time.max(*known)).or_insert(time);
    }
    let last = last.into_iter().map(|(label, time)| (label, Seconds(time)));
    text.family("sagap_last_frame_timestamp_seconds", "gauge", "The time of the last frame.", last);
}

fn groups(text: &mut Text, groups: &[GroupMetrics]) {
    let label = |group: &GroupMetrics| [("group", group.name.clone())];
    let active = groups.iter().filter_map(|it| {
        let router = it.active?.to_string();
        Some(([("group", it.name.clone()), ("router", router)], 1))
    });
    let active = active.collect::<BTreeMap<_, _>>();
    text.family("sagap_gateway_active", "gauge", "The router that owns the virtual address now.", active);
    let routers = added(groups.iter().map(|it| (label(it), it.routers)));
    text.family("sagap_gateway_routers", "gauge", "Routers heard of a gateway group.", routers);
    let failovers = added(groups.iter().map(|it| (label(it), it.failovers)));
    text.family("sagap_gateway_failovers_total", "counter", "Changes of the active router.", failovers);
}

fn tunnels(text: &mut Text, tunnels: &[(String, bool)]) {
    let mut up: BTreeMap<_, u8> = BTreeMap::new();
    for (name, is_up) in tunnels {
        *up.entry([("tunnel", name.clone())]).or_default() |= u8::from(*is_up);
    }
    let known = up.len();
    text.family("sagap_tunnel_up", "gauge", "Whether a tunnel carries traffic.", up);
    text.family("sagap_tunnels", "gauge", "Tunnels seen.", [([], known)]);
}

fn counts(text: &mut Text, metrics: &Metrics) {
    let Metrics { verdicts, findings, .. } = metrics;
    let verdicts = Verdict::ALL.map(|it| ([("verdict", it.to_string())], of(verdicts, &it)));
    text.family("sagap_verdicts_total", "counter", "Verdicts on tunnels after failovers.", verdicts);
    let severities = [Severity::Info, Severity::Warning, Severity::Critical];
    let findings = severities.map(|it| ([("severity", it.to_string())], of(findings, &it)));
    text.family("sagap_findings", "gauge", "Findings as they stand.", findings);
    text.family("sagap_events_total", "counter", "Entries of the timeline.", [([], metrics.events)]);
    let failures = [([], metrics.hook_failures)];
    text.family("sagap_hook_failures_total", "counter", "Findings that the hook did not take.", failures);
    let files = [([], metrics.evidence_files)];
    text.family("sagap_evidence_files_total", "counter", "Files of evidence written.", files);
}

fn of<K: Ord>(table: &BTreeMap<K, u64>, key: &K) -> u64 {
    table.get(key).copied().unwrap_or_default()
}

/// Labels of a series: names and values.
type Labels<const N: usize> = [(&'static str, String); N];

/// Counts added up where labels are equal: no scrape may hold one series twice.
fn added<const N: usize>(counts: impl Iterator<Item = (Labels<N>, u64)>) -> BTreeMap<Labels<N>, u64> {
    let mut sums: BTreeMap<_, u64> = BTreeMap::new();
    for (labels, count) in counts {
        let sum = sums.entry(labels).or_default();
        *sum = sum.saturating_add(count);
    }
    sums
}

/// The text so far, and how many series each family lacks in it.
#[derive(Default)]
struct Text {
    out: String,
    left_out: Vec<(&'static str, usize)>,
}

impl Text {
    /// One family with its series.
    fn family<const N: usize>(
        &mut self,
        name: &'static str,
        kind: &str,
        help: &str,
        series: impl IntoIterator<Item = (Labels<N>, impl Display)>,
    ) {
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
        let mut series = series.into_iter();
        for (labels, value) in series.by_ref().take(MAX_SERIES) {
            let labels: Vec<String> =
                labels.iter().map(|(label, text)| format!("{label}=\"{}\"", escaped(text))).collect();
            match labels.as_slice() {
                [] => self.line(format_args!("{name} {value}")),
                labels => self.line(format_args!("{name}{{{}}} {value}", labels.join(","))),
            }
        }
        self.left_out.push((name, series.count()));
    }

    /// The family that tells which others lack series.
    fn left_out(&mut self) {
        let lacking = std::mem::take(&mut self.left_out).into_iter().filter(|&(_, count)| count > 0);
        let series = lacking.map(|(name, count)| ([("family", name.to_owned())], count));
        let help = "Series left out because there are too many.";
        self.family("sagap_series_left_out", "gauge", help, series);
    }

    fn line(&mut self, line: impl Display) {
        // Writing to a string does not fail.
        writeln!(self.out, "{line}").unwrap_or_default();
    }
}

/// The value of a label between its quotes.
fn escaped(text: &str) -> String {
    Escaped(text).to_string().replace('\\', "\\\\").replace('"', "\\\"")
}

/// Seconds since 1970 with nine decimals.
struct Seconds(Timestamp);

impl Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let nanos = self.0.nanos();
        let (sign, nanos) = (if nanos < 0 { "-" } else { "" }, nanos.unsigned_abs());
        write!(f, "{sign}{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
    }
}

/// How many series a family has at most.
pub const MAX_SERIES: usize = 1_000;
