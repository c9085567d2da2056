//! Frames from an interface, as the kernel sees them.

pub mod filter;
