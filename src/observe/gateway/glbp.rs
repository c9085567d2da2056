//! What GLBP says, in the words of all protocols.
//!
//! One packet speaks for the group, of which the active gateway answers for the virtual address, and for each virtual
//! forwarder its sender knows. A forwarder is followed like a group of its own: it has a MAC, and an owner that changes.

use std::net::IpAddr;

use crate::wire::glbp::{Authentication as Wire, Forwarder, Hello, Packet, State};

use super::message::{Act, Authentication, GatewayMessage, Role};
use super::protocol::{GatewayProtocol, GroupName};

/// What a packet from `src` says, the group first, then its forwarders in wire order.
pub(super) fn messages(src: IpAddr, packet: &Packet) -> Vec<GatewayMessage> {
    let hello = packet.hello.as_ref();
    let protocol = if src.is_ipv4() { GatewayProtocol::Glbp } else { GatewayProtocol::Glbp6 };
    let bare = GatewayMessage {
        group: GroupName::new(protocol, packet.group),
        version: packet.version,
        act: Act::Hello,
        role: Role::Other,
        state: "unknown",
        priority: None,
        demotion: 0,
        hello_ms: hello.map_or(0, |hello| hello.hello_ms),
        hold_ms: hello.map_or(0, |hello| hello.hold_ms),
        virtual_addresses: Vec::new(),
        identifier: Some(packet.owner),
        authentication: authentication(&packet.authentication),
        checksum: None,
    };
    let group = hello.map(|hello| of_group(hello, &bare));
    let forwarders = packet.forwarders.iter().map(|forwarder| of_forwarder(forwarder, &bare));
    group.into_iter().chain(forwarders).collect()
}

fn of_group(hello: &Hello, bare: &GatewayMessage) -> GatewayMessage {
    let learnt = Some(hello.virtual_address).filter(|address| !address.is_unspecified());
    GatewayMessage {
        role: role(hello.state),
        state: hello.state.name(),
        priority: Some(hello.priority.into()),
        demotion: 0,
        virtual_addresses: learnt.into_iter().collect(),
        ..bare.clone()
    }
}

fn of_forwarder(forwarder: &Forwarder, bare: &GatewayMessage) -> GatewayMessage {
    GatewayMessage {
        group: GroupName { forwarder: forwarder.number, ..bare.group },
        role: role(forwarder.state),
        state: forwarder.state.name(),
        priority: Some(forwarder.priority.into()),
        demotion: 0,
        ..bare.clone()
    }
}

const fn role(state: State) -> Role {
    match state {
        State::Active => Role::Active,
        State::Standby => Role::Standby,
        _ => Role::Other,
    }
}

fn authentication(wire: &Wire) -> Authentication {
    match wire {
        Wire::Text(text) => Authentication::of_text(text),
        Wire::Md5 { key_id } => Authentication::md5(*key_id),
        Wire::None | Wire::Unknown(_) => Authentication::of_kind(wire.name()),
    }
}
