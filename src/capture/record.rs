//! A frame by its place in the window, so that a reader can go on looking before it lends the bytes.

use super::frame::{Frame, FrameNumber, LinkType};
use super::window::Window;
use crate::time::Timestamp;

/// A frame whose bytes are still named by their place.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Record {
    pub(super) number: u64,
    pub(super) time: Timestamp,
    pub(super) wire_len: u32,
    pub(super) interface: u32,
    pub(super) link_type: LinkType,
    /// Where its bytes begin in the window.
    pub(super) start: usize,
    /// How many bytes were stored.
    pub(super) len: usize,
}

impl Record {
    /// The same where places count from so far before.
    #[inline]
    pub(super) const fn moved_by(self, by: usize) -> Self {
        Self { start: self.start + by, ..self }
    }

    /// The frame, its bytes lent from `window`.
    #[inline]
    pub(super) fn lend<'a>(&self, window: &'a Window) -> Frame<'a> {
        self.lend_from(window.bytes())
    }

    /// The frame, its bytes lent from those that it counts its place in.
    #[inline]
    pub(super) fn lend_from<'a>(&self, bytes: &'a [u8]) -> Frame<'a> {
        Frame {
            number: FrameNumber(self.number),
            time: self.time,
            wire_len: self.wire_len,
            interface: self.interface,
            link_type: self.link_type,
            bytes: bytes.get(self.start..self.start + self.len).unwrap_or_default(),
        }
    }
}
