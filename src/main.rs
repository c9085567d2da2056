//! The `sagap` command.

use std::env;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::process::ExitCode;

use sagap::cli::{self, Answer};
use sagap::command::{self, Exit, Terminal};

fn main() -> ExitCode {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut err = io::stderr();
    let exit = match cli::parse(env::args_os()) {
        Ok(invocation) => command::perform(&invocation, terminal(), &mut out, &mut err),
        Err(Answer::Text(text)) => {
            drop(out.write_all(text.as_bytes()));
            Exit::Done
        }
        Err(Answer::Complaint(complaint)) => {
            drop(writeln!(err, "{complaint}"));
            Exit::Failed
        }
    };
    // Whoever closed the pipe knows it.
    drop(out.flush());
    ExitCode::from(exit.code())
}

fn terminal() -> Terminal {
    let is_terminal = io::stdout().is_terminal();
    let width = terminal_size::terminal_size().map(|(terminal_size::Width(width), _)| width);
    Terminal {
        width: is_terminal.then_some(width.unwrap_or(80)),
        input: io::stdin().is_terminal(),
        err: io::stderr().is_terminal(),
        no_color: env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
    }
}
