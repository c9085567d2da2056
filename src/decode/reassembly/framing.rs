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
}

/// Where in a stream it stands.
#[derive(Debug)]
enum State {
    /// In the prefix, of which so many bytes came.
    Prefix(usize),
    /// In a message; of its bytes, the length included, those that were captured before any hole.
    Message(Message),
    /// Nowhere: bytes among which no boundary was found, those not searched yet.
    Lost(Vec<u8>),
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
        Self { state: State::Prefix(0) }
    }

    /// A stream in which a message comes next.
    pub(super) fn at_boundary() -> Self {
        Self { state: State::Message(Message::default()) }
    }

    /// A stream of which the begin is not known.
    pub(super) const fn lost() -> Self {
        Self { state: State::Lost(Vec::new()) }
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
        match &self.state {
            State::Prefix(_) => 0,
            State::Message(message) => message.bytes.len(),
            State::Lost(bytes) => bytes.len(),
        }
    }

    /// Takes the bytes that come next.
    pub(super) fn bytes(&mut self, mut bytes: &[u8], out: &mut Vec<Given>) {
        while !bytes.is_empty() {
            bytes = match &mut self.state {
                State::Prefix(seen) => prefix(seen, bytes).unwrap_or_else(|next| {
                    self.state = next;
                    bytes
                }),
                State::Message(message) => message.fill(bytes, out).unwrap_or_else(|rest| {
                    self.state = State::Lost(Vec::new());
                    rest
                }),
                State::Lost(recent) => {
                    recent.extend(bytes);
                    if let Some(rest) = find(recent, out) {
                        // What follows the first message goes on as usual.
                        self.state = State::Message(Message::default());
                        self.bytes(&rest, out);
                    }
                    &[]
                }
            };
            if let State::Prefix(seen) = self.state
                && seen == PREFIX.len()
            {
                self.state = State::Message(Message::default());
            }
        }
    }

    /// Passes over bytes that were not captured.
    pub(super) fn hole(&mut self, length: usize, out: &mut Vec<Given>) {
        if length == 0 {
            return;
        }
        let is_passed = match &mut self.state {
            State::Message(message) => message.pass(length, out),
            State::Prefix(_) | State::Lost(_) => false,
        };
        if !is_passed {
            if self.is_on_track() {
                out.push(Given::LostTrack);
            }
            self.state = State::Lost(Vec::new());
        }
    }
}

/// Compares bytes with the prefix, of which `seen` were seen; what follows them. Another begin than the prefix is none.
fn prefix<'a>(seen: &mut usize, bytes: &'a [u8]) -> Result<&'a [u8], State> {
    let wanted = PREFIX.get(*seen..).unwrap_or_default();
    let (now, rest) = bytes.split_at_checked(wanted.len().min(bytes.len())).unwrap_or((bytes, &[]));
    if !wanted.starts_with(now) {
        return Err(State::Lost(PREFIX.get(..*seen).unwrap_or_default().to_vec()));
    }
    *seen += now.len();
    Ok(rest)
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

/// Looks for a boundary that nothing else could be; gives its message and what follows. What was searched in vain is
/// dropped.
fn find(recent: &mut Vec<u8>, out: &mut Vec<Given>) -> Option<Vec<u8>> {
    let mut at = 0;
    loop {
        let rest = recent.get(at..).unwrap_or_default();
        match look(rest) {
            Look::Nothing => at += 1,
            Look::TooFew => {
                recent.drain(..at.min(recent.len()));
                return None;
            }
            Look::Found(length) => {
                let (message, rest) = rest.split_at_checked(length).unwrap_or((rest, &[]));
                out.push(Given::Message(Message { bytes: message.to_vec(), wire_len: length }));
                return Some(rest.to_vec());
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
