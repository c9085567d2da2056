//! One captured packet as stored.

use std::fmt;

use super::format::Format;
use crate::time::Timestamp;

/// Number of a frame in its file, from 1, as Wireshark counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameNumber(pub u64);

impl fmt::Display for FrameNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A link type by its `LINKTYPE_` number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u32);

impl LinkType {
    /// BSD loopback: address family in the capturing host's byte order.
    pub const NULL: Self = Self(0);
    /// Ethernet.
    pub const ETHERNET: Self = Self(1);
    /// IEEE 802.5.
    pub const TOKEN_RING: Self = Self(6);
    /// PPP, framed as in HDLC or not.
    pub const PPP: Self = Self(9);
    /// FDDI.
    pub const FDDI: Self = Self(10);
    /// Raw IP, as some systems number it.
    pub const RAW_BSD: Self = Self(12);
    /// Raw IP, as OpenBSD numbers it.
    pub const RAW_OPENBSD: Self = Self(14);
    /// PPP in HDLC-like framing, or Cisco's HDLC.
    pub const PPP_HDLC: Self = Self(50);
    /// A `PPPoE` session, without Ethernet.
    pub const PPP_ETHER: Self = Self(51);
    /// ATM with LLC (RFC 1483).
    pub const ATM_RFC1483: Self = Self(100);
    /// Raw IP.
    pub const RAW: Self = Self(101);
    /// Cisco's HDLC.
    pub const C_HDLC: Self = Self(104);
    /// Frame Relay.
    pub const FRELAY: Self = Self(107);
    /// OpenBSD loopback: address family in network byte order.
    pub const LOOP: Self = Self(108);
    /// OpenBSD's `enc`: decrypted IPsec.
    pub const ENC: Self = Self(109);
    /// Linux cooked, version 1.
    pub const LINUX_SLL: Self = Self(113);
    /// A BSD packet filter's log.
    pub const PFLOG: Self = Self(117);
    /// For private use; macOS wrote its packet tap so.
    pub const USER2: Self = Self(149);
    /// PPP with the direction in place of the address.
    pub const PPP_PPPD: Self = Self(166);
    /// PPP behind a byte for the direction.
    pub const PPP_WITH_DIR: Self = Self(204);
    /// Cisco's HDLC behind a byte for the direction.
    pub const C_HDLC_WITH_DIR: Self = Self(205);
    /// Frame Relay behind a byte for the direction.
    pub const FRELAY_WITH_DIR: Self = Self(206);
    /// MPLS.
    pub const MPLS: Self = Self(219);
    /// Raw IPv4.
    pub const IPV4: Self = Self(228);
    /// Raw IPv6.
    pub const IPV6: Self = Self(229);
    /// Linux netfilter's log.
    pub const NFLOG: Self = Self(239);
    /// Apple's packet tap.
    pub const PKTAP: Self = Self(258);
    /// Linux cooked, version 2.
    pub const LINUX_SLL2: Self = Self(276);
    /// Ethernet with Broadcom's switch tag behind the addresses.
    pub const DSA_TAG_BRCM: Self = Self(281);
    /// Ethernet with Broadcom's switch tag in front.
    pub const DSA_TAG_BRCM_PREPEND: Self = Self(282);
    /// Ethernet with Marvell's switch tag.
    pub const DSA_TAG_DSA: Self = Self(284);
    /// Ethernet with Marvell's switch tag behind an `EtherType`.
    pub const DSA_TAG_EDSA: Self = Self(285);

    /// A data link of snoop that has no `LINKTYPE_`.
    pub(super) const fn of_snoop(data_link: u32) -> Self {
        Self(SNOOP | if data_link < ERF - SNOOP { data_link } else { ERF - SNOOP - 1 })
    }

    /// A record type of ERF that has no `LINKTYPE_`.
    pub(super) const fn of_erf(record_type: u8) -> Self {
        Self(ERF | record_type as u32)
    }

    /// The number that snoop or ERF gives it, where it has no `LINKTYPE_`.
    pub const fn foreign(self) -> Option<(Format, u32)> {
        match self.0 {
            ..SNOOP => None,
            SNOOP..ERF => Some((Format::Snoop, self.0 - SNOOP)),
            ERF.. => Some((Format::Erf, self.0 - ERF)),
        }
    }
}

impl fmt::Display for LinkType {
    /// `link type 147`, `snoop data link 5`, `ERF record type 27`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.foreign() {
            None => write!(f, "link type {}", self.0),
            Some((Format::Snoop, number)) => write!(f, "snoop data link {number}"),
            Some((_, number)) => write!(f, "ERF record type {number}"),
        }
    }
}

/// Where the numbers of snoop's data links begin: a `LINKTYPE_` has 16 bits.
const SNOOP: u32 = 1 << 16;

/// Where the numbers of ERF's record types begin.
const ERF: u32 = 1 << 24;

/// One captured packet as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Its number in its file.
    pub number: FrameNumber,
    /// When it was captured.
    pub time: Timestamp,
    /// Its length on the wire in bytes; `bytes` may be shorter.
    pub wire_len: u32,
    /// The interface it was seen on: counted over all sections of a pcapng from 0; 0 for a pcap.
    pub interface: u32,
    /// How `bytes` begin.
    pub link_type: LinkType,
    /// What was stored of it.
    pub bytes: &'a [u8],
}
