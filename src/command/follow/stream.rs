//! Events on standard output, each as it comes.

use std::io::{self, Write};

use crate::cli::{Follow, FollowFormat};
use crate::command::Terminal;
use crate::diagnose::Finding;
use crate::report::{EventLines, FindingState, TimelineEntry, TimelineTable};
use crate::time::Timestamp;

/// Events on standard output.
#[expect(clippy::large_enum_variant, reason = "there is one of it a run")]
pub(super) enum Stream<'a> {
    /// For people.
    Lines(EventLines, &'a mut dyn Write),
    /// As a table.
    Table(TimelineTable<&'a mut dyn Write>),
}

impl<'a> Stream<'a> {
    /// Begins to write as it was asked for.
    ///
    /// # Errors
    ///
    /// When `out` cannot be written to.
    pub(super) fn new(asked: &Follow, terminal: Terminal, out: &'a mut dyn Write) -> io::Result<Self> {
        Ok(match asked.format {
            FollowFormat::Text => {
                let page = terminal.page(asked.common.color);
                Self::Lines(EventLines::new(page, asked.common.time), out)
            }
            FollowFormat::Table(format) => {
                let mut table = TimelineTable::new(out, format, Vec::new(), Timestamp::MAX)?;
                table.flush()?;
                Self::Table(table)
            }
        })
    }

    /// Writes an entry; `names` are those of the captures so far.
    ///
    /// # Errors
    ///
    /// When the output cannot be written to.
    pub(super) fn entry(
        &mut self,
        entry: &TimelineEntry,
        names: &[String],
        start: Timestamp,
    ) -> io::Result<()> {
        match self {
            Self::Lines(lines, out) => {
                let Some(line) = lines.event(entry, names, start) else { return Ok(()) };
                out.write_all(line.as_bytes())?;
                out.flush()
            }
            Self::Table(table) => {
                table.learn(names, start);
                table.write(entry)?;
                table.flush()
            }
        }
    }

    /// Writes a finding that has come to this state at `now`, where it is for people: a table has no room for it.
    ///
    /// # Errors
    ///
    /// When the output cannot be written to.
    pub(super) fn finding(
        &mut self,
        finding: (FindingState, &Finding),
        now: Timestamp,
        names: &[String],
        start: Timestamp,
    ) -> io::Result<()> {
        let Self::Lines(lines, out) = self else { return Ok(()) };
        out.write_all(lines.finding(finding, now, names, start).as_bytes())?;
        out.flush()
    }
}
