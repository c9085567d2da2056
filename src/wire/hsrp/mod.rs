//! HSRP, the Hot Standby Router Protocol: version 1 (RFC 2281) and version 2.
//!
//! UDP port 1985 at both ends. Version 1 goes to 224.0.0.2, version 2 to 224.0.0.102. Version 2 has no RFC; its layout
//! is the one Wireshark's dissector reads, checked against captures of Cisco routers. HSRP over IPv6 is version 2 on UDP
//! port 2029, to `ff02::66`, its group state with `IP version` 6 and an IPv6 virtual address.
//!
//! Version 1, 20 bytes; an MD5 authentication TLV, laid out as in version 2, may follow:
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  Version = 0  |    Opcode     |     State     |   Hello, s    |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |    Hold, s    |   Priority    |     Group     |   Reserved    |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                                                               |
//! |                 Authentication data (8 bytes)                 |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                      Virtual IP address                       |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
//!
//! Version 1, opcode 3 (advertise), 16 bytes:
//!
//! ```text
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  Version = 0  |  Opcode = 3   |             Type              |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |   Length, not to be trusted   |     State     |   Reserved    |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |         Active groups         |        Passive groups         |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                           Reserved                            |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
//!
//! Version 2 is a sequence of TLVs: type (1 byte), length (1 byte, these two not counted), value.
//!
//! ```text
//! type 1, group state (40)      version = 2, opcode, state, IP version (1 each), group (2), identifier (6),
//!                               priority (4), hello ms (4), hold ms (4), virtual IP address (16)
//! type 2, interface state (4)   active groups (2), passive groups (2)
//! type 3, text (8)              text, NUL-padded
//! type 4, MD5 (28)              algorithm (1), padding (1), flags (2), address (4), key id (4), digest (16)
//! ```
//!
//! The digest and the sender's address beside it are left out: nothing can be checked without the key.

mod v1;
mod v2;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::bytes::{Malformed, Reader};
use super::mac::MacAddr;

/// UDP port of version 1, and of version 2 over IPv4.
pub const PORT: u16 = 1985;
/// UDP port of version 2 over IPv6.
pub const PORT_V6: u16 = 2029;

/// Whether messages go to this address: to that of version 1, or to those of version 2.
pub fn is_group(dst: IpAddr) -> bool {
    match dst {
        IpAddr::V4(dst) => GROUPS.contains(&dst),
        IpAddr::V6(dst) => dst == GROUP_V6,
    }
}

/// Everything one HSRP datagram says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// One entry per group state or interface state, in wire order.
    pub messages: Vec<Message>,
    /// What stopped the decoder, if anything did.
    pub malformed: Option<Malformed>,
}

/// One message of a datagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Hello, coup or resign of one group.
    Group(GroupMessage),
    /// The sender's interface: how many groups it has active and passive. Names no group.
    Interface(InterfaceMessage),
}

/// Hello, coup or resign of one group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupMessage {
    /// 1 or 2 (on the wire version 1 is 0).
    pub version: u8,
    /// What the message does.
    pub opcode: Opcode,
    /// The sender's state.
    pub state: State,
    /// Group number: 0 to 255 in version 1, 0 to 4095 in version 2.
    pub group: u16,
    /// Priority: 0 to 255 in version 1, 32 bits in version 2.
    pub priority: u32,
    /// Hello time in milliseconds (seconds on the wire in version 1).
    pub hello_ms: u32,
    /// Hold time in milliseconds (seconds on the wire in version 1).
    pub hold_ms: u32,
    /// The virtual address; unspecified where it is not learnt yet.
    pub virtual_address: IpAddr,
    /// The sender's own MAC, which version 2 names.
    pub identifier: Option<MacAddr>,
    /// How the message is authenticated.
    pub authentication: Authentication,
}

/// The sender's interface state: opcode 3 in version 1, TLV 2 in version 2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InterfaceMessage {
    /// 1 or 2.
    pub version: u8,
    /// Dormant, passive or active; version 1 only.
    pub state: Option<InterfaceState>,
    /// Groups of which the sender is active.
    pub active_groups: u16,
    /// Groups of which the sender is not active.
    pub passive_groups: u16,
}

/// What a group message does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Opcode {
    /// 0: I am here, in this state.
    Hello,
    /// 1: I take over the active role.
    Coup,
    /// 2: I give up the active role.
    Resign,
    /// A code RFC 2281 does not name.
    Unknown(u8),
}

/// The sender's state, the same names for both versions' numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Version 2 only.
    Disabled,
    /// Not running yet.
    Initial,
    /// Does not know the virtual address yet.
    Learn,
    /// Knows the virtual address, takes no part.
    Listen,
    /// Takes part in the election.
    Speak,
    /// Next in line.
    Standby,
    /// Forwards for the virtual address.
    Active,
    /// A number the version does not name.
    Unknown(u8),
}

/// State of an interface in an advertise message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InterfaceState {
    /// 1
    Dormant,
    /// 2
    Passive,
    /// 3
    Active,
    /// Any other number.
    Unknown(u8),
}

/// How a message is authenticated. Text is kept for comparing, and never shown.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Authentication {
    /// Nothing.
    None,
    /// The eight bytes of clear text, NUL-padded.
    Text([u8; 8]),
    /// MD5 by key.
    Md5 {
        /// Algorithm number, 1 = MD5.
        algorithm: u8,
        /// Which key.
        key_id: u32,
    },
}

impl Packet {
    /// Reads `bytes`, a whole UDP payload that begins `base` bytes into the frame.
    ///
    /// A TLV that cannot be read costs itself alone: the messages around it stand, and `malformed` names the first.
    ///
    /// # Errors
    ///
    /// Nothing of `bytes` is an HSRP message.
    pub fn parse(bytes: &[u8], base: usize) -> Result<Self, Malformed> {
        match bytes {
            [0, ADVERTISE, ..] => v1::advertise(Reader::new("hsrp", bytes, base)),
            [0, ..] => v1::group(Reader::new("hsrp", bytes, base)),
            [v2::GROUP_STATE..=v2::MD5, ..] => v2::tlvs(Reader::new("hsrp", bytes, base)),
            _ => {
                Err(Reader::new("hsrp", bytes, base).malformed("header of a known version", bytes.len() + 1))
            }
        }
    }

    /// Whether every opcode and state is one the protocol names, and nothing was malformed.
    ///
    /// Tells HSRP from other traffic of a port that a client happened to choose.
    pub fn is_certain(&self) -> bool {
        let known = |message: &Message| match message {
            Message::Group(group) => {
                !matches!(group.opcode, Opcode::Unknown(_)) && !matches!(group.state, State::Unknown(_))
            }
            Message::Interface(interface) => !matches!(interface.state, Some(InterfaceState::Unknown(_))),
        };
        self.malformed.is_none() && self.messages.iter().all(known)
    }
}

impl From<u8> for Opcode {
    fn from(number: u8) -> Self {
        match number {
            0 => Self::Hello,
            1 => Self::Coup,
            2 => Self::Resign,
            other => Self::Unknown(other),
        }
    }
}

impl Opcode {
    /// Its name in lower case; `unknown` for a number without one.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Coup => "coup",
            Self::Resign => "resign",
            Self::Unknown(_) => "unknown",
        }
    }
}

impl fmt::Display for Opcode {
    /// Its name, with the number where it has none: `hello`, `unknown(9)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(number) => write!(f, "{}({number})", self.name()),
            _ => f.write_str(self.name()),
        }
    }
}

impl State {
    /// Its name in lower case; `unknown` for a number without one.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Initial => "initial",
            Self::Learn => "learn",
            Self::Listen => "listen",
            Self::Speak => "speak",
            Self::Standby => "standby",
            Self::Active => "active",
            Self::Unknown(_) => "unknown",
        }
    }
}

impl fmt::Display for State {
    /// Its name, with the number where it has none: `active`, `unknown(9)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(number) => write!(f, "{}({number})", self.name()),
            _ => f.write_str(self.name()),
        }
    }
}

impl From<u8> for InterfaceState {
    fn from(number: u8) -> Self {
        match number {
            1 => Self::Dormant,
            2 => Self::Passive,
            3 => Self::Active,
            other => Self::Unknown(other),
        }
    }
}

impl InterfaceState {
    /// Its name in lower case; `unknown` for a number without one.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dormant => "dormant",
            Self::Passive => "passive",
            Self::Active => "active",
            Self::Unknown(_) => "unknown",
        }
    }
}

impl fmt::Display for InterfaceState {
    /// Its name, with the number where it has none: `active`, `unknown(9)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(number) => write!(f, "{}({number})", self.name()),
            _ => f.write_str(self.name()),
        }
    }
}

impl Authentication {
    /// Its kind: `none`, `text` or `md5`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Text(_) => "text",
            Self::Md5 { .. } => "md5",
        }
    }
}

impl fmt::Debug for Authentication {
    /// Names the kind and never the text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Text(_) => f.write_str("Text(..)"),
            Self::Md5 { algorithm, key_id } => {
                write!(f, "Md5 {{ algorithm: {algorithm}, key_id: {key_id} }}")
            }
        }
    }
}

/// Where version 1 sends to, and where version 2 does.
const GROUPS: [Ipv4Addr; 2] = [Ipv4Addr::new(224, 0, 0, 2), Ipv4Addr::new(224, 0, 0, 102)];
const GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x66);

/// Opcode of a version 1 advertise message, which has a layout of its own.
const ADVERTISE: u8 = 3;
