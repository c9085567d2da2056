//! What is noted of a frame while its bytes are at hand: all that most frames need to be observed.

use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::capture::{LinkType, Skim};
use crate::decode::{
    Content, Encapsulation, Glimpse, Options, PlainEsp, Unrelated, glimpse, plain_unrelated,
};
use crate::wire::mac::MacAddr;

use super::esp_packet::{EspFields, EspPacket, FlowId};
use super::numbered::Numbered;
use super::plain_flows::{PlainFlows, PlainKey};
use super::stations::{Trace, macs};
use super::unrelated::Common;

/// What is noted of a frame.
//
// Two words, put together where they are in registers: copying a structure that was just written field by field waits
// for its fields.
#[derive(Clone, Copy)]
pub struct Note {
    /// The flow of ESP by its number in the legend, and above it the sequence number; or what it is that is unrelated, by
    /// the number of [`Common`], and above it the traces of the MACs.
    numbers: u64,
    /// The kind in the highest byte; of ESP as in [`EspFields`].
    rest: u64,
}

/// What a note says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    /// The frame must be decoded.
    Nothing,
    /// It holds ESP.
    Esp {
        /// Its flow, by its number in the legend.
        flow: u32,
    },
    /// It holds nothing this program is about.
    Unrelated(Unrelated),
}

impl Note {
    /// That the frame must be decoded.
    const NOTHING: Self = Self { numbers: 0, rest: 0 };

    /// What it says.
    #[inline]
    pub fn read(self) -> Noted {
        if self.fields().is_some() {
            return Noted::Esp { flow: self.number() };
        }
        self.unrelated_kind().map_or(Noted::Nothing, |kind| Noted::Unrelated(kind.kind()))
    }

    /// What it is that this program is not about, where it is of that.
    #[inline]
    pub(super) const fn unrelated_kind(self) -> Option<Common> {
        if self.rest == UNRELATED { Some(Common(self.number())) } else { None }
    }

    /// The packet of ESP, whose flow is this.
    #[inline]
    pub(super) fn packet(self, flow: FlowId) -> Option<EspPacket> {
        Some(EspPacket { flow, sequence: self.sequence(), fields: self.fields()? })
    }

    /// What it says of ESP beside flow and sequence number, where it is of ESP.
    #[inline]
    pub(super) const fn fields(self) -> Option<EspFields> {
        EspFields::of_word(self.rest)
    }

    /// Sequence number of ESP.
    #[inline]
    pub(super) const fn sequence(self) -> u32 {
        (self.numbers >> 32) as u32
    }

    /// The flow of ESP, by its number in the legend.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the other half is something else")]
    pub(super) const fn number(self) -> u32 {
        self.numbers as u32
    }

    #[inline]
    fn esp((number, sequence): (u32, u32), fields: EspFields) -> Self {
        Self { numbers: u64::from(sequence) << 32 | u64::from(number), rest: fields.word() }
    }

    #[inline]
    fn plain(number: u32, &PlainEsp { sequence, length, identification, ttl }: &PlainEsp) -> Self {
        Self::esp((number, sequence), EspFields::new(length.into(), (Some(identification), ttl)))
    }

    /// The traces of the MACs of a frame that holds nothing this program is about.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "both are taken by themselves")]
    pub(super) const fn traces(self) -> [Trace; 2] {
        [Trace((self.numbers >> 32) as u16), Trace((self.numbers >> 48) as u16)]
    }

    fn unrelated(kind: Unrelated, [Trace(src), Trace(dst)]: [Trace; 2]) -> Self {
        let Some(Common(number)) = Common::of(kind) else { return Self::NOTHING };
        Self { numbers: u64::from(dst) << 48 | u64::from(src) << 32 | u64::from(number), rest: UNRELATED }
    }
}

impl Default for Note {
    fn default() -> Self {
        Self::NOTHING
    }
}

/// Takes notes of frames.
pub struct Skimmer {
    options: Options,
    flows: Numbered<FlowKey>,
    /// Those of [`PlainEsp`] by what can be read of them at once, and those of it in UDP.
    plain: PlainFlows,
    plain_in_udp: PlainFlows,
    /// The number of the legend that the flows' numbers are part of.
    legend: u32,
    legends: Arc<AtomicU32>,
}

impl Skimmer {
    /// Of frames that are to be decoded with these options.
    pub fn new(options: Options) -> Self {
        let legends = Arc::new(AtomicU32::new(1));
        Self::of_legend(0, options, legends)
    }

    fn of_legend(legend: u32, options: Options, legends: Arc<AtomicU32>) -> Self {
        let [plain, plain_in_udp] = [PlainFlows::new(), PlainFlows::new()];
        Self { options, flows: Numbered::new(), plain, plain_in_udp, legend, legends }
    }

    fn esp(&mut self, bytes: &[u8], interface: u32, glimpse: &Glimpse) -> Option<Note> {
        let (Content::Esp { header, encapsulation, length }, Some(network)) =
            (glimpse.content, &glimpse.network)
        else {
            return None;
        };
        let key = FlowKey::of(interface, glimpse, header.spi, encapsulation, (network.src, network.dst));
        let number = match self.flows.get(&key) {
            Some(known) => known,
            None => self.add(key)?,
        };
        let fields = EspFields::new(length.into(), (network.identification, network.ttl));
        let note = Note::esp((number, header.sequence), fields);
        if let Some(head) = bytes.first_chunk()
            && PlainEsp::of(head).is_some()
        {
            self.plain.add(&PlainKey::of(interface, head), number);
        } else if let Some(head) = bytes.first_chunk()
            && PlainEsp::of_udp(head).is_some()
        {
            self.plain_in_udp.add(&PlainKey::in_udp(interface, head), number);
        }
        Some(note)
    }

    /// What is noted of an Ethernet frame of a flow of ESP in UDP that is known.
    #[inline]
    fn in_udp(&self, bytes: &[u8], interface: u32) -> Option<Note> {
        let head = bytes.first_chunk().filter(|head| PlainEsp::is_of_flow_in_udp(head))?;
        let number = self.plain_in_udp.get(&PlainKey::in_udp(interface, head))?;
        Some(Note::plain(number, &PlainEsp::read_in_udp(head)))
    }

    /// Gives a flow a number, where there is one left.
    #[cold]
    fn add(&mut self, key: FlowKey) -> Option<u32> {
        let has_room = self.flows.len() < FLOWS;
        has_room.then(|| self.flows.number(key).0)
    }
}

impl Skim for Skimmer {
    type Note = Note;

    fn another(&self) -> Self {
        let legend = self.legends.fetch_add(1, Ordering::Relaxed);
        Self::of_legend(legend, self.options.clone(), Arc::clone(&self.legends))
    }

    fn begin(&mut self) -> u32 {
        if self.flows.len() >= FLOWS {
            *self = self.another();
        }
        self.legend
    }

    fn terms(&self) -> u32 {
        u32::try_from(self.flows.len()).unwrap_or(u32::MAX)
    }

    /// Only of ESP: whoever observes frames counts on that.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every frame, between two steps of the walk over them")]
    fn glance(&self, bytes: &[u8], link_type: LinkType, interface: u32) -> Option<Note> {
        let head = bytes.first_chunk().filter(|_| link_type == LinkType::ETHERNET)?;
        // First what is told without a look into memory.
        if !PlainEsp::is_of_flow(head) {
            return None;
        }
        let number = self.plain.get(&PlainKey::of(interface, head))?;
        Some(Note::plain(number, &PlainEsp::read(head)))
    }

    /// Only ESP, and all of it, however it came: whoever observes frames counts on that.
    #[inline]
    fn settles(note: Note) -> bool {
        note.fields().is_some()
    }

    #[inline(never)]
    fn look(&mut self, bytes: &[u8], link_type: LinkType, interface: u32) -> Note {
        if link_type == LinkType::ETHERNET {
            if let Some(known) = self.in_udp(bytes, interface) {
                return known;
            }
            if let Some((head, kind)) = bytes.first_chunk().zip(plain_unrelated(bytes, &self.options)) {
                return Note::unrelated(kind, macs(head).map(Trace::of));
            }
        }
        match glimpse(bytes, link_type, &self.options) {
            Some(Glimpse { content: Content::Unrelated(kind), src_mac, dst_mac, .. }) => {
                Note::unrelated(kind, [src_mac, dst_mac].map(Trace::of))
            }
            Some(glimpse) => self.esp(bytes, interface, &glimpse).unwrap_or_default(),
            None => Note::NOTHING,
        }
    }
}

/// What tells one flow of ESP in a capture from another, in whole words.
#[derive(Clone, Copy, PartialEq, Eq)]
struct FlowKey {
    macs: [u64; 2],
    spi: u64,
    addresses: [u64; 4],
}

impl FlowKey {
    fn of(
        interface: u32,
        glimpse: &Glimpse,
        spi: u32,
        encapsulation: Encapsulation,
        ends: (IpAddr, IpAddr),
    ) -> Self {
        let tag = glimpse.vlan.map_or(0, |id| u64::from(id) + 1);
        let is_udp = u64::from(encapsulation == Encapsulation::Udp);
        let addresses = match ends {
            (IpAddr::V4(src), IpAddr::V4(dst)) => {
                [u64::from(src.to_bits()) << 32 | u64::from(dst.to_bits()), 0, 0, 0]
            }
            (IpAddr::V6(src), IpAddr::V6(dst)) => {
                let [a, b] = halves(src.to_bits());
                let [c, d] = halves(dst.to_bits());
                [a, b, c, d]
            }
            // No packet has addresses of both.
            _ => [0; 4],
        };
        let is_v6 = u64::from(ends.0.is_ipv6());
        Self {
            macs: [number(glimpse.dst_mac) << 16 | tag, number(glimpse.src_mac) << 16 | is_udp << 1 | is_v6],
            spi: u64::from(spi) << 32 | u64::from(interface),
            addresses,
        }
    }
}

impl Hash for FlowKey {
    /// Feeds all of it, so that flows which differ in whatever do not come to lie in one place.
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { macs: [dst, src], spi, addresses: [a, b, c, d] } = *self;
        for word in [dst, src, spi, a, b, c, d] {
            state.write_u64(word);
        }
    }
}

#[inline]
const fn number(MacAddr([m0, m1, m2, m3, m4, m5]): MacAddr) -> u64 {
    u64::from_be_bytes([0, 0, m0, m1, m2, m3, m4, m5])
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "both halves are taken")]
const fn halves(address: u128) -> [u64; 2] {
    [(address >> 64) as u64, address as u64]
}

/// The kind of what is unrelated, beside those of [`EspFields`]. 0 stands for what takes a closer look.
const UNRELATED: u64 = 3 << 56;
/// How many flows one legend has; behind these, frames are decoded until the next one begins.
const FLOWS: usize = 1 << 17;
