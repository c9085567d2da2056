//! What whoever follows wants of all sources.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::wire::mac::MacAddr;

/// What whoever follows wants of all sources.
#[derive(Default)]
pub(super) struct Wishes {
    stop: AtomicBool,
    gateways: Mutex<Vec<MacAddr>>,
    /// How often the gateways were said anew.
    revision: AtomicU64,
}

impl Wishes {
    /// No more is wanted.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether no more is wanted.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// What passes through the gateways with these MACs is wanted from now on.
    pub(super) fn want_gateways(&self, gateways: Vec<MacAddr>) {
        *self.gateways.lock().unwrap_or_else(PoisonError::into_inner) = gateways;
        self.revision.fetch_add(1, Ordering::Release);
    }

    /// The gateways that are wanted, where that was said anew since `revision`.
    pub(super) fn gateways_since(&self, revision: &mut u64) -> Option<Vec<MacAddr>> {
        let now = self.revision.load(Ordering::Acquire);
        if now == *revision {
            return None;
        }
        *revision = now;
        Some(self.gateways.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}
