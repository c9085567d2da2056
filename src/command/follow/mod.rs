//! `sagap follow`

mod evidence;
mod exporter;
mod found;
mod hook;
mod metrics;
mod output;
mod rows;
mod side_outputs;
mod signals;
mod sources;
mod status;
mod stream;
mod watcher;

use std::io::Write;
use std::path::PathBuf;

use crate::capture::Live;
use crate::cli::{Complaint, Follow, FollowFormat, Followed};
use crate::report::{Report, TextOptions, to_text};
use crate::run;

use self::side_outputs::SideOutputs;
use self::signals::Signals;
use self::status::Status;
use self::stream::Stream;
use self::watcher::Watcher;
use super::overwrite::{refuse_followed, refuse_input, refuse_pipe};
use super::{Exit, Failure, Terminal, complain, complaint, exit, options};

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
    let signals = Signals::catch()?;
    let options = options(&asked.ike_ports, &asked.thresholds);
    // Only opening takes privileges; what is opened after it belongs to whoever asked.
    let sources = sources::open(asked, terminal, &options)?;
    give_up_privileges(asked)?;
    asked.output.iter().try_for_each(|output| refuse_pipe(output))?;
    if let Followed::Named(source) = &asked.source {
        let files: Vec<PathBuf> = match source.to_str().filter(|_| !source.exists()) {
            Some(pattern) if pattern != "-" => glob::glob(pattern).into_iter().flatten().flatten().collect(),
            _ => vec![source.clone()],
        };
        asked.output.iter().try_for_each(|output| refuse_input(output, &files))?;
        asked.save_evidence.iter().try_for_each(|folder| refuse_followed(folder, source))?;
    }
    let side = SideOutputs::open(asked)?;
    if let Some(address) = side.metrics_address() {
        // Where even that is not possible there is nobody left to tell.
        drop(writeln!(err, "metrics: http://{address}/metrics"));
    }
    let stream = Stream::new(asked, terminal, out)?;
    let status = Status::new(asked.common.progress && terminal.err && terminal.width.is_some());
    let mut watcher = Watcher::new((stream, err), side, status, signals, asked.duration);
    let mut live = Live::follow(sources);
    let mut report = run::follow(&mut live, &options, asked.frames, &mut watcher)?;
    watcher.finish(&mut report)?;
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

/// Gives up what only opening takes, where it may have been needed, or another user is asked for.
#[cfg(target_os = "linux")]
fn give_up_privileges(asked: &Follow) -> Result<(), Complaint> {
    use super::privilege::{give_up, sudo_caller};
    if matches!(asked.source, Followed::Named(_)) && asked.user.is_none() {
        return Ok(());
    }
    let sudo = sudo_caller();
    let sudo = sudo.as_ref().map(|(user, group)| (user.as_str(), group.as_str()));
    give_up(asked.user.as_deref(), sudo).map(drop)
}

/// Nothing is given up here: there is nothing that takes privileges.
#[cfg(not(target_os = "linux"))]
fn give_up_privileges(asked: &Follow) -> Result<(), Complaint> {
    match &asked.user {
        Some(_) => Err(Complaint::new("--user needs Linux here", "leave it out")),
        None => Ok(()),
    }
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
