//! Capture times for people.

use chrono::{DateTime, Local, SecondsFormat, TimeZone, Utc};

use crate::time::Timestamp;

use super::model::Report;

/// How times are told to people. Tables and JSON always use RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeStyle {
    /// `2026-11-23 04:47:55.561 UTC`
    #[default]
    Utc,
    /// `2026-11-23 05:47:55.561 +01:00`, in this machine's zone.
    Local,
    /// `+33.348 s` since the earliest frame of the run.
    Relative,
}

/// Tells the times of one run in one style.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    style: TimeStyle,
    start: Timestamp,
    one_day: bool,
}

impl Clock {
    /// A clock for a run's times. Columns leave the date out where the whole run lies in one day.
    pub(super) fn new(style: TimeStyle, report: &Report) -> Self {
        let spans = || report.captures.iter().filter_map(|capture| capture.tally.span);
        let start = spans().map(|(first, _)| first).min().unwrap_or_default();
        let end = spans().map(|(_, last)| last).max().unwrap_or_default();
        let one_day = match style {
            TimeStyle::Utc => date(&Utc, start) == date(&Utc, end),
            TimeStyle::Local => date(&Local, start) == date(&Local, end),
            TimeStyle::Relative => true,
        };
        Self { style, start, one_day }
    }

    /// A clock for times that may come to be of several days; `start` is the earliest frame of the run.
    pub(super) const fn since(style: TimeStyle, start: Timestamp) -> Self {
        Self { style, start, one_day: false }
    }

    /// A time on a line of its own, to the millisecond: `2026-11-23 04:47:55.561Z`, or `+33.348`.
    pub(super) fn stamp(&self, time: Timestamp) -> String {
        let zone = if self.style == TimeStyle::Utc { "Z" } else { "" };
        format!("{}{zone}", self.cell(time))
    }

    /// The time of day, below a line with [`Self::day`].
    pub(super) fn time_of_day(&self, time: Timestamp) -> String {
        Self { one_day: true, ..*self }.cell(time)
    }

    /// The day and the zone of a time; none where times count from the start.
    pub(super) fn day(&self, time: Timestamp) -> Option<String> {
        let told = |(day, offset): (String, String)| format!("{day}, times are {offset}");
        match self.style {
            TimeStyle::Utc => Some(told((date(&Utc, time).0, "UTC".to_owned()))),
            TimeStyle::Local => Some(told(date(&Local, time))),
            TimeStyle::Relative => None,
        }
    }

    /// A time with its date and zone, to the millisecond.
    pub(super) fn moment(&self, time: Timestamp) -> String {
        match self.style {
            TimeStyle::Utc => format!("{} UTC", date_and_time(&Utc, time)),
            TimeStyle::Local => zoned(&Local, time),
            TimeStyle::Relative => format!("{} s", self.relative(time)),
        }
    }

    /// A time for a column under [`Self::heading`], to the millisecond.
    pub(super) fn cell(&self, time: Timestamp) -> String {
        match self.style {
            TimeStyle::Relative => self.relative(time),
            TimeStyle::Utc if self.one_day => format!("{:.12}", time_of_day(&Utc, time)),
            TimeStyle::Utc => date_and_time(&Utc, time),
            TimeStyle::Local if self.one_day => format!("{:.12}", time_of_day(&Local, time)),
            TimeStyle::Local => zoned(&Local, time),
        }
    }

    /// A time within a line, like a column's but with its unit.
    pub(super) fn brief(&self, time: Timestamp) -> String {
        let unit = if self.style == TimeStyle::Relative { " s" } else { "" };
        format!("{}{unit}", self.cell(time))
    }

    /// The heading of a column of times.
    pub(super) fn heading(&self) -> String {
        match self.style {
            TimeStyle::Utc => "Time (UTC)".to_owned(),
            TimeStyle::Local if self.one_day => format!("Time ({})", offset(&Local, self.start)),
            TimeStyle::Local => "Time".to_owned(),
            TimeStyle::Relative => "Time (s)".to_owned(),
        }
    }

    /// Seconds since the start of the run with three decimals, signed.
    fn relative(&self, time: Timestamp) -> String {
        let nanos = i128::from(time.nanos()) - i128::from(self.start.nanos());
        let (sign, millis) = (if nanos < 0 { '-' } else { '+' }, nanos.unsigned_abs() / 1_000_000);
        format!("{sign}{}.{:03}", millis / 1000, millis % 1000)
    }
}

/// `2026-11-23 04:47:55.561`
fn date_and_time<Z: TimeZone>(zone: &Z, time: Timestamp) -> String {
    let text = rfc3339(zone, time);
    text.get(..23).unwrap_or(&text).replacen('T', " ", 1)
}

/// `04:47:55.561`
fn time_of_day<Z: TimeZone>(zone: &Z, time: Timestamp) -> String {
    date_and_time(zone, time).split_off(11)
}

/// `2026-11-23 05:47:55.561 +01:00`
fn zoned<Z: TimeZone>(zone: &Z, time: Timestamp) -> String {
    format!("{} {}", date_and_time(zone, time), offset(zone, time))
}

/// The date and the zone's offset then: what columns may leave out where it never changes.
fn date<Z: TimeZone>(zone: &Z, time: Timestamp) -> (String, String) {
    (rfc3339(zone, time).chars().take(10).collect(), offset(zone, time))
}

/// `+01:00`
fn offset<Z: TimeZone>(zone: &Z, time: Timestamp) -> String {
    rfc3339(zone, time).chars().skip(23).collect()
}

/// `2026-11-23T05:47:55.561+01:00`
fn rfc3339<Z: TimeZone>(zone: &Z, time: Timestamp) -> String {
    let local = DateTime::from_timestamp_nanos(time.nanos()).with_timezone(zone);
    local.to_rfc3339_opts(SecondsFormat::Millis, false)
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;

    use super::*;

    const TIME: Timestamp = Timestamp::from_nanos(1_795_409_275_561_999_999);

    fn clock(style: TimeStyle, one_day: bool) -> Clock {
        Clock { style, start: TIME.minus(std::time::Duration::from_millis(33_348)), one_day }
    }

    #[test]
    fn tells_utc_with_and_without_the_date() {
        assert_eq!(clock(TimeStyle::Utc, true).moment(TIME), "2026-11-23 04:47:55.561 UTC");
        assert_eq!(clock(TimeStyle::Utc, true).cell(TIME), "04:47:55.561");
        assert_eq!(clock(TimeStyle::Utc, false).cell(TIME), "2026-11-23 04:47:55.561");
    }

    #[test]
    fn tells_a_zone_by_its_offset() {
        let zone = FixedOffset::east_opt(5 * 3600 + 1800).unwrap();
        assert_eq!(zoned(&zone, TIME), "2026-11-23 10:17:55.561 +05:30");
        assert_ne!(date(&zone, TIME), date(&zone, TIME.plus(std::time::Duration::from_secs(14 * 3600))));
    }

    #[test]
    fn tells_seconds_since_the_start_also_before_it() {
        let clock = clock(TimeStyle::Relative, true);
        assert_eq!(clock.moment(TIME), "+33.348 s");
        assert_eq!(clock.cell(TIME.minus(std::time::Duration::from_secs(34))), "-0.652");
    }

    #[test]
    fn the_ends_of_the_range_can_be_told() {
        for style in [TimeStyle::Utc, TimeStyle::Local, TimeStyle::Relative] {
            for time in [Timestamp::MIN, Timestamp::MAX] {
                assert!(!clock(style, false).moment(time).is_empty());
            }
        }
    }
}
