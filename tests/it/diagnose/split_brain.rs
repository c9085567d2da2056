//! Why two routers of one group are both active.

use sagap::wire::vrrp::{Advertisement, Authentication, Checksum};

use crate::common::gateways::advertisement;
use crate::common::scenario::{R1, R2, Scenario, VIRTUAL};

fn said() -> Advertisement {
    advertisement(10, 100, vec![VIRTUAL.into()])
}

/// What the findings on a scenario mean.
fn meanings(scenario: &Scenario) -> Vec<String> {
    let told = scenario.sorted().run();
    told.findings().iter().map(|finding| format!("{}: {}", finding.rule, finding.advice.meaning)).collect()
}

/// Two masters, of which the second says this.
fn beside(other: &Advertisement) -> Vec<String> {
    let mut scenario = Scenario::new();
    let interval = f64::from(other.interval_ms) / 1000.0;
    scenario
        .every(1.0, 0.0, 60.0, |scenario, time| {
            scenario.vrrp_says(time, R1, &said());
        })
        .every(interval, 0.3, 60.0, |scenario, time| {
            scenario.vrrp_says(time, R2, other);
        });
    meanings(&scenario)
}

#[test]
fn what_differs_is_named() {
    let cases = [
        said(),
        Advertisement { interval_ms: 3000, ..said() },
        Advertisement { version: 3, ..said() },
        Advertisement { authentication: Authentication::Text(*b"geheim  "), ..said() },
        Advertisement { checksum: Checksum::Wrong, ..said() },
    ];
    let told: Vec<String> = cases.iter().flat_map(beside).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    gateway-split-brain: 192.0.2.2 and 192.0.2.3 do not hear each other's VRRP messages, so each believes that the other is gone. Both answer for the virtual address, the switches move its MAC to and fro, and IKE and ESP of one tunnel reach now the one and now the other.
    gateway-split-brain: 192.0.2.2 and 192.0.2.3 do not accept each other's VRRP messages: they differ in the advertisement interval. Each believes that it is alone.
    timers-mismatch: Version 2 of VRRP accepts advertisements of its own interval only: each router believes that it is alone, and both become master.
    gateway-split-brain: 192.0.2.2 and 192.0.2.3 do not accept each other's VRRP messages: they differ in version. Each believes that it is alone.
    version-mismatch: Messages of another version are discarded: 192.0.2.2 and 192.0.2.3 do not hear each other, each believes that it is alone, and both answer for the virtual address.
    gateway-split-brain: 192.0.2.2 and 192.0.2.3 do not accept each other's VRRP messages: they differ in authentication. Each believes that it is alone.
    authentication-mismatch: A router discards VRRP messages that are not authenticated as it is told. 192.0.2.2 and 192.0.2.3 do not hear each other then: each believes that it is alone, and both become active.
    gateway-split-brain: The checksum of 192.0.2.3's VRRP messages is wrong: whoever receives them discards them, and believes that it is alone.
    ");
}

#[test]
fn a_backup_that_starts_before_it_hears_the_master_is_worth_knowing() {
    let mut scenario = Scenario::new();
    scenario.vrrp_from(0.0, 100.0, R1, 100).vrrp_from(50.3, 53.0, R2, 100);
    let told = scenario.sorted().run();
    let told: Vec<String> =
        told.findings().iter().map(|it| format!("{} {}: {}", it.severity, it.rule, it.summary)).collect();
    insta::assert_snapshot!(told.join("\n"), @"info gateway-split-brain: 192.0.2.3 and 192.0.2.2 were both active for vrrp/10 for 1.0 s");
}
