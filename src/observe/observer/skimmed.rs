//! Frames that are observed by what was noted of them.

use crate::capture::{Frame, Run, SeriesId, Skimmed};
use crate::decode::{Unrelated, glance};
use crate::time::Timestamp;
use crate::wire::mac::MacAddr;

use super::Observer;
use crate::observe::arrivals::Tick;
use crate::observe::esp::Slices;
use crate::observe::esp_packet::{EspFlow, FlowId};
use crate::observe::flows::Flows;
use crate::observe::note::{Note, Noted};
use crate::observe::place::{At, Segment};
use crate::observe::queue::Slot;
use crate::observe::stations::Stations;
use crate::observe::tally::{Counts, Tally};

/// Frames that were taken in.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// How many.
    pub frames: usize,
    /// The time of the earliest.
    pub earliest: Timestamp,
}

impl Observer {
    /// Takes in frames of a run from `from` on, as [`Self::packet`] takes in what is decoded of them: as many of them as
    /// their notes say all of, up to the first one that an observation comes of. How many there are, and the time of the
    /// earliest.
    ///
    /// Where `awaits` says so of a kind that this program is not about, a frame of that kind must be decoded all the same:
    /// it may be a segment of a stream that carries IKE.
    pub fn skimmed(&mut self, run: &Run<'_, Note>, from: usize, awaits: impl Fn(Unrelated) -> bool) -> Taken {
        self.legends.take_up(run.legend);
        let (mut taken, mut counts) = (Taken { frames: 0, earliest: Timestamp::MAX }, Counts::NONE);
        loop {
            taken.frames += self.plain(run, from + taken.frames, &awaits, &mut counts);
            if self.arrivals.is_ready() {
                self.fold_settled();
                if self.order.is_stirred() {
                    break;
                }
            }
            let Some(skimmed) = run.frame(from + taken.frames) else { break };
            let at = At { time: skimmed.time(), capture: run.capture, frame: skimmed.number() };
            let item = match skimmed.note().read() {
                Noted::Esp { flow } => {
                    let known = self.legends.flow(flow);
                    let Some(flow) = known.or_else(|| self.learn(flow, run.series, &skimmed.frame())) else {
                        break;
                    };
                    counts.esp += 1;
                    skimmed.note().packet(flow)
                }
                Noted::Unrelated(kind) if !awaits(kind) => {
                    self.tally_mut(run.capture).note_unrelated(kind);
                    None
                }
                _ => break,
            };
            taken.frames += 1;
            counts.add(at.time, skimmed.captured());
            if !self.arrivals.tick_on(at.time) {
                self.back(at, run.series, &skimmed.frame());
            }
            match item {
                Some(packet) => self.arrivals.push_esp(at, &packet),
                None => self.unrelated(at, run.series, skimmed),
            }
            self.fold_settled();
            if self.order.is_stirred() {
                break;
            }
        }
        if taken.frames > 0 {
            taken.earliest = counts.earliest;
            self.tally_mut(run.capture).note_all(&counts);
        }
        taken
    }

    /// Takes in frames from `from` on as long as they hold ESP of known flows, or nothing this program is about and are no
    /// gateway's, come in order of time, and nothing follows from them but that slices grow: how many. Most frames are such.
    //
    // A function of its own, so that its loop has all registers.
    #[inline(never)]
    fn plain(
        &mut self,
        run: &Run<'_, Note>,
        from: usize,
        awaits: &impl Fn(Unrelated) -> bool,
        counts: &mut Counts,
    ) -> usize {
        let Self { tallies, arrivals, flows, legends, slices, stations, second, order, .. } = self;
        let capture = run.capture.0 as usize;
        if tallies.len() <= capture {
            return 0;
        }
        let (start, end) = (*second.start(), *second.end());
        let limit = end.min(order.second_end());
        let (mut frames, mut bytes) = (0, 0);
        let first = run.frame(from).map(|first| first.time());
        for skimmed in run.frames_from(from) {
            let (time, note) = (skimmed.time(), skimmed.note());
            let Some(settled) = arrivals.settled_by(time).filter(|&settled| settled <= limit) else { break };
            if let Some(fields) = note.fields() {
                let Some(flow) = legends.flow(note.number()) else { break };
                let at = At { time, capture: run.capture, frame: skimmed.number() };
                arrivals.arrive(at, flow, note.sequence(), fields);
                counts.esp += 1;
            } else {
                let Noted::Unrelated(kind) = note.read() else { break };
                if awaits(kind) || is_of_gateway(stations, skimmed) {
                    break;
                }
                arrivals.pass(time);
                if let Some(tally) = tallies.get_mut(capture) {
                    tally.note_unrelated(kind);
                }
            }
            frames += 1;
            bytes += skimmed.captured() as u64;
            let is_idle = loop {
                let Some(ready) = arrivals.ready_by(settled) else { break true };
                if !ready.is_esp() || ready.time < start || ready.time > end {
                    break false;
                }
                if !slices.add_next(flows, ready) {
                    add_esp(slices, flows, ready, tallies);
                }
                arrivals.drop_first();
            };
            if !is_idle {
                break;
            }
        }
        arrivals.have_arrived();
        if let Some(first) = first.filter(|_| frames > 0) {
            counts.add_all(frames, bytes, (first, arrivals.latest()));
        }
        frames
    }

    /// Takes in the time of a frame that is earlier than one before it.
    #[cold]
    fn back(&mut self, at: At, series: SeriesId, frame: &Frame<'_>) {
        let latest = self.arrivals.now();
        let tick = self.arrivals.tick(at.time);
        if tick != Tick::On {
            let link = glance(frame).map(|packet| packet.link).unwrap_or_default();
            self.not_on(at, Segment::of(series, frame.interface, &link), tick, latest);
        }
    }

    /// Takes in a frame that holds nothing this program is about, which may be traffic in clear of a gateway.
    #[inline]
    fn unrelated(&mut self, at: At, series: SeriesId, skimmed: Skimmed<'_, Note>) {
        if is_of_gateway(&self.stations, skimmed) {
            self.unrelated_of_gateway(at, series, &skimmed.frame());
        }
    }

    /// Looks up the flow of a frame that holds ESP, which notes call by this number.
    #[cold]
    fn learn(&mut self, number: u32, series: SeriesId, frame: &Frame<'_>) -> Option<FlowId> {
        let packet = glance(frame)?;
        let segment = Segment::of(series, frame.interface, &packet.link);
        let flow = EspFlow::of(series, self.segments.name(segment), &packet)?;
        let flow = self.flow(flow);
        self.legends.learn(number, flow);
        Some(flow)
    }

    /// Takes in a frame of a gateway that holds nothing this program is about.
    #[inline(never)]
    fn unrelated_of_gateway(&mut self, at: At, series: SeriesId, frame: &Frame<'_>) {
        if let Some(packet) = glance(frame) {
            self.clear(at, Segment::of(series, frame.interface, &packet.link), &packet);
        }
    }
}

/// Adds any packet of ESP to its slice, unless it is a copy of one that was added.
#[inline(never)]
fn add_esp(slices: &mut Slices, flows: &mut Flows, slot: &Slot, tallies: &mut [Tally]) {
    if let Some((at, packet)) = slot.esp()
        && !slices.add(at, flows, &packet)
        && let Some(tally) = tallies.get_mut(at.capture.0 as usize)
    {
        tally.note_duplicate(at.frame);
    }
}

/// Whether an Ethernet frame comes from a gateway or goes to one.
#[inline]
fn is_of_gateway(stations: &Stations, skimmed: Skimmed<'_, Note>) -> bool {
    let Some(&[d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5]) = skimmed.frame().bytes.first_chunk() else {
        return false;
    };
    stations.has(MacAddr([s0, s1, s2, s3, s4, s5])) || stations.has(MacAddr([d0, d1, d2, d3, d4, d5]))
}
