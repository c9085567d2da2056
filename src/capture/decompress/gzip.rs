//! gzip: member after member.
//!
//! ```text
//!  0       2         3       4      8       9     10
//! | 1f 8b | method | flags | time | extra | system | extra field, name, comment, CRC-16 … | deflate … | CRC-32 | size |
//! ```
//!
//! Zeros between members and behind the last one are padding. Source: RFC 1952; what the members hold: RFC 1951.

use std::io;

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::codec::{Codec, Step, give};
use super::source::Source;
use crate::capture::damage::Undecompressable;
use crate::capture::order::Order;

/// Undoes gzip.
pub(super) struct Gzip {
    inflate: Decompress,
    /// Checksum and size of what the member held so far.
    crc: Crc,
    /// Where the member begins.
    member: u64,
    /// Where the member before it begins, when its checksum is wrong: it may have ended elsewhere.
    doubtful: Option<u64>,
    state: State,
    /// What was decompressed to see whether a member begins, and how much of it was given.
    tried: Vec<u8>,
    given: usize,
    trials: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A member begins, or the input ends.
    Member,
    /// Deflated data.
    Data,
    /// The same, and they are wrong here.
    Broken,
    /// Checksum and size.
    Trailer,
}

/// What stands where a member may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Header {
    /// A header of so many bytes.
    Whole(usize),
    /// A header that the input's end cuts short.
    Cut,
    /// A header that cannot be.
    Wrong,
    /// Something else.
    None,
}

impl Gzip {
    pub(super) fn new() -> Self {
        Self {
            inflate: Decompress::new(false),
            crc: Crc::new(),
            member: 0,
            doubtful: None,
            state: State::Member,
            tried: Vec::new(),
            given: 0,
            trials: 0,
        }
    }

    /// Begins a member; the step where none begins.
    fn begin(&mut self, source: &mut Source) -> io::Result<Option<Step>> {
        while source.front()? == Some([0]) {
            source.advance(1);
        }
        self.member = source.offset();
        let step = match header(source)? {
            Header::Whole(bytes) => {
                source.advance(bytes);
                self.doubtful = None;
                self.begin_data();
                return Ok(None);
            }
            Header::None if source.bytes().is_empty() => Step::End,
            Header::Cut => Step::cut_off(source.end()),
            Header::Wrong => Step::broken(self.member, Undecompressable::Header),
            Header::None => Step::broken(self.member, Undecompressable::Foreign),
        };
        Ok(Some(step))
    }

    fn begin_data(&mut self) {
        self.inflate.reset(false);
        self.crc.reset();
        self.state = State::Data;
    }

    /// Inflates `input` to the front of `out`: bytes taken and given.
    fn inflate(&mut self, input: &[u8], out: &mut [u8]) -> (usize, usize) {
        let (taken, given) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(input, out, FlushDecompress::None);
        self.state = match status {
            Ok(Status::StreamEnd) => State::Trailer,
            Ok(Status::Ok | Status::BufError) => State::Data,
            Err(_) => State::Broken,
        };
        let since = |now: u64, before: u64| usize::try_from(now.saturating_sub(before)).unwrap_or_default();
        let taken = since(self.inflate.total_in(), taken);
        let given = since(self.inflate.total_out(), given);
        let inflated = out.get(..given).unwrap_or_default();
        self.crc.update(inflated);
        (taken, given)
    }

    /// Inflates on; the step where something is to be told.
    fn data(&mut self, source: &mut Source, out: &mut [u8]) -> io::Result<Option<Step>> {
        source.reach(1)?;
        let (taken, given) = self.inflate(source.bytes(), out);
        source.advance(taken);
        if given > 0 {
            return Ok(Some(Step::Given(given)));
        }
        let stands = taken == 0 && self.state == State::Data;
        if stands && !source.reach(source.bytes().len() + 1)? {
            return Ok(Some(Step::cut_off(source.end())));
        }
        Ok(None)
    }

    fn matches(&self, [c0, c1, c2, c3, s0, s1, s2, s3]: [u8; 8]) -> bool {
        let (crc, size) = (u32::from_le_bytes([c0, c1, c2, c3]), u32::from_le_bytes([s0, s1, s2, s3]));
        (crc, size) == (self.crc.sum(), self.crc.amount())
    }

    /// Whether a member begins here with a header of so many bytes: its first data, or all of them, can be inflated.
    /// Goes past what was tried, if so.
    fn try_member(&mut self, source: &mut Source, header: usize) -> io::Result<bool> {
        self.begin_data();
        let mut tried = vec![0; TRIED];
        let (mut at, mut filled) = (header, 0);
        while self.state == State::Data && filled < TRIED {
            source.reach(at + 1)?;
            let input = source.bytes().get(at..).unwrap_or_default();
            let (taken, given) = self.inflate(input, tried.get_mut(filled..).unwrap_or_default());
            at += taken;
            filled += given;
            if taken == 0 && given == 0 && !source.reach(source.bytes().len() + 1)? {
                break;
            }
        }
        let begins = match self.state {
            State::Data => filled > 0,
            State::Trailer => {
                source.reach(at + 8)?;
                let trailer = source.bytes().get(at..).and_then(|rest| rest.first_chunk());
                trailer.is_some_and(|trailer| self.matches(*trailer))
            }
            State::Member | State::Broken => false,
        };
        if begins {
            self.member = source.offset();
            source.advance(at);
            tried.truncate(filled);
            self.tried = tried;
            self.given = 0;
        }
        Ok(begins)
    }
}

impl Codec for Gzip {
    fn decode(&mut self, source: &mut Source, out: &mut [u8]) -> io::Result<Step> {
        loop {
            let tried = self.tried.get(self.given..).unwrap_or_default();
            if !tried.is_empty() {
                let given = give(tried, out);
                self.given += given;
                return Ok(Step::Given(given));
            }
            let step = match self.state {
                State::Member => self.begin(source)?,
                State::Data => self.data(source, out)?,
                State::Broken => Some(Step::broken(source.offset(), Undecompressable::Data)),
                State::Trailer => {
                    let Some(trailer) = source.front()? else { return Ok(Step::cut_off(source.end())) };
                    source.advance(trailer.len());
                    self.state = State::Member;
                    let matches = self.matches(trailer);
                    self.doubtful = Some(self.member).filter(|_| !matches);
                    (!matches).then(|| Step::checksum(source.offset()))
                }
            };
            if let Some(step) = step {
                return Ok(step);
            }
        }
    }

    fn resync(&mut self, source: &mut Source) -> io::Result<Option<u64>> {
        source.go_to(self.doubtful.take().unwrap_or(self.member) + 1);
        while self.trials < MOST_TRIALS && source.reach(1)? {
            let next = source.bytes().iter().position(|byte| *byte == MAGIC[0]);
            source.advance(next.unwrap_or(source.bytes().len()));
            if let Header::Whole(bytes) = header(source)? {
                self.trials += 1;
                if self.try_member(source, bytes)? {
                    return Ok(Some(self.member));
                }
            }
            source.advance(usize::from(next.is_some()));
        }
        Ok(None)
    }
}

/// What stands at the front of `source`.
fn header(source: &mut Source) -> io::Result<Header> {
    source.reach(FIXED_BYTES)?;
    let bytes = source.bytes();
    let begun = bytes.get(..MAGIC.len()).unwrap_or(bytes);
    if bytes.is_empty() || !MAGIC.starts_with(begun) {
        return Ok(Header::None);
    }
    let Some([_, _, method, flags, ..]) = bytes.first_chunk::<FIXED_BYTES>().copied() else {
        return Ok(Header::Cut);
    };
    if method != DEFLATE || flags & RESERVED != 0 {
        return Ok(Header::Wrong);
    }
    let mut at = FIXED_BYTES;
    if flags & EXTRA != 0 {
        source.reach(at + 2)?;
        let Some(length) = Order::Little.u16(source.bytes(), at) else { return Ok(Header::Cut) };
        at += 2 + usize::from(length);
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            at = match behind_text(source, at)? {
                Some(behind) if behind <= LONGEST => behind,
                Some(_) => return Ok(Header::Wrong),
                None => return Ok(Header::Cut),
            };
        }
    }
    at += if flags & HEADER_CRC == 0 { 0 } else { 2 };
    Ok(if source.reach(at)? { Header::Whole(at) } else { Header::Cut })
}

/// Where the text from `at` on ends, behind its zero byte or too far; `None` where the input ends inside it.
fn behind_text(source: &mut Source, mut at: usize) -> io::Result<Option<usize>> {
    while at <= LONGEST {
        if !source.reach(at + 1)? {
            return Ok(None);
        }
        at += 1;
        if source.bytes().get(at - 1) == Some(&0) {
            break;
        }
    }
    Ok(Some(at))
}

const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The only method there is.
const DEFLATE: u8 = 8;

/// Bytes of a header that are always there.
const FIXED_BYTES: usize = 10;

/// Most bytes of a header that is believed.
const LONGEST: usize = 128 * 1024;

const HEADER_CRC: u8 = 0x02;
const EXTRA: u8 = 0x04;
const NAME: u8 = 0x08;
const COMMENT: u8 = 0x10;
const RESERVED: u8 = 0xe0;

/// How many bytes are inflated to see whether a member begins; what is not deflated fails long before.
const TRIED: usize = 32 * 1024;

/// How often that is tried; more headers that lead nowhere are made to waste time.
const MOST_TRIALS: u32 = 1_000;
