//! What is asked of a run from outside: to stop, to open its outputs again.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// The signals that came.
pub(super) struct Signals {
    stop: Arc<AtomicBool>,
    reopen: Arc<AtomicBool>,
    /// Whether there was a terminal when it began.
    had_terminal: bool,
}

impl Signals {
    /// Catches them from now on. A second one that asks to stop ends the process at once.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    pub(super) fn catch() -> io::Result<Self> {
        let (stop, reopen) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_shutdown(signal, KILLED, Arc::clone(&stop))?;
            flag::register(signal, Arc::clone(&stop))?;
        }
        #[cfg(unix)]
        flag::register(signal_hook::consts::SIGHUP, Arc::clone(&reopen))?;
        Ok(Self { stop, reopen, had_terminal: has_terminal() })
    }

    /// Whether it is to stop: `SIGINT`, as Ctrl-C sends it, or `SIGTERM`, or the terminal is gone.
    pub(super) fn stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Whether it is to open its outputs again: `SIGHUP`; once for each. A terminal that goes away sends it too, and means
    /// that it is to stop.
    pub(super) fn reopen(&self) -> bool {
        let came = self.reopen.swap(false, Ordering::Relaxed);
        if came && self.had_terminal && !has_terminal() {
            self.stop.store(true, Ordering::Relaxed);
            return false;
        }
        came
    }
}

/// Whether anything is written to a terminal that is there.
fn has_terminal() -> bool {
    io::stdout().is_terminal() || io::stderr().is_terminal()
}

/// The exit code of a process that was interrupted, as shells tell it.
const KILLED: i32 = 130;
