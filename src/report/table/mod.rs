//! The `timeline`, `flows` and `findings` tables of `sagap export`: columns and their order are a contract, new
//! ones only come at the end.

mod findings;
mod flows;
mod timeline;

use crate::capture::CaptureId;

pub use findings::FindingsTable;
pub use flows::FlowsTable;
pub use timeline::TimelineTable;

/// The name of a capture as given.
fn capture_name(captures: &[String], id: CaptureId) -> Option<&str> {
    captures.get(id.0 as usize).map(String::as_str)
}
