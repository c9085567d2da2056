//! Routers of one group that are set up unlike each other, and those that are not.

use std::time::Duration;

use sagap::diagnose::Finding;
use sagap::wire::vrrp::{Advertisement, Authentication};

use crate::common::gateways::advertisement;
use crate::common::scenario::{ACTIVE, Host, Hsrp, R1, R2, R3, STANDBY, Scenario, VIRTUAL};

use super::cases::Case;

pub(super) const CASES: &[Case] = &[
    Case {
        rule: "timers-mismatch",
        fires: || beside(Hsrp { hello: 6, hold: 20, ..STANDBY }).rules(),
        silent: || changed_by_both(Hsrp { hello: 6, hold: 20, ..ACTIVE }).rules(),
    },
    Case {
        rule: "authentication-mismatch",
        fires: || beside(Hsrp { password: *b"secret\0\0", ..STANDBY }).rules(),
        silent: || changed_by_both(Hsrp { password: *b"secret\0\0", ..ACTIVE }).rules(),
    },
    Case {
        rule: "version-mismatch",
        fires: || beside(Hsrp { version: 2, ..ACTIVE }).rules(),
        silent: || changed_by_both(Hsrp { version: 2, ..ACTIVE }).rules(),
    },
    Case {
        rule: "virtual-address-mismatch",
        fires: || beside(Hsrp { address: OTHER, ..STANDBY }).rules(),
        silent: || stripped_vlans().rules(),
    },
    Case {
        rule: "default-authentication",
        fires: || beside(Hsrp { password: *b"cisco\0\0\0", ..STANDBY }).rules(),
        silent: || beside(Hsrp { password: *b"cisco1\0\0", ..STANDBY }).rules(),
    },
];

/// Another address of the segment.
const OTHER: [u8; 4] = [192, 0, 2, 100];

/// Two minutes of an active router, and of another one that says this.
fn beside(other: Hsrp) -> Scenario {
    let mut scenario = Scenario::new();
    scenario.hellos(0.0, 120.0, R1, ACTIVE).hellos(0.3, 120.0, R2, other);
    scenario
}

/// A pair of routers; the active one changes its settings to these after a minute, and the other one 30 s later.
fn changed_by_both(settings: Hsrp) -> Scenario {
    let mut scenario = Scenario::new();
    scenario
        .hellos(0.0, 60.0, R1, ACTIVE)
        .hellos(0.3, 90.0, R2, STANDBY)
        .hellos(60.0, 200.0, R1, settings)
        .hellos(90.0, 200.0, R2, Hsrp { state: STANDBY.state, ..settings });
    scenario
}

/// Two groups of one number in two subnets, each with an active and a standby router.
fn stripped_vlans() -> Scenario {
    let (active, standby) = (inside(R1), inside(R2));
    let address = [10, 1, 0, 1];
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 120.0, R1, R2).hellos(0.5, 120.0, active, Hsrp { address, ..ACTIVE }).hellos(
        0.6,
        120.0,
        standby,
        Hsrp { address, ..STANDBY },
    );
    scenario
}

/// The same router on another segment.
pub(super) const fn inside(router: Host) -> Host {
    let mut mac = router.mac;
    mac[5] = 0x10;
    Host { address: [10, 1, 0, router.address[3]], mac }
}

/// What the rules here find.
fn found(scenario: &Scenario) -> Vec<Finding> {
    let is_here = |finding: &Finding| CASES.iter().any(|case| case.rule == finding.rule);
    scenario.sorted().run().findings().into_iter().filter(is_here).collect()
}

/// The names of their rules.
fn rules(scenario: &Scenario) -> Vec<&'static str> {
    found(scenario).iter().map(|finding| finding.rule).collect()
}

/// Frame, severity, confidence and summary of each finding, with the frames and reasons it rests on.
fn told(scenario: &Scenario) -> String {
    let told = found(scenario).into_iter().map(|finding| {
        let evidence = finding.evidence.iter().map(|it| format!("\n    frame {}: {}", it.at.frame, it.note));
        let reasons = finding.reasons.iter().map(|it| format!("\n    - {it}"));
        let details: String = evidence.chain(reasons).collect();
        let (frame, severity, confidence) = (finding.at.frame, finding.severity, finding.confidence);
        format!("frame {frame} {severity} {} {confidence:.2}: {}{details}", finding.rule, finding.summary)
    });
    told.collect::<Vec<_>>().join("\n")
}

/// The same without details.
fn summaries(scenario: &Scenario) -> Vec<String> {
    found(scenario).iter().map(|it| format!("{} {}: {}", it.severity, it.rule, it.summary)).collect()
}

#[test]
fn what_differs_is_told_with_its_frames() {
    let cases = [
        Hsrp { hello: 6, hold: 20, ..STANDBY },
        Hsrp { hold: 12, ..STANDBY },
        Hsrp { password: *b"secret\0\0", ..STANDBY },
        Hsrp { version: 2, ..STANDBY },
        Hsrp { address: OTHER, ..STANDBY },
    ];
    let told: Vec<String> = cases.into_iter().map(|other| told(&beside(other))).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    frame 2 warning timers-mismatch 1.00: the timers of hsrp/10 do not fit: 192.0.2.2 waits 10.0 s for a hello (hold time), and 192.0.2.3 says one every 6.0 s
        frame 2: 192.0.2.3 sends hello 6.0 s with hold 20.0 s
        frame 1: 192.0.2.2 sends hello 3.0 s with hold 10.0 s
        frame 60: they differ still
        - 192.0.2.2 said so in 40 messages and 192.0.2.3 in 20 messages, within 116.7 s
    frame 2 info timers-mismatch 1.00: 192.0.2.2 and 192.0.2.3 have different timers for hsrp/10: hello 3.0 s with hold 10.0 s, and hello 3.0 s with hold 12.0 s
        frame 2: 192.0.2.3 sends hello 3.0 s with hold 12.0 s
        frame 1: 192.0.2.2 sends hello 3.0 s with hold 10.0 s
        frame 80: they differ still
        - 192.0.2.2 said so in 40 messages and 192.0.2.3 in 40 messages, within 117.0 s
    frame 2 warning authentication-mismatch 1.00: 192.0.2.2 and 192.0.2.3 authenticate hsrp/10 unlike each other: 192.0.2.2 with one text, 192.0.2.3 with another text
        frame 2: 192.0.2.3 sends another text
        frame 1: 192.0.2.2 sends one text
        frame 80: they differ still
        - 192.0.2.2 said so in 40 messages and 192.0.2.3 in 40 messages, within 117.0 s
    frame 2 warning version-mismatch 1.00: 192.0.2.2 speaks version 1 of HSRP for hsrp/10, and 192.0.2.3 version 2
        frame 2: 192.0.2.3 sends version 2
        frame 1: 192.0.2.2 sends version 1
        frame 80: they differ still
        - 192.0.2.2 said so in 40 messages and 192.0.2.3 in 40 messages, within 117.0 s
    frame 79 warning virtual-address-mismatch 0.72: 192.0.2.2 names 192.0.2.1 for hsrp/10, and 192.0.2.3 names 192.0.2.100
        frame 79: the last message of 192.0.2.2 (active) names 192.0.2.1
        frame 80: the last message of 192.0.2.3 (standby) names 192.0.2.100
        - 192.0.2.3 stays standby for longer than its hold time though nobody is active for its address: it hears 192.0.2.2 (x 0.90)
        - the frames have no VLAN tag: two VLANs whose tags a mirror strips look so, if both have this subnet (x 0.80)
    ");
}

#[test]
fn a_password_stands_nowhere() {
    let mut scenario = beside(Hsrp { password: *b"secret\0\0", ..STANDBY });
    scenario.hellos(0.5, 120.0, R3, Hsrp { password: *b"cisco\0\0\0", state: ACTIVE.state, ..STANDBY });
    let run = scenario.sorted().run();
    let told = format!("{:?} {:?}", run.findings(), run.tracker.group_facts());
    assert!(!told.contains("kennwort") && !told.contains("secret"), "{told}");
}

#[test]
fn few_hellos_are_no_mismatch_and_the_number_is_an_option() {
    let mut scenario = Scenario::new();
    scenario.hellos(0.0, 30.0, R1, ACTIVE).hellos(0.3, 5.0, R2, Hsrp { hold: 12, ..STANDBY });
    assert_eq!(summaries(&scenario), [""; 0]);
    scenario.options.diagnose.mismatch_hellos = 2;
    assert_eq!(rules(&scenario), ["timers-mismatch"]);
}

#[test]
fn how_long_a_change_may_take_is_an_option() {
    let mut scenario = changed_by_both(Hsrp { hello: 6, hold: 20, ..ACTIVE });
    scenario.options.diagnose.mismatch_time = Duration::from_secs(20);
    assert_eq!(rules(&scenario), ["timers-mismatch"]);
}

#[test]
fn a_change_that_the_capture_does_not_show_to_its_end_is_no_mismatch() {
    let mut scenario = Scenario::new();
    scenario
        .pair(0.0, 60.0, R1, R2)
        .hellos(60.0, 90.0, R1, Hsrp { hold: 30, ..ACTIVE })
        .hellos(60.1, 90.0, R2, STANDBY);
    assert_eq!(summaries(&scenario), [""; 0]);
}

/// Advertisements of two routers each second, and what is found.
fn masters(one: &Advertisement, other: &Advertisement) -> Vec<String> {
    let mut scenario = Scenario::new();
    scenario
        .every(1.0, 0.0, 60.0, |scenario, time| {
            scenario.vrrp_says(time, R1, one);
        })
        .every(1.0, 0.3, 60.0, |scenario, time| {
            scenario.vrrp_says(time, R2, other);
        });
    summaries(&scenario)
}

#[test]
fn vrrp_routers_are_compared_by_what_their_version_says() {
    let said = |version, interval_ms, addresses: &[[u8; 4]]| {
        let addresses = addresses.iter().map(|&address| address.into()).collect();
        Advertisement { version, interval_ms, ..advertisement(10, 100, addresses) }
    };
    let (one, more) = (&[VIRTUAL][..], &[VIRTUAL, OTHER][..]);
    let text = Advertisement { authentication: Authentication::Text(*b"geheim\0\0"), ..said(2, 1000, one) };
    let found = [
        masters(&said(2, 1000, one), &said(2, 2000, one)),
        masters(&said(3, 1000, one), &said(3, 2000, one)),
        masters(&said(2, 1000, one), &said(3, 1000, one)),
        masters(&said(2, 1000, more), &said(2, 1000, one)),
        // The order of the addresses says nothing.
        masters(&said(2, 1000, more), &said(2, 1000, &[OTHER, VIRTUAL])),
        masters(&said(2, 1000, one), &text),
        // Two groups of one number in one subnet, as the wire shows it.
        masters(&said(2, 1000, &[OTHER]), &said(2, 1000, one)),
    ];
    let found: Vec<String> = found.iter().map(|found| found.join("\n") + "\n").collect();
    insta::assert_snapshot!(found.join("---\n"), @r"
    warning timers-mismatch: 192.0.2.2 and 192.0.2.3 advertise vrrp/10 every 1.0 s and every 2.0 s, so each discards the other's messages
    ---
    info timers-mismatch: 192.0.2.2 and 192.0.2.3 have different timers for vrrp/10: hello 1.0 s, and hello 2.0 s
    ---
    warning version-mismatch: 192.0.2.2 speaks version 2 of VRRP for vrrp/10, and 192.0.2.3 version 3
    ---
    warning virtual-address-mismatch: 192.0.2.2 names 192.0.2.1 and 192.0.2.100 for vrrp/10, and 192.0.2.3 names 192.0.2.1
    ---

    ---
    warning authentication-mismatch: 192.0.2.2 and 192.0.2.3 authenticate vrrp/10 unlike each other: 192.0.2.2 with no authentication, 192.0.2.3 with text
    ---
    warning virtual-address-mismatch: 192.0.2.2 names 192.0.2.100 for vrrp/10, and 192.0.2.3 names 192.0.2.1
    ");
}

#[test]
fn a_router_that_speaks_both_versions_bridges_them() {
    let said = |version| Advertisement { version, ..advertisement(10, 100, vec![VIRTUAL.into()]) };
    let mut scenario = Scenario::new();
    scenario
        .every(1.0, 0.0, 60.0, |scenario, time| {
            scenario.vrrp_says(time, R1, &said(3)).vrrp_says(time + 0.01, R1, &said(2));
        })
        .every(1.0, 0.3, 60.0, |scenario, time| {
            scenario.vrrp_says(time, R2, &said(2));
        });
    assert_eq!(rules(&scenario), [""; 0]);
}

#[test]
fn routers_that_are_never_there_together_are_not_compared() {
    let said = advertisement(10, 100, vec![VIRTUAL.into()]);
    let other =
        Advertisement { interval_ms: 2000, authentication: Authentication::Text([7; 8]), ..said.clone() };
    let mut scenario = Scenario::new();
    scenario
        .every(1.0, 0.0, 60.0, |scenario, time| {
            scenario.vrrp_says(time, R1, &said);
        })
        .every(2.0, 63.6, 200.0, |scenario, time| {
            scenario.vrrp_says(time, R2, &other);
        });
    assert_eq!(summaries(&scenario), [""; 0]);
}

#[test]
fn carp_routers_differ_in_their_interval_by_design() {
    let mut scenario = Scenario::new();
    scenario.carp_from(0.0, 60.0, R1, 0).carp_from(0.4, 60.0, R2, 100);
    assert_eq!(rules(&scenario), [""; 0]);
}

/// One address in two groups, of which the second is heard from `from` on by this router.
fn shared(scenario: &mut Scenario, from: f64, router: Host) -> &mut Scenario {
    scenario.pair(0.0, 120.0, R1, R2).hellos(from, 120.0, router, Hsrp { version: 2, group: 20, ..ACTIVE })
}

#[test]
fn one_address_in_two_groups_is_told_unless_a_chassis_is_in_both() {
    let tagged = |router| {
        let mut scenario = Scenario::new();
        told(shared(scenario.on(0, Some(100)), 0.4, router))
    };
    let mut untagged = Scenario::new();
    let cases = [
        told(shared(&mut untagged, 0.4, R3)),
        tagged(R3),
        // The same chassis: these are two VLANs.
        tagged(Host { mac: R2.mac, ..R3 }),
    ];
    insta::assert_snapshot!(cases.join("\n---\n"), @r"
    frame 119 warning virtual-address-mismatch 0.80: 192.0.2.1 is the virtual address of two groups: 192.0.2.3 names it in hsrp/10, 192.0.2.4 in hsrp/20
        frame 119: the last message of 192.0.2.3 (standby) names 192.0.2.1
        frame 120: the last message of 192.0.2.4 (active) names 192.0.2.1
        - the frames have no VLAN tag: two VLANs whose tags a mirror strips look so, if both have this subnet (x 0.80)
    ---
    frame 119 warning virtual-address-mismatch 1.00: 192.0.2.1 is the virtual address of two groups: 192.0.2.3 names it in hsrp/10@vlan100, 192.0.2.4 in hsrp/20@vlan100
        frame 119: the last message of 192.0.2.3 (standby) names 192.0.2.1
        frame 120: the last message of 192.0.2.4 (active) names 192.0.2.1
        - both have the same VLAN tag or network number
    ---
    ");
}

#[test]
fn an_address_that_moves_from_one_group_to_another_is_in_both_for_a_while() {
    let new = Hsrp { group: 20, ..ACTIVE };
    let moved = |second: f64| {
        let mut scenario = Scenario::new();
        scenario
            .hellos(0.0, 60.0, R1, ACTIVE)
            .hellos(0.1, second, R2, STANDBY)
            .hellos(60.0, 300.0, R1, new)
            .hellos(second, 300.0, R2, Hsrp { state: STANDBY.state, ..new });
        rules(&scenario)
    };
    assert_eq!(moved(100.0), [""; 0]);
    assert_eq!(moved(150.0), ["virtual-address-mismatch"]);
}

#[test]
fn two_complete_groups_of_one_number_are_two_vlans_even_in_one_subnet() {
    let mut scenario = Scenario::new();
    let (active, standby) =
        (Host { address: [192, 0, 2, 12], ..R3 }, Host { address: [192, 0, 2, 13], ..inside(R3) });
    scenario.pair(0.0, 120.0, R1, R2).hellos(0.5, 120.0, active, Hsrp { address: OTHER, ..ACTIVE }).hellos(
        0.6,
        120.0,
        standby,
        Hsrp { address: OTHER, ..STANDBY },
    );
    assert_eq!(summaries(&scenario), [""; 0]);
}

#[test]
fn a_chassis_with_two_addresses_of_one_number_has_two_vlans() {
    let mut scenario = Scenario::new();
    let waiting = Host { address: [192, 0, 2, 12], mac: R1.mac };
    let (active, standby) = (Hsrp { version: 2, ..ACTIVE }, Hsrp { version: 2, ..STANDBY });
    scenario.hellos(0.0, 120.0, R1, active).hellos(0.2, 120.0, waiting, Hsrp { address: OTHER, ..standby });
    assert_eq!(summaries(&scenario), [""; 0]);
}
