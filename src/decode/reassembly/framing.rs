//! The messages in one direction of a TCP stream: where each begins and ends (RFC 9329 §3, §4).
//!
//! ```text
//! "IKETCP"                                   once, by the stream's initiator
//! length (2)  0 0 0 0  IKE message           the length counts itself and all behind it
//! length (2)  SPI …    ESP packet
//! ```
//!
//! Bytes that were not captured are passed over as a hole, where the length of the message they lie in is known. Where it
//! is not, the next boundary must show by itself: a length, the marker, and an IKE message that fits it to the byte and
//! that nothing else could be.

use crate::wire::ike;
use crate::wire::nat_t::MARKER_LEN;
use crate::wire::tcp::PREFIX;

/// Reads the bytes of one direction in their order.
#[derive(Debug)]
pub(super) struct Framing {
    state: State,
    /// While it is lost: bytes that may begin a message, once more of them are there.
    recent: Vec<u8>,
}

/// Where in a stream it stands.
#[derive(Debug)]
enum State {
    /// In the prefix, of which so many bytes came.
    Prefix(usize),
    /// In a message, or before the next.
    Message(Message),
    /// Nowhere: no boundary was found yet.
    Lost,
}

/// A message, or its begin.
#[derive(Debug, Default)]
pub(super) struct Message {
    /// What was captured of it, the length included, up to the first hole.
    pub(super) bytes: Vec<u8>,
    /// How many bytes of it have come, holes included.
    pub(super) wire_len: usize,
}

/// What the bytes gave.
#[derive(Debug)]
pub(super) enum Given {
    /// A message.
    Message(Message),
    /// A length that is less than its own two bytes, which is this one.
    BadLength(usize),
    /// A hole hides where the next message begins.
    LostTrack,
}

impl Framing {
    /// A stream that begins with the prefix.
    pub(super) const fn with_prefix() -> Self {
        Self { state: State::Prefix(0), recent: Vec::new() }
    }

    /// A stream in which a message comes next.
    pub(super) fn at_boundary() -> Self {
        Self { state: State::Message(Message::default()), recent: Vec::new() }
    }

    /// A stream of which the begin is not known.
    pub(super) const fn lost() -> Self {
        Self { state: State::Lost, recent: Vec::new() }
    }

    /// Whether it is known where messages begin, the prefix having been seen or a message found.
    pub(super) const fn is_on_track(&self) -> bool {
        matches!(self.state, State::Message(_))
    }

    /// Whether a message has begun.
    pub(super) const fn is_within_message(&self) -> bool {
        matches!(&self.state, State::Message(message) if message.wire_len > 0)
    }

    /// How much memory it takes, in bytes.
    pub(super) const fn size(&self) -> usize {
        let begun = if let State::Message(message) = &self.state { message.bytes.len() } else { 0 };
        begun + self.recent.len()
    }

    /// Takes the bytes that come next. The cost is linear in them.
    pub(super) fn bytes(&mut self, bytes: &[u8], out: &mut Vec<Given>) {
        if self.recent.is_empty() {
            return self.read(bytes, out);
        }
        let mut all = std::mem::take(&mut self.recent);
        all.extend(bytes);
        self.read(&all, out);
    }

    fn read(&mut self, mut bytes: &[u8], out: &mut Vec<Given>) {
        while !bytes.is_empty() {
            let (next, rest) = match &mut self.state {
                State::Prefix(seen) => prefix(*seen, bytes),
                State::Message(message) => match message.fill(bytes, out) {
                    Ok(rest) => (None, rest),
                    Err(rest) => (Some(State::Lost), rest),
                },
                State::Lost => match find(bytes, out) {
                    Ok(rest) => (Some(State::Message(Message::default())), rest),
                    Err(recent) => {
                        self.recent = recent.to_vec();
                        return;
                    }
                },
            };
            if let Some(next) = next {
                self.state = next;
            }
            bytes = rest;
        }
    }

    /// Passes over bytes that were not captured.
    pub(super) fn hole(&mut self, length: usize, out: &mut Vec<Given>) {
        if length == 0 {
            return;
        }
        self.recent = Vec::new();
        let is_passed = match &mut self.state {
            State::Message(message) => message.pass(length, out),
            State::Prefix(_) | State::Lost => false,
        };
        if !is_passed {
            if self.is_on_track() {
                out.push(Given::LostTrack);
            }
            self.state = State::Lost;
        }
    }
}

/// Compares bytes with the prefix, of which `seen` were seen: where it stands then, and what follows them. Another begin
/// than the prefix is none.
fn prefix(seen: usize, bytes: &[u8]) -> (Option<State>, &[u8]) {
    let wanted = PREFIX.get(seen..).unwrap_or_default();
    let (now, rest) = bytes.split_at_checked(wanted.len().min(bytes.len())).unwrap_or((bytes, &[]));
    if !wanted.starts_with(now) {
        return (Some(State::Lost), bytes);
    }
    let is_whole = now.len() == wanted.len();
    let state = if is_whole { State::Message(Message::default()) } else { State::Prefix(seen + now.len()) };
    (Some(state), rest)
}

impl Message {
    /// How long the whole message is, once its length has come.
    fn length(&self) -> Option<usize> {
        self.bytes.first_chunk::<LENGTH>().map(|length| usize::from(u16::from_be_bytes(*length)))
    }

    /// Takes the bytes that belong to it, gives it where it is whole, and begins the next; what follows them, as an error
    /// where its length cannot be.
    fn fill<'a>(&mut self, bytes: &'a [u8], out: &mut Vec<Given>) -> Result<&'a [u8], &'a [u8]> {
        let missing = self.length().unwrap_or(LENGTH).saturating_sub(self.wire_len);
        let (now, rest) = bytes.split_at_checked(missing.min(bytes.len())).unwrap_or((bytes, &[]));
        if self.bytes.len() == self.wire_len {
            self.bytes.extend(now);
        }
        self.wire_len += now.len();
        match self.length() {
            Some(length) if length < LENGTH => {
                out.push(Given::BadLength(length));
                return Err(rest);
            }
            Some(length) if length == self.wire_len => out.push(Given::Message(std::mem::take(self))),
            _ => {}
        }
        Ok(rest)
    }

    /// Passes over bytes of it that were not captured; whether it is known where the next message begins.
    fn pass(&mut self, hole: usize, out: &mut Vec<Given>) -> bool {
        let Some(length) = self.length() else { return false };
        let missing = length.saturating_sub(self.wire_len);
        self.wire_len += hole.min(missing);
        if hole >= missing {
            out.push(Given::Message(std::mem::take(self)));
        }
        hole <= missing
    }
}

/// Looks for a boundary that nothing else could be; gives its message, and what follows it. As an error what may be one,
/// once more bytes are there.
fn find<'a>(mut bytes: &'a [u8], out: &mut Vec<Given>) -> Result<&'a [u8], &'a [u8]> {
    loop {
        match look(bytes) {
            Look::Nothing => bytes = bytes.get(1..).unwrap_or_default(),
            Look::TooFew => return Err(bytes),
            Look::Found(length) => {
                let (message, rest) = bytes.split_at_checked(length).unwrap_or((bytes, &[]));
                out.push(Given::Message(Message { bytes: message.to_vec(), wire_len: length }));
                return Ok(rest);
            }
        }
    }
}

/// What is at one place.
enum Look {
    /// No boundary.
    Nothing,
    /// It may be one, once more bytes are there.
    TooFew,
    /// A message of this length, the length included.
    Found(usize),
}

fn look(bytes: &[u8]) -> Look {
    let Some((&[high, low, marker @ ..], header)) = bytes.split_first_chunk::<{ LENGTH + MARKER_LEN }>()
    else {
        return Look::TooFew;
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    let Some(message) = length.checked_sub(LENGTH + MARKER_LEN).filter(|_| marker == [0; MARKER_LEN]) else {
        return Look::Nothing;
    };
    if message < ike::Header::LENGTH {
        return Look::Nothing;
    }
    let Some(clear) = header.get(..ike::Header::LENGTH) else { return Look::TooFew };
    if !ike::may_begin_ike(clear, message) {
        return Look::Nothing;
    }
    match header.split_at_checked(message) {
        None => Look::TooFew,
        Some((message, next)) if ike::is_unmistakable(message) && may_follow(next) => Look::Found(length),
        Some(_) => Look::Nothing,
    }
}

/// Whether what follows a message may be another, as far as it is there.
fn may_follow(next: &[u8]) -> bool {
    next.first_chunk::<LENGTH>().is_none_or(|length| usize::from(u16::from_be_bytes(*length)) > LENGTH)
}

/// Bytes of a message's length.
const LENGTH: usize = 2;
