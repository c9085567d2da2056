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
use super::reading::{Ending, Passed, Positioned, Stretch, Walker};
use super::recognise::Recognised;
use super::record::Record;
use super::records::Records;
use super::skim::Skim;
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
    /// Whether that is to be given once more.
    peeked: bool,
    failed: bool,
    /// Bytes of the file, where it is one.
    length: Option<u64>,
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
        match file.metadata() {
            Ok(metadata) if metadata.is_file() => {
                let window = Window::positioned(Positioned::new(file));
                Ok(Self {
                    length: Some(metadata.len()),
                    ..Self::read_window(&name, window, max_decompressed)?
                })
            }
            _ => Self::read_bounded(&name, Box::new(file), max_decompressed),
        }
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
        Self::read_window(name, Window::new(input), max_decompressed)
    }

    fn read_window(name: &str, window: Window, max_decompressed: u64) -> Result<Self, Error> {
        let mut facts = Facts::named(name);
        let (mut window, recognised) = look(window, max_decompressed, &mut facts)
            .map_err(|source| Error::Read { name: name.to_owned(), offset: 0, source })?;
        let container = Container::open(recognised, &mut window, &mut facts)?;
        Ok(Self {
            window,
            container,
            facts,
            head: Record::default(),
            peeked: false,
            failed: false,
            length: None,
        })
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

    /// The time of the next frame, which stays that.
    pub(super) fn peek(&mut self) -> Result<Option<Timestamp>, Error> {
        let time = self.advance()?;
        self.peeked = time.is_some();
        Ok(time)
    }

    /// Reads frames into `stretch` until it is full, or the next one begins at or behind `until`: at least one, unless there
    /// is none. Of a stream that is not compressed it takes what came by one read, so that nothing waits for more to come.
    /// What follows, where that are no frames.
    pub(super) fn fill<S: Skim>(
        &mut self,
        skim: &mut S,
        stretch: &mut Stretch<S::Note>,
        until: u64,
    ) -> Option<Ending> {
        stretch.begin(skim.begin());
        let ending = self.fill_on(skim, stretch, until);
        stretch.refers_to(skim.terms());
        ending
    }

    /// Reads frames into a stretch that was begun.
    fn fill_on<S: Skim>(
        &mut self,
        skim: &mut S,
        stretch: &mut Stretch<S::Note>,
        until: u64,
    ) -> Option<Ending> {
        let is_stream = self.length.is_none() && self.facts.compression.is_none();
        let mut reads = None;
        loop {
            match self.advance() {
                Ok(Some(_)) => {}
                Ok(None) => return Some(Ending::Whole),
                Err(error) => return Some(Ending::Failed(error)),
            }
            let frame = self.head.lend(&self.window);
            stretch.copy(&frame, skim.skim(&frame));
            let is_read_again = *reads.get_or_insert(self.window.reads()) != self.window.reads();
            if is_read_again && is_stream || self.position() >= until || stretch.is_full() {
                return None;
            }
        }
    }

    /// Where the record behind the one given last begins.
    pub(super) fn position(&self) -> u64 {
        let given = match &self.container {
            Container::Pcap(records) => records.given(),
            Container::Pcapng(blocks) => blocks.given(),
            Container::Snoop(records) => records.given(),
            Container::Erf(records) => records.given(),
        };
        self.window.offset() + given as u64
    }

    /// How to walk over its records from where it stands, where that can be done from anywhere.
    pub(super) fn walker(&self) -> Option<Walker> {
        match &self.container {
            Container::Pcap(records) => Some(Walker::Pcap(records.layout().walk())),
            Container::Pcapng(blocks) => Some(Walker::Pcapng(blocks.walk())),
            Container::Snoop(_) | Container::Erf(_) => None,
        }
    }

    /// How often what all records have in common has changed: another walk goes with each.
    pub(super) fn walkers(&self) -> u32 {
        match &self.container {
            Container::Pcap(records) => records.layout().eras(),
            Container::Pcapng(blocks) => blocks.eras(),
            Container::Snoop(_) | Container::Erf(_) => 0,
        }
    }

    /// Takes records as read that were walked over from [`Self::position`] on, unless reading would not have given them:
    /// whether it would.
    pub(super) fn pass(&mut self, passed: &Passed) -> bool {
        let window = &mut self.window;
        let is_passed = match &mut self.container {
            Container::Pcap(records) => records.pass(passed, window),
            Container::Pcapng(blocks) => {
                blocks.pass(passed, window);
                true
            }
            Container::Snoop(_) | Container::Erf(_) => false,
        };
        if is_passed {
            self.facts.count_all(passed, self.last_number() - passed.records + 1);
        }
        is_passed
    }

    /// The number of the frame given last.
    pub(super) fn last_number(&self) -> u64 {
        match &self.container {
            Container::Pcap(records) => records.number(),
            Container::Pcapng(blocks) => blocks.number(),
            Container::Snoop(records) => records.number(),
            Container::Erf(records) => records.number(),
        }
    }

    /// The file it is, as it is stored, where that can be read at any place.
    pub(super) fn positioned(&self) -> Option<Positioned> {
        self.window.file()
    }

    /// Whether it is so short a file that reading it ahead is not worth another thread.
    pub(super) fn is_short(&self) -> bool {
        self.length.is_some_and(|length| length < SHORT)
    }

    /// Goes to the next frame, and counts it; its time.
    #[inline]
    pub(super) fn advance(&mut self) -> Result<Option<Timestamp>, Error> {
        if self.peeked {
            self.peeked = false;
            return Ok(Some(self.head.time));
        }
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

/// A file with fewer bytes is short.
const SHORT: u64 = 1024 * 1024;
