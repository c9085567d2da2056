//! How long ESP of one direction is silent by itself.

use std::time::Duration;

use crate::time::Timestamp;

/// Packets of one direction and the longest silence between two of them, in the present minute and the one before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rhythm {
    since: Option<Timestamp>,
    now: Span,
    before: Span,
}

/// Packets within one minute.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    packets: u64,
    longest: Duration,
}

impl Rhythm {
    /// Notes packets at `at`, which come this long after the last one.
    pub(super) fn note(&mut self, at: Timestamp, silence: Duration, packets: u64) {
        let since = *self.since.get_or_insert(at);
        if at.since(since) > SPAN {
            self.before = if at.since(since) > SPAN * 2 { Span::default() } else { self.now };
            self.now = Span::default();
            self.since = Some(at);
        }
        self.now.packets += packets;
        self.now.longest = self.now.longest.max(silence);
    }

    /// The longest silence of late.
    pub(super) fn longest(&self) -> Duration {
        self.now.longest.max(self.before.longest)
    }

    /// How many packets there were of late.
    pub(super) const fn packets(&self) -> u64 {
        self.now.packets + self.before.packets
    }
}

/// How long one of the two spans lasts.
const SPAN: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_longer_ago_is_forgotten() {
        let at = |seconds: i64| Timestamp::from_nanos(seconds * 1_000_000_000);
        let mut rhythm = Rhythm::default();
        rhythm.note(at(0), Duration::ZERO, 1);
        rhythm.note(at(20), Duration::from_secs(20), 1);
        rhythm.note(at(70), Duration::from_secs(5), 1);
        assert_eq!((rhythm.longest(), rhythm.packets()), (Duration::from_secs(20), 3));
        rhythm.note(at(140), Duration::from_secs(2), 1);
        assert_eq!((rhythm.longest(), rhythm.packets()), (Duration::from_secs(5), 2));
        rhythm.note(at(400), Duration::from_secs(1), 1);
        assert_eq!((rhythm.longest(), rhythm.packets()), (Duration::from_secs(1), 1));
    }
}
