//! What the ticks of an interface's time stamps are: `if_tsresol` and `if_tsoffset`.
//! Source: draft-ietf-opsawg-pcapng, section 4.2.

use crate::time::Timestamp;

/// How an interface counts time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    unit: Unit,
    /// Seconds that are added to each time.
    offset: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// A tick is so many nanoseconds.
    Nanos(u64),
    /// So many ticks are one nanosecond.
    PerNano(u64),
    /// Two to this power ticks are one second.
    PerSecond(u32),
}

impl Clock {
    /// A clock by the values of `if_tsresol` (6, microseconds, where it is not given) and `if_tsoffset` (0).
    pub(super) fn new(resolution: Option<u8>, offset: Option<u64>) -> Self {
        let resolution = resolution.unwrap_or(6);
        let power = u32::from(resolution & 0x7f);
        let unit = match power {
            _ if resolution & 0x80 != 0 => Unit::PerSecond(power),
            0..=9 => Unit::Nanos(10_u64.pow(9 - power)),
            // So fine a tick that all of them together are less than a nanosecond counts as none.
            _ => Unit::PerNano(10_u64.checked_pow(power - 9).unwrap_or(u64::MAX)),
        };
        Self { unit, offset: offset.unwrap_or_default().cast_signed() }
    }

    /// The same of a clock whose ticks are so many nanoseconds since 1970, where that is in range; else none.
    #[inline]
    pub(super) fn plain_time(self, ticks: u64) -> Option<Timestamp> {
        let Unit::Nanos(nanos) = self.unit else { return None };
        let nanos = ticks.checked_mul(nanos).and_then(|nanos| i64::try_from(nanos).ok())?;
        (self.offset == 0 && nanos != i64::MAX).then(|| Timestamp::from_nanos(nanos))
    }

    /// The time of a stamp of `ticks`; saturates where that is out of range.
    #[inline]
    pub(super) fn time(self, ticks: u64) -> Timestamp {
        let nanos = match self.unit {
            Unit::Nanos(nanos) => ticks.saturating_mul(nanos),
            Unit::PerNano(ticks_per_nano) => ticks / ticks_per_nano,
            Unit::PerSecond(power) => {
                let nanos = (u128::from(ticks) * 1_000_000_000) >> power;
                u64::try_from(nanos).unwrap_or(u64::MAX)
            }
        };
        Timestamp::from_parts(self.offset, i64::try_from(nanos).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nanos(resolution: u8, ticks: u64) -> i64 {
        Clock::new(Some(resolution), None).time(ticks).nanos()
    }

    #[test]
    fn decimal_resolutions() {
        assert_eq!(Clock::new(None, None).time(1_500_000).nanos(), 1_500_000_000);
        assert_eq!(nanos(0, 2), 2_000_000_000);
        assert_eq!(nanos(3, 1_500), 1_500_000_000);
        assert_eq!(nanos(9, 1_500_000_001), 1_500_000_001);
        assert_eq!(nanos(12, 1_999), 1);
        assert_eq!(nanos(127, u64::MAX), 1);
    }

    #[test]
    fn binary_resolutions() {
        assert_eq!(nanos(0x80, 3), 3_000_000_000);
        assert_eq!(nanos(0x8a, 1_536), 1_500_000_000);
        assert_eq!(nanos(0xff, u64::MAX), 0);
    }

    #[test]
    fn a_plain_time_is_the_same_time() {
        for resolution in [0, 3, 6, 9, 12, 0x8a] {
            for offset in [0, 1] {
                let clock = Clock::new(Some(resolution), Some(offset));
                for ticks in [0, 1_500_000, i64::MAX.cast_unsigned(), u64::MAX] {
                    let plain = clock.plain_time(ticks);
                    assert!(plain.is_none_or(|plain| plain == clock.time(ticks)));
                    assert_eq!(plain.is_some(), resolution <= 9 && offset == 0 && ticks <= 1_500_000);
                }
            }
        }
    }

    #[test]
    fn an_offset_may_be_negative_and_the_ends_saturate() {
        let clock = Clock::new(Some(6), Some((-2_i64).cast_unsigned()));
        assert_eq!(clock.time(1_000_000).nanos(), -1_000_000_000);
        assert_eq!(Clock::new(Some(0), Some(u64::MAX >> 1)).time(u64::MAX), Timestamp::MAX);
    }
}
