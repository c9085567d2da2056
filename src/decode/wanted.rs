//! Which frames the decoders read, for a filter in front of them.

use crate::capture::socket::filter::Wanted;
use crate::wire::{glbp, hsrp, ike, nat_t};

use super::link::ether;
use super::options::Options;
use super::wrapping;

/// What the decoders read with these options. No gateway is known yet.
///
/// It is asked of the decoders themselves, port by port and type by type, so nothing can be missing.
pub fn wanted(options: &Options) -> Wanted {
    let types = LEAST_TYPE..=u16::MAX;
    let known = [hsrp::PORT, hsrp::PORT_V6, glbp::PORT, ike::PORT, ike::GROUP_PORT, nat_t::PORT];
    let mut udp_ports: Vec<u16> = (0..=u16::MAX).filter(|&port| wrapping::is_port((port, port))).collect();
    udp_ports.extend(known.iter().chain(&options.ike_ports));
    let mut tcp_ports = vec![nat_t::PORT];
    tcp_ports.extend(&options.ike_ports);
    Wanted {
        ether_types: types.filter(|&kind| ether::is_read_closely(kind)).collect(),
        udp_ports,
        tcp_ports,
        gateways: Vec::new(),
    }
}

/// The least `EtherType`: lower values are lengths.
const LEAST_TYPE: u16 = 0x0600;
