//! The bytes of a file that somebody still writes.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::notice::{Notice, What};
use super::outlet::Outlet;
use super::watch::Watch;

/// The bytes of a file that somebody still writes. At its end it waits for more, and ends only when it is told to stop, or
/// when no more can come.
pub(super) struct Growing {
    file: File,
    path: PathBuf,
    name: String,
    read: u64,
    watch: Watch,
    outlet: Outlet,
    /// Whether no more comes, though the file stays as it is.
    is_over: Box<dyn FnMut() -> bool + Send>,
    /// Whether it was told that there is no file of this name any more.
    told_gone: bool,
    /// Whether it was told that there is no capture in it.
    told_empty: bool,
    ending: WhyEnded,
    /// How the file begins: where it begins otherwise, another capture was written over it.
    head: Vec<u8>,
}

/// Why the bytes of a file ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Whoever follows wants no more.
    Stopped,
    /// It became shorter than what was read.
    Truncated,
    /// Its name belongs to another file.
    Replaced,
    /// No more comes, as whoever opened it said.
    Over,
}

/// Why the bytes of a file ended, for whoever opened it. Nothing where they did not.
#[derive(Clone, Default)]
pub(super) struct WhyEnded(Arc<Mutex<Option<Ending>>>);

impl WhyEnded {
    /// Why they ended; once.
    pub(super) fn take(&self) -> Option<Ending> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn is_set(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn set(&self, ending: Ending) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(ending);
    }
}

impl Growing {
    /// The bytes of the file at `path`, from its start. `is_over` is asked at its end whether no more comes; what came
    /// until then is read.
    pub(super) fn open(
        path: &Path,
        watch: Watch,
        outlet: Outlet,
        is_over: Box<dyn FnMut() -> bool + Send>,
    ) -> io::Result<(Self, WhyEnded)> {
        let ending = WhyEnded::default();
        let growing = Self {
            file: File::open(path)?,
            path: path.to_owned(),
            name: path.display().to_string(),
            read: 0,
            watch,
            outlet,
            is_over,
            told_gone: false,
            told_empty: false,
            ending: ending.clone(),
            head: Vec::new(),
        };
        Ok((growing, ending))
    }

    /// The same, without a word where there is no capture in it yet.
    pub(super) fn patient(self) -> Self {
        Self { told_empty: true, ..self }
    }

    /// Reads what is there now; 0 where that is nothing, or what is there is not the rest of what was read.
    fn read_now(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(into)?;
        if read > 0 && self.is_written_over()? {
            self.ending.set(Ending::Truncated);
            return Ok(0);
        }
        self.read += read as u64;
        Ok(read)
    }

    /// Whether the file begins otherwise than it did: a ring that writes over its own files does not always leave them short
    /// for long enough to be seen.
    fn is_written_over(&mut self) -> io::Result<bool> {
        let mut room = [0; HEAD_BYTES];
        let there = read_at_start(&self.file, &mut room)?;
        let now = room.get(..there).unwrap_or_default();
        let is_same = now.starts_with(&self.head);
        if is_same && self.head.len() < now.len() {
            self.head = now.to_vec();
        }
        Ok(!is_same)
    }

    /// Why no more comes, where none does.
    fn ended(&mut self) -> io::Result<Option<Ending>> {
        if self.outlet.is_stopped() {
            return Ok(Some(Ending::Stopped));
        }
        let own = self.file.metadata()?;
        if own.len() < self.read {
            return Ok(Some(Ending::Truncated));
        }
        if (self.is_over)() {
            return Ok(Some(Ending::Over));
        }
        let named = fs::metadata(&self.path);
        let is_gone = named.is_err();
        if is_gone != self.told_gone {
            self.told_gone = is_gone;
            self.tell(if is_gone { What::Gone } else { What::Back });
        }
        Ok(named.is_ok_and(|named| identity(&named) != identity(&own)).then_some(Ending::Replaced))
    }

    fn tell(&self, what: What) {
        self.outlet.notice(Notice { name: self.name.clone(), what });
    }
}

impl Read for Growing {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = if self.outlet.has_enough() { 0 } else { self.read_now(into)? };
            if read > 0 {
                return Ok(read);
            }
            if self.ending.is_set() {
                return Ok(0);
            }
            if let Some(ending) = self.ended()? {
                // What was written between the last look and the change.
                let is_whole = matches!(ending, Ending::Replaced | Ending::Over);
                let rest = if is_whole { self.read_now(into)? } else { 0 };
                if rest == 0 {
                    self.ending.set(ending);
                }
                return Ok(rest);
            }
            if !self.outlet.is_recognised() && !std::mem::replace(&mut self.told_empty, true) {
                self.tell(What::NoCaptureYet(self.read));
            }
            self.outlet.dry(None);
            self.watch.wait();
        }
    }
}

/// What is equal for two names of one file: its number, and when it was made, since numbers are given again.
#[cfg(unix)]
pub(super) type Identity = (u64, u64, Option<std::time::SystemTime>);

/// What is equal for two names of one file, as far as that is told.
#[cfg(not(unix))]
pub(super) type Identity = Option<std::time::SystemTime>;

/// Which file this is.
#[cfg(unix)]
pub(super) fn identity(metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino(), metadata.created().ok())
}

/// Which file this is.
#[cfg(not(unix))]
pub(super) fn identity(metadata: &Metadata) -> Identity {
    metadata.created().ok()
}

/// Reads the first bytes of a file, wherever reading has come to; how many there are.
#[cfg(unix)]
fn read_at_start(file: &File, into: &mut [u8]) -> io::Result<usize> {
    use std::os::unix::fs::FileExt;
    file.read_at(into, 0)
}

/// Nothing: here it cannot be read without moving on.
#[cfg(not(unix))]
fn read_at_start(_: &File, _: &mut [u8]) -> io::Result<usize> {
    Ok(0)
}

/// How many bytes tell one capture from the next in its place: enough for the first packet's time.
const HEAD_BYTES: usize = 512;
