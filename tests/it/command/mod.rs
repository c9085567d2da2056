//! What the built command does.

mod bad_input;
mod inputs;
mod output;
mod pieces;
