//! What CARP says, in the words of all protocols.

use std::net::IpAddr;

use crate::wire::carp::{AUTHENTICATION, Advertisement, VERSION};

use super::message::{Act, Authentication, GatewayMessage, Role};
use super::protocol::{GatewayProtocol, GroupName};

/// What an advertisement from `src` says. Only the master sends any; one that steps down says goodbye with the
/// longest interval there is (`carp_send_ad` of OpenBSD and FreeBSD).
pub(super) fn message(src: IpAddr, advertisement: &Advertisement) -> GatewayMessage {
    let protocol = if src.is_ipv4() { GatewayProtocol::Carp } else { GatewayProtocol::Carp6 };
    let stops = (advertisement.advbase_s, advertisement.advskew) == (u8::MAX, u8::MAX);
    let interval = advertisement.interval_ms();
    GatewayMessage {
        group: GroupName::new(protocol, advertisement.vhid.into()),
        version: VERSION,
        act: if stops { Act::Resign } else { Act::Hello },
        role: if stops { Role::Other } else { Role::Active },
        state: if stops { "init" } else { "master" },
        priority: None,
        demotion: advertisement.demotion,
        hello_ms: interval,
        hold_ms: master_down_ms(advertisement),
        virtual_addresses: Vec::new(),
        identifier: None,
        authentication: Authentication::of_kind(AUTHENTICATION),
        checksum: Some(advertisement.checksum),
    }
}

/// How long a router of the sender's own settings waits for its next advertisement: three times the base and the skew,
/// which is tripled where there is no base (`carp_setrun` of OpenBSD and FreeBSD).
fn master_down_ms(advertisement: &Advertisement) -> u32 {
    let (base, skew) = (u32::from(advertisement.advbase_s) * 1000, u32::from(advertisement.advskew));
    if base == 0 { advertisement.interval_ms().saturating_mul(3) } else { base * 3 + skew * 1000 / 256 }
}
