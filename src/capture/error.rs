//! Why an input cannot be read, or not to its end.

use std::fmt;
use std::io::{self, ErrorKind};

use super::compression::Compression;
use super::damage::{Damage, DamageKind, Undecompressable};
use super::size::Bytes;
use super::socket::SocketError;

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
    /// It is compressed, and what it holds cannot be read.
    #[error("{name}: this {compression} file {content}")]
    Inside {
        /// The input as given.
        name: String,
        /// How it is compressed.
        compression: Compression,
        /// What it holds.
        content: Content,
    },
    /// It is an archive, or compressed in a way that is not undone here.
    #[error("{name}: this is a {format} file, not a capture")]
    Archive {
        /// The input as given.
        name: String,
        /// The kind.
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
    /// An interface cannot be captured on any longer.
    #[error(transparent)]
    Interface(SocketError),
    /// Standard input is named more than once.
    #[error("-: standard input can be read only once")]
    StandardInputTwice,
}

/// What a compressed input holds that is no capture which can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// No bytes.
    Nothing,
    /// It cannot be decompressed as far as the capture's header.
    Broken(Damage),
    /// A capture that ends inside its header, after so many bytes.
    HeaderCut(u64),
    /// A compressed file once more.
    Compressed(Compression),
    /// An archive, or something compressed in a way that is not undone here.
    Archive(&'static str),
    /// A capture of a kind that is not read here.
    Foreign(&'static str),
    /// No capture; its first bytes in hex.
    NotACapture(String),
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
            Self::Archive { format, name } => {
                format!("decompress it on the way: {}{} | sagap analyze -", decompress(format), file(name))
            }
            Self::Inside { compression, content, name } => content.hint(*compression, name),
            Self::Foreign { .. } => "convert it first (editcap -F pcapng IN OUT)".to_owned(),
            Self::NotACapture { .. } => "pass a pcap, pcapng, snoop or ERF file".to_owned(),
            Self::NoCaptures { .. } => {
                "pass a directory that holds captures; directories inside it are not searched".to_owned()
            }
            Self::Interface(error) => error.hint(),
            Self::StandardInputTwice => "pass - once".to_owned(),
        }
    }
}

impl Content {
    /// What can be done about it, where `name` is compressed so.
    fn hint(&self, compression: Compression, name: &str) -> String {
        let on_the_way = |how: &str| {
            let command = decompress(compression.name());
            format!("decompress it {how}on the way: {command}{} | sagap analyze -", file(name))
        };
        match self {
            Self::Broken(Damage { kind: DamageKind::CompressedBroken { why, .. }, .. }) => match why {
                Undecompressable::Memory { .. } | Undecompressable::Filter { .. } => on_the_way(""),
                Undecompressable::Dictionary => "decompress it with its dictionary first".to_owned(),
                _ => "check that the file was copied as it is, in binary".to_owned(),
            },
            Self::Broken(Damage { kind: DamageKind::DecompressionBound { .. }, .. }) => {
                "give a larger --max-decompressed".to_owned()
            }
            Self::Broken(_) | Self::Nothing | Self::HeaderCut(_) => {
                "check that the file was written and copied to its end".to_owned()
            }
            Self::Compressed(_) => on_the_way("once "),
            Self::Archive(_) => "unpack it first".to_owned(),
            Self::Foreign(_) => "decompress it and convert it first (editcap -F pcapng IN OUT)".to_owned(),
            Self::NotACapture(_) => "pass a pcap, pcapng, snoop or ERF file, compressed or not".to_owned(),
        }
    }
}

impl fmt::Display for Content {
    /// `holds nothing`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => write!(f, "holds nothing"),
            Self::Broken(Damage { offset, kind, .. }) => match kind {
                DamageKind::CompressedBroken { compression, why, .. } => {
                    write!(f, "cannot be decompressed: {}, at byte {offset}", why.of(*compression))
                }
                DamageKind::DecompressionBound { limit } => {
                    write!(f, "holds more than {} (--max-decompressed)", Bytes(*limit))
                }
                _ => write!(f, "ends at byte {offset}, before a capture begins in it"),
            },
            Self::HeaderCut(length) => {
                write!(f, "holds a capture that ends at byte {length}, inside its header")
            }
            Self::Compressed(inner) => write!(f, "holds a {inner} file: only one compression is undone"),
            Self::Archive(format) => write!(f, "holds a {format} file, not a capture"),
            Self::Foreign(format) => write!(f, "holds a {format} capture, which cannot be read"),
            Self::NotACapture(begins) => write!(f, "holds no capture: what it holds begins with {begins}"),
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

/// What stands for the input of this name behind a command that reads it.
fn file(name: &str) -> &'static str {
    if name == STANDARD_INPUT { "" } else { " FILE" }
}

/// What an input of this name is called in a sentence.
fn input(name: &str) -> &'static str {
    if name == STANDARD_INPUT { "standard input" } else { "the file" }
}

/// How standard input is named.
pub(super) const STANDARD_INPUT: &str = "-";
