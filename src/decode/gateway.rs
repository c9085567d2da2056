//! Messages of the redundancy protocols, and what IPv6 has for ARP: which bytes are whose.

use crate::wire::{carp, glbp as glbp_wire, hsrp as hsrp_wire, neighbour as nd, vrrp as vrrp_wire};

use super::network::Payload;
use super::packet::{Message, Packet, Stop, Unrelated};

/// HSRP speaks from its port to its port. One alone may be a client's chance choice: then everything must be right, and
/// the destination a group of the protocol's.
pub(super) fn hsrp(datagram: &Payload<'_>, ports: (u16, u16), packet: &mut Packet<'_>) -> Result<(), Stop> {
    use hsrp_wire::{PORT, PORT_V6};
    let is_own = matches!(ports, (PORT, PORT) | (PORT_V6, PORT_V6));
    if !is_own && !hsrp_wire::is_group(datagram.network.dst) {
        return Err(by_chance(ports));
    }
    let found = hsrp_wire::Packet::parse(datagram.bytes, datagram.base)?;
    if !is_own && !found.is_certain() {
        return Err(by_chance(ports));
    }
    let malformed = found.malformed.clone();
    packet.keep(Message::Hsrp(found), malformed)
}

/// GLBP, the same.
pub(super) fn glbp(datagram: &Payload<'_>, ports: (u16, u16), packet: &mut Packet<'_>) -> Result<(), Stop> {
    use glbp_wire::PORT;
    let is_own = ports == (PORT, PORT);
    if !is_own && !glbp_wire::is_group(datagram.network.dst) {
        return Err(by_chance(ports));
    }
    let found = glbp_wire::Packet::parse(datagram.bytes, datagram.base)?;
    if !is_own && !found.is_certain() {
        return Err(by_chance(ports));
    }
    let malformed = found.malformed.clone();
    packet.keep(Message::Glbp(found), malformed)
}

/// VRRP, or CARP, which has the same protocol number.
pub(super) fn vrrp(payload: &Payload<'_>, packet: &mut Packet<'_>) -> Result<(), Stop> {
    let &Payload { network, bytes, base, wire_len, .. } = payload;
    if carp::is_carp(bytes, wire_len) {
        let found = carp::Advertisement::parse(bytes, base)?;
        let malformed = found.malformed.clone();
        return packet.keep(Message::Carp(found), malformed);
    }
    let found = vrrp_wire::Advertisement::parse(bytes, base, network.src, network.dst, wire_len)?;
    let malformed = found.malformed.clone();
    packet.keep(Message::Vrrp(found), malformed)
}

/// A neighbour advertisement.
pub(super) fn neighbour(payload: &Payload<'_>, packet: &mut Packet<'_>) -> Result<(), Stop> {
    let found = nd::Advertisement::parse(payload.bytes, payload.base)?;
    let malformed = found.malformed.clone();
    packet.keep(Message::Neighbour(found), malformed)
}

/// Other traffic on one of the ports.
fn by_chance(ports: (u16, u16)) -> Stop {
    Stop::Unrelated(Unrelated::Udp(ports.0.min(ports.1)))
}
