//! The `timeline` table: one row per event, in order of time.

use std::fmt;
use std::io::{self, Write};

use crate::report::model::TimelineEntry;
use crate::report::row::{Cells, Format, Row, Table};
use crate::report::timeline_row::TimelineRow;
use crate::time::Timestamp;

use super::capture_name;

/// Writes the `timeline` table row by row.
pub struct TimelineTable<W: Write> {
    table: Table<W>,
    captures: Vec<String>,
    start: Timestamp,
}

impl<W: Write> TimelineTable<W> {
    /// Begins the table.
    ///
    /// `captures` are the names as given, by [`crate::capture::CaptureId`]; `start` is the earliest frame of
    /// the run, from which `elapsed_s` counts.
    ///
    /// # Errors
    ///
    /// When the output cannot be written to.
    pub fn new(output: W, format: Format, captures: Vec<String>, start: Timestamp) -> io::Result<Self> {
        Ok(Self { table: Table::new::<Line<'_>>(output, format)?, captures, start })
    }

    /// The table without its header line, which stands there already. Captures are named by [`Self::learn`].
    pub fn rows(output: W, format: Format) -> Self {
        Self { table: Table::rows(output, format), captures: Vec::new(), start: Timestamp::MAX }
    }

    /// Writes one row; nothing for an event that is not part of the timeline.
    ///
    /// # Errors
    ///
    /// When the output cannot be written to.
    pub fn write(&mut self, entry: &TimelineEntry) -> io::Result<()> {
        let Some(row) = TimelineRow::of(entry) else { return Ok(()) };
        let capture = capture_name(&self.captures, row.capture);
        self.table.write(&Line { row: Some(&row), capture, start: self.start })
    }

    /// Learns the names of captures that came later, and the earliest frame of the run.
    pub fn learn(&mut self, captures: &[String], start: Timestamp) {
        self.captures.extend(captures.iter().skip(self.captures.len()).cloned());
        self.start = start;
    }

    /// Hands on everything written so far.
    ///
    /// # Errors
    ///
    /// When the output cannot be written to.
    pub fn flush(&mut self) -> io::Result<()> {
        self.table.flush()
    }

    /// Ends the table: everything is handed on and flushed.
    ///
    /// # Errors
    ///
    /// When the output cannot be written to.
    pub fn finish(self) -> io::Result<()> {
        self.table.finish()
    }
}

impl TimelineTable<Vec<u8>> {
    /// The header line of the table as CSV, with its end.
    ///
    /// # Errors
    ///
    /// None that a header can cause.
    pub fn header() -> io::Result<String> {
        let mut header = Vec::new();
        Table::new::<Line<'_>>(&mut header, Format::Csv)?.finish()?;
        String::from_utf8(header).map_err(io::Error::other)
    }
}

#[derive(Default)]
struct Line<'a> {
    row: Option<&'a TimelineRow>,
    capture: Option<&'a str>,
    start: Timestamp,
}

impl Row for Line<'_> {
    fn columns(&self, cells: &mut impl Cells) -> io::Result<()> {
        let row = self.row;
        cells.text("time", row.map(|row| row.time))?;
        cells.bare("elapsed_s", row.map(|row| Elapsed { start: self.start, time: row.time }))?;
        cells.free("capture", self.capture)?;
        cells.bare("frame", row.and_then(|row| row.frame))?;
        cells.text("event", row.map(|row| row.event))?;
        cells.text("subject", row.map(|row| row.subject))?;
        cells.text("router", row.and_then(|row| row.router))?;
        cells.text("peer", row.and_then(|row| row.peer))?;
        cells.free("detail", row.map(|row| row.detail.as_str()).filter(|detail| !detail.is_empty()))
    }
}

/// Seconds with nine decimals, negative before the start.
struct Elapsed {
    start: Timestamp,
    time: Timestamp,
}

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = i128::from(self.time.nanos()) - i128::from(self.start.nanos());
        let (sign, nanos) = (if nanos < 0 { "-" } else { "" }, nanos.unsigned_abs());
        write!(f, "{sign}{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
    }
}
