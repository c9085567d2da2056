//! What VRRP says, in the words of all protocols.

use std::net::IpAddr;

use crate::wire::vrrp::{Advertisement, Authentication as Wire};

use super::message::{Act, Authentication, GatewayMessage, Role};
use super::protocol::{GatewayProtocol, GroupName};

/// What an advertisement from `src` says. Only the master sends any; with priority 0 it stops.
pub(super) fn message(src: IpAddr, advertisement: &Advertisement) -> GatewayMessage {
    let protocol = if src.is_ipv4() { GatewayProtocol::Vrrp } else { GatewayProtocol::Vrrp6 };
    let stops = advertisement.priority == 0;
    GatewayMessage {
        group: GroupName::new(protocol, advertisement.vrid.into()),
        version: advertisement.version,
        act: if stops { Act::Resign } else { Act::Hello },
        role: if stops { Role::Other } else { Role::Active },
        state: if stops { "initialize" } else { "master" },
        priority: Some(advertisement.priority.into()),
        demotion: 0,
        hello_ms: advertisement.interval_ms,
        hold_ms: master_down_ms(advertisement),
        virtual_addresses: advertisement.addresses.clone(),
        identifier: None,
        authentication: match advertisement.authentication {
            Wire::Text(text) => Authentication::of_text(&text),
            ref other => Authentication::of_kind(other.name()),
        },
        checksum: Some(advertisement.checksum),
    }
}

/// How long a router of the sender's own priority waits for its next advertisement: three intervals and the skew time,
/// which is a part of a second in version 2 (RFC 3768 §6.1) and of the interval in version 3 (RFC 9568 §6.1). An interval
/// of 0, which cannot be, stands for that of a router which is told none, one second.
fn master_down_ms(advertisement: &Advertisement) -> u32 {
    let interval = match advertisement.interval_ms {
        0 => 1000,
        told => u64::from(told),
    };
    let unit = if advertisement.version == 2 { 1000 } else { interval };
    let skew = (256 - u64::from(advertisement.priority)) * unit / 256;
    u32::try_from(interval * 3 + skew).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::vrrp::Checksum;

    fn advertisement(version: u8, priority: u8, interval_ms: u32) -> Advertisement {
        Advertisement {
            version,
            vrid: 10,
            priority,
            interval_ms,
            addresses: vec![IpAddr::from([192, 0, 2, 1])],
            authentication: Wire::None,
            checksum: Checksum::Plain,
            malformed: None,
        }
    }

    #[test]
    fn the_hold_time_is_three_intervals_and_the_skew() {
        assert_eq!(master_down_ms(&advertisement(2, 100, 1000)), 3609);
        assert_eq!(master_down_ms(&advertisement(2, 255, 1000)), 3003);
        assert_eq!(master_down_ms(&advertisement(3, 100, 100)), 360);
        assert_eq!(master_down_ms(&advertisement(2, 0, 255_000)), 766_000);
        assert_eq!(master_down_ms(&advertisement(2, 100, 0)), 3609);
    }

    #[test]
    fn priority_0_gives_the_role_up() {
        let src = IpAddr::from([192, 0, 2, 2]);
        let says = |priority| {
            let said = message(src, &advertisement(2, priority, 1000));
            (said.act, said.role)
        };
        assert_eq!(says(0), (Act::Resign, Role::Other));
        assert_eq!(says(1), (Act::Hello, Role::Active));
    }
}
