//! What is known of a capture beside its frames.

use std::collections::BTreeMap;

use super::compression::Compression;
use super::damage::DamageLog;
use super::format::Format;
use super::frame::{FrameNumber, LinkType};
use super::names::Names;
use super::reading::Passed;
use super::record::Record;
use super::secrets::SecretsKind;
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
    /// How the container is compressed.
    pub compression: Option<Compression>,
    /// Its interfaces, in the order of their [`Frame::interface`](super::Frame::interface); one for a pcap, or one for
    /// each where pcaps that differ stand one behind the other. At most [`Self::MAX_INTERFACES`]; later ones are not
    /// described here.
    pub interfaces: Vec<Interface>,
    /// Frames read so far, those that a damaged file's gaps swallowed not counted.
    pub frames: u64,
    /// Bytes stored of these frames.
    pub captured_bytes: u64,
    /// Bytes read of the input, as it is stored; known when reading has ended.
    pub bytes_read: u64,
    /// The earliest time of a frame so far.
    pub first_time: Option<Timestamp>,
    /// The latest time of a frame so far.
    pub last_time: Option<Timestamp>,
    /// Frames whose container gives them no time (simple packet blocks); they have that of the frame before.
    pub untimed_frames: u64,
    /// The first frame at which the capture tells that frames are missing: right before it where the frames
    /// themselves are counted; somewhere before it where statistics are.
    pub first_loss: Option<(FrameNumber, Timestamp)>,
    /// Names of addresses that it carries.
    pub names: Names,
    /// Decryption secrets that it carries: how many blocks of each kind. What is in them is not read.
    pub secrets: BTreeMap<SecretsKind, u64>,
    /// Whether it is certain that no filter left out anything that is read here.
    pub is_unfiltered: bool,
    /// What is damaged.
    pub damage: DamageLog,
    /// Frames are missing right before the next one.
    loss_ahead: bool,
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

    /// Frames that the capture says it lacks; `None` where it says nothing.
    pub fn missing_frames(&self) -> Option<u64> {
        let missing = self.interfaces.iter().filter_map(|interface| interface.counters.missing_frames());
        missing.reduce(u64::saturating_add)
    }

    /// The counters of an interface, where it is described.
    pub(super) fn counters_mut(&mut self, interface: u32) -> Option<&mut Counters> {
        Some(&mut self.interfaces.get_mut(interface as usize)?.counters)
    }

    /// Counts decryption secrets.
    pub(super) fn note_secrets(&mut self, kind: SecretsKind) {
        let known = self.secrets.len() < SecretsKind::MAX || self.secrets.contains_key(&kind);
        let count = self.secrets.entry(if known { kind } else { SecretsKind(0) }).or_default();
        *count = count.saturating_add(1);
    }

    /// The next frame of `interface` tells that so many frames are missing right before it.
    #[cold]
    pub(super) fn note_missing(&mut self, interface: u32, frames: u64) {
        let Some(counters) = self.counters_mut(interface) else { return };
        let missing = counters.missing_between.unwrap_or_default().saturating_add(frames);
        counters.missing_between = Some(missing);
        self.loss_ahead |= frames > 0;
    }

    /// What is known of a capture of which only the beginning was looked at.
    pub(super) fn without_frames(&self) -> Self {
        let (name, interfaces) = (self.name.clone(), self.interfaces.clone());
        let Self { format, compression, is_unfiltered, .. } = *self;
        Self { name, format, compression, interfaces, is_unfiltered, ..Self::default() }
    }

    /// Counts in frames that were passed by, of which the first has this number.
    pub(super) fn count_all(&mut self, passed: &Passed, first: u64) {
        self.frames += passed.records;
        self.captured_bytes += passed.captured_bytes;
        self.first_time = Some(self.first_time.map_or(passed.earliest, |time| time.min(passed.earliest)));
        self.last_time = Some(self.last_time.map_or(passed.latest, |time| time.max(passed.latest)));
        if self.loss_ahead {
            self.loss_ahead = false;
            self.first_loss.get_or_insert((FrameNumber(first), passed.first));
        }
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
        if self.loss_ahead {
            self.loss_ahead = false;
            self.first_loss.get_or_insert((FrameNumber(record.number), record.time));
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
    /// What it counted.
    pub counters: Counters,
}

impl Interface {
    /// An interface of which nothing more is known.
    pub(super) const fn new(link_type: LinkType, snaplen: u32) -> Self {
        let counters =
            Counters { received: None, dropped: None, dropped_by_system: None, missing_between: None };
        Self { name: None, link_type, snaplen, counters }
    }
}

/// What an interface counted, where the container says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames it received (`isb_ifrecv`, the last one said).
    pub received: Option<u64>,
    /// Frames it dropped for want of resources (`isb_ifdrop`, the last one said).
    pub dropped: Option<u64>,
    /// Frames that the operating system dropped (`isb_osdrop`, the last one said).
    pub dropped_by_system: Option<u64>,
    /// Frames that are missing between those stored, as these tell: `epb_dropcount`, the drops of obsolete packet
    /// blocks and of snoop records, ERF's loss counters.
    pub missing_between: Option<u64>,
}

impl Counters {
    /// Frames that the interface lacks. Statistics and the counts between frames tell of the same ones.
    pub fn missing_frames(&self) -> Option<u64> {
        let dropped =
            [self.dropped, self.dropped_by_system].into_iter().flatten().reduce(u64::saturating_add);
        dropped.max(self.missing_between)
    }
}
