//! Observations to events.

mod flood;
mod gateway;
mod ike;
mod order;
mod properties;
mod tunnel;
