//! The timeline as CSV in a file.

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

use crate::report::{TableFormat, TimelineEntry, TimelineTable};
use crate::time::Timestamp;

use super::output::Output;

/// The timeline as CSV in a file that survives whatever happens up to the last event.
pub(super) struct Rows {
    table: TimelineTable<Shared>,
    output: Shared,
}

/// A file that the table writes to and that can be opened again behind its back.
#[derive(Clone)]
struct Shared(Rc<RefCell<Output>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.borrow_mut().flush()
    }
}

impl Rows {
    /// Begins the file at `path`.
    ///
    /// # Errors
    ///
    /// When it cannot be opened for writing; with its path.
    pub(super) fn create(path: &Path) -> Result<Self, (&Path, io::Error)> {
        let named = |error| (path, error);
        let header = TimelineTable::<Vec<u8>>::header().map_err(named)?;
        let output = Output::create(path, &header).map_err(named)?;
        let output = Shared(Rc::new(RefCell::new(output)));
        let table = TimelineTable::rows(output.clone(), TableFormat::Csv);
        Ok(Self { table, output })
    }

    /// Writes an entry; `names` are those of the captures so far.
    pub(super) fn write(&mut self, entry: &TimelineEntry, names: &[String], start: Timestamp) {
        self.table.learn(names, start);
        // The file itself never fails: it tells what was lost.
        self.table.write(entry).and_then(|()| self.table.flush()).unwrap_or_default();
    }

    /// Opens the file again, after a log rotator has moved it.
    pub(super) fn reopen(&self) {
        self.output.0.borrow_mut().reopen();
    }

    /// What is to be said on standard error since the last call, one line each.
    pub(super) fn notices(&mut self) -> Vec<String> {
        self.output.0.borrow_mut().notices()
    }

    /// Writes out what is still held. What is left to be said.
    pub(super) fn finish(self) -> Vec<String> {
        let Self { table, output } = self;
        table.finish().unwrap_or_default();
        Rc::into_inner(output.0).map_or_else(Vec::new, |output| output.into_inner().finish())
    }
}
