//! Scenarios to verdicts: each with a look-alike beside it that must not get the same.

mod advice;
mod captured;
mod cases;
mod causes;
mod cleartext;
mod config_change;
mod confirmation;
mod frames_missing;
mod group_watch;
mod look_alikes;
mod mismatches;
mod options;
mod split_brain;
mod split_sides;
mod tunnels;
mod verdicts;
