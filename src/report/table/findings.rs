//! The `findings` table: one row per finding.

use std::io::{self, Write};

use crate::diagnose::Finding;
use crate::report::row::{Cells, Format, Row, Table};

use super::capture_name;

/// Writes the `findings` table row by row.
pub struct FindingsTable<W: Write> {
    table: Table<W>,
    captures: Vec<String>,
}

impl<W: Write> FindingsTable<W> {
    /// Begins the table; `captures` are the names as given, by [`crate::capture::CaptureId`].
    ///
    /// # Errors
    ///
    /// When the output cannot be written to.
    pub fn new(output: W, format: Format, captures: Vec<String>) -> io::Result<Self> {
        Ok(Self { table: Table::new::<Line<'_>>(output, format)?, captures })
    }

    /// Writes one row.
    ///
    /// # Errors
    ///
    /// When the output cannot be written to.
    pub fn write(&mut self, finding: &Finding) -> io::Result<()> {
        let capture = capture_name(&self.captures, finding.at.capture);
        self.table.write(&Line { finding: Some(finding), capture })
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

#[derive(Default)]
struct Line<'a> {
    finding: Option<&'a Finding>,
    capture: Option<&'a str>,
}

impl Row for Line<'_> {
    fn columns(&self, cells: &mut impl Cells) -> io::Result<()> {
        let finding = self.finding;
        cells.text("time", finding.map(|finding| finding.at.time))?;
        cells.free("capture", self.capture)?;
        cells.bare("frame", finding.map(|finding| finding.at.frame))?;
        cells.text("rule", finding.map(|finding| finding.rule))?;
        cells.text("severity", finding.map(|finding| finding.severity))?;
        cells.bare("confidence", finding.map(|finding| format!("{:.2}", finding.confidence)))?;
        cells.text("subject", finding.and_then(|finding| finding.subject))?;
        cells.free("summary", finding.map(|finding| finding.summary.as_str()))
    }
}
