//! Capture time: nanoseconds since the epoch, as the capture says, never as this machine says.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat};

/// A moment of capture time, in nanoseconds since 1970-01-01T00:00:00Z.
///
/// Range: years 1677 to 2262; arithmetic saturates at both ends, so damaged times never panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The smallest time that can be told.
    pub const MIN: Self = Self(i64::MIN);
    /// The largest time that can be told.
    pub const MAX: Self = Self(i64::MAX);

    /// The time `nanos` nanoseconds after the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The time `seconds` and `nanos` after the epoch; saturates where that is out of range.
    pub fn from_parts(seconds: i64, nanos: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000).saturating_add(nanos))
    }

    /// Nanoseconds since the epoch; negative before it.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// The whole second this time lies in, rounded towards the past.
    pub const fn whole_second(self) -> i64 {
        self.0.div_euclid(1_000_000_000)
    }

    /// The start of that second.
    #[must_use]
    pub fn start_of_second(self) -> Self {
        Self::from_parts(self.whole_second(), 0)
    }

    /// The last nanosecond of that second.
    #[must_use]
    pub fn end_of_second(self) -> Self {
        let end = (i128::from(self.whole_second()) + 1) * 1_000_000_000 - 1;
        Self(i64::try_from(end).unwrap_or(i64::MAX))
    }

    /// How long after `earlier` this is; zero where it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        let nanos = i128::from(self.0).saturating_sub(i128::from(earlier.0)).max(0);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// Seconds from `other` to this, negative where this is earlier.
    #[expect(clippy::cast_precision_loss, reason = "shown to people, and exact below 104 days")]
    pub fn seconds_since(self, other: Self) -> f64 {
        i128::from(self.0).saturating_sub(i128::from(other.0)) as f64 / 1e9
    }

    /// This time moved forward by `span`.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)))
    }

    /// This time moved back by `span`.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with nine digits: `2026-11-23T04:47:22.826686657Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&DateTime::from_timestamp_nanos(self.0).to_rfc3339_opts(SecondsFormat::Nanos, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_nine_digits_in_utc() {
        let time = Timestamp::from_parts(1_795_409_242, 826_686_657);
        assert_eq!(time.to_string(), "2026-11-23T04:47:22.826686657Z");
    }

    #[test]
    fn a_time_before_another_is_zero_after_it() {
        let (early, late) = (Timestamp::from_nanos(1), Timestamp::from_nanos(5));
        assert_eq!(early.since(late), Duration::ZERO);
        assert_eq!(late.since(early), Duration::from_nanos(4));
    }

    #[test]
    fn the_ends_of_the_range_saturate() {
        assert_eq!(Timestamp::MAX.plus(Duration::from_secs(1)), Timestamp::MAX);
        assert_eq!(Timestamp::from_parts(i64::MAX, 0), Timestamp::MAX);
        assert_eq!(Timestamp::MAX.end_of_second(), Timestamp::MAX);
        assert!(
            Timestamp::MIN.start_of_second() == Timestamp::MIN
                && Timestamp::MIN.end_of_second() > Timestamp::MIN
        );
        assert!(Timestamp::MAX.since(Timestamp::MIN) > Duration::from_secs(1));
    }
}
