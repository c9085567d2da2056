//! The file that results go to while an analysis runs.

mod rows;

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rows::{Rows, Sink};

use crate::capture::in_words;

/// A file of rows that survives an end at any moment up to the last whole row, and a full disk.
///
/// What is written is held until it is flushed, and then handed to the system at once: flush after each event, at the end
/// of a row. Writing and flushing never fail: rows that cannot be written are dropped and counted, half a row is taken
/// away again, and [`Self::notices`] says what there is to say.
pub struct Output {
    path: PathBuf,
    rows: Rows<File>,
    /// Why it could not be opened again, where that is not told yet.
    not_reopened: Option<io::Error>,
}

impl Output {
    /// Begins the file at `path`, over what it held. `header` is written wherever the file is empty before a row, so
    /// also after [`Self::reopen`]; it ends with its line end, or is empty.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened for writing.
    pub fn create(path: &Path, header: &str) -> io::Result<Self> {
        let mut file = open(path)?;
        if file.length().is_some() {
            file.cut(0)?;
        }
        Ok(Self { path: path.to_owned(), rows: Rows::new(file, header), not_reopened: None })
    }

    /// Opens the same path again, after a log rotator has moved the file there to another name, and appends to what is
    /// there now. Whether that is nothing, so that the table begins anew.
    ///
    /// Where it cannot be opened, rows go where they went before.
    pub fn reopen(&mut self) -> bool {
        self.rows.commit();
        match open(&self.path) {
            Ok(file) => self.rows.replace(file),
            Err(error) => {
                self.not_reopened = Some(error);
                false
            }
        }
    }

    /// How many rows were not written, of all.
    pub const fn lost_rows(&self) -> u64 {
        self.rows.lost()
    }

    /// What is to be said on standard error since the last call, one line each. The path is in it as it was given.
    pub fn notices(&mut self) -> Vec<String> {
        let path = self.path.display();
        let not_reopened = self.not_reopened.take().map(|error| {
            let why = in_words(&error);
            format!("{path}: cannot be opened again: {why}; rows go to the file that was open before")
        });
        let notices = self.rows.notices().into_iter().map(|notice| format!("{path}: {notice}"));
        not_reopened.into_iter().chain(notices).collect()
    }

    /// Writes out what is still held. What is left to be said.
    pub fn finish(mut self) -> Vec<String> {
        self.rows.commit();
        self.rows.end();
        self.notices()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rows.hold(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.rows.commit();
        Ok(())
    }
}

/// Opens a file to append to it, which is made where it is missing.
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}
