//! Why an input cannot be read, or not to its end.

use std::io::{self, ErrorKind};

/// Why an input cannot be read, or not to its end. Each names the input.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing of that name.
    #[error("{name}: no such file or directory")]
    Missing {
        /// The input as given.
        name: String,
    },
    /// It may not be read.
    #[error("{name}: permission denied")]
    Denied {
        /// The input as given.
        name: String,
    },
    /// It cannot be opened for another reason.
    #[error("{name}: cannot be opened: {}", in_words(source))]
    Open {
        /// The input as given.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// Reading it failed. What stood before that place was read.
    #[error("{name}: cannot be read on at byte {offset}: {}", in_words(source))]
    Read {
        /// The input as given.
        name: String,
        /// How many bytes were read before.
        offset: u64,
        /// What the system said.
        source: io::Error,
    },
    /// It has no bytes.
    #[error("{name}: {} is empty", input(name))]
    Empty {
        /// The input as given.
        name: String,
    },
    /// It ends inside the header that every capture begins with.
    #[error("{name}: {} ends at byte {length}, inside its header", input(name))]
    HeaderCut {
        /// The input as given.
        name: String,
        /// How many bytes it has.
        length: u64,
    },
    /// It is compressed.
    #[error("{name}: this is a {format} file, not a capture")]
    Compressed {
        /// The input as given.
        name: String,
        /// How it is compressed.
        format: &'static str,
    },
    /// It is a capture of a kind that is not read here.
    #[error("{name}: {format} captures cannot be read")]
    Foreign {
        /// The input as given.
        name: String,
        /// The kind.
        format: &'static str,
    },
    /// It is no capture.
    #[error("{name}: this is not a capture: it begins with {begins}")]
    NotACapture {
        /// The input as given.
        name: String,
        /// Its first bytes in hex.
        begins: String,
    },
    /// A directory that holds no captures.
    #[error("{name}: there is no capture in this directory")]
    NoCaptures {
        /// The input as given.
        name: String,
    },
    /// Standard input is named more than once.
    #[error("-: standard input can be read only once")]
    StandardInputTwice,
}

impl Error {
    /// Why `name` could not be opened, from what the system said.
    pub(super) fn open(name: &str, source: io::Error) -> Self {
        let name = name.to_owned();
        match source.kind() {
            ErrorKind::NotFound => Self::Missing { name },
            ErrorKind::PermissionDenied => Self::Denied { name },
            _ => Self::Open { name, source },
        }
    }

    /// What can be done about it, in the imperative.
    pub fn hint(&self) -> String {
        match self {
            Self::Missing { .. } => "check the path".to_owned(),
            Self::Denied { .. } => "run as a user who may read it, or copy it first".to_owned(),
            Self::Open { .. } => "pass a file, a directory, or - for standard input".to_owned(),
            Self::Read { .. } => "copy it to another disk and try again".to_owned(),
            Self::Empty { name } | Self::HeaderCut { name, .. } if name == STANDARD_INPUT => {
                "check that the command before the pipe writes a capture".to_owned()
            }
            Self::Empty { .. } | Self::HeaderCut { .. } => {
                "check that the capture was written and copied to its end".to_owned()
            }
            Self::Compressed { format, name } => {
                let file = if name == STANDARD_INPUT { "" } else { " FILE" };
                format!("decompress it on the way: {}{file} | sagap analyze -", decompress(format))
            }
            Self::Foreign { .. } => "convert it first (editcap -F pcapng IN OUT)".to_owned(),
            Self::NotACapture { .. } => "pass a pcap, pcapng, snoop or ERF file".to_owned(),
            Self::NoCaptures { .. } => {
                "pass a directory that holds captures; directories inside it are not searched".to_owned()
            }
            Self::StandardInputTwice => "pass - once".to_owned(),
        }
    }
}

/// What the system says of an error, in the style of all messages: small first letter, no full stop, no number.
pub fn in_words(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error ").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// The command that decompresses a `format` to its standard output.
fn decompress(format: &str) -> &'static str {
    match format {
        "gzip" => "gunzip -c",
        "zstd" => "unzstd -c",
        "lz4" => "unlz4 -c",
        "xz" => "unxz -c",
        "bzip2" => "bunzip2 -c",
        _ => "unzip -p",
    }
}

/// What an input of this name is called in a sentence.
fn input(name: &str) -> &'static str {
    if name == STANDARD_INPUT { "standard input" } else { "the file" }
}

/// How standard input is named.
pub(super) const STANDARD_INPUT: &str = "-";
