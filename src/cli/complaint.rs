//! What is said when something cannot be done.

use std::error::Error;
use std::fmt;
use std::io;

use crate::report::Escaped;

/// Why something cannot be done, in one line, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The file or flag, and why: small first letter, no full stop.
    pub message: String,
    /// What to do, in the imperative.
    pub hint: Option<String>,
}

impl Complaint {
    /// A complaint with a hint.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: Some(hint.into()) }
    }
}

impl fmt::Display for Complaint {
    /// `error: …`, and `hint: …` on a line below; without a line end. Nothing in it can act on a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", Escaped(&self.message))?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {}", Escaped(hint)),
            None => Ok(()),
        }
    }
}

impl Error for Complaint {}

/// Whether an error, or one that caused it, says that nobody reads the output any more: no reason to complain.
pub fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    root_kind(error) == Some(io::ErrorKind::BrokenPipe)
}

/// What kind of I/O error an error is, or the one that caused it.
pub fn root_kind(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    let mut cause = Some(error);
    let mut kind = None;
    while let Some(error) = cause {
        kind = io_kind(error).or(kind);
        // An `io::Error` hides the error it wraps from `source`.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        cause = wrapped.map(|inner| inner as &(dyn Error + 'static)).or_else(|| error.source());
    }
    kind
}

/// The kind of I/O error, also below those of `csv` and `serde_json`, which do not name it as their source.
fn io_kind(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    if let Some(error) = error.downcast_ref::<csv::Error>() {
        return match error.kind() {
            csv::ErrorKind::Io(error) => Some(error.kind()),
            _ => None,
        };
    }
    if let Some(error) = error.downcast_ref::<serde_json::Error>() {
        return error.io_error_kind();
    }
    error.downcast_ref::<io::Error>().map(io::Error::kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_cannot_act_on_a_terminal() {
        let complaint = Complaint::new("\x1b[2Ja.pcap: no such file", "check the path");
        assert_eq!(complaint.to_string(), "error: \\u{1b}[2Ja.pcap: no such file\nhint: check the path");
    }

    #[test]
    fn a_broken_pipe_is_found_below_other_errors() {
        let pipe = || io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(is_broken_pipe(&pipe()));
        assert!(is_broken_pipe(&io::Error::other(pipe())));
        assert!(is_broken_pipe(&io::Error::from(csv::Error::from(pipe()))));
        assert!(is_broken_pipe(&serde_json::Error::io(pipe())));
        assert!(!is_broken_pipe(&io::Error::from(io::ErrorKind::NotFound)));
    }
}
