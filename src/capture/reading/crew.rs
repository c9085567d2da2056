//! Threads that do work ahead, and whoever waits for it, who does it himself where none of them has begun.

use std::any::Any;
use std::collections::VecDeque;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Threads that do work ahead. They begin when there is work for them, and end when the crew is dropped and what they do
/// is done; nobody waits for that, since a pipe may never give another byte.
pub(in crate::capture) struct Crew {
    shared: Arc<Shared>,
    /// How many threads may still begin.
    absent: Mutex<usize>,
}

/// What a crew shares.
struct Shared {
    state: Mutex<State>,
    /// There is work, or there will be none any more.
    work: Condvar,
    /// Some work is done.
    done: Condvar,
}

struct State {
    jobs: VecDeque<Job>,
    is_over: bool,
    /// How many threads have nothing to do, and whether somebody waits for what others do: only then it is worth a call to
    /// the system to wake them.
    idle: usize,
    is_awaited: bool,
}

type Job = Box<dyn FnOnce() + Send>;

/// What comes of work that is being done.
pub(in crate::capture) struct Promise<T>(Arc<Mutex<Option<Kept<T>>>>);

/// What came of it, or with what it panicked.
type Kept<T> = Result<T, Box<dyn Any + Send>>;

impl Crew {
    /// So many threads, the caller's own among them.
    pub(in crate::capture) fn new(threads: NonZero<usize>) -> Self {
        let state = Mutex::new(State { jobs: VecDeque::new(), is_over: false, idle: 0, is_awaited: false });
        let shared = Arc::new(Shared { state, work: Condvar::new(), done: Condvar::new() });
        Self { shared, absent: Mutex::new(threads.get() - 1) }
    }

    /// Hands out work.
    pub(in crate::capture) fn promise<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Promise<T> {
        let promise = Promise(Arc::new(Mutex::new(None)));
        let (to, shared) = (Arc::clone(&promise.0), Arc::clone(&self.shared));
        let job = Box::new(move || {
            let kept = catch_unwind(AssertUnwindSafe(work));
            *lock(&to) = Some(kept);
            // Whoever looks in vain holds this lock until he waits.
            let is_awaited = lock(&shared.state).is_awaited;
            if is_awaited {
                shared.done.notify_all();
            }
        });
        let mut state = lock(&self.shared.state);
        state.jobs.push_back(job);
        let is_any_idle = state.idle > 0;
        drop(state);
        if is_any_idle {
            self.shared.work.notify_one();
        } else {
            self.begin_another();
        }
        promise
    }

    /// What came of `promise`. Does what there is to do until then.
    ///
    /// # Panics
    ///
    /// As the work did.
    pub(in crate::capture) fn wait_for<T>(&self, Promise(promise): Promise<T>) -> T {
        let mut state = lock(&self.shared.state);
        loop {
            if let Some(kept) = lock(&promise).take() {
                return kept.unwrap_or_else(|panic| resume_unwind(panic));
            }
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                job();
                state = lock(&self.shared.state);
            } else {
                state.is_awaited = true;
                state = self.shared.done.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.is_awaited = false;
            }
        }
    }

    /// Begins a thread for the work there is, where one more may be.
    fn begin_another(&self) {
        let mut absent = lock(&self.absent);
        if *absent == 0 {
            return;
        }
        *absent -= 1;
        let shared = Arc::clone(&self.shared);
        let begun = thread::Builder::new().name("reader".to_owned()).spawn(move || shared.work_on());
        if begun.is_err() {
            // The system has none to give: whoever waits does the work.
            *absent = 0;
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        let mut state = lock(&self.shared.state);
        state.is_over = true;
        state.jobs.clear();
        self.shared.work.notify_all();
    }
}

impl Shared {
    fn work_on(&self) {
        let mut state = lock(&self.state);
        while !state.is_over {
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                job();
                state = lock(&self.state);
            } else {
                state.idle += 1;
                state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.idle -= 1;
            }
        }
    }
}

/// What a mutex guards. A panic of whoever held it is told to whoever waits for his work.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crew(threads: usize) -> Crew {
        Crew::new(NonZero::new(threads).unwrap())
    }

    #[test]
    fn work_is_done_by_any_number_of_threads() {
        for threads in [1, 2, 7] {
            let crew = crew(threads);
            let promises: Vec<Promise<u64>> =
                (0..100).map(|number| crew.promise(move || number * 2)).collect();
            let sum: u64 = promises.into_iter().map(|promise| crew.wait_for(promise)).sum();
            assert_eq!(sum, 9900);
        }
    }

    #[test]
    fn a_panic_reaches_whoever_waits() {
        for threads in [1, 2] {
            let crew = crew(threads);
            let promise: Promise<()> = crew.promise(|| panic!("it broke"));
            assert!(catch_unwind(AssertUnwindSafe(|| crew.wait_for(promise))).is_err());
            assert_eq!(crew.wait_for(crew.promise(|| 7)), 7, "the others go on");
        }
    }
}
