//! What the built command does.

mod bad_input;
mod compressed;
mod inputs;
mod output;
mod pieces;
