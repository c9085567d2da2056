//! `sagap analyze`

use std::io::{self, Write};

use crate::cli::{Analyze, AnalyzeFormat, Progress, is_broken_pipe};
use crate::report::{TextOptions, TimelineEntry, to_json, to_text};
use crate::run::{Sink, run};
use crate::time::Timestamp;

use super::kept::Kept;
use super::{Exit, Failure, Terminal, exit, open, options, progress, tell_failures};

pub(super) fn analyze(
    asked: &Analyze,
    terminal: Terminal,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Failure> {
    let options = options(&asked.ike_ports, &asked.thresholds);
    let limits = (asked.threads, asked.max_decompressed);
    let mut captures = open(&asked.captures, limits, &options, terminal, err)?;
    let told = captures.failures().len();
    let mut sink = Timeline { kept: Kept::default(), progress: progress(&captures, asked.common, terminal) };
    let mut report = run(&mut captures, &options, &mut sink)?;
    sink.progress.finish();
    tell_failures(&captures, told, err);
    sink.kept.hand_to(&mut report);
    report.thresholds = asked.thresholds.told();
    let exit = exit(&report, asked.fail_on, !captures.failures().is_empty());
    let text = match asked.format {
        AnalyzeFormat::Text => {
            let page = terminal.page(asked.common.color);
            to_text(&report, &TextOptions { page, time: asked.common.time, ..TextOptions::default() })
        }
        AnalyzeFormat::Json => to_json(&report)?,
    };
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if !is_broken_pipe(&error) => Err(error.into()),
        _ => Ok(exit),
    }
}

/// Keeps the timeline, as far as a report can hold it.
struct Timeline {
    kept: Kept,
    progress: Progress,
}

impl Sink for Timeline {
    fn entry(&mut self, entry: TimelineEntry, _start: Timestamp) -> io::Result<()> {
        self.kept.push(entry);
        Ok(())
    }

    fn progress(&mut self, bytes_read: u64) {
        self.progress.at(bytes_read);
    }
}
