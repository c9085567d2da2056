//! How far the reading has come.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar on standard error with bytes, rate and time left, once the run takes longer than half a second.
///
/// Disabled, or where standard error is no terminal, it does nothing.
#[derive(Debug)]
pub struct Progress(Option<Reading>);

#[derive(Debug)]
struct Reading {
    bar: ProgressBar,
    started: Instant,
    shown: bool,
}

impl Progress {
    /// Begins at byte 0 of `total_bytes`, which is none where it is not known, as for a pipe.
    pub fn new(total_bytes: Option<u64>, enabled: bool) -> Self {
        Self(enabled.then(|| {
            let bar = ProgressBar::with_draw_target(total_bytes, ProgressDrawTarget::hidden());
            let template = if total_bytes.is_some() { KNOWN } else { UNKNOWN };
            let style =
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
            Reading { bar, started: now(), shown: false }
        }))
    }

    /// Hears that reading has come to byte `bytes_read` of all captures together.
    pub fn at(&mut self, bytes_read: u64) {
        let Some(Reading { bar, started, shown }) = &mut self.0 else { return };
        if !*shown && now().duration_since(*started) >= PATIENCE {
            *shown = true;
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.set_position(bytes_read);
    }

    /// Takes the bar away.
    pub fn finish(self) {
        if let Some(Reading { bar, .. }) = self.0 {
            bar.finish_and_clear();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how long the reader waits is told by this machine's clock")]
fn now() -> Instant {
    Instant::now()
}

/// A run shorter than this needs no bar.
const PATIENCE: Duration = Duration::from_millis(500);
const KNOWN: &str = "{bar:30} {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left";
const UNKNOWN: &str = "{spinner} {bytes}  {bytes_per_sec}";
