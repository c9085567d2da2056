//! What HSRP says, in the words of all protocols.

use crate::wire::hsrp::{Authentication as Wire, GroupMessage, Opcode, State};

use super::message::{Act, Authentication, GatewayMessage, Role};
use super::protocol::{GatewayProtocol, GroupName};

impl From<&GroupMessage> for GatewayMessage {
    fn from(message: &GroupMessage) -> Self {
        let is_ipv4 = message.virtual_address.is_ipv4();
        let protocol = if is_ipv4 { GatewayProtocol::Hsrp } else { GatewayProtocol::Hsrp6 };
        let learnt = Some(message.virtual_address).filter(|address| !address.is_unspecified());
        Self {
            group: GroupName::new(protocol, message.group),
            version: message.version,
            act: match message.opcode {
                Opcode::Hello => Act::Hello,
                Opcode::Coup => Act::Coup,
                Opcode::Resign => Act::Resign,
                Opcode::Unknown(number) => Act::Unknown(number),
            },
            role: match message.state {
                State::Active => Role::Active,
                State::Standby => Role::Standby,
                _ => Role::Other,
            },
            state: message.state.name(),
            priority: Some(message.priority),
            demotion: 0,
            hello_ms: message.hello_ms,
            hold_ms: message.hold_ms,
            virtual_addresses: learnt.into_iter().collect(),
            identifier: message.identifier,
            authentication: match message.authentication {
                Wire::None => Authentication::NONE,
                Wire::Text(text) => Authentication::of_text(&text),
                Wire::Md5 { key_id, .. } => Authentication::md5(Some(key_id)),
            },
            checksum: None,
        }
    }
}
