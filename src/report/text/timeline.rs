//! The timeline: one line per event.

use crate::capture::{CaptureId, FrameNumber};
use crate::report::escape::Escaped;
use crate::report::model::{Report, TimelineEntry};
use crate::report::page::{Grid, Page};
use crate::report::time_style::Clock;
use crate::report::timeline_row::TimelineRow;
use crate::track::Subject;

use super::measure::counted;

/// Writes the timeline, at most `limit` lines of it: of more, the middle is left out.
pub(super) fn write(page: &mut Page, report: &Report, clock: &Clock, limit: usize) {
    let events = &report.events;
    if events.is_empty() {
        return;
    }
    page.title("Timeline");
    let hidden = events.len().saturating_sub(limit.max(2));
    let (head, tail) = if hidden == 0 {
        (events.len(), events.len())
    } else {
        (limit.max(2).div_ceil(2), events.len() - limit.max(2) / 2)
    };
    write_part(page, report, clock, events.get(..head).unwrap_or_default());
    let left_out = (hidden as u64).saturating_add(report.events_suppressed);
    if left_out > 0 {
        let them = if left_out == 1 { "it" } else { "them" };
        let text = format!("{} left out here; `sagap export` has {them}", counted(left_out, "event"));
        page.line(0, &format!("... {text} ..."));
    }
    if hidden > 0 {
        write_part(page, report, clock, events.get(tail..).unwrap_or_default());
    }
}

fn write_part(page: &mut Page, report: &Report, clock: &Clock, entries: &[TimelineEntry]) {
    let rows: Vec<TimelineRow> = entries.iter().filter_map(TimelineRow::of).collect();
    let wide = wide(report, clock, &rows);
    if page.fits(&wide, LEAST_DETAIL) {
        page.table(&wide);
    } else {
        page.table(&narrow(report, clock, &rows));
    }
}

/// A frame by its number, with the name of its capture where there are several.
fn frame(report: &Report, frame: Option<FrameNumber>, capture: CaptureId) -> String {
    let number = frame.map(|frame| frame.to_string()).unwrap_or_default();
    let name = label(report, capture).map(|name| format!("{name} {number}"));
    name.map_or(number, |name| name.trim_end().to_owned())
}

/// The last part of a capture's name, or all of it where that is not unique; none where there is one capture.
pub(super) fn label(report: &Report, capture: CaptureId) -> Option<String> {
    let captures = &report.captures;
    let name = captures.get(capture.0 as usize).filter(|_| captures.len() > 1)?.name.as_str();
    let last = name.rsplit(['/', '\\']).next().filter(|last| !last.is_empty()).unwrap_or(name);
    let unique = captures.iter().filter(|capture| capture.name.ends_with(last)).count() == 1;
    Some(Escaped(if unique { last } else { name }).to_string())
}

fn wide(report: &Report, clock: &Clock, rows: &[TimelineRow]) -> Grid {
    let time = clock.heading();
    let mut grid = Grid::new([time.as_str(), "Frame", "Event", "Subject", "Router", "Peer", "Detail"]);
    let address =
        |address: Option<std::net::IpAddr>| address.map(|address| address.to_string()).unwrap_or_default();
    for row in rows {
        grid.row([
            clock.cell(row.time),
            frame(report, row.frame, row.capture),
            row.event.to_owned(),
            row.subject.to_string(),
            address(row.router),
            address(row.peer),
            Escaped(&row.detail).to_string(),
        ]);
    }
    grid
}

/// What does not fit side by side stands below each other: what happened to whom, then the detail.
fn narrow(report: &Report, clock: &Clock, rows: &[TimelineRow]) -> Grid {
    let time = clock.heading();
    let mut grid = Grid::new([time.as_str(), "Frame", "Event"]);
    for row in rows {
        let mut what = format!("{}  {}{}", row.event, row.subject, who(row));
        if !row.detail.is_empty() {
            what.push('\n');
            what.push_str(&Escaped(&row.detail).to_string());
        }
        grid.row([clock.cell(row.time), frame(report, row.frame, row.capture), what]);
    }
    grid
}

/// The router, and the peer where the subject does not name it.
fn who(row: &TimelineRow) -> String {
    let peer = row.peer.filter(|_| matches!(row.subject, Subject::Group(_)));
    match (row.router, peer) {
        (Some(router), Some(other)) => format!("  {router} (other router {other})"),
        (Some(router), None) => format!("  {router}"),
        (None, Some(peer)) => format!("  peer {peer}"),
        (None, None) => String::new(),
    }
}

/// The narrowest column of details that reads well.
const LEAST_DETAIL: usize = 36;
