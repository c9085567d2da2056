//! What whoever follows a capture should be told of it.

use std::fmt;

use crate::capture::error::Error;

/// Something about a source that is no frame, and does not end it.
#[derive(Debug)]
pub struct Notice {
    /// The source's name as given, or that of the file which is read.
    pub name: String,
    /// What happened.
    pub what: What,
}

/// What happened to a source.
#[derive(Debug)]
pub enum What {
    /// There are so many bytes of it, and no capture in them yet.
    NoCaptureYet(u64),
    /// No file of the directory, or of the pattern, is a capture yet.
    NoFilesYet,
    /// The file became shorter than what was read of it: it is read from its start.
    Truncated,
    /// The name belongs to another file now, which is read from its start.
    Replaced,
    /// There is no file of that name any more.
    Gone,
    /// There is one again.
    Back,
    /// The file that stands there now cannot be read.
    Unreadable(Error),
    /// The file was removed, or written over, before it was read to its end.
    Overtaken,
    /// The interface went down, or was deleted.
    Down,
    /// It is up again, or another one of its name is.
    Up,
    /// The kernel has dropped frames since that was told last, and in all.
    Dropped {
        /// Since it was told last.
        more: u64,
        /// In all.
        all: u64,
    },
    /// The system's clock was set by so many nanoseconds; forward where positive.
    ClockSet(i64),
    /// The file begins before what was read of the ring ends: it is none of it.
    PassedOver,
    /// The file has grown after the next one of the ring was begun. What was added is not read.
    Grew,
    /// Changes cannot be heard of, so the file is looked at again and again.
    Polling(String),
}

impl fmt::Display for Notice {
    /// In one line: `ring.pcap: was truncated; reading it from its start`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match &self.what {
            What::NoCaptureYet(0) => write!(f, "{name}: is empty; waiting for a capture in it"),
            What::NoCaptureYet(bytes) => {
                write!(f, "{name}: holds {bytes} bytes and no capture yet; waiting for more")
            }
            What::NoFilesYet => write!(f, "{name}: holds no capture yet; waiting for one"),
            What::Truncated => write!(f, "{name}: was truncated; reading it from its start"),
            What::Replaced => write!(f, "{name}: was replaced by another file; reading that from its start"),
            What::Gone => write!(f, "{name}: was removed; waiting for it to come back"),
            What::Back => write!(f, "{name}: is there again"),
            What::Unreadable(error) => write!(f, "{error}; waiting for another file in its place"),
            What::Overtaken => write!(f, "{name}: was written over before it was read to its end"),
            What::Down => write!(f, "{name}: is down or gone; waiting for it to come back"),
            What::Up => write!(f, "{name}: is up again"),
            What::Dropped { more, all } => {
                write!(f, "{name}: {more} frames were dropped, {all} in all: a larger --ring may hold them")
            }
            What::ClockSet(by) => {
                let way = if *by < 0 { "back" } else { "forward" };
                let (seconds, millis) =
                    (by.unsigned_abs() / 1_000_000_000, by.unsigned_abs() / 1_000_000 % 1000);
                write!(
                    f,
                    "{name}: the system's clock was set {way} by {seconds}.{millis:03} s; times go on by the clock as it \
                     was"
                )
            }
            What::PassedOver => write!(f, "{name}: begins before what was read already; passed over"),
            What::Grew => {
                write!(f, "{name}: has grown after it was left for the next file; that is not read")
            }
            What::Polling(why) => {
                write!(f, "{name}: changes cannot be watched ({why}); looking at it every 100 ms")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(what: What) -> String {
        Notice { name: "eth0".to_owned(), what }.to_string()
    }

    #[test]
    fn a_clock_that_was_set_is_told_with_its_way_and_length() {
        assert_eq!(
            told(What::ClockSet(3_600_000_000_000)),
            "eth0: the system's clock was set forward by 3600.000 s; times go on by the clock as it was"
        );
        assert_eq!(
            told(What::ClockSet(-1_500_000_000)),
            "eth0: the system's clock was set back by 1.500 s; times go on by the clock as it was"
        );
    }

    #[test]
    fn each_notice_is_one_line() {
        let notices = [
            What::NoCaptureYet(0),
            What::NoCaptureYet(7),
            What::NoFilesYet,
            What::Truncated,
            What::Replaced,
            What::Gone,
            What::Back,
            What::Unreadable(Error::Empty { name: "x".to_owned() }),
            What::Overtaken,
            What::PassedOver,
            What::Grew,
            What::Down,
            What::Up,
            What::Dropped { more: 1, all: 2 },
            What::Polling("too many watches".to_owned()),
        ];
        for what in notices {
            let line = told(what);
            assert!(line.starts_with(|c: char| c.is_lowercase()) && !line.contains('\n'), "{line}");
            assert!(!line.ends_with('.') && !line.contains("  "), "{line}");
        }
    }
}
