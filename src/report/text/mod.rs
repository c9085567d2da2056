//! The report for people: what happened and what to do first, then what proves it, then everything else.

mod findings;
mod headline;
mod measure;
mod seen;
mod stream;
mod timeline;
mod verdicts;

use super::escape::Escaped;
use super::model::Report;
use super::page::{Page, PageStyle};
use super::time_style::{Clock, TimeStyle};

pub use stream::EventLines;

/// How the text report looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextOptions {
    /// Width and colours.
    pub page: PageStyle,
    /// How times are told.
    pub time: TimeStyle,
    /// How many lines of the timeline are shown at most; of more, the middle is left out.
    pub timeline_rows: usize,
}

impl Default for TextOptions {
    /// No wrapping, no colours, UTC, 200 lines of timeline.
    fn default() -> Self {
        Self { page: PageStyle::default(), time: TimeStyle::default(), timeline_rows: 200 }
    }
}

/// A report as text, verdicts first. Ends with a line end; nothing in it but colours can act on a terminal.
pub fn to_text(report: &Report, options: &TextOptions) -> String {
    let mut page = Page::new(options.page);
    let clock = Clock::new(options.time, report);
    headline::write(&mut page, report, &clock);
    verdicts::write(&mut page, report, &clock);
    findings::write(&mut page, report, &clock);
    timeline::write(&mut page, report, &clock, options.timeline_rows);
    seen::write(&mut page, report, &clock);
    write_limits(&mut page, &report.limits);
    write_thresholds(&mut page, &report.thresholds);
    page.finish()
}

fn write_limits(page: &mut Page, limits: &[String]) {
    if limits.is_empty() {
        return;
    }
    page.title("What this cannot show");
    for limit in limits {
        page.item(0, "- ", &Escaped(limit).to_string());
    }
}

fn write_thresholds(page: &mut Page, thresholds: &[(&'static str, String)]) {
    if thresholds.is_empty() {
        return;
    }
    let told: Vec<String> =
        thresholds.iter().map(|(name, value)| format!("{name} {}", Escaped(value))).collect();
    page.gap();
    page.prose(0, &format!("Judged with {}.", told.join(", ")));
}
