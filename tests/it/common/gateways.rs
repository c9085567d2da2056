//! Messages of the redundancy protocols beside HSRP, for scenarios.

use std::net::{IpAddr, Ipv6Addr};

use sagap::wire::glbp::{self, Forwarder, State};
use sagap::wire::mac::MacAddr;
use sagap::wire::vrrp::{Advertisement, Authentication, Checksum};

use super::scenario::{Host, Scenario, VIRTUAL, Way};

/// The virtual address of the IPv6 groups.
pub(crate) const VIRTUAL_6: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0x3636);

impl Scenario {
    /// A VRRP advertisement of group 10, each second by default.
    pub(crate) fn vrrp(&mut self, time: f64, router: Host, priority: u8) -> &mut Self {
        let said = advertisement(10, priority, vec![VIRTUAL.into()]);
        self.vrrp_says(time, router, &said)
    }

    /// Any VRRP advertisement over IPv4.
    pub(crate) fn vrrp_says(&mut self, time: f64, router: Host, said: &Advertisement) -> &mut Self {
        let group = [224, 0, 0, 18];
        let bytes = super::vrrp::emit(said, router.address.into(), group.into());
        let mac = [0, 0, 0x5e, 0, 1, said.vrid];
        self.ip(time, multicast(router, group, mac), 112, &bytes)
    }

    /// The same again and again, each second from `from` to before `to`.
    pub(crate) fn vrrp_from(&mut self, from: f64, to: f64, router: Host, priority: u8) -> &mut Self {
        self.every(1.0, from, to, |scenario, time| {
            scenario.vrrp(time, router, priority);
        })
    }

    /// VRRP advertisements of group 10 from the router's own MAC, as keepalived sends them without a virtual one, each
    /// second from `from` to before `to`.
    pub(crate) fn vrrp_unmasked(&mut self, from: f64, to: f64, router: Host, priority: u8) -> &mut Self {
        let group = [224, 0, 0, 18];
        let said = advertisement(10, priority, vec![VIRTUAL.into()]);
        let bytes = super::vrrp::emit(&said, router.address.into(), group.into());
        self.every(1.0, from, to, |scenario, time| {
            scenario.ip(time, multicast(router, group, router.mac), 112, &bytes);
        })
    }

    /// An ARP message to all: this operation, its sender, and the address it is about.
    pub(crate) fn arp(&mut self, time: f64, operation: u8, sender: Host, target: [u8; 4]) -> &mut Self {
        let mut bytes = [&[0xff; 6][..], &sender.mac, &0x0806_u16.to_be_bytes()].concat();
        bytes.extend([0, 1, 8, 0, 6, 4, 0, operation]);
        bytes.extend([&sender.mac[..], &sender.address, &[0; 6], &target].concat());
        self.push(time, bytes)
    }

    /// A VRRP advertisement over IPv6 of group 36, by the router with this last byte.
    pub(crate) fn vrrp_6(&mut self, time: f64, last: u8, priority: u8) -> &mut Self {
        let src = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, last.into());
        let dst = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x12);
        let said = Advertisement {
            version: 3,
            checksum: Checksum::PseudoHeader,
            ..advertisement(36, priority, vec![VIRTUAL_6.into()])
        };
        let bytes = super::vrrp::emit(&said, src.into(), dst.into());
        self.ipv6(time, ([0, 0, 0x5e, 0, 2, 36], src), ([0x33, 0x33, 0, 0, 0, 0x12], dst), (112, &bytes))
    }

    /// An unsolicited neighbour advertisement of `target` with this MAC.
    pub(crate) fn neighbour(&mut self, time: f64, mac: [u8; 6], target: Ipv6Addr) -> &mut Self {
        let mut bytes = vec![136, 0, 0, 0, 0xa0, 0, 0, 0];
        bytes.extend(target.octets());
        bytes.extend([2, 1]);
        bytes.extend(mac);
        let all = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
        self.ipv6(time, (mac, target), ([0x33, 0x33, 0, 0, 0, 1], all), (58, &bytes))
    }

    /// CARP advertisements of host 10 each second from `from` to before `to`, with a counter that rises.
    pub(crate) fn carp_from(&mut self, from: f64, to: f64, router: Host, advskew: u8) -> &mut Self {
        self.every(1.0, from, to, |scenario, time| {
            scenario.carp(time, router, (1, advskew));
        })
    }

    /// A CARP advertisement of host 10 with this base and skew.
    pub(crate) fn carp(&mut self, time: f64, router: Host, interval: (u8, u8)) -> &mut Self {
        self.carp_demoted(time, router, interval, 0)
    }

    /// The same from a router that has demoted itself.
    pub(crate) fn carp_demoted(
        &mut self,
        time: f64,
        router: Host,
        (advbase_s, advskew): (u8, u8),
        demotion: u8,
    ) -> &mut Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "scenarios are short")]
        let counter = 0xa5a5_0000_0000_0000 | (time * 1000.0) as u64;
        let said = sagap::wire::carp::Advertisement {
            vhid: 10,
            advskew,
            advbase_s,
            demotion,
            counter,
            checksum: Checksum::Plain,
            malformed: None,
        };
        let group = [224, 0, 0, 18];
        let code = std::array::from_fn(|place| counter.to_be_bytes()[place % 8] ^ 0x3c);
        let bytes = super::carp::emit(&said, code);
        self.ip(time, multicast(router, group, [0, 0, 0x5e, 0, 1, 10]), 112, &bytes)
    }

    /// A GLBP packet of group 1: the router's state, and the forwarders it is active for.
    pub(crate) fn glbp(&mut self, time: f64, router: Host, state: State, forwarders: &[u8]) -> &mut Self {
        let forwarder = |&number: &u8| Forwarder {
            number,
            state: State::Active,
            priority: 167,
            weight: 100,
            mac: MacAddr([0, 7, 0xb4, 0, 1, number]),
        };
        let said = glbp::Packet {
            version: 1,
            group: 1,
            owner: MacAddr(router.mac),
            hello: Some(glbp::Hello {
                state,
                priority: 100,
                hello_ms: 3000,
                hold_ms: 10_000,
                redirect_s: 600,
                timeout_s: 14_400,
                virtual_address: VIRTUAL.into(),
            }),
            forwarders: forwarders.iter().map(forwarder).collect(),
            authentication: glbp::Authentication::Md5 { key_id: Some(1) },
            malformed: None,
        };
        let way = multicast(router, [224, 0, 0, 102], router.mac);
        self.udp(time, way, glbp::PORT, &super::glbp::emit(&said))
    }

    /// The same again and again, every three seconds from `from` to before `to`.
    pub(crate) fn glbp_from(
        &mut self,
        (from, to): (f64, f64),
        router: Host,
        state: State,
        forwarders: &[u8],
    ) -> &mut Self {
        self.every(3.0, from, to, |scenario, time| {
            scenario.glbp(time, router, state, forwarders);
        })
    }

    fn ipv6(
        &mut self,
        time: f64,
        (src_mac, src): ([u8; 6], Ipv6Addr),
        (dst_mac, dst): ([u8; 6], Ipv6Addr),
        (next, payload): (u8, &[u8]),
    ) -> &mut Self {
        let length = u16::try_from(payload.len()).expect("packets are small").to_be_bytes();
        let mut bytes = [&dst_mac[..], &src_mac, &[0x86, 0xdd, 0x60, 0, 0, 0]].concat();
        bytes.extend(length);
        bytes.extend([next, 255]);
        bytes.extend(src.octets());
        bytes.extend(dst.octets());
        bytes.extend(payload);
        self.push(time, bytes)
    }
}

/// An advertisement of version 2 each second.
pub(crate) fn advertisement(vrid: u8, priority: u8, addresses: Vec<IpAddr>) -> Advertisement {
    Advertisement {
        version: 2,
        vrid,
        priority,
        interval_ms: 1000,
        addresses,
        authentication: Authentication::None,
        checksum: Checksum::Plain,
        malformed: None,
    }
}

/// From a router to a group of hosts.
fn multicast(router: Host, group: [u8; 4], src_mac: [u8; 6]) -> Way {
    let dst_mac = [1, 0, 0x5e, group[1] & 0x7f, group[2], group[3]];
    Way { src: router.address, dst: group, src_mac, dst_mac }
}
