//! Another clock, an earlier end, a ring of files.

use std::time::Duration;

use sagap::time::Timestamp;

use crate::common::read::Owned;

use super::recording::Recording;

const SECOND: i64 = 1_000_000_000;
/// Days of a Gregorian year on average, in seconds.
const YEAR: i64 = 31_556_952 * SECOND;

/// How the clock is set: later or earlier by a little, to the first second of 1970, and twenty years on.
pub(super) fn shifts(recording: &Recording) -> Vec<i64> {
    let first = recording.frames.iter().map(|frame| frame.nanos).min().unwrap_or_default();
    vec![1, -437_123_456_789, -first, 20 * YEAR]
}

/// The frames as a clock shows them that is ahead by so many nanoseconds.
pub(super) fn shifted(frames: &[Owned], by: i64) -> Vec<Owned> {
    frames.iter().map(|frame| Owned { nanos: frame.nanos + by, ..frame.clone() }).collect()
}

/// The frames up to this long after a time.
pub(super) fn cut(frames: &[Owned], from: Timestamp, after: Duration) -> Vec<Owned> {
    let end = from.plus(after).nanos();
    frames.iter().filter(|frame| frame.nanos <= end).cloned().collect()
}

/// The frames in so many files, one behind the other, of about equally many frames.
pub(super) fn ring(frames: &[Owned], files: usize) -> Vec<Vec<Owned>> {
    let mut frames = frames.to_vec();
    frames.sort_by_key(|frame| frame.nanos);
    frames.chunks(frames.len().div_ceil(files).max(1)).map(<[Owned]>::to_vec).collect()
}
