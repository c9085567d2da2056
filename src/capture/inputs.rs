//! The inputs of a run: arguments to files.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::error::{Error, STANDARD_INPUT};
use super::facts::Facts;
use super::file::CaptureFile;
use super::look::look;
use super::recognise::Recognised;
use super::window::Window;

/// The inputs of a run, in the order given.
#[derive(Debug)]
pub struct Inputs {
    pub(super) list: Vec<Input>,
    pub(super) failures: Vec<Error>,
    pub(super) max_decompressed: u64,
}

/// One input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    StandardInput,
    Path(PathBuf),
}

impl Inputs {
    /// Finds the inputs that `arguments` name: files; the captures of directories, by their first bytes and in the
    /// order of their names, without directories inside them; and `-` for standard input.
    ///
    /// A file that is named twice, also under two names, is read once.
    /// An argument that cannot be read is remembered, and is told by [`Captures::failures`](super::Captures::failures).
    ///
    /// # Errors
    ///
    /// When standard input is named twice.
    pub fn expand(arguments: &[PathBuf]) -> Result<Self, Error> {
        let (list, failures) = (Vec::new(), Vec::new());
        let mut inputs = Self { list, failures, max_decompressed: CaptureFile::MAX_DECOMPRESSED };
        for argument in arguments {
            if argument == Path::new(STANDARD_INPUT) {
                if inputs.list.contains(&Input::StandardInput) {
                    return Err(Error::StandardInputTwice);
                }
                inputs.list.push(Input::StandardInput);
            } else if argument.is_dir() {
                inputs.expand_directory(argument);
            } else {
                inputs.list.push(Input::Path(argument.clone()));
            }
        }
        let mut seen = BTreeSet::new();
        inputs.list.retain(|input| match input {
            Input::Path(path) => seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.clone())),
            Input::StandardInput => true,
        });
        Ok(inputs)
    }

    /// The same inputs, with at most so many bytes decompressed of each that is compressed.
    #[must_use]
    pub fn with_max_decompressed(self, max_decompressed: u64) -> Self {
        Self { max_decompressed, ..self }
    }

    fn expand_directory(&mut self, directory: &Path) {
        let name = directory.display().to_string();
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) => return self.failures.push(Error::open(&name, error)),
        };
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.is_file() && may_be_a_capture(path));
        if paths.is_empty() {
            return self.failures.push(Error::NoCaptures { name });
        }
        paths.sort_unstable();
        self.list.extend(paths.into_iter().map(Input::Path));
    }
}

/// Whether a file begins as a capture does, itself or inside its compression. One that cannot be read may be, and is
/// told of when it is opened.
fn may_be_a_capture(path: &Path) -> bool {
    let looked = File::open(path).and_then(|file| {
        let window = Window::peeking(Box::new(file));
        look(window, LOOKED_AT, &mut Facts::default())
    });
    looked.map_or(true, |(_, recognised)| matches!(recognised, Recognised::Capture(..)))
}

/// How many bytes are decompressed at most to look for a capture: more than four records of ERF can have.
const LOOKED_AT: u64 = 512 * 1024;
