//! The line below the events on a terminal: how things stand now.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::diagnose::{Finding, Severity};
use crate::report::Escaped;
use crate::run::View;
use crate::track::{GroupFacts, Subject, TunnelFacts};

use super::metrics::{is_heard, is_up};

/// The line below the events. Where there is no terminal for it, it does nothing.
pub(super) struct Status {
    line: Option<ProgressBar>,
    /// Frames that there were at the last look, and when that was.
    before: (u64, Duration),
}

impl Status {
    /// No line yet.
    pub(super) fn new(enabled: bool) -> Self {
        let line = enabled.then(|| {
            let line = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            line.with_style(
                ProgressStyle::with_template("{wide_msg}").unwrap_or_else(|_| ProgressStyle::default_bar()),
            )
        });
        Self { line, before: (0, Duration::ZERO) }
    }

    /// Whether anybody sees it.
    pub(super) const fn is_shown(&self) -> bool {
        self.line.is_some()
    }

    /// Shows how things stand.
    pub(super) fn show(
        &mut self,
        view: &View<'_>,
        (groups, tunnels): (&[GroupFacts], &[TunnelFacts]),
        findings: &[Finding],
    ) {
        let Some(line) = &self.line else { return };
        let (frames, when) = std::mem::replace(&mut self.before, (view.frames, view.elapsed));
        let millis = view.elapsed.saturating_sub(when).as_millis().max(1);
        let tenths = u128::from(view.frames.saturating_sub(frames)) * 10_000 / millis;
        let parts = [
            told_groups(groups),
            told_tunnels(tunnels),
            told_findings(findings),
            told_rate(tenths),
            drops(view),
            silence(view),
        ];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        line.set_message(parts.join(" · "));
    }

    /// Takes the line away while something is written.
    pub(super) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.line {
            Some(line) => line.suspend(write),
            None => write(),
        }
    }

    /// Takes the line away for good.
    pub(super) fn finish(&self) {
        if let Some(line) = &self.line {
            line.finish_and_clear();
        }
    }
}

/// `hsrp/10 192.0.2.2 active`, or of many how many have an active router.
fn told_groups(groups: &[GroupFacts]) -> String {
    let told = |group: &GroupFacts| {
        let name = Subject::Group(group.key);
        match (group.active, is_heard(group)) {
            (None, _) => format!("{name} nobody active"),
            (Some(active), true) => format!("{name} {active} active"),
            (Some(active), false) => format!("{name} {active} silent"),
        }
    };
    match groups {
        [] => "no gateway group yet".to_owned(),
        few if few.len() <= FEW => few.iter().map(told).collect::<Vec<_>>().join(", "),
        many => {
            let active = many.iter().filter(|group| group.active.is_some() && is_heard(group)).count();
            format!("{} groups, {active} with an active router", many.len())
        }
    }
}

/// `2 critical, 1 warning`
fn told_findings(findings: &[Finding]) -> String {
    let of = |severity: Severity| {
        let count = findings.iter().filter(|finding| finding.severity == severity).count();
        (count > 0).then(|| format!("{count} {severity}"))
    };
    [Severity::Critical, Severity::Warning].into_iter().filter_map(of).collect::<Vec<_>>().join(", ")
}

fn told_tunnels(tunnels: &[TunnelFacts]) -> String {
    let up = tunnels.iter().filter(|tunnel| is_up(tunnel)).count();
    match tunnels.len() {
        0 => "no tunnel yet".to_owned(),
        1 if up == 1 => "tunnel up".to_owned(),
        1 => "tunnel silent".to_owned(),
        all => format!("{all} tunnels, {up} up"),
    }
}

/// The rate in tenths of a frame a second.
fn told_rate(tenths: u128) -> String {
    if tenths < 100 {
        format!("{}.{} frames/s", tenths / 10, tenths % 10)
    } else {
        format!("{} frames/s", tenths / 10)
    }
}

fn drops(view: &View<'_>) -> String {
    let captures = view.captures();
    let missing = |id| captures.facts(id).and_then(crate::capture::Facts::missing_frames);
    let dropped: u64 = captures.ids().filter_map(missing).fold(0, u64::saturating_add);
    if dropped > 0 { format!("{dropped} dropped") } else { String::new() }
}

fn silence(view: &View<'_>) -> String {
    match view.silence {
        Some(silence) if silence >= Duration::from_secs(2) => {
            format!("last frame {} s ago", silence.as_secs())
        }
        Some(_) => String::new(),
        None => {
            let reading = view.captures().ids().last().map(|id| view.captures().name(id).to_owned());
            reading.map_or_else(String::new, |name| format!("reading {}", Escaped(&name)))
        }
    }
}

/// So many groups are named one by one.
const FEW: usize = 3;
