//! Scenarios to verdicts: each with a look-alike beside it that must not get the same.

mod cases;
mod frames_missing;
mod options;
mod split_brain;
mod verdicts;
