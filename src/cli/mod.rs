//! What was typed to what is to be done.
//!
//! Parsing only checks: it opens no file and prints nothing. What comes out is plain data, so that no other
//! part knows the parser of arguments.

mod args;
mod complaint;
mod invocation;
mod listen_address;
mod progress;
mod size;
mod span;
mod usage;

pub use complaint::{Complaint, is_broken_pipe, root_kind};
pub use invocation::{
    Analyze, AnalyzeFormat, ColorChoice, Common, Explain, Export, ExportTable, Follow, FollowFormat,
    Followed, Interfaces, Invocation, Thresholds,
};
pub use listen_address::parse as parse_listen_address;
pub use progress::Progress;
pub use usage::{Answer, parse};
