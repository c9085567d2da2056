//! Follows the files of a ring, one after the other.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::LiveOptions;
use super::growing::{Ending, Growing};
use super::notice::{Notice, What};
use super::outlet::Outlet;
use super::reader::read;
use super::ring::{Place, Ring};
use super::watch::Watch;

/// The files of a ring that is followed.
pub(super) struct RingFiles {
    ring: Arc<Mutex<Ring>>,
    /// What changes when a file is added.
    directory: PathBuf,
    name: String,
    max_decompressed: u64,
    outlet: Outlet,
}

impl RingFiles {
    /// The files at `place`, read in this way.
    pub(super) fn new(place: Place, options: LiveOptions, outlet: Outlet) -> Self {
        let (directory, name) = match &place {
            Place::Directory(directory) => (directory.clone(), directory.display().to_string()),
            Place::Pattern(pattern) => (fixed_part(pattern), pattern.clone()),
        };
        let LiveOptions { max_decompressed, except, .. } = options;
        let ring = Arc::new(Mutex::new(Ring::new(place, except, max_decompressed)));
        Self { ring, directory, name, max_decompressed, outlet }
    }

    /// Follows them until it is told to stop.
    pub(super) fn follow(&self) {
        let mut told_empty = false;
        let mut watch = Watch::over(&self.directory);
        if let Some(why) = watch.refused.take() {
            self.tell(&self.name, What::Polling(why));
        }
        while !self.outlet.is_stopped() {
            if let Some(path) = self.next() {
                told_empty = true;
                self.read(&path);
                continue;
            }
            if !std::mem::replace(&mut told_empty, true) {
                self.tell(&self.name, What::NoFilesYet);
            }
            self.outlet.dry(None);
            watch.wait();
        }
    }

    /// The next file, when it is there.
    fn next(&self) -> Option<PathBuf> {
        let mut notices = Vec::new();
        let next = lock(&self.ring).next(self.outlet.latest(), &mut notices);
        for notice in notices {
            self.outlet.notice(notice);
        }
        next
    }

    /// Reads one file until the next one is there.
    fn read(&self, path: &Path) {
        let name = path.display().to_string();
        lock(&self.ring).begin(path);
        let (ring, outlet) = (Arc::clone(&self.ring), self.outlet.clone());
        let is_over = move || {
            let mut notices = Vec::new();
            let is_over = lock(&ring).has_next(outlet.latest(), &mut notices);
            for notice in notices {
                outlet.notice(notice);
            }
            is_over
        };
        let watch = Watch::over(&self.directory);
        // One that was removed meanwhile is not there to be read.
        let Ok((growing, ending)) = Growing::open(path, watch, self.outlet.clone(), Box::new(is_over)) else {
            return self.tell(&name, What::Overtaken);
        };
        let outcome = read(&name, Box::new(growing), self.max_decompressed, &self.outlet);
        lock(&self.ring).leave(path);
        match (outcome, ending.take()) {
            (Err(error), None) => self.tell(&name, What::Unreadable(error)),
            (_, Some(Ending::Truncated)) => self.tell(&name, What::Overtaken),
            _ => {}
        }
    }

    fn tell(&self, name: &str, what: What) {
        self.outlet.notice(Notice { name: name.to_owned(), what });
    }
}

/// The directory in which all that a pattern matches stands, or the innermost that is certain.
pub(super) fn fixed_part(pattern: &str) -> PathBuf {
    let fixed = pattern.split(['*', '?', '[']).next().unwrap_or_default();
    match fixed.rsplit_once('/') {
        Some(("", _)) => "/".into(),
        Some((directory, _)) => directory.into(),
        None => ".".into(),
    }
}

/// Only one thread looks at a ring, so nobody waits here.
fn lock(ring: &Mutex<Ring>) -> MutexGuard<'_, Ring> {
    ring.lock().unwrap_or_else(PoisonError::into_inner)
}
