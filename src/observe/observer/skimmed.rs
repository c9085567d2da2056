//! Frames that are observed by what was noted of them.

use crate::capture::{Frame, Run, SeriesId, Skimmed};
use crate::decode::{Unrelated, glance};
use crate::time::Timestamp;

use super::Observer;
use crate::observe::arrivals::Tick;
use crate::observe::esp_packet::{EspFlow, FlowId};
use crate::observe::note::{Note, Noted};
use crate::observe::place::{At, Segment};
use crate::observe::spans::More;
use crate::observe::stations::{Stations, macs};
use crate::observe::tally::Counts;
use crate::observe::unrelated::Common;

/// Frames that were taken in.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// How many.
    pub frames: usize,
    /// The time of the earliest.
    pub earliest: Timestamp,
    /// Whether the next one must be decoded.
    pub is_next_decoded: bool,
}

impl Observer {
    /// Takes in frames of a run from `from` on, as [`Self::packet`] takes in what is decoded of them: as many of them as
    /// their notes say all of, as long as none but the first is earlier than all before it. Where there is none, the first must
    /// be decoded.
    ///
    /// A frame of the kind that is `awaited` must be decoded all the same, though this program is not about it: it may be a
    /// segment of a stream that carries IKE.
    pub fn skimmed(&mut self, run: &Run<'_, Note>, from: usize, awaited: Option<Unrelated>) -> Taken {
        if self.legends.is_one_too_many(run.legend) || self.arrivals.are_sparse() {
            self.arrivals.spread(&self.legends);
        }
        self.legends.take_up(run.legend);
        // What is folded on the way counts there, before these frames do.
        self.tally_mut(run.capture);
        let (mut taken, mut counts) =
            (Taken { frames: 0, earliest: Timestamp::MAX, is_next_decoded: false }, Counts::NONE);
        loop {
            taken.frames += self.plain(run, from + taken.frames, awaited, &mut counts);
            let Some(skimmed) = run.frame(from + taken.frames) else { break };
            let at = At { time: skimmed.time(), capture: run.capture, frame: skimmed.number() };
            if taken.frames > 0 && at.time < counts.earliest {
                break;
            }
            taken.is_next_decoded = true;
            self.fold_before(at);
            let item = match skimmed.note().read() {
                Noted::Esp { flow } => {
                    let known = self.legends.present().get(flow);
                    let Some(flow) = known.or_else(|| self.learn(flow, run.series, &skimmed.frame())) else {
                        break;
                    };
                    counts.esp += 1;
                    skimmed.note().packet(flow)
                }
                Noted::Unrelated(kind) if awaited != Some(kind) => {
                    self.tally_mut(run.capture).note_unrelated(kind);
                    None
                }
                _ => break,
            };
            taken.frames += 1;
            taken.is_next_decoded = false;
            counts.add(at.time, skimmed.captured());
            self.tick(at, run.series, &skimmed.frame());
            match item {
                Some(packet) => self.arrivals.push_esp(at, &packet),
                None => self.unrelated(at, run.series, skimmed),
            }
            self.fold_at_turn();
        }
        if taken.frames > 0 {
            taken.earliest = counts.earliest;
            self.tally_mut(run.capture).note_all(&counts);
        }
        taken
    }

    /// Takes in frames from `from` on as long as they hold ESP of known flows, or nothing this program is about and are no
    /// gateway's, and come in order within the second that the clock has come to: how many. Most frames are such.
    //
    // A function of its own, so that its loop has all registers.
    #[inline(never)]
    fn plain(
        &mut self,
        run: &Run<'_, Note>,
        from: usize,
        awaited: Option<Unrelated>,
        counts: &mut Counts,
    ) -> usize {
        let Some(first) = run.frame(from) else { return 0 };
        let place = |skimmed: &Skimmed<'_, Note>| At {
            time: skimmed.time(),
            capture: run.capture,
            frame: skimmed.number(),
        };
        let limit = self.arrivals.until_settled(self.until_turn());
        let Self { tallies, arrivals, legends, stations, .. } = self;
        let Some(tally) = tallies.get_mut(run.capture.0 as usize) else { return 0 };
        if !arrivals.is_in_order(place(&first)) {
            return 0;
        }
        let known = legends.present();
        let awaited = awaited.and_then(Common::of);
        let unsettled_before = run.unsettled_before(from);
        let mut unsettled = unsettled_before;
        // Where a flow may be unknown, or the clock may come to another second, each frame is looked at.
        let mut is_each_looked_at = !known.are_complete(run.terms);
        let (mut latest, mut packets, mut first_packet, mut at) = (first.time(), 0, usize::MAX, from);
        loop {
            let next = if is_each_looked_at { at } else { run.nth_unsettled(unsettled) };
            if at < next {
                let [first, last] = [at, next - 1].map(|at| run.kept(at).map(|kept| kept.time()));
                if first.is_some_and(|first| first >= latest) && last.is_some_and(|last| last <= limit) {
                    latest = last.unwrap_or(latest);
                    packets += (next - at) as u64;
                    first_packet = first_packet.min(at);
                    at = next;
                } else {
                    is_each_looked_at = true;
                }
            }
            let Some(kept) = run.kept(at) else { break };
            let (time, note) = (kept.time(), kept.note());
            if time < latest || time > limit {
                break;
            }
            if note.fields().is_some() {
                if !known.has(note.number()) {
                    break;
                }
                packets += 1;
                first_packet = first_packet.min(at);
            } else {
                let Some(kind) = note.unrelated_kind() else { break };
                let is_of_gateway = || run.frame(at).is_some_and(|skimmed| is_of_gateway(stations, skimmed));
                if awaited == Some(kind) || is_of_gateway() {
                    break;
                }
                tally.note_common(kind);
            }
            latest = time;
            at += 1;
            unsettled += 1;
        }
        // Those that were looked at for another reason were counted too.
        if is_each_looked_at {
            unsettled = run.unsettled_before(at);
        }
        let taken = at - from;
        if let Some(last) = taken.checked_sub(1).and_then(|last| run.frame(from + last)) {
            arrivals.arrive(run, &More { from: first_packet, to: at, packets, last: place(&last) });
            counts.esp += packets;
            let captured = run.captured((from, unsettled_before), (at, unsettled));
            counts.add_all(taken, captured, (first.time(), latest));
        }
        taken
    }

    /// Hears the place of a frame.
    fn tick(&mut self, at: At, series: SeriesId, frame: &Frame<'_>) {
        let latest = self.arrivals.now();
        let tick = self.arrivals.tick(at);
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

/// Whether an Ethernet frame that holds nothing this program is about comes from a gateway or goes to one.
#[inline]
fn is_of_gateway(stations: &Stations, skimmed: Skimmed<'_, Note>) -> bool {
    skimmed.note().traces().into_iter().any(|trace| stations.may_have(trace)) && has_mac(stations, skimmed)
}

/// Whether either MAC of an Ethernet frame is a gateway's.
#[cold]
fn has_mac(stations: &Stations, skimmed: Skimmed<'_, Note>) -> bool {
    let head = skimmed.frame().bytes.first_chunk();
    head.is_some_and(|head| macs(head).into_iter().any(|mac| stations.has(mac)))
}
