//! Traffic in clear from and to gateways, folded into slices.
//!
//! Traffic that a tunnel should protect leaves a gateway in clear where the router that took over has no crypto map.
//! To tell it from what always left in clear, both must be seen. A slice holds the packets of one conversation. The first
//! is told when its second is over; one that goes on is told again ever more seldom, since it tells little that is new.
//!
//! What has a public address at either end is common behind any gateway, so of each segment only the first
//! [`PUBLIC`] such conversations are told: that there was any matters more than which.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use foldhash::fast::RandomState;

use crate::capture::SeriesId;
use crate::wire::mac::MacAddr;

use super::clear_packet::{ClearPacket, Conversation, is_private};
use super::place::{At, Placed, Segment};

/// Packets in clear of one conversation, from a gateway or to one, that were not told before. It stands at its first packet
/// of the second in which it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClearSlice {
    /// The series of captures it was seen in, which its segment may share with others.
    pub series: SeriesId,
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// IP protocol.
    pub protocol: u8,
    /// Source and destination port of its first packet, where that shows them.
    pub ports: Option<(u16, u16)>,
    /// Source MAC.
    pub src_mac: MacAddr,
    /// Destination MAC.
    pub dst_mac: MacAddr,
    /// Its last packet.
    pub last: At,
    /// How many packets.
    pub packets: u64,
    /// Whether other traffic in clear may have been passed by, since there is more than can be followed.
    pub is_partial: bool,
}

impl ClearSlice {
    /// Whether both ends have addresses that no public network routes.
    pub const fn is_private(&self) -> bool {
        is_private(self.src) && is_private(self.dst)
    }

    /// Whether neither end has one.
    pub const fn is_public(&self) -> bool {
        !is_private(self.src) && !is_private(self.dst)
    }
}

/// The conversations in clear.
#[derive(Clone)]
pub(super) struct Conversations {
    known: HashMap<Conversation, State, RandomState>,
    /// Those that are told when the present second is over.
    due: Vec<Conversation>,
    /// How many conversations of each segment had a public address.
    public: HashMap<Segment, usize, RandomState>,
    /// A segment that had all of them that are told.
    crowded: Option<Segment>,
    /// In which second room was looked for last.
    looked_at: i64,
    /// Whether there was no room for some.
    pub(super) refused: bool,
}

/// What is known of a conversation.
#[derive(Clone)]
struct State {
    /// Its last packet, and the IP identification of that.
    last: At,
    identification: Option<u16>,
    /// Packets not told yet.
    packets: u64,
    /// Where the slice stands that is told next, with the ports of its first packet; none before it is due.
    next: Option<(At, Option<(u16, u16)>)>,
    /// From which second on it is told again, and how many seconds later the next time.
    due: i64,
    pause: i64,
}

impl Conversations {
    /// None yet.
    pub(super) fn new() -> Self {
        Self {
            known: HashMap::default(),
            due: Vec::new(),
            public: HashMap::default(),
            crowded: None,
            looked_at: i64::MIN,
            refused: false,
        }
    }

    /// Adds a packet.
    pub(super) fn add(&mut self, at: At, packet: &ClearPacket) {
        let conversation = &packet.conversation;
        let is_public = !conversation.is_remembered();
        if is_public && self.crowded == Some(conversation.segment) {
            return;
        }
        if let Some(state) = self.known.get_mut(conversation) {
            if state.add(at, packet) {
                self.due.push(*conversation);
            }
            return;
        }
        let has_room = !is_public || self.has_room_for_public(conversation.segment);
        if has_room && self.has_room(at) {
            self.known.insert(*conversation, State::new(at, packet));
            self.due.push(*conversation);
        }
    }

    /// Tells what is due and began before `second`.
    pub(super) fn end_before(&mut self, second: i64, out: &mut impl FnMut(Placed<ClearSlice>)) {
        let (known, is_partial) = (&mut self.known, self.refused);
        self.due.retain(|conversation| {
            let Some(state) = known.get_mut(conversation) else { return false };
            if state.next.is_some_and(|(at, _)| at.time.whole_second() >= second) {
                return true;
            }
            state.tell(conversation, is_partial).into_iter().for_each(&mut *out);
            false
        });
    }

    /// Whether none is told when the present second is over.
    pub(super) fn is_empty(&self) -> bool {
        self.due.is_empty()
    }

    /// Tells all that was not told, and begins anew.
    pub(super) fn end_all(&mut self, out: &mut impl FnMut(Placed<ClearSlice>)) {
        let is_partial = self.refused;
        let mut told: Vec<Placed<ClearSlice>> = self
            .known
            .drain()
            .filter_map(|(conversation, mut state)| {
                state.next.get_or_insert((state.last, None));
                state.tell(&conversation, is_partial)
            })
            .collect();
        told.sort_unstable_by_key(|slice| (slice.at, slice.what.src, slice.what.dst, slice.what.protocol));
        told.into_iter().for_each(out);
        self.due.clear();
    }

    /// Whether one more conversation of a segment with a public address is told.
    fn has_room_for_public(&mut self, segment: Segment) -> bool {
        let has_segment = self.public.len() < SEGMENTS || self.public.contains_key(&segment);
        let count = has_segment.then(|| self.public.entry(segment).or_default());
        let Some(count) = count.filter(|count| **count < PUBLIC) else {
            self.crowded = Some(segment);
            return false;
        };
        *count += 1;
        true
    }

    /// Whether there is room for one more conversation. Those that were silent for long make it, once a second at most.
    fn has_room(&mut self, at: At) -> bool {
        let second = at.time.whole_second();
        if self.known.len() >= CONVERSATIONS && second != self.looked_at {
            self.looked_at = second;
            self.known.retain(|_, state| at.time.since(state.last.time) < SILENT);
        }
        self.refused |= self.known.len() >= CONVERSATIONS;
        self.known.len() < CONVERSATIONS
    }
}

impl State {
    /// A conversation that begins.
    const fn new(at: At, packet: &ClearPacket) -> Self {
        Self {
            last: at,
            identification: packet.identification,
            packets: 1,
            next: Some((at, packet.ports)),
            due: at.time.whole_second(),
            pause: 1,
        }
    }

    /// Adds a packet; whether the conversation is due by it.
    fn add(&mut self, at: At, packet: &ClearPacket) -> bool {
        if self.is_copy(at, packet.identification) {
            return false;
        }
        self.last = self.last.max(at);
        self.identification = packet.identification;
        self.packets += 1;
        match &mut self.next {
            Some(next) => {
                if at < next.0 {
                    *next = (at, packet.ports);
                }
                false
            }
            None if at.time.whole_second() >= self.due => {
                self.next = Some((at, packet.ports));
                true
            }
            None => false,
        }
    }

    /// The slice that is told now, if any packet is in it.
    fn tell(&mut self, conversation: &Conversation, is_partial: bool) -> Option<Placed<ClearSlice>> {
        let (at, ports) = self.next.take()?;
        let packets = std::mem::take(&mut self.packets);
        self.due = at.time.whole_second().saturating_add(self.pause);
        self.pause = self.pause.saturating_mul(2);
        let &Conversation { src, dst, protocol, src_mac, dst_mac, segment } = conversation;
        let (series, last) = (segment.series, self.last);
        let what =
            ClearSlice { series, src, dst, protocol, ports, src_mac, dst_mac, last, packets, is_partial };
        (packets > 0).then_some(Placed { at, segment, what })
    }

    /// Whether a packet is a copy of the last one, as a second mirror port shows it.
    fn is_copy(&self, at: At, identification: Option<u16>) -> bool {
        let near = at.time.since(self.last.time).max(self.last.time.since(at.time)) <= APART;
        near && self.identification == identification && identification.is_some_and(|id| id != 0)
    }
}

/// How many conversations are known at once.
const CONVERSATIONS: usize = 0x8000;
/// A conversation that was silent for so long makes room for others; when it goes on it is told as a new one.
const SILENT: Duration = Duration::from_secs(60);
/// How many conversations of one segment with a public address are told.
const PUBLIC: usize = 64;
/// Of how many segments such conversations are counted; in others none is told.
const SEGMENTS: usize = 0x1000;
/// How far apart two copies are at most: no sender uses an identification again this soon.
const APART: Duration = Duration::from_millis(5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{CaptureId, FrameNumber};
    use crate::decode::{Link, Network, Packet, Stop, Unrelated};
    use crate::time::Timestamp;

    fn packet(src: [u8; 4], dst: [u8; 4], identification: u16) -> ClearPacket {
        let network = Network {
            src: src.into(),
            dst: dst.into(),
            protocol: 17,
            ttl: 63,
            identification: Some(identification),
            fragment: false,
        };
        let stop = Some(Stop::Unrelated(Unrelated::Udp(53)));
        let packet = Packet { network: Some(network), ports: Some((40_000, 53)), stop, ..Packet::default() };
        let segment = Segment::of(SeriesId(0), 0, &Link::default());
        ClearPacket::of(segment, &packet, (MacAddr([2; 6]), MacAddr([4; 6]))).unwrap()
    }

    fn at(millis: i64) -> At {
        let time = Timestamp::from_nanos(millis * 1_000_000);
        At { time, capture: CaptureId(0), frame: FrameNumber(1) }
    }

    /// The slices of these packets, each told when the next second begins: where it stands in milliseconds, packets.
    fn slices(packets: impl IntoIterator<Item = (i64, ClearPacket)>) -> Vec<(i64, u64)> {
        let mut conversations = Conversations::new();
        let mut told = Vec::new();
        let mut out = |placed: Placed<ClearSlice>| {
            let millis = placed.at.time.since(Timestamp::from_nanos(0)).as_millis();
            told.push((i64::try_from(millis).unwrap(), placed.what.packets));
        };
        for (millis, packet) in packets {
            conversations.end_before(millis / 1000, &mut out);
            conversations.add(at(millis), &packet);
        }
        conversations.end_all(&mut out);
        told
    }

    const INSIDE: [u8; 4] = [10, 1, 0, 10];
    const REMOTE: [u8; 4] = [10, 2, 0, 10];

    #[test]
    fn packets_of_one_second_are_one_slice_in_whatever_order_they_come() {
        let packet = |id| packet(INSIDE, REMOTE, id);
        assert_eq!(slices([(100, packet(1)), (50, packet(2)), (900, packet(3))]), [(50, 3)]);
    }

    #[test]
    fn a_copy_of_a_second_mirror_port_is_not_counted() {
        let copied = [(100, 1), (101, 1), (110, 1)].map(|(millis, id)| (millis, packet(INSIDE, REMOTE, id)));
        assert_eq!(slices(copied), [(100, 2)]);
        // Where there is no identification, packets cannot be told from copies.
        let bare = [(100, 0), (101, 0)].map(|(millis, id)| (millis, packet(INSIDE, REMOTE, id)));
        assert_eq!(slices(bare), [(100, 2)]);
    }

    #[test]
    fn a_long_conversation_is_told_ever_more_seldom_and_whole() {
        let packets = (0..40).map(|number| (number * 500, packet(INSIDE, REMOTE, 0)));
        let told = slices(packets);
        assert_eq!(told, [(0, 2), (1000, 2), (3000, 4), (7000, 8), (15_000, 16), (19_500, 8)]);
    }

    #[test]
    fn more_conversations_than_can_be_followed_are_passed_by_and_that_is_told() {
        let mut conversations = Conversations::new();
        for number in 0..=CONVERSATIONS {
            let [.., high, low] = number.to_be_bytes();
            let packet = packet([10, u8::try_from(number >> 16).unwrap(), 0, 1], [10, 2, high, low], 0);
            assert!(!conversations.refused);
            conversations.add(at(0), &packet);
        }
        assert!(conversations.refused && conversations.known.len() == CONVERSATIONS);
        conversations.add(at(61_000), &packet(INSIDE, REMOTE, 0));
        assert_eq!(conversations.known.len(), 1, "silent ones make room");
    }

    #[test]
    fn of_conversations_with_a_public_address_only_the_first_are_told() {
        let packets = (0..200).map(|host| (100, packet(INSIDE, [203, 0, 113, host], 0)));
        assert_eq!(slices(packets).len(), PUBLIC);
    }
}
