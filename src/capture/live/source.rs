//! What can be followed.

use std::fs::{self, File, FileType};
use std::io;
use std::path::{Path, PathBuf};

use super::LiveOptions;
use super::file::NamedFile;
use super::files::{RingFiles, fixed_part};
#[cfg(target_os = "linux")]
use super::interface::Tap;
use super::outlet::Outlet;
use super::pipe::{Piped, standard_input};
use super::reader::read;
use super::ring::Place;
use crate::capture::error::{Error, STANDARD_INPUT};
use crate::capture::socket::{PacketSocket, Selection, SocketError, SocketOptions};

/// What can be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveSource {
    /// Standard input.
    StandardInput,
    /// A named pipe.
    Pipe(PathBuf),
    /// A file that grows.
    File(PathBuf),
    /// The files of a ring buffer, in this directory.
    Directory(PathBuf),
    /// The files of a ring buffer, where this pattern says.
    Pattern(String),
}

/// A source that is open and not read yet.
pub struct OpenSource {
    pub(super) name: String,
    /// Whether what is there already is passed by.
    pub(super) passing: bool,
    /// Reads it until it ends.
    pub(super) begin: Reading,
}

/// What reads a source of this name until it ends, in a thread of its own.
pub(super) type Reading = Box<dyn FnOnce(&str, Outlet) -> Result<(), Error> + Send>;

impl OpenSource {
    /// An interface, or all of them, as [`PacketSocket::open`] opens it.
    ///
    /// # Errors
    ///
    /// When it cannot be captured on.
    #[cfg(target_os = "linux")]
    pub fn interface(selection: Selection, options: SocketOptions) -> Result<Self, SocketError> {
        let name = selection.to_string();
        let socket = PacketSocket::open(selection, options)?;
        let begin: Reading = Box::new(move |name, outlet| {
            Tap::new(name, socket, outlet).follow();
            Ok(())
        });
        Ok(Self { name, passing: false, begin })
    }

    /// An interface, which cannot be opened here.
    ///
    /// # Errors
    ///
    /// Always.
    #[cfg(not(target_os = "linux"))]
    pub fn interface(selection: Selection, options: SocketOptions) -> Result<Self, SocketError> {
        match PacketSocket::open(selection, options) {
            Err(error) => Err(error),
            Ok(socket) => match socket {},
        }
    }
}

impl LiveSource {
    /// What an argument names: `-` for standard input, an existing file, directory or named pipe, else a pattern.
    ///
    /// # Errors
    ///
    /// When there is nothing of that name, and it is no pattern.
    pub fn named(argument: &Path) -> Result<Self, Error> {
        if argument == Path::new(STANDARD_INPUT) {
            return Ok(Self::StandardInput);
        }
        match fs::metadata(argument) {
            Ok(metadata) if metadata.is_dir() => {
                fs::read_dir(argument)
                    .map_err(|error| Error::open(&argument.display().to_string(), error))?;
                Ok(Self::Directory(argument.to_owned()))
            }
            Ok(metadata) if is_pipe(metadata.file_type()) => Ok(Self::Pipe(argument.to_owned())),
            Ok(metadata) if metadata.is_file() => Ok(Self::File(argument.to_owned())),
            Ok(_) => {
                let error = io::Error::other("it is no file, directory or pipe");
                Err(Error::open(&argument.display().to_string(), error))
            }
            Err(error) => match argument.to_str() {
                Some(text) if text.contains(['*', '?', '[']) && glob::Pattern::new(text).is_ok() => {
                    fs::read_dir(fixed_part(text)).map_err(|error| Error::open(text, error))?;
                    Ok(Self::Pattern(text.to_owned()))
                }
                _ => Err(Error::open(&argument.display().to_string(), error)),
            },
        }
    }

    /// Its name as given.
    pub(super) fn name(&self) -> String {
        match self {
            Self::StandardInput => STANDARD_INPUT.to_owned(),
            Self::Pattern(pattern) => pattern.clone(),
            Self::Pipe(path) | Self::File(path) | Self::Directory(path) => path.display().to_string(),
        }
    }

    /// Opens it.
    ///
    /// # Errors
    ///
    /// When it cannot be opened.
    pub fn open(self, options: LiveOptions) -> Result<OpenSource, Error> {
        let name = self.name();
        let cannot = |error| Error::open(&self.name(), error);
        let (most, passing) = (options.max_decompressed, options.from_now);
        let begin: Reading = match self.clone() {
            Self::StandardInput => {
                let pipe = standard_input().map_err(cannot)?;
                Box::new(move |name, outlet| {
                    let piped = Piped::new(pipe, outlet.clone());
                    read(name, Box::new(piped), most, &outlet)
                })
            }
            Self::Pipe(path) => Box::new(move |name, outlet| {
                let pipe = open_pipe(&path).map_err(|error| Error::open(name, error))?;
                read(name, Box::new(Piped::new(pipe, outlet.clone())), most, &outlet)
            }),
            Self::File(path) => {
                File::open(&path).map_err(cannot)?;
                Box::new(move |_, outlet| NamedFile::new(&path, most, outlet).follow())
            }
            Self::Directory(path) => ring(Place::Directory(path), options),
            Self::Pattern(pattern) => ring(Place::Pattern(pattern), options),
        };
        Ok(OpenSource { name, passing, begin })
    }
}

fn ring(place: Place, options: LiveOptions) -> Reading {
    Box::new(move |_, outlet| {
        RingFiles::new(place, options, outlet).follow();
        Ok(())
    })
}

/// Opens a named pipe without waiting for whoever writes into it: that is waited for when it is read.
#[cfg(unix)]
fn open_pipe(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let no_waiting = nix::fcntl::OFlag::O_NONBLOCK.bits();
    File::options().read(true).custom_flags(no_waiting).open(path)
}

/// Opens a named pipe.
#[cfg(not(unix))]
fn open_pipe(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[cfg(unix)]
fn is_pipe(kind: FileType) -> bool {
    use std::os::unix::fs::FileTypeExt;
    kind.is_fifo()
}

#[cfg(not(unix))]
fn is_pipe(_: FileType) -> bool {
    false
}
