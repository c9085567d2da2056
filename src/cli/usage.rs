//! Arguments to an invocation, or to the answer that ends the run at once.

use std::ffi::OsString;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches};

use crate::diagnose::{self, Severity};
use crate::report::{TableFormat, TimeStyle};
use crate::track;

use super::args::{
    AnalyzeArgs, AnalyzeFormatArg, Cli, ColorArg, Command, CommonArgs, ExportArgs, FailOnArg, FollowArgs,
    FollowFormatArg, InterfacesArgs, TableArg, TableFormatArg, ThresholdArgs, TimeArg,
};
use super::complaint::Complaint;
use super::invocation::{
    Analyze, AnalyzeFormat, ColorChoice, Common, Explain, Export, ExportTable, Follow, FollowFormat,
    Followed, Interfaces, Invocation, Thresholds,
};

/// What to say instead of doing anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Help or version, for standard output and exit code 0; ends with a line end.
    Text(String),
    /// What is wrong with the arguments, for standard error and exit code 2.
    Complaint(Complaint),
}

/// Reads arguments; the first one is the program's own name.
///
/// # Errors
/// What to say instead: help, the version, or what is wrong.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Invocation, Answer> {
    let matches = Cli::command().try_get_matches_from(args).map_err(|error| answer(&error))?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| answer(&error))?;
    let common = common(&cli.common);
    match cli.command {
        Command::Analyze(args) => analyze(common, args).map(Invocation::Analyze),
        Command::Follow(args) => follow(common, args).map(Invocation::Follow),
        Command::Export(args) => export(common, args).map(Invocation::Export),
        Command::Interfaces(InterfacesArgs {}) => Ok(Invocation::Interfaces(Interfaces { common })),
        Command::Explain(args) => Ok(Invocation::Explain(Explain { common, name: args.name })),
    }
    .map_err(Answer::Complaint)
}

const fn common(args: &CommonArgs) -> Common {
    Common {
        time: match args.time {
            TimeArg::Utc => TimeStyle::Utc,
            TimeArg::Local => TimeStyle::Local,
            TimeArg::Relative => TimeStyle::Relative,
        },
        progress: !args.no_progress,
        color: match args.color {
            ColorArg::Auto => ColorChoice::Auto,
            ColorArg::Always => ColorChoice::Always,
            ColorArg::Never => ColorChoice::Never,
        },
    }
}

fn analyze(common: Common, args: AnalyzeArgs) -> Result<Analyze, Complaint> {
    Ok(Analyze {
        common,
        thresholds: thresholds(&args.thresholds)?,
        captures: args.captures.paths,
        ike_ports: args.captures.reading.ike_ports,
        threads: args.captures.threads,
        max_decompressed: args.captures.reading.max_decompressed,
        format: match args.format {
            AnalyzeFormatArg::Text => AnalyzeFormat::Text,
            AnalyzeFormatArg::Json => AnalyzeFormat::Json,
        },
        fail_on: fail_on(args.fail_on),
    })
}

fn follow(common: Common, args: FollowArgs) -> Result<Follow, Complaint> {
    Ok(Follow {
        common,
        thresholds: thresholds(&args.thresholds)?,
        source: match args.source {
            Some(source) => Followed::Named(source),
            None => Followed::Interfaces {
                names: args.interfaces,
                promiscuous: !args.no_promiscuous,
                ring_bytes: usize::try_from(args.ring).unwrap_or(usize::MAX),
            },
        },
        user: args.user,
        from_now: args.from_now,
        ike_ports: args.reading.ike_ports,
        max_decompressed: args.reading.max_decompressed,
        format: match args.format {
            FollowFormatArg::Text => FollowFormat::Text,
            FollowFormatArg::Ndjson => FollowFormat::Table(TableFormat::Ndjson),
            FollowFormatArg::Csv => FollowFormat::Table(TableFormat::Csv),
        },
        output: args.output,
        on_finding: args.on_finding,
        save_evidence: args.save_evidence,
        evidence_before: args.evidence_before,
        metrics: args.metrics,
        duration: args.duration,
        frames: args.frames,
        fail_on: fail_on(args.fail_on),
    })
}

const fn fail_on(arg: FailOnArg) -> Option<Severity> {
    match arg {
        FailOnArg::Info => Some(Severity::Info),
        FailOnArg::Warning => Some(Severity::Warning),
        FailOnArg::Critical => Some(Severity::Critical),
        FailOnArg::Never => None,
    }
}

fn export(common: Common, args: ExportArgs) -> Result<Export, Complaint> {
    if args.esp && args.table != TableArg::Messages {
        return Err(Complaint::new("--esp only adds rows to the messages table", "add --table messages"));
    }
    Ok(Export {
        common,
        thresholds: thresholds(&args.thresholds)?,
        captures: args.captures.paths,
        ike_ports: args.captures.reading.ike_ports,
        threads: args.captures.threads,
        max_decompressed: args.captures.reading.max_decompressed,
        table: match args.table {
            TableArg::Timeline => ExportTable::Timeline,
            TableArg::Messages => ExportTable::Messages { esp: args.esp },
            TableArg::Flows => ExportTable::Flows,
            TableArg::Findings => ExportTable::Findings,
        },
        format: match args.format {
            TableFormatArg::Csv => TableFormat::Csv,
            TableFormatArg::Ndjson => TableFormat::Ndjson,
        },
        // As for captures, `-` is the standard one.
        output: args.output.filter(|path| path.as_os_str() != "-"),
    })
}

fn thresholds(args: &ThresholdArgs) -> Result<Thresholds, Complaint> {
    let ThresholdArgs { window, min_observation, silence, .. } = *args;
    for (flag, span) in [("--window", window), ("--silence", silence)] {
        if span == Duration::ZERO {
            let hint = format!("give {flag} a length of time such as 10s");
            return Err(Complaint::new(format!("{flag} must be longer than nothing"), hint));
        }
    }
    if min_observation > window {
        let message = "--min-observation is longer than --window, so nothing could ever be judged";
        return Err(Complaint::new(message, "make --window longer, or --min-observation shorter"));
    }
    Ok(Thresholds {
        track: track::Options {
            window,
            silence,
            stateful_jump: args.stateful_jump,
            change_window: args.change_window,
            change_silence: args.change_silence,
            flapping_changes: args.flapping_changes,
            flapping_window: args.flapping_window,
        },
        diagnose: diagnose::Options {
            window,
            settle: args.settle,
            min_observation,
            late_after: args.late_after,
            confirm: args.confirm.0,
            requests: args.requests,
            dead_spi_packets: args.dead_spi_packets,
            dead_spi_time: args.dead_spi_time,
            no_standby_after: args.no_standby_after,
            announce_within: args.announce_within,
            mismatch_hellos: args.mismatch_hellos,
            mismatch_time: args.mismatch_time,
            split_margin: args.split_margin,
            clear_packets: args.clear_packets,
            clear_flows: args.clear_flows,
        },
    })
}

/// Help and version as clap writes them; a complaint in one line.
fn answer(error: &clap::Error) -> Answer {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Answer::Text(error.render().to_string()),
        _ => Answer::Complaint(Complaint { message: message(error), hint: Some(hint(error)) }),
    }
}

fn message(error: &clap::Error) -> String {
    let flag = flag(error);
    let value = context(error, ContextKind::InvalidValue).filter(|value| !value.is_empty());
    match (error.kind(), value) {
        (ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand, _) => {
            "no command was given".to_owned()
        }
        (ErrorKind::InvalidSubcommand, _) => {
            format!("{} is not a command", context(error, ContextKind::InvalidSubcommand).unwrap_or_default())
        }
        (ErrorKind::UnknownArgument, _) if flag.starts_with('-') => format!("{flag} is not an option here"),
        (ErrorKind::UnknownArgument, _) => format!("'{flag}' is one argument too many"),
        (ErrorKind::MissingRequiredArgument, _) if flag == "--save-evidence" => {
            "--evidence-before was given without --save-evidence".to_owned()
        }
        (ErrorKind::MissingRequiredArgument, _) => "no capture was given".to_owned(),
        (ErrorKind::ArgumentConflict, _) => match prior(error).filter(|prior| *prior != flag) {
            Some(prior) => format!("{flag} cannot be given beside {prior}"),
            None => format!("{flag} is given twice"),
        },
        (ErrorKind::InvalidValue, None) => format!("{flag} needs a value"),
        (ErrorKind::InvalidValue, Some(value)) => format!("{flag} cannot be '{value}'"),
        (ErrorKind::ValueValidation, value) => {
            let why = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            format!("{flag} '{}': {why}", value.unwrap_or_default())
        }
        (ErrorKind::TooManyValues, _) => format!("{flag} takes no value"),
        _ => first_line(error),
    }
}

fn hint(error: &clap::Error) -> String {
    let suggestions =
        [ContextKind::SuggestedArg, ContextKind::SuggestedValue, ContextKind::SuggestedSubcommand];
    if let Some(suggestion) = suggestions.into_iter().find_map(|kind| context(error, kind)) {
        return format!("did you mean {suggestion}?");
    }
    match (error.kind(), context(error, ContextKind::ValidValue)) {
        (ErrorKind::InvalidValue, Some(values)) => format!("use one of {values}"),
        (ErrorKind::InvalidValue, None) => format!("write it as {}", example(error)),
        (ErrorKind::ValueValidation, _)
            if matches!(flag(error).as_str(), "--requests" | "--mismatch-hellos") =>
        {
            "give a number of messages such as 2".to_owned()
        }
        (ErrorKind::ValueValidation, _) if flag(error) == "--dead-spi-packets" => {
            "give a number of packets such as 10".to_owned()
        }
        (ErrorKind::ValueValidation, _) if flag(error) == "--flapping-changes" => {
            "give a number of changes such as 3".to_owned()
        }
        (ErrorKind::ValueValidation, _) if flag(error) == "--stateful-jump" => {
            "give a number of packets such as 131072".to_owned()
        }
        (ErrorKind::ValueValidation, _) if flag(error) == "--ike-port" => {
            "give a port from 1 to 65535".to_owned()
        }
        (ErrorKind::ValueValidation, _) if flag(error) == "--ring" => "give a size such as 64MiB".to_owned(),
        (ErrorKind::ValueValidation, _) if flag(error) == "--on-finding" => {
            "give a command that reads JSON, such as 'cat >> found.json'".to_owned()
        }
        (ErrorKind::ValueValidation, _) if flag(error) == "--threads" => {
            "give a number of threads such as 2, here or in SAGAP_THREADS".to_owned()
        }
        (ErrorKind::ValueValidation, _) if flag(error) == "--frames" => {
            "give a number of frames such as 1000".to_owned()
        }
        (ErrorKind::ValueValidation, _) if flag(error) == "--metrics" => {
            "type it like 9184, 192.0.2.1:9184 or [::1]:9184".to_owned()
        }
        (ErrorKind::ValueValidation, _) if flag(error) == "--max-decompressed" => {
            "give a size such as 500MiB or 16GiB".to_owned()
        }
        (ErrorKind::ValueValidation, _) => "type it like 60s, 1500ms, 2m, or plain seconds".to_owned(),
        (ErrorKind::MissingRequiredArgument, _) if flag(error) == "--save-evidence" => {
            "name a directory with --save-evidence, or leave it out".to_owned()
        }
        (ErrorKind::MissingRequiredArgument, _) => {
            "name a capture, a directory, or - for standard input".to_owned()
        }
        (ErrorKind::ArgumentConflict, _) => "leave one of them out".to_owned(),
        (ErrorKind::TooManyValues, _) => format!("write {} alone", flag(error)),
        (ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand, _) => {
            "try sagap analyze CAPTURE, or sagap --help".to_owned()
        }
        _ => "try sagap --help".to_owned(),
    }
}

/// The flag an error is about, without the name of its value.
fn flag(error: &clap::Error) -> String {
    example(error).split(' ').next().unwrap_or_default().to_owned()
}

/// The other argument that an error is about.
fn prior(error: &clap::Error) -> Option<String> {
    let prior = context(error, ContextKind::PriorArg)?;
    prior.split(' ').next().map(|prior| prior.trim_matches(['[', ']']).to_owned())
}

/// The flag an error is about, with the name of its value.
fn example(error: &clap::Error) -> String {
    context(error, ContextKind::InvalidArg).unwrap_or_default()
}

/// What clap says first, for errors that are too rare for words of our own.
fn first_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// What clap knows of an error, in words.
fn context(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) if !texts.is_empty() => Some(texts.join(", ")),
        _ => None,
    }
}
