//! GLBP, Cisco's Gateway Load Balancing Protocol.
//!
//! UDP port 3222 at both ends, to 224.0.0.102 or `ff02::66`, TTL 255. There is no RFC; the layout is the one that
//! Wireshark's dissector reads, checked against captures of Cisco routers.
//!
//! A group has one active virtual gateway (AVG), elected as in HSRP, which answers ARP for the virtual address, and
//! several active virtual forwarders (AVF), each of which owns a virtual MAC. Routers that take part in the election
//! tell their gateway state (TLV 1), every router those of the forwarders it stands for (TLV 2).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  Version = 1  |    unknown    |             Group             |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |            unknown            |                               |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+      Owner id (48 bits)       +
//! |                                                               |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                             TLVs                              |
//! ```
//!
//! TLVs: type (1 byte), length (1 byte, these two counted), value.
//!
//! ```text
//! type 1, hello (28 or 40)       unknown (1), gateway state (1), unknown (1), priority (1), unknown (2), hello ms (4),
//!                                hold ms (4), redirect s (2), timeout s (2), unknown (2), address type (1), address
//!                                length (1), virtual IP address
//! type 2, forwarder (20)         number (1), forwarder state (1), unknown (1), priority (1), weight (1), unknown (7),
//!                                virtual MAC (6)
//! type 3, authentication         type (1), length (1), and of that length a text (type 1), a digest (type 2), or a key
//!                                index (4) and a digest (type 3)
//! type 4                         seen, unknown
//! ```
//!
//! Digests are left out: nothing can be checked without the key.

mod tlv;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::bytes::{Malformed, Reader};
use super::mac::MacAddr;

/// UDP port.
pub const PORT: u16 = 3222;

/// Whether messages go to this address.
pub fn is_group(dst: IpAddr) -> bool {
    match dst {
        IpAddr::V4(dst) => dst == GROUP,
        IpAddr::V6(dst) => dst == GROUP_V6,
    }
}

/// Everything one GLBP datagram says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Packet {
    /// 1.
    pub version: u8,
    /// Group number, 0 to 1023.
    pub group: u16,
    /// The sender's own MAC, which identifies it.
    pub owner: MacAddr,
    /// The sender as a gateway of the group, where it tells.
    pub hello: Option<Hello>,
    /// The forwarders the sender stands for, one entry per TLV, in wire order.
    pub forwarders: Vec<Forwarder>,
    /// How the datagram is authenticated.
    pub authentication: Authentication,
    /// What stopped the decoder, if anything did.
    pub malformed: Option<Malformed>,
}

/// A router as virtual gateway of its group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hello {
    /// Its gateway state; `Active` is the AVG.
    pub state: State,
    /// Its priority for becoming AVG: 1 to 255.
    pub priority: u8,
    /// Hello time in milliseconds.
    pub hello_ms: u32,
    /// Hold time in milliseconds.
    pub hold_ms: u32,
    /// How long the AVG gives the virtual MAC of a lost forwarder to hosts still, in seconds.
    pub redirect_s: u16,
    /// How long a lost forwarder is stood for, in seconds.
    pub timeout_s: u16,
    /// The virtual address; unspecified where it is not learnt yet, or of a type other than IPv4 and IPv6.
    pub virtual_address: IpAddr,
}

/// A router as virtual forwarder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Forwarder {
    /// Which forwarder of the group: 1 to 255.
    pub number: u8,
    /// The sender's state for it: `Listen` or `Active`; `Active` is the AVF.
    pub state: State,
    /// The sender's priority for it: 167 where the forwarder is its own, 135 where it stands in, in what Cisco shows.
    pub priority: u8,
    /// The sender's weight.
    pub weight: u8,
    /// The virtual MAC of the forwarder.
    pub mac: MacAddr,
}

/// A gateway's or a forwarder's state. Cisco knows two states more, disabled and initial, in which nothing is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// 4: ready to take over.
    Listen,
    /// 8: takes part in the election; gateways only.
    Speak,
    /// 16: next in line; gateways only.
    Standby,
    /// 32: answers ARP as gateway, forwards as forwarder.
    Active,
    /// A number Wireshark does not name.
    Unknown(u8),
}

/// How a datagram is authenticated. Text is kept for comparing, and never shown.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Authentication {
    /// Nothing, or type 0.
    None,
    /// Type 1: up to 255 bytes of clear text.
    Text(Vec<u8>),
    /// Types 2 and 3: MD5.
    Md5 {
        /// Which key of a chain; `None` for a single key (type 2).
        key_id: Option<u32>,
    },
    /// A type Wireshark does not name.
    Unknown(u8),
}

impl Packet {
    /// Reads `bytes`, a whole UDP payload that begins `base` bytes into the frame.
    ///
    /// A TLV that cannot be read costs itself alone, one whose length cannot be right also those behind it; `malformed`
    /// names the first.
    ///
    /// # Errors
    ///
    /// Fewer than the twelve bytes before the TLVs, or a version other than 1.
    pub fn parse(bytes: &[u8], base: usize) -> Result<Self, Malformed> {
        let mut reader = Reader::new("glbp", bytes, base);
        let version = reader.u8("version")?;
        if version != VERSION {
            let (need, have) = (VERSION.into(), version.into());
            return Err(Malformed { layer: "glbp", what: "version", offset: base, need, have });
        }
        reader.u8("header")?;
        let group = reader.u16("group")?;
        reader.u16("header")?;
        let mut packet = Self {
            version,
            group,
            owner: MacAddr(reader.array("owner id")?),
            hello: None,
            forwarders: Vec::new(),
            authentication: Authentication::None,
            malformed: None,
        };
        while !reader.is_empty() {
            let stop = match tlv::next(&mut reader) {
                Ok((kind, value)) => tlv::add(&mut packet, kind, value).err(),
                Err(malformed) => {
                    // Where the next TLV would begin is unknown.
                    packet.malformed.get_or_insert(malformed);
                    break;
                }
            };
            packet.malformed = packet.malformed.or(stop);
        }
        Ok(packet)
    }

    /// Whether every state is one the protocol names, and nothing was malformed.
    ///
    /// Tells GLBP from other traffic of a port that a client happened to choose.
    pub fn is_certain(&self) -> bool {
        let states = self.forwarders.iter().map(|forwarder| forwarder.state);
        let mut states = states.chain(self.hello.as_ref().map(|hello| hello.state));
        self.malformed.is_none() && states.all(|state| !matches!(state, State::Unknown(_)))
    }
}

impl Authentication {
    /// Its kind: `none`, `text`, `md5` or `unknown`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Text(_) => "text",
            Self::Md5 { .. } => "md5",
            Self::Unknown(_) => "unknown",
        }
    }
}

impl fmt::Debug for Authentication {
    /// Names the kind and never the text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Text(_) => f.write_str("Text(..)"),
            Self::Md5 { key_id } => write!(f, "Md5 {{ key_id: {key_id:?} }}"),
            Self::Unknown(number) => write!(f, "Unknown({number})"),
        }
    }
}

impl From<u8> for State {
    fn from(number: u8) -> Self {
        match number {
            4 => Self::Listen,
            8 => Self::Speak,
            16 => Self::Standby,
            32 => Self::Active,
            other => Self::Unknown(other),
        }
    }
}

impl State {
    /// Its name in lower case; `unknown` for a number without one.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Listen => "listen",
            Self::Speak => "speak",
            Self::Standby => "standby",
            Self::Active => "active",
            Self::Unknown(_) => "unknown",
        }
    }
}

impl fmt::Display for State {
    /// Its name, with the number where it has none: `active`, `unknown(1)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(number) => write!(f, "{}({number})", self.name()),
            _ => f.write_str(self.name()),
        }
    }
}

/// Where messages go.
const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 102);
const GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x66);

const VERSION: u8 = 1;
