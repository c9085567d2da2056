//! ESP: SAs that begin, go on and fall silent.

use std::net::IpAddr;

use crate::observe::{At, EspSlice, Segment};
use crate::time::Timestamp;

use super::super::event::{Event, EventKind};
use super::super::subject::{Direction, Subject};
use super::super::tunnels::TunnelId;
use super::{Tracker, WayId, event};

impl Tracker {
    /// Takes ESP.
    pub(super) fn esp(&mut self, at: At, segment: Segment, slice: &EspSlice, out: &mut Vec<Event>) {
        let (src, dst) = (slice.sa.src, slice.sa.dst);
        let packet = self.packet((at, segment), (src, dst), (slice.src_mac, slice.dst_mac));
        let Some((id, sender)) = packet else { return };
        let Some(state) = self.tunnels.numbered_mut(id) else { return };
        let key = state.key;
        let (is_new, is_new_router) = state.esp(at, slice, sender);
        if let Some(router) = sender.filter(|_| is_new_router) {
            self.visible.show(segment, router);
        }
        self.tell_esp(id, at, slice, (sender, is_new), out);
        if is_new {
            self.tunnels.note_new_sa();
        }
        if !self.leaks.is_idle() {
            let state = self.tunnels.numbered(id);
            let outbound = state.iter().flat_map(|state| &state.bindings).filter(|(_, local)| *local == src);
            outbound.for_each(|&(group, _)| self.leaks.esp(group, at, slice, sender));
        }
        let mut outages = Vec::new();
        self.outages.esp(key, at, slice, sender, &mut outages);
        self.tell_outages(outages, out);
    }

    /// Tells ESP that starts or goes on, and sets the timer for its next silence.
    fn tell_esp(
        &mut self,
        id: TunnelId,
        at: At,
        slice: &EspSlice,
        (sender, is_new): (Option<IpAddr>, bool),
        out: &mut Vec<Event>,
    ) {
        let Some(state) = self.tunnels.numbered_mut(id) else { return };
        let (tunnel, direction) = (state.tunnel(), state.direction(slice.sa.src));
        // What goes on with an SA known before has only paused.
        if is_new && direction == Direction::Outbound {
            state.stop_ended(at, &self.gateways, &self.options);
        }
        let key = state.key;
        let way = state.way_mut(slice.sa.src);
        let stopped = std::mem::take(&mut way.stopped);
        let silence = way.note(at, slice);
        let spi = slice.sa.spi;
        let patience = self.options.silence * 2_u32.saturating_pow(way.silences.min(3));
        if is_new {
            let kind = EventKind::EspStarted { direction, spi, sequence: slice.tally.first_sequence };
            out.push(event(at, tunnel, sender, kind));
        } else if stopped {
            out.push(event(at, tunnel, sender, EventKind::EspResumed { direction, spi, silence }));
        }
        // A packet that comes late counts as heard now.
        let heard = slice.last.time.max(self.now);
        self.silences.set((id, slice.sa.src != key.low), heard.plus(patience));
    }

    /// Directions of tunnels have been silent for long enough: all for which that was due at one time.
    pub(super) fn fell_silent(&mut self, out: &mut Vec<Event>) {
        let Some((deadline, first)) = self.silences.fire(self.now) else { return };
        let mut ways = vec![first];
        while self.silences.next() == Some(deadline) {
            ways.extend(self.silences.fire(self.now).map(|(_, way)| way));
        }
        ways.sort_by_key(|&(id, is_high)| (self.tunnels.numbered(id).map(|state| state.key), is_high));
        for way in ways {
            self.tell_silence(deadline, way, out);
        }
    }

    fn tell_silence(&mut self, deadline: Timestamp, (id, is_high): WayId, out: &mut Vec<Event>) {
        let Some(state) = self.tunnels.numbered_mut(id) else { return };
        let src = if is_high { state.key.high } else { state.key.low };
        let (tunnel, direction) = (state.tunnel(), state.direction(src));
        let way = state.way_mut(src);
        way.stopped = true;
        way.silences += 1;
        let Some((last, spi)) = way.last else { return };
        out.push(Event {
            time: deadline,
            capture: last.capture,
            frame: None,
            subject: Subject::Tunnel(tunnel),
            router: None,
            peer: Some(tunnel.peer),
            kind: EventKind::EspStopped { direction, spi, last },
        });
    }
}
