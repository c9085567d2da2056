//! The `sagap` command.

fn main() {}
