//! Folding: what waits leaves in order of its place, into slices and runs.

use crate::time::Timestamp;

use super::{Observer, Other, What};
use crate::observe::arrivals::Front;
use crate::observe::clear::ClearSlice;
use crate::observe::esp::{EspSlice, Slices};
use crate::observe::esp_packet::EspPacket;
use crate::observe::flows::Flows;
use crate::observe::gateway::HelloRun;
use crate::observe::observation::Observation;
use crate::observe::order::Order;
use crate::observe::place::{At, Placed};
use crate::observe::segments::Segments;
use crate::observe::tally::Tally;

impl Observer {
    /// Before something comes that does not come in order, what is due must have been folded.
    #[inline]
    pub(super) fn fold_before(&mut self, at: At) {
        if !self.arrivals.is_in_order(at) {
            self.fold_settled();
        }
    }

    /// Folds what is due where the clock has come to another second.
    #[inline]
    pub(super) fn fold_at_turn(&mut self) {
        if self.arrivals.settled() > self.until_turn() {
            self.fold_settled();
        }
    }

    /// Up to when all that is settled is in the second that folding and telling have come to.
    #[inline]
    pub(super) fn until_turn(&self) -> Timestamp {
        self.order.second_end().min(*self.second.end())
    }

    /// Folds what nothing can come before any more.
    ///
    /// It may be done later, as long as nothing came in the meantime that is out of order and the clock did not come to
    /// another second: the same comes of it.
    pub(super) fn fold_settled(&mut self) {
        while let Some(first) = self.arrivals.first_ready() {
            if first != Front::Noted || !self.fold_spans() {
                self.fold_next(first);
            }
        }
        let settled = self.arrivals.settled();
        if settled > *self.second.end() {
            self.begin_second(settled);
            self.order.release();
        }
        if settled > self.order.second_end() {
            self.turn(settled);
        }
    }

    /// The clock comes to another second, before which nothing comes any more.
    #[cold]
    fn turn(&mut self, settled: Timestamp) {
        self.stations.take_up();
        self.end_clear(settled.whole_second());
        self.order.advance(settled);
    }

    /// Folds ESP that waits in spans and may be folded, up to where something else comes or another second begins. Whether
    /// there was any.
    #[inline(never)]
    fn fold_spans(&mut self) -> bool {
        let Self { tallies, arrivals, flows, legends, slices, second, .. } = self;
        let (start, end) = (*second.start(), Timestamp::from_nanos(second.end().nanos().saturating_add(1)));
        let mut is_any = false;
        while let Some((span, leave)) = arrivals.leaving() {
            let first = span.frames().next().filter(|first| first.time() >= start);
            let (Some(known), Some(_)) = (legends.flows(span.legend), first) else { break };
            let before = leave.before.min(end);
            let (mut frames, mut packets, mut is_whole) = (0, 0_u64, true);
            // As many as have to leave anyway, then those that are settled.
            for (before, most) in [(before, leave.anyway), (before.min(leave.settled), u64::MAX)] {
                let most = most.saturating_add(packets);
                is_whole = true;
                for kept in span.frames().skip(frames) {
                    let (time, note) = (kept.time(), kept.note());
                    if let Some(fields) = note.fields() {
                        if time >= before || packets >= most {
                            is_whole = false;
                            break;
                        }
                        let at = At { time, capture: span.capture, frame: kept.number() };
                        let flow = known.number(note.number());
                        let packet = EspPacket { flow, sequence: note.sequence(), fields };
                        if !slices.grow(at, flows, &packet) {
                            add_esp(slices, flows, (at, packet), tallies);
                        }
                        packets += 1;
                    }
                    frames += 1;
                }
                if is_whole {
                    break;
                }
            }
            if frames > 0 {
                is_any = true;
                arrivals.left(frames, packets);
            }
            if !is_whole {
                break;
            }
        }
        is_any
    }

    /// Folds all there is.
    pub(super) fn fold_all(&mut self) {
        while let Some(first) = self.arrivals.first() {
            self.fold_next(first);
        }
        self.end_slices();
        self.end_runs();
        let (order, segments) = (&mut self.order, &self.segments);
        let is_partial = self.stations.refused;
        self.conversations.end_all(&mut |slice| tell_clear(order, segments, is_partial, slice));
    }

    /// Slices and runs end at each whole second.
    #[cold]
    fn begin_second(&mut self, time: Timestamp) {
        self.second = time.start_of_second()..=time.end_of_second();
        self.end_slices();
        self.end_runs();
    }

    /// Folds the next packet unless it is a copy of one that was folded.
    fn fold_next(&mut self, first: Front) {
        let esp = match first {
            Front::Noted => self.arrivals.take_noted(&self.legends),
            Front::Esp => self.arrivals.take_esp(),
            Front::Other => {
                self.fold_other();
                None
            }
        };
        if let Some((at, packet)) = esp {
            self.come_to(at.time);
            add_esp(&mut self.slices, &mut self.flows, (at, packet), &mut self.tallies);
        }
        self.order.release();
    }

    /// Hears that folding comes to this time.
    #[inline]
    fn come_to(&mut self, time: Timestamp) {
        if !self.second.contains(&time) {
            self.begin_second(time);
        }
    }

    /// Folds the next packet, which is not ESP.
    #[inline(never)]
    fn fold_other(&mut self) {
        let Some((at, other)) = self.arrivals.take() else { return };
        self.come_to(at.time);
        let Other { segment, print, what } = other;
        if print.is_some_and(|print| self.duplicates.is_copy(at, print)) {
            return self.tally_mut(at.capture).note_duplicate(at.frame);
        }
        match what {
            What::Gateway(router, src_mac, message) => {
                let order = &mut self.order;
                let out = &mut |run: Placed<HelloRun>| order.push(run.into());
                // A gateway that changes must find the packets before the change in slices that end before it.
                if self.runs.add((at, segment), router, src_mac, *message, out) {
                    self.end_slices();
                }
            }
            What::Kind(kind) => self.order.push(Observation { at, segment, kind }),
        }
    }

    /// Ends the slices of ESP. Whoever sends from a gateway's address or is sent to at one has its MAC.
    fn end_slices(&mut self) {
        let (order, stations) = (&mut self.order, &mut self.stations);
        self.slices.end_all(&mut |whole: Placed<EspSlice>| {
            let EspSlice { sa, src_mac, dst_mac, .. } = whole.what;
            stations.learn_later(sa.src, src_mac);
            stations.learn_later(sa.dst, dst_mac);
            order.push(whole.into());
        });
    }

    /// Tells the traffic in clear that is due and began before this second.
    fn end_clear(&mut self, second: i64) {
        let (order, segments) = (&mut self.order, &self.segments);
        let is_partial = self.stations.refused;
        self.conversations.end_before(second, &mut |slice| tell_clear(order, segments, is_partial, slice));
    }

    fn end_runs(&mut self) {
        let order = &mut self.order;
        self.runs.end_all(&mut |whole| order.push(whole.into()));
    }
}

/// Tells a slice of traffic in clear, by the name of its segment.
fn tell_clear(
    order: &mut Order,
    segments: &Segments,
    is_partial: bool,
    Placed { at, segment, mut what }: Placed<ClearSlice>,
) {
    what.is_partial |= is_partial;
    order.push(Placed { at, segment: segments.name(segment), what }.into());
}

/// Adds any packet of ESP to its slice, unless it is a copy of one that was added.
#[inline(never)]
fn add_esp(slices: &mut Slices, flows: &mut Flows, (at, packet): (At, EspPacket), tallies: &mut [Tally]) {
    if !slices.add(at, flows, &packet)
        && let Some(tally) = tallies.get_mut(at.capture.0 as usize)
    {
        tally.note_duplicate(at.frame);
    }
}
