//! The metrics of a running analysis.

use std::collections::BTreeMap;

use sagap::diagnose::{Severity, Verdict};
use sagap::report::{CaptureMetrics, GroupMetrics, Metrics, to_prometheus};
use sagap::time::Timestamp;

#[test]
fn every_family_is_there_from_the_start() {
    insta::with_settings!({ filters => [(env!("CARGO_PKG_VERSION"), "VERSION")] }, {
        insta::assert_snapshot!(to_prometheus(&Metrics::default()));
    });
}

#[test]
fn a_run_as_prometheus_reads_it() {
    insta::with_settings!({ filters => [(env!("CARGO_PKG_VERSION"), "VERSION")] }, {
        insta::assert_snapshot!(to_prometheus(&metrics()));
    });
}

#[test]
fn a_family_is_bounded_and_says_what_it_lacks() {
    let tunnels = (0..1_203).map(|number| (format!("t{number:04}"), true)).collect();
    let text = to_prometheus(&Metrics { tunnels, ..Metrics::default() });
    assert_eq!(text.matches("\nsagap_tunnel_up{").count(), 1_000);
    assert!(text.contains("\nsagap_tunnels 1203\n"), "{text}");
    assert!(text.ends_with("\nsagap_series_left_out{family=\"sagap_tunnel_up\"} 203\n"), "{text}");
}

/// Two captures of one name, two segments with a group of one name, and a name that would end its label.
fn metrics() -> Metrics {
    let capture = |name: &str, frames, kernel_drops, nanos: Option<i64>| CaptureMetrics {
        name: name.to_owned(),
        frames,
        bytes: frames * 100,
        kernel_drops,
        last_frame: nanos.map(Timestamp::from_nanos),
    };
    let group = |name: &str, active: Option<&str>| GroupMetrics {
        name: name.to_owned(),
        active: active.map(|address| address.parse().unwrap()),
        routers: 2,
        failovers: 1,
    };
    Metrics {
        captures: vec![
            capture("eth1", 30, Some(7), Some(1_795_409_242_826_686_657)),
            capture("a\\b\"} 1\nc\x1b[2J", 1, None, None),
            capture("eth1", 4, None, Some(5)),
        ],
        groups: vec![
            group("hsrp/10", Some("192.0.2.3")),
            group("hsrp/10", Some("192.0.2.3")),
            group("vrrp/1@vlan100", None),
            group("hsrp/10", Some("192.0.2.2")),
        ],
        tunnels: vec![
            ("192.0.2.1<>198.51.100.9".to_owned(), true),
            ("192.0.2.1<>198.51.100.9".to_owned(), false),
            ("192.0.2.1<>198.51.100.10".to_owned(), false),
        ],
        verdicts: BTreeMap::from([(Verdict::NoNegotiation, 1), (Verdict::Recovered, 2)]),
        findings: BTreeMap::from([(Severity::Critical, 1)]),
        events: 12,
        hook_failures: 3,
        evidence_files: 4,
    }
}
