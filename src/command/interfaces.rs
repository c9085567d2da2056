//! `sagap interfaces`

use std::env;
use std::io::Write;

use crate::capture::socket::{devices, may_capture};
use crate::cli::{Complaint, Interfaces};
use crate::report::{DeviceFacts, Permission, devices as list};

use super::{Exit, Failure, Terminal};

pub(super) fn interfaces(
    asked: Interfaces,
    terminal: Terminal,
    out: &mut dyn Write,
) -> Result<Exit, Failure> {
    let found = devices().map_err(|error| Complaint::new(error.to_string(), error.hint()))?;
    let facts: Vec<DeviceFacts> = found
        .into_iter()
        .map(|device| DeviceFacts {
            name: device.name,
            is_up: device.is_up,
            is_running: device.is_running,
            is_loopback: device.is_loopback,
            mac: device.mac,
            addresses: device.addresses,
        })
        .collect();
    let permission = if may_capture() {
        Permission::Given
    } else {
        // Where the program cannot tell where it lies, its name is the best there is.
        let program =
            env::current_exe().map_or_else(|_| "sagap".to_owned(), |path| path.display().to_string());
        Permission::Missing { program }
    };
    out.write_all(list(&facts, &permission, terminal.page(asked.common.color)).as_bytes())?;
    out.flush()?;
    Ok(Exit::Done)
}
