//! A capture in a file or a pipe.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::erf::Erf;
use super::error::Error;
use super::facts::Facts;
use super::format::Format;
use super::frame::Frame;
use super::look::{header_cut, look, not_a_capture};
use super::pcap::Pcap;
use super::pcapng;
use super::recognise::Recognised;
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
    /// How many bytes are decompressed of an input, unless something else is said: 16 GiB.
    pub const MAX_DECOMPRESSED: u64 = 16 << 30;

    /// Opens the file at `path`, whatever its name says it is.
    ///
    /// # Errors
    ///
    /// When it cannot be opened or read, or is no capture of a kind that is read here, compressed or not.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::open_bounded(path, Self::MAX_DECOMPRESSED)
    }

    /// The same, with at most `max_decompressed` bytes decompressed where it is compressed.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub fn open_bounded(path: &Path, max_decompressed: u64) -> Result<Self, Error> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| Error::open(&name, error))?;
        Self::read_bounded(&name, Box::new(file), max_decompressed)
    }

    /// Reads a capture from `input`, which is called `name` in facts and errors; it need not be seekable.
    ///
    /// # Errors
    ///
    /// When it cannot be read or is no capture of a kind that is read here, compressed or not.
    pub fn read_from(name: &str, input: Box<dyn Read + Send>) -> Result<Self, Error> {
        Self::read_bounded(name, input, Self::MAX_DECOMPRESSED)
    }

    /// The same, with at most `max_decompressed` bytes decompressed where it is compressed.
    ///
    /// # Errors
    ///
    /// As [`Self::read_from`].
    pub fn read_bounded(
        name: &str,
        input: Box<dyn Read + Send>,
        max_decompressed: u64,
    ) -> Result<Self, Error> {
        let mut facts = Facts::named(name);
        let (mut window, recognised) = look(Window::new(input), max_decompressed, &mut facts)
            .map_err(|source| Error::Read { name: name.to_owned(), offset: 0, source })?;
        let container = Container::open(recognised, &mut window, &mut facts)?;
        Ok(Self { window, container, facts, head: Record::default(), failed: false })
    }

    /// What is known of the capture, when it is read no further.
    pub fn into_facts(mut self) -> Facts {
        self.end();
        self.facts
    }

    /// Bytes read of the input so far, as it is stored.
    pub fn bytes_read(&self) -> u64 {
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
        loop {
            let Self { window, facts, head, .. } = self;
            let next = match &mut self.container {
                Container::Pcap(records) => records.next(window, facts, head),
                Container::Pcapng(blocks) => blocks.next(window, facts, head),
                Container::Snoop(records) => records.next(window, facts, head),
                Container::Erf(records) => records.next(window, facts, head),
            };
            match next {
                Ok(true) => {
                    self.facts.count(&self.head);
                    return Ok(Some(self.head.time));
                }
                Ok(false) => match self.pass_gap() {
                    Ok(true) => {}
                    Ok(false) => {
                        self.end();
                        return Ok(None);
                    }
                    Err(error) => return Err(self.fail(error)),
                },
                Err(error) => return Err(self.fail(error)),
            }
        }
    }

    /// Goes on behind a place that could not be decompressed; `false` at the end of the capture.
    #[cold]
    fn pass_gap(&mut self) -> io::Result<bool> {
        let Self { window, facts, .. } = self;
        if !window.pass_gap() {
            return Ok(false);
        }
        match &mut self.container {
            Container::Pcap(records) => records.resume(window, facts)?,
            Container::Pcapng(blocks) => blocks.resume(window, facts)?,
            Container::Snoop(records) => records.resume(window, facts)?,
            Container::Erf(records) => records.resume(window, facts)?,
        }
        Ok(true)
    }

    /// Nothing more is read.
    #[cold]
    fn end(&mut self) {
        self.facts.bytes_read = self.window.bytes_read();
        self.facts.damage.append(self.window.take_damage());
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
        self.end();
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
    /// Begins to read what is `recognised` at the front of `window`.
    fn open(recognised: Recognised, window: &mut Window, facts: &mut Facts) -> Result<Self, Error> {
        let Recognised::Capture(format, order) = recognised else {
            return Err(not_a_capture(recognised, window, facts));
        };
        facts.format = Some(format);
        let opened = match format {
            Format::Pcap => Pcap::open(order, window, facts).map(|opened| opened.map(Self::Pcap)),
            Format::Pcapng => Ok(Some(Self::Pcapng(pcapng::Blocks::new(order)))),
            Format::Snoop => Snoop::open(window, facts).map(|opened| opened.map(Self::Snoop)),
            Format::Erf => Ok(Some(Self::Erf(Erf::open()))),
        };
        match opened {
            Ok(Some(container)) => Ok(container),
            Ok(None) => Err(header_cut(window, facts)),
            Err(source) => Err(Error::Read { name: facts.name.clone(), offset: 0, source }),
        }
    }
}
