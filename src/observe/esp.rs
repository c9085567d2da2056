//! ESP packets folded into slices.
//!
//! A slice holds the packets of one SA from one MAC on one interface. It ends at each whole second of capture
//! time and where a gateway changes, so that the packets before a change are told from those after it.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::capture::SeriesId;
use crate::decode::Encapsulation;
use crate::wire::mac::MacAddr;

use super::duplicates::RecentPackets;
use super::esp_packet::{EspFlow, EspPacket};
use super::flows::Flows;
use super::growing::{Growing, Growth, Stem};
use super::place::{At, Placed, SaKey, Segment};
use super::sequence::SequenceWindow;

/// ESP packets of one SA from one MAC within one second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EspSlice {
    /// The SA.
    pub sa: SaKey,
    /// Source MAC of the frames.
    pub src_mac: Option<MacAddr>,
    /// Destination MAC of the last frame.
    pub dst_mac: Option<MacAddr>,
    /// How it travels.
    pub encapsulation: Encapsulation,
    /// Its last frame.
    pub last: At,
    /// What its packets add up to.
    pub tally: EspTally,
}

/// What ESP packets of one SA add up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EspTally {
    /// How many packets.
    pub packets: u64,
    /// Bytes of the ESP packets on the wire, headers included.
    pub bytes: u64,
    /// Sequence number of the first packet, as on the wire.
    pub first_sequence: u32,
    /// Sequence number of the last packet, as on the wire.
    pub last_sequence: u32,
    /// Lowest sequence number, extended over wraps.
    pub lowest: u64,
    /// Highest sequence number, extended over wraps.
    pub highest: u64,
    /// Packets whose sequence number was seen before.
    pub repeated: u64,
}

impl EspTally {
    /// One packet, with its sequence number extended over wraps and whether that was seen before.
    #[inline]
    fn of(packet: &EspPacket, extended: u64, repeated: bool) -> Self {
        let sequence = packet.sequence;
        Self {
            packets: 1,
            bytes: packet.fields.length(),
            first_sequence: sequence,
            last_sequence: sequence,
            lowest: extended,
            highest: extended,
            repeated: u64::from(repeated),
        }
    }

    /// Adds packets that came after these, up to the highest sequence number, extended over wraps.
    fn grow(&mut self, growth: &Growth, highest: u64) {
        self.packets += growth.packets;
        self.bytes += growth.bytes;
        self.last_sequence = growth.last_sequence;
        self.highest = self.highest.max(highest);
    }

    /// Adds the packets that came after these.
    #[inline]
    pub fn add(&mut self, later: &Self) {
        self.packets += later.packets;
        self.bytes += later.bytes;
        self.last_sequence = later.last_sequence;
        self.lowest = self.lowest.min(later.lowest);
        self.highest = self.highest.max(later.highest);
        self.repeated += later.repeated;
    }

    /// Sequence numbers between the lowest and the highest that were never seen.
    pub const fn missing(&self) -> u64 {
        let span = self.highest - self.lowest + 1;
        span.saturating_sub(self.packets.saturating_sub(self.repeated))
    }
}

/// The slices that may still grow, and what sequence numbers each SA has used.
#[derive(Clone)]
pub(super) struct Slices {
    open: Vec<Placed<EspSlice>>,
    /// What is still to be added to them.
    growing: Vec<Growing>,
    /// The place of each SA in `states`.
    sas: HashMap<(SaKey, SeriesId), u32, RandomState>,
    states: Vec<SaState>,
    /// How often slices were ended: places in `open` from before are void.
    generation: u64,
    /// How often SAs were forgotten: links to `states` from before are void.
    era: u32,
}

/// What is known of one SA.
#[derive(Clone)]
struct SaState {
    window: SequenceWindow,
    /// Its slice in `open` from the source it was first seen from: most SAs have no other.
    first: Place,
    /// Its last packets, for telling copies.
    recent: RecentPackets,
    /// Its slices from other sources.
    others: Vec<Place>,
    /// What of it is growing, by place; at most one flow's packets are.
    growing: Option<u32>,
}

/// Where in `open` the slice of one source stands, if it is of the present generation.
#[derive(Clone)]
struct Place {
    generation: u64,
    index: usize,
    /// The series of captures the source was first seen in.
    series: SeriesId,
    source: Source,
}

/// Where packets come from.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Source {
    mac: Option<MacAddr>,
    segment: Segment,
}

/// Where a flow leads: its SA, and the number of its source there. With it, what each of its packets needs of it.
#[derive(Clone, Copy)]
pub(super) struct Link {
    era: u32,
    state: u32,
    /// Which of those that grow may be its packets.
    growing: u32,
    source: u8,
}

impl Link {
    /// Nowhere yet.
    pub(super) const NONE: Self = Self { era: NO_ERA, state: 0, growing: 0, source: NOT_LOOKED_UP };
}

impl Slices {
    /// No slices yet.
    pub(super) fn new() -> Self {
        Self {
            open: Vec::new(),
            growing: Vec::new(),
            sas: HashMap::default(),
            states: Vec::new(),
            generation: 0,
            era: 0,
        }
    }

    /// Adds a packet of one of `flows` where one with the sequence number before it was the last one of its SA, and others
    /// came in this slice: whether it was added.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every frame")]
    pub(super) fn grow(&mut self, at: At, flows: &Flows, packet: &EspPacket) -> bool {
        let link = flows.link(packet.flow);
        let growing = link.and_then(|link| self.growing.get_mut(link.growing as usize));
        growing.is_some_and(|growing| growing.add(at, packet))
    }

    /// Adds a packet of one of `flows`; whether it was one, and no copy of one that was added.
    #[inline(never)]
    pub(super) fn add(&mut self, at: At, flows: &mut Flows, packet: &EspPacket) -> bool {
        let Some((flow, link)) = flows.get_mut(packet.flow) else { return true };
        if link.era != self.era {
            *link = self.link(flow, packet);
        }
        let Some(state) = self.states.get_mut(link.state as usize) else { return true };
        if let Some(growing) = state.growing.take() {
            end_growing(&mut self.growing, growing, state, &mut self.open);
        }
        let (extended, repeated) = state.window.note(packet.sequence, at);
        if repeated && state.is_copy(at, flow.segment, packet) {
            return false;
        }
        let tally = EspTally::of(packet, extended, repeated);
        if link.source == NOT_LOOKED_UP {
            link.source = state.number_of(flow);
        }
        state.recent.remember(at.time, packet.sequence, packet.fields.ip(), link.source);
        match state.place_mut(link.source) {
            // The same packet from the same router in another capture is a copy, and no packet of its own.
            Some(known) if repeated && known.series != flow.series => return true,
            Some(known) if known.generation == self.generation => {
                let index = known.index;
                let Some(Placed { what: slice, .. }) = self.open.get_mut(index) else { return true };
                slice.last = at;
                slice.dst_mac = flow.dst_mac;
                slice.tally.add(&tally);
                if state.window.is_highest(extended) {
                    let slice = u32::try_from(index).unwrap_or(u32::MAX);
                    self.let_grow(link, packet, Stem { state: link.state, slice });
                }
                return true;
            }
            Some(known) => (known.generation, known.index) = (self.generation, self.open.len()),
            None => {}
        }
        self.open.push(Placed { at, segment: flow.segment, what: slice_of(at, flow, tally) });
        true
    }

    /// From now on packets that come next behind this one grow its slice.
    fn let_grow(&mut self, link: &mut Link, packet: &EspPacket, stem: Stem) {
        let growing = Growing::behind(packet, link.source, stem);
        let known = self.growing.get_mut(link.growing as usize);
        if let Some(known) = known.filter(|known| known.stem().slice == stem.slice) {
            *known = growing;
        } else {
            link.growing = u32::try_from(self.growing.len()).unwrap_or(u32::MAX);
            self.growing.push(growing);
        }
        if let Some(state) = self.states.get_mut(stem.state as usize) {
            state.growing = Some(link.growing);
        }
    }

    /// Forgets all flows but those in use, whose numbers change.
    pub(super) fn forget_flows<'a>(&mut self, flows: &mut Flows, in_use: impl Iterator<Item = &'a mut u32>) {
        // What grows is known by the number of its flow.
        self.end_growing();
        flows.forget_others(in_use);
    }

    /// Adds all that grows to the slices.
    fn end_growing(&mut self) {
        let mut ended = std::mem::take(&mut self.growing);
        for at in 0..ended.len() {
            let state = ended.get(at).map(|growing| growing.stem().state as usize);
            let Some(state) = state.and_then(|state| self.states.get_mut(state)) else { continue };
            state.growing = None;
            end_growing(&mut ended, u32::try_from(at).unwrap_or(u32::MAX), state, &mut self.open);
        }
        ended.clear();
        self.growing = ended;
    }

    /// Where a flow leads whose packet comes now.
    #[cold]
    fn link(&mut self, flow: &EspFlow, packet: &EspPacket) -> Link {
        let key = (flow.sa, flow.segment.series);
        if self.states.len() >= SA_LIMIT && !self.sas.contains_key(&key) {
            self.forget_oldest();
        }
        let next = u32::try_from(self.states.len()).unwrap_or(u32::MAX);
        let state = *self.sas.entry(key).or_insert(next);
        if state == next {
            let source = Source { mac: flow.src_mac, segment: flow.segment };
            self.states.push(SaState {
                window: SequenceWindow::new(packet.sequence),
                recent: RecentPackets::NONE,
                first: Place { generation: VOID, source, series: flow.series, index: 0 },
                others: Vec::new(),
                growing: None,
            });
        }
        Link { era: self.era, state, growing: 0, source: NOT_LOOKED_UP }
    }

    /// Whether no slice may still grow.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Ends all slices, in the order in which they began.
    pub(super) fn end_all(&mut self, out: &mut impl FnMut(Placed<EspSlice>)) {
        self.end_growing();
        self.generation += 1;
        self.open.drain(..).for_each(out);
    }

    /// Makes room by forgetting the SAs that were silent longest.
    fn forget_oldest(&mut self) {
        self.end_growing();
        self.era += 1;
        let mut ages: Vec<At> = self.states.iter().map(|state| state.window.last()).collect();
        let cut = ages.len() / 8;
        let (_, &mut oldest_kept, _) = ages.select_nth_unstable(cut);
        let is_kept = |state: &SaState| state.window.last() >= oldest_kept;
        let mut places = 0_u32..;
        let moved: Vec<Option<u32>> =
            self.states.iter().map(|state| if is_kept(state) { places.next() } else { None }).collect();
        self.sas.retain(|_, state| match moved.get(*state as usize) {
            Some(&Some(to)) => {
                *state = to;
                true
            }
            _ => false,
        });
        self.states.retain(is_kept);
    }
}

impl SaState {
    /// The number of a flow's source: 0 for the first, then the others in order. [`UNNUMBERED`] where there are too many.
    fn number_of(&mut self, flow: &EspFlow) -> u8 {
        let source = Source { mac: flow.src_mac, segment: flow.segment };
        if self.first.source == source {
            return 0;
        }
        let known = self.others.iter().position(|known| known.source == source);
        let other = known.unwrap_or_else(|| {
            if self.others.len() < OTHER_SOURCES {
                self.others.push(Place { generation: VOID, source, series: flow.series, index: 0 });
            }
            self.others.len() - 1
        });
        let is_known = self.others.get(other).is_some_and(|place| place.source == source);
        u8::try_from(other + 1).ok().filter(|_| is_known).unwrap_or(UNNUMBERED)
    }

    #[inline]
    fn place_mut(&mut self, number: u8) -> Option<&mut Place> {
        match number.checked_sub(1) {
            None => Some(&mut self.first),
            Some(other) => self.others.get_mut(usize::from(other)),
        }
    }

    /// Whether a packet whose sequence number is repeated is a copy of one seen before on the same segment.
    #[cold]
    fn is_copy(&mut self, at: At, segment: Segment, packet: &EspPacket) -> bool {
        let original = self.recent.original(at, packet).and_then(|number| self.place_mut(number));
        original.is_some_and(|original| original.source.segment == segment)
    }
}

/// Adds what grows of an SA to its slice.
fn end_growing(growing: &mut [Growing], at: u32, state: &mut SaState, open: &mut [Placed<EspSlice>]) {
    let Some(growing) = growing.get_mut(at as usize) else { return };
    if let Some(growth) = growing.end(&mut state.recent)
        && let Some(Placed { what: slice, .. }) = open.get_mut(growing.stem().slice as usize)
    {
        let highest = state.window.note_following(growth.packets, growth.last);
        slice.last = growth.last;
        slice.tally.grow(&growth, highest);
    }
}

/// The slice that a packet of `flow` begins.
const fn slice_of(at: At, flow: &EspFlow, tally: EspTally) -> EspSlice {
    EspSlice {
        sa: flow.sa,
        src_mac: flow.src_mac,
        dst_mac: flow.dst_mac,
        encapsulation: flow.encapsulation,
        last: at,
        tally,
    }
}

/// How many SAs are remembered at once; forged SPIs push out the oldest, never the program's memory. Half of what a hash
/// table of 2^18 places holds: one that is fuller grows when entries come and go, though their number does not.
const SA_LIMIT: usize = (1 << 18) / 8 * 7 / 2;
/// How many sources of one SA are folded beside its first; packets from more stay unfolded.
const OTHER_SOURCES: usize = 15;
/// A generation that never comes.
const VOID: u64 = u64::MAX;
/// An era that never comes: so often nothing is forgotten.
const NO_ERA: u32 = u32::MAX;
/// The number of a source that has none, and of one that was not asked for yet.
const UNNUMBERED: u8 = u8::MAX;
const NOT_LOOKED_UP: u8 = u8::MAX - 1;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{CaptureId, FrameNumber};
    use crate::observe::esp_packet::{EspFields, FlowId};
    use crate::observe::flows::tests::flow;
    use crate::time::Timestamp;

    fn at(frame: u64) -> At {
        let time = Timestamp::from_nanos(i64::try_from(frame).unwrap() * 1_000);
        At { time, capture: CaptureId(0), frame: FrameNumber(frame) }
    }

    fn packet(flow: FlowId, sequence: u32) -> EspPacket {
        EspPacket { flow, sequence, fields: EspFields::new(100, (Some(7), 64)) }
    }

    /// The slices in which these end: SPI, packets, last sequence number.
    fn ended(slices: &mut Slices) -> Vec<(u32, u64, u32)> {
        let mut ended = Vec::new();
        slices.end_all(&mut |Placed { what: EspSlice { sa, tally, .. }, .. }| {
            ended.push((sa.spi, tally.packets, tally.last_sequence));
        });
        ended
    }

    #[test]
    fn packets_grow_a_slice_once_it_has_two_in_order() {
        let (mut flows, mut slices) = (Flows::new(), Slices::new());
        let id = flows.number(flow(1));
        let grown: Vec<bool> = [1, 2, 3, 4, 6, 7, 5]
            .into_iter()
            .map(|sequence| {
                let (at, packet) = (at(sequence.into()), packet(id, sequence));
                slices.grow(at, &flows, &packet) || !slices.add(at, &mut flows, &packet)
            })
            .collect();
        assert_eq!(grown, [false, false, true, true, false, true, false]);
        assert_eq!(ended(&mut slices), [(1, 7, 5)]);
        assert!(!slices.grow(at(8), &flows, &packet(id, 8)), "another slice has not begun");
    }

    #[test]
    fn a_flow_that_gets_the_number_of_another_does_not_grow_its_slice() {
        let (mut flows, mut slices) = (Flows::new(), Slices::new());
        let [one, other] = [1, 2].map(|spi| flows.number(flow(spi)));
        for (frame, packet) in (1..).zip([packet(other, 1), packet(one, 1), packet(one, 2)]) {
            assert!(slices.add(at(frame), &mut flows, &packet));
        }
        assert!(slices.grow(at(4), &flows, &packet(one, 3)));
        let mut number = other.0;
        slices.forget_flows(&mut flows, [&mut number].into_iter());
        assert_eq!(number, one.0, "the other one has this number now");
        assert!(!slices.grow(at(5), &flows, &packet(FlowId(number), 4)));
        assert_eq!(ended(&mut slices), [(2, 1, 1), (1, 3, 3)]);
    }
}
