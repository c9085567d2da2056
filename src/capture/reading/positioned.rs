//! A file that is read at any place, by several threads at the same time.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::sync::Arc;

use crate::capture::window::Input;

/// A file, and the place to read on at. Clones share the file, and have a place of their own.
#[derive(Clone)]
pub(in crate::capture) struct Positioned {
    file: Arc<File>,
    at: u64,
}

impl Positioned {
    /// A file from its beginning on.
    pub(in crate::capture) fn new(file: File) -> Self {
        Self { file: Arc::new(file), at: 0 }
    }

    /// Reads at a place until `into` is full or the file ends; how many bytes that are.
    pub(super) fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        let mut read = 0;
        while let Some(room) = into.get_mut(read..).filter(|room| !room.is_empty()) {
            match read_once(&self.file, room, at + read as u64) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(read)
    }

    /// Its length now.
    pub(super) fn length(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }
}

impl Read for Positioned {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = read_once(&self.file, into, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Input for Positioned {
    fn go_to(&mut self, offset: u64) {
        self.at = offset;
    }

    fn positioned(&self) -> Option<Positioned> {
        Some(self.clone())
    }
}

#[cfg(unix)]
fn read_once(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, at)
}

#[cfg(windows)]
fn read_once(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_at_any_place_to_the_end() {
        let file = Positioned::new(File::open("Cargo.toml").unwrap());
        let length = usize::try_from(file.length().unwrap()).unwrap();
        let mut bytes = vec![0; length];
        assert_eq!(file.read_at(&mut bytes, 0).unwrap(), length);
        let mut room = [0; 16];
        assert_eq!(file.read_at(&mut room, length as u64 - 4).unwrap(), 4);
        assert_eq!(room[..4], bytes[length - 4..]);
        assert_eq!(file.read_at(&mut room, length as u64 + 9).unwrap(), 0);
    }
}
