//! A file that gets its name when it is complete, and takes no other's.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Writes what `write` does into `dir/STEM.pcapng`, or `dir/STEM-2.pcapng` and so on, up to 999, where that name is
/// taken; the path that it got.
///
/// Until it is complete it is called `….pcapng.part`. `dir` is made where it is missing. No file is written over, and
/// no symbolic link followed, in `dir`. On Unix nobody but owner and group may read it: captures hold passwords.
///
/// # Errors
///
/// Those of the file system and of `write`, after which no file stays; [`ErrorKind::AlreadyExists`] where all names are
/// taken.
pub(super) fn create(
    dir: &Path,
    stem: &str,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<PathBuf> {
    folder().recursive(true).create(dir)?;
    let (first, part, file) = begin(dir, stem)?;
    let mut output = BufWriter::new(file);
    let complete =
        write(&mut output).and_then(|()| output.flush()).and_then(|()| output.get_ref().sync_data());
    let named = complete.and_then(|()| name(dir, stem, first, &part));
    if named.is_err() {
        drop(fs::remove_file(&part));
    }
    named
}

/// Begins a file under a temporary name: the number it is likely to get, the name, the file.
fn begin(dir: &Path, stem: &str) -> io::Result<(u32, PathBuf, File)> {
    for number in 1..=LAST {
        let path = numbered(dir, stem, number);
        let mut part = path.clone().into_os_string();
        part.push(".part");
        if exists(&path) {
            continue;
        }
        match file().write(true).create_new(true).open(&part) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            opened => return Ok((number, part.into(), opened?)),
        }
    }
    Err(all_taken(dir, stem))
}

/// Gives the complete file at `part` the first name that is free.
fn name(dir: &Path, stem: &str, first: u32, part: &Path) -> io::Result<PathBuf> {
    for number in first..=LAST {
        let path = numbered(dir, stem, number);
        match fs::hard_link(part, &path) {
            Ok(()) => {
                drop(fs::remove_file(part));
                return Ok(path);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            // There are file systems without links: there only another program could take the name meanwhile.
            Err(_) if exists(&path) => {}
            Err(_) => return fs::rename(part, &path).map(|()| path),
        }
    }
    Err(all_taken(dir, stem))
}

fn numbered(dir: &Path, stem: &str, number: u32) -> PathBuf {
    let name = if number == 1 { format!("{stem}.pcapng") } else { format!("{stem}-{number}.pcapng") };
    dir.join(name)
}

/// Whether there is anything of this name, be it a link that leads nowhere.
fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

fn all_taken(dir: &Path, stem: &str) -> io::Error {
    let message = format!("{}: {stem}.pcapng and {} more of its name exist", dir.display(), LAST - 1);
    io::Error::new(ErrorKind::AlreadyExists, message)
}

fn file() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "modes are of Unix"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o640);
    options
}

fn folder() -> DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "modes are of Unix"))]
    let mut folder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o750);
    folder
}

/// The last number that a name may get.
const LAST: u32 = 999;
