//! Reads one capture and hands over its frames.

use std::io::Read;

use super::outlet::Outlet;
use crate::capture::error::Error;
use crate::capture::file::CaptureFile;

/// Reads the capture that `input` holds to its end, and hands over its frames. The error where it is no capture.
///
/// `input` hands over what was put together before it waits for more.
pub(super) fn read(
    name: &str,
    input: Box<dyn Read + Send>,
    max_decompressed: u64,
    outlet: &Outlet,
) -> Result<(), Error> {
    let mut file = CaptureFile::read_bounded(name, input, max_decompressed)?;
    outlet.recognised();
    let failure = loop {
        match file.advance() {
            Ok(Some(_)) => outlet.push(&file.lend(), file.known()),
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    outlet.ended(file.into_facts(), failure);
    Ok(())
}
