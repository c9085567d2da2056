//! Captures read to their end, frames owned.

use std::io::{Cursor, Read};

use sagap::capture::{CaptureFile, Error, Facts, Frame, Source};

/// A frame that owns its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owned {
    pub(crate) number: u64,
    pub(crate) nanos: i64,
    pub(crate) wire_len: u32,
    pub(crate) interface: u32,
    pub(crate) link_type: u32,
    pub(crate) bytes: Vec<u8>,
}

impl From<Frame<'_>> for Owned {
    fn from(frame: Frame<'_>) -> Self {
        Self {
            number: frame.number.0,
            nanos: frame.time.nanos(),
            wire_len: frame.wire_len,
            interface: frame.interface,
            link_type: frame.link_type.0,
            bytes: frame.bytes.to_vec(),
        }
    }
}

/// All frames of a capture that is `bytes`, and what is known of it.
pub(crate) fn read(bytes: &[u8]) -> Result<(Vec<Owned>, Facts), Error> {
    read_from(Box::new(Cursor::new(bytes.to_vec())))
}

/// All frames of the capture in `input`, and what is known of it.
pub(crate) fn read_from(input: Box<dyn Read + Send>) -> Result<(Vec<Owned>, Facts), Error> {
    let mut file = CaptureFile::read_from("test", input)?;
    let mut frames = Vec::new();
    while let Some(frame) = file.next_frame()? {
        frames.push(Owned::from(frame));
    }
    Ok((frames, file.into_facts()))
}

/// The damage of a capture, each place as its sentence.
pub(crate) fn sentences(facts: &Facts) -> Vec<String> {
    facts.damage.first().iter().map(ToString::to_string).collect()
}
