//! Frames to packets.

mod captures;
mod glance;
mod layers;
mod messages;
mod reassembly;
mod stray;
