//! Every rule fires where it should, and stays silent where something looks alike.

use sagap::diagnose::RULES;

use crate::common::sagap::{recordings, sagap};
use crate::common::scenario::{R2, back, out};

use super::verdicts::failover;

/// What one rule is shown: the names of the rules that find something in it are what comes back.
pub(super) struct Case {
    /// The rule.
    pub(super) rule: &'static str,
    /// It finds something here.
    pub(super) fires: fn() -> Vec<String>,
    /// Here, as like as can be, it does not.
    pub(super) silent: fn() -> Vec<String>,
}

/// The cases of all rules, by the file that has them.
const CASES: &[&[Case]] = &[
    RECORDED,
    super::cleartext::CASES,
    super::config_change::CASES,
    super::tunnels::CASES,
    super::group_watch::CASES,
    super::captured::CASES,
    super::mismatches::CASES,
    super::split_sides::CASES,
];

/// Those that recordings show.
const RECORDED: &[Case] = &[
    Case {
        rule: "failover-without-negotiation",
        fires: || recorded("hsrp_v1_ikev2_no_negotiation.pcapng"),
        silent: || recorded("hsrp_v1_idle.pcapng"),
    },
    Case {
        rule: "negotiation-unanswered",
        fires: || recorded("hsrp_v1_ikev2_unanswered.pcapng"),
        silent: || recorded("hsrp_v1_ikev2_rejected_auth.pcapng"),
    },
    Case {
        rule: "negotiation-rejected",
        fires: || recorded("hsrp_v1_ikev2_rejected_auth.pcapng"),
        silent: || recorded("hsrp_v1_ikev2_child_rejected.pcapng"),
    },
    Case {
        rule: "child-sa-rejected",
        fires: || recorded("hsrp_v1_ikev1_child_rejected.pcapng"),
        silent: || recorded("hsrp_v1_ikev1_rejected_psk.pcapng"),
    },
    Case {
        rule: "recovery-late",
        fires: || recorded("hsrp_v1_ikev2_recovered_late.pcapng"),
        silent: || recorded("hsrp_v1_ikev2_recovered.pcapng"),
    },
    Case {
        rule: "esp-on-dead-spi",
        fires: || recorded("hsrp_v2_ikev2_no_negotiation_dead_spi.pcapng"),
        // The new active router sends, so that it has an SA.
        silent: || {
            failover(100.0).flow(37.1, 100.0, out(R2), 0xa, 2000).flow(28.6, 100.0, back(), 0xb, 29).rules()
        },
    },
    Case {
        rule: "esp-one-way",
        fires: || recorded("hsrp_v1_ikev2_one_way.pcapng"),
        silent: || recorded("vrrp_v2_ikev2_recovered.pcapng"),
    },
    Case {
        rule: "gateway-split-brain",
        fires: || recorded("hsrp_v1_ikev2_split_brain.pcapng"),
        silent: || recorded("hsrp_v1_ikev2_flapping.pcapng"),
    },
    Case {
        rule: "capture-ends-early",
        fires: || recorded("hsrp_v1_ikev2_inconclusive.pcapng"),
        silent: || recorded("hsrp_v1_ikev2_recovered.pcapng"),
    },
    Case {
        rule: "frames-missing",
        fires: super::frames_missing::of_a_capture_that_says_so,
        silent: || recorded("hsrp_v1_ikev2_recovered.pcapng"),
    },
];

/// The rules that find something in a recording.
pub(super) fn recorded(name: &str) -> Vec<String> {
    let report = sagap(&recordings(), &["analyze", "--format", "json", name]).json();
    let findings = report["findings"].as_array().expect("a list").iter();
    findings.map(|finding| finding["rule"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn every_rule_fires_and_stays_silent() {
    for case in CASES.iter().copied().flatten() {
        let Case { rule, fires, silent } = case;
        let (found, not_found) = (fires(), silent());
        assert!(found.iter().any(|found| found == rule), "{rule} does not fire: {found:?}");
        assert!(not_found.iter().all(|found| found != rule), "{rule} is not silent: {not_found:?}");
    }
}

#[test]
fn every_rule_has_a_case() {
    let cases = || CASES.iter().copied().flatten();
    for rule in RULES {
        let name = rule.meta().name;
        assert_eq!(cases().filter(|case| case.rule == name).count(), 1, "cases of {name}");
    }
    assert_eq!(cases().count(), RULES.len(), "cases of rules that are none");
}
