//! The files of a ring buffer, as `tcpdump -C`, `-G` and `-W` and `dumpcap -b` write them, in the order of time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::growing::{Identity, identity};
use super::notice::{Notice, What};
use super::now;
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
    /// A directory whose files do not count.
    except: Option<PathBuf>,
    max_decompressed: u64,
    looked_at: BTreeMap<PathBuf, Looked>,
    read: BTreeMap<PathBuf, Read>,
    /// Those that were not read, as of the last scan, the one that begins first in front.
    unread: VecDeque<(Timestamp, PathBuf)>,
    /// When the directory was scanned last, and for how long it need not be.
    scanned: Option<(Instant, Duration)>,
    /// Files of which something was told.
    told: BTreeSet<PathBuf>,
}

/// What a look at a file showed, as long as it does not change.
struct Looked {
    identity: Identity,
    length: u64,
    modified: Option<SystemTime>,
    first: Option<Timestamp>,
}

/// A file that was read.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Read {
    identity: Identity,
    first: Timestamp,
    /// How long it was when it was left for the next one; none while it is read.
    left_at: Option<u64>,
}

impl Ring {
    /// The ring at `place`, of which nothing was read. Files in the directory `except` are none of it.
    pub(super) const fn new(place: Place, except: Option<PathBuf>, max_decompressed: u64) -> Self {
        Self {
            place,
            except,
            max_decompressed,
            looked_at: BTreeMap::new(),
            read: BTreeMap::new(),
            unread: VecDeque::new(),
            scanned: None,
            told: BTreeSet::new(),
        }
    }

    /// The next file to read: of those that were not, the one that begins first. One that begins before `reached`, where what
    /// was read has come to, is none of this ring, or too late.
    pub(super) fn next(&mut self, reached: Option<Timestamp>, out: &mut Vec<Notice>) -> Option<PathBuf> {
        let has_next = self.has_next(reached, out);
        self.unread.pop_front().filter(|_| has_next).map(|(_, path)| path)
    }

    /// Whether there is a next file, which is the one in front then.
    pub(super) fn has_next(&mut self, reached: Option<Timestamp>, out: &mut Vec<Notice>) -> bool {
        if self.unread.is_empty() {
            self.scan(out);
        }
        while let Some((first, path)) = self.unread.front().cloned() {
            // It may be gone meanwhile, or another one.
            let is_same = self.look(&path, out).is_some_and(|(_, now)| now == first);
            if is_same && reached.is_none_or(|reached| first >= reached.minus(OVERLAP)) {
                return true;
            }
            if is_same {
                self.tell(&path, What::PassedOver, out);
            }
            self.unread.pop_front();
        }
        false
    }

    /// The file at `path` is about to be read.
    pub(super) fn begin(&mut self, path: &Path) {
        if let Some(&Looked { identity, first: Some(first), .. }) = self.looked_at.get(path) {
            self.read.insert(path.to_owned(), Read { identity, first, left_at: None });
        }
    }

    /// The file at `path` was read as far as it went.
    pub(super) fn leave(&mut self, path: &Path) {
        let length = fs::metadata(path).map_or(u64::MAX, |metadata| metadata.len());
        if let Some(read) = self.read.get_mut(path) {
            read.left_at = Some(length);
        }
    }

    /// Finds the files that were not read, unless that was done just now.
    fn scan(&mut self, out: &mut Vec<Notice>) {
        let begun = now();
        if self.scanned.is_some_and(|(when, pause)| begun.duration_since(when) < pause) {
            return;
        }
        let paths = self.paths();
        self.forget(&paths);
        let mut unread: Vec<(Timestamp, PathBuf)> = Vec::new();
        for path in paths {
            let reading = self.read.get(&path).is_some_and(|read| read.left_at.is_none());
            if reading
                || self.told.contains(&path) && self.looked_at.contains_key(&path) && !self.is_new(&path)
            {
                continue;
            }
            let Some((identity, first)) = self.look(&path, out) else { continue };
            match self.read.get(&path) {
                Some(read) if (read.identity, read.first) == (identity, first) => {
                    self.notice_growth(&path, out);
                }
                _ if self.is_compressed_copy(&path, first) => {}
                _ => unread.push((first, path)),
            }
        }
        unread.sort_unstable();
        self.unread = unread.into();
        let took = now().duration_since(begun);
        self.scanned = Some((now(), (took * 10).max(SCAN_EVERY)));
    }

    /// Whether a file that was passed over is another one now.
    fn is_new(&self, path: &Path) -> bool {
        let Some(known) = self.looked_at.get(path) else { return true };
        fs::metadata(path).is_ok_and(|metadata| identity(&metadata) != known.identity)
    }

    /// Tells, once, that a file has grown after it was left.
    fn notice_growth(&mut self, path: &Path, out: &mut Vec<Notice>) {
        let length = self.looked_at.get(path).map_or(0, |looked| looked.length);
        let left_at = self.read.get(path).and_then(|read| read.left_at);
        if left_at.is_some_and(|left_at| length > left_at) {
            self.tell(path, What::Grew, out);
        }
    }

    fn tell(&mut self, path: &Path, what: What, out: &mut Vec<Notice>) {
        if self.told.len() < GONE && self.told.insert(path.to_owned()) {
            out.push(Notice { name: path.display().to_string(), what });
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
        if let Some(except) = &self.except {
            let is_there = |path: &PathBuf| {
                path.parent().and_then(|parent| fs::canonicalize(parent).ok()).as_ref() == Some(except)
            };
            paths.retain(|path| !is_there(path));
        }
        paths.sort_unstable();
        paths
    }

    /// Forgets files that are no more, but for the last that were read: a copy of them may still appear.
    fn forget(&mut self, paths: &[PathBuf]) {
        let is_there = |path: &PathBuf| paths.binary_search(path).is_ok();
        self.looked_at.retain(|path, _| is_there(path));
        self.told.retain(is_there);
        let gone = self.read.len().saturating_sub(paths.len());
        if gone > GONE {
            let mut ages: Vec<Timestamp> = self.read.values().map(|read| read.first).collect();
            ages.sort_unstable();
            let oldest = ages.get(gone - GONE / 2).copied().unwrap_or(Timestamp::MIN);
            self.read.retain(|path, read| is_there(path) || read.first >= oldest);
        }
    }

    /// What a file is and when its first frame was captured; none where it has none yet, or is no capture.
    fn look(&mut self, path: &Path, out: &mut Vec<Notice>) -> Option<(Identity, Timestamp)> {
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
            // It may be readable the next time.
            Err(error @ (Error::Open { .. } | Error::Denied { .. })) => {
                self.tell(path, What::Unreadable(error), out);
                return None;
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
        is_compressed && self.read.get(&path.with_extension("")).is_some_and(|read| read.first == first)
    }
}

/// By how much a file may begin before the one ahead of it ends: what frames may be out of order.
const OVERLAP: Duration = Duration::from_secs(1);
/// How often the directory is scanned at most.
const SCAN_EVERY: Duration = Duration::from_millis(100);
/// How many files are remembered that were read and are no more.
const GONE: usize = 1000;
