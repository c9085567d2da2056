//! What is found of a gateway group over a whole run, each beside what looks alike.

mod addresses;
mod roles;
mod takeovers;

use sagap::run::Options;

use crate::common::scenario::{
    ACTIVE, COUP, Host, Hsrp, PROVIDER, R1, R2, R3, SPEAK, STANDBY, Scenario, VIRTUAL,
};

use super::cases::{Case, recorded};

pub(super) const CASES: &[Case] = &[
    Case {
        rule: "gateway-flapping",
        fires: || recorded("hsrp_v1_ikev2_flapping.pcapng"),
        // Two failovers, and two active routers in between.
        silent: || recorded("hsrp_v1_ikev2_split_brain.pcapng"),
    },
    Case { rule: "hello-late", fires: || late().rules(), silent: || gone(60.0).rules() },
    Case { rule: "no-standby", fires: || gone(60.0).rules(), silent: || silent_backup().rules() },
    Case {
        rule: "unexpected-takeover",
        fires: || coup_of(R3, 255).rules(),
        // The one that was in standby all the time.
        silent: || coup_of(R2, 255).rules(),
    },
    Case {
        rule: "gratuitous-arp-missing",
        fires: || moved(|_| {}).rules(),
        silent: || {
            moved(|scenario| {
                scenario.arp(33.1, 2, at_virtual(R2), VIRTUAL);
            })
            .rules()
        },
    },
    Case {
        rule: "duplicate-virtual-address",
        fires: || claimed(HOST.mac).rules(),
        silent: || claimed(R1.mac).rules(),
    },
];

/// A host of the segment that is no router.
const HOST: Host = Host { address: [192, 0, 2, 77], mac: [0x52, 0x54, 0, 0, 0, 0x77] };
/// The provider's router.
const NEIGHBOUR: Host = Host { address: [192, 0, 2, 254], mac: PROVIDER };

/// Somebody who speaks for the virtual address.
const fn at_virtual(host: Host) -> Host {
    Host { address: VIRTUAL, ..host }
}

/// A pair, of which the active router misses two hellos and the standby router none.
fn late() -> Scenario {
    let mut scenario = Scenario::new();
    scenario.hellos(0.0, 30.0, R1, ACTIVE).hellos(36.0, 60.0, R1, ACTIVE).hellos(0.1, 60.0, R2, STANDBY);
    scenario
}

/// A pair whose active router is gone after 27 s; the other one goes on until `end`.
fn gone(end: f64) -> Scenario {
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 28.0, R1, R2).hellos(30.1, 37.0, R2, STANDBY).hellos(37.0, end, R2, ACTIVE);
    scenario
}

/// One VRRP master.
fn silent_backup() -> Scenario {
    let mut scenario = Scenario::new();
    scenario.vrrp_from(0.0, 60.0, R1, 110);
    scenario
}

/// A pair, and a router that takes the role by a Coup after 31 s.
fn coup_of(router: Host, priority: u8) -> Scenario {
    let mut scenario = Scenario::new();
    scenario
        .pair(0.0, 31.0, R1, R2)
        .hsrp(31.0, router, Hsrp { priority, ..COUP })
        .hellos(31.01, 60.0, router, Hsrp { priority, ..ACTIVE })
        .hellos(31.02, 60.0, R1, SPEAK);
    if router != R2 {
        scenario.hellos(31.03, 60.0, R2, STANDBY);
    }
    scenario
}

/// Two VRRP routers without a virtual MAC, of which the first one is gone after 29 s; a neighbour asks for it.
fn moved(add: impl Fn(&mut Scenario)) -> Scenario {
    let mut scenario = Scenario::new();
    scenario
        .vrrp_unmasked(0.0, 30.0, R1, 110)
        .vrrp_unmasked(33.0, 60.0, R2, 100)
        .arp(5.0, 1, NEIGHBOUR, HOST.address)
        .arp(35.0, 1, NEIGHBOUR, HOST.address);
    add(&mut scenario);
    scenario
}

/// A pair that knows each other's own MACs, and ARP of the virtual address with the group's MAC and with this one.
fn claimed(mac: [u8; 6]) -> Scenario {
    let mut scenario = Scenario::new();
    scenario
        .pair(0.0, 60.0, R1, R2)
        .arp(2.0, 1, R1, NEIGHBOUR.address)
        .gratuitous_arp(4.0, [0, 0, 0x0c, 7, 0xac, 10])
        .arp(20.0, 2, Host { address: VIRTUAL, mac }, NEIGHBOUR.address)
        .arp(40.0, 2, Host { address: VIRTUAL, mac }, NEIGHBOUR.address);
    scenario
}

/// The findings on groups with their frames and reasons.
fn found(scenario: &Scenario) -> String {
    let mut lines = Vec::new();
    for finding in scenario.sorted().run().findings() {
        lines.push(format!(
            "{} {} {:.2}: {}",
            finding.severity, finding.rule, finding.confidence, finding.summary
        ));
        lines.extend(finding.evidence.iter().map(|shown| format!("  {:>3} {}", shown.at.frame, shown.note)));
        lines.extend(finding.reasons.iter().map(|reason| format!("  - {reason}")));
    }
    lines.join("\n")
}

fn with(scenario: &Scenario, set: impl Fn(&mut Options)) -> Scenario {
    let mut scenario = scenario.clone();
    set(&mut scenario.options);
    scenario
}
