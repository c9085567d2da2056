//! Scenarios to verdicts: each with a look-alike beside it that must not get the same.

mod options;
mod verdicts;
