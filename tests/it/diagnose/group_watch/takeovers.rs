//! Routers that take the role though nobody had heard of them.

use crate::common::scenario::{ACTIVE, COUP, Hsrp, R1, R2, R3, RESIGN, SPEAK, STANDBY, Scenario};

use super::{at_virtual, coup_of, found};

#[test]
fn a_stranger_takes_the_role() {
    insta::assert_snapshot!(found(&coup_of(R3, 255)), @r"
    warning unexpected-takeover 0.52: 192.0.2.4, not heard before, took hsrp/10 from 192.0.2.2, which was alive, by a Coup with priority 255
       24 192.0.2.4 is active in place of 192.0.2.2
       23 Coup of 192.0.2.4
      - the group was seen for 31.0 s before, without that router (x 0.52)
    ");
    // It may have been away since before the capture began.
    insta::assert_snapshot!(found(&coup_of(R3, 120)), @r"
    info unexpected-takeover 0.26: 192.0.2.4, not heard before, took hsrp/10 from 192.0.2.2, which was alive, by a Coup with priority 120
       24 192.0.2.4 is active in place of 192.0.2.2
       23 Coup of 192.0.2.4
      - the group was seen for 31.0 s before, without that router (x 0.52)
      - a router that was away for so long and preempts when it returns looks the same (x 0.50)
    ");
}

#[test]
fn a_stranger_takes_the_role_by_its_hello_alone() {
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 90.0, R1, R2).hsrp(70.0, R3, Hsrp { priority: 255, ..ACTIVE }).until(90.0);
    insta::assert_snapshot!(found(&scenario), @r"
    warning unexpected-takeover 0.50: 192.0.2.4, not heard before, took hsrp/10 from 192.0.2.2, which was alive, by its priority 255
       49 192.0.2.4 is active in place of 192.0.2.2
      - the group was seen for 70.0 s before, without that router
      - it was not heard again: one forged message would do the same (x 0.50)
    ");
}

#[test]
fn a_takeover_that_is_explained_is_no_surprise() {
    // The group was seen for too short a time.
    let mut early = Scenario::new();
    early
        .pair(0.0, 12.0, R1, R2)
        .hsrp(12.0, R3, Hsrp { priority: 255, ..COUP })
        .hellos(12.01, 30.0, R3, Hsrp { priority: 255, ..ACTIVE })
        .hellos(12.02, 30.0, R1, SPEAK)
        .hellos(12.03, 30.0, R2, STANDBY);
    assert_eq!(found(&early), "");
    // The active router resigned.
    let mut resigned = Scenario::new();
    resigned
        .pair(0.0, 31.0, R1, R2)
        .hsrp(31.0, R1, RESIGN)
        .hellos(31.01, 60.0, R3, Hsrp { priority: 255, ..ACTIVE })
        .hellos(31.03, 60.0, R2, STANDBY);
    assert_eq!(found(&resigned), "");
    // The master fell silent, and backups are.
    let mut silent = Scenario::new();
    silent.vrrp_from(0.0, 30.0, R1, 110).vrrp_from(33.3, 60.0, R2, 255);
    assert_eq!(found(&silent), "");
    // An ordinary priority preempts.
    let mut preempted = Scenario::new();
    preempted.vrrp_from(0.0, 30.2, R1, 110).vrrp_from(30.5, 60.0, R2, 120);
    assert_eq!(found(&preempted), "");
    // The virtual address is the router's own.
    let mut owner = Scenario::new();
    owner.vrrp_from(0.0, 30.2, R1, 110).vrrp_from(30.5, 60.0, at_virtual(R3), 255);
    assert_eq!(found(&owner), "");
}

#[test]
fn priority_255_in_vrrp_belongs_to_the_owner_of_the_address() {
    let mut scenario = Scenario::new();
    scenario.vrrp_from(0.0, 80.2, R1, 110).vrrp_from(80.5, 100.0, R2, 255);
    insta::assert_snapshot!(found(&scenario), @r"
    warning unexpected-takeover 0.50: 192.0.2.3, not heard before, took vrrp/10 from 192.0.2.2, which was alive, by its priority 255
       82 192.0.2.3 is active in place of 192.0.2.2
      - the group was seen for 80.5 s before, without that router
      - backups are silent in this protocol: the router may have been there unheard (x 0.50)
    ");
}

#[test]
fn many_coups_are_a_storm() {
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 60.0, R1, R2).every(1.0, 20.5, 50.0, |scenario, time| {
        scenario.hsrp(time, R2, COUP);
    });
    insta::assert_snapshot!(found(&scenario), @r"
    warning unexpected-takeover 1.00: 192.0.2.3 sent 30 Coups for hsrp/10 in 29.0 s
       15 first of 30 Coups of 192.0.2.3
       64 the last of them
      - one Coup is enough for a takeover
    ");
}
