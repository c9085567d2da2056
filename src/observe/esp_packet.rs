//! A packet of one SA, before it is folded.

use crate::capture::SeriesId;
use crate::decode::{Ah, Encapsulation, Message, Packet};
use crate::wire::esp::Header;
use crate::wire::mac::MacAddr;

use super::place::{Protection, SaKey};

/// One packet of ESP, or one that AH protects.
#[derive(Clone)]
pub(super) struct EspPacket {
    /// The series of captures it was seen in, which its segment may share with others.
    pub(super) series: SeriesId,
    pub(super) sa: SaKey,
    pub(super) src_mac: Option<MacAddr>,
    pub(super) dst_mac: Option<MacAddr>,
    pub(super) encapsulation: Encapsulation,
    pub(super) header: Header,
    pub(super) length: u32,
    /// What else of the IP layer tells a copy of the packet: identification and TTL.
    pub(super) ip: (Option<u16>, u8),
}

impl EspPacket {
    /// That of a packet of ESP.
    #[inline]
    pub(super) fn of(series: SeriesId, packet: &Packet<'_>) -> Option<Self> {
        let (&Message::Esp { header, encapsulation, length }, Some(network)) =
            (packet.message.as_ref()?, &packet.network)
        else {
            return None;
        };
        let (src, dst) = (network.src, network.dst);
        Some(Self {
            series,
            sa: SaKey { src, dst, protocol: Protection::Esp, spi: header.spi },
            src_mac: packet.link.src_mac,
            dst_mac: packet.link.dst_mac,
            encapsulation,
            header,
            length,
            ip: (network.identification, network.ttl),
        })
    }

    /// That of a packet that AH protects.
    pub(super) fn protected(series: SeriesId, packet: &Packet<'_>, ah: &Ah) -> Self {
        let &Ah { header, src, dst, length } = ah;
        Self {
            series,
            sa: SaKey { src, dst, protocol: Protection::Ah, spi: header.spi },
            src_mac: packet.link.src_mac,
            dst_mac: packet.link.dst_mac,
            encapsulation: Encapsulation::Ip,
            header: Header { spi: header.spi, sequence: header.sequence },
            length,
            // The outer IP layer's are not kept; a sequence number is used once.
            ip: (None, 0),
        }
    }
}
