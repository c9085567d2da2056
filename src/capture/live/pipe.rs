//! The bytes of a pipe that somebody still writes.

use std::fs::File;
use std::io::{self, Read, stdin};

use super::outlet::Outlet;

/// The bytes of a pipe. Hands over what was put together before it waits for more, and ends when it is told to stop, or
/// when the pipe does.
pub(super) struct Piped {
    pipe: File,
    outlet: Outlet,
}

impl Piped {
    /// The bytes of `pipe`.
    pub(super) const fn new(pipe: File, outlet: Outlet) -> Self {
        Self { pipe, outlet }
    }

    /// Waits until there is something to read; `false` where that is no longer wanted.
    #[cfg(unix)]
    fn wait(&self) -> io::Result<bool> {
        use std::os::fd::AsFd;

        use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

        let mut timeout = PollTimeout::ZERO;
        loop {
            match poll(&mut [PollFd::new(self.pipe.as_fd(), PollFlags::POLLIN)], timeout) {
                Ok(0) => {}
                Ok(_) => return Ok(true),
                Err(nix::errno::Errno::EINTR) => continue,
                Err(error) => return Err(error.into()),
            }
            if self.outlet.is_stopped() {
                return Ok(false);
            }
            self.outlet.dry(None);
            timeout = LOOK_AGAIN.into();
        }
    }

    /// Waits until there is something to read; `false` where that is no longer wanted.
    #[cfg(not(unix))]
    fn wait(&self) -> io::Result<bool> {
        self.outlet.dry(None);
        Ok(!self.outlet.is_stopped())
    }
}

impl Read for Piped {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.outlet.has_enough() || !self.wait()? {
            return Ok(0);
        }
        match self.pipe.read(into) {
            // Whoever waits beside this one was sooner.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(io::ErrorKind::Interrupted.into()),
            read => read,
        }
    }
}

/// Standard input, without a buffer of its own: what is in that could not be waited for.
#[cfg(unix)]
pub(super) fn standard_input() -> io::Result<File> {
    use std::os::fd::AsFd;
    stdin().as_fd().try_clone_to_owned().map(File::from)
}

/// Standard input, without a buffer of its own.
#[cfg(windows)]
pub(super) fn standard_input() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    stdin().as_handle().try_clone_to_owned().map(File::from)
}

/// How many milliseconds pass between two looks at whether more is wanted.
#[cfg(unix)]
const LOOK_AGAIN: u8 = 100;
