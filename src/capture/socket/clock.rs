//! Watches over the system's clock, which is set while a capture goes on.
//!
//! The kernel stamps frames by the clock that people set. Where that is stepped, a pause of two seconds looks like one of an
//! hour, or time runs back. The clock that nobody can set tells of it: the distance between the two changes. It must be one
//! that goes on while the machine sleeps (`CLOCK_BOOTTIME`), or waking up looks like a step.

use std::time::Duration;

/// The distance between the clock that people set and the one that nobody can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Nanoseconds by which the first is ahead, as of the last reading.
    ahead: i64,
    /// Nanoseconds by which it was set forward since the beginning.
    correction: i64,
}

/// The system's clock was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// By how many nanoseconds; forward where positive.
    pub by: i64,
}

impl Clock {
    /// By how much the two clocks must move apart between two readings to be a step: less is drift, which a time daemon
    /// mends slowly.
    pub const STEP: Duration = Duration::from_millis(500);

    /// A capture begins at `real` nanoseconds since 1970, when the other clock shows `monotonic`.
    pub const fn new(real: i64, monotonic: i64) -> Self {
        Self { ahead: real.saturating_sub(monotonic), correction: 0 }
    }

    /// Takes in a further reading of both clocks, taken at one moment; whether the first was set since the one before.
    pub fn note(&mut self, real: i64, monotonic: i64) -> Option<Step> {
        let ahead = real.saturating_sub(monotonic);
        let by = ahead.saturating_sub(self.ahead);
        self.ahead = ahead;
        if u128::from(by.unsigned_abs()) <= Self::STEP.as_nanos() {
            return None;
        }
        self.correction = self.correction.saturating_add(by);
        Some(Step { by })
    }

    /// The time of a frame stamped `real`, by the clock as it was set when the capture began.
    ///
    /// Frames between a step and the reading that shows it are off by it.
    pub const fn correct(&self, real: i64) -> i64 {
        real.saturating_sub(self.correction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn drift_is_followed_and_no_step() {
        let mut clock = Clock::new(1000 * SECOND, 0);
        for second in 1..100 {
            // 0.4 s in each second.
            assert_eq!(clock.note(1000 * SECOND + second * 1_400_000_000, second * SECOND), None);
        }
        assert_eq!(clock.correct(7), 7);
    }

    #[test]
    fn steps_forward_and_back_are_taken_out_again() {
        let mut clock = Clock::new(1000 * SECOND, 5 * SECOND);
        assert_eq!(clock.note(1001 * SECOND, 6 * SECOND), None);
        assert_eq!(clock.note(4602 * SECOND, 7 * SECOND), Some(Step { by: 3600 * SECOND }));
        assert_eq!(clock.correct(4602 * SECOND), 1002 * SECOND);
        assert_eq!(clock.note(4603 * SECOND, 8 * SECOND), None);
        assert_eq!(clock.note(1003 * SECOND, 9 * SECOND), Some(Step { by: -3601 * SECOND }));
        assert_eq!(clock.correct(1003 * SECOND), 1004 * SECOND);
    }

    #[test]
    fn the_ends_of_the_range_saturate() {
        let mut clock = Clock::new(i64::MAX, i64::MIN);
        assert!(clock.note(i64::MIN, i64::MAX).is_some());
        assert!(clock.note(i64::MIN, i64::MAX).is_none());
        clock.correct(i64::MAX);
    }
}
