//! A packet of one SA, before it is folded.

use std::hash::{Hash, Hasher};

use crate::capture::SeriesId;
use crate::decode::{Ah, Encapsulation, Message, Packet};
use crate::wire::mac::MacAddr;

use super::place::{Protection, SaKey, Segment};

/// One packet of ESP, or one that AH protects.
#[derive(Clone, Copy)]
pub(super) struct EspPacket {
    /// Its flow.
    pub(super) flow: FlowId,
    pub(super) sequence: u32,
    pub(super) fields: EspFields,
}

/// Length, and what else of the IP layer tells a copy of the packet: identification and TTL.
//
// In one word, as it is noted and waits: each field by itself would be written and read for every packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EspFields(u64);

/// The number of a flow in [`Flows`](super::flows::Flows).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FlowId(pub(super) u32);

/// What the packets share that one source sends on one SA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EspFlow {
    /// The series of captures it was seen in, which its segment may share with others.
    pub(super) series: SeriesId,
    pub(super) segment: Segment,
    pub(super) sa: SaKey,
    pub(super) src_mac: Option<MacAddr>,
    pub(super) dst_mac: Option<MacAddr>,
    pub(super) encapsulation: Encapsulation,
}

impl FlowId {
    /// No flow's.
    pub(super) const NONE: Self = Self(u32::MAX);
}

impl EspFlow {
    /// That of a packet of ESP on a segment of this name.
    #[inline]
    pub(super) fn of(series: SeriesId, segment: Segment, packet: &Packet<'_>) -> Option<Self> {
        let (&Message::Esp { header, encapsulation, .. }, Some(network)) =
            (packet.message.as_ref()?, &packet.network)
        else {
            return None;
        };
        Some(Self {
            series,
            segment,
            sa: SaKey { src: network.src, dst: network.dst, protocol: Protection::Esp, spi: header.spi },
            src_mac: packet.link.src_mac,
            dst_mac: packet.link.dst_mac,
            encapsulation,
        })
    }

    /// That of a packet that AH protects.
    pub(super) fn protected(series: SeriesId, segment: Segment, packet: &Packet<'_>, ah: &Ah) -> Self {
        Self {
            series,
            segment,
            sa: SaKey { src: ah.src, dst: ah.dst, protocol: Protection::Ah, spi: ah.header.spi },
            src_mac: packet.link.src_mac,
            dst_mac: packet.link.dst_mac,
            encapsulation: Encapsulation::Ip,
        }
    }
}

impl Hash for EspFlow {
    /// Feeds all that many flows may differ in, in whole words.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.sa.hash(state);
        self.segment.hash(state);
        for mac in [self.src_mac, self.dst_mac] {
            mac.unwrap_or(MacAddr([0; 6])).hash(state);
        }
    }
}

impl EspPacket {
    /// A packet of ESP that belongs to `flow`.
    #[inline]
    pub(super) fn of(flow: FlowId, packet: &Packet<'_>) -> Option<Self> {
        let (&Message::Esp { header, length, .. }, Some(network)) =
            (packet.message.as_ref()?, &packet.network)
        else {
            return None;
        };
        let fields = EspFields::new(length, (network.identification, network.ttl));
        Some(Self { flow, sequence: header.sequence, fields })
    }

    /// A packet that AH protects. The outer IP layer's identification and TTL are not kept; a sequence number is used
    /// once.
    pub(super) fn protected(flow: FlowId, ah: &Ah) -> Self {
        Self { flow, sequence: ah.header.sequence, fields: EspFields::new(ah.length, (None, 0)) }
    }
}

impl EspFields {
    /// The highest byte of those with an identification, and of those without.
    pub(super) const IDENTIFIED: u8 = 1;
    pub(super) const UNIDENTIFIED: u8 = 2;

    /// These fields.
    #[inline]
    pub(super) fn new(length: u32, (identification, ttl): (Option<u16>, u8)) -> Self {
        let kind = if identification.is_some() { Self::IDENTIFIED } else { Self::UNIDENTIFIED };
        // Turned round as it stands in the frame, which is how it is read.
        let identification = identification.unwrap_or_default().swap_bytes();
        let ip = u64::from(kind) << 24 | u64::from(ttl) << 16 | u64::from(identification);
        Self(ip << 32 | u64::from(length))
    }

    /// Those of a word, where its highest byte says that it is one.
    #[inline]
    pub(super) const fn of_word(word: u64) -> Option<Self> {
        let [kind, ..] = word.to_be_bytes();
        if matches!(kind, Self::IDENTIFIED | Self::UNIDENTIFIED) { Some(Self(word)) } else { None }
    }

    /// The word.
    #[inline]
    pub(super) const fn word(self) -> u64 {
        self.0
    }

    /// Bytes of the packet on the wire, from its header on.
    #[inline]
    pub(super) const fn length(self) -> u64 {
        self.0 & 0xffff_ffff
    }

    /// What tells a copy of the packet. No packet has 0.
    #[inline]
    pub(super) const fn ip(self) -> u32 {
        (self.0 >> 32) as u32
    }
}
