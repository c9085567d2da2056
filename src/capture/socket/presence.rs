//! Whether the interface that is captured on is there.

use std::env;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, getsockopt, socket, sockopt};

use super::devices::{Device, devices};
use super::{Selection, SocketError};

/// How waiting for frames ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// There are some.
    Ready,
    /// The time is over.
    Quiet,
    /// A signal came.
    Interrupted,
    /// The interface went down, or was deleted.
    Gone,
}

/// The interface that was selected; `None` for all of them.
///
/// # Errors
///
/// When it is missing or down.
pub(super) fn find(selection: &Selection) -> Result<Option<Device>, SocketError> {
    let Selection::Device(name) = selection else { return Ok(None) };
    let devices = devices()?;
    match devices.iter().find(|device| device.name == *name) {
        Some(device) if device.is_up => Ok(Some(device.clone())),
        Some(_) => Err(SocketError::Down { name: name.clone() }),
        None => {
            let known = devices.into_iter().map(|device| device.name).collect();
            Err(SocketError::NoSuchInterface { name: name.clone(), known })
        }
    }
}

/// A packet socket that no frame enters: it has no protocol yet.
pub(super) fn raw_socket(selection: &Selection) -> Result<OwnedFd, SocketError> {
    let name = || selection.to_string();
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    socket(AddressFamily::Packet, SockType::Raw, flags, None).map_err(|errno| match errno {
        Errno::EPERM | Errno::EACCES => {
            SocketError::Denied { name: name(), program: env::current_exe().ok() }
        }
        other => SocketError::System { name: name(), doing: "no socket can be opened", source: other.into() },
    })
}

/// Waits until a block of the ring is ready, or something becomes of the interface.
pub(super) fn wait(socket: BorrowedFd<'_>, timeout: Duration) -> io::Result<Wait> {
    let mut watched = [PollFd::new(socket, PollFlags::POLLIN)];
    // Rounded up, so that no wait of less than a millisecond becomes a loop.
    let timeout = timeout.saturating_add(Duration::from_micros(999));
    let timeout = PollTimeout::try_from(timeout).unwrap_or(PollTimeout::MAX);
    match poll(&mut watched, timeout) {
        Ok(0) => return Ok(Wait::Quiet),
        Ok(_) => {}
        Err(Errno::EINTR) => return Ok(Wait::Interrupted),
        Err(other) => return Err(other.into()),
    }
    let told = watched.first().and_then(PollFd::revents).unwrap_or(PollFlags::empty());
    if !told.contains(PollFlags::POLLERR) {
        return Ok(Wait::Ready);
    }
    // Asking takes the error away.
    match Errno::from_raw(getsockopt(&socket, sockopt::SocketError)?) {
        Errno::ENETDOWN | Errno::ENODEV | Errno::ENXIO => Ok(Wait::Gone),
        Errno::UnknownErrno => Ok(Wait::Ready),
        other => Err(other.into()),
    }
}
