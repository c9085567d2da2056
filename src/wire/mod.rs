//! Bytes to message structs, one file per protocol.
//!
//! No I/O, no clock, no state, no other stage. A decoder never panics and never fails on an unknown code
//! point (it is kept as a value); bytes that cannot be read become [`bytes::Malformed`], beside what was read
//! before them.

pub mod ah;
pub mod arp;
pub mod bytes;
pub mod carp;
pub mod checksum;
pub mod esp;
pub mod extension;
pub mod glbp;
pub mod hsrp;
pub mod icmp;
pub mod ike;
pub mod mac;
pub mod nat_t;
pub mod neighbour;
pub mod tcp;
pub mod vrrp;
