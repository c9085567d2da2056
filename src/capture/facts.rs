//! What is known of a capture beside its frames.

use super::damage::DamageLog;
use super::format::Format;
use super::frame::LinkType;
use super::record::Record;
use crate::time::Timestamp;

/// One capture file, pipe or interface of a run, counted from 0 in the order they were given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaptureId(pub u32);

/// Captures that are pieces of one, counted from 0 in the order their first pieces begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId(pub u32);

/// What is known of a capture beside its frames.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The name as given; `-` for standard input; for a file of a directory the directory's name and its own.
    pub name: String,
    /// Its container; `None` where it could not be opened.
    pub format: Option<Format>,
    /// Its interfaces, in the order of their [`Frame::interface`](super::Frame::interface); one for a pcap. At most
    /// [`Self::MAX_INTERFACES`]; later ones are not described here.
    pub interfaces: Vec<Interface>,
    /// Frames read so far, those that a damaged file's gaps swallowed not counted.
    pub frames: u64,
    /// Bytes stored of these frames.
    pub captured_bytes: u64,
    /// Bytes read of the input; known when reading has ended.
    pub bytes_read: u64,
    /// The earliest time of a frame so far.
    pub first_time: Option<Timestamp>,
    /// The latest time of a frame so far.
    pub last_time: Option<Timestamp>,
    /// Frames whose container gives them no time (simple packet blocks); they have that of the frame before.
    pub untimed_frames: u64,
    /// What is damaged.
    pub damage: DamageLog,
}

impl Facts {
    /// How many interfaces are described.
    pub const MAX_INTERFACES: usize = 65_536;

    /// Nothing is known but the name.
    pub(super) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// The link types of its interfaces, each once, in rising order.
    pub fn link_types(&self) -> Vec<LinkType> {
        let mut types: Vec<_> = self.interfaces.iter().map(|interface| interface.link_type).collect();
        types.sort_unstable();
        types.dedup();
        types
    }

    /// Frames that the interfaces say they dropped; `None` where none says anything.
    pub fn drops(&self) -> Option<u64> {
        self.interfaces.iter().filter_map(|interface| interface.drops).reduce(u64::saturating_add)
    }

    /// What is known of a capture of which only the beginning was looked at.
    pub(super) fn without_frames(&self) -> Self {
        let (name, interfaces) = (self.name.clone(), self.interfaces.clone());
        Self { name, format: self.format, interfaces, ..Self::default() }
    }

    /// Counts a frame in.
    #[inline]
    pub(super) fn count(&mut self, record: &Record) {
        self.frames += 1;
        self.captured_bytes += record.len as u64;
        if self.first_time.is_none_or(|first| record.time < first) {
            self.first_time = Some(record.time);
        }
        if self.last_time.is_none_or(|last| record.time > last) {
            self.last_time = Some(record.time);
        }
    }
}

/// An interface that a capture was taken on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its name (`if_name`), where the container gives one.
    pub name: Option<String>,
    /// How its frames begin.
    pub link_type: LinkType,
    /// The most bytes that were to be stored of a frame; 0 where there is no limit.
    pub snaplen: u32,
    /// Frames that were dropped for want of resources (`isb_ifdrop`, the last one said).
    pub drops: Option<u64>,
}
