//! How captures are shared out to threads.

use std::num::NonZero;
use std::thread::available_parallelism;

/// How captures are shared out to threads. What is read is the same, however that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parallel {
    /// How many threads there are, the caller's own among them.
    pub threads: NonZero<usize>,
    /// Bytes of a chunk, as which a file is handed to a thread.
    pub chunk: NonZero<u32>,
}

impl Parallel {
    /// So many threads.
    pub const fn threads(threads: NonZero<usize>) -> Self {
        Self { threads, chunk: CHUNK }
    }
}

impl Default for Parallel {
    /// As many threads as can run at the same time.
    fn default() -> Self {
        Self::threads(available_parallelism().unwrap_or(NonZero::<usize>::MIN))
    }
}

/// As many bytes as stay in a core's cache until they were looked at; fewer cost more calls.
const CHUNK: NonZero<u32> = NonZero::new(384 * 1024).expect("not zero");
