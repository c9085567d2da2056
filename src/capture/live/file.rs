//! Follows a file by its name: while it grows, and when it is truncated or replaced.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use super::growing::{Ending, Growing, identity};
use super::notice::{Notice, What};
use super::outlet::Outlet;
use super::reader::read;
use super::watch::Watch;
use crate::capture::error::Error;

/// A file that is followed by its name.
pub(super) struct NamedFile {
    path: PathBuf,
    name: String,
    max_decompressed: u64,
    outlet: Outlet,
}

impl NamedFile {
    /// The file at `path`, of which at most `max_decompressed` bytes are decompressed where it is compressed.
    pub(super) fn new(path: &Path, max_decompressed: u64, outlet: Outlet) -> Self {
        Self { path: path.to_owned(), name: path.display().to_string(), max_decompressed, outlet }
    }

    /// Follows it until it is told to stop. The error where the first file of that name is no capture.
    pub(super) fn follow(&self) -> Result<(), Error> {
        let mut is_first = true;
        loop {
            if !is_first && self.outlet.is_stopped() {
                return Ok(());
            }
            let watch = Watch::over(&self.path);
            if let Some(why) = watch.refused.clone().filter(|_| is_first) {
                self.tell(What::Polling(why));
            }
            let opened = Growing::open(&self.path, watch, self.outlet.clone(), Box::new(|| false));
            let (growing, ending) = match opened.map_err(|error| Error::open(&self.name, error)) {
                Ok(opened) => opened,
                Err(error) if is_first => return Err(error),
                Err(error) => {
                    self.wait_for_permission(error);
                    continue;
                }
            };
            // Whoever empties a file is about to write it again.
            let growing = if is_first { growing } else { growing.patient() };
            let before = fs::metadata(&self.path).ok();
            let outcome = read(&self.name, Box::new(growing), self.max_decompressed, &self.outlet);
            let ending = ending.take();
            match (outcome, ending) {
                (Err(error), _)
                    if is_first && !matches!(ending, Some(Ending::Truncated | Ending::Replaced)) =>
                {
                    return Err(error);
                }
                (_, Some(Ending::Truncated)) => self.tell(What::Truncated),
                (_, Some(Ending::Replaced)) => self.tell(What::Replaced),
                (_, Some(Ending::Stopped | Ending::Over)) => return Ok(()),
                (Err(error), None) => {
                    self.tell(What::Unreadable(error));
                    self.wait_for_another(before.as_ref());
                }
                (Ok(()), None) => self.wait_for_another(before.as_ref()),
            }
            is_first = false;
        }
    }

    /// Waits until the file that stands there can be opened, or another one can.
    fn wait_for_permission(&self, error: Error) {
        if !matches!(error, Error::Missing { .. }) {
            self.tell(What::Unreadable(error));
        }
        let mut watch = Watch::over(&self.path);
        while fs::File::open(&self.path).is_err() && !self.outlet.is_stopped() {
            self.outlet.dry(None);
            watch.wait();
        }
    }

    /// Waits until another file stands there, or the one that is there was begun anew.
    fn wait_for_another(&self, before: Option<&Metadata>) {
        let Some(before) = before else { return };
        let mut watch = Watch::over(&self.path);
        let is_same = || {
            let now = fs::metadata(&self.path);
            now.map_or(true, |now| identity(&now) == identity(before) && now.len() >= before.len())
        };
        while is_same() && !self.outlet.is_stopped() {
            self.outlet.dry(None);
            watch.wait();
        }
    }

    fn tell(&self, what: What) {
        self.outlet.notice(Notice { name: self.name.clone(), what });
    }
}
