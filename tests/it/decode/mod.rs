//! Frames to packets.

mod any_bytes;
mod captures;
pub(crate) mod glance;
mod layers;
mod links;
mod messages;
mod reassembly;
mod stray;
mod wrapping_limits;
mod wrappings;
