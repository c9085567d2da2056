//! A queue of packets in order of their places, made for ESP: nearly every frame of a VPN gateway passes through it.
//!
//! An ESP packet is written into its slot field by field, and read so: a structure that is copied as a whole right after it
//! was put together waits for its fields. Whatever else comes lies beside, and its slot says where.

use crate::capture::{CaptureId, FrameNumber};
use crate::time::Timestamp;

use super::esp_packet::{EspFields, EspPacket, FlowId};
use super::place::At;

/// Packets in order of their places.
#[derive(Clone)]
pub(super) struct Queue<T> {
    /// A ring; their count is a power of two.
    slots: Box<[Slot]>,
    /// The slot of the first packet.
    head: usize,
    len: usize,
    others: Vec<Option<T>>,
    /// Free places in `others`.
    free: Vec<u32>,
}

/// A packet that waits.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub(super) time: Timestamp,
    frame: FrameNumber,
    capture: CaptureId,
    /// The flow; of anything else where it lies.
    pub(super) number: u32,
    pub(super) sequence: u32,
    /// As in [`EspFields::word`]; of anything else 0.
    fields: u64,
}

impl<T> Queue<T> {
    /// Nothing waits.
    pub(super) fn new() -> Self {
        Self { slots: empty(FIRST_SLOTS), head: 0, len: 0, others: Vec::new(), free: Vec::new() }
    }

    /// How many packets wait.
    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// The first packet.
    #[inline]
    pub(super) fn first(&self) -> Option<&Slot> {
        self.slots.get(self.head).filter(|_| self.len > 0)
    }

    /// Puts ESP in its place.
    pub(super) fn push_esp(&mut self, at: At, packet: &EspPacket) {
        let slot = self.push(at);
        slot.number = packet.flow.0;
        slot.sequence = packet.sequence;
        slot.fields = packet.fields.word();
        self.settle();
    }

    /// Puts anything else in its place.
    pub(super) fn push_other(&mut self, at: At, what: T) {
        let place = self.free.pop().unwrap_or_else(|| {
            self.others.push(None);
            u32::try_from(self.others.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(free) = self.others.get_mut(place as usize) {
            *free = Some(what);
        }
        let slot = self.push(at);
        slot.number = place;
        slot.fields = 0;
        self.settle();
    }

    /// Takes the first packet, where that is ESP.
    pub(super) fn pop_esp(&mut self) -> Option<(At, EspPacket)> {
        let taken = self.first()?.esp()?;
        self.drop_first();
        Some(taken)
    }

    /// Takes the first packet, where that is anything else.
    pub(super) fn pop_other(&mut self) -> Option<(At, T)> {
        let slot = *self.first().filter(|slot| !slot.is_esp())?;
        self.drop_first();
        self.free.push(slot.number);
        Some((slot.at(), self.others.get_mut(slot.number as usize)?.take()?))
    }

    #[inline]
    fn drop_first(&mut self) {
        self.head = self.head.wrapping_add(1) & self.last_slot();
        self.len = self.len.saturating_sub(1);
    }

    /// The flows of the ESP that waits.
    pub(super) fn flows_mut(&mut self) -> impl Iterator<Item = &mut u32> {
        let (head, len, last) = (self.head, self.len, self.last_slot());
        let waits = move |at: usize| (at.wrapping_sub(head) & last) < len;
        let slots = self.slots.iter_mut().enumerate().filter(move |(at, _)| waits(*at));
        slots.filter(|(_, slot)| slot.is_esp()).map(|(_, slot)| &mut slot.number)
    }

    /// The slot behind the last one, for a packet at this place.
    #[inline]
    fn push(&mut self, at: At) -> &mut Slot {
        if self.len == self.slots.len() {
            self.grow();
        }
        let end = self.head.wrapping_add(self.len) & self.last_slot();
        self.len = self.len.wrapping_add(1);
        // The slot is there: there are more than `len`.
        let slot = &mut self.slots[end];
        slot.time = at.time;
        slot.frame = at.frame;
        slot.capture = at.capture;
        slot
    }

    /// Moves the last packet to its place, where that is not at the end.
    fn settle(&mut self) {
        let end = self.head + self.len;
        let [before, last] = [end.wrapping_sub(2), end.wrapping_sub(1)].map(|at| at & self.last_slot());
        let (Some(before), Some(last)) = (self.slots.get(before), self.slots.get(last)) else { return };
        if self.len > 1 && last.time <= before.time && last.at() < before.at() {
            self.move_forward();
        }
    }

    #[cold]
    fn move_forward(&mut self) {
        let mut end = self.len - 1;
        let (head, last) = (self.head, self.last_slot());
        let slot = |at: usize| (head + at) & last;
        let moved = self.slots[slot(end)];
        while end > 0 && moved.at() < self.slots[slot(end - 1)].at() {
            self.slots[slot(end)] = self.slots[slot(end - 1)];
            end -= 1;
        }
        self.slots[slot(end)] = moved;
    }

    #[cold]
    fn grow(&mut self) {
        let mut more = empty(self.slots.len() * 2);
        let ordered = (0..self.len).filter_map(|at| self.slots.get((self.head + at) & self.last_slot()));
        more.iter_mut().zip(ordered).for_each(|(to, slot)| *to = *slot);
        self.slots = more;
        self.head = 0;
    }

    #[inline]
    const fn last_slot(&self) -> usize {
        self.slots.len() - 1
    }
}

impl Slot {
    /// Where it stands.
    #[inline]
    pub(super) const fn at(&self) -> At {
        At { time: self.time, capture: self.capture, frame: self.frame }
    }

    /// Whether it is ESP.
    #[inline]
    pub(super) const fn is_esp(&self) -> bool {
        self.fields != 0
    }

    /// What it says of ESP beside flow and sequence number.
    #[inline]
    pub(super) const fn fields(&self) -> Option<EspFields> {
        EspFields::of_word(self.fields)
    }

    /// The packet, where it is ESP.
    pub(super) fn esp(&self) -> Option<(At, EspPacket)> {
        let (flow, sequence) = (FlowId(self.number), self.sequence);
        Some((self.at(), EspPacket { flow, sequence, fields: self.fields()? }))
    }
}

fn empty(slots: usize) -> Box<[Slot]> {
    let (time, frame, capture) = (Timestamp::MIN, FrameNumber(0), CaptureId(0));
    vec![Slot { time, frame, capture, number: 0, sequence: 0, fields: 0 }; slots].into_boxed_slice()
}

const FIRST_SLOTS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanos: i64, frame: u64) -> At {
        At { time: Timestamp::from_nanos(nanos), capture: CaptureId(3), frame: FrameNumber(frame) }
    }

    fn packet(sequence: u32) -> EspPacket {
        EspPacket {
            flow: FlowId(sequence + 1),
            sequence,
            fields: EspFields::new(sequence + 2, (Some(9), 64)),
        }
    }

    /// What leaves a queue: time and frame, and the sequence number or the other thing negated.
    fn drain(queue: &mut Queue<i64>) -> Vec<(i64, u64, i64)> {
        let mut drained = Vec::new();
        while queue.len() > 0 {
            if let Some((at, packet)) = queue.pop_esp() {
                assert_eq!(packet.flow.0, packet.sequence + 1);
                assert_eq!(packet.fields, EspFields::new(packet.sequence + 2, (Some(9), 64)));
                drained.push((at.time.nanos(), at.frame.0, packet.sequence.into()));
            }
            if let Some((at, other)) = queue.pop_other() {
                drained.push((at.time.nanos(), at.frame.0, -other));
            }
        }
        drained
    }

    #[test]
    fn packets_leave_in_order_of_their_places() {
        let mut queue = Queue::new();
        queue.push_esp(at(30, 1), &packet(1));
        queue.push_other(at(10, 2), 2);
        queue.push_esp(at(30, 3), &packet(3));
        queue.push_esp(at(20, 4), &packet(4));
        queue.push_other(at(30, 3), 5);
        assert_eq!((queue.len(), queue.first().map(Slot::at)), (5, Some(at(10, 2))));
        assert_eq!(drain(&mut queue), [(10, 2, -2), (20, 4, 4), (30, 1, 1), (30, 3, 3), (30, 3, -5)]);
        assert!(queue.len() == 0 && queue.first().is_none());
    }

    #[test]
    fn it_grows_and_goes_round() {
        let mut queue: Queue<i64> = Queue::new();
        let mut next = 0;
        for pushed in 0..1000 {
            queue.push_esp(at(pushed, 1), &packet(u32::try_from(pushed).unwrap()));
            if pushed % 3 == 0 {
                assert_eq!(queue.pop_esp().map(|(at, _)| at.time.nanos()), Some(next));
                next += 1;
            }
        }
        assert_eq!(queue.flows_mut().count(), queue.len());
        let left: Vec<i64> = drain(&mut queue).iter().map(|(time, ..)| *time).collect();
        assert_eq!(left, (next..1000).collect::<Vec<_>>());
    }
}
