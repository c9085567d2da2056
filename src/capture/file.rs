//! A capture in a file or a pipe.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::erf::Erf;
use super::error::Error;
use super::facts::Facts;
use super::format::Format;
use super::frame::Frame;
use super::pcap::Pcap;
use super::pcapng;
use super::recognise::{RECOGNISED_BY, Recognised, SECTION_HEADER, recognise};
use super::record::Record;
use super::records::Records;
use super::snoop::Snoop;
use super::source::Source;
use super::window::Window;
use crate::time::Timestamp;

/// A capture in a file or a pipe, read from front to back.
pub struct CaptureFile {
    window: Window,
    container: Container,
    facts: Facts,
    /// The record given last.
    head: Record,
    failed: bool,
}

enum Container {
    Pcap(Records<Pcap>),
    Pcapng(pcapng::Blocks),
    Snoop(Records<Snoop>),
    Erf(Records<Erf>),
}

impl CaptureFile {
    /// Opens the file at `path`, whatever its name says it is.
    ///
    /// # Errors
    ///
    /// When it cannot be opened or read, or is not a pcap or pcapng.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| Error::open(&name, error))?;
        Self::read_from(&name, Box::new(file))
    }

    /// Reads a capture from `input`, which is called `name` in facts and errors; it need not be seekable.
    ///
    /// # Errors
    ///
    /// When it cannot be read or is not a pcap or pcapng.
    pub fn read_from(name: &str, input: Box<dyn Read + Send>) -> Result<Self, Error> {
        let mut window = Window::new(input);
        let mut facts = Facts::named(name);
        let container = Container::open(name, &mut window, &mut facts)?;
        Ok(Self { window, container, facts, head: Record::default(), failed: false })
    }

    /// What is known of the capture, when it is read no further.
    pub fn into_facts(mut self) -> Facts {
        self.facts.bytes_read = self.window.bytes_read();
        self.facts
    }

    /// Bytes read of the input so far.
    pub const fn bytes_read(&self) -> u64 {
        self.window.bytes_read()
    }

    /// What is known of the capture so far.
    pub(super) const fn known(&self) -> &Facts {
        &self.facts
    }

    /// Goes to the next frame, and counts it; its time.
    #[inline]
    pub(super) fn advance(&mut self) -> Result<Option<Timestamp>, Error> {
        if self.failed {
            return Ok(None);
        }
        let next = match &mut self.container {
            Container::Pcap(records) => records.next(&mut self.window, &mut self.facts, &mut self.head),
            Container::Pcapng(blocks) => blocks.next(&mut self.window, &mut self.facts, &mut self.head),
            Container::Snoop(records) => records.next(&mut self.window, &mut self.facts, &mut self.head),
            Container::Erf(records) => records.next(&mut self.window, &mut self.facts, &mut self.head),
        };
        match next {
            Ok(true) => {
                self.facts.count(&self.head);
                Ok(Some(self.head.time))
            }
            Ok(false) => {
                self.facts.bytes_read = self.window.bytes_read();
                Ok(None)
            }
            Err(error) => Err(self.fail(error)),
        }
    }

    /// Lends the frame that [`Self::advance`] went to last.
    #[inline]
    pub(super) fn lend(&self) -> Frame<'_> {
        self.head.lend(&self.window)
    }

    /// The time of that frame.
    pub(super) const fn time(&self) -> Timestamp {
        self.head.time
    }

    #[cold]
    fn fail(&mut self, source: io::Error) -> Error {
        self.failed = true;
        self.facts.bytes_read = self.window.bytes_read();
        Error::Read { name: self.facts.name.clone(), offset: self.window.bytes_read(), source }
    }
}

impl Source for CaptureFile {
    #[inline]
    fn next_frame(&mut self) -> Result<Option<Frame<'_>>, Error> {
        Ok(self.advance()?.map(|_| self.lend()))
    }

    fn facts(&self) -> &Facts {
        &self.facts
    }
}

impl Container {
    fn open(name: &str, window: &mut Window, facts: &mut Facts) -> Result<Self, Error> {
        let read = |error| Error::Read { name: name.to_owned(), offset: 0, source: error };
        let recognised = recognise(window).map_err(read)?;
        let Recognised::Capture(format, order) = recognised else {
            return Err(not_a_capture(name, recognised, window.bytes()));
        };
        facts.format = Some(format);
        let opened = match format {
            Format::Pcap => Pcap::open(order, window, facts).map_err(read)?.map(Self::Pcap),
            Format::Pcapng => Some(Self::Pcapng(pcapng::Blocks::new(order))),
            Format::Snoop => Snoop::open(window, facts).map_err(read)?.map(Self::Snoop),
            Format::Erf => Some(Self::Erf(Erf::open())),
        };
        let length = window.bytes_read();
        opened.ok_or_else(|| Error::HeaderCut { name: name.to_owned(), length })
    }
}

/// Why an input that begins with `first` is not read.
fn not_a_capture(name: &str, recognised: Recognised, first: &[u8]) -> Error {
    let name = name.to_owned();
    match recognised {
        Recognised::Compressed(format) => Error::Compressed { name, format },
        Recognised::Foreign(format) => Error::Foreign { name, format },
        _ if first.is_empty() => Error::Empty { name },
        _ if first.len() < RECOGNISED_BY && first.starts_with(&SECTION_HEADER) => {
            Error::HeaderCut { name, length: first.len() as u64 }
        }
        _ => {
            let begins: Vec<_> = first.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
            Error::NotACapture { name, begins: begins.join(" ") }
        }
    }
}
