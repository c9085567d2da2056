//! What a capture held, by count: also what this program is not about, so that no answer is empty.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::capture::FrameNumber;
use crate::decode::{Message, Packet, Path, Pieces, Reassembly, Stop, TooDeep, Unrelated};
use crate::time::Timestamp;
use crate::wire::bytes::Malformed;
use crate::wire::tcp;

use super::unrelated::{Common, UnrelatedFrames};

/// What the frames of one capture held, by count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Frames.
    pub frames: u64,
    /// Captured bytes.
    pub bytes: u64,
    /// Times of the earliest and the latest frame.
    pub span: Option<(Timestamp, Timestamp)>,
    /// HSRP datagrams.
    pub hsrp: u64,
    /// VRRP advertisements.
    pub vrrp: u64,
    /// GLBP packets.
    pub glbp: u64,
    /// CARP advertisements.
    pub carp: u64,
    /// ARP messages.
    pub arp: u64,
    /// Neighbour advertisements.
    pub neighbour: u64,
    /// IKE messages.
    pub ike: u64,
    /// NAT keepalives.
    pub nat_keepalives: u64,
    /// ESP packets.
    pub esp: u64,
    /// Destination-unreachable errors.
    pub unreachable: u64,
    /// Fragment-reassembly-time-exceeded errors.
    pub reassembly_timeouts: u64,
    /// Frames of other protocols, by protocol.
    pub unrelated: UnrelatedFrames,
    /// Frames of link types that are not read, by type.
    pub link_types: BTreeMap<u32, u64>,
    /// Fragments of IP packets, put together or not.
    pub fragments: u64,
    /// Frames with more layers of one kind than are followed, by that kind.
    pub too_deep: BTreeMap<TooDeep, u64>,
    /// Messages among those counted here that were put together from pieces, which are frames of their own.
    pub assembled: u64,
    /// What the pieces came to.
    pub reassembly: Reassembly,
    /// Frames that came in wrappings, by the way they came. At most [`Self::MAX_PATHS`] ways.
    pub paths: BTreeMap<Path, u64>,
    /// Frames that came in further ways, beyond those.
    pub other_paths: u64,
    /// Messages that could not be read because the capture cut the frame short, by layer.
    pub cut: BTreeMap<&'static str, Damaged>,
    /// Messages whose bytes contradict themselves, by layer.
    pub malformed: BTreeMap<&'static str, Damaged>,
    /// Frames that show a packet a second time, as a second mirror port does.
    pub duplicates: Option<Duplicated>,
    /// Frames more than a second earlier than a frame before them.
    pub backwards: Option<Backwards>,
}

/// Frames that show a packet a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duplicated {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first: FrameNumber,
    /// The last of them.
    pub last: FrameNumber,
}

/// Frames more than a second earlier than a frame before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backwards {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first: FrameNumber,
    /// Its time.
    pub time: Timestamp,
    /// The largest step back from the latest time before.
    pub by: Duration,
}

/// Messages of one layer that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first: FrameNumber,
    /// Its time.
    pub time: Timestamp,
    /// What was wrong with it.
    pub why: Malformed,
}

/// Frames that are counted together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    /// How many.
    pub(super) frames: u64,
    /// Captured bytes.
    pub(super) bytes: u64,
    /// How many of them hold ESP.
    pub(super) esp: u64,
    /// The time of the earliest.
    pub(super) earliest: Timestamp,
    /// The time of the latest.
    pub(super) latest: Timestamp,
}

impl Counts {
    /// None.
    pub(super) const NONE: Self =
        Self { frames: 0, bytes: 0, esp: 0, earliest: Timestamp::MAX, latest: Timestamp::MIN };

    /// Counts so many more, with the times of the first and the last of them, which come in order.
    pub(super) fn add_all(&mut self, frames: usize, bytes: u64, (first, last): (Timestamp, Timestamp)) {
        self.frames += frames as u64;
        self.bytes += bytes;
        self.earliest = self.earliest.min(first);
        self.latest = self.latest.max(last);
    }

    /// Counts one more.
    #[inline]
    pub(super) fn add(&mut self, time: Timestamp, bytes: usize) {
        self.frames += 1;
        self.bytes += bytes as u64;
        self.earliest = self.earliest.min(time);
        self.latest = self.latest.max(time);
    }
}

impl Tally {
    /// How many ways of wrapped frames are told apart.
    pub const MAX_PATHS: usize = 64;

    /// Counts one frame and what it held.
    pub fn note(&mut self, frame: FrameNumber, time: Timestamp, bytes: usize, packet: &Packet<'_>) {
        self.note_frame(time, bytes);
        self.note_message(frame, time, packet);
        match &packet.stop {
            Some(Stop::LinkType(number)) => *self.link_types.entry(*number).or_default() += 1,
            Some(Stop::Fragment(_)) => self.fragments += 1,
            Some(Stop::TooDeep(kind)) => *self.too_deep.entry(*kind).or_default() += 1,
            Some(Stop::Segment(_)) => self.note_unrelated(TCP),
            Some(Stop::Unrelated(kind)) => self.note_unrelated(*kind),
            Some(Stop::Cut(_) | Stop::Malformed(_)) | None => {}
        }
    }

    /// Counts one frame.
    fn note_frame(&mut self, time: Timestamp, bytes: usize) {
        let mut one = Counts::NONE;
        one.add(time, bytes);
        self.note_all(&one);
    }

    /// Counts several frames.
    pub(super) fn note_all(&mut self, counts: &Counts) {
        self.frames += counts.frames;
        self.bytes += counts.bytes;
        self.esp += counts.esp;
        if counts.frames > 0 {
            let (first, last) = self.span.unwrap_or((counts.earliest, counts.latest));
            self.span = Some((first.min(counts.earliest), last.max(counts.latest)));
        }
    }

    /// Counts what this program is not about.
    #[inline]
    pub fn note_unrelated(&mut self, kind: Unrelated) {
        self.unrelated.add(kind);
    }

    /// The same of a common kind.
    #[inline]
    pub(super) fn note_common(&mut self, kind: Common) {
        self.unrelated.add_common(kind);
    }

    /// Counts the message of a packet, or what is wrong with it.
    pub fn note_message(&mut self, frame: FrameNumber, time: Timestamp, packet: &Packet<'_>) {
        // Messages of one stream or cut up by IKE came the way that their frames did.
        if let (Some(path), Pieces::One | Pieces::Fragments { .. }) = (packet.path, packet.pieces) {
            self.note_path(path);
        }
        if packet.pieces != Pieces::One && packet.message.is_some() {
            self.assembled += 1;
        }
        match packet.message {
            Some(Message::Hsrp(_)) => self.hsrp += 1,
            Some(Message::Vrrp(_)) => self.vrrp += 1,
            Some(Message::Glbp(_)) => self.glbp += 1,
            Some(Message::Carp(_)) => self.carp += 1,
            Some(Message::Arp(_)) => self.arp += 1,
            Some(Message::Neighbour(_)) => self.neighbour += 1,
            Some(Message::Ike(_)) => self.ike += 1,
            Some(Message::NatKeepalive) => self.nat_keepalives += 1,
            Some(Message::Esp { .. }) => self.esp += 1,
            Some(Message::Unreachable(_)) => self.unreachable += 1,
            Some(Message::ReassemblyTimeout(_)) => self.reassembly_timeouts += 1,
            None => {}
        }
        match &packet.stop {
            Some(Stop::Cut(why)) => count(&mut self.cut, (frame, time), why),
            Some(Stop::Malformed(why)) => count(&mut self.malformed, (frame, time), why),
            _ => {}
        }
    }

    /// Counts a frame that shows a packet a second time; several messages of one frame count once.
    pub fn note_duplicate(&mut self, frame: FrameNumber) {
        match &mut self.duplicates {
            Some(known) if known.last == frame => {}
            Some(known) => (known.count, known.last) = (known.count + 1, frame),
            None => self.duplicates = Some(Duplicated { count: 1, first: frame, last: frame }),
        }
    }

    fn note_path(&mut self, path: Path) {
        if self.paths.len() < Self::MAX_PATHS || self.paths.contains_key(&path) {
            *self.paths.entry(path).or_default() += 1;
        } else {
            self.other_paths += 1;
        }
    }

    /// Counts a frame that is more than a second earlier than one before it, by this much.
    pub fn note_backwards(&mut self, first: FrameNumber, time: Timestamp, by: Duration) {
        let backwards = self.backwards.get_or_insert(Backwards { count: 0, first, time, by });
        backwards.count += 1;
        backwards.by = backwards.by.max(by);
    }

    /// Messages of the redundancy protocols.
    pub const fn gateway(&self) -> u64 {
        self.hsrp + self.vrrp + self.glbp + self.carp
    }

    /// The ways of wrapped frames, the most frequent first.
    pub fn paths_by_frames(&self) -> Vec<(&Path, u64)> {
        let mut paths: Vec<_> = self.paths.iter().map(|(path, &frames)| (path, frames)).collect();
        paths.sort_by_key(|&(_, frames)| Reverse(frames));
        paths
    }

    /// Whether there was anything of the gateway protocols, IKE or ESP.
    pub const fn has_subject(&self) -> bool {
        self.gateway() + self.ike + self.esp > 0
    }
}

fn count(
    table: &mut BTreeMap<&'static str, Damaged>,
    (first, time): (FrameNumber, Timestamp),
    why: &Malformed,
) {
    let none = || Damaged { count: 0, first, time, why: why.clone() };
    table.entry(why.layer).or_insert_with(none).count += 1;
}

/// What a segment counts as, whatever its stream carries.
const TCP: Unrelated = Unrelated::IpProtocol(tcp::PROTOCOL);
