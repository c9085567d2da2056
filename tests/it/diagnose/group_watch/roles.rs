//! Roles that go to and fro, hellos that come late, and standby routers that are missing.

use std::time::Duration;

use sagap::run::Options;
use sagap::wire::glbp::State;

use crate::common::scenario::{ACTIVE, COUP, R1, R2, SPEAK, STANDBY, Scenario};

use super::{found, gone, late, with};

/// The role goes to and fro between two routers of which none is gone: a Coup each `step` seconds.
fn coups(step: f64, times: u32) -> Scenario {
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 20.0, R1, R2);
    for turn in 0..times {
        let from = f64::from(turn).mul_add(step, 20.0);
        let (new, old) = if turn % 2 == 0 { (R2, R1) } else { (R1, R2) };
        scenario
            .hsrp(from, new, COUP)
            .hellos(from + 0.01, from + step, new, ACTIVE)
            .hsrp(from + 0.02, old, SPEAK)
            .hellos(from + 0.1, from + step, old, STANDBY);
    }
    scenario
}

#[test]
fn flapping_is_one_finding_with_its_first_frames_and_its_last() {
    insta::assert_snapshot!(found(&coups(40.0, 5)), @r"
    warning gateway-flapping 1.00: the active router of hsrp/10 changed 5 times in 160.0 s, between 192.0.2.2 and 192.0.2.3 (5 coup)
       16 192.0.2.3 took over from 192.0.2.2 (coup)
       46 192.0.2.2 took over from 192.0.2.3 (coup)
       76 192.0.2.3 took over from 192.0.2.2 (coup)
      136 192.0.2.3 took over from 192.0.2.2 (coup)
      - 5 changes were seen, and a router got the role back
    ");
}

#[test]
fn changes_that_lie_far_apart_are_no_flapping() {
    assert_eq!(found(&coups(160.0, 4)), "");
    assert_eq!(found(&coups(40.0, 2)), "");
}

#[test]
fn flapping_that_pauses_has_several_stretches() {
    let mut scenario = coups(40.0, 3);
    scenario.pair(140.0, 900.0, R2, R1);
    for (second, new, old) in [(900.0, R1, R2), (950.0, R2, R1), (1000.0, R1, R2)] {
        scenario.hsrp(second, new, COUP).hellos(second + 0.01, second + 50.0, new, ACTIVE).hellos(
            second + 0.02,
            second + 50.0,
            old,
            STANDBY,
        );
    }
    insta::assert_snapshot!(found(&scenario), @r"
    warning gateway-flapping 1.00: the active router of hsrp/10 changed 6 times in 180.0 s in all, in 2 stretches, between 192.0.2.2 and 192.0.2.3 (6 coup)
       16 192.0.2.3 took over from 192.0.2.2 (coup)
       46 192.0.2.2 took over from 192.0.2.3 (coup)
       76 192.0.2.3 took over from 192.0.2.2 (coup)
      684 192.0.2.2 took over from 192.0.2.3 (coup)
      - 6 changes were seen, and a router got the role back
    ");
}

#[test]
fn what_is_flapping_are_options() {
    let fires = |scenario: &Scenario| scenario.rules().iter().any(|rule| rule == "gateway-flapping");
    let twice = coups(40.0, 2);
    assert!(fires(&with(&twice, |options| options.track.flapping_changes = 2)));
    let window = |seconds| {
        move |options: &mut Options| {
            options.track.flapping_window = Duration::from_secs(seconds);
        }
    };
    assert!(fires(&with(&coups(160.0, 4), window(320))));
    // Ten hold times are 100 s.
    assert!(fires(&with(&coups(40.0, 3), window(0))));
    assert!(!fires(&with(&coups(60.0, 3), window(0))));
}

#[test]
fn a_clock_that_is_set_back_brings_no_changes_together() {
    // The second day stands before the first in the file.
    let mut scenario = coups(40.0, 2);
    for (nanos, ..) in &mut scenario.frames {
        *nanos += 86_400_000_000_000;
    }
    scenario = scenario.sorted();
    scenario.frames.extend(coups(40.0, 2).sorted().frames);
    let findings = scenario.run().findings();
    assert!(findings.iter().all(|finding| finding.rule != "gateway-flapping"), "{findings:?}");
}

#[test]
fn forwarders_that_move_are_no_flapping() {
    let mut scenario = Scenario::new();
    for turn in 0..6_u8 {
        let from = f64::from(turn) * 12.0;
        let (one, other): (&[u8], &[u8]) = if turn % 2 == 0 { (&[1], &[2]) } else { (&[2], &[1]) };
        scenario.glbp_from((from, from + 12.0), R1, State::Active, one).glbp_from(
            (from + 0.5, from + 12.0),
            R2,
            State::Standby,
            other,
        );
    }
    assert!(scenario.timeline().matches("forwarder-moved").count() >= 3);
    assert_eq!(found(&scenario), "");
}

#[test]
fn late_hellos_of_a_group_are_one_finding() {
    let mut scenario = late();
    scenario.hellos(66.0, 90.0, R1, ACTIVE).hellos(60.1, 90.0, R2, STANDBY);
    insta::assert_snapshot!(found(&scenario), @r"
    info hello-late 1.00: hellos for hsrp/10 came late without a takeover: 2 of 192.0.2.2, at most 9.0 s after the one before where 3.0 s are due
       23 hello of 192.0.2.2, 9.0 s after the one before
      - another router of the group was heard in time meanwhile
    ");
}

#[test]
fn where_all_hellos_are_late_the_capture_may_be_at_fault() {
    let mut scenario = Scenario::new();
    scenario.pair(0.0, 30.0, R1, R2).pair(36.0, 60.0, R1, R2);
    insta::assert_snapshot!(found(&scenario), @r"
    info hello-late 0.50: hellos for hsrp/10 came late without a takeover: 1 of 192.0.2.2, 9.0 s after the one before where 3.0 s are due; 1 of 192.0.2.3, 9.0 s after the one before where 3.0 s are due
       21 hello of 192.0.2.2, 9.0 s after the one before
       22 hello of 192.0.2.3, 9.0 s after the one before
      - nobody else of the group was heard meanwhile: the capture may have paused or lack frames (x 0.50)
    ");
}

#[test]
fn a_standby_router_that_is_gone_and_returns_was_not_late() {
    let mut scenario = Scenario::new();
    scenario.hellos(0.0, 90.0, R1, ACTIVE).hellos(0.1, 30.0, R2, STANDBY).hellos(45.1, 90.0, R2, STANDBY);
    assert!(scenario.timeline().contains("hello-late"));
    assert_eq!(found(&scenario), "");
}

#[test]
fn nobody_in_standby_after_a_failover() {
    insta::assert_snapshot!(found(&gone(60.0)), @r"
    info no-standby 1.00: nobody is in standby for hsrp/10: 192.0.2.3 is active alone since it took over, for 21.0 s at least
       24 hello of 192.0.2.3, since which no standby router was heard
       31 its last hello of the capture
      - the active router was heard all the time, and no standby router
    ");
    // Too short to know.
    assert_eq!(found(&gone(56.0)), "");
}

#[test]
fn nobody_in_standby_for_long_and_then_somebody() {
    let mut scenario = Scenario::new();
    scenario.hellos(0.0, 300.0, R1, ACTIVE).hellos(240.1, 300.0, R2, STANDBY);
    insta::assert_snapshot!(found(&scenario), @r"
    info no-standby 1.00: nobody was in standby for hsrp/10 for 240.0 s: 192.0.2.2 was active alone
        1 hello of 192.0.2.2, since which no standby router was heard
       81 its last one before that ended
      - the active router was heard all the time, and no standby router
    ");
    let mut shorter = Scenario::new();
    shorter.hellos(0.0, 300.0, R1, ACTIVE).hellos(150.1, 300.0, R2, STANDBY);
    assert_eq!(found(&shorter), "");
}

#[test]
fn a_router_that_is_all_alone_may_only_seem_to_be() {
    let mut scenario = Scenario::new();
    scenario.hellos(0.0, 60.0, R1, ACTIVE);
    insta::assert_snapshot!(found(&scenario), @r"
    info no-standby 0.50: nobody is in standby for hsrp/10: 192.0.2.2 is active alone for 57.0 s at least
        1 hello of 192.0.2.2, since which no standby router was heard
       20 its last hello of the capture
      - the active router was heard all the time, and no standby router
      - no other router of the group was heard at all: the capture may show this one alone (x 0.50)
    ");
    let later = |options: &mut Options| options.diagnose.no_standby_after = Duration::from_secs(90);
    assert_eq!(found(&with(&scenario, later)), "");
}

#[test]
fn an_active_router_that_fell_silent_is_missed_itself() {
    let mut scenario = Scenario::new();
    scenario.hellos(0.0, 60.0, R1, ACTIVE).until(80.0);
    assert_eq!(found(&scenario), "");
}
