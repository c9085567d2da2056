//! `sagap` finds the SA gap: the time between a gateway failover and the IPsec security associations that
//! should follow it.
//!
//! Data flows one way, one noun a stage; a stage imports only earlier ones:
//!
//! ```text
//! capture ──Frame──▶ decode ──Packet──▶ observe ──Observation──▶ track ──Event──▶ diagnose ──Finding──▶ report
//! ```

pub mod capture;
pub mod cli;
pub mod command;
pub mod decode;
pub mod diagnose;
pub mod observe;
pub mod report;
pub mod run;
pub mod time;
pub mod track;
pub mod wire;
