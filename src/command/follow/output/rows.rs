//! Whole rows, or nothing of them, on an output that may fail and work again.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Write};

use crate::capture::in_words;

/// What rows are appended to.
pub(super) trait Sink: Write {
    /// How many bytes it holds; none where it is no file that could be cut, as a pipe.
    fn length(&self) -> Option<u64>;
    /// Takes away what is behind the first `length` bytes.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

impl Sink for File {
    fn length(&self) -> Option<u64> {
        self.metadata().ok().filter(std::fs::Metadata::is_file).map(|metadata| metadata.len())
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

/// Rows on their way to a sink.
pub(super) struct Rows<S> {
    sink: S,
    header: Vec<u8>,
    /// What was not handed on yet.
    held: Vec<u8>,
    /// Whether anything was written to the sink.
    begun: bool,
    /// Where part of a row was written.
    torn: Option<Torn>,
    /// The rows lost since the sink stopped working; none while it works.
    trouble: Option<u64>,
    lost: u64,
    notices: Vec<Notice>,
}

/// Part of a row stands at the sink's end.
#[derive(Clone, Copy)]
enum Torn {
    /// Behind so many bytes.
    Behind(u64),
    /// It cannot be taken away.
    ForGood,
}

/// What there is to say.
#[derive(Debug)]
pub(super) enum Notice {
    /// Rows cannot be written any more.
    Broken(io::Error),
    /// They can again; so many were not.
    Mended(u64),
    /// It ended before they could.
    Ended(u64),
}

impl<S: Sink> Rows<S> {
    /// No rows yet; `header` goes before the first one of an empty sink.
    pub(super) fn new(sink: S, header: &str) -> Self {
        Self {
            sink,
            header: header.as_bytes().to_vec(),
            held: Vec::new(),
            begun: false,
            torn: None,
            trouble: None,
            lost: 0,
            notices: Vec::new(),
        }
    }

    /// Takes in more of a row. Where much is held whole rows are handed on before they are asked for.
    pub(super) fn hold(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
        if self.held.len() > MUCH
            && let Some(end) = self.held.iter().rposition(|&byte| byte == b'\n')
        {
            let rest = self.held.split_off(end + 1);
            self.commit();
            self.held = rest;
        }
    }

    /// Hands on what is held, or drops it.
    pub(super) fn commit(&mut self) {
        if self.held.is_empty() {
            return;
        }
        let rows = row_count(&self.held);
        let written = self.mend().and_then(|()| self.put());
        match (written, self.trouble) {
            (Ok(()), None) => {}
            (Ok(()), Some(lost)) => {
                self.trouble = None;
                self.notices.push(Notice::Mended(lost));
            }
            (Err(error), trouble) => {
                if trouble.is_none() {
                    self.notices.push(Notice::Broken(error));
                }
                self.lost = self.lost.saturating_add(rows);
                self.trouble = Some(trouble.unwrap_or_default().saturating_add(rows));
            }
        }
        self.held.clear();
    }

    /// Appends to `sink` from now on. Whether it is empty.
    pub(super) fn replace(&mut self, sink: S) -> bool {
        // What cannot be taken away from the old one stays there.
        drop(self.mend());
        self.sink = sink;
        self.torn = None;
        self.begun = false;
        self.sink.length().is_none_or(|length| length == 0)
    }

    /// Nothing more comes.
    pub(super) fn end(&mut self) {
        if let Some(lost) = self.trouble.take() {
            self.notices.push(Notice::Ended(lost));
        }
    }

    /// How many rows were lost, of all.
    pub(super) const fn lost(&self) -> u64 {
        self.lost
    }

    /// What there is to say since the last call.
    pub(super) fn notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Takes part of a row away where one was written.
    fn mend(&mut self) -> io::Result<()> {
        if let Some(Torn::Behind(length)) = self.torn {
            // Somebody else may have cut the file meanwhile.
            if self.sink.length().is_none_or(|now| now > length) {
                self.sink.cut(length)?;
            }
            self.torn = None;
        }
        Ok(())
    }

    /// Writes what is held, with what must stand before it.
    fn put(&mut self) -> io::Result<()> {
        let length = self.sink.length();
        let is_empty = length.map_or(!self.begun, |length| length == 0);
        if matches!(self.torn, Some(Torn::ForGood)) {
            self.held.insert(0, b'\n');
        } else if is_empty && !self.header.is_empty() {
            self.held.splice(0..0, self.header.iter().copied());
        }
        let (count, written) = write_all(&mut self.sink, &self.held);
        if written.is_ok() {
            (self.begun, self.torn) = (true, None);
        } else if count > 0 {
            self.torn = Some(length.map_or(Torn::ForGood, Torn::Behind));
            // Where this does not work yet it is tried again before the next row.
            drop(self.mend());
        }
        written
    }
}

/// Writes all of `bytes`; how many were.
fn write_all(sink: &mut impl Write, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut count = 0;
    while let Some(rest) = bytes.get(count..).filter(|rest| !rest.is_empty()) {
        match sink.write(rest) {
            Ok(0) => return (count, Err(ErrorKind::WriteZero.into())),
            Ok(more) => count += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (count, Err(error)),
        }
    }
    (count, sink.flush())
}

/// How many rows end in `bytes`, and one more where they go on behind.
fn row_count(bytes: &[u8]) -> u64 {
    bytes.split_inclusive(|&byte| byte == b'\n').count() as u64
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = |lost: u64| if lost == 1 { "1 row was".to_owned() } else { format!("{lost} rows were") };
        match self {
            Self::Broken(error) => {
                write!(f, "cannot be written: {}; rows are dropped until it can again", in_words(error))
            }
            Self::Mended(lost) => write!(f, "can be written again; {} not written", rows(*lost)),
            Self::Ended(lost) => write!(f, "{} not written before the end", rows(*lost)),
        }
    }
}

/// Bytes that are held without being asked for.
const MUCH: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk, or a pipe, that takes so many bytes more, at most three at a time.
    #[derive(Default)]
    struct Disk {
        bytes: Vec<u8>,
        room: usize,
        is_pipe: bool,
        cannot_cut: bool,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let count = bytes.len().min(self.room).min(3);
            if count == 0 {
                return Err(ErrorKind::StorageFull.into());
            }
            self.room -= count;
            self.bytes.extend(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Sink for Disk {
        fn length(&self) -> Option<u64> {
            (!self.is_pipe).then_some(self.bytes.len() as u64)
        }

        fn cut(&mut self, length: u64) -> io::Result<()> {
            if self.cannot_cut {
                return Err(ErrorKind::StorageFull.into());
            }
            self.bytes.truncate(usize::try_from(length).unwrap());
            Ok(())
        }
    }

    fn row(rows: &mut Rows<Disk>, text: &str) {
        rows.hold(text.as_bytes());
        rows.commit();
    }

    fn told(rows: &mut Rows<Disk>) -> Vec<String> {
        rows.notices().iter().map(ToString::to_string).collect()
    }

    fn written(rows: &Rows<Disk>) -> &str {
        std::str::from_utf8(&rows.sink.bytes).unwrap()
    }

    const BROKEN: &str = "cannot be written: no storage space; rows are dropped until it can again";

    #[test]
    fn a_full_disk_leaves_no_part_of_a_row_and_is_told_once() {
        let mut rows = Rows::new(Disk { room: 12, ..Disk::default() }, "h,i\n");
        row(&mut rows, "1,2\n");
        row(&mut rows, "3,4,5,6\n");
        row(&mut rows, "7,8\n9,0\n");
        assert_eq!(written(&rows), "h,i\n1,2\n");
        assert_eq!((told(&mut rows), rows.lost()), (vec![BROKEN.to_owned()], 3));
        rows.sink.room = 100;
        row(&mut rows, "a,b\n");
        assert_eq!(written(&rows), "h,i\n1,2\na,b\n");
        assert_eq!(told(&mut rows), ["can be written again; 3 rows were not written"]);
        assert_eq!((told(&mut rows), rows.lost()), (Vec::new(), 3));
    }

    #[test]
    fn what_cannot_be_taken_away_yet_is_before_the_next_row() {
        let disk = Disk { room: 6, cannot_cut: true, ..Disk::default() };
        let mut rows = Rows::new(disk, "");
        row(&mut rows, "1\n");
        row(&mut rows, "2,3,4,5\n");
        assert_eq!(written(&rows), "1\n2,3,");
        rows.sink.room = 100;
        row(&mut rows, "6\n");
        assert_eq!(written(&rows), "1\n2,3,");
        rows.sink.cannot_cut = false;
        row(&mut rows, "7\n");
        assert_eq!(written(&rows), "1\n7\n");
        assert_eq!(told(&mut rows), [BROKEN, "can be written again; 2 rows were not written"]);
    }

    #[test]
    fn on_a_pipe_part_of_a_row_is_ended_before_the_next_one() {
        let mut rows = Rows::new(Disk { room: 9, is_pipe: true, ..Disk::default() }, "h\n");
        row(&mut rows, "1\n");
        row(&mut rows, "2,3,4,5\n");
        rows.sink.room = 100;
        row(&mut rows, "6\n");
        row(&mut rows, "7\n");
        assert_eq!(written(&rows), "h\n1\n2,3,4\n6\n7\n");
        assert_eq!(told(&mut rows), [BROKEN, "can be written again; 1 row was not written"]);
    }

    #[test]
    fn a_header_that_found_no_room_comes_with_the_first_row_that_does() {
        let mut rows = Rows::new(Disk { room: 3, ..Disk::default() }, "h,i\n");
        row(&mut rows, "1,2\n");
        rows.sink.room = 100;
        row(&mut rows, "3,4\n");
        assert_eq!(written(&rows), "h,i\n3,4\n");
        assert_eq!(rows.lost(), 1);
    }

    #[test]
    fn much_is_handed_on_row_by_row_unasked() {
        let mut rows = Rows::new(Disk { room: 1 << 20, ..Disk::default() }, "");
        let line = "x".repeat(999) + "\n";
        (0..100).for_each(|_| rows.hold(line.as_bytes()));
        rows.hold(b"begun");
        assert!(rows.sink.bytes.len() >= 34_000 && rows.held.len() <= MUCH + 5);
        assert_eq!(rows.sink.bytes.len() % 1_000, 0);
        rows.sink.room = 0;
        rows.commit();
        rows.end();
        let lost = rows.lost();
        assert_eq!(told(&mut rows), [BROKEN, &format!("{lost} rows were not written before the end")]);
    }
}
