//! Observations to events.

mod flood;
mod gateway;
mod ike;
mod nat;
mod order;
mod properties;
mod protocols;
mod tunnel;
