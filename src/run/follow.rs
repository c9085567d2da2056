//! The same stages, fed by captures that go on.

use std::io;
use std::time::Duration;

use crate::capture::{CaptureId, Live, LiveFrame, Next, Notice, Roster, SeriesId};
use crate::diagnose::{Finding, Known};
use crate::observe::Tally;
use crate::report::{Report, TimelineEntry};
use crate::time::Timestamp;
use crate::track::{GroupFacts, TunnelFacts};

use super::ahead::Stages;
use super::line::Line;
use super::{Intake, Options, Sink, report};

/// Who follows.
pub trait Follower: Sink {
    /// A capture of this name gives its first frame.
    fn began(&mut self, _capture: CaptureId, _name: &str) {}

    /// Something happened to a source.
    fn notice(&mut self, _notice: &Notice) -> io::Result<()> {
        Ok(())
    }

    /// An entry that was told while nothing came turned out to be wrong when frames came late.
    fn taken_back(&mut self, _entry: &TimelineEntry) -> io::Result<()> {
        Ok(())
    }

    /// Frames of a capture come late, in blocks: silence is judged so much later from now on.
    fn held_back(&mut self, _name: &str, _lag: Duration) -> io::Result<()> {
        Ok(())
    }

    /// Called often, at least ten times a second: what is known now. Says whether to go on.
    fn look(&mut self, _view: &View<'_>) -> io::Result<Go> {
        Ok(Go::On)
    }
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Go {
    /// More is wanted.
    On,
    /// No more is wanted.
    Stop,
}

/// What is known at one moment.
pub struct View<'a> {
    live: &'a Live,
    line: &'a Line,
    /// Frames so far.
    pub frames: u64,
    /// For how long nothing has come; none while there is more to read.
    pub silence: Option<Duration>,
    /// How long it has been followed, by this machine's clock.
    pub elapsed: Duration,
}

impl View<'_> {
    /// The earliest frame; none before the first.
    pub fn start(&self) -> Option<Timestamp> {
        Some(self.line.start).filter(|&start| start != Timestamp::MAX)
    }

    /// How far time has come by the captures' clock; none before the first frame.
    pub fn now(&self) -> Option<Timestamp> {
        let seen = self.line.observer.now()?;
        Some(seen.max(self.line.observer.handed_on_until()))
    }

    /// The captures.
    pub fn captures(&self) -> &dyn Roster {
        self.live
    }

    /// What each capture held, by [`CaptureId`].
    pub fn tally(&self, id: CaptureId) -> Option<&Tally> {
        self.line.observer.tallies().get(id.0 as usize)
    }

    /// The gateway groups, in order of their keys. Costs a step for each.
    pub fn groups(&self) -> Vec<GroupFacts> {
        self.line.tracker.group_facts()
    }

    /// The tunnels, in order of first packet. Costs a step for each.
    pub fn tunnels(&self) -> Vec<TunnelFacts> {
        self.line.tracker.tunnel_facts()
    }

    /// What was diagnosed so far of these groups and tunnels, worst first. Nothing is said of the captures themselves, which
    /// are not at their end.
    pub fn findings(&self, groups: &[GroupFacts], tunnels: &[TunnelFacts]) -> Vec<Finding> {
        self.line.diagnosis.findings(&Known { groups, tunnels, captures: &[] })
    }
}

/// Follows captures through all stages, until they end, the follower wants no more, or so many `frames` have come. The
/// report is that of what was read.
///
/// Memory grows with groups, tunnels, SAs, failovers and files, not with frames.
///
/// # Errors
///
/// Only those of `follower`. What cannot be read is told in the report.
pub fn follow(
    live: &mut Live,
    options: &Options,
    frames: Option<u64>,
    follower: &mut dyn Follower,
) -> io::Result<Report> {
    let mut following = Following {
        intake: Intake::new(&options.decode),
        stages: Stages::new(Line::new(options)),
        wanted: frames.unwrap_or(u64::MAX),
        frames: 0,
        begun: None,
        gateways: 0,
        missing: 0,
    };
    let mut silence = None;
    loop {
        let since_look = following.frames % FRAMES_BETWEEN_LOOKS;
        let mut is_time = false;
        match live.next(WAIT) {
            Next::Frame(frame) => {
                silence = None;
                following.frame(&frame, follower)?;
                is_time = since_look + 1 == FRAMES_BETWEEN_LOOKS;
                if following.frames >= following.wanted {
                    break;
                }
            }
            Next::Quiet(quiet) => {
                silence = Some(quiet.silence);
                let watched: Vec<SeriesId> = live.watched().collect();
                following.stages.quiet(quiet, &watched, follower)?;
                is_time = true;
            }
            Next::Notice(notice) => follower.notice(&notice)?,
            Next::Busy => is_time = true,
            Next::End => break,
        }
        if is_time {
            following.want_gateways(live);
            following.count_missing(live);
            for entry in following.stages.taken_back() {
                follower.taken_back(&entry)?;
            }
            let view = View {
                live,
                line: following.stages.latest(),
                frames: following.frames,
                silence,
                elapsed: live.elapsed(),
            };
            if follower.look(&view)? == Go::Stop {
                live.stop();
            }
        }
    }
    following.finish(live, options, follower)
}

/// A run that goes on.
struct Following {
    intake: Intake,
    stages: Stages,
    wanted: u64,
    frames: u64,
    /// The capture that began last.
    begun: Option<CaptureId>,
    /// How many MACs of gateways were known when the sources were told.
    gateways: usize,
    /// How many frames the sources lacked when verdicts were told of it.
    missing: u64,
}

impl Following {
    /// Lets verdicts know what the sources lack, where that is more than before.
    fn count_missing(&mut self, live: &Live) {
        let missing = live.missing_frames();
        if missing != self.missing {
            self.missing = missing;
            self.stages.line.hear_of(live);
        }
    }

    /// Lets the sources know which gateways there are, where one is new.
    fn want_gateways(&mut self, live: &Live) {
        let observer = &self.stages.line.observer;
        if observer.gateway_macs() != self.gateways {
            self.gateways = observer.gateway_macs();
            live.want_gateways(observer.router_macs());
        }
    }

    fn frame(&mut self, frame: &LiveFrame<'_>, follower: &mut dyn Follower) -> io::Result<()> {
        self.frames += 1;
        if self.begun < Some(frame.capture) {
            self.begun = Some(frame.capture);
            follower.began(frame.capture, frame.name);
        }
        if let Some(lag) = self.stages.meet(frame.frame.time) {
            follower.held_back(frame.name, lag)?;
        }
        let capture = (frame.capture, frame.series, frame.name);
        self.stages.line.frame(capture, &frame.frame, &mut self.intake, follower)?;
        self.stages.hand_on(follower)
    }

    /// No more is wanted, or comes.
    fn finish(mut self, live: &Live, options: &Options, follower: &mut dyn Follower) -> io::Result<Report> {
        self.stages.reassembled(&self.intake.finish());
        self.stages.finish(live, follower)?;
        let (stages, left_over) = self.stages.left_over();
        left_over.iter().try_for_each(|entry| follower.taken_back(entry))?;
        Ok(report::of(live, &stages, options))
    }
}

/// How long to wait for more before time is looked at.
const WAIT: Duration = Duration::from_millis(50);
/// How many frames pass at most before the follower may look.
const FRAMES_BETWEEN_LOOKS: u64 = 512;
