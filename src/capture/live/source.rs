//! What can be followed.

use std::fs::{self, File, FileType};
use std::path::{Path, PathBuf};

use super::LiveOptions;
use super::file::NamedFile;
use super::files::RingFiles;
use super::outlet::Outlet;
use super::pipe::{Piped, standard_input};
use super::reader::read;
use super::ring::Place;
use crate::capture::error::{Error, STANDARD_INPUT};

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

/// What reads a source until it ends, in a thread of its own.
pub(super) type Reading = Box<dyn FnOnce() -> Result<(), Error> + Send>;

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
            Ok(metadata) if metadata.is_dir() => Ok(Self::Directory(argument.to_owned())),
            Ok(metadata) if is_pipe(metadata.file_type()) => Ok(Self::Pipe(argument.to_owned())),
            Ok(_) => Ok(Self::File(argument.to_owned())),
            Err(error) => match argument.to_str() {
                Some(text) if text.contains(['*', '?', '[']) && glob::Pattern::new(text).is_ok() => {
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

    /// What reads it.
    pub(super) fn open(self, options: LiveOptions, outlet: Outlet) -> Result<Reading, Error> {
        let (name, most) = (self.name(), options.max_decompressed);
        let cannot = |error| Error::open(&self.name(), error);
        Ok(match self.clone() {
            Self::StandardInput => {
                let pipe = Piped::new(standard_input().map_err(cannot)?, outlet.clone());
                Box::new(move || read(&name, Box::new(pipe), most, &outlet))
            }
            Self::Pipe(path) => Box::new(move || {
                // Waits for whoever writes into it.
                let pipe = File::open(&path).map_err(|error| Error::open(&name, error))?;
                read(&name, Box::new(Piped::new(pipe, outlet.clone())), most, &outlet)
            }),
            Self::File(path) => {
                File::open(&path).map_err(cannot)?;
                let file = NamedFile::new(&path, most, outlet);
                Box::new(move || file.follow())
            }
            Self::Directory(path) => ring(Place::Directory(path), most, outlet),
            Self::Pattern(pattern) => ring(Place::Pattern(pattern), most, outlet),
        })
    }
}

fn ring(place: Place, max_decompressed: u64, outlet: Outlet) -> Reading {
    let files = RingFiles::new(place, max_decompressed, outlet);
    Box::new(move || {
        files.follow();
        Ok(())
    })
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
