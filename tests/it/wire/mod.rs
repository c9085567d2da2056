//! Bytes to message structs.

mod carp;
mod extension;
mod glbp;
mod ike;
mod ike_keyless;
mod ike_nat_detection;
mod ike_properties;
mod neighbour;
mod vrrp;
