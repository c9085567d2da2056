//! Captures that go on while they are read: a file that grows, the files of a ring, a pipe, an interface.
//!
//! Each source is read by a thread of its own, which waits for more where there is none, so that whoever follows can
//! do something else meanwhile. Batches of frames go through a bounded channel: a source that is faster than whoever
//! follows waits, and nothing is lost here.

mod delivery;
mod file;
mod files;
mod growing;
#[cfg(target_os = "linux")]
mod interface;
mod notice;
mod outlet;
mod pipe;
mod reader;
mod ring;
mod source;
mod watch;
mod wishes;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::error::Error;
use super::facts::{CaptureId, Facts, SeriesId};
use super::frame::Frame;
use super::roster::Roster;
use super::series::SeriesList;
use crate::time::Timestamp;
use crate::wire::mac::MacAddr;

use self::delivery::{Batch, Delivery};
use self::outlet::Outlet;
use self::wishes::Wishes;

pub use self::notice::{Notice, What};
pub use self::source::{LiveSource, OpenSource};

/// How a live capture is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveOptions {
    /// Whether what is there already is passed by.
    pub from_now: bool,
    /// Most bytes that are decompressed of a file.
    pub max_decompressed: u64,
    /// A directory whose files are none of a ring, by its canonical path: what is written there while it is followed.
    pub except: Option<PathBuf>,
}

/// Captures that go on while they are read.
pub struct Live {
    deliveries: Receiver<(usize, Delivery)>,
    wishes: Arc<Wishes>,
    sources: Vec<SourceState>,
    captures: Vec<Known>,
    series: SeriesList,
    failures: Vec<Error>,
    /// The frames being given, whose they are, and which is next.
    batch: Batch,
    current: Option<(CaptureId, SeriesId)>,
    place: usize,
    since: Instant,
}

/// What whoever follows gets.
#[derive(Debug)]
pub enum Next<'a> {
    /// A frame.
    Frame(LiveFrame<'a>),
    /// There is no more for now: all sources are read as far as they go.
    Quiet(Quiet),
    /// The time to wait is over, and sources are still being read.
    Busy,
    /// What should be told.
    Notice(Notice),
    /// All sources are at their end.
    End,
}

/// A frame of a live capture.
#[derive(Clone, Copy, Debug)]
pub struct LiveFrame<'a> {
    /// Its capture.
    pub capture: CaptureId,
    /// The series that is a piece of.
    pub series: SeriesId,
    /// The capture's name.
    pub name: &'a str,
    /// The frame.
    pub frame: Frame<'a>,
}

/// How far time has come while nothing does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet {
    /// For how long nothing has come, by this machine's clock.
    pub silence: Duration,
    /// Before which time, by the captures' clock, nothing comes any more, where all sources know: whoever writes a file may
    /// hold frames back.
    pub until: Option<Timestamp>,
}

/// How far a source is read.
#[derive(Default)]
struct SourceState {
    capture: Option<CaptureId>,
    /// Since when there is no more; and before when nothing comes any more, where the source knows.
    dry: Option<(Instant, Option<Timestamp>)>,
    ended: bool,
}

/// What is known of a capture.
struct Known {
    facts: Facts,
    series: Option<SeriesId>,
    /// Its failure, by place in the list of them.
    failure: Option<usize>,
}

impl Live {
    /// Begins to read these sources, each in a thread of its own. What is no capture is told when that is found out, by
    /// [`Roster::failure`].
    pub fn follow(open: Vec<OpenSource>) -> Self {
        let (to, deliveries) = sync_channel(QUEUE);
        let wishes = Arc::<Wishes>::default();
        let sources = open.iter().map(|_| SourceState::default()).collect();
        for (place, OpenSource { name, passing, begin }) in open.into_iter().enumerate() {
            let outlet = Outlet::new(place, to.clone(), passing, &wishes);
            thread::spawn(move || {
                if let Err(error) = begin(&name, outlet.clone()) {
                    outlet.ended(Facts::named(&name), Some(error));
                }
                outlet.finished();
            });
        }
        Self {
            deliveries,
            wishes,
            sources,
            captures: Vec::new(),
            series: SeriesList::default(),
            failures: Vec::new(),
            batch: Batch::default(),
            current: None,
            place: 0,
            since: now(),
        }
    }

    /// The next frame, or what else there is to know; waits for at most `wait`. A frame is lent until the next call.
    pub fn next(&mut self, wait: Duration) -> Next<'_> {
        // The borrow of a frame that is returned early would last too long for the loop below.
        if self.batch.get(self.place).is_none() {
            match self.take(wait) {
                Taken::Frames => {}
                Taken::Nothing => return self.quiet(),
                Taken::Notice(notice) => return Next::Notice(notice),
                Taken::End => return Next::End,
            }
        }
        self.place += 1;
        match (self.current, self.batch.get(self.place - 1)) {
            (Some((capture, series)), Some(frame)) => {
                let name = self.captures.get(capture.0 as usize).map_or("", |known| &known.facts.name);
                Next::Frame(LiveFrame { capture, series, name, frame })
            }
            _ => Next::Busy,
        }
    }

    /// No more is wanted: what was handed over is still given, then comes the end.
    pub fn stop(&self) {
        self.wishes.stop();
    }

    /// What passes through gateways with these MACs is wanted too, from interfaces: it is no message of theirs.
    pub fn want_gateways(&self, gateways: Vec<MacAddr>) {
        self.wishes.want_gateways(gateways);
    }

    /// Frames that the interfaces say they lack so far. What a file says of that counts when it is at its end.
    pub fn missing_frames(&self) -> u64 {
        let current = self.sources.iter().filter_map(|source| self.facts(source.capture?));
        current
            .filter(|facts| facts.is_unfiltered)
            .filter_map(Facts::missing_frames)
            .fold(0, u64::saturating_add)
    }

    /// How long ago following began, by this machine's clock.
    pub fn elapsed(&self) -> Duration {
        now().duration_since(self.since)
    }

    /// Why captures could not be read, or not to their end, so far.
    pub fn failures(&self) -> &[Error] {
        &self.failures
    }

    /// The series of captures whose sources go on.
    pub fn watched(&self) -> impl Iterator<Item = SeriesId> {
        self.going_on().filter_map(|source| self.series(source.capture?))
    }

    /// Takes deliveries until there are frames to give, or nothing comes within `wait`.
    fn take(&mut self, wait: Duration) -> Taken {
        loop {
            let (source, delivery) = match self.deliveries.recv_timeout(wait) {
                Ok(delivered) => delivered,
                Err(RecvTimeoutError::Timeout) => return Taken::Nothing,
                Err(RecvTimeoutError::Disconnected) => return Taken::End,
            };
            let Some(state) = self.sources.get_mut(source) else { continue };
            match delivery {
                Delivery::Dry(until) => {
                    state.dry = Some((state.dry.map_or_else(now, |(since, _)| since), until));
                    return Taken::Nothing;
                }
                Delivery::Notice(notice) => return Taken::Notice(notice),
                Delivery::Known(facts) => {
                    if let Some(known) = state.capture.and_then(|id| self.captures.get_mut(id.0 as usize)) {
                        known.facts = *facts;
                    }
                }
                Delivery::Began(facts) => self.begin(source, *facts),
                Delivery::Frames(batch) => {
                    state.dry = None;
                    let capture = state.capture;
                    self.current = capture.and_then(|id| Some((id, self.begun(id)?)));
                    (self.batch, self.place) = (batch, 0);
                    return Taken::Frames;
                }
                Delivery::Ended(facts, failure) => self.end(source, *facts, failure),
                Delivery::Finished => state.ended = true,
            }
        }
    }

    fn begin(&mut self, source: usize, facts: Facts) {
        let id = CaptureId(self.count());
        self.captures.push(Known { facts, series: None, failure: None });
        if let Some(state) = self.sources.get_mut(source) {
            state.capture = Some(id);
        }
    }

    /// The series of a capture whose first frames are there.
    fn begun(&mut self, id: CaptureId) -> Option<SeriesId> {
        let known = self.captures.get_mut(id.0 as usize)?;
        Some(*known.series.get_or_insert_with(|| self.series.begin(&known.facts)))
    }

    fn end(&mut self, source: usize, facts: Facts, failure: Option<Error>) {
        let Some(id) = self.sources.get_mut(source).and_then(|state| state.capture) else { return };
        let Some(known) = self.captures.get_mut(id.0 as usize) else { return };
        known.facts = facts;
        if let Some(error) = failure {
            known.failure = Some(self.failures.len());
            self.failures.push(error);
        }
        if let Some(series) = known.series {
            self.series.end(series, &known.facts);
        }
    }

    /// How far time has come, where there is no more to read of any source.
    fn quiet(&self) -> Next<'_> {
        let dry: Option<Vec<_>> = self.going_on().map(|source| source.dry).collect();
        let Some(since) = dry.iter().flatten().map(|(since, _)| *since).max() else { return Next::Busy };
        let known: Option<Vec<_>> = dry.iter().flatten().map(|(_, until)| *until).collect();
        let until = known.and_then(|known| known.into_iter().min());
        Next::Quiet(Quiet { silence: now().duration_since(since), until })
    }

    fn going_on(&self) -> impl Iterator<Item = &SourceState> {
        self.sources.iter().filter(|source| !source.ended)
    }
}

impl Roster for Live {
    fn count(&self) -> u32 {
        u32::try_from(self.captures.len()).unwrap_or(u32::MAX)
    }

    fn facts(&self, id: CaptureId) -> Option<&Facts> {
        Some(&self.captures.get(id.0 as usize)?.facts)
    }

    fn series(&self, id: CaptureId) -> Option<SeriesId> {
        self.captures.get(id.0 as usize)?.series
    }

    fn failure(&self, id: CaptureId) -> Option<&Error> {
        self.failures.get(self.captures.get(id.0 as usize)?.failure?)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What was taken from the sources.
enum Taken {
    Frames,
    Nothing,
    Notice(Notice),
    End,
}

#[expect(clippy::disallowed_methods, reason = "only this machine's clock tells how long nothing has come")]
fn now() -> Instant {
    Instant::now()
}

/// How many deliveries wait at most.
const QUEUE: usize = 8;
