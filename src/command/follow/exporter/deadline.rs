//! A connection that ends in time, however slow its other end is.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A connection of which every read and write ends at a set moment.
pub(super) struct Deadline<'a> {
    connection: &'a TcpStream,
    end: Instant,
}

impl<'a> Deadline<'a> {
    /// From now on `patience` is left.
    pub(super) fn new(connection: &'a TcpStream, patience: Duration) -> Self {
        Self { connection, end: now() + patience }
    }

    /// What is left; an error where that is nothing.
    fn left(&self) -> io::Result<Duration> {
        let left = self.end.saturating_duration_since(now());
        if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

impl Read for Deadline<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.connection.set_read_timeout(Some(self.left()?))?;
        self.connection.read(buffer)
    }
}

impl Write for Deadline<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.connection.set_write_timeout(Some(self.left()?))?;
        self.connection.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a connection lasts is told by this machine's clock")]
fn now() -> Instant {
    Instant::now()
}
