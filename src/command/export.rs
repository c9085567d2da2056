//! `sagap export`

use std::fs::File;
use std::io::{self, BufWriter, Write};

use crate::capture::{CaptureId, Frame, Roster};
use crate::cli::{Export, ExportTable, Progress, is_broken_pipe};
use crate::decode::Packet;
use crate::report::messages;
use crate::report::{FindingsTable, FlowsTable, Report, TableFormat, TimelineEntry, TimelineTable};
use crate::run::{self, Options, Sink, SkimmedCaptures, Wanted, damage};
use crate::time::Timestamp;

use super::overwrite::refuse_input;
use super::{Exit, Failure, Terminal, open, options, progress, tell_failures, unwritable};

pub(super) fn export(
    asked: &Export,
    terminal: Terminal,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Failure> {
    let options = options(&asked.ike_ports, &asked.thresholds);
    let limits = (asked.threads, asked.max_decompressed);
    let mut captures = open(&asked.captures, limits, &options, terminal, err)?;
    let told = captures.failures().len();
    let bar = progress(&captures, asked.common, terminal);
    match &asked.output {
        None => write_table((&mut captures, &options), asked, bar, out)?,
        Some(path) => {
            refuse_input(path, &asked.captures)?;
            let name = path.display().to_string();
            let file = File::create(path).map_err(|error| unwritable(&name, &error))?;
            let mut file = BufWriter::new(file);
            let written = write_table((&mut captures, &options), asked, bar, &mut file);
            written.and_then(|()| file.flush()).map_err(|error| -> Failure {
                if is_broken_pipe(&error) { error.into() } else { unwritable(&name, &error).into() }
            })?;
        }
    }
    tell_failures(&captures, told, err);
    for (id, name) in captures.ids().zip(captures.names()) {
        for line in captures.facts(id).iter().flat_map(|facts| damage(&facts.damage)) {
            drop(writeln!(err, "warning: {}", crate::report::Escaped(&format!("{name}: {line}"))));
        }
    }
    Ok(if captures.failures().is_empty() { Exit::Done } else { Exit::Failed })
}

/// Runs the captures and writes the table asked for.
fn write_table(
    (captures, options): (&mut SkimmedCaptures, &Options),
    asked: &Export,
    progress: Progress,
    out: &mut dyn Write,
) -> io::Result<()> {
    let names = captures.names();
    let format = asked.format;
    match asked.table {
        ExportTable::Messages { esp } => {
            let mut sink = Messages { writer: messages::Writer::new(out, format, esp)?, esp, progress };
            run::messages(captures, &options.decode, &mut sink)?;
            sink.progress.finish();
            sink.writer.finish()
        }
        ExportTable::Timeline => {
            let (held, start) = (Vec::new(), Timestamp::MAX);
            let mut sink = Timeline { held, out: Some(out), table: None, format, names, start, progress };
            run::run(captures, options, &mut sink)?;
            sink.begin()?;
            sink.progress.finish();
            sink.table.map_or(Ok(()), TimelineTable::finish)
        }
        ExportTable::Flows => {
            let report = run_silently(captures, options, progress)?;
            let mut table = FlowsTable::new(out, format, names)?;
            report.flows.iter().try_for_each(|flow| table.write(flow))?;
            table.finish()
        }
        ExportTable::Findings => {
            let report = run_silently(captures, options, progress)?;
            let mut table = FindingsTable::new(out, format, names)?;
            report.findings.iter().try_for_each(|finding| table.write(finding))?;
            table.finish()
        }
    }
}

fn run_silently(captures: &mut SkimmedCaptures, options: &Options, progress: Progress) -> io::Result<Report> {
    let mut sink = Silent(progress);
    let report = run::run(captures, options, &mut sink)?;
    sink.0.finish();
    Ok(report)
}

/// Writes messages as their frames come.
struct Messages<W: Write> {
    writer: messages::Writer<W>,
    /// Whether ESP is wanted too.
    esp: bool,
    progress: Progress,
}

impl<W: Write> Sink for Messages<W> {
    fn wants(&self) -> Wanted {
        if self.esp { Wanted::Everything } else { Wanted::Messages }
    }

    fn packet(
        &mut self,
        (_, name): (CaptureId, &str),
        frame: &Frame<'_>,
        packet: &Packet<'_>,
    ) -> io::Result<()> {
        self.writer.write(name, frame, packet)
    }

    fn progress(&mut self, bytes_read: u64) {
        self.progress.at(bytes_read);
    }
}

/// Writes the timeline as it comes, but for its beginning: times count from the earliest frame, and where a clock runs
/// backwards that is not the first.
struct Timeline<'a> {
    held: Vec<TimelineEntry>,
    /// Where to begin the table, until it is begun.
    out: Option<&'a mut dyn Write>,
    table: Option<TimelineTable<&'a mut dyn Write>>,
    format: TableFormat,
    names: Vec<String>,
    start: Timestamp,
    progress: Progress,
}

impl Timeline<'_> {
    /// Begins the table with the rows held back.
    fn begin(&mut self) -> io::Result<()> {
        if let Some(out) = self.out.take() {
            let names = std::mem::take(&mut self.names);
            let mut table = TimelineTable::new(out, self.format, names, self.start)?;
            self.held.drain(..).try_for_each(|entry| table.write(&entry))?;
            self.table = Some(table);
        }
        Ok(())
    }
}

impl Sink for Timeline<'_> {
    fn entry(&mut self, entry: TimelineEntry, start: Timestamp) -> io::Result<()> {
        self.start = start;
        if let Some(table) = &mut self.table {
            return table.write(&entry);
        }
        self.held.push(entry);
        if self.held.len() < HELD { Ok(()) } else { self.begin() }
    }

    fn progress(&mut self, bytes_read: u64) {
        self.progress.at(bytes_read);
    }
}

/// Tells nothing but progress.
struct Silent(Progress);

impl Sink for Silent {
    fn progress(&mut self, bytes_read: u64) {
        self.0.at(bytes_read);
    }
}

/// How many rows of the timeline are held back until the earliest frame is known.
const HELD: usize = 50_000;
