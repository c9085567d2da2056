//! A packet socket that sends.

use std::error::Error;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::ifaddrs::getifaddrs;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, bind, send, socket};

/// Sends frames on an interface as they are.
pub(crate) struct Sender(OwnedFd);

impl Sender {
    /// Sends on the interface of this name.
    pub(crate) fn on(name: &str) -> Result<Self, Box<dyn Error>> {
        let link = getifaddrs()?.find_map(|entry| {
            entry.address.filter(|_| entry.interface_name == name)?.as_link_addr().copied()
        });
        let socket = socket(AddressFamily::Packet, SockType::Raw, SockFlag::SOCK_CLOEXEC, None)?;
        bind(socket.as_raw_fd(), &link.ok_or("there is no interface of this name")?)?;
        Ok(Self(socket))
    }

    /// Sends a frame; whether it was sent.
    pub(crate) fn send(&self, frame: &[u8]) -> bool {
        send(self.0.as_raw_fd(), frame, MsgFlags::empty()).is_ok()
    }
}
