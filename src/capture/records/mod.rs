//! Formats that are record after record: the walk over them, and what is done about a record that cannot be.
//!
//! What a record's header looks like and what it may say is the [`Layout`] of the format.

mod layout;
mod resync;

use std::io;

pub(super) use self::layout::{Belief, Layout};
use self::resync::Found;
pub(super) use self::resync::near;
use super::damage::DamageKind;
use super::facts::Facts;
use super::reading::Passed;
use super::record::Record;
use super::window::Window;

/// The records of a capture.
pub(super) struct Records<L> {
    layout: L,
    /// Bytes of the record given last; it stays in the window until the next one is found, because a length that
    /// is too long shows only then.
    given: usize,
    number: u64,
    /// The seconds of the last record and of the one before: the last one may be damaged.
    last_seconds: [Option<u32>; 2],
    /// Bytes that were searched for something better than what was found.
    looked_on: u64,
    ended: bool,
}

impl<L: Layout> Records<L> {
    /// Reads from the first record on.
    pub(super) const fn new(layout: L) -> Self {
        Self { layout, given: 0, number: 0, last_seconds: [None; 2], looked_on: 0, ended: false }
    }

    /// How the format is laid out here.
    pub(super) const fn layout(&self) -> &L {
        &self.layout
    }

    /// Bytes of the record given last, at the front of the window.
    pub(super) const fn given(&self) -> usize {
        self.given
    }

    /// The number of the frame given last.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// Takes records as read that follow the one given last, unless the first one's time is not near that one's: whether it
    /// is. The last of them stays in the window, as the one given last.
    pub(super) fn pass(&mut self, passed: &Passed, window: &mut Window) -> bool {
        if !self.last_seconds[0].is_none_or(|last| near(passed.first_seconds, last)) {
            return false;
        }
        self.number += passed.records;
        self.given = passed.last_bytes;
        window.go_to(passed.last_at);
        let [last, before] = passed.last_seconds;
        self.last_seconds = [last, before.or(self.last_seconds[0])];
        true
    }

    /// Puts the next frame into `record`; `false` at the end of the file.
    #[inline]
    pub(super) fn next(
        &mut self,
        window: &mut Window,
        facts: &mut Facts,
        record: &mut Record,
    ) -> io::Result<bool> {
        let ahead = window.bytes().get(self.given..).unwrap_or_default();
        if let Some(header) = self.layout.sound(ahead)
            && self.last_seconds[0].is_none_or(|last| near(L::seconds(header), last))
            && self.give(header, window, facts, record)
        {
            return Ok(true);
        }
        self.next_with_care(window, facts, record)
    }

    /// Goes on behind a gap, at the next place where records follow each other.
    pub(super) fn resume(&mut self, window: &mut Window, facts: &mut Facts) -> io::Result<()> {
        self.ended = false;
        let from = window.offset();
        let found = resync::find(self, 0, None, window)?;
        match found {
            Found::At(at) => window.consume(at),
            Found::Nothing => self.end(window),
        }
        let bytes = window.offset() - from;
        if bytes > 0 {
            facts.damage.note(from, DamageKind::BehindGap { bytes });
        }
        Ok(())
    }

    /// The next frame where it is not simply there: at the end of the window, or damaged.
    #[cold]
    fn next_with_care(
        &mut self,
        window: &mut Window,
        facts: &mut Facts,
        record: &mut Record,
    ) -> io::Result<bool> {
        while !self.ended {
            if !window.reach(self.given + self.layout.header_bytes())? {
                self.end_in_header(window, facts);
                break;
            }
            if self.begins_another(window, facts)? {
                continue;
            }
            let Some(header) = self.layout.read(window.bytes(), self.given) else { break };
            if let Some(mended) = self.as_on_the_wire(header, window, facts)?
                && self.give(mended, window, facts, record)
            {
                return Ok(true);
            }
            let belief = self.layout.judge(header);
            let behind = self.given.saturating_add(self.layout.record_bytes(header));
            let whole = belief != Belief::Impossible && window.reach(behind)?;
            if whole && self.is_believed(header, belief, behind, window)? {
                let offset = window.offset() + self.given as u64;
                self.layout.note_oddities(header, offset, facts);
                if self.give(header, window, facts, record) {
                    return Ok(true);
                }
                continue;
            }
            if let Some(mended) = self.mend(header, belief, window, facts)?
                && self.give(mended, window, facts, record)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Passes over the file header of another capture, where one stands instead of a record.
    fn begins_another(&mut self, window: &mut Window, facts: &mut Facts) -> io::Result<bool> {
        window.reach(self.given + LONGEST_FILE_HEADER)?;
        let ahead = window.bytes().get(self.given..).unwrap_or_default();
        let Some(bytes) = self.layout.begin_another(ahead, facts) else { return Ok(false) };
        facts.damage.note(window.offset() + self.given as u64, DamageKind::AnotherCapture);
        window.consume(self.given + bytes);
        self.given = 0;
        // Its times may be any.
        self.last_seconds = [None; 2];
        Ok(true)
    }

    /// Gives the frame of the record of `header`, which follows the one given last; `false` where it has none.
    #[inline]
    fn give(
        &mut self,
        header: L::Header,
        window: &mut Window,
        facts: &mut Facts,
        record: &mut Record,
    ) -> bool {
        window.consume(self.given);
        self.given = self.layout.record_bytes(header);
        self.last_seconds = [Some(L::seconds(header)), self.last_seconds[0]];
        let Some(frame) = self.layout.frame(header, window.bytes(), window.offset(), facts) else {
            return false;
        };
        self.number += 1;
        *record = Record { number: self.number, ..frame };
        true
    }

    /// Whether the whole record of `header` that ends at `behind` is one: nothing speaks against it, not even its
    /// time, or another one follows it. The more speaks against it, the better that one must be.
    fn is_believed(
        &mut self,
        header: L::Header,
        belief: Belief,
        behind: usize,
        window: &mut Window,
    ) -> io::Result<bool> {
        let in_time = self.last_seconds[0].is_none() || self.near_the_last(header);
        let sound = belief == Belief::Sound;
        if sound && in_time {
            return Ok(true);
        }
        if !window.reach(behind.saturating_add(self.layout.header_bytes()))? {
            return self.is_the_last(header, behind, window);
        }
        let Some(next) = self.layout.read(window.bytes(), behind) else { return Ok(false) };
        let together = near(L::seconds(next), L::seconds(header));
        let possible = self.layout.judge(next) != Belief::Impossible;
        let follows = possible && (self.near_the_last(next) || together);
        let like_a_record = self.layout.looks_like_a_record(next);
        Ok(match (sound, in_time) {
            (true, _) => follows || like_a_record,
            (false, true) => follows,
            (false, false) => together && like_a_record,
        })
    }

    /// Whether the record of `header`, behind which the file ends, is its last one: it ends where the file does, or
    /// inside the next header, and no record is found before that.
    fn is_the_last(&mut self, header: L::Header, behind: usize, window: &mut Window) -> io::Result<bool> {
        let length = window.bytes().len();
        if length == behind || length >= resync::SEARCHED_KEPT {
            return Ok(true);
        }
        let found = resync::find(self, 1, Some(L::seconds(header)), window)?;
        Ok(matches!(found, Found::Nothing))
    }

    /// The header with the length that its frame had on the wire, where it claims more and another record, or the end
    /// of the file, stands where that says: a longer one may end at a record, too, by chance.
    fn as_on_the_wire(
        &self,
        header: L::Header,
        window: &mut Window,
        facts: &mut Facts,
    ) -> io::Result<Option<L::Header>> {
        let Some(mended) = self.layout.as_on_the_wire(header) else { return Ok(None) };
        let behind = self.given.saturating_add(self.layout.record_bytes(mended));
        let follows = if window.reach(behind.saturating_add(self.layout.header_bytes()))? {
            let next = self.layout.read(window.bytes(), behind);
            next.is_some_and(|next| {
                self.layout.looks_like_a_record(next) && near(L::seconds(next), L::seconds(header))
            })
        } else {
            window.bytes().len() == behind
        };
        if !follows {
            return Ok(None);
        }
        let (claimed, true_length) = (self.claim(header), self.claim(mended));
        let offset = window.offset() + self.given as u64;
        facts.damage.note(offset, DamageKind::WrongLength { claimed, true_length });
        Ok(Some(mended))
    }

    /// Whether `header` is near one of the last two records in time.
    fn near_the_last(&self, header: L::Header) -> bool {
        self.last_seconds.iter().flatten().any(|last| near(L::seconds(header), *last))
    }

    /// The file ends before a whole header: at the end of a record, or inside a header.
    fn end_in_header(&mut self, window: &mut Window, facts: &mut Facts) {
        window.consume(self.given);
        let left_over = window.bytes().len() as u64;
        if left_over > 0 {
            facts.damage.note(window.offset(), DamageKind::CutOff { left_over });
        }
        self.end(window);
    }

    fn end(&mut self, window: &mut Window) {
        window.consume(usize::MAX);
        self.given = 0;
        self.ended = true;
    }

    /// Goes on behind a `header` that is no record's, or whose record is not whole: to the next place where
    /// records follow each other. Gives the header mended where that place tells how long its record is.
    fn mend(
        &mut self,
        header: L::Header,
        belief: Belief,
        window: &mut Window,
        facts: &mut Facts,
    ) -> io::Result<Option<L::Header>> {
        let fault = window.offset() + self.given as u64;
        let kept_from = window.offset();
        match resync::find(self, 1, Some(L::seconds(header)), window)? {
            Found::Nothing => {
                let bytes = (window.offset() + window.bytes().len() as u64).saturating_sub(fault);
                let kind = match belief {
                    Belief::Impossible => {
                        DamageKind::Skipped { claimed: self.claim(header), bytes, to_the_end: true }
                    }
                    _ => DamageKind::CutOff { left_over: bytes },
                };
                facts.damage.note(fault, kind);
                self.end(window);
                Ok(None)
            }
            Found::At(at) => {
                let next = window.offset() + at as u64;
                let kept = window.offset() == kept_from;
                let mended = self.take_up(header, (fault, next), kept, facts);
                if mended.is_none() {
                    self.given = 0;
                    window.consume(at);
                }
                Ok(mended)
            }
        }
    }

    /// Takes up reading at `next` after the header at `fault`; `kept` says whether the window still has it.
    fn take_up(
        &mut self,
        header: L::Header,
        (fault, next): (u64, u64),
        kept: bool,
        facts: &mut Facts,
    ) -> Option<L::Header> {
        if next < fault {
            let given_at = fault.saturating_sub(self.given as u64);
            let claimed = self.layout.claimed(self.given as u64);
            facts.damage.note(given_at, DamageKind::Overlong { claimed, next });
            return None;
        }
        let claimed = self.claim(header);
        let bytes = next - fault;
        if let Some(mended) = self.layout.mended(header, bytes).filter(|_| kept) {
            let true_length = self.layout.claimed(bytes);
            facts.damage.note(fault, DamageKind::WrongLength { claimed, true_length });
            return Some(mended);
        }
        facts.damage.note(fault, DamageKind::Skipped { claimed, bytes, to_the_end: false });
        None
    }

    /// The length that `header` claims.
    fn claim(&self, header: L::Header) -> u32 {
        self.layout.claimed(self.layout.record_bytes(header) as u64)
    }
}

/// Most bytes of a file header.
const LONGEST_FILE_HEADER: usize = 24;
