//! The files of a ring buffer, as `tcpdump -C`, `-G` and `-W` and `dumpcap -b` write them, in the order of time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::growing::{Identity, identity};
use crate::capture::error::Error;
use crate::capture::file::CaptureFile;
use crate::time::Timestamp;

/// Where the files of a ring stand.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// In this directory, whatever their names.
    Directory(PathBuf),
    /// Where this pattern says.
    Pattern(String),
}

/// The files of a ring: which there are, and which were read.
///
/// A file is known by what it is and when its first frame was captured, not by its name: a ring writes over its own files.
pub(super) struct Ring {
    place: Place,
    looked_at: BTreeMap<PathBuf, Looked>,
    read: BTreeMap<PathBuf, (Identity, Timestamp)>,
    max_decompressed: u64,
    /// Files that could not be opened, which were told.
    refused: BTreeSet<PathBuf>,
}

/// What a look at a file showed, as long as it does not change.
struct Looked {
    identity: Identity,
    length: u64,
    modified: Option<SystemTime>,
    first: Option<Timestamp>,
}

impl Ring {
    /// The ring at `place`, of which nothing was read.
    pub(super) const fn new(place: Place, max_decompressed: u64) -> Self {
        Self {
            place,
            looked_at: BTreeMap::new(),
            read: BTreeMap::new(),
            max_decompressed,
            refused: BTreeSet::new(),
        }
    }

    /// The next file to read: of those that were not, the one that begins first. Files that cannot be opened go to `out`.
    pub(super) fn next(&mut self, out: &mut Vec<Error>) -> Option<PathBuf> {
        let paths = self.paths();
        self.forget(&paths);
        let mut next: Option<(Timestamp, &PathBuf)> = None;
        for path in &paths {
            let Some((identity, first)) = self.look(path, out) else { continue };
            let is_read =
                self.read.get(path) == Some(&(identity, first)) || self.is_compressed_copy(path, first);
            if !is_read && next.is_none_or(|next| (first, path) < next) {
                next = Some((first, path));
            }
        }
        next.map(|(_, path)| path.clone())
    }

    /// The file at `path` is about to be read.
    pub(super) fn begin(&mut self, path: &Path) {
        if let Some(Looked { identity, first: Some(first), .. }) = self.looked_at.get(path) {
            self.read.insert(path.to_owned(), (*identity, *first));
        }
    }

    /// The files that there are, in the order of their names.
    fn paths(&self) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = match &self.place {
            Place::Directory(directory) => {
                let entries = fs::read_dir(directory).into_iter().flatten().flatten();
                entries.map(|entry| entry.path()).collect()
            }
            Place::Pattern(pattern) => glob::glob(pattern).into_iter().flatten().flatten().collect(),
        };
        paths.sort_unstable();
        paths
    }

    /// Forgets files that are no more, but for the last that were read: a copy of them may still appear.
    fn forget(&mut self, paths: &[PathBuf]) {
        let is_there = |path: &PathBuf| paths.binary_search(path).is_ok();
        self.looked_at.retain(|path, _| is_there(path));
        self.refused.retain(is_there);
        let gone = self.read.len().saturating_sub(paths.len());
        if gone > GONE {
            let mut ages: Vec<Timestamp> = self.read.values().map(|(_, first)| *first).collect();
            ages.sort_unstable();
            let oldest = ages.get(gone - GONE / 2).copied().unwrap_or(Timestamp::MIN);
            self.read.retain(|path, (_, first)| is_there(path) || *first >= oldest);
        }
    }

    /// What a file is and when its first frame was captured; none where it has none yet, or is no capture.
    fn look(&mut self, path: &Path, out: &mut Vec<Error>) -> Option<(Identity, Timestamp)> {
        let metadata = fs::metadata(path).ok().filter(Metadata::is_file)?;
        let (identity, length, modified) = (identity(&metadata), metadata.len(), metadata.modified().ok());
        let known = self
            .looked_at
            .get(path)
            .filter(|known| (known.identity, known.length, known.modified) == (identity, length, modified));
        if let Some(known) = known {
            return known.first.map(|first| (identity, first));
        }
        let first = match self.first_time(path) {
            Ok(first) => first,
            Err(error @ (Error::Open { .. } | Error::Denied { .. })) => {
                if self.refused.insert(path.to_owned()) {
                    out.push(error);
                }
                None
            }
            Err(_) => None,
        };
        self.looked_at.insert(path.to_owned(), Looked { identity, length, modified, first });
        first.map(|first| (identity, first))
    }

    fn first_time(&self, path: &Path) -> Result<Option<Timestamp>, Error> {
        CaptureFile::open_bounded(path, self.max_decompressed)?.advance()
    }

    /// Whether a file is what `tcpdump -z gzip` makes of one that was read: the same with an ending more.
    fn is_compressed_copy(&self, path: &Path, first: Timestamp) -> bool {
        let is_compressed = path.extension().is_some_and(|ending| {
            ["gz", "zst", "lz4", "xz"].iter().any(|known| ending.eq_ignore_ascii_case(known))
        });
        is_compressed && self.read.get(&path.with_extension("")).is_some_and(|(_, read)| *read == first)
    }
}

/// How many files are remembered that were read and are no more.
const GONE: usize = 1000;
