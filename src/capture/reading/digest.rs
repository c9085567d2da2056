//! One chunk of a file: where its first record begins, and all that nothing is odd about from there on.

use crate::capture::record::Record;
use crate::capture::skim::Skim;

use super::positioned::Positioned;
use super::stretch::{Entries, Stretch};
use super::walk::{Passed, Step, Trail, Walk};

/// What a chunk came to.
pub(super) struct Digest<N> {
    pub(super) stretch: Stretch<N>,
    /// Where its first record begins, as far as that can be told from the chunk alone; none where there is none.
    pub(super) start: Option<u64>,
    /// Where the first record begins that is not in the stretch.
    pub(super) end: u64,
    /// The records that are; none where there are none.
    pub(super) passed: Option<Passed>,
}

impl<N> Digest<N> {
    /// Of no chunk.
    pub(super) fn nothing() -> Self {
        Self { stretch: Stretch::default(), start: None, end: 0, passed: None }
    }
}

/// Which chunk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    /// Where it begins.
    pub(super) from: u64,
    /// Where the next one begins: records that begin before that belong to this one.
    pub(super) to: u64,
    /// Where its first record begins, where that is known.
    pub(super) start: Option<u64>,
}

impl Chunk {
    /// Reads the chunk into what was a stretch, and skims its frames. It ends early where something is odd, or cannot be
    /// read.
    pub(super) fn digest<W: Walk, S: Skim>(
        self,
        file: &Positioned,
        walk: &W,
        skim: &mut S,
        mut stretch: Stretch<S::Note>,
    ) -> Digest<S::Note> {
        stretch.begin(skim.begin());
        let from = self.start.unwrap_or(self.from);
        let mut bytes = Bytes { file, from, held: std::mem::take(&mut stretch.bytes), read: 0 };
        let limit = usize::try_from(self.to - from).unwrap_or(usize::MAX);
        bytes.reach(limit.saturating_add(BEHIND));
        let first = if self.start.is_some() { Some(0) } else { find(walk, bytes.there(), limit) };
        let mut at = first.unwrap_or(0);
        let step = bytes.there().get(at..).and_then(|ahead| walk.step(ahead)).filter(|_| first.is_some());
        let mut trail = step.as_ref().map(Trail::new);
        while let Some(trail) = &mut trail {
            at = walk_on(walk, bytes.there(), (at, limit), skim, stretch.filling(), trail);
            // A long record ends beyond what was read.
            let claimed = bytes.there().get(at..).and_then(|ahead| walk.claims(ahead));
            let is_cut = |claimed: &usize| at.saturating_add(*claimed) > bytes.there().len();
            let Some(needed) = claimed.filter(is_cut).filter(|_| at < limit) else { break };
            if needed > LONGEST || !bytes.reach(at + needed) {
                break;
            }
        }
        let start = step.and(first).map(|first| from + first as u64);
        stretch.bytes = bytes.held;
        stretch.refers_to(skim.terms());
        Digest {
            stretch,
            start,
            end: from + at as u64,
            passed: trail.map(|trail| trail.passed(from, at)).filter(|passed| passed.records > 0),
        }
    }
}

/// Walks on from one place as long as nothing is odd and records begin before a limit; where that ends.
fn walk_on<W: Walk, S: Skim>(
    walk: &W,
    bytes: &[u8],
    (mut at, limit): (usize, usize),
    skim: &mut S,
    entries: &mut Entries<S::Note>,
    trail: &mut Trail,
) -> usize {
    loop {
        at = walk_in_order(walk, bytes, (at, limit), skim, entries, trail);
        // One that comes otherwise.
        let ahead = bytes.get(at..).filter(|_| at < limit).unwrap_or_default();
        let Some(step) = walk.step(ahead).filter(|step| trail.is_followed_by(step)) else { return at };
        let (record, frame) = (&step.record, step.record.lend_from(ahead));
        let glanced = skim.glance(frame.bytes, record.link_type, record.interface);
        let note = glanced.unwrap_or_else(|| skim.look(frame.bytes, record.link_type, record.interface));
        if !trail.is_in_order(&step) || glanced.is_none() && !S::settles(note) {
            entries.unsettle_next(trail.captured_bytes());
        }
        entries.push_next(&record.moved_by(at), note);
        trail.add(at, &step);
        at += step.bytes;
    }
}

/// The same as long as records come in order and in one second, as most do.
//
// A function of its own, so that its loop has all registers.
#[inline(never)]
fn walk_in_order<W: Walk, S: Skim>(
    walk: &W,
    bytes: &[u8],
    (mut at, limit): (usize, usize),
    skim: &mut S,
    entries: &mut Entries<S::Note>,
    trail: &mut Trail,
) -> usize {
    let (mut leg, before) = (trail.set_out(), entries.count());
    while at < limit
        && let Some(ahead) = bytes.get(at..)
        && let Some((step, frame)) = walk.plain_step(ahead)
        && leg.goes_on(&step)
    {
        let Step { bytes: length, record: Record { link_type, interface, .. }, .. } = step;
        let note = if let Some(note) = skim.glance(frame, link_type, interface) {
            note
        } else {
            let note = skim.look(frame, link_type, interface);
            if !S::settles(note) {
                entries.unsettle_next(leg.captured_bytes());
            }
            note
        };
        entries.push_next(&step.record.moved_by(at), note);
        leg.add(at, &step);
        at += length;
    }
    trail.arrive((entries.count() - before) as u64, &leg);
    at
}

/// Where the first record begins, before `limit`: the first place from which several follow each other.
fn find<W: Walk>(walk: &W, bytes: &[u8], limit: usize) -> Option<usize> {
    (0..limit).find(|&at| {
        let mut behind = at;
        for seen in 0..CHAIN {
            let ahead = bytes.get(behind..).unwrap_or_default();
            match walk.may_begin(ahead) {
                Some(length) => behind = behind.saturating_add(length),
                // What was read ends here.
                None => return seen > 1 && ahead.len() < BEHIND / 2,
            }
        }
        true
    })
}

/// The bytes of a file from one place on.
struct Bytes<'a> {
    file: &'a Positioned,
    from: u64,
    held: Vec<u8>,
    read: usize,
}

impl Bytes<'_> {
    fn there(&self) -> &[u8] {
        self.held.get(..self.read).unwrap_or_default()
    }

    /// Reads until there are `length` bytes; whether there are.
    fn reach(&mut self, length: usize) -> bool {
        if self.held.len() < length {
            self.held.resize(length, 0);
        }
        let room = self.held.get_mut(self.read..length).unwrap_or_default();
        // What cannot be read is met again by the reader that is to go on there, and told by it.
        self.read += self.file.read_at(room, self.from + self.read as u64).unwrap_or_default();
        self.read >= length
    }
}

/// How many bytes are read behind a chunk, so that its last record is whole: most frames are shorter.
const BEHIND: usize = 2048;
/// The longest record that is read on for; a longer one is left to the reader.
const LONGEST: usize = 512 * 1024;
/// After how many records that follow each other the first is believed. Whether that was right is told by the chunk
/// before.
const CHAIN: usize = 3;
