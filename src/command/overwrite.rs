//! Outputs that would destroy what they are made from.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::Complaint;

/// Refuses to write over a capture that is read, under whatever name.
pub(super) fn refuse_input(output: &Path, captures: &[PathBuf]) -> Result<(), Complaint> {
    let Some(identity) = identity(output) else { return Ok(()) };
    let is_output = |path: &Path| {
        let path = if path == Path::new("-") { Path::new("/dev/stdin") } else { path };
        self::identity(path).is_some_and(|other| other == identity)
    };
    let holds_output = |path: &PathBuf| {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        is_output(path) || entries.into_iter().any(|entry| is_output(&entry.path()))
    };
    if captures.iter().any(holds_output) {
        let message = format!("{}: is one of the captures", output.display());
        return Err(Complaint::new(message, "name another file to write to"));
    }
    Ok(())
}

/// Refuses to write to a pipe: whoever does not read it would stop what is followed.
pub(super) fn refuse_pipe(output: &Path) -> Result<(), Complaint> {
    if is_pipe(output) {
        let message =
            format!("{}: is a pipe, and whoever does not read it would stop the capture", output.display());
        return Err(Complaint::new(message, "name a file, or use --format csv and a pipe behind it"));
    }
    Ok(())
}

#[cfg(unix)]
fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo())
}

#[cfg(not(unix))]
fn is_pipe(_: &Path) -> bool {
    false
}

/// What is equal for two names of one file; `None` where there is none.
#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

/// What is equal for two names of one file; `None` where there is none.
#[cfg(not(unix))]
fn identity(path: &Path) -> Option<PathBuf> {
    fs::canonicalize(path).ok()
}

/// Refuses to save captures where they would be followed as soon as they are there.
pub(super) fn refuse_followed(folder: &Path, source: &Path) -> Result<(), Complaint> {
    let followed = match fs::metadata(source) {
        Ok(metadata) if metadata.is_dir() => Some(source),
        Ok(_) => None,
        // A pattern, for files in this directory.
        Err(_) => {
            Some(source.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")))
        }
    };
    let Some(identity) = identity(folder) else { return Ok(()) };
    if followed.and_then(self::identity) == Some(identity) {
        let message = format!("{}: is where captures are followed", folder.display());
        return Err(Complaint::new(message, "name another directory to save in"));
    }
    Ok(())
}
