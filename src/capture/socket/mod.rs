//! Frames from an interface of this machine, through a packet socket (Linux).
//!
//! [`PacketSocket`] gives the frames as they come, [`devices()`] lists the interfaces, [`filter`] says what is let in,
//! [`Clock`] watches over the clock that the frames are stamped by.

#[cfg(target_os = "linux")]
mod block;
mod clock;
#[cfg(target_os = "linux")]
mod delivery;
mod devices;
#[cfg(not(target_os = "linux"))]
mod elsewhere;
mod error;
pub mod filter;
#[cfg(target_os = "linux")]
mod hardware;
#[cfg(target_os = "linux")]
mod interfaces;
#[cfg(target_os = "linux")]
mod packet_socket;
#[cfg(target_os = "linux")]
mod presence;
#[cfg(target_os = "linux")]
mod ring;
#[cfg(target_os = "linux")]
mod shape;
#[cfg(target_os = "linux")]
mod vlan;

pub use clock::{Clock, Step};
pub use devices::{Device, devices, may_capture};
#[cfg(not(target_os = "linux"))]
pub use elsewhere::PacketSocket;
pub use error::SocketError;
#[cfg(target_os = "linux")]
pub use packet_socket::PacketSocket;

use std::fmt;

use self::filter::Wanted;
use super::frame::LinkType;

/// What to capture on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All interfaces.
    Any,
    /// The one of this name, whichever has it at the time.
    Device(String),
}

impl Selection {
    /// `any`, or the name of an interface.
    pub fn named(name: &str) -> Self {
        if name == ANY { Self::Any } else { Self::Device(name.to_owned()) }
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => ANY,
            Self::Device(name) => name,
        })
    }
}

/// How to capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketOptions {
    /// Whether the interface takes in frames that are for others too. With [`Selection::Any`] none does because of this.
    pub promiscuous: bool,
    /// Bytes of the ring that frames wait in.
    pub ring_bytes: usize,
    /// What is let in; everything for `None`.
    pub wanted: Option<Wanted>,
}

impl Default for SocketOptions {
    fn default() -> Self {
        Self { promiscuous: true, ring_bytes: 64 << 20, wanted: None }
    }
}

/// A frame from an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawFrame<'a> {
    /// When it came, in nanoseconds since 1970, by the system's clock.
    pub nanos: i64,
    /// Its length on the wire in bytes; `bytes` may be shorter.
    pub wire_len: u32,
    /// Its interface, as an index into [`PacketSocket::interfaces`].
    pub interface: u32,
    /// How `bytes` begin: Ethernet, or IP.
    pub link_type: LinkType,
    /// What was captured of it, with its VLAN tags.
    pub bytes: &'a [u8],
}

/// An interface that frames came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketInterface {
    /// Its name; `#7` where it was gone before that could be asked.
    pub name: String,
    /// How its frames begin.
    pub link_type: LinkType,
}

/// What came of waiting for frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// How many frames came.
    pub frames: u64,
    /// Whether the time was over before anything came.
    pub quiet: bool,
    /// What became of the interface.
    pub event: Option<SocketEvent>,
}

/// What became of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketEvent {
    /// It went down, or was deleted. After those that wait in the ring no frames come until it is back.
    Gone,
    /// It is up again, or another one of its name is.
    Back,
}

/// What stands for all interfaces.
const ANY: &str = "any";
