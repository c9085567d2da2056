//! What the built command does.

mod bad_input;
mod compressed;
mod follow;
mod inputs;
mod output;
mod pieces;
#[cfg(target_os = "linux")]
mod privilege;
