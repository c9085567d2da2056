//! What was put together last: a mirror port shows each piece twice, and the second copy of the last one comes when the
//! whole is done.

use std::collections::VecDeque;
use std::time::Duration;

use crate::time::Timestamp;

/// The wholes put together last, by key `K`, with the prints `P` of their pieces.
#[derive(Debug)]
pub(super) struct Finished<K, P> {
    /// The oldest first.
    recent: VecDeque<(K, Timestamp, Vec<P>)>,
}

impl<K: PartialEq, P: PartialEq> Finished<K, P> {
    pub(super) const fn new() -> Self {
        Self { recent: VecDeque::new() }
    }

    /// Remembers a whole.
    pub(super) fn push(&mut self, key: K, at: Timestamp, prints: Vec<P>) {
        if self.recent.len() >= KEPT {
            self.recent.pop_front();
        }
        self.recent.push_back((key, at, prints));
    }

    /// Whether a piece is one of those that a whole was put together from just before.
    pub(super) fn is_copy(&self, key: &K, now: Timestamp, print: &P) -> bool {
        let is_it = |(known, at, prints): &(K, Timestamp, Vec<P>)| {
            known == key && now.since(*at) <= COPY && prints.contains(print)
        };
        self.recent.iter().any(is_it)
    }
}

/// How many are remembered.
const KEPT: usize = 64;
/// For how long.
const COPY: Duration = Duration::from_secs(1);
