//! Messages of the redundancy protocols in words that all of them share.
//!
//! One file for each protocol says what its messages mean in those words: who speaks, for which group, whether it
//! holds the active role, hands it over, or waits. What is behind this stage knows no protocol's layout any more.

mod carp;
mod glbp;
mod hsrp;
mod message;
mod protocol;
mod run;
mod vrrp;

pub use message::{Act, Authentication, GatewayMessage, Role};
pub use protocol::{GatewayProtocol, GroupName};
pub use run::HelloRun;
pub(super) use run::Runs;

use std::net::IpAddr;

use crate::decode::Message;
use crate::wire::hsrp as wire;

/// What a message from `src` says about gateway groups, one entry for each group, in wire order.
pub(super) fn messages(src: IpAddr, message: &Message<'_>) -> Vec<GatewayMessage> {
    match message {
        Message::Vrrp(advertisement) => vec![vrrp::message(src, advertisement)],
        Message::Glbp(packet) => glbp::messages(src, packet),
        Message::Carp(advertisement) => vec![carp::message(src, advertisement)],
        Message::Hsrp(packet) => packet.messages.iter().filter_map(of_hsrp).collect(),
        _ => Vec::new(),
    }
}

fn of_hsrp(message: &wire::Message) -> Option<GatewayMessage> {
    match message {
        wire::Message::Group(group) => Some(group.into()),
        wire::Message::Interface(_) => None,
    }
}
