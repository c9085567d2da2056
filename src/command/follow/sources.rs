//! Opens what is followed.

use std::fs;
use std::path::{Path, PathBuf};

use crate::capture::socket::{Selection, SocketError, SocketOptions};
use crate::capture::{LiveOptions, LiveSource, OpenSource};
use crate::cli::{Complaint, Follow, Followed};
use crate::command::{Terminal, complaint, refuse_typed};
use crate::decode;
use crate::run::Options;

/// Opens what is followed; nothing is read yet.
///
/// # Errors
///
/// When any of it cannot be opened.
pub(super) fn open(
    asked: &Follow,
    terminal: Terminal,
    options: &Options,
) -> Result<Vec<OpenSource>, Complaint> {
    match &asked.source {
        Followed::Named(path) => Ok(vec![named(path, asked, terminal)?]),
        Followed::Interfaces { names, promiscuous, ring_bytes } => {
            let wanted = decode::wanted(&options.decode);
            let socket =
                SocketOptions { promiscuous: *promiscuous, ring_bytes: *ring_bytes, wanted: Some(wanted) };
            refuse_twice(names)?;
            let open = |name: &String| OpenSource::interface(Selection::named(name), socket.clone());
            names.iter().map(|name| open(name).map_err(|error| refused(&error))).collect()
        }
    }
}

fn named(path: &Path, asked: &Follow, terminal: Terminal) -> Result<OpenSource, Complaint> {
    refuse_typed(path, terminal, "pipe a capture into it (tcpdump -U -w - | sagap follow -)")?;
    let reading = LiveOptions {
        from_now: asked.from_now,
        max_decompressed: asked.max_decompressed,
        except: asked.save_evidence.as_deref().and_then(canonical),
    };
    let source = LiveSource::named(path).and_then(|source| source.open(reading));
    source.map_err(|error| complaint(&error))
}

/// The canonical path of a directory, which need not be there yet.
fn canonical(folder: &Path) -> Option<PathBuf> {
    let parent = || folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let made = || Some(fs::canonicalize(parent()).ok()?.join(folder.file_name()?));
    fs::canonicalize(folder).ok().or_else(made)
}

/// Refuses an interface that is named twice: all would be seen twice.
fn refuse_twice(names: &[String]) -> Result<(), Complaint> {
    let twice =
        names.iter().enumerate().find(|(place, name)| names.iter().take(*place).any(|it| it == *name));
    match twice {
        Some((_, name)) => Err(Complaint::new(format!("-i {name} is given twice"), "give it once")),
        None if names.len() > 1 && names.iter().any(|name| name == "any") => {
            Err(Complaint::new("-i any stands for all interfaces", "leave the others out, or any"))
        }
        None => Ok(()),
    }
}

fn refused(error: &SocketError) -> Complaint {
    Complaint::new(error.to_string(), error.hint())
}
