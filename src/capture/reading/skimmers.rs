//! The skimmers of one capture: as many as there are threads that read it at the same time.

use std::sync::{Mutex, PoisonError};

use crate::capture::skim::Skim;

/// Those that nobody uses; there is always one.
pub(super) struct Skimmers<S>(Mutex<Vec<S>>);

impl<S: Skim> Skimmers<S> {
    /// One.
    pub(super) fn new(first: S) -> Self {
        Self(Mutex::new(vec![first]))
    }

    /// Does `work` with one of them.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut S) -> T) -> T {
        let mut one = self.take();
        let done = work(&mut one);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(one);
        done
    }

    fn take(&self) -> S {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &free[..] {
            [only] => only.another(),
            _ => free.pop().expect("there is always one"),
        }
    }
}
