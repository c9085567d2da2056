//! Where a source hands over what it has, and hears whether it is to stop.

use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::delivery::{Delivery, Outbox};
use super::notice::Notice;
use super::wishes::Wishes;
use crate::capture::error::Error;
use crate::capture::facts::Facts;
use crate::capture::frame::Frame;
use crate::time::Timestamp;
use crate::wire::mac::MacAddr;

/// Where a source hands over what it has. Its copies are one: what reads a capture holds one, and what its bytes come
/// from, which hands over what was put together before it waits, another.
#[derive(Clone)]
pub(super) struct Outlet {
    outbox: Arc<Mutex<Outbox>>,
    wishes: Arc<Wishes>,
}

impl Outlet {
    /// The outlet of a source, which is counted from 0. One that is `passing` hands over only what comes after it was dry
    /// once.
    pub(super) fn new(
        source: usize,
        to: SyncSender<(usize, Delivery)>,
        passing: bool,
        wishes: &Arc<Wishes>,
    ) -> Self {
        let outbox = Arc::new(Mutex::new(Outbox::new(source, to, passing)));
        Self { outbox, wishes: Arc::clone(wishes) }
    }

    /// Whether no more is wanted.
    pub(super) fn is_stopped(&self) -> bool {
        self.wishes.is_stopped() || self.outbox().closed
    }

    /// The gateways that are wanted, where that was said anew since `revision`.
    pub(super) fn gateways_since(&self, revision: &mut u64) -> Option<Vec<MacAddr>> {
        self.wishes.gateways_since(revision)
    }

    /// Whether no more is wanted, not even what is there: the source was never read to its end, or goes on and on.
    pub(super) fn has_enough(&self) -> bool {
        self.is_stopped() && self.outbox().has_enough()
    }

    /// When the last frame was captured that was taken; none before the first.
    pub(super) fn latest(&self) -> Option<Timestamp> {
        self.outbox().latest
    }

    /// What is read is a capture, whether or not it has a frame yet.
    pub(super) fn recognised(&self) {
        self.outbox().recognised();
    }

    /// Whether what is read is known to be a capture.
    pub(super) fn is_recognised(&self) -> bool {
        self.outbox().is_recognised()
    }

    /// Takes a frame of a capture that is known by `facts`.
    pub(super) fn push(&self, frame: &Frame<'_>, facts: &Facts) {
        self.outbox().push(frame, facts);
    }

    /// There is no more for now; nothing before `until` comes any more, where that is known.
    pub(super) fn dry(&self, until: Option<Timestamp>) {
        self.outbox().dry(until);
    }

    /// What is known of the capture has changed.
    pub(super) fn known(&self, facts: &Facts) {
        self.outbox().known(facts);
    }

    /// The capture is at its end, or cannot be read on.
    pub(super) fn ended(&self, facts: Facts, failure: Option<Error>) {
        self.outbox().ended(facts, failure);
    }

    /// Tells whoever follows something.
    pub(super) fn notice(&self, notice: Notice) {
        self.outbox().notice(notice);
    }

    /// Nothing comes any more.
    pub(super) fn finished(&self) {
        self.outbox().finished();
    }

    /// Only one thread holds copies of an outlet, so nobody waits here.
    fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
