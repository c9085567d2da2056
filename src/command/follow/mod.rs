//! `sagap follow`

mod evidence;
mod exporter;
mod hook;
mod metrics;
mod output;
mod rows;
mod side_outputs;
mod signals;
mod status;
mod stream;
mod watcher;

use std::io::Write;

use crate::capture::{Live, LiveOptions, LiveSource};
use crate::cli::{Follow, FollowFormat};
use crate::report::{Report, TextOptions, to_text};
use crate::run;

use self::side_outputs::SideOutputs;
use self::signals::Signals;
use self::status::Status;
use self::stream::Stream;
use self::watcher::Watcher;
use super::overwrite::refuse_input;
use super::{Exit, Failure, Terminal, complain, complaint, exit, options, refuse_typed};

pub use self::evidence::{Evidence, Saved};
pub use self::exporter::Exporter;
pub use self::hook::Hook;
pub use self::output::Output;

pub(super) fn follow(
    asked: &Follow,
    terminal: Terminal,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Failure> {
    refuse_typed(&asked.source, terminal, "pipe a capture into it (tcpdump -U -w - | sagap follow -)")?;
    let source = LiveSource::named(&asked.source).map_err(|error| complaint(&error))?;
    let signals = Signals::catch()?;
    let reading = LiveOptions { from_now: asked.from_now, max_decompressed: asked.max_decompressed };
    let mut live = Live::follow(source, reading).map_err(|error| complaint(&error))?;
    if let Some(output) = &asked.output {
        refuse_input(output, std::slice::from_ref(&asked.source))?;
    }
    let side = SideOutputs::open(asked)?;
    if let Some(address) = side.metrics_address() {
        // Where even that is not possible there is nobody left to tell.
        drop(writeln!(err, "metrics: http://{address}/metrics"));
    }
    let stream = Stream::new(asked, terminal, out)?;
    let status = Status::new(asked.common.progress && terminal.err && terminal.width.is_some());
    let mut watcher = Watcher::new((stream, err), side, status, signals, asked.duration);
    let options = options(&asked.ike_ports, &asked.thresholds);
    let mut report = run::follow(&mut live, &options, asked.frames, &mut watcher)?;
    watcher.finish(&mut report);
    for failure in live.failures() {
        complain(err, &complaint(failure));
    }
    let failed = !live.failures().is_empty();
    if failed && report.captures.iter().all(|capture| capture.tally.frames == 0) {
        return Ok(Exit::Failed);
    }
    report.thresholds = asked.thresholds.told();
    if asked.format == FollowFormat::Text {
        write_report(&report, asked, terminal, out)?;
    }
    Ok(exit(&report, asked.fail_on, failed))
}

/// Writes the report of `sagap analyze` below the events.
fn write_report(
    report: &Report,
    asked: &Follow,
    terminal: Terminal,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let page = terminal.page(asked.common.color);
    let text = to_text(report, &TextOptions { page, time: asked.common.time, ..TextOptions::default() });
    if !report.events.is_empty() {
        writeln!(out)?;
    }
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}
