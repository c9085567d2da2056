//! Waiting for a file or directory to change.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread::sleep;
use std::time::Duration;

use crate::capture::error::in_words;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};

/// Hears of changes of one path: from the system where it tells, as inotify does, and by looking again after a short
/// while where it does not, as on a network file system.
pub(super) struct Watch {
    changes: Option<(RecommendedWatcher, Receiver<()>)>,
    /// Why the system does not tell.
    pub(super) refused: Option<String>,
}

impl Watch {
    /// Hears of changes of the file at `path`, or of what stands in that directory.
    pub(super) fn over(path: &Path) -> Self {
        // That there was a change is enough to know, however many there were.
        let (to, changes) = sync_channel(1);
        let heard = move |event: notify::Result<notify::Event>| {
            // Reading is no change.
            if event.is_ok_and(|event| !event.kind.is_access()) {
                to.try_send(()).unwrap_or_default();
            }
        };
        let watching = notify::recommended_watcher(heard)
            .and_then(|mut watcher| watcher.watch(path, RecursiveMode::NonRecursive).map(|()| watcher));
        match watching {
            Ok(watcher) => Self { changes: Some((watcher, changes)), refused: None },
            Err(error) => Self { changes: None, refused: Some(why(error)) },
        }
    }

    /// Waits for a change, or until it is time to look again whatever was heard.
    pub(super) fn wait(&mut self) {
        let Some((_, changes)) = &self.changes else { return sleep(LOOK_AGAIN) };
        match changes.recv_timeout(LOOK_AGAIN) {
            Ok(()) => while changes.try_recv().is_ok() {},
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => self.changes = None,
        }
    }
}

/// Why changes are not told, in a few words.
fn why(error: notify::Error) -> String {
    match error.kind {
        notify::ErrorKind::Io(error) => in_words(&error),
        notify::ErrorKind::MaxFilesWatch => "no more watches are allowed".to_owned(),
        _ => "the system does not tell of them".to_owned(),
    }
}

/// How often a file is looked at of which nothing is heard.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
