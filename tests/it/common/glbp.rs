//! Writes GLBP datagrams: the reverse of `sagap::wire::glbp::Packet::parse`.

use std::net::IpAddr;

use sagap::wire::glbp::{Authentication, Forwarder, Hello, Packet, State};

/// The datagram that says this: authentication, hello, forwarders, as Cisco orders them.
pub(crate) fn emit(packet: &Packet) -> Vec<u8> {
    let mut bytes = vec![packet.version, 0];
    bytes.extend(packet.group.to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend(packet.owner.0);
    let authentication = authentication(&packet.authentication);
    let hello = packet.hello.as_ref().map(hello);
    let values = authentication.map(|value| (3, value)).into_iter().chain(hello.map(|value| (1, value)));
    for (kind, value) in values.chain(packet.forwarders.iter().map(|it| (2, forwarder(it)))) {
        bytes.extend(tlv(kind, &value));
    }
    bytes
}

/// A TLV of this type, whose value is at most 253 bytes long.
pub(crate) fn tlv(kind: u8, value: &[u8]) -> Vec<u8> {
    [&[kind, u8::try_from(value.len() + 2).unwrap()], value].concat()
}

fn hello(hello: &Hello) -> Vec<u8> {
    let mut value = vec![0, number(hello.state), 0, hello.priority, 0, 0];
    value.extend(hello.hello_ms.to_be_bytes());
    value.extend(hello.hold_ms.to_be_bytes());
    value.extend(hello.redirect_s.to_be_bytes());
    value.extend(hello.timeout_s.to_be_bytes());
    value.extend([0, 0]);
    match hello.virtual_address {
        IpAddr::V4(address) => value.extend([&[1, 4][..], &address.octets()].concat()),
        IpAddr::V6(address) => value.extend([&[2, 16][..], &address.octets()].concat()),
    }
    value
}

fn forwarder(forwarder: &Forwarder) -> Vec<u8> {
    let Forwarder { number: which, state, priority, weight, mac } = forwarder;
    let mut value = vec![*which, number(*state), 0, *priority, *weight, 1, 2, 3, 4, 5, 6, 7];
    value.extend(mac.0);
    value
}

fn authentication(authentication: &Authentication) -> Option<Vec<u8>> {
    let digest = [0xab; 16];
    let (kind, data) = match authentication {
        Authentication::None => return None,
        Authentication::Text(text) => (1, text.clone()),
        Authentication::Md5 { key_id: None } => (2, digest.to_vec()),
        Authentication::Md5 { key_id: Some(id) } => (3, [&id.to_be_bytes()[..], &digest].concat()),
        Authentication::Unknown(kind) => (*kind, Vec::new()),
    };
    Some([&[kind, u8::try_from(data.len()).unwrap()], &data[..]].concat())
}

fn number(state: State) -> u8 {
    match state {
        State::Listen => 4,
        State::Speak => 8,
        State::Standby => 16,
        State::Active => 32,
        State::Unknown(number) => number,
    }
}
